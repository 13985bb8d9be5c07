// Sockets of a namespace, as `ss` lists them. Sources: sock_diag(7), linux/inet_diag.h. Ports and addresses are in network order.
import {block, u16be, u32, u8} from './values.ts';
import {format} from './message.ts';

/** SOCK_DIAG_BY_FAMILY: the type of request and answer alike. */
export const socketMessage = 20;
/** Bits by state (net/tcp_states.h): a listening TCP socket; a UDP socket that is bound and not connected. */
export const socketStates = {listening: 1 << 10, unconnected: 1 << 7} as const;

/** struct inet_diag_req_v2. */
export const socketRequest = format(56, {family: [0, u8], protocol: [1, u8], extensions: [2, u8], states: [4, u32]}, {});

/** struct inet_diag_msg. An IPv4 address is the first four bytes of `address`. */
export const socket = format(
	72,
	{
		family: [0, u8],
		state: [1, u8],
		timer: [2, u8],
		retransmits: [3, u8],
		port: [4, u16be],
		peerPort: [6, u16be],
		address: [8, block(16)],
		peerAddress: [24, block(16)],
		index: [40, u32],
		cookie: [44, block(8)],
		expires: [52, u32],
		receiveQueue: [56, u32],
		sendQueue: [60, u32],
		uid: [64, u32],
		inode: [68, u32],
	},
	{shutdown: [8, u8], isV6Only: [11, u8]} as const,
);
