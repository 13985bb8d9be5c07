// What follows an IP header, by its number (IANA, protocol-numbers).
import {named} from './bytes.ts';
import {key, type Key, type Walk} from './walk.ts';

/** Read here, or at least named. */
const protocols: ReadonlyMap<number, readonly [name: string, key?: Key]> = new Map<number, readonly [string, Key?]>([
	[1, ['ICMP', key.icmp]],
	[2, ['IGMP']],
	[4, ['IPv4', key.ipv4]],
	[6, ['TCP', key.tcp]],
	[17, ['UDP', key.udp]],
	[41, ['IPv6', key.ipv6]],
	[47, ['GRE']],
	[50, ['ESP']],
	[51, ['AH', key.ah]],
	[58, ['ICMPv6', key.icmpv6]],
	[59, ['no next header']],
	[89, ['OSPF']],
	[103, ['PIM']],
	[112, ['VRRP']],
	[132, ['SCTP']],
	[136, ['UDP-Lite']],
]);
/** Headers that only IPv6 has (RFC 8200 4.1). */
const extensions: ReadonlyMap<number, readonly [name: string, key?: Key]> = new Map<number, readonly [string, Key?]>([
	[0, ['hop-by-hop options', key.hopByHop]],
	[43, ['routing', key.routing]],
	[44, ['fragment', key.fragment]],
	[60, ['destination options', key.destinationOptions]],
]);

/** "TCP" */
export function protocolWord(number: number): string {
	return protocols.get(number)?.[0] ?? extensions.get(number)?.[0] ?? `protocol ${number}`;
}

/** "6 (TCP)" */
export function protocolText(number: number): string {
	return named(number, protocols.get(number)?.[0] ?? extensions.get(number)?.[0]);
}

/** Goes on behind an IPv4 header, or the last header of IPv6 before this number. */
export function stepIntoProtocol(walk: Walk, number: number, version: 4 | 6): Key | undefined {
	const known = protocols.get(number) ?? (version === 6 ? extensions.get(number) : undefined);
	const next = known?.[1];
	if (next === key.ipv4 || next === key.ipv6) {
		walk.wrap(`IPv${version}`);
	}

	if (next === undefined) {
		walk.protocol = number === 59 ? 'IPv6' : (known?.[0] ?? `IPv${version}`);
		walk.info = `IP protocol ${protocolText(number)}, ${walk.wireLimit - walk.at} bytes`;
	}

	return next;
}

/** Says of a packet that it is a part of a larger one, from the byte `offset` of its payload. Whether the header of the next protocol is in it. */
export function isBeginning(walk: Walk, fragment: {readonly id: string; readonly offset: number; readonly more: boolean; readonly next: number}): boolean {
	const {id, offset, more, next} = fragment;
	if (offset === 0) {
		walk.fragment = `first fragment, id=${id}`;
		return true;
	}

	const last = offset + walk.wireLimit - walk.at - 1;
	walk.info = `${more ? 'Fragment' : 'Last fragment'} of ${protocolWord(next)}, id=${id}, bytes ${offset} to ${last}`;
	return false;
}
