// nf_tables: tables, chains and rules as the kernel holds them, whoever wrote them. Source: linux/netfilter/nf_tables.h. Its numbers are in network order,
// and what is nested says so nowhere.
import {array, nested} from './codec.ts';
import {block, bytes, cString, u16be, u32be, u8} from './values.ts';
import {format} from './message.ts';

/** NFNL_SUBSYS_NFTABLES, and what frames a change of many messages that is done whole or not at all (linux/netfilter/nfnetlink.h). */
export const subsystem = 10;
export const batchMessage = {begin: 0x10, end: 0x11} as const;

/** The subsystem in the upper byte, NFT_MSG_* in the lower. */
export const nftMessage = {
	addTable: 0xa_00,
	getTable: 0xa_01,
	addChain: 0xa_03,
	getChain: 0xa_04,
	addRule: 0xa_06,
	getRule: 0xa_07,
	generation: 0xa_0f,
	getGeneration: 0xa_10,
} as const;

const header = {family: [0, u8], version: [1, u8], resource: [2, u16be]} as const;

export const batch = format(4, header, {});

export const nftTable = format(4, header, {name: [1, cString], flags: [2, u32be], use: [3, u32be], handle: [4, block(8)], userdata: [6, bytes]} as const);

export const nftChain = format(4, header, {
	table: [1, cString],
	handle: [2, block(8)],
	name: [3, cString],
	hook: [4, bytes],
	policy: [5, u32be],
	use: [6, u32be],
	type: [7, cString],
	counters: [8, bytes],
	flags: [10, u32be],
	userdata: [12, bytes],
} as const);

/** Counted up with every change of a namespace's rules, whoever makes it; what they have counted is no change. */
export const nftGeneration = format(4, header, {id: [1, u32be], process: [2, u32be], program: [3, cString]} as const);

/** What `data` holds depends on the name. */
const expression = {name: [1, cString], data: [2, bytes]} as const;

export const nftRule = format(4, header, {
	table: [1, cString],
	chain: [2, cString],
	handle: [3, block(8)],
	expressions: [4, array(1, nested(expression))],
	compat: [5, nested({protocol: [1, u32be], flags: [2, u32be]} as const)],
	position: [6, block(8)],
	userdata: [7, bytes],
} as const);

/** Data of the expressions that must be understood here. `operator` 0: equal, 1: not equal. */
export const nftMeta = nested({register: [1, u32be], key: [2, u32be]} as const);
export const nftPayload = nested({register: [1, u32be], base: [2, u32be], offset: [3, u32be], length: [4, u32be]} as const);
export const nftCompare = nested({register: [1, u32be], operator: [2, u32be], data: [3, nested({value: [1, bytes]} as const)]} as const);
export const nftCounter = nested({bytes: [1, block(8)], packets: [2, block(8)]} as const);
