// The classic capture file of libpcap (pcap-savefile(5)): a header, then a record for each packet, in the writer's byte order.
import type {Buffer} from 'node:buffer';
import type {Input} from './input.ts';
import type {Packet, Point} from './packet.ts';

const headerBytes = 24;
const recordBytes = 16;
/** The first four bytes as a little-endian machine reads them: the fraction's unit in nanoseconds, and whether the file is in the other order. */
const magics: Readonly<Record<number, {readonly unitNs: 1 | 1000; readonly isBig: boolean}>> = {
	0xa1_b2_c3_d4: {unitNs: 1000, isBig: false},
	0xd4_c3_b2_a1: {unitNs: 1000, isBig: true},
	0xa1_b2_3c_4d: {unitNs: 1, isBig: false},
	0x4d_3c_b2_a1: {unitNs: 1, isBig: true},
};
/** The other bits tell of a frame check sequence. */
const linkTypeBits = 0xff_ff;

export function isPcap(magic: number): boolean {
	return magic in magics;
}

/** Packets as far as they have come; `next` gives undefined when more of the file is needed. */
export class PcapReader {
	readonly #input: Input;
	#unitNs = 1;
	#isBig = false;
	#point: Point | undefined;

	constructor(input: Input) {
		this.#input = input;
	}

	#u32(bytes: Buffer, at: number): number {
		return this.#isBig ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
	}

	next(): Packet | undefined {
		const point = this.#point ?? this.#header();
		const head = point && this.#input.peek(recordBytes, "a packet's header");
		if (point === undefined || head === undefined) {
			return undefined;
		}

		const length = this.#u32(head, 8);
		const record = this.#input.peek(recordBytes + length, 'a packet');
		if (record === undefined) {
			return undefined;
		}

		const nanoseconds = this.#u32(head, 4) * this.#unitNs;
		const packet: Packet = {
			point,
			// a fraction of a second or more is written by no one, and carried over for who did
			seconds: this.#u32(head, 0) + Math.floor(nanoseconds / 1e9),
			nanoseconds: nanoseconds % 1e9,
			bytes: record.subarray(recordBytes),
			wireBytes: Math.max(this.#u32(head, 12), length),
			direction: undefined,
			comment: undefined,
		};
		this.#input.skip(recordBytes + length);
		return packet;
	}

	#header(): Point | undefined {
		const head = this.#input.peek(headerBytes, "the file's header");
		const magic = head && magics[head.readUInt32LE(0)];
		if (head === undefined || magic === undefined) {
			return undefined;
		}

		this.#unitNs = magic.unitNs;
		this.#isBig = magic.isBig;
		this.#point = {name: '', description: '', linkType: this.#u32(head, 20) & linkTypeBits};
		this.#input.skip(headerBytes);
		return this.#point;
	}
}
