// Which packet a host makes of which: conntrack's entries, when they are known, and what was seen before. An entry rewrites both directions of its flow.
import {ipBytes, ipv4Number} from '../../kernel/netlink/ip.ts';
import type {FlowTuple, ObservedFlow} from '../../model/observed.ts';
import type {Rewrite} from './journey.ts';
import {mixed, mixedWith} from '../../base/mixed.ts';
import {Recent} from '../../base/recent.ts';
import {type Address, type Print, protocols} from './print.ts';

/** Directions of flows that are remembered for a host. */
const mostSeen = 8192;
/** More than all that can be rewritten of a packet. */
const unlikely = 8;
const numbers: Readonly<Record<string, number>> = protocols;

/** "172.17.0.2" as prints have it; undefined: it is no address. */
export function addressOf(text: string): Address | undefined {
	const number = text.includes(':') ? undefined : ipv4Number(text);
	return number === undefined ? ipBytes(text)?.toString('latin1') : number | 0;
}

/** One direction of a flow. */
export type Ends = Pick<Print, 'protocol' | 'source' | 'destination' | 'sourcePort' | 'destinationPort'>;

/** Its number; others may have the same. */
export function numberOfEnds({protocol, source, destination, sourcePort, destinationPort}: Ends): number {
	return mixed(mixedWith(mixedWith(protocol, source), destination), (sourcePort << 16) ^ destinationPort);
}

export function endsKey({protocol, source, destination, sourcePort, destinationPort}: Ends): string {
	return `${protocol} ${source} ${sourcePort} ${destination} ${destinationPort}`;
}

/** Without all else that a print has: to be kept. */
export function endsOnly({protocol, source, destination, sourcePort, destinationPort}: Ends): Ends {
	return {protocol, source, destination, sourcePort, destinationPort};
}

export function turned({protocol, source, destination, sourcePort, destinationPort}: Ends): Ends {
	return {protocol, source: destination, destination: source, sourcePort: destinationPort, destinationPort: sourcePort};
}

/** Same addresses and ports. */
export function isSameFlow(a: Ends, b: Ends): boolean {
	return (
		a.source === b.source &&
		a.destination === b.destination &&
		a.sourcePort === b.sourcePort &&
		a.destinationPort === b.destinationPort &&
		a.protocol === b.protocol
	);
}

/** What becomes of packets, and what they were before. */
interface Made {
	readonly before: Ends;
	readonly after: Ends;
	readonly way: Rewrite;
}

/** `hardly`: what it would become was another flow's until now, whose end may not be known yet. */
type Fits = 'yes' | 'hardly' | 'no';

/** What a host makes of flows, and of what it made them; of two with the same number the newer. */
class Rewrites {
	readonly #to = new Recent<number, Made>(mostSeen);
	readonly #from = new Map<number, Made>();

	/** A flow: what its packets become, and its answers. */
	add(before: Ends, after: Ends): void {
		this.#set({before, after, way: 'forth'});
		this.#set({before: turned(after), after: turned(before), way: 'back'});
	}

	/** Undefined: it is not known. */
	way(before: Ends): Rewrite | undefined {
		return this.#made(before)?.way;
	}

	/** Undefined: neither is known. A bridge is seen to rewrite the destination first, and then the source. */
	fits(before: Ends, after: Ends): Fits | undefined {
		const made = this.#made(before)?.after;
		if (made !== undefined) {
			return isSameFlow(after, made) || isSameFlow(after, half(before, made)) ? 'yes' : 'no';
		}

		const origin = this.#origin(after)?.before;
		return origin === undefined ? undefined : isSameFlow(before, half(origin, after)) ? 'yes' : 'hardly';
	}

	/** Forgets one direction of a flow. */
	remove(before: Ends): void {
		const made = this.#made(before);
		if (made !== undefined) {
			this.#to.delete(numberOfEnds(before));
			this.#from.delete(numberOfEnds(made.after));
		}
	}

	#made(before: Ends): Made | undefined {
		const made = this.#to.get(numberOfEnds(before));
		return made !== undefined && isSameFlow(made.before, before) ? made : undefined;
	}

	#origin(after: Ends): Made | undefined {
		const made = this.#from.get(numberOfEnds(after));
		return made !== undefined && isSameFlow(made.after, after) ? made : undefined;
	}

	#set(made: Made): void {
		const forgotten = this.#to.set(numberOfEnds(made.before), made);
		this.#from.set(numberOfEnds(made.after), made);
		if (forgotten !== undefined) {
			this.#from.delete(numberOfEnds(forgotten.after));
		}
	}
}

/** Where it came from as it was, where it goes as it will be. */
function half({protocol, source, sourcePort}: Ends, {destination, destinationPort}: Ends): Ends {
	return {protocol, source, sourcePort, destination, destinationPort};
}

/** Further fragments have none: they say nothing of their flow. */
function hasPorts(before: Print, after: Print): boolean {
	return before.offset === 0 && after.offset === 0;
}

export class Nat {
	/** By host. */
	readonly #known = new Map<string, Rewrites>();
	readonly #seen = new Map<string, Rewrites>();

	/** Takes a host's conntrack table, which replaces what was known of it. */
	learn(host: string, flows: readonly ObservedFlow[]): void {
		this.#known.set(host, new Rewrites());
		flows.forEach((flow) => {
			this.begin(host, flow);
		});
	}

	/** An entry of a host's table is new. One that rewrites nothing says that, too. */
	begin(host: string, flow: ObservedFlow): void {
		const [sent, answered] = [endsOf(flow, flow.orig), endsOf(flow, flow.reply)];
		if (sent !== undefined && answered !== undefined) {
			rewritesOf(this.#known, host).add(sent, turned(answered));
		}
	}

	/** It has ended. */
	end(host: string, flow: ObservedFlow): void {
		for (const ends of [endsOf(flow, flow.orig), endsOf(flow, flow.reply)]) {
			if (ends !== undefined) {
				this.#known.get(host)?.remove(ends);
			}
		}
	}

	/** Remembers what a host was seen to do to a flow; which way of the flow it is. */
	remember(host: string, before: Print, after: Print): Rewrite {
		const way = this.#known.get(host)?.way(before) ?? this.#seen.get(host)?.way(before);
		if (way === undefined && hasPorts(before, after)) {
			rewritesOf(this.#seen, host).add(endsOnly(before), endsOnly(after));
		}

		return way ?? 'forth';
	}

	/** How far it is to believe that the host made one packet of the other: 0 it is known, more: so many addresses and ports are other ones; undefined: it is not so. */
	doubt(host: string, before: Print, after: Print): number | undefined {
		const fits = hasPorts(before, after) ? this.#fits(host, before, after) : undefined;
		if (fits === 'yes' || fits === 'no') {
			return fits === 'yes' ? 0 : undefined;
		}

		return (
			(fits === 'hardly' ? unlikely : 0) +
			Number(before.source !== after.source) +
			Number(before.destination !== after.destination) +
			Number(before.sourcePort !== after.sourcePort) +
			Number(before.destinationPort !== after.destinationPort)
		);
	}

	#fits(host: string, before: Print, after: Print): Fits | undefined {
		return this.#known.get(host)?.fits(before, after) ?? this.#seen.get(host)?.fits(before, after);
	}
}

function rewritesOf(all: Map<string, Rewrites>, host: string): Rewrites {
	let rewrites = all.get(host);
	if (rewrites === undefined) {
		rewrites = new Rewrites();
		all.set(host, rewrites);
	}

	return rewrites;
}

/** One direction of an entry, as packets have it; undefined: the entry does not say all of it. */
export function endsOf({protocol}: ObservedFlow, {src, dst, sport, dport, icmp}: FlowTuple): Ends | undefined {
	const number = typeof protocol === 'number' ? protocol : numbers[protocol];
	const [source, destination] = [addressOf(src), addressOf(dst)];
	const [sourcePort, destinationPort] = [sport ?? icmp?.id, dport ?? icmp?.id];
	return number === undefined || source === undefined || destination === undefined || sourcePort === undefined || destinationPort === undefined
		? undefined
		: {protocol: number, source, destination, sourcePort, destinationPort};
}
