// What the addon makes of a ring's block, written down a second time and slowly, for the two to be compared: a cursor over the frames of a block as the
// kernel wrote it (linux/if_packet.h: tpacket_block_desc, tpacket3_hdr, sockaddr_ll), and their packets as pcapng. Numbers are in the machine's byte
// order. A header that cannot be right ends the block: nothing beyond it is read. No test is here.
import {markerFrame} from '../../../src/watch/live/marker.ts';

/** Offsets in 32-bit words. */
const block = {count: 3, first: 4} as const;
const frame = {
	next: 0,
	seconds: 1,
	nanoseconds: 2,
	captured: 3,
	wire: 4,
	status: 5,
	macAndNet: 6,
	tag: 8,
	tagProtocol: 9,
	ifindex: 13,
	typeAndDirection: 14,
} as const;
const blockHeaderBytes = 48;
/** tpacket3_hdr and sockaddr_ll. */
const frameHeaderBytes = 68;
/** TP_STATUS_* */
const status = {user: 1, checksumNotReady: 8, tagValid: 0x10, tagProtocolValid: 0x40} as const;
/** The two addresses of Ethernet, after which a tag is. */
const addressBytes = 12;
/** ETH_P_8021Q, what a tag is whose protocol is not told. */
const dot1q = 0x81_00;
/** ARPHRD_ETHER, ARPHRD_LOOPBACK (linux/if_arp.h): both have frames of Ethernet. */
const hardware = {ethernet: 1, loopback: 772} as const;
/** PACKET_OUTGOING (linux/if_packet.h) */
const outgoing = 4;

/** A cursor: `next` goes to the next frame, whose fields then hold until the next call. */
class RingBlock {
	/** The block's bytes; those of the frame are from `start` on. */
	readonly bytes: Uint8Array<ArrayBuffer>;
	readonly words: Uint32Array;
	readonly #passed: (marker: number, block: RingBlock) => void;
	#left: number;
	#next: number;

	ifindex = 0;
	/** When it was seen, by the clock of the machine. */
	seconds = 0;
	nanoseconds = 0;
	/** Where the frame begins, how much of it is there, and how long it was on the wire, without a tag that was taken out of it; in bytes. */
	start = 0;
	length = 0;
	wireBytes = 0;
	/** PACKET_HOST 0, PACKET_BROADCAST 1, PACKET_MULTICAST 2, PACKET_OTHERHOST 3, PACKET_OUTGOING 4. */
	type = 0;
	/** Its checksum is left to the hardware, which a lab does not have: it is not wrong, there is none yet. */
	isChecksumNotReady = false;
	/** A VLAN tag that the kernel took out of the frame, as the four bytes that belong at its byte 12; undefined: none. */
	tag: number | undefined;

	/** The block is the first `length` bytes of `memory`. `passed` is told of a marker by its number, while the cursor stands at it. */
	constructor(memory: ArrayBuffer, length: number, passed: (marker: number, block: RingBlock) => void) {
		this.#passed = passed;
		this.bytes = new Uint8Array(memory, 0, length);
		this.words = new Uint32Array(memory, 0, length >> 2);
		const isWhole = length >= blockHeaderBytes;
		this.#left = isWhole ? this.#word(block.count) : 0;
		this.#next = isWhole ? this.#word(block.first) : 0;
	}

	/** Goes to the next frame of an Ethernet interface or of lo, where each is once: only as it comes in. Not to a marker. False: there is none. */
	next(): boolean {
		while (this.#left > 0) {
			const at = this.#next;
			this.#left--;
			if (at < blockHeaderBytes || at % 4 !== 0 || at + frameHeaderBytes > this.bytes.length || !this.#read(at)) {
				this.#left = 0;
				return false;
			}

			const type = this.#word(at / 4 + frame.typeAndDirection);
			this.type = (type >>> 16) & 0xff;
			const kind = type & 0xff_ff;
			if (kind !== hardware.ethernet && (kind !== hardware.loopback || this.type === outgoing)) {
				continue;
			}

			if (!isMarker(this.bytes, this.start, this.length)) {
				return true;
			}

			this.#passed(markerId(this.bytes, this.start, this.length), this);
		}

		return false;
	}

	/** False: what is there is no frame. */
	#read(at: number): boolean {
		const word = at / 4;
		const state = this.#word(word + frame.status);
		const mac = this.#word(word + frame.macAndNet) & 0xff_ff;
		const next = this.#word(word + frame.next);
		this.length = this.#word(word + frame.captured);
		this.start = at + mac;
		// without `user` it was still being written when the block was taken
		if ((state & status.user) === 0 || mac < frameHeaderBytes || this.start + this.length > this.bytes.length || (next !== 0 && next < frameHeaderBytes)) {
			return false;
		}

		this.#next = at + next;
		if (next === 0) {
			this.#left = 0;
		}

		this.seconds = this.#word(word + frame.seconds);
		this.nanoseconds = this.#word(word + frame.nanoseconds);
		this.wireBytes = this.#word(word + frame.wire);
		this.ifindex = this.#word(word + frame.ifindex) | 0;
		this.isChecksumNotReady = (state & status.checksumNotReady) !== 0;
		this.tag = (state & status.tagValid) === 0 || this.length < addressBytes ? undefined : this.#tag(word, (state & status.tagProtocolValid) !== 0);
		return true;
	}

	#tag(word: number, hasProtocol: boolean): number {
		const protocol = hasProtocol ? this.#word(word + frame.tagProtocol) & 0xff_ff : dot1q;
		return ((protocol << 16) | (this.#word(word + frame.tag) & 0xff_ff)) >>> 0;
	}

	#word(at: number): number {
		return this.words[at] ?? 0;
	}
}

/** The end of a marker and its type, at the place that they have in the 60 bytes of one. */
const marker = Buffer.from(markerFrame(0));
const [typeAt, idAt, markAt] = [12, 16, 44];

function isMarker(bytes: Uint8Array, start: number, length: number): boolean {
	const own = Buffer.from(bytes.buffer, bytes.byteOffset + start + length - marker.length, length < marker.length ? 0 : marker.length);
	return (
		own.length > 0 && own.subarray(typeAt, typeAt + 2).equals(marker.subarray(typeAt, typeAt + 2)) && own.subarray(markAt).equals(marker.subarray(markAt))
	);
}

function markerId(bytes: Uint8Array, start: number, length: number): number {
	return new DataView(bytes.buffer, bytes.byteOffset).getUint32(start + length - marker.length + idAt);
}

/** epb_flags by the frame's type: bits 0 and 1 the direction, bits 2 to 4 unicast, broadcast, multicast, promiscuous. */
const flags = [0b001_01, 0b011_01, 0b010_01, 0b100_01, 0b000_10] as const;

/** An enhanced packet block (draft-ietf-opsawg-pcapng) with the option epb_flags. */
function packetOf(index: number, seen: RingBlock): Buffer {
	const bytes = Buffer.from(seen.bytes.subarray(seen.start, seen.start + seen.length));
	const tag = Buffer.alloc(seen.tag === undefined ? 0 : 4);
	if (seen.tag !== undefined) {
		tag.writeUInt32BE(seen.tag);
	}

	const tagged = tag.length === 0 ? bytes : Buffer.concat([bytes.subarray(0, 12), tag, bytes.subarray(12)]);
	const padding = Buffer.alloc(-tagged.length & 3);
	const time = BigInt(seen.seconds) * 1_000_000_000n + BigInt(seen.nanoseconds);
	const total = 28 + tagged.length + padding.length + 16;
	const words = (...values: readonly number[]): Buffer => Buffer.from(Uint32Array.from(values).buffer);
	const said = (flags[seen.type] ?? 0) | (seen.isChecksumNotReady ? 0x2_00 : 0);
	return Buffer.concat([
		words(6, total, index, Number(time >> 32n), Number(time & 0xff_ff_ff_ffn), tagged.length, seen.wireBytes + tag.length),
		tagged,
		padding,
		words(0x00_04_00_02, said, 0, total),
	]);
}

export interface Expected {
	readonly bytes: Buffer;
	readonly marks: readonly {readonly id: number; readonly ifindex: number}[];
}

/** All of a block. Interfaces have the numbers that `indexOf` gives; without it they are numbered as they come, from 0. */
export function expectedOf(bytes: Uint8Array, indexOf?: (ifindex: number) => number): Expected {
	const marks: {id: number; ifindex: number}[] = [];
	const numbers = new Map<number, number>();
	const packets: Buffer[] = [];
	const cursor = new RingBlock(bytes.slice().buffer, bytes.length, (id, {ifindex}) => marks.push({id, ifindex}));
	while (cursor.next()) {
		const index = numbers.get(cursor.ifindex) ?? indexOf?.(cursor.ifindex) ?? numbers.size;
		numbers.set(cursor.ifindex, index);
		packets.push(packetOf(index, cursor));
	}

	return {bytes: Buffer.concat(packets), marks};
}
