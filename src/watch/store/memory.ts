// The bytes of frames, one after the other in a few large pieces of memory, each frame whole in one of them. The oldest pieces go first.
import {Buffer} from 'node:buffer';

/** Of one piece; a larger frame gets a piece of its own size. */
const pieceBytes = 4 * 1024 * 1024;

export class Memory {
	/** By number, counted from the first there was. */
	readonly #pieces = new Map<number, Buffer>();
	#oldest = 0;
	#newest = -1;
	#used = 0;
	#bytes = 0;

	/** In which piece the last frame is. */
	get piece(): number {
		return this.#newest;
	}

	/** All pieces together. */
	get bytes(): number {
		return this.#bytes;
	}

	/** Keeps `length` bytes of `source` from `start` on. Returns where they begin in `piece`. */
	keep(source: Uint8Array, start: number, length: number): number {
		let piece = this.#pieces.get(this.#newest);
		if (piece === undefined || this.#used + length > piece.length) {
			// a piece is never used again, as packets that were asked for are parts of it
			piece = Buffer.allocUnsafeSlow(Math.max(pieceBytes, length));
			this.#newest += 1;
			this.#pieces.set(this.#newest, piece);
			this.#bytes += piece.length;
			this.#used = 0;
		}

		const at = this.#used;
		piece.set(start === 0 && length === source.length ? source : source.subarray(start, start + length), at);
		this.#used = at + length;
		return at;
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
