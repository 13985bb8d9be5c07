// Reads a frame's print: one header after the other, as numbers. The frame is among other bytes, up to before `end`; nothing here throws: what is behind its
// end reads as 0, as what is behind the end of all bytes does elsewhere (decode/bytes.ts).
import {etherTypes, neighbour, Print, protocols, tcpFlags} from './print.ts';

const vxlanPorts = new Set([4789, 8472]);

function u8(bytes: Uint8Array, at: number, end: number): number {
	return at < end ? (bytes[at] ?? 0) : 0;
}

function u16(bytes: Uint8Array, at: number, end: number): number {
	return (u8(bytes, at, end) << 8) | u8(bytes, at + 1, end);
}

/** Signed: half of the others V8 keeps in objects of their own. */
function i32(bytes: Uint8Array, at: number, end: number): number {
	return (u16(bytes, at, end) << 16) | u16(bytes, at + 2, end);
}

function u32(bytes: Uint8Array, at: number, end: number): number {
	return i32(bytes, at, end) >>> 0;
}

function address6(bytes: Uint8Array, at: number, end: number): string {
	return quarter(bytes, at, end) + quarter(bytes, at + 4, end) + quarter(bytes, at + 8, end) + quarter(bytes, at + 12, end);
}

function quarter(bytes: Uint8Array, at: number, end: number): string {
	return String.fromCharCode(u8(bytes, at, end), u8(bytes, at + 1, end), u8(bytes, at + 2, end), u8(bytes, at + 3, end));
}

/** Reads a frame that begins with an Ethernet header. */
export function printOf(bytes: Uint8Array): Print {
	const print = new Print();
	readPrint(print, bytes, 0, bytes.length);
	return print;
}

/** The same of one that is among other bytes, into a print that was used before. */
export function readPrint(print: Print, bytes: Uint8Array, start: number, end: number): void {
	print.clear();
	readEthernet(print, bytes, start, end);
	if (print.quoted !== 0) {
		print.quoted -= start;
	}
}

/** Reads the packet that an ICMP error quotes; undefined: it quotes none. Of what follows its IP header there are 8 bytes at least (RFC 792). */
export function quotedPrint(bytes: Uint8Array, {quoted, type}: Print, start = 0, end = bytes.length): Print | undefined {
	if (quoted === 0) {
		return undefined;
	}

	const print = new Print();
	print.type = type;
	readNetwork(print, bytes, start + quoted, end);
	return print;
}

function readEthernet(print: Print, bytes: Uint8Array, start: number, end: number): void {
	let at = start + 12;
	let type = u16(bytes, at, end);
	while ((type === etherTypes.vlan || type === etherTypes.provider) && at < start + 24) {
		print.keep(u16(bytes, at + 2, end) & 0x0f_ff);
		at += 4;
		type = u16(bytes, at, end);
	}

	print.destinationMacHigh = u16(bytes, start, end);
	print.destinationMacLow = i32(bytes, start + 2, end);
	print.sourceMacHigh = u16(bytes, start + 6, end);
	print.sourceMacLow = i32(bytes, start + 8, end);
	print.type = type;
	readNetwork(print, bytes, at + 2, end);
}

function readNetwork(print: Print, bytes: Uint8Array, at: number, end: number): void {
	print.keep(print.type);
	if (print.type === etherTypes.ipv4) {
		readIpv4(print, bytes, at, end);
	} else if (print.type === etherTypes.ipv6) {
		readIpv6(print, bytes, at, end);
	} else if (print.type === etherTypes.arp) {
		readArp(print, bytes, at, end);
	} else {
		print.keepBytes(bytes, at, end);
	}
}

function readArp(print: Print, bytes: Uint8Array, at: number, end: number): void {
	print.code = u16(bytes, at + 6, end);
	print.source = i32(bytes, at + 14, end);
	print.destination = i32(bytes, at + 24, end);
	print.keepBytes(bytes, at, Math.min(at + 28, end));
}

function readIpv4(print: Print, bytes: Uint8Array, at: number, end: number): void {
	const headerBytes = (u8(bytes, at, end) & 15) * 4;
	const total = u16(bytes, at + 2, end);
	const flags = u16(bytes, at + 6, end);
	print.id = u16(bytes, at + 4, end);
	print.ttl = u8(bytes, at + 8, end);
	print.protocol = u8(bytes, at + 9, end);
	print.source = i32(bytes, at + 12, end);
	print.destination = i32(bytes, at + 16, end);
	print.offset = (flags & 0x1f_ff) * 8;
	print.more = (flags & 0x20_00) !== 0;
	print.canBeCut = (flags & 0x40_00) === 0;
	// 0: a segment that is longer than the field can say
	print.end = print.offset + (total === 0 ? end - at : total) - headerBytes;
	print.keep((print.id << 16) | total);
	print.keep((flags << 8) | print.protocol);
	readTransport(print, bytes, at + headerBytes, end);
}

/** Headers that may be between IPv6's own and the payload, by length in units of eight bytes (RFC 8200 4). */
const extensions = new Set([0, 43, 60]);
const fragmentHeader = 44;
/** What every link takes in one packet, without its header (RFC 8200 5): nobody cuts it. TCP cuts its data itself. */
const shortest = 1240;

function readIpv6(print: Print, bytes: Uint8Array, start: number, end: number): void {
	const payload = u16(bytes, start + 4, end);
	let next = u8(bytes, start + 6, end);
	let at = start + 40;
	print.ttl = u8(bytes, start + 7, end);
	print.source = address6(bytes, start + 8, end);
	print.destination = address6(bytes, start + 24, end);
	print.keep(u32(bytes, start, end) & 0x0f_ff_ff);
	print.keep(payload);
	for (let count = 0; count < 8 && (extensions.has(next) || next === fragmentHeader); count++) {
		if (next === fragmentHeader) {
			const word = u16(bytes, at + 2, end);
			print.offset = word & 0xff_f8;
			print.more = (word & 1) !== 0;
			print.id = u32(bytes, at + 4, end);
			print.keep(word);
		}

		const skipped = next === fragmentHeader ? 8 : (u8(bytes, at + 1, end) + 1) * 8;
		next = u8(bytes, at, end);
		at += skipped;
	}

	print.protocol = next;
	print.end = print.offset + (payload === 0 ? end - at : payload - (at - start - 40));
	print.keep(next);
	if (print.isFragment ? print.offset === 0 : print.end > shortest && next !== protocols.tcp) {
		print.head = headOf(next, bytes, at, end);
	}

	readTransport(print, bytes, at, end);
}

function headOf(protocol: number, bytes: Uint8Array, at: number, end: number): number {
	const head = new Print();
	head.protocol = protocol;
	readTransport(head, bytes, at, end);
	return head.mark;
}

function readTransport(print: Print, bytes: Uint8Array, at: number, end: number): void {
	if (print.offset > 0) {
		print.keepBytes(bytes, at, end);
		return;
	}

	switch (print.protocol) {
		case protocols.tcp: {
			readTcp(print, bytes, at, end);
			break;
		}

		case protocols.udp: {
			readUdp(print, bytes, at, end);
			break;
		}

		case protocols.icmp:
		case protocols.icmpv6: {
			readIcmp(print, bytes, at, end);
			break;
		}

		default: {
			print.keepBytes(bytes, at, end);
		}
	}
}

function readTcp(print: Print, bytes: Uint8Array, at: number, end: number): void {
	const headerBytes = (u8(bytes, at + 12, end) >> 4) * 4;
	print.sourcePort = u16(bytes, at, end);
	print.destinationPort = u16(bytes, at + 2, end);
	print.sequence = i32(bytes, at + 4, end);
	print.acknowledged = i32(bytes, at + 8, end);
	print.code = u8(bytes, at + 13, end);
	print.length = print.end - headerBytes + ((print.code & tcpFlags.syn) >> 1) + (print.code & tcpFlags.fin);
	print.keep(print.sequence);
	print.keep(print.acknowledged);
	print.keep(i32(bytes, at + 12, end));
}

function readUdp(print: Print, bytes: Uint8Array, at: number, end: number): void {
	print.sourcePort = u16(bytes, at, end);
	print.destinationPort = u16(bytes, at + 2, end);
	if (vxlanPorts.has(print.destinationPort) && (u8(bytes, at + 8, end) & 8) !== 0) {
		readInner(print, bytes, at + 8, end);
		return;
	}

	print.keep(u16(bytes, at + 4, end));
	print.keepBytes(bytes, at + 8, end);
}

/** What is inside is what is followed: the print is that of the inner packet, and says by which tunnel it goes. */
function readInner(print: Print, bytes: Uint8Array, at: number, end: number): void {
	const {source, destination, ttl, sourceMac, destinationMac} = print;
	print.clear();
	print.tunnel = {vni: u32(bytes, at + 4, end) >>> 8, source, destination, ttl, sourceMac, destinationMac};
	readEthernet(print, bytes, at + 8, end);
}

/** By version: types of errors, which quote a packet (RFC 792, RFC 4443 2.1). */
const errors4 = new Set([3, 4, 5, 11, 12]);
const lastError6 = 127;
/** Echo request and reply, which have an identifier (RFC 792, RFC 4443 4). */
const echoes = new Set([0, 8, 128, 129]);

function readIcmp(print: Print, bytes: Uint8Array, at: number, end: number): void {
	const type = u8(bytes, at, end);
	print.code = u16(bytes, at, end);
	print.keep(print.code);
	if (print.protocol === protocols.icmpv6 ? type <= lastError6 : errors4.has(type)) {
		// NAT rewrites the quotation, too
		print.quoted = at + 8;
		print.keep(i32(bytes, at + 4, end));
		return;
	}

	if (echoes.has(type)) {
		print.sourcePort = u16(bytes, at + 4, end);
		print.destinationPort = print.sourcePort;
		print.length = u16(bytes, at + 6, end);
		print.keep(print.length);
	} else {
		print.keep(i32(bytes, at + 4, end));
	}

	if (print.protocol === protocols.icmpv6 && (print.code === neighbour.solicitation || print.code === neighbour.advertisement)) {
		print.target = address6(bytes, at + 8, end);
	}

	print.keepBytes(bytes, at + 8, end);
}
