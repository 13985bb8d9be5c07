// Routes: RTM_NEWROUTE and its relatives. Sources: rtnetlink(7), linux/rtnetlink.h. Not multipath: its hops stay bytes.
import {nested} from './codec.ts';
import {ip, u32, u8} from './values.ts';
import {format} from './message.ts';

/** RTM_*ROUTE. */
export const routeMessage = {add: 24, remove: 25, get: 26} as const;
/** RT_TABLE_MAIN: what `ip route` shows. */
export const mainTable = 254;
/** RTPROT_BOOT: what `ip route add` and Docker write. */
export const byHand = 3;
/** RTN_UNICAST. */
export const unicast = 1;

const metrics = {mtu: [2, u32], hopLimit: [10, u32]} as const;

export const route = format(
	12,
	{family: [0, u8], toPrefix: [1, u8], fromPrefix: [2, u8], tos: [3, u8], table: [4, u8], protocol: [5, u8], scope: [6, u8], type: [7, u8], flags: [8, u32]},
	{
		to: [1, ip],
		from: [2, ip],
		in: [3, u32],
		out: [4, u32],
		via: [5, ip],
		priority: [6, u32],
		source: [7, ip],
		metrics: [8, nested(metrics)],
		table: [15, u32],
		preference: [20, u8],
	} as const,
);
