// Prints the journeys of a live capture: asks the lab how it is wired, gives sightings to watch/journey, and prints packets when they have come to an end.
import type {Capturing, Client} from '../api/client.ts';
import {ownedName, ownersIn, readWiring} from '../api/wiring.ts';
import {endpoint} from '../watch/decode/walk.ts';
import {arrivalOf, type Packet} from '../watch/files/index.ts';
import {matcherOf, sightingOf, type Matcher} from '../watch/filter/match.ts';
import type {Filter} from '../watch/filter/parse.ts';
import {journeyData} from '../watch/journey/data.ts';
import type {Journey} from '../watch/journey/journey.ts';
import {Journeys} from '../watch/journey/journeys.ts';
import type {Place} from '../watch/journey/places.ts';
import {hopLines, pathText, remarksOf, shortInfo} from '../watch/journey/text.ts';
import type {Shown} from './capture-print.ts';
import type {Io} from './command.ts';

/** How often the lab is asked again what has changed, and how often it is looked which journeys are over; in milliseconds. */
const every = {lookMs: 1000, takeMs: 50} as const;
/** When nothing has come for so long, in milliseconds, nothing is on its way here: then time goes on without packets. */
const idleMs = 500;

interface Source {
	readonly capturing: Capturing;
	readonly interfaces: readonly string[];
	/** Only packets that pass it anywhere on their way. */
	readonly filter: Filter;
	/** Ends after so many. */
	readonly count: number | undefined;
	readonly shown: Shown;
}

/** Resolves with what prints a capture's packets as journeys. Throws E_ENGINE_DEAD. */
export async function journeysPrinted(io: Io, client: Client, source: Source): Promise<(packets: AsyncIterable<readonly Packet[]>) => Promise<void>> {
	const followed = new Followed(client, source);
	await followed.begin();
	return async (packets) => {
		const lines = new JourneyLines(followed.journeys);
		let left = source.count ?? Number.POSITIVE_INFINITY;
		const tell = (over: readonly Journey[]): void => {
			const journeys = over.filter((journey) => followed.isMeant(journey)).slice(0, left);
			left -= journeys.length;
			if (left === 0) {
				source.capturing.end();
			}

			lines.print(io, journeys, source.shown);
		};
		const timers = [setInterval(() => tell(followed.take()), every.takeMs), setInterval(() => followed.lookAgain(), every.lookMs)];
		try {
			for await (const some of packets) {
				some.forEach((packet) => {
					followed.see(packet);
				});
			}

			await Promise.all([followed.look(), followed.lookAtFlows()]).catch(() => {
				// the engine is gone; what was seen is printed all the same
			});
			tell(followed.journeys.take(Number.POSITIVE_INFINITY));
		} finally {
			timers.forEach((timer) => {
				clearInterval(timer);
			});
		}
	};
}

/** A lab's packets, and what is known of the lab meanwhile. */
class Followed {
	readonly journeys = new Journeys();
	readonly #client: Client;
	readonly #source: Source;
	/** Names of containers that share a namespace: whose it is. */
	#owners: ReadonlyMap<string, string> = new Map();
	readonly #passed = new WeakSet<Journey>();
	#isLooking = false;
	/** The time of the last sighting, and for how long none has come. */
	readonly #passes: Matcher;
	#count = 0;
	#last = 0;
	#idleMs = 0;

	constructor(client: Client, source: Source) {
		this.#client = client;
		this.#passes = matcherOf(source.filter);
		this.#source = source;
	}

	/** The time as packets have it: behind the clock, when they come late. */
	get now(): number {
		return this.#last + Math.max(0, this.#idleMs - idleMs) * 1e6;
	}

	/** It passed the filter. */
	isMeant(journey: Journey): boolean {
		return this.#passed.has(journey);
	}

	/** To be called every `takeMs`. That is what is counted, not the clock: what did not run did not hear of packets either. */
	take(): readonly Journey[] {
		this.#idleMs += every.takeMs;
		return this.journeys.take(this.now);
	}

	see(packet: Packet): void {
		const {point, direction = 'in', bytes, wireBytes} = packet;
		this.#count++;
		const hop = this.journeys.see(arrivalOf(packet), this.journeys.places.at(ownedName(point.name, this.#owners), direction));
		if (!this.#passed.has(hop.journey) && this.#passes({bytes, wireBytes, linkType: point.linkType}, sightingOf(packet, this.#count))) {
			this.#passed.add(hop.journey);
		}

		this.#last = Math.max(this.#last, hop.at);
		this.#idleMs = 0;
	}

	/** Learns what there is, and hears of connections as they change. */
	async begin(): Promise<void> {
		this.#client.onEvent((event) => {
			if (event.event === 'flows') {
				this.journeys.learnFlows(event.news);
			}
		});
		await this.#client.call('subscribe', {topics: ['flows']});
		await Promise.all([this.#client.call('follow_flows', {nodes: []}), this.look()]);
	}

	lookAgain(): void {
		if (!this.#isLooking) {
			this.look().catch(() => {
				// the engine is gone, which the capture says
			});
		}
	}

	/** Asks for all connections, and not only for what changes. */
	async lookAtFlows(): Promise<void> {
		for (const table of await this.#client.call('flows', {nodes: []})) {
			this.journeys.learnFlows({is: 'table', ...table});
		}
	}

	/** Asks the lab. */
	async look(): Promise<void> {
		this.#isLooking = true;
		try {
			const [view, wiring] = await Promise.all([this.#client.call('view', {}), readWiring(this.#client)]);
			this.#owners = ownersIn(view);
			this.journeys.learn(wiring, this.#seen());
			await Promise.all(
				view.hosts.map(async ({name}) => {
					this.journeys.learnRules(name, await this.#client.call('rules', {host: name}), this.now);
				}),
			);
		} finally {
			this.#isLooking = false;
		}
	}

	#seen(): (place: Place) => boolean {
		const {capturing, interfaces} = this.#source;
		const nodes = new Set([...capturing.nodes, ...capturing.waiting].map((name) => this.#owners.get(name) ?? name));
		return ({node, dev, at}) => nodes.has(node) && (interfaces.length === 0 || interfaces.includes(dev) || interfaces.includes(at));
	}
}

/** Lines in columns that grow as wider cells come. */
export class JourneyLines {
	readonly #journeys: Journeys;
	readonly #widths: number[] = [];

	constructor(journeys: Journeys) {
		this.#journeys = journeys;
	}

	/** A line each, or an object; with the places below it when they are asked for. */
	print(io: Io, some: readonly Journey[], {json, verbose}: Shown): void {
		const texts = some.flatMap((journey) =>
			json ? [JSON.stringify(journeyData(journey, this.#journeys, this.#journeys.epoch))] : [this.line(journey), ...(verbose ? hopLines(journey) : [])],
		);
		if (texts.length > 0) {
			io.stdout.write(`${texts.join('\n')}\n`);
		}
	}

	/** "15:08:41.004123  #3  192.168.50.12:46042 > 192.168.50.10:8080  TCP  [SYN]  laptop/eth0 > h1/eth0 > … > web/eth0  (73.2 us)" */
	line(journey: Journey): string {
		const {number, about, hops} = journey;
		const {protocol, source, destination, sourcePort, destinationPort} = about;
		const ends = `${endpoint(source, sourcePort)} > ${endpoint(destination, destinationPort)}`;
		const cells = [this.#time(hops[0]?.at ?? 0), `#${number}`, ends, protocol, shortInfo(about)];
		const took = ((hops.at(-1)?.at ?? 0) - (hops[0]?.at ?? 0)) / 1000;
		const remarks = remarksOf(journey, this.#journeys).map((remark) => `  # ${remark}`);
		return `${cells.map((cell, column) => this.#padded(cell, column)).join('  ')}  ${pathText(journey, this.#journeys)}${hops.length > 1 ? `  (${took.toFixed(1)} us)` : ''}${remarks.join('')}`;
	}

	#padded(cell: string, column: number): string {
		const width = Math.max(this.#widths[column] ?? 0, cell.length);
		this.#widths[column] = width;
		return cell.padEnd(width);
	}

	#time(at: number): string {
		const date = new Date((this.#journeys.epoch + Math.floor(at / 1e9)) * 1000);
		const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
		return `${clock}.${String(Math.floor((at % 1e9) / 1000)).padStart(6, '0')}`;
	}
}
