// Neighbours: who has which MAC, and in family AF_BRIDGE which MAC is behind which bridge port (the forwarding database).
// Sources: rtnetlink(7), linux/neighbour.h.
import {i32, ip, mac, u16, u16be, u32, u8} from './values.ts';
import {format} from './message.ts';

/** RTM_*NEIGH. */
export const neighMessage = {add: 28, remove: 29, get: 30} as const;

export const neigh = format(12, {family: [0, u8], index: [4, i32], state: [8, u16], flags: [10, u8], type: [11, u8]}, {
	address: [1, ip],
	mac: [2, mac],
	probes: [4, u32],
	vlan: [5, u16],
	port: [6, u16be],
	vni: [7, u32],
	out: [8, u32],
	master: [9, u32],
	protocol: [12, u8],
	flags: [15, u32],
} as const);

/** AF_BRIDGE: entries of forwarding databases (linux/socket.h). */
export const bridgeFamily = 7;
/** NUD_PERMANENT: nothing that is learned takes its place, and it never ages. */
export const permanent = 0x80;
/** NTF_SELF: the entry is the link's own, as a VXLAN has them, not its bridge's. */
export const own = 2;

/** NUD_* by bit, as `ip neigh` prints them. */
const states = ['INCOMPLETE', 'REACHABLE', 'STALE', 'DELAY', 'PROBE', 'FAILED', 'NOARP', 'PERMANENT'] as const;

/** The name of a neighbour's state, which is one bit; "NONE" when none is set. */
export function neighState(bits: number): (typeof states)[number] | 'NONE' {
	return states.find((_, bit) => (bits & (1 << bit)) !== 0) ?? 'NONE';
}
