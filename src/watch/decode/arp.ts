// ARP for IPv4 on Ethernet (RFC 826; probes and announcements: RFC 5227).
import {hex, ipv4At, macAt, named, u16, u8} from './bytes.ts';
import type {Field, Protocol} from './walk.ts';

/** What asks and answers; the rest has no more than a number. */
const operations: Readonly<Record<number, string>> = {1: 'request', 2: 'reply', 3: 'reverse request', 4: 'reverse reply'};
/** With six bytes of hardware address and four of protocol address. */
const wholeBytes = 28;

function isEthernetIPv4(bytes: Uint8Array, at: number): boolean {
	return u16(bytes, at) === 1 && u16(bytes, at + 2) === 0x08_00 && u8(bytes, at + 4) === 6 && u8(bytes, at + 5) === 4;
}

function infoOf(bytes: Uint8Array, at: number): string {
	const operation = u16(bytes, at + 6);
	if (!isEthernetIPv4(bytes, at)) {
		return `${operations[operation] ?? `operation ${operation}`} for other addresses than IPv4 on Ethernet`;
	}

	const [sender, target] = [ipv4At(bytes, at + 14), ipv4At(bytes, at + 24)];
	switch (operation) {
		case 1: {
			return sender === '0.0.0.0' ? `Who has ${target}? (probe)` : sender === target ? `Announcement for ${target}` : `Who has ${target}? Tell ${sender}`;
		}

		case 2: {
			return `${sender} is at ${macAt(bytes, at + 8)}`;
		}

		default: {
			return operations[operation] ?? `operation ${operation}`;
		}
	}
}

export const arp: Protocol = {
	name: 'ARP',
	headerBytes: 8,

	step(walk) {
		const {bytes, at} = walk;
		walk.protocol = 'ARP';
		const need = 8 + 2 * (u8(bytes, at + 4) + u8(bytes, at + 5));
		if (walk.limit - at < need) {
			return walk.cut('ARP', need);
		}

		walk.info = infoOf(bytes, at);
		walk.at = at + need;
		return undefined;
	},

	details(bytes, {start}) {
		const operation = u16(bytes, start + 6);
		const head: readonly Field[] = [
			{name: 'arp.hw.type', value: u16(bytes, start), start, end: start + 2},
			{name: 'arp.proto.type', value: u16(bytes, start + 2), text: hex(u16(bytes, start + 2)), start: start + 2, end: start + 4},
			{name: 'arp.hw.size', value: u8(bytes, start + 4), start: start + 4, end: start + 5},
			{name: 'arp.proto.size', value: u8(bytes, start + 5), start: start + 5, end: start + 6},
			{name: 'arp.opcode', value: operation, text: named(operation, operations[operation]), start: start + 6, end: start + 8},
		];
		const addresses: readonly Field[] = [
			{name: 'arp.src.hw_mac', value: macAt(bytes, start + 8), start: start + 8, end: start + 14},
			{name: 'arp.src.proto_ipv4', value: ipv4At(bytes, start + 14), start: start + 14, end: start + 18},
			{name: 'arp.dst.hw_mac', value: macAt(bytes, start + 18), start: start + 18, end: start + 24},
			{name: 'arp.dst.proto_ipv4', value: ipv4At(bytes, start + 24), start: start + 24, end: start + wholeBytes},
		];
		return {text: infoOf(bytes, start), fields: isEthernetIPv4(bytes, start) ? [...head, ...addresses] : head};
	},
};
