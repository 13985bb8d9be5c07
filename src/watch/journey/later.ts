// What packets say, for who asks when they are over. Until then their bytes are kept.
import {Buffer} from 'node:buffer';
import {summarize, type Placed, type Summary} from '../decode/index.ts';

/** Of a piece, which goes when all that is in it is over. */
const pieceBytes = 64 * 1024;
/** What is longer is sooner read than copied. */
const longBytes = 1024;

/** Keeps frames one after the other in pieces of memory: a Buffer for each would take longer than to copy it. */
export class Later {
	#piece = Buffer.alloc(0);
	#used = 0;

	/** The packet in a line. */
	summaryOf({source, start: from, length, wireBytes}: Placed & {readonly wireBytes: number}): () => Summary {
		const bytes = source.subarray(from, from + length);
		if (bytes.length > longBytes) {
			const summary = summarize({bytes, wireBytes, linkType: 1});
			return () => summary;
		}

		if (this.#used + bytes.length > this.#piece.length) {
			this.#piece = Buffer.allocUnsafeSlow(pieceBytes);
			this.#used = 0;
		}

		const piece = this.#piece;
		const start = this.#used;
		const end = start + bytes.length;
		piece.set(bytes, start);
		this.#used = end;
		return () => summarize({bytes: piece.subarray(start, end), wireBytes, linkType: 1});
	}
}
