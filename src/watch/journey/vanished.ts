// Packets that have vanished for certain, before they have been waited for in vain. Two things tell: the node where a packet was seen last has said that it
// will not send it on, or its rules have dropped as many packets as came in and were not seen again. What a node holds back it holds back because it asks for
// a MAC address, or has not all fragments; while it may do that nothing is told sooner. Not known here is a queue that somebody made slow (tc-netem(8)): what
// it delays is taken for dropped only if just as many others were that nobody saw.
import type {Drops} from './drops.ts';
import {endOf, type Ground} from './ends.ts';
import type {Hop, Journey} from './journey.ts';
import type {OpenJourney} from './open.ts';
import {protocols, tcpFlags} from './print.ts';
import type {Relations} from './relations.ts';

/** A question for a MAC address is repeated after a second (arp(7), retrans_time_ms), and a packet may come just before; in nanoseconds. */
const asksEvery = 1.2e9;
/** ICMP's Source Quench and Redirect (RFC 792): what they quote goes on. */
const harmless: ReadonlySet<number> = new Set([4, 5]);

/** Whether the node where the packet was seen last has refused it: by an ICMP error, or by RST in the name of whom it is for. */
export function isRefused({linked}: Journey, {place, print}: Hop): boolean {
	return (
		!print.isMulticast &&
		linked.some(({is, by: {hops}}) => {
			const [answer] = hops;
			if (answer?.place.node !== place.node) {
				return false;
			}

			const {protocol, code} = answer.print;
			return is === 'complains of' ? protocol !== protocols.icmp || !harmless.has(code >> 8) : protocol === protocols.tcp && (code & tcpFlags.rst) !== 0;
		})
	);
}

/** Rules are asked about what comes in; what goes out has passed them. */
function isInReach({place, print}: Hop, host: string): boolean {
	return place.node === host && place.direction === 'in' && print.isIp;
}

/** Marks what rules have dropped, as soon as all is known of the time between two looks at a host's rules. */
export class Vanished {
	readonly #drops: Drops;
	readonly #relations: Relations;

	constructor(drops: Drops, relations: Relations) {
		this.#drops = drops;
		this.#relations = relations;
	}

	/** Everything that was seen until this time has been taken. */
	settle(open: readonly OpenJourney[], ground: Ground, now: number): void {
		for (const {host, from, to, packets} of this.#drops.settled(now)) {
			const those = open.flatMap((journey) => {
				const ending = endOf(journey, ground);
				const [last] = ending.is === 'last seen' ? ending.at.filter((hop) => isInReach(hop, host) && from <= hop.at && hop.at <= to) : [];
				return last === undefined ? [] : [{journey, last, isAlone: ending.at.length === 1}];
			});
			const isCertain = those.length === packets && those.every(({last}) => !this.#relations.isLooking(host, last.at - asksEvery));
			for (const {journey, last, isAlone} of isCertain ? those : []) {
				if (isAlone && !last.print.isMulticast && !last.print.isFragment && !journey.awaitsRecord) {
					journey.vanish();
				}
			}
		}
	}
}
