// Reads a frame's print: one header after the other, as numbers. Nothing here throws: bytes that are not there read as 0.
import {i32, u16, u32, u8} from '../decode/bytes.ts';
import {etherTypes, neighbour, Print, protocols, tcpFlags} from './print.ts';

const vxlanPorts = new Set([4789, 8472]);
function macNumber(bytes: Uint8Array, at: number): number {
	return u16(bytes, at) * 2 ** 32 + u32(bytes, at + 2);
}

function address6(bytes: Uint8Array, at: number): string {
	return quarter(bytes, at) + quarter(bytes, at + 4) + quarter(bytes, at + 8) + quarter(bytes, at + 12);
}

function quarter(bytes: Uint8Array, at: number): string {
	return String.fromCharCode(u8(bytes, at), u8(bytes, at + 1), u8(bytes, at + 2), u8(bytes, at + 3));
}

/** Reads a frame that begins with an Ethernet header. */
export function printOf(bytes: Uint8Array): Print {
	const print = new Print();
	readEthernet(print, bytes, 0);
	return print;
}

/** The same into a print that was used before. */
export function readPrint(print: Print, bytes: Uint8Array): void {
	print.clear();
	readEthernet(print, bytes, 0);
}

/** Reads the packet that an ICMP error quotes; undefined: it quotes none. Of what follows its IP header there are 8 bytes at least (RFC 792). */
export function quotedPrint(bytes: Uint8Array, {quoted, type}: Print): Print | undefined {
	if (quoted === 0) {
		return undefined;
	}

	const print = new Print();
	print.type = type;
	readNetwork(print, bytes, quoted);
	return print;
}

function readEthernet(print: Print, bytes: Uint8Array, start: number): void {
	let at = start + 12;
	let type = u16(bytes, at);
	while ((type === etherTypes.vlan || type === etherTypes.provider) && at < start + 24) {
		print.keep(u16(bytes, at + 2) & 0x0f_ff);
		at += 4;
		type = u16(bytes, at);
	}

	print.destinationMac = macNumber(bytes, start);
	print.sourceMac = macNumber(bytes, start + 6);
	print.type = type;
	readNetwork(print, bytes, at + 2);
}

function readNetwork(print: Print, bytes: Uint8Array, at: number): void {
	print.keep(print.type);
	if (print.type === etherTypes.ipv4) {
		readIpv4(print, bytes, at);
	} else if (print.type === etherTypes.ipv6) {
		readIpv6(print, bytes, at);
	} else if (print.type === etherTypes.arp) {
		readArp(print, bytes, at);
	} else {
		print.keepBytes(bytes, at, bytes.length);
	}
}

function readArp(print: Print, bytes: Uint8Array, at: number): void {
	print.code = u16(bytes, at + 6);
	print.source = i32(bytes, at + 14);
	print.destination = i32(bytes, at + 24);
	print.keepBytes(bytes, at, at + 28);
}

function readIpv4(print: Print, bytes: Uint8Array, at: number): void {
	const headerBytes = (u8(bytes, at) & 15) * 4;
	const total = u16(bytes, at + 2);
	const flags = u16(bytes, at + 6);
	print.id = u16(bytes, at + 4);
	print.ttl = u8(bytes, at + 8);
	print.protocol = u8(bytes, at + 9);
	print.source = i32(bytes, at + 12);
	print.destination = i32(bytes, at + 16);
	print.offset = (flags & 0x1f_ff) * 8;
	print.more = (flags & 0x20_00) !== 0;
	print.canBeCut = (flags & 0x40_00) === 0;
	// 0: a segment that is longer than the field can say
	print.end = print.offset + (total === 0 ? bytes.length - at : total) - headerBytes;
	print.keep((print.id << 16) | total);
	print.keep((flags << 8) | print.protocol);
	readTransport(print, bytes, at + headerBytes);
}

/** Headers that may be between IPv6's own and the payload, by length in units of eight bytes (RFC 8200 4). */
const extensions = new Set([0, 43, 60]);
const fragmentHeader = 44;
/** What every link takes in one packet, without its header (RFC 8200 5): nobody cuts it. TCP cuts its data itself. */
const shortest = 1240;

function readIpv6(print: Print, bytes: Uint8Array, start: number): void {
	const payload = u16(bytes, start + 4);
	let next = u8(bytes, start + 6);
	let at = start + 40;
	print.ttl = u8(bytes, start + 7);
	print.source = address6(bytes, start + 8);
	print.destination = address6(bytes, start + 24);
	print.keep(u32(bytes, start) & 0x0f_ff_ff);
	print.keep(payload);
	for (let count = 0; count < 8 && (extensions.has(next) || next === fragmentHeader); count++) {
		if (next === fragmentHeader) {
			const word = u16(bytes, at + 2);
			print.offset = word & 0xff_f8;
			print.more = (word & 1) !== 0;
			print.id = u32(bytes, at + 4);
			print.keep(word);
		}

		const skipped = next === fragmentHeader ? 8 : (u8(bytes, at + 1) + 1) * 8;
		next = u8(bytes, at);
		at += skipped;
	}

	print.protocol = next;
	print.end = print.offset + (payload === 0 ? bytes.length - at : payload - (at - start - 40));
	print.keep(next);
	if (print.isFragment ? print.offset === 0 : print.end > shortest && next !== protocols.tcp) {
		print.head = headOf(next, bytes, at);
	}

	readTransport(print, bytes, at);
}

function headOf(protocol: number, bytes: Uint8Array, at: number): number {
	const head = new Print();
	head.protocol = protocol;
	readTransport(head, bytes, at);
	return head.mark;
}

function readTransport(print: Print, bytes: Uint8Array, at: number): void {
	if (print.offset > 0) {
		print.keepBytes(bytes, at, bytes.length);
		return;
	}

	switch (print.protocol) {
		case protocols.tcp: {
			readTcp(print, bytes, at);
			break;
		}

		case protocols.udp: {
			readUdp(print, bytes, at);
			break;
		}

		case protocols.icmp:
		case protocols.icmpv6: {
			readIcmp(print, bytes, at);
			break;
		}

		default: {
			print.keepBytes(bytes, at, bytes.length);
		}
	}
}

function readTcp(print: Print, bytes: Uint8Array, at: number): void {
	const headerBytes = (u8(bytes, at + 12) >> 4) * 4;
	print.sourcePort = u16(bytes, at);
	print.destinationPort = u16(bytes, at + 2);
	print.sequence = i32(bytes, at + 4);
	print.acknowledged = i32(bytes, at + 8);
	print.code = u8(bytes, at + 13);
	print.length = print.end - headerBytes + ((print.code & tcpFlags.syn) >> 1) + (print.code & tcpFlags.fin);
	print.keep(print.sequence);
	print.keep(print.acknowledged);
	print.keep(i32(bytes, at + 12));
}

function readUdp(print: Print, bytes: Uint8Array, at: number): void {
	print.sourcePort = u16(bytes, at);
	print.destinationPort = u16(bytes, at + 2);
	if (vxlanPorts.has(print.destinationPort) && (u8(bytes, at + 8) & 8) !== 0) {
		readInner(print, bytes, at + 8);
		return;
	}

	print.keep(u16(bytes, at + 4));
	print.keepBytes(bytes, at + 8, bytes.length);
}

/** What is inside is what is followed: the print is that of the inner packet, and says by which tunnel it goes. */
function readInner(print: Print, bytes: Uint8Array, at: number): void {
	const {source, destination, ttl, sourceMac, destinationMac} = print;
	print.clear();
	print.tunnel = {vni: u32(bytes, at + 4) >>> 8, source, destination, ttl, sourceMac, destinationMac};
	readEthernet(print, bytes, at + 8);
}

/** By version: types of errors, which quote a packet (RFC 792, RFC 4443 2.1). */
const errors4 = new Set([3, 4, 5, 11, 12]);
const lastError6 = 127;
/** Echo request and reply, which have an identifier (RFC 792, RFC 4443 4). */
const echoes = new Set([0, 8, 128, 129]);

function readIcmp(print: Print, bytes: Uint8Array, at: number): void {
	const type = u8(bytes, at);
	print.code = u16(bytes, at);
	print.keep(print.code);
	if (print.protocol === protocols.icmpv6 ? type <= lastError6 : errors4.has(type)) {
		// NAT rewrites the quotation, too
		print.quoted = at + 8;
		print.keep(i32(bytes, at + 4));
		return;
	}

	if (echoes.has(type)) {
		print.sourcePort = u16(bytes, at + 4);
		print.destinationPort = print.sourcePort;
		print.length = u16(bytes, at + 6);
		print.keep(print.length);
	} else {
		print.keep(i32(bytes, at + 4));
	}

	if (print.protocol === protocols.icmpv6 && (print.code === neighbour.solicitation || print.code === neighbour.advertisement)) {
		print.target = address6(bytes, at + 8);
	}

	print.keepBytes(bytes, at + 8, bytes.length);
}
