// The outline of a frame straight from its bytes, in a tenth of the time that decoding takes. It goes the way of the decoders (../decode), header by header,
// with the same ideas of what is whole, cut short or not to be believed; a test sees to that. What is seldom seen is left to them.
import {u16, u32, u8} from '../decode/bytes.ts';
import {header, type Outline} from './outline.ts';
import {carried} from './quick-carried.ts';
import {Cursor, next, type Next, type PlacedFrame} from './quick-cursor.ts';

/** pcap-linktype(7): Ethernet, raw IP with the two numbers that systems have for it, IPv4, IPv6, the two kinds of Linux cooked. */
const link = {ethernet: 1, raw: 101, bsdRaw: 12, openBsdRaw: 14, ip: 228, ipv6: 229, sll: 113, sll2: 276} as const;
const etherType = {ip: 0x08_00, arp: 0x08_06, vlan: 0x81_00, ipv6: 0x86_dd, providerVlan: 0x88_a8} as const;
/** 127.0.0.11: what the engine's name server has to do with is the decoders'. */
const engineDns = 0x7f_00_00_0b;
/** More tags are the decoders'. */
const mostTags = 2;

export class QuickReader {
	readonly #cursor: Cursor;

	/** `outline`: what `read` fills. */
	constructor(outline: Outline) {
		this.#cursor = new Cursor(outline);
	}

	/** False: the frame has something that only decoding knows. */
	read(frame: PlacedFrame): boolean {
		const cursor = this.#cursor;
		cursor.begin(frame);
		let what = first(cursor, frame.point.linkType);
		while (what > next.unknown) {
			what = step(cursor, what);
		}

		return what === next.nothing;
	}
}

function first({bytes, at, left}: Cursor, linkType: number): Next {
	switch (linkType) {
		case link.ethernet: {
			return next.ethernet;
		}

		case link.sll: {
			return next.sll;
		}

		case link.sll2: {
			return next.sll2;
		}

		case link.ip: {
			return next.ip;
		}

		case link.ipv6: {
			return next.ipv6;
		}

		case link.raw:
		case link.bsdRaw:
		case link.openBsdRaw: {
			return left > 0 && u8(bytes, at) >> 4 === 6 ? next.ipv6 : next.ip;
		}

		default: {
			return next.nothing;
		}
	}
}

function step(cursor: Cursor, what: Next): Next {
	switch (what) {
		case next.ethernet: {
			return cursor.left < 14 ? next.nothing : behindLink(cursor, header.eth, {headerBytes: 14, typeAt: 12});
		}

		case next.sll: {
			return cursor.left < 16 ? next.nothing : behindLink(cursor, header.sll, {headerBytes: 16, typeAt: 14});
		}

		case next.sll2: {
			return cursor.left < 20 ? next.nothing : behindLink(cursor, header.sll, {headerBytes: 20, typeAt: 0});
		}

		case next.ip: {
			return ip(cursor);
		}

		case next.ipv6: {
			return ipv6(cursor);
		}

		default: {
			return what;
		}
	}
}

function behindLink(cursor: Cursor, bit: number, {headerBytes, typeAt}: {readonly headerBytes: number; readonly typeAt: number}): Next {
	const {bytes, outline} = cursor;
	let type = u16(bytes, cursor.at + typeAt);
	outline.headers |= bit;
	cursor.at += headerBytes;
	for (let tags = 0; type === etherType.vlan || type === etherType.providerVlan; tags++) {
		if (cursor.left < 4) {
			return next.nothing;
		}

		if (tags === mostTags) {
			return next.unknown;
		}

		outline.headers |= type === etherType.vlan ? header.vlan : header.ieee8021ad;
		type = u16(bytes, cursor.at + 2);
		cursor.at += 4;
	}

	return type === etherType.ip ? next.ip : type === etherType.ipv6 ? next.ipv6 : type === etherType.arp ? arp(cursor) : next.nothing;
}

function arp({bytes, at, left, outline}: Cursor): Next {
	if (left >= 8 && left >= 8 + 2 * (u8(bytes, at + 4) + u8(bytes, at + 5))) {
		outline.headers |= header.arp;
	}

	return next.nothing;
}

function ip(cursor: Cursor): Next {
	const {bytes, at, left, outline} = cursor;
	if (left < 20) {
		return next.nothing;
	}

	const versionAndLength = u8(bytes, at);
	const headerBytes = (versionAndLength & 15) * 4;
	const totalBytes = u16(bytes, at + 2);
	if (versionAndLength >> 4 !== 4 || headerBytes < 20 || left < headerBytes || (totalBytes !== 0 && totalBytes < headerBytes)) {
		return next.nothing;
	}

	if (totalBytes !== 0) {
		cursor.narrow(at + totalBytes);
	}

	if (u32(bytes, at + 12) === engineDns || u32(bytes, at + 16) === engineDns) {
		return next.unknown;
	}

	outline.headers |= header.ip;
	outline.addPacket(bytes, at + 12, 4);
	cursor.at = at + headerBytes;
	const part = u16(bytes, at + 6) & 0x3f_ff;
	cursor.isFragment ||= part !== 0;
	return (part & 0x1f_ff) === 0 ? carried(cursor, u8(bytes, at + 9), 4) : next.nothing;
}

function ipv6(cursor: Cursor): Next {
	const {bytes, at, outline} = cursor;
	if (cursor.left < 40 || u8(bytes, at) >> 4 !== 6) {
		return next.nothing;
	}

	const payloadBytes = u16(bytes, at + 4);
	if (payloadBytes !== 0) {
		cursor.narrow(at + 40 + payloadBytes);
	}

	outline.headers |= header.ipv6;
	outline.addPacket(bytes, at + 8, 6);
	cursor.at = at + 40;
	return carried(cursor, u8(bytes, at + 6), 6);
}
