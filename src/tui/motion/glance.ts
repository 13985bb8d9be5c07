// A frame at a glance: what kind of packet it is, and numbers by which it is known again where it is seen next. Ten thousand a second are read so, and
// nothing is made for one. What a packet is in full: watch/decode.
import {u16, u32, u8} from '../../watch/decode/bytes.ts';

/** How packets look on the map. `other`: another protocol over IP, or no IP at all. */
export type Kind = 'arp' | 'icmp' | 'tcp' | 'udp' | 'other';

const etherTypes = {ip: 0x08_00, arp: 0x08_06, vlan: 0x81_00, ipv6: 0x86_dd, providerVlan: 0x88_a8} as const;
const protocols = {hopByHop: 0, icmp: 1, igmp: 2, tcp: 6, udp: 17, fragment: 44, icmpv6: 58, destination: 60} as const;
/** VXLAN's port (RFC 7348), and the one that Linux uses where none is given (vxlan(8)). */
const vxlanPorts = new Set([4789, 8472]);
/** Listener queries, reports and leaving (RFC 2710, RFC 3810), router solicitation and advertisement (RFC 4861). */
const housekeeping6 = new Set([130, 131, 132, 143, 133, 134]);
const solicitation6 = 135;
/** Errors of ICMP quote a packet (RFC 792), and NAT rewrites what they quote. */
const errors4 = new Set([3, 4, 5, 11, 12]);
const lastError6 = 127;
const payloadBytes = 24;

export class Glance {
	kind: Kind = 'other';
	/** Multicast listeners and routers, and IPv6 addresses that are looked for before they are used: they come and go by themselves. */
	isHousekeeping = false;
	/** Of what stays the same from cable to cable, also through NAT. */
	key = 0;
	/** Of its addresses and ports. */
	ends = 0;
	/** Of the tunnel that it is in; undefined: it carries none. Then `inner` is what it carries. */
	vni: number | undefined;
	#inner: Glance | undefined;
	#bytes: Uint8Array = new Uint8Array();
	#end = 0;

	get inner(): Glance {
		return (this.#inner ??= new Glance());
	}

	/** Reads the Ethernet frame of `length` bytes from `start` on. Bytes that are not there read as 0. */
	read(bytes: Uint8Array, start: number, length: number): void {
		this.kind = 'other';
		this.isHousekeeping = false;
		this.key = 0;
		this.ends = 0;
		this.vni = undefined;
		this.#bytes = bytes;
		this.#end = start + length;
		let at = start + 12;
		let type = u16(bytes, at);
		while ((type === etherTypes.vlan || type === etherTypes.providerVlan) && at < start + 20) {
			at += 4;
			type = u16(bytes, at);
		}

		this.#keep(type);
		at += 2;
		switch (type) {
			case etherTypes.ip: {
				this.#ip(at);
				break;
			}

			case etherTypes.ipv6: {
				this.#ipv6(at);
				break;
			}

			case etherTypes.arp: {
				this.kind = 'arp';
				this.#keepBytes(at, at + 28);
				break;
			}

			default: {
				this.#keepBytes(at, at + payloadBytes);
			}
		}
	}

	#ip(at: number): void {
		const bytes = this.#bytes;
		const total = u16(bytes, at + 2);
		const part = u16(bytes, at + 6);
		const protocol = u8(bytes, at + 9);
		this.#keep((u16(bytes, at + 4) << 16) | total);
		this.#keep((part << 8) | protocol);
		this.ends = mixed(mixed(0, u32(bytes, at + 12)), u32(bytes, at + 16));
		this.#end = total === 0 ? this.#end : Math.min(this.#end, at + total);
		this.isHousekeeping = protocol === protocols.igmp;
		this.#carried(protocol, at + (u8(bytes, at) & 15) * 4, (part & 0x1f_ff) !== 0);
	}

	#ipv6(start: number): void {
		const bytes = this.#bytes;
		let isUnspecified = true;
		let ends = 0;
		for (let at = start + 8; at < start + 40; at += 4) {
			const word = u32(bytes, at);
			ends = mixed(ends, word);
			isUnspecified &&= word === 0 || at >= start + 24;
		}

		this.ends = ends;
		this.#keep(u16(bytes, start + 4));
		let protocol = u8(bytes, start + 6);
		let at = start + 40;
		let isLaterPart = false;
		for (let count = 0; count < 4; count++) {
			if (protocol === protocols.fragment) {
				this.#keep(u32(bytes, at + 4));
				this.#keep(u16(bytes, at + 2));
				isLaterPart = (u16(bytes, at + 2) & 0xff_f8) !== 0;
				protocol = u8(bytes, at);
				at += 8;
			} else if (protocol === protocols.hopByHop || protocol === protocols.destination) {
				protocol = u8(bytes, at);
				at += (u8(bytes, at + 1) + 1) * 8;
			} else {
				break;
			}
		}

		this.#keep(protocol);
		const type = u8(bytes, at);
		this.isHousekeeping = protocol === protocols.icmpv6 && (housekeeping6.has(type) || (type === solicitation6 && isUnspecified));
		this.#carried(protocol, at, isLaterPart);
	}

	#carried(protocol: number, at: number, isLaterPart: boolean): void {
		const bytes = this.#bytes;
		this.kind = kindOf(protocol);
		if (isLaterPart || this.kind === 'other') {
			this.#keepBytes(at, at + payloadBytes);
		} else if (protocol === protocols.tcp) {
			this.ends = mixed(this.ends, u32(bytes, at));
			this.#keep(u32(bytes, at + 4));
			this.#keep(u32(bytes, at + 8));
			this.#keep(u32(bytes, at + 12));
		} else if (protocol === protocols.udp) {
			this.ends = mixed(this.ends, u32(bytes, at));
			this.#keep(u16(bytes, at + 4));
			this.#keepBytes(at + 8, at + 8 + payloadBytes);
			if (vxlanPorts.has(u16(bytes, at + 2)) && (u8(bytes, at + 8) & 8) !== 0) {
				this.vni = u32(bytes, at + 12) >>> 8;
				this.inner.read(bytes, at + 16, this.#end - at - 16);
			}
		} else {
			const type = u8(bytes, at);
			this.#keep(u16(bytes, at));
			if (protocol === protocols.icmp ? !errors4.has(type) : type > lastError6) {
				this.#keep(u16(bytes, at + 6));
				this.#keepBytes(at + 8, at + 8 + payloadBytes);
			}
		}
	}

	#keep(value: number): void {
		this.key = mixed(this.key, value);
	}

	#keepBytes(from: number, to: number): void {
		const end = Math.min(to, this.#end);
		for (let at = from; at < end; at += 4) {
			this.#keep(at + 4 <= end ? u32(this.#bytes, at) : u8(this.#bytes, at));
		}
	}
}

function kindOf(protocol: number): Kind {
	return protocol === protocols.tcp
		? 'tcp'
		: protocol === protocols.udp
			? 'udp'
			: protocol === protocols.icmp || protocol === protocols.icmpv6
				? 'icmp'
				: 'other';
}

/** A number with another one mixed in: 32 bits, as MurmurHash3 does it. */
function mixed(hash: number, value: number): number {
	const scrambled = Math.imul(value, 0xcc_9e_2d_51);
	const joined = hash ^ Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b_87_35_93);
	return (Math.imul((joined << 13) | (joined >>> 19), 5) + 0xe6_54_6b_64) | 0;
}
