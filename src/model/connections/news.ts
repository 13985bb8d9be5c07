// What a lab tells of connections: the tables of nodes, and what changes in them. Engine and views speak of it in these words.
import type {ObservedFlow} from '../observed.ts';
import type {ProxiedHalf} from './proxied.ts';

/** The connections of a host, or of a container with a network namespace of its own. */
export interface NodeFlows {
	readonly node: string;
	/** Milliseconds since 1970. */
	readonly atMs: number;
	readonly flows: readonly ObservedFlow[];
	/** Those that are halves of calls through a docker-proxy. */
	readonly halves: readonly ProxiedHalf[];
}

export interface FlowChange {
	/** `counted`: nothing but counters and timeout. */
	readonly is: 'new' | 'update' | 'destroy' | 'counted';
	/** How it was seen: the kernel told it, or the table read again was another one. */
	readonly by: 'event' | 'reading';
	/** As it is now; at the end as it was last. */
	readonly flow: ObservedFlow;
}

export type FlowNews =
	/** All there is, in place of what was known. */
	| ({readonly is: 'table'} & NodeFlows)
	| {
			readonly is: 'changes';
			readonly node: string;
			readonly atMs: number;
			readonly changes: readonly FlowChange[];
			/** Halves that are new or not what they were. */
			readonly halves: readonly ProxiedHalf[];
	  }
	/** The kernel had to drop events of this node. What they said of entries that still are is found by reading. */
	| {readonly is: 'lost'; readonly node: string; readonly atMs: number}
	/** The node is there no more. */
	| {readonly is: 'gone'; readonly node: string; readonly atMs: number};

/** What an event tells, put into what was known of the entry. */
export function merged(known: ObservedFlow | undefined, flow: ObservedFlow): ObservedFlow {
	if (known === undefined) {
		return flow;
	}

	const counters = flow.counters ?? known.counters;
	const startedMs = flow.startedMs ?? known.startedMs;
	return {...known, ...flow, state: flow.state ?? known.state, ...(counters !== undefined && {counters}), ...(startedMs !== undefined && {startedMs})};
}
