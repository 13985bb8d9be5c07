// Writes pcapng (draft-ietf-opsawg-pcapng) of what rings captured, while it comes: into one large piece of memory after the other, nothing made for a frame,
// as the addon writes those. Numbers are in the machine's byte order, which the section says. How single packets of any origin are written, and read: files/.
import type {Native, Written} from '../../../native/index.ts';

/** A piece is handed over when no frame fits any more. A frame has up to 128 KiB. */
const pieceBytes = 512 * 1024;
const types = {section: 0x0a_0d_0d_0a, interface: 1, statistics: 5} as const;
const byteOrder = 0x1a_2b_3c_4d;
const options = {comment: 1, name: 2, description: 3, resolution: 9, received: 4, dropped: 5} as const;
const ethernet = 1;
const nanoseconds = 9;

/** Where pieces of the file go. */
export interface PieceOutput {
	/** Gets pieces, the memory of each of which is written anew after `memory` has given it again. */
	readonly output: (piece: Uint8Array) => void;
	/** Asked for the memory of the next piece, at least `pieceBytes`, when there is something for it. Left out: always the same, so that a piece holds until `output` returns. */
	readonly memory?: () => Uint8Array;
}

export class PcapngStream {
	readonly #native: Pick<Native, 'writeFrames'>;
	readonly #output: (piece: Uint8Array) => void;
	readonly #memory: () => Uint8Array;
	#own: Uint8Array | undefined;
	#piece: Uint8Array | undefined;
	#at = 0;

	constructor(native: Pick<Native, 'writeFrames'>, {output, memory}: PieceOutput) {
		this.#native = native;
		this.#output = output;
		this.#memory = memory ?? (() => (this.#own ??= new Uint8Array(pieceBytes)));
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

	/** The frames of these rings until then, as many as fit the piece (`why` is `full`: `flush` makes room). */
	frames(rings: readonly number[], untilMs: number, most: number): Written {
		const written = this.#native.writeFrames(rings, this.#room().subarray(this.#at), untilMs, most);
		this.#at += written.bytes;
		return written;
	}

	/** Hands over what there is. */
	flush(): void {
		if (this.#piece !== undefined && this.#at > 0) {
			const piece = this.#piece.subarray(0, this.#at);
			this.#at = 0;
			this.#piece = undefined;
			this.#output(piece);
		}
	}

	#room(): Uint8Array {
		this.#piece ??= this.#memory();
		return this.#piece;
	}

	#block(type: number, head: readonly number[], all: readonly Uint8Array[]): void {
		// options end with one of code 0 and length 0
		const optionBytes = all.length === 0 ? 0 : all.reduce((sum, one) => sum + one.length, 4);
		const words = new Uint32Array(3 + head.length + optionBytes / 4);
		const bytes = new Uint8Array(words.buffer);
		words.set([type, bytes.length, ...head]);
		words[words.length - 1] = bytes.length;
		let at = 8 + head.length * 4;
		for (const one of all) {
			bytes.set(one, at);
			at += one.length;
		}

		if (this.#at + bytes.length > this.#room().length) {
			this.flush();
		}

		this.#room().set(bytes, this.#at);
		this.#at += bytes.length;
	}
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
