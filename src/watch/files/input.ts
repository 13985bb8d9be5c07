// Bytes of a file that come in pieces, read as records: each is taken when all of it is there, and nothing is kept that was taken.
import {Buffer} from 'node:buffer';
import {LabError} from '../../base/errors.ts';

/** Longer records are not believed: the largest packet has 64 KiB, or a little more than 16 MiB with its card's help (jumbograms). */
const mostBytes = 64 * 1024 * 1024;

/** What is wrong with a file, and where. `name` is the file's, as the person wrote it. */
export function damaged(name: string, at: number, said: string, hint?: string): LabError {
	return new LabError('E_FILE', {doing: `read ${name}`, said: `byte ${at}: ${said}`, hint: hint ?? 'the packets before that place are good'});
}

export class Input {
	/** For messages. */
	readonly name: string;
	/** How far it is read, in bytes from the beginning. */
	offset = 0;
	#pieces: Buffer[] = [];
	#have = 0;
	#isEnded = false;

	constructor(name: string) {
		this.name = name;
	}

	/** More of the file. */
	push(piece: Buffer): void {
		this.#pieces.push(piece);
		this.#have += piece.length;
	}

	/** There is no more. */
	end(): void {
		this.#isEnded = true;
	}

	/** Nothing is left, and nothing will come. */
	get isDone(): boolean {
		return this.#isEnded && this.#have === 0;
	}

	/** The next `length` bytes without taking them; undefined: not here yet. Throws when the file ends before, naming `what` it ends in. */
	peek(length: number, what: string): Buffer | undefined {
		if (length > mostBytes) {
			throw this.damaged(`${what} of ${length} bytes: more than any has`);
		}

		if (this.#have < length) {
			if (this.#isEnded && this.#have > 0) {
				throw this.damaged(`the file ends within ${what} of ${length} bytes: ${this.#have} are there`);
			}

			return undefined;
		}

		const [first] = this.#pieces;
		if (first === undefined || first.length < length) {
			this.#pieces = [Buffer.concat(this.#pieces)];
		}

		return this.#pieces[0]?.subarray(0, length);
	}

	/** Takes what was peeked at. */
	skip(length: number): void {
		const [first, ...others] = this.#pieces;
		const left = first?.subarray(length);
		this.#pieces = left === undefined || left.length === 0 ? others : [left, ...others];
		this.#have -= length;
		this.offset += length;
	}

	/** An error at the place that is read, or some bytes after it. */
	damaged(said: string, after = 0): LabError {
		return damaged(this.name, this.offset + after, said);
	}
}
