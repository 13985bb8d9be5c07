// ICMPv6 (RFC 4443), of which neighbour discovery (RFC 4861) has its options in ndp.ts. An error quotes the packet that it is about.
import {hex, ipv6At, named, u16, u32, u8} from './bytes.ts';
import {stepIntoQuote} from './icmp.ts';
import {linkAddressIn, optionFields} from './ndp.ts';
import type {Field, Protocol} from './walk.ts';

const kinds = {tooBig: 2, echo: 128, echoReply: 129, routerSolicitation: 133, routerAdvertisement: 134, solicitation: 135, advertisement: 136, redirect: 137};
const types: Readonly<Record<number, string>> = {
	1: 'Destination unreachable',
	2: 'Packet too big',
	3: 'Time exceeded',
	4: 'Parameter problem',
	128: 'Echo (ping) request',
	129: 'Echo (ping) reply',
	130: 'Multicast listener query',
	131: 'Multicast listener report',
	132: 'Multicast listener done',
	133: 'Router solicitation',
	134: 'Router advertisement',
	135: 'Neighbor solicitation',
	136: 'Neighbor advertisement',
	137: 'Redirect',
	143: 'Multicast listener report v2',
};
const codes: Readonly<Record<number, readonly string[]>> = {
	1: [
		'No route',
		'Administratively prohibited',
		'Beyond scope of source address',
		'Address unreachable',
		'Port unreachable',
		'Source address failed policy',
		'Reject route',
	],
	3: ['hop limit in transit', 'fragment reassembly time'],
};
/** Bytes before the options of neighbour discovery (RFC 4861 4). */
const headBytes: Readonly<Record<number, number>> = {133: 8, 134: 16, 135: 24, 136: 24, 137: 40};

function infoOf(bytes: Uint8Array, at: number, limit: number): string {
	const [type, code] = [u8(bytes, at), u8(bytes, at + 1)];
	const name = types[type] ?? `ICMPv6 type ${type}`;
	const by = linkAddressIn(bytes, at + (headBytes[type] ?? limit), limit);
	switch (type) {
		case kinds.echo:
		case kinds.echoReply: {
			return `${name} id=${hex(u16(bytes, at + 4))}, seq=${u16(bytes, at + 6)}`;
		}

		case kinds.tooBig: {
			return `${name}, MTU ${u32(bytes, at + 4)}`;
		}

		case kinds.solicitation: {
			return `${name} for ${ipv6At(bytes, at + 8)}${by === undefined ? '' : ` from ${by}`}`;
		}

		case kinds.advertisement: {
			const flags = ['rtr', 'sol', 'ovr'].filter((_, index) => (u8(bytes, at + 4) & (0x80 >> index)) !== 0).join(', ');
			return `${name} ${ipv6At(bytes, at + 8)}${flags === '' ? '' : ` (${flags})`}${by === undefined ? '' : ` is at ${by}`}`;
		}

		case kinds.routerSolicitation:
		case kinds.routerAdvertisement: {
			return `${name}${by === undefined ? '' : ` from ${by}`}`;
		}

		default: {
			return named(name, codes[type]?.[code]);
		}
	}
}

/** Fields between the checksum and the options. */
function headFields(bytes: Uint8Array, start: number): readonly Field[] {
	const flag = (name: string, bit: number): Field => ({name, value: (u8(bytes, start + 4) >> bit) & 1, start: start + 4, end: start + 8});
	switch (u8(bytes, start)) {
		case kinds.echo:
		case kinds.echoReply: {
			const id = u16(bytes, start + 4);
			return [
				{name: 'icmpv6.echo.identifier', value: id, text: hex(id), start: start + 4, end: start + 6},
				{name: 'icmpv6.echo.sequence_number', value: u16(bytes, start + 6), start: start + 6, end: start + 8},
			];
		}

		case kinds.tooBig: {
			return [{name: 'icmpv6.mtu', value: u32(bytes, start + 4), start: start + 4, end: start + 8}];
		}

		case kinds.routerAdvertisement: {
			return [
				{name: 'icmpv6.nd.ra.cur_hop_limit', value: u8(bytes, start + 4), start: start + 4, end: start + 5},
				{name: 'icmpv6.nd.ra.flag.m', value: (u8(bytes, start + 5) >> 7) & 1, start: start + 5, end: start + 6},
				{name: 'icmpv6.nd.ra.flag.o', value: (u8(bytes, start + 5) >> 6) & 1, start: start + 5, end: start + 6},
				{name: 'icmpv6.nd.ra.router_lifetime', value: u16(bytes, start + 6), start: start + 6, end: start + 8},
			];
		}

		case kinds.solicitation: {
			return [{name: 'icmpv6.nd.ns.target_address', value: ipv6At(bytes, start + 8), start: start + 8, end: start + 24}];
		}

		case kinds.advertisement: {
			return [
				flag('icmpv6.nd.na.flag.r', 7),
				flag('icmpv6.nd.na.flag.s', 6),
				flag('icmpv6.nd.na.flag.o', 5),
				{name: 'icmpv6.nd.na.target_address', value: ipv6At(bytes, start + 8), start: start + 8, end: start + 24},
			];
		}

		default: {
			return [];
		}
	}
}

export const icmpv6: Protocol = {
	name: 'ICMPv6',
	headerBytes: 8,

	step(walk) {
		const {bytes, at} = walk;
		const type = u8(bytes, at);
		const need = headBytes[type] ?? 8;
		walk.protocol = 'ICMPv6';
		if (walk.limit - at < need) {
			return walk.cut('ICMPv6', need);
		}

		const isError = type < kinds.echo;
		walk.info = infoOf(bytes, at, walk.limit);
		walk.at = headBytes[type] === undefined ? at + need : walk.limit;
		return isError ? stepIntoQuote(walk, at + 8, 6) : undefined;
	},

	details(bytes, {start, limit}) {
		const [type, code] = [u8(bytes, start), u8(bytes, start + 1)];
		return {
			text: infoOf(bytes, start, limit),
			fields: [
				{name: 'icmpv6.type', value: type, text: named(type, types[type]), start, end: start + 1},
				{name: 'icmpv6.code', value: code, text: named(code, codes[type]?.[code]), start: start + 1, end: start + 2},
				{name: 'icmpv6.checksum', value: u16(bytes, start + 2), text: hex(u16(bytes, start + 2)), start: start + 2, end: start + 4},
				...headFields(bytes, start),
				...optionFields(bytes, start + (headBytes[type] ?? limit), limit),
			],
		};
	},
};
