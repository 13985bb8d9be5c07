// What is asked of packets most often, in numbers: which headers there are, addresses, ports, TCP's flags. The fields of an IP packet, and of one more
// within it: in a tunnel, or quoted by an ICMP error. Read from the bytes by quick.ts; of frames that it does not know, decoding says it.
import {ipv4Text, ipv6At, u16, u32} from '../decode/bytes.ts';
import {layersOf, type Frame} from '../decode/index.ts';
import type {Segment} from '../decode/walk.ts';
import type {Interned} from './interned.ts';

/** Bits of `Outline.headers`: what the names of fields begin with. */
export const header = {
	ah: 1,
	arp: 2,
	dhcp: 4,
	dns: 8,
	eth: 0x10,
	http: 0x20,
	icmp: 0x40,
	icmpv6: 0x80,
	ieee8021ad: 0x1_00,
	ip: 0x2_00,
	ipv6: 0x4_00,
	sll: 0x8_00,
	tcp: 0x10_00,
	udp: 0x20_00,
	vlan: 0x40_00,
	vxlan: 0x80_00,
} as const;
const bits: ReadonlyMap<string, number> = new Map(Object.entries(header));

/** undefined: no header has such a name. */
export function headerBit(name: string): number | undefined {
	return bits.get(name);
}

/** Of an IP packet, and of what it carries. */
export const network = {none: 0, ip: 1, ipv6: 2} as const;
export const transport = {none: 0, tcp: 1, udp: 2} as const;
/** With `Outline.tcpFlags`: there are flags. */
export const hasFlags = 0x80_00;
/** The names of the flags, the lowest bit first. */
export const flagNames = ['fin', 'syn', 'reset', 'push', 'ack', 'urg', 'ece', 'cwr', 'ae'].map((name) => `tcp.flags.${name}`);

/** One of them is used for all frames. */
export class Outline {
	/** Of `header`. */
	headers = 0;
	/** How many IP headers there are, one within the other: of the first two the rest is told here. */
	packets = 0;
	/** False: there is more than what is told here besides the headers. */
	isWhole = true;
	/** Of `network`. */
	readonly networks = new Uint8Array(2);
	/** IPv4 addresses as they are, IPv6 addresses by their numbers in `addresses`. */
	readonly sources = new Uint32Array(2);
	readonly destinations = new Uint32Array(2);
	/** Of `transport`. */
	readonly transports = new Uint8Array(2);
	readonly sourcePorts = new Uint16Array(2);
	readonly destinationPorts = new Uint16Array(2);
	/** Nine flags and `hasFlags`. */
	tcpFlags = 0;
	/** With flags: the numbers of the segment. */
	sequence = 0;
	acknowledged = 0;
	/** With flags: so many bytes were behind the header on the wire. */
	carried = 0;
	addresses: Interned;

	constructor(addresses: Interned) {
		this.addresses = addresses;
	}

	clear(): void {
		this.headers = 0;
		this.packets = 0;
		this.isWhole = true;
		this.transports[0] = transport.none;
		this.transports[1] = transport.none;
		this.tcpFlags = 0;
	}

	/** An IP header, whose source and destination follow each other at `at`. */
	addPacket(bytes: Uint8Array, at: number, version: 4 | 6): void {
		const index = this.packets;
		this.packets = index + 1;
		if (index > 1) {
			this.isWhole = false;
			return;
		}

		this.networks[index] = version === 4 ? network.ip : network.ipv6;
		this.sources[index] = version === 4 ? u32(bytes, at) : this.addresses.number(bytes, at);
		this.destinations[index] = version === 4 ? u32(bytes, at + 4) : this.addresses.number(bytes, at + 16);
	}

	/** Ports at `at`, of the packet that was added last. */
	addPorts(bytes: Uint8Array, at: number, kind: 1 | 2): void {
		const index = this.packets - 1;
		if (index > 1) {
			return;
		}

		this.transports[index] = kind;
		this.sourcePorts[index] = u16(bytes, at);
		this.destinationPorts[index] = u16(bytes, at + 2);
	}

	/** Of the TCP header at `at`; `carried`: how many bytes were behind it on the wire. */
	addFlags(bytes: Uint8Array, at: number, carried: number): void {
		this.isWhole &&= this.tcpFlags === 0;
		this.tcpFlags = (u16(bytes, at + 12) & 0x1_ff) | hasFlags;
		this.sequence = u32(bytes, at + 4);
		this.acknowledged = u32(bytes, at + 8);
		this.carried = carried;
	}

	/** The segment whose flags there are, as decoding has it; undefined: it may be that of another packet, as of one that is quoted. */
	segment(): Segment | undefined {
		if (this.tcpFlags === 0 || !this.isWhole || (this.headers & (header.icmp | header.icmpv6)) !== 0) {
			return undefined;
		}

		const at = this.packets - 1;
		return {
			source: this.#address(this.sources, at),
			sourcePort: this.sourcePorts[at] ?? 0,
			destination: this.#address(this.destinations, at),
			destinationPort: this.destinationPorts[at] ?? 0,
			flags: this.tcpFlags & ~hasFlags,
			sequence: this.sequence,
			acknowledged: this.acknowledged,
		};
	}

	#address(addresses: Uint32Array, at: number): string {
		const address = addresses[at] ?? 0;
		return this.networks[at] === network.ip ? ipv4Text(address) : ipv6At(this.addresses.bytes(address), 0);
	}
}

/** The same by decoding. */
export function outlineByDecoding(outline: Outline, frame: Frame): void {
	outline.clear();
	const {bytes} = frame;
	let carried = 0;
	for (const {fields} of layersOf(frame)) {
		for (const {name, start, value} of fields) {
			outline.headers |= bits.get(name.slice(0, name.indexOf('.'))) ?? 0;
			switch (name) {
				case 'ip.src': {
					outline.addPacket(bytes, start, 4);
					break;
				}

				case 'ipv6.src': {
					outline.addPacket(bytes, start, 6);
					break;
				}

				case 'tcp.srcport': {
					outline.addPorts(bytes, start, transport.tcp);
					break;
				}

				case 'udp.srcport': {
					outline.addPorts(bytes, start, transport.udp);
					break;
				}

				case 'tcp.len': {
					carried = Number(value);
					break;
				}

				case 'tcp.hdr_len': {
					outline.addFlags(bytes, start - 12, carried);
					break;
				}
			}
		}
	}
}
