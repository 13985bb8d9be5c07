// Connection tracking: the entries of `conntrack -L`, and its events, which are the same messages. Source: linux/netfilter/nfnetlink_conntrack.h. Its numbers are in network order.
import {flagged, nested} from './codec.ts';
import {bigU64be, bytes, ip, u16be, u32be, u64be, u8} from './values.ts';
import {format} from './message.ts';

/** Subsystem 1 in the upper byte, IPCTNL_MSG_CT_* in the lower. */
export const conntrackMessage = {add: 0x1_00, get: 0x1_01, remove: 0x1_02} as const;
/** NFNLGRP_CONNTRACK_NEW, _UPDATE, _DESTROY (linux/netfilter/nfnetlink.h): new entries and changed ones come as `add`, told apart by NLM_F_CREATE. */
export const conntrackGroups = [1, 2, 3] as const;

const ends = {src4: [1, ip], dst4: [2, ip], src6: [3, ip], dst6: [4, ip]} as const;
const protocol = {
	number: [1, u8],
	sport: [2, u16be],
	dport: [3, u16be],
	icmpId: [4, u16be],
	icmpType: [5, u8],
	icmpCode: [6, u8],
	icmp6Id: [7, u16be],
	icmp6Type: [8, u8],
	icmp6Code: [9, u8],
} as const;
const tuple = {ip: [flagged(1), nested(ends)], protocol: [flagged(2), nested(protocol)]} as const;
const tcp = {state: [1, u8], scaleOrig: [2, u8], scaleReply: [3, u8], flagsOrig: [4, bytes], flagsReply: [5, bytes]} as const;
/** What one direction carried; only where net.netfilter.nf_conntrack_acct was on when the entry began. */
const counters = {packets: [1, u64be], bytes: [2, u64be]} as const;
/** Nanoseconds since 1970; only where net.netfilter.nf_conntrack_timestamp was on when the entry began. */
const timestamp = {start: [1, bigU64be], stop: [2, bigU64be]} as const;

export const conntrack = format(4, {family: [0, u8], version: [1, u8], resource: [2, u16be]}, {
	orig: [flagged(1), nested(tuple)],
	reply: [flagged(2), nested(tuple)],
	status: [3, u32be],
	details: [flagged(4), nested({tcp: [flagged(1), nested(tcp)]} as const)],
	timeoutSeconds: [7, u32be],
	mark: [8, u32be],
	countersOrig: [flagged(9), nested(counters)],
	countersReply: [flagged(10), nested(counters)],
	use: [11, u32be],
	id: [12, u32be],
	zone: [18, u16be],
	timestamp: [flagged(20), nested(timestamp)],
	/** When an event happened; under the same setting, from Linux 6.14 on. */
	eventTime: [27, bigU64be],
} as const);

/** Bits of `status` (enum ip_conntrack_status, linux/netfilter/nf_conntrack_common.h). */
export const statusBit = {seenReply: 1 << 1, assured: 1 << 2} as const;

/** `state` of a TCP entry (enum tcp_conntrack, linux/netfilter/nf_conntrack_tcp.h). */
export const tcpStates = ['NONE', 'SYN_SENT', 'SYN_RECV', 'ESTABLISHED', 'FIN_WAIT', 'CLOSE_WAIT', 'LAST_ACK', 'TIME_WAIT', 'CLOSE', 'SYN_SENT2'] as const;
