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
	/** What is being read: the next record begins at `at`. */
	bytes: Buffer = Buffer.alloc(0);
	at = 0;
	/** Numbers in `bytes`. */
	view: DataView = new DataView(new ArrayBuffer(0));
	/** What has come and is not in `bytes` yet. */
	#waiting: Buffer[] = [];
	#waitingBytes = 0;
	/** Bytes of the file before `bytes`. */
	#before = 0;
	#isEnded = false;

	constructor(name: string) {
		this.name = name;
	}

	/** More of the file. */
	push(piece: Buffer): void {
		this.#waiting.push(piece);
		this.#waitingBytes += piece.length;
	}

	/** There is no more. */
	end(): void {
		this.#isEnded = true;
	}

	/** Nothing is left, and nothing will come. */
	get isDone(): boolean {
		return this.#isEnded && this.#left === 0;
	}

	get #left(): number {
		return this.bytes.length - this.at + this.#waitingBytes;
	}

	/** Whether the next `length` bytes are in `bytes`; false: not here yet. Throws when the file ends before, naming `what` it ends in. */
	has(length: number, what: string): boolean {
		return this.bytes.length - this.at >= length || this.#fetch(length, what);
	}

	#fetch(length: number, what: string): boolean {
		if (length > mostBytes) {
			throw this.damaged(`${what} of ${length} bytes: more than any has`);
		}

		const left = this.#left;
		if (left < length) {
			if (this.#isEnded && left > 0) {
				throw this.damaged(`the file ends within ${what} of ${length} bytes: ${left} are there`);
			}

			return false;
		}

		const rest = this.bytes.subarray(this.at);
		this.#before += this.at;
		this.bytes = rest.length === 0 && this.#waiting.length === 1 ? (this.#waiting[0] ?? rest) : Buffer.concat([rest, ...this.#waiting]);
		this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length);
		this.at = 0;
		this.#waiting = [];
		this.#waitingBytes = 0;
		return true;
	}

	/** An error at the place that is read, or some bytes after it. */
	damaged(said: string, after = 0): LabError {
		return damaged(this.name, this.#before + this.at + after, said);
	}
}
