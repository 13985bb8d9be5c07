// Quick reading of what IP carries: TCP, UDP, ICMP, and what these carry.
import {u16, u8} from '../decode/bytes.ts';
import {isHttp} from '../decode/http.ts';
import {header, transport} from './outline.ts';
import {next, type Cursor, type Next} from './quick-cursor.ts';

const protocol = {
	hopByHop: 0,
	icmp: 1,
	ipInIp: 4,
	tcp: 6,
	udp: 17,
	ipv6InIp: 41,
	routing: 43,
	fragment: 44,
	ah: 51,
	icmpv6: 58,
	destinationOptions: 60,
} as const;
const port = {dns: 53, dhcpServer: 67, dhcpClient: 68, mdns: 5353, llmnr: 5355, vxlan: 4789, oldVxlan: 8472} as const;
/** ICMP messages that quote a packet: unreachable, source quench, redirect, time exceeded, parameter problem. */
const quoting = (1 << 3) | (1 << 4) | (1 << 5) | (1 << 11) | (1 << 12);
/** Lengths of messages of neighbour discovery without their options, from router solicitation (133) on (RFC 4861 4). */
const discoveryBytes = [8, 16, 24, 24, 40] as const;

/** Reads what has this number in an IP header of this version. */
export function carried(cursor: Cursor, number: number, version: 4 | 6): Next {
	switch (number) {
		case protocol.tcp: {
			return tcp(cursor);
		}

		case protocol.udp: {
			return udp(cursor);
		}

		case protocol.icmp: {
			return icmp(cursor);
		}

		case protocol.icmpv6: {
			return icmpv6(cursor);
		}

		case protocol.ipInIp: {
			return cursor.inner(next.ip);
		}

		case protocol.ipv6InIp: {
			return cursor.inner(next.ipv6);
		}

		case protocol.ah: {
			return next.unknown;
		}

		case protocol.hopByHop:
		case protocol.routing:
		case protocol.fragment:
		case protocol.destinationOptions: {
			return version === 6 ? next.unknown : next.nothing;
		}

		default: {
			return next.nothing;
		}
	}
}

function tcp(cursor: Cursor): Next {
	const {bytes, at, left, outline} = cursor;
	const headerBytes = left < 20 ? 20 : (u8(bytes, at + 12) >> 4) * 4;
	if (left < 8 || headerBytes < 20) {
		return next.nothing;
	}

	outline.headers |= header.tcp;
	outline.addPorts(bytes, at, transport.tcp);
	if (left < headerBytes) {
		// eight bytes of it are believed, which have no flags
		return next.nothing;
	}

	cursor.at = at + headerBytes;
	outline.addFlags(bytes, at, cursor.wireLimit - cursor.at);
	if (cursor.hasNoMessage) {
		return next.nothing;
	}

	if (u16(bytes, at) === port.dns || u16(bytes, at + 2) === port.dns) {
		return next.unknown;
	}

	if (isHttp(bytes, cursor.at, cursor.limit)) {
		outline.headers |= header.http;
	}

	return next.nothing;
}

function udp(cursor: Cursor): Next {
	const {bytes, at, outline} = cursor;
	if (cursor.left < 8) {
		return next.nothing;
	}

	const length = u16(bytes, at + 4);
	outline.headers |= header.udp;
	outline.addPorts(bytes, at, transport.udp);
	cursor.at = at + 8;
	if (length > 0 && length < 8) {
		return next.nothing;
	}

	if (length > 0 && !cursor.isFragment) {
		cursor.narrow(at + length);
	}

	return cursor.hasNoMessage ? next.nothing : datagram(cursor, u16(bytes, at), u16(bytes, at + 2));
}

function datagram(cursor: Cursor, source: number, destination: number): Next {
	if (destination === port.vxlan || destination === port.oldVxlan) {
		return vxlan(cursor);
	}

	switch (isTelling(destination) ? destination : source) {
		case port.dhcpServer:
		case port.dhcpClient: {
			return next.unknown;
		}

		case port.dns:
		case port.mdns:
		case port.llmnr: {
			cursor.outline.headers |= cursor.left < 12 ? 0 : header.dns;
			return next.nothing;
		}

		default: {
			return next.nothing;
		}
	}
}

function isTelling(number: number): boolean {
	return number === port.dns || number === port.mdns || number === port.llmnr || number === port.dhcpServer || number === port.dhcpClient;
}

function vxlan(cursor: Cursor): Next {
	const {bytes, at, outline} = cursor;
	if (cursor.left < 8 || (u16(bytes, at) & 0x08_00) === 0) {
		return next.nothing;
	}

	outline.headers |= header.vxlan;
	cursor.at = at + 8;
	return cursor.inner(next.ethernet);
}

function icmp(cursor: Cursor): Next {
	if (cursor.left < 8) {
		return next.nothing;
	}

	const type = u8(cursor.bytes, cursor.at);
	cursor.outline.headers |= header.icmp;
	cursor.at += 8;
	return type <= 12 && ((quoting >> type) & 1) === 1 ? cursor.quoted(next.ip) : next.nothing;
}

function icmpv6(cursor: Cursor): Next {
	const type = cursor.left < 8 ? 0 : u8(cursor.bytes, cursor.at);
	if (cursor.left < (discoveryBytes[type - 133] ?? 8)) {
		return next.nothing;
	}

	cursor.outline.headers |= header.icmpv6;
	cursor.at += 8;
	return type < 128 ? cursor.quoted(next.ipv6) : next.nothing;
}
