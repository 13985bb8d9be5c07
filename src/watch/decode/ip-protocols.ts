// What follows an IP header, by its number (IANA, protocol-numbers).
import {named} from './bytes.ts';
import type {Key, Walk} from './walk.ts';

/** Read here, or at least named. */
const protocols: Readonly<Record<number, readonly [name: string, key?: Key]>> = {
	1: ['ICMP', 'icmp'],
	2: ['IGMP'],
	4: ['IPv4', 'ipv4'],
	6: ['TCP', 'tcp'],
	17: ['UDP', 'udp'],
	41: ['IPv6', 'ipv6'],
	47: ['GRE'],
	50: ['ESP'],
	51: ['AH', 'ah'],
	58: ['ICMPv6', 'icmpv6'],
	59: ['no next header'],
	89: ['OSPF'],
	103: ['PIM'],
	112: ['VRRP'],
	132: ['SCTP'],
	136: ['UDP-Lite'],
};
/** Headers that only IPv6 has (RFC 8200 4.1). */
const extensions: Readonly<Record<number, readonly [name: string, key?: Key]>> = {
	0: ['hop-by-hop options', 'hop-by-hop'],
	43: ['routing', 'routing'],
	44: ['fragment', 'fragment'],
	60: ['destination options', 'destination-options'],
};

/** "TCP" */
export function protocolWord(number: number): string {
	return protocols[number]?.[0] ?? extensions[number]?.[0] ?? `protocol ${number}`;
}

/** "6 (TCP)" */
export function protocolText(number: number): string {
	return named(number, protocols[number]?.[0] ?? extensions[number]?.[0]);
}

/** Goes on behind an IPv4 header, or the last header of IPv6 before this number. */
export function stepIntoProtocol(walk: Walk, number: number, version: 4 | 6): Key | undefined {
	const known = protocols[number] ?? (version === 6 ? extensions[number] : undefined);
	const key = known?.[1];
	if (key === 'ipv4' || key === 'ipv6') {
		walk.wrap(`IPv${version}`);
	}

	if (key === undefined) {
		walk.protocol = number === 59 ? 'IPv6' : (known?.[0] ?? `IPv${version}`);
		walk.info = `IP protocol ${protocolText(number)}, ${walk.wireLimit - walk.at} bytes`;
	}

	return key;
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
