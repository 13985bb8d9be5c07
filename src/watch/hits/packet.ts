// A packet as Netfilter sees it: the outermost IP packet of a frame. NAT changes it on its way through a host.
import {u16, u8} from '../decode/bytes.ts';
import type {Ends} from '../journey/nat.ts';
import {etherTypes, type Print, protocols} from '../journey/print.ts';
import {quotedPrint} from '../journey/read-print.ts';

type Writable<T> = {-readonly [K in keyof T]: T[K]};

/** Its ends: of ICMP echo the identifier stands for both ports, of what has no ports they are 0. */
export interface Packet extends Writable<Ends> {
	readonly family: 4 | 6;
	/** Of TCP (RFC 9293 3.1). */
	readonly flags: number;
	/** Of ICMP type * 256 + code. */
	readonly icmp: number;
	readonly ttl: number;
	readonly kind: 'unicast' | 'broadcast' | 'multicast';
	/** Of an ICMP error: the ends of the packet that it quotes. */
	readonly quoted: Ends | undefined;
	/** The kernel's mark of it (iptables-extensions(8), MARK). */
	mark: number;
}

const toAll = 0xff_ff_ff_ff_ff_ff;
/** Ethernet's header; frames of labs have no VLAN tags around tunnels. */
const linkBytes = 14;

/** undefined: it is not IP. `print`: that of the same bytes. */
export function packetOf(bytes: Uint8Array, print: Print): Packet | undefined {
	const {tunnel, destinationMac} = print;
	const kind = print.isMulticast ? (destinationMac === toAll ? 'broadcast' : 'multicast') : 'unicast';
	if (tunnel !== undefined) {
		const family = typeof tunnel.source === 'number' ? 4 : 6;
		const at = linkBytes + (family === 4 ? (u8(bytes, linkBytes) & 15) * 4 : 40);
		const {source, destination, ttl} = tunnel;
		const [sourcePort, destinationPort] = [u16(bytes, at), u16(bytes, at + 2)];
		const ends = {protocol: protocols.udp, source, destination, sourcePort, destinationPort};
		return {...ends, family, ttl, kind: 'unicast', flags: 0, icmp: 0, quoted: undefined, mark: 0};
	}

	if (!print.isIp) {
		return undefined;
	}

	const {protocol, source, destination, sourcePort, destinationPort, code, ttl} = print;
	return {
		family: print.type === etherTypes.ipv4 ? 4 : 6,
		protocol,
		source,
		destination,
		sourcePort,
		destinationPort,
		flags: protocol === protocols.tcp ? code : 0,
		icmp: protocol === protocols.icmp || protocol === protocols.icmpv6 ? code : 0,
		ttl,
		kind,
		quoted: quotedPrint(bytes, print),
		mark: 0,
	};
}
