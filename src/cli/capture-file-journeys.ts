// The journeys of the packets of a file, by the wiring of the running lab that they were captured in. What NAT and docker-proxy did is told by the packets
// alone: the connection tables of today need not be those of then.
import type {Client} from '../api/client.ts';
import {ownedName, ownersIn, readWiring} from '../api/wiring.ts';
import {LabError} from '../base/errors.ts';
import {arrivalOf, type Packet} from '../watch/files/index.ts';
import {matcherOf, sightingOf} from '../watch/filter/match.ts';
import type {Journey} from '../watch/journey/journey.ts';
import {Journeys} from '../watch/journey/journeys.ts';
import {type Chosen, packetsOf} from './capture-file.ts';
import {JourneyLines} from './capture-journeys.ts';
import type {Shown} from './capture-print.ts';
import type {Io} from './command.ts';
import {frameOf} from './packet-text.ts';

/** Of Ethernet, as all interfaces of a lab are (pcap-linktype(7)). */
const ethernet = 1;

/** Prints them. Throws as reading a file does, and E_ARGUMENT when the file is not of this lab, or can be read only once. */
export async function showFileJourneys(io: Io, client: Client, {file, filter, count = Infinity}: Chosen, shown: Shown): Promise<void> {
	if (file === '-') {
		throw new LabError('E_ARGUMENT', {
			doing: 'follow the packets of a file',
			said: 'standard input can be read once, and where packets were captured is looked for first',
			hint: 'write them to a file',
		});
	}

	const owners = ownersIn(await client.call('view', {}));
	const placeOf = ({point}: Packet): string | undefined => (point.linkType === ethernet ? ownedName(point.name, owners) : undefined);
	const captured = new Set<string>();
	for await (const packets of packetsOf(io, file)) {
		packets.forEach((packet) => captured.add(placeOf(packet) ?? ''));
	}

	const wiring = await readWiring(client);
	const known = new Set(wiring.flatMap(({name, links}) => links.map(({dev}) => `${name}/${dev}`)));
	if (captured.size > 0 && ![...captured].some((place) => known.has(place))) {
		throw notOfThisLab(file, [...captured]);
	}

	const journeys = new Journeys();
	journeys.learn(wiring, ({at}) => captured.has(at));
	const passes = filter === undefined ? () => true : matcherOf(filter);
	const meant = new WeakSet<Journey>();
	const lines = new JourneyLines(journeys);
	let left = count;
	const print = (over: readonly Journey[]): void => {
		const some = over.filter((journey) => meant.has(journey)).slice(0, left);
		left -= some.length;
		lines.print(io, some, shown);
	};
	let number = 0;
	let now = 0;
	for await (const packets of packetsOf(io, file)) {
		for (const packet of packets) {
			number++;
			const at = placeOf(packet);
			if (at !== undefined) {
				const hop = journeys.see(arrivalOf(packet), journeys.places.at(at, packet.direction ?? 'in'), number);
				if (passes(frameOf(packet), sightingOf(packet, number))) {
					meant.add(hop.journey);
				}

				now = Math.max(now, hop.at);
			}
		}

		print(journeys.take(now));
		if (left === 0) {
			return;
		}
	}

	print(journeys.take(Number.POSITIVE_INFINITY));
}

function notOfThisLab(file: string, places: readonly string[]): LabError {
	const named = places.filter((place) => place !== '');
	return new LabError('E_ARGUMENT', {
		doing: `follow the packets of ${file}`,
		said: `${named.length === 0 ? 'it does not say where they were captured' : `they were captured at ${named.slice(0, 4).join(', ')}`}: no interface of this lab`,
		hint: 'a file that `vethlab capture -w` has written says where, and the lab must be the same one',
	});
}
