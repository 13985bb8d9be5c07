// What a rule is asked about: a packet at a hook of a node. And what a row of the table of matches is (matches.ts).
import type {Address} from '../journey/print.ts';
import type {Packet} from './packet.ts';
import type {Tracked} from './tracking.ts';

/** What a rule is asked about. */
export interface Asked {
	readonly packet: Packet;
	/** Interfaces; '' where there is none, as what a host sends has come in by none. */
	readonly in: string;
	readonly out: string;
	readonly ports: Ports;
	/** The node itself sends it. */
	readonly isOwn: boolean;
	readonly tracked: Tracked;
	readonly local: Local;
	/** It was seen behind the hook: no rule there has dropped it. */
	readonly isPast: boolean;
}

/** Ports of a bridge that a packet comes and goes by; '': by none. What a host sends itself, or routes to a bridge, goes out by none that rules see. */
export interface Ports {
	readonly in: string;
	/** undefined: by one, and it is not known by which. */
	readonly out: string | undefined;
}

/** What a node knows of addresses. */
export interface Local {
	readonly isOwn: (address: Address) => boolean;
	readonly isBroadcast: (address: Address) => boolean;
	/** This address if it is its own, else one of its own. */
	readonly ownFor: (address: Address) => Address;
}

/** undefined: it cannot be told of this packet. */
export type Test = (asked: Asked) => boolean | undefined;

/** What an option of a match asks for. */
export interface Row {
	/** How many values follow it. */
	readonly values: 0 | 1 | 2;
	/** undefined: not with these values. */
	readonly test: (values: readonly string[]) => Test | undefined;
	/** Of the option turned round; without it what `test` says, turned round. */
	readonly testNot?: Row['test'];
	/** Why it cannot be told of some packets, for people: "which user sent them is not in packets". */
	readonly untold?: string;
}
