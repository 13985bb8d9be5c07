// Fragments of one datagram, and what nodes make of them: put together, cut, or both on the way through (nf_defrag_ipv4, nf_defrag_ipv6).
//
// What IPv4 has cut is known by its identification, which the whole has as well. IPv6 has one only in fragments, and a node that cuts again gives a new one
// (ip6_output.c, ip6_fragment; where it cuts is where it was cut before): there it is how the datagram begins that tells, for its first fragment, and what
// became of that tells which the others are.
import type {Hop, Rewrite} from './journey.ts';
import {isSameFlow} from './nat.ts';
import type {OpenHop, OpenJourney} from './open.ts';
import type {Print} from './print.ts';
import {Recent} from '../../base/recent.ts';

/** So many are remembered: sightings of one datagram's fragments at a node; sightings there of datagrams that begin alike; new identifications. */
const most = {parts: 128, alike: 1024, anew: 4096} as const;

export class Fragments {
	/** By node, protocol and identification: packets that came in and may be cut, or are fragments. */
	readonly #cut = new Map<string, OpenHop[]>();
	/** By node, protocol and identification: the first fragment that began there. */
	readonly #firsts = new Map<string, OpenHop>();
	/** By node and beginning, of IPv6: first fragments, and what was put together, that came in. */
	readonly #heads = new Map<string, OpenHop[]>();
	/** By node and new identification, of IPv6: what the node cut, a whole or a fragment with another identification. */
	readonly #anew = new Recent<string, OpenHop>(most.anew);

	/** Takes a hop that has been joined. */
	see(hop: OpenHop): void {
		const {print, place} = hop;
		if ((print.canBeCut || print.isFragment) && print.id !== 0) {
			this.#keepWithOthers(hop);
		}

		if (print.head !== 0 && place.direction === 'in') {
			keep(this.#heads, headKey(place.node, print), hop, most.alike);
		}
	}

	/** What came to the node, and was longer than this fragment of it that it sends; of several the first is the one that came first. */
	wholesOf(node: string, at: number, print: Print): readonly OpenHop[] {
		const isOf = (hop: OpenHop): boolean => hop.at <= at && hop.print.ttl === print.ttl + 1 && isPart(print, hop.print);
		if (!print.isIpv6) {
			return this.#cut.get(cutKey(node, print))?.filter((hop) => isOf(hop)) ?? [];
		}

		if (print.offset > 0) {
			const whole = this.#anew.get(cutKey(node, print));
			return whole !== undefined && !whole.print.isFragment && isOf(whole) ? [whole] : [];
		}

		const wholes = this.#heads.get(headKey(node, print)) ?? [];
		return wholes.filter((hop) => !hop.print.isFragment && hop.isLast && isOf(hop));
	}

	/** The fragments that came to the node, of which it has made this again, the first of them first; none: one is missing. */
	partsOf(node: string, print: Print): readonly OpenHop[] {
		if (!print.isIpv6) {
			return this.#allOf(node, print, print);
		}

		const firsts = (this.#heads.get(headKey(node, print)) ?? []).filter(
			(hop) => hop.print.isFragment && hop.became === undefined && isSameFlow(hop.print, print),
		);
		return firsts.map((first) => this.#allOf(node, first.print, print)).find(({length}) => length > 0) ?? [];
	}

	/** Whether a node may have cut one fragment out of what the other was a fragment of; both are equal but for their identification. */
	isAnew(node: string, before: Hop, {protocol, id, offset}: Print): boolean {
		const known = this.#anew.get(cutKey(node, {protocol, id}));
		return offset === 0 ? known === undefined || known === before : known?.print.id === before.print.id;
	}

	/** The node has made this fragment of the other packet. */
	remember(before: OpenHop, {place, print}: OpenHop): void {
		if (print.isIpv6 && print.isFragment && print.offset === 0 && print.id !== before.print.id) {
			this.#anew.set(cutKey(place.node, print), before);
		}
	}

	forget(journey: OpenJourney): void {
		for (const key of journey.keys) {
			this.#cut.delete(key);
			this.#firsts.delete(key);
			// others that begin alike stay
			const alike = this.#heads.get(key)?.filter((hop) => hop.journey !== journey) ?? [];
			if (alike.length > 0) {
				this.#heads.set(key, alike);
			} else {
				this.#heads.delete(key);
			}
		}
	}

	#allOf(node: string, first: Pick<Print, 'protocol' | 'id'>, whole: Print): readonly OpenHop[] {
		const parts = (this.#cut.get(cutKey(node, first)) ?? []).filter((hop) => isPart(hop.print, whole) && isSameFlow(bare(hop.print), bare(whole)));
		const sorted = parts.toSorted((a, b) => a.print.offset - b.print.offset);
		const isWhole = sorted.at(-1)?.print.end === whole.end && sorted.every((part, index) => part.print.offset === (sorted[index - 1]?.print.end ?? 0));
		return isWhole ? sorted : [];
	}

	/** Those of one datagram have their identification in common (RFC 791 3.2, RFC 8200 4.5). */
	#keepWithOthers(hop: OpenHop): void {
		const {print, place, journey, before} = hop;
		const key = cutKey(place.node, print);
		if (place.direction === 'in') {
			keep(this.#cut, key, hop, most.parts);
		}

		if (print.isFragment && before === undefined) {
			const first = this.#firsts.get(key);
			if (first === undefined) {
				this.#firsts.set(key, hop);
				journey.addKeys(key);
			} else if (first.journey !== journey && isSameFlow(bare(first.print), bare(print))) {
				journey.link('belongs to', first.journey);
			}
		}
	}
}

/** Which way the first fragment of the same datagram was rewritten at the same place: further ones have no ports, which would tell. */
export function rewriteOfFirst({print, place, journey}: OpenHop): Rewrite | undefined {
	if (print.offset === 0) {
		return undefined;
	}

	const journeys = [journey, ...journey.links.flatMap(({is, to}) => (is === 'belongs to' ? [to] : []))];
	return journeys.flatMap(({hops}) => hops).find((hop) => hop.place === place && hop.print.offset === 0)?.rewrite;
}

function keep(lists: Map<string, OpenHop[]>, key: string, hop: OpenHop, mostKept: number): void {
	const others = lists.get(key);
	hop.journey.addKeys(key);
	if (others === undefined) {
		lists.set(key, [hop]);
	} else {
		others.push(hop);
		if (others.length > mostKept) {
			others.shift();
		}
	}
}

function cutKey(node: string, {protocol, id}: Pick<Print, 'protocol' | 'id'>): string {
	return `cut ${node} ${protocol} ${id}`;
}

function headKey(node: string, {protocol, head}: Print): string {
	return `head ${node} ${protocol} ${head}`;
}

/** Only the first fragment has ports. */
function bare({protocol, source, destination}: Print): Pick<Print, 'protocol' | 'source' | 'destination' | 'sourcePort' | 'destinationPort'> {
	return {protocol, source, destination, sourcePort: 0, destinationPort: 0};
}

function isPart(part: Print, whole: Print): boolean {
	return part.offset >= whole.offset && part.end <= whole.end && part.end - part.offset < whole.end - whole.offset;
}
