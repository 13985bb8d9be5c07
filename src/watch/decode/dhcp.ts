// DHCP (RFC 2131), its options (RFC 2132) as far as people ask for them.
import {asciiText, hex, ipv4At, macAt, named, u16, u32, u8} from './bytes.ts';
import type {Buffer} from 'node:buffer';
import type {Field, Protocol} from './walk.ts';

const fixedBytes = 240;
const cookie = 0x63_82_53_63;
const messages = ['', 'Discover', 'Offer', 'Request', 'Decline', 'ACK', 'NAK', 'Release', 'Inform'];
const options = {pad: 0, messageType: 53, end: 255} as const;
type Shape = 'addresses' | 'seconds' | 'text';
const known: Readonly<Record<number, readonly [name: string, shape: Shape]>> = {
	1: ['dhcp.option.subnet_mask', 'addresses'],
	3: ['dhcp.option.router', 'addresses'],
	6: ['dhcp.option.domain_name_server', 'addresses'],
	12: ['dhcp.option.hostname', 'text'],
	15: ['dhcp.option.domain_name', 'text'],
	50: ['dhcp.option.requested_ip_address', 'addresses'],
	51: ['dhcp.option.ip_address_lease_time', 'seconds'],
	54: ['dhcp.option.dhcp_server_id', 'addresses'],
};

/** Calls `see` with each whole option; one that is longer than what is left ends them. */
function eachOption(bytes: Buffer, start: number, limit: number, see: (code: number, at: number, length: number) => void): void {
	for (let at = start; at < limit;) {
		const code = u8(bytes, at);
		if (code === options.pad) {
			at += 1;
			continue;
		}

		const length = u8(bytes, at + 1);
		if (code === options.end || at + 2 + length > limit) {
			return;
		}

		see(code, at + 2, length);
		at += 2 + length;
	}
}

function messageOf(bytes: Buffer, at: number, limit: number): string {
	let message = u8(bytes, at) === 1 ? 'Boot request' : 'Boot reply';
	eachOption(bytes, at + fixedBytes, limit, (code, value, length) => {
		if (code === options.messageType && length === 1) {
			message = messages[u8(bytes, value)] ?? `message type ${u8(bytes, value)}`;
		}
	});
	return message;
}

function valueFields(bytes: Buffer, code: number, at: number, length: number): readonly Field[] {
	const range = {start: at, end: at + length};
	const [name = '', shape] = known[code] ?? [];
	switch (shape) {
		case 'addresses': {
			return Array.from({length: Math.floor(length / 4)}, (_, index) => {
				const start = at + index * 4;
				return {name, value: ipv4At(bytes, start), start, end: start + 4};
			});
		}

		case 'seconds': {
			return length === 4 ? [{name, value: u32(bytes, at), text: `${u32(bytes, at)} s`, ...range}] : [];
		}

		case 'text': {
			return [{name, value: asciiText(bytes, at, at + length), ...range}];
		}

		default: {
			return [];
		}
	}
}

function optionFields(bytes: Buffer, start: number, limit: number): readonly Field[] {
	const fields: Field[] = [];
	eachOption(bytes, start, limit, (code, at, length) => {
		const isMessage = code === options.messageType && length === 1;
		fields.push(
			{name: 'dhcp.option.type', value: code, start: at - 2, end: at + length},
			...(isMessage
				? [{name: 'dhcp.option.dhcp', value: u8(bytes, at), text: named(u8(bytes, at), messages[u8(bytes, at)]), start: at, end: at + 1}]
				: valueFields(bytes, code, at, length)),
		);
	});
	return fields;
}

export const dhcp: Protocol = {
	name: 'DHCP',
	headerBytes: fixedBytes,

	step(walk) {
		const {bytes, at, limit} = walk;
		walk.protocol = 'DHCP';
		if (u32(bytes, at + fixedBytes - 4) !== cookie) {
			return walk.spoil('DHCP without its magic number');
		}

		const yours = ipv4At(bytes, at + 16);
		walk.info = `DHCP ${messageOf(bytes, at, limit)} - Transaction ID ${hex(u32(bytes, at + 4), 8)}${yours === '0.0.0.0' ? '' : `, your address ${yours}`}`;
		walk.at = limit;
		return undefined;
	},

	details(bytes, {start, limit}) {
		const id = u32(bytes, start + 4);
		const address = (name: string, from: number): Field => ({name, value: ipv4At(bytes, start + from), start: start + from, end: start + from + 4});
		return {
			text: `${messageOf(bytes, start, limit)}, transaction ${hex(id, 8)}`,
			fields: [
				{name: 'dhcp.type', value: u8(bytes, start), start, end: start + 1},
				{name: 'dhcp.hops', value: u8(bytes, start + 3), start: start + 3, end: start + 4},
				{name: 'dhcp.id', value: id, text: hex(id, 8), start: start + 4, end: start + 8},
				{name: 'dhcp.secs', value: u16(bytes, start + 8), start: start + 8, end: start + 10},
				address('dhcp.ip.client', 12),
				address('dhcp.ip.your', 16),
				address('dhcp.ip.server', 20),
				address('dhcp.ip.relay', 24),
				{name: 'dhcp.hw.mac_addr', value: macAt(bytes, start + 28), start: start + 28, end: start + 34},
				...optionFields(bytes, start + fixedBytes, limit),
			],
		};
	},
};
