// What of a frame stays the same on its way, and what may change: as numbers, because it is done for every sighting. How it is read: read-print.ts.
import {ipv4Text, ipv6At} from '../decode/bytes.ts';
import {endpoint} from '../decode/walk.ts';

/** An address as it is compared: of IPv4 its 32 bits as a signed number, of IPv6 its 16 bytes in a string. */
export type Address = number | string;

/** The outer packet around one that goes through a tunnel. */
export interface Tunnel {
	readonly vni: number;
	readonly source: Address;
	readonly destination: Address;
	readonly ttl: number;
	readonly sourceMac: number;
	readonly destinationMac: number;
}

/** Of this type is the frame: a number of IEEE 802 (linux/if_ether.h). */
export const etherTypes = {ipv4: 0x08_00, arp: 0x08_06, ipv6: 0x86_dd, vlan: 0x81_00, provider: 0x88_a8} as const;
/** linux/in.h */
export const protocols = {icmp: 1, tcp: 6, udp: 17, icmpv6: 58} as const;
/** ICMPv6 types and codes, as `code` has them (RFC 4861 4.3). */
export const neighbour = {solicitation: 135 << 8, advertisement: 136 << 8} as const;
/** TCP's (RFC 9293 3.1). */
export const tcpFlags = {fin: 1, syn: 2, rst: 4, ack: 16} as const;
/** What is looked at of a payload, in bytes: it is the same when less of a frame was captured, or only its first fragment is there. */
const payloadBytes = 96;
/** Of the two hashes: where the first begins, and what each is multiplied by (FNV-1a; the golden ratio). */
const firstMark = 0x81_1c_9d_c5 | 0;
const major = 0x01_00_01_93;
const minor = 0x9e_37_79_b1;

/** One frame's headers. Fields that a frame does not have are 0. */
export class Print {
	/** A hash of all that no bridge, router, NAT or tunnel changes: two of 32 bits. */
	mark = firstMark;
	check = 0;
	type = 0;
	/** MAC addresses: two bytes, and the other four as a signed number; larger numbers V8 keeps in objects of their own. */
	sourceMacHigh = 0;
	sourceMacLow = 0;
	destinationMacHigh = 0;
	destinationMacLow = 0;
	/** Of ARP: who asks, and for whom; in a reply who answers, and to whom. */
	source: Address = 0;
	destination: Address = 0;
	/** Of ICMP echo its identifier, in both: NAT changes it as it changes a port. */
	sourcePort = 0;
	destinationPort = 0;
	protocol = 0;
	ttl = 0;
	/** Identification of the IP packet; of IPv6 only fragments have one, and it is not in the hash: who puts them together and cuts them again changes it. */
	id = 0;
	/** Where the fragment begins in its datagram and where it ends, in bytes; a whole datagram begins at 0. */
	offset = 0;
	end = 0;
	/** Other fragments follow. */
	more = false;
	/** A router may cut it: IPv4 without DF. */
	canBeCut = false;
	/** Of IPv6: a hash of how the datagram begins, in its first fragment and in the whole; 0: of others, or it is too short for having been cut. */
	head = 0;
	/** Of TCP its flags, of ICMP type and code (type * 256 + code), of ARP its operation. */
	code = 0;
	/** TCP's, as signed numbers. */
	sequence = 0;
	acknowledged = 0;
	/** Of TCP: how far it moves the sequence. Of ICMP echo: its sequence number. */
	length = 0;
	/** Of neighbour discovery (RFC 4861 4.3): whose MAC address is asked for or told. */
	target: Address | undefined = undefined;
	/** Undefined: it goes through none. */
	tunnel: Tunnel | undefined = undefined;
	/** Where in the bytes an ICMP error quotes the packet that it complains of; 0: it is none. */
	quoted = 0;

	get isFragment(): boolean {
		return this.more || this.offset > 0;
	}

	get isIpv6(): boolean {
		return this.type === etherTypes.ipv6;
	}

	get isIp(): boolean {
		return this.type === etherTypes.ipv4 || this.type === etherTypes.ipv6;
	}

	/** To all, or to a group. */
	get isMulticast(): boolean {
		return (this.destinationMacHigh & 0x1_00) !== 0;
	}

	/** As one number of 48 bits. */
	get sourceMac(): number {
		return this.sourceMacHigh * 2 ** 32 + (this.sourceMacLow >>> 0);
	}

	get destinationMac(): number {
		return this.destinationMacHigh * 2 ** 32 + (this.destinationMacLow >>> 0);
	}

	/** A number that stays the same. */
	keep(value: number): void {
		this.mark = Math.imul(this.mark ^ value, major);
		this.check = Math.imul(this.check ^ value, minor) ^ (this.check >>> 15);
	}

	/** Bytes that stay the same: the first of them. */
	keepBytes(bytes: Uint8Array, start: number, end: number): void {
		const to = Math.min(end, start + payloadBytes, bytes.length);
		let {mark, check} = this;
		let at = start;
		for (; at + 4 <= to; at += 4) {
			const value = ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0);
			mark = Math.imul(mark ^ value, major);
			check = Math.imul(check ^ value, minor) ^ (check >>> 15);
		}

		this.mark = mark;
		this.check = check;
		for (; at < to; at++) {
			this.keep(bytes[at] ?? 0);
		}
	}

	/** For the next frame: as a new one. */
	clear(): void {
		this.mark = firstMark;
		this.check = 0;
		this.type = 0;
		this.sourceMacHigh = 0;
		this.sourceMacLow = 0;
		this.destinationMacHigh = 0;
		this.destinationMacLow = 0;
		this.source = 0;
		this.destination = 0;
		this.sourcePort = 0;
		this.destinationPort = 0;
		this.protocol = 0;
		this.ttl = 0;
		this.id = 0;
		this.offset = 0;
		this.end = 0;
		this.more = false;
		this.canBeCut = false;
		this.head = 0;
		this.code = 0;
		this.sequence = 0;
		this.acknowledged = 0;
		this.length = 0;
		this.target = undefined;
		this.tunnel = undefined;
		this.quoted = 0;
	}

	hasSameMacs(other: Print): boolean {
		return (
			this.sourceMacLow === other.sourceMacLow &&
			this.destinationMacLow === other.destinationMacLow &&
			this.sourceMacHigh === other.sourceMacHigh &&
			this.destinationMacHigh === other.destinationMacHigh
		);
	}

	/** All is the same: one can stand for both. What goes through a tunnel is not compared. */
	isSame(other: Print): boolean {
		return (
			this.mark === other.mark &&
			this.check === other.check &&
			this.hasSameMacs(other) &&
			this.source === other.source &&
			this.destination === other.destination &&
			this.sourcePort === other.sourcePort &&
			this.destinationPort === other.destinationPort &&
			this.ttl === other.ttl &&
			this.id === other.id &&
			this.type === other.type &&
			this.protocol === other.protocol &&
			this.offset === other.offset &&
			this.end === other.end &&
			this.more === other.more &&
			this.canBeCut === other.canBeCut &&
			this.head === other.head &&
			this.code === other.code &&
			this.sequence === other.sequence &&
			this.acknowledged === other.acknowledged &&
			this.length === other.length &&
			this.target === other.target &&
			this.quoted === other.quoted &&
			this.tunnel === undefined &&
			other.tunnel === undefined
		);
	}
}

/** "172.17.0.2" */
export function addressText(address: Address): string {
	return typeof address === 'number' ? ipv4Text(address) : ipv6At(Buffer.from(address, 'latin1'), 0);
}

/** "192.168.50.12:46042 > 192.168.50.10:8080" */
export function endsText({
	source,
	destination,
	sourcePort,
	destinationPort,
	protocol,
}: Pick<Print, 'source' | 'destination' | 'sourcePort' | 'destinationPort' | 'protocol'>): string {
	const hasPorts = protocol === protocols.tcp || protocol === protocols.udp;
	return `${endpoint(addressText(source), hasPorts ? sourcePort : undefined)} > ${endpoint(addressText(destination), hasPorts ? destinationPort : undefined)}`;
}
