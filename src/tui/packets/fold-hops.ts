// The sightings of a packet, read again from what is held of them.
import {summarize, type Summary} from '../../watch/decode/index.ts';
import type {Packet} from '../../watch/files/packet.ts';
import {OpenHop, type OpenJourney} from '../../watch/journey/open.ts';
import type {Place, Step} from '../../watch/journey/places.ts';
import {printOf} from '../../watch/journey/read-print.ts';
import type {PacketStore} from '../../watch/store/store.ts';
import type {FoldColumns} from './fold-columns.ts';

interface Held {
	readonly columns: FoldColumns;
	readonly packet: (number: number) => Packet | undefined;
	readonly place: (packet: Packet) => Place;
	/** In nanoseconds, as hops have it. */
	readonly time: (packet: Packet) => number;
}

/** In place of what a packet says that is held no more. */
const forgotten: Summary = {protocol: '', source: '', destination: '', sourcePort: undefined, destinationPort: undefined, info: ''};

/** What the packet with this number says. */
export function summaryOf(store: PacketStore, number: number): Summary {
	const packet = store.at(number);
	return packet === undefined ? forgotten : summarize({bytes: packet.bytes, wireBytes: packet.wireBytes, linkType: packet.point.linkType});
}

/** Puts the sightings of these numbers into the journey, joined as they were. Those that are held no more are left out. */
export function readHops(journey: OpenJourney, numbers: readonly number[], {columns, packet: packetOf, place, time}: Held): void {
	const hops = new Map<number, OpenHop>();
	for (const number of numbers) {
		const packet = packetOf(number);
		if (packet !== undefined) {
			const hop = new OpenHop(journey, place(packet), time(packet), printOf(packet.bytes));
			hop.number = number;
			hops.set(number, hop);
			journey.hops.push(hop);
		}
	}

	for (const hop of journey.hops) {
		const {from, rewrite, isGap} = columns.step(hop.number);
		const before = from === undefined ? undefined : hops.get(from);
		if (before !== undefined) {
			hop.follow(before, stepOf(isGap));
			hop.rewrite = rewrite;
		}
	}
}

/** Of a step only its gap is told of. */
function stepOf(isGap: boolean): Step {
	return {routes: 0, canRewrite: false, tunnel: 0, isGap};
}
