// What a journey is: the sightings of one packet, each with the one that it came from. Copies that a bridge made are branches of the same journey.
import type {Summary} from '../decode/index.ts';
import type {Place, Step} from './places.ts';
import type {Print} from './print.ts';

/** Which way a flow's addresses were rewritten: as its first packet's, or back again, as in every answer. */
export type Rewrite = 'forth' | 'back';

/** One sighting, joined to the one before it. */
export interface Hop {
	readonly journey: Journey;
	readonly place: Place;
	/** Nanoseconds since the journeys' epoch. */
	readonly at: number;
	readonly print: Print;
	/** The number that the sighting was given. */
	readonly number: number;
	/** Where the packet was seen before, and how it came from there; undefined: here it was first seen. */
	readonly from: {readonly hop: Hop; readonly step: Step} | undefined;
	/** Where it was seen next. */
	readonly next: readonly Hop[];
	/** Nowhere. */
	readonly isLast: boolean;
	/** Undefined: its addresses and ports are the same as before. */
	readonly rewrite: Rewrite | undefined;
	/** Of a fragment: what was put together of it and others. It goes on in the journey of the first. */
	readonly became: Hop | undefined;
}

/** What one packet is to another. */
export type Relation =
	/** It answers the other: SYN and ACK, RST, an echo reply, an ARP reply. */
	| 'answers'
	/** It is an ICMP error, and quotes the other. */
	| 'complains of'
	/** It is a further fragment of the same datagram. */
	| 'belongs to';

export interface Journey {
	/** From 1, in the order in which they were first seen. */
	readonly number: number;
	/** The packet as it was first seen. */
	readonly about: Summary;
	/** In the order in which they were seen; the first is where it began. */
	readonly hops: readonly Hop[];
	/** What this packet is to others. */
	readonly links: readonly {readonly is: Relation; readonly to: Journey}[];
	/** What others are to this packet. */
	readonly linked: readonly {readonly is: Relation; readonly by: Journey}[];
	/** It is known that it came where it was going. */
	readonly hasArrived: boolean;
	/** It belongs to one of the two connections of a docker-proxy. */
	readonly proxied: Proxied | undefined;
}

/** A userland proxy ends one connection and makes another: no packet goes through it, bytes do. */
export interface Proxied {
	/** Where it runs. */
	readonly node: string;
	/** The other connection, from its client to its server: "172.17.0.1:43210 > 172.17.0.2:80"; undefined: there is none yet. */
	readonly other: string | undefined;
	/** So many connections waited for the proxy to go on: with more than one it is their order that pairs them, which the proxy need not keep. */
	readonly among: number;
}

/** Its answer has been seen. */
export function isAnswered({linked}: Journey): boolean {
	return linked.some(({is}) => is === 'answers');
}

/** The hops by which a packet came to this one, in order. */
export function pathTo(hop: Hop): readonly Hop[] {
	const path: Hop[] = [];
	for (let at: Hop | undefined = hop; at !== undefined; at = at.from?.hop) {
		path.push(at);
	}

	return path.toReversed();
}
