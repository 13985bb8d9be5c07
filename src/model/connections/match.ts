// Which connections are meant: by protocol, ends, NAT and state, as conntrack(8) has the options. Commands and checks ask with it.
import {contains} from '../address.ts';
import type {FlowTuple, ObservedFlow} from '../observed.ts';

/** What an end must be; what is left out may be anything. Addresses may be subnets. */
export interface WantedTuple {
	readonly src?: string | undefined;
	readonly dst?: string | undefined;
	readonly sport?: number | undefined;
	readonly dport?: number | undefined;
}

export interface WantedFlow {
	readonly protocol?: ObservedFlow['protocol'] | undefined;
	readonly orig?: WantedTuple;
	readonly reply?: WantedTuple;
	/** Exactly this. */
	readonly nat?: ObservedFlow['nat'] | undefined;
	/** The source (the destination) is rewritten; a text: to this address. */
	readonly sourceNat?: boolean | string | undefined;
	readonly destinationNat?: boolean | string | undefined;
	readonly state?: string | undefined;
	readonly status?: FlowStatus | undefined;
}

export const flowStatuses = ['ASSURED', 'SEEN_REPLY', 'UNREPLIED'] as const;
export type FlowStatus = (typeof flowStatuses)[number];

export function isMeant(flow: ObservedFlow, wanted: WantedFlow): boolean {
	const {orig, reply, nat} = flow;
	return (
		(wanted.protocol ?? flow.protocol) === flow.protocol &&
		(wanted.nat ?? nat) === nat &&
		matches(orig, wanted.orig ?? {}) &&
		matches(reply, wanted.reply ?? {}) &&
		isRewritten(wanted.sourceNat, nat === 'source' || nat === 'both', reply.dst) &&
		isRewritten(wanted.destinationNat, nat === 'destination' || nat === 'both', reply.src) &&
		(wanted.state ?? flow.state) === flow.state &&
		hasStatus(flow, wanted.status)
	);
}

function matches(tuple: FlowTuple, wanted: WantedTuple): boolean {
	return (
		(wanted.src === undefined || contains(wanted.src, tuple.src)) &&
		(wanted.dst === undefined || contains(wanted.dst, tuple.dst)) &&
		(wanted.sport ?? tuple.sport) === tuple.sport &&
		(wanted.dport ?? tuple.dport) === tuple.dport
	);
}

function isRewritten(wanted: boolean | string | undefined, is: boolean, to: string): boolean {
	return wanted === undefined || wanted === false || (is && (wanted === true || contains(wanted, to)));
}

function hasStatus({isAssured, hasReply}: ObservedFlow, status: FlowStatus | undefined): boolean {
	return status === undefined || (status === 'ASSURED' ? isAssured : status === 'SEEN_REPLY' ? hasReply : !hasReply);
}
