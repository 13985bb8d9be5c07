// Writes pcapng (draft-ietf-opsawg-pcapng) of what rings captured, while it comes: into one large piece after the other in the same memory, nothing made for a frame.
// Numbers are in the machine's byte order, which the section says. How single packets of any origin are written, and read: files/.
import type {RingBlock} from './ring-block.ts';

/** A piece is handed over when no frame fits any more. A frame has up to 256 KiB. */
const pieceBytes = 512 * 1024;
const types = {section: 0x0a_0d_0d_0a, interface: 1, statistics: 5, packet: 6} as const;
const byteOrder = 0x1a_2b_3c_4d;
const options = {comment: 1, name: 2, description: 3, resolution: 9, received: 4, dropped: 5} as const;
const ethernet = 1;
const nanoseconds = 9;
/** Of a packet's block: type, two lengths and five numbers before the frame; its flags and the end of the options after it. */
const headBytes = 28;
const tailBytes = 16;
/** Option epb_flags of four bytes. */
const flagsOption = 0x00_04_00_02;
/** epb_flags by the frame's type: bits 0 and 1 the direction, bits 2 to 4 unicast, broadcast, multicast, promiscuous. */
const flags = [0b001_01, 0b011_01, 0b010_01, 0b100_01, 0b000_10] as const;
/** epb_flags, bit 9. */
const checksumNotReady = 0x2_00;
/** Longer frames are copied by the engine of JavaScript, shorter ones are copied faster word by word. */
const longBytes = 512;

export class PcapngStream {
	readonly #output: (piece: Uint8Array) => void;
	readonly #piece = new Uint8Array(pieceBytes);
	readonly #words = new Uint32Array(this.#piece.buffer);
	/** In words. */
	#at = 0;
	/** The second of the last packet, and its two halves in nanoseconds. */
	#second = -1;
	#high = 0;
	#low = 0;

	/** `output` gets pieces, each of which holds until it returns. */
	constructor(output: (piece: Uint8Array) => void) {
		this.#output = output;
		this.#block(types.section, [byteOrder, 1, 0xff_ff_ff_ff, 0xff_ff_ff_ff], []);
	}

	/** The next interface, from 0. */
	interface(name: string, description: string): void {
		this.#block(
			types.interface,
			[ethernet, 0],
			[textOption(options.name, name), textOption(options.description, description), byteOption(options.resolution, nanoseconds)],
		);
	}

	/** `packets` of this interface are in the stream, and so many were lost. */
	statistics(index: number, packets: number, lost: {readonly drops: number; readonly comment: string}): void {
		const now = BigInt(Date.now()) * 1_000_000n;
		const [high, low] = [Number(now >> 32n), Number(now & 0xff_ff_ff_ffn)];
		const comment = lost.comment === '' ? [] : [textOption(options.comment, lost.comment)];
		this.#block(types.statistics, [index, high, low], [...comment, numberOption(options.received, packets), numberOption(options.dropped, lost.drops)]);
	}

	/** The frame at which the block stands. */
	packet(index: number, from: RingBlock): void {
		const {tag, length, start, words: source} = from;
		const tagBytes = tag === undefined ? 0 : 4;
		const captured = length + tagBytes;
		const total = headBytes + ((captured + 3) & ~3) + tailBytes;
		this.#reserve(total);
		if (from.seconds !== this.#second) {
			this.#turn(from.seconds);
		}

		const out = this.#words;
		const low = this.#low + from.nanoseconds;
		let at = this.#at;
		out[at] = types.packet;
		out[at + 1] = total;
		out[at + 2] = index;
		out[at + 3] = low >= 2 ** 32 ? this.#high + 1 : this.#high;
		out[at + 4] = low;
		out[at + 5] = captured;
		out[at + 6] = from.wireBytes + tagBytes;
		at += headBytes / 4;
		if (tag === undefined && start % 4 === 0 && length <= longBytes) {
			const count = length >> 2;
			const first = start >> 2;
			for (let word = 0; word < count; word++) {
				out[at + word] = source[first + word] ?? 0;
			}

			const rest = length & 3;
			if (rest !== 0) {
				// what follows the frame is none of its bytes
				out[at + count] = ending(from.bytes, start + length - rest, rest);
			}
		} else {
			out[at + ((captured - 1) >> 2)] = 0; // what pads it
			this.#copy(at * 4, from);
		}

		at += (captured + 3) >> 2;
		out[at] = flagsOption;
		out[at + 1] = (flags[from.type] ?? 0) | (from.isChecksumNotReady ? checksumNotReady : 0);
		out[at + 2] = 0;
		out[at + 3] = total;
		this.#at = at + 4;
	}

	/** Hands over what there is. */
	flush(): void {
		if (this.#at > 0) {
			this.#output(this.#piece.subarray(0, this.#at * 4));
			this.#at = 0;
		}
	}

	/** A frame with its tag put back where it was: after the two addresses. */
	#copy(at: number, {bytes, start, length, tag}: RingBlock): void {
		const piece = this.#piece;
		const end = start + length;
		if (tag === undefined) {
			piece.set(bytes.subarray(start, end), at);
			return;
		}

		piece.set(bytes.subarray(start, start + 12), at);
		new DataView(piece.buffer).setUint32(at + 12, tag);
		piece.set(bytes.subarray(start + 12, end), at + 16);
	}

	/** Seconds as the two halves of nanoseconds: numbers of JavaScript are exact up to 2 to the power of 53. */
	#turn(second: number): void {
		const fine = second * (1e9 / 2 ** 9);
		this.#second = second;
		this.#high = Math.floor(fine / 2 ** 23);
		this.#low = (fine % 2 ** 23) * 2 ** 9;
	}

	#block(type: number, head: readonly number[], all: readonly Uint8Array[]): void {
		const optionBytes = all.length === 0 ? 0 : all.reduce((sum, one) => sum + one.length, 4);
		const total = 12 + head.length * 4 + optionBytes;
		this.#reserve(total);
		this.#words.set([type, total, ...head], this.#at);
		let at = (this.#at + 2 + head.length) * 4;
		for (const one of all) {
			this.#piece.set(one, at);
			at += one.length;
		}

		if (all.length > 0) {
			// the end of the options; the memory still has what was handed over before
			this.#words[at / 4] = 0;
		}

		this.#words[this.#at + total / 4 - 1] = total;
		this.#at += total / 4;
	}

	#reserve(bytes: number): void {
		if (this.#at * 4 + bytes > pieceBytes) {
			this.flush();
		}
	}
}

/** One to three bytes as a word, the rest of which is 0. */
function ending(bytes: Uint8Array, at: number, count: number): number {
	return (bytes[at] ?? 0) | (count > 1 ? (bytes[at + 1] ?? 0) << 8 : 0) | (count > 2 ? (bytes[at + 2] ?? 0) << 16 : 0);
}

function option(code: number, value: Uint8Array): Uint8Array {
	const bytes = new Uint8Array(4 + ((value.length + 3) & ~3));
	new Uint16Array(bytes.buffer, 0, 2).set([code, value.length]);
	bytes.set(value, 4);
	return bytes;
}

function textOption(code: number, text: string): Uint8Array {
	return option(code, new TextEncoder().encode(text));
}

function byteOption(code: number, value: number): Uint8Array {
	return option(code, Uint8Array.of(value));
}

/** 64 bits. */
function numberOption(code: number, value: number): Uint8Array {
	return option(code, new Uint8Array(BigUint64Array.of(BigInt(value)).buffer));
}
