// The bytes of frames in pieces of memory, each frame whole in one of them. Pieces in which many came stay as they are: to copy ten thousand frames a second
// costs more than what is between them. Others are copied one after the other into pieces of ours. The oldest pieces go first.
import {Buffer} from 'node:buffer';

/** Of a piece of ours: as long as no other comes between, each is twice as large as the one before. A larger frame gets a piece of its own size. */
const ownBytes = {first: 64 * 1024, most: 1024 * 1024} as const;
/** A piece in which frames came is not worth being held when it is smaller. */
const heldBytes = 4096;

export class Memory {
	/** By number, counted from the first there was. */
	readonly #pieces = new Map<number, Buffer>();
	#oldest = 0;
	#newest = -1;
	#bytes = 0;
	/** The newest piece, and where in it there is room: behind the frames that were copied into it; in one that is held there is none. */
	#last: Buffer = Buffer.alloc(0);
	#used = 0;
	#ownBytes: number = ownBytes.first;

	/** In which piece the last frame is. */
	get piece(): number {
		return this.#newest;
	}

	/** All pieces together. */
	get bytes(): number {
		return this.#bytes;
	}

	/** Keeps the `length` bytes of `source` from `start` on, which nobody changes any more. Returns where they begin in `piece`. */
	hold(source: Buffer, start: number, length: number): number {
		if (this.#last === source) {
			return start;
		}

		if (source.length < heldBytes) {
			return this.copy(source, start, length);
		}

		this.#add(source, source.length);
		this.#ownBytes = ownBytes.first;
		return start;
	}

	/** Copies them. */
	copy(source: Buffer, start: number, length: number): number {
		if (this.#newest < 0 || this.#used + length > this.#last.length) {
			// a piece is never used again, as packets that were asked for are parts of it
			this.#add(Buffer.allocUnsafeSlow(Math.max(this.#ownBytes, length)), 0);
			this.#ownBytes = Math.min(ownBytes.most, this.#ownBytes * 2);
		}

		const at = this.#used;
		this.#last.set(start === 0 && length === source.length ? source : source.subarray(start, start + length), at);
		this.#used = at + length;
		return at;
	}

	#add(piece: Buffer, used: number): void {
		this.#newest += 1;
		this.#pieces.set(this.#newest, piece);
		this.#bytes += piece.length;
		this.#last = piece;
		this.#used = used;
	}

	/** The piece with this number, which must be held. */
	at(piece: number): Buffer {
		const found = this.#pieces.get(piece);
		if (found === undefined) {
			throw new RangeError(`piece ${piece} is not held`);
		}

		return found;
	}

	/** Nothing before this piece is needed any more. */
	forgetBefore(piece: number): void {
		for (; this.#oldest < piece; this.#oldest++) {
			this.#bytes -= this.#pieces.get(this.#oldest)?.length ?? 0;
			this.#pieces.delete(this.#oldest);
		}
	}
}
