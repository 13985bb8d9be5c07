// A pcapng file that is written piece by piece. When there is no room for more it ends with a whole packet, and takes no more.
import {closeSync, fstatSync, ftruncateSync, openSync, writeSync} from 'node:fs';
import {LabError, toLabError} from '../base/errors.ts';
import {openError} from './file-output.ts';
import {wholeBytes} from '../watch/files/pcapng-whole.ts';

export class CaptureOut {
	readonly path: string;
	readonly #descriptor: number;
	#size = 0;
	#failure: LabError | undefined;

	/** `flags`: "w", or "wx" for a file that must be new; `mode`: whose it is to read. Throws E_ARGUMENT with `hint` when it cannot be opened. */
	constructor(path: string, {flags, mode, hint}: {readonly flags: 'w' | 'wx'; readonly mode: number; readonly hint: string}) {
		this.path = path;
		try {
			this.#descriptor = openSync(path, flags, mode);
		} catch (error) {
			throw openError(error, path, hint);
		}
	}

	/** What went wrong; nothing is written any more. */
	get failure(): LabError | undefined {
		return this.#failure;
	}

	/** Whole blocks. */
	write(piece: Uint8Array): void {
		if (this.#failure !== undefined) {
			return;
		}

		try {
			for (let at = 0; at < piece.length;) {
				at += writeSync(this.#descriptor, piece, at);
			}

			this.#size += piece.length;
		} catch (error) {
			this.#failure = writeError(error, this.path);
			this.#keepWhole(piece);
		}
	}

	close(): void {
		closeSync(this.#descriptor);
	}

	#keepWhole(piece: Uint8Array): void {
		const file = fstatSync(this.#descriptor);
		if (file.isFile()) {
			ftruncateSync(this.#descriptor, this.#size + wholeBytes(piece, file.size - this.#size));
		}
	}
}

/** Why writing a capture ended. */
export function writeError(error: unknown, path: string): LabError {
	const known = toLabError(error, `write ${path}`);
	return known.code === 'E_SPACE'
		? new LabError('E_SPACE', {
				doing: known.doing,
				said: known.said,
				hint: `what there was room for is in ${path}; free some space, or capture with a filter`,
				cause: error,
			})
		: known;
}
