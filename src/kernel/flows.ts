// The connection-tracking table of a namespace, as `conntrack -L` shows it, and what happens to its entries, as `conntrack -E` does.
import {LabError} from '../base/errors.ts';
import type {FlowCounters, FlowEvent, FlowTuple, ObservedFlow} from '../model/observed.ts';
import type {NetnsName} from '../plan/op.ts';
import {conntrack, conntrackGroups, conntrackMessage, statusBit, tcpStates} from './netlink/conntrack.ts';
import {dump, dumpOf, rows} from './netlink/dump.ts';
import {flags, readBody, readMessages} from './netlink/message.ts';
import type {Reader} from './observe.ts';
import {errorName} from './refusals.ts';

/** NETLINK_NETFILTER (linux/netlink.h). */
const netfilterProtocol = 12;
/** IPPROTO_* that have names in an ObservedFlow; ICMPv6 is ICMP to those who look. */
const protocolNames: Readonly<Record<number, 'tcp' | 'udp' | 'icmp'>> = {1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmp'};
const nanosecondsInMs = 1_000_000n;

type Row = typeof conntrack extends {readonly attributes: {read: (...args: never[]) => infer Attributes}} ? Attributes : never;
type Tuple = NonNullable<Row['orig']>;

/** Throws E_NAME_UNKNOWN, E_KERNEL. */
export async function readFlows({native, namespaces}: Reader, netns: NetnsName): Promise<readonly ObservedFlow[]> {
	const held = namespaces.hold(netns);
	try {
		const fd = await native.netlinkSocket(held.fd, netfilterProtocol);
		try {
			const mail = await dump(native, fd, [dumpOf(conntrackMessage.get, conntrack, {})]);
			const refused = mail.refused.get(1);
			if (refused !== undefined) {
				throw new LabError('E_KERNEL', {doing: `read the connections of ${netns}`, said: refused.said ?? errorName(refused.errno)});
			}

			return rows(mail, conntrackMessage.add, conntrack).map(({attributes}) => observedFlow(attributes));
		} finally {
			native.close(fd);
		}
	} finally {
		held.release();
	}
}

/** Who hears what happens to the entries of a namespace. */
export interface FlowListener {
	/** In the order in which it happened. */
	readonly heard: (events: readonly FlowEvent[]) => void;
	/** Events were lost, because they came faster than they were read: what is known of the table may be wrong. */
	readonly overrun: () => void;
}

/**
 * Listens until the returned function is called. Entries that began while nobody listened tell nothing of their further life
 * (net.netfilter.nf_conntrack_events is 2 where nobody set it): what becomes of them is seen by reading the table again.
 * Throws E_NAME_UNKNOWN, rejects with a NativeError.
 */
export async function listenToFlows({native, namespaces}: Reader, netns: NetnsName, {heard, overrun}: FlowListener): Promise<() => void> {
	const held = namespaces.hold(netns);
	try {
		const fd = await native.netlinkSocket(held.fd, netfilterProtocol, conntrackGroups);
		const stop = native.netlinkEvents(fd, (bytes) => heard(flowEvents(bytes)), overrun);
		return () => {
			stop();
			native.close(fd);
		};
	} finally {
		held.release();
	}
}

/** The events in what came from the multicast groups. */
export function flowEvents(bytes: Buffer): readonly FlowEvent[] {
	return readMessages(bytes).flatMap((message): readonly FlowEvent[] => {
		const isEnd = message.type === conntrackMessage.remove;
		const body = isEnd || message.type === conntrackMessage.add ? readBody(bytes, message, conntrack) : undefined;
		const is = isEnd ? 'destroy' : (message.flags & flags.create) === 0 ? 'update' : 'new';
		return body === undefined ? [] : [{is, flow: observedFlow(body.attributes, is === 'new' ? body.attributes.eventTime : undefined)}];
	});
}

/** `begun`: nanoseconds since 1970, when a new entry does not say it itself. */
function observedFlow(row: Row, begun?: bigint): ObservedFlow {
	const number = row.orig?.protocol?.number ?? 0;
	const orig = ends(row.orig);
	const reply = ends(row.reply);
	const state = row.details?.tcp?.state;
	const status = row.status ?? 0;
	const start = row.timestamp?.start ?? begun;
	return {
		id: row.id ?? 0,
		protocol: protocolNames[number] ?? number,
		orig,
		reply,
		state: state === undefined ? undefined : tcpStates[state],
		hasReply: (status & statusBit.seenReply) !== 0,
		isAssured: (status & statusBit.assured) !== 0,
		timeoutSeconds: row.timeoutSeconds ?? 0,
		nat: natOf(orig, reply),
		mark: row.mark ?? 0,
		zone: row.zone ?? 0,
		...(start !== undefined && {startedMs: Number(start / nanosecondsInMs)}),
		...(row.countersOrig !== undefined && {counters: {orig: counted(row.countersOrig), reply: counted(row.countersReply)}}),
	};
}

function counted(row: Row['countersOrig']): FlowCounters {
	return {packets: row?.packets ?? 0, bytes: row?.bytes ?? 0};
}

function ends(tuple: Tuple | undefined): FlowTuple {
	const {sport, dport, icmpId, icmpType, icmpCode, icmp6Id, icmp6Type, icmp6Code} = tuple?.protocol ?? {};
	const type = icmpType ?? icmp6Type;
	return {
		src: tuple?.ip?.src4 ?? tuple?.ip?.src6 ?? '',
		dst: tuple?.ip?.dst4 ?? tuple?.ip?.dst6 ?? '',
		sport,
		dport,
		...(type !== undefined && {icmp: {type, code: icmpCode ?? icmp6Code ?? 0, id: icmpId ?? icmp6Id ?? 0}}),
	};
}

/** Without NAT the reply is the original turned round. */
function natOf(orig: FlowTuple, reply: FlowTuple): ObservedFlow['nat'] {
	// one who asks by ICMP has no port, but its number may be taken by another of the same address
	const isSource = orig.src !== reply.dst || orig.sport !== reply.dport || orig.icmp?.id !== reply.icmp?.id;
	const isDestination = orig.dst !== reply.src || orig.dport !== reply.sport;
	return isSource ? (isDestination ? 'both' : 'source') : isDestination ? 'destination' : 'none';
}
