// The connection-tracking table of a namespace, as `conntrack -L` shows it.
import {LabError} from '../base/errors.ts';
import type {FlowTuple, ObservedFlow} from '../model/observed.ts';
import type {NetnsName} from '../plan/op.ts';
import {conntrack, conntrackMessage, tcpStates} from './netlink/conntrack.ts';
import {dump, dumpOf, rows} from './netlink/dump.ts';
import type {Reader} from './observe.ts';
import {errorName} from './refusals.ts';

/** NETLINK_NETFILTER (linux/netlink.h). */
const netfilterProtocol = 12;
/** IPPROTO_* that have names in an ObservedFlow; ICMPv6 is ICMP to those who look. */
const protocolNames: Readonly<Record<number, 'tcp' | 'udp' | 'icmp'>> = {1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmp'};

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

function observedFlow(row: Row): ObservedFlow {
	const number = row.orig?.protocol?.number ?? 0;
	const orig = ends(row.orig);
	const reply = ends(row.reply);
	const state = row.details?.tcp?.state;
	return {
		id: row.id ?? 0,
		protocol: protocolNames[number] ?? number,
		orig,
		reply,
		state: state === undefined ? undefined : tcpStates[state],
		timeoutSeconds: row.timeoutSeconds ?? 0,
		nat: natOf(orig, reply),
	};
}

function ends(tuple: Tuple | undefined): FlowTuple {
	return {
		src: tuple?.ip?.src4 ?? tuple?.ip?.src6 ?? '',
		dst: tuple?.ip?.dst4 ?? tuple?.ip?.dst6 ?? '',
		sport: tuple?.protocol?.sport,
		dport: tuple?.protocol?.dport,
	};
}

/** Without NAT the reply is the original turned round. */
function natOf(orig: FlowTuple, reply: FlowTuple): ObservedFlow['nat'] {
	const isSource = orig.src !== reply.dst || orig.sport !== reply.dport;
	const isDestination = orig.dst !== reply.src || orig.dport !== reply.sport;
	return isSource ? (isDestination ? 'both' : 'source') : isDestination ? 'destination' : 'none';
}
