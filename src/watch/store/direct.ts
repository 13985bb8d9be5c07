// Fields at a fixed place of a header, read from the bytes themselves: of plain frames; what others say is left open. Columns would tell sooner, but there are
// too many fields to keep each for a million packets.
import {Buffer} from 'node:buffer';
import {u16, u32, u8} from '../decode/bytes.ts';
import {answer, type Ask} from './answer.ts';
import type {Columns} from './columns.ts';
import type {Memory} from './memory.ts';
import {Messages} from './messages.ts';
import {hasFlags, header, network} from './outline.ts';
import {headerBytesOf, linkBytes, plain, plainMask, protocolOf, versionOf} from './plain.ts';
import {macTest, numberTest, type Wish} from './tests.ts';

/** Where a field is, and how it is read. */
interface Place {
	/** Of `header`: who lacks it has no such field. */
	readonly bit: number;
	/** What `at` is counted from. */
	readonly from: 'link' | 'network' | 'transport';
	/** Of `network`, what it must be; undefined: there is none, or it does not matter. */
	readonly kind?: 1 | 2;
	/** What the IP header must name as next, for `transport`. */
	readonly protocol?: number;
	readonly at: number;
	/** Bytes of it. */
	readonly size: 1 | 2 | 4 | 6;
	/** So many of the lowest bits are another field's; the bits of this one above them; what it counts. */
	readonly right?: number;
	readonly mask?: number;
	readonly times?: number;
	/** Only where the first byte of the header is one of these is the field there. */
	readonly types?: readonly number[];
	/** Only numbers from this on are the field's. */
	readonly least?: number;
}

const protocols = {icmp: 1, tcp: 6, udp: 17, icmpv6: 58} as const;
const linkTypeAt = 12;
/** Below this it is the length of an IEEE 802.3 frame. */
const leastEtherType = 0x06_00;

const eth = {bit: header.eth, from: 'link'} as const;
const arp = {bit: header.arp, from: 'network'} as const;
const ip = {bit: header.ip, from: 'network', kind: network.ip} as const;
const ipv6 = {bit: header.ipv6, from: 'network', kind: network.ipv6} as const;
const tcp = {bit: header.tcp, from: 'transport', protocol: protocols.tcp} as const;
const udp = {bit: header.udp, from: 'transport', protocol: protocols.udp} as const;
const icmp = {bit: header.icmp, from: 'transport', kind: network.ip, protocol: protocols.icmp} as const;
const icmpv6 = {bit: header.icmpv6, from: 'transport', kind: network.ipv6, protocol: protocols.icmpv6} as const;
const echo = {types: [0, 8]} as const;
const echo6 = {types: [128, 129]} as const;

/** As the decoders read them (../decode); a test compares. */
export const places: ReadonlyMap<string, Place> = new Map<string, Place>(
	Object.entries({
		'eth.dst': {...eth, at: 0, size: 6},
		'eth.src': {...eth, at: 6, size: 6},
		'eth.type': {...eth, at: linkTypeAt, size: 2, least: leastEtherType},
		'arp.opcode': {...arp, at: 6, size: 2},
		'ip.hdr_len': {...ip, at: 0, size: 1, mask: 15, times: 4},
		'ip.dsfield.dscp': {...ip, at: 1, size: 1, right: 2},
		'ip.dsfield.ecn': {...ip, at: 1, size: 1, mask: 3},
		'ip.len': {...ip, at: 2, size: 2},
		'ip.id': {...ip, at: 4, size: 2},
		'ip.flags.df': {...ip, at: 6, size: 1, right: 6, mask: 1},
		'ip.flags.mf': {...ip, at: 6, size: 1, right: 5, mask: 1},
		'ip.frag_offset': {...ip, at: 6, size: 2, mask: 0x1f_ff},
		'ip.ttl': {...ip, at: 8, size: 1},
		'ip.proto': {...ip, at: 9, size: 1},
		'ip.checksum': {...ip, at: 10, size: 2},
		'ipv6.tclass': {...ipv6, at: 0, size: 2, right: 4, mask: 0xff},
		'ipv6.flow': {...ipv6, at: 0, size: 4, mask: 0x0f_ff_ff},
		'ipv6.plen': {...ipv6, at: 4, size: 2},
		'ipv6.nxt': {...ipv6, at: 6, size: 1},
		'ipv6.hlim': {...ipv6, at: 7, size: 1},
		'icmp.type': {...icmp, at: 0, size: 1},
		'icmp.code': {...icmp, at: 1, size: 1},
		'icmp.checksum': {...icmp, at: 2, size: 2},
		'icmp.ident': {...icmp, ...echo, at: 4, size: 2},
		'icmp.seq': {...icmp, ...echo, at: 6, size: 2},
		'icmpv6.type': {...icmpv6, at: 0, size: 1},
		'icmpv6.code': {...icmpv6, at: 1, size: 1},
		'icmpv6.checksum': {...icmpv6, at: 2, size: 2},
		'icmpv6.echo.identifier': {...icmpv6, ...echo6, at: 4, size: 2},
		'icmpv6.echo.sequence_number': {...icmpv6, ...echo6, at: 6, size: 2},
		'tcp.seq_raw': {...tcp, at: 4, size: 4},
		'tcp.ack_raw': {...tcp, at: 8, size: 4},
		'tcp.hdr_len': {...tcp, at: 12, size: 1, right: 4, times: 4},
		'tcp.window_size_value': {...tcp, at: 14, size: 2},
		'tcp.checksum': {...tcp, at: 16, size: 2},
		'tcp.urgent_pointer': {...tcp, at: 18, size: 2},
		'udp.length': {...udp, at: 4, size: 2},
		'udp.checksum': {...udp, at: 6, size: 2},
	} as const),
);

const u48 = (bytes: Uint8Array, at: number): number => u16(bytes, at) * 2 ** 32 + u32(bytes, at + 2);
const numbersOf = {1: u8, 2: u16, 4: u32, 6: u48} as const;
const nothing = new Uint8Array();
/** In place of where something is: it cannot be told. */
const unknown = -1;

export class Direct {
	readonly #columns: Columns;
	readonly #memory: Memory;
	readonly #messages: Messages;

	constructor(columns: Columns, memory: Memory) {
		this.#columns = columns;
		this.#memory = memory;
		this.#messages = new Messages(columns, memory);
	}

	/** Of one field, or of two of one header that go by one name; undefined: it is neither at a fixed place nor in a message. */
	compared([first, second]: readonly [string, string | undefined], wish: Wish): Ask | undefined {
		const one = places.get(first);
		const other = second === undefined ? undefined : places.get(second);
		if (one === undefined || (second !== undefined && other === undefined)) {
			return this.#messages.compared(first, wish);
		}

		const mac = one.size === 6 && (wish.comparison === '==' || wish.comparison === '!=') ? macOf(wish.value) : undefined;
		if (mac !== undefined) {
			return this.#mac(mac, one.at, other?.at ?? one.at, wish.comparison === '!=');
		}

		const {state, start, piece, length} = this.#columns;
		const memory = this.#memory;
		const tell = this.#teller(one, other, wish);
		const baseOf = this.#baseOf(one);
		const end = Math.max(one.at + one.size, other === undefined ? 0 : other.at + other.size);
		return ({row: from, selected, count}, out) => {
			let number = -1;
			let bytes: Uint8Array = nothing;
			for (let place = 0; place < count; place++) {
				const index = selected[place] ?? 0;
				const row = from + index;
				const bits = state[row] ?? 0;
				if ((bits & one.bit) === 0) {
					out[index] = answer.no;
				} else if ((bits & plainMask) === plain) {
					const held = piece[row] ?? 0;
					if (held !== number) {
						bytes = memory.at(held);
						number = held;
					}

					const frame = start[row] ?? 0;
					const base = baseOf(bytes, frame, row);
					out[index] = base === unknown || base + end > (length[row] ?? 0) ? answer.open : tell(bytes, frame + base);
				} else {
					out[index] = answer.open;
				}
			}
		};
	}

	/** One MAC address, which is what is asked of Ethernet headers most, at one place or another of them: without calls, in half the time. */
	#mac(mac: Uint8Array, one: number, other: number, isNot: boolean): Ask {
		const {state, start, piece, length} = this.#columns;
		const memory = this.#memory;
		const [a, b, c, d, e, f] = mac;
		const [found, notFound] = isNot ? [answer.no, answer.yes] : [answer.yes, answer.no];
		// the last bytes differ the most
		const is = (bytes: Uint8Array, at: number): boolean =>
			bytes[at + 5] === f && bytes[at + 4] === e && bytes[at + 3] === d && bytes[at + 2] === c && bytes[at + 1] === b && bytes[at] === a;
		return ({row: from, selected, count}, out) => {
			let number = -1;
			let bytes: Uint8Array = nothing;
			for (let place = 0; place < count; place++) {
				const index = selected[place] ?? 0;
				const row = from + index;
				const bits = state[row] ?? 0;
				if ((bits & header.eth) === 0) {
					out[index] = answer.no;
				} else if ((bits & plainMask) === plain && (length[row] ?? 0) >= linkBytes) {
					const held = piece[row] ?? 0;
					if (held !== number) {
						bytes = memory.at(held);
						number = held;
					}

					const frame = start[row] ?? 0;
					out[index] = is(bytes, frame + one) || is(bytes, frame + other) ? found : notFound;
				} else {
					out[index] = answer.open;
				}
			}
		};
	}

	/** Where the header is in a plain frame that has it, counted from where the frame is, or `unknown`. */
	#baseOf({from, kind, protocol, bit}: Place): (bytes: Uint8Array, frame: number, row: number) => number {
		const {state, tcpFlags} = this.#columns;
		if (from === 'link') {
			return () => 0;
		}

		if (from === 'network') {
			return () => linkBytes;
		}

		return (bytes, frame, row) => {
			const bits = state[row] ?? 0;
			const isThere = (kind === undefined || versionOf(bits) === kind) && protocolOf(bytes, frame, bits) === protocol;
			// a segment that was cut off has no more than ports
			return isThere && (bit !== header.tcp || ((tcpFlags[row] ?? 0) & hasFlags) !== 0) ? linkBytes + headerBytesOf(bytes, frame, bits) : unknown;
		};
	}

	/** The answer of a header that begins at `base`. */
	#teller(one: Place, other: Place | undefined, wish: Wish): (bytes: Uint8Array, base: number) => number {
		const test = one.size === 6 ? macTest(wish) : numberTest(wish);
		const isEvery = wish.comparison === '!=';
		const {at, size, right = 0, mask = -1, times = 1, types, least = 0} = one;
		const numberAt = numbersOf[size];
		const isBare = right === 0 && mask === -1 && times === 1;
		return (bytes, base) => {
			if (types !== undefined && !types.includes(u8(bytes, base))) {
				return answer.no;
			}

			const found = numberAt(bytes, base + at);
			const value = isBare ? found : ((found >>> right) & mask) * times;
			const is = value >= least && test(value);
			return (other === undefined || is !== isEvery ? is : test(numberAt(bytes, base + other.at))) ? answer.yes : answer.no;
		};
	}
}

/** Its six bytes; undefined: it is not written as it is shown. */
function macOf(value: string | number): Buffer | undefined {
	return /^(?:[\da-f]{2}:){5}[\da-f]{2}$/.test(String(value)) ? Buffer.from(String(value).replaceAll(':', ''), 'hex') : undefined;
}
