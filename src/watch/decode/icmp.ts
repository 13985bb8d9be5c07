// ICMP (RFC 792; next-hop MTU: RFC 1191). An error quotes the packet that it is about: the walk goes on into it.
import {hex, ipv4At, named, u16, u8} from './bytes.ts';
import {type Field, key, type Key, type Protocol, type Walk} from './walk.ts';

const types: Readonly<Record<number, string>> = {
	0: 'Echo (ping) reply',
	3: 'Destination unreachable',
	4: 'Source quench',
	5: 'Redirect',
	8: 'Echo (ping) request',
	9: 'Router advertisement',
	10: 'Router solicitation',
	11: 'Time to live exceeded',
	12: 'Parameter problem',
	13: 'Timestamp request',
	14: 'Timestamp reply',
};
const codes: Readonly<Record<number, readonly string[]>> = {
	3: [
		'Network unreachable',
		'Host unreachable',
		'Protocol unreachable',
		'Port unreachable',
		'Fragmentation needed',
		'Source route failed',
		'Destination network unknown',
		'Destination host unknown',
		'Source host isolated',
		'Network administratively prohibited',
		'Host administratively prohibited',
		'Network unreachable for TOS',
		'Host unreachable for TOS',
		'Communication administratively filtered',
		'Host precedence violation',
		'Precedence cutoff in effect',
	],
	5: ['for network', 'for host', 'for TOS and network', 'for TOS and host'],
	11: ['in transit', 'fragment reassembly time'],
};
const type = {echoReply: 0, unreachable: 3, redirect: 5, echo: 8} as const;
const fragmentationNeeded = 4;
/** Those that quote a packet. */
const errors = new Set([3, 4, 5, 11, 12]);

function isEcho(value: number): boolean {
	return value === type.echo || value === type.echoReply;
}

function infoOf(bytes: Uint8Array, at: number): string {
	const [kind, code] = [u8(bytes, at), u8(bytes, at + 1)];
	if (isEcho(kind)) {
		return `${types[kind] ?? ''} id=${hex(u16(bytes, at + 4))}, seq=${u16(bytes, at + 6)}`;
	}

	const more =
		kind === type.redirect
			? `, go by ${ipv4At(bytes, at + 4)}`
			: kind === type.unreachable && code === fragmentationNeeded
				? `, next-hop MTU ${u16(bytes, at + 6)}`
				: '';
	return `${named(types[kind] ?? `ICMP type ${kind}`, codes[kind]?.[code] ?? (code === 0 ? undefined : `code ${code}`))}${more}`;
}

/** What ICMP and ICMPv6 have in common once a message's own words are known. */
export function stepIntoQuote(walk: Walk, at: number, version: 4 | 6): Key | undefined {
	walk.at = at;
	return walk.limit > at && walk.quote() ? (version === 4 ? key.ipv4 : key.ipv6) : undefined;
}

export const icmp: Protocol = {
	name: 'ICMP',
	headerBytes: 8,

	step(walk) {
		const {bytes, at} = walk;
		const kind = u8(bytes, at);
		walk.protocol = 'ICMP';
		walk.info = isEcho(kind) ? `${infoOf(bytes, at)}, ttl=${walk.ttl}` : infoOf(bytes, at);
		walk.at = at + 8;
		return errors.has(kind) ? stepIntoQuote(walk, at + 8, 4) : undefined;
	},

	details(bytes, {start}) {
		const [kind, code] = [u8(bytes, start), u8(bytes, start + 1)];
		const second = {start: start + 6, end: start + 8};
		const echo: readonly Field[] = [
			{name: 'icmp.ident', value: u16(bytes, start + 4), text: hex(u16(bytes, start + 4)), start: start + 4, end: start + 6},
			{name: 'icmp.seq', value: u16(bytes, start + 6), ...second},
		];
		const gateway: readonly Field[] = [{name: 'icmp.redir_gw', value: ipv4At(bytes, start + 4), start: start + 4, end: start + 8}];
		const mtu: readonly Field[] = [{name: 'icmp.mtu', value: u16(bytes, start + 6), ...second}];
		const rest = isEcho(kind) ? echo : kind === type.redirect ? gateway : kind === type.unreachable && code === fragmentationNeeded ? mtu : [];
		return {
			text: infoOf(bytes, start),
			fields: [
				{name: 'icmp.type', value: kind, text: named(kind, types[kind]), start, end: start + 1},
				{name: 'icmp.code', value: code, text: named(code, codes[kind]?.[code]), start: start + 1, end: start + 2},
				{name: 'icmp.checksum', value: u16(bytes, start + 2), text: hex(u16(bytes, start + 2)), start: start + 2, end: start + 4},
				...rest,
			],
		};
	},
};
