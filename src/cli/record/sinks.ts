// Where a capture is written to: a file, or standard output.
import {open, type FileHandle} from 'node:fs/promises';
import type {Native} from '../../../native/index.ts';
import {wholeBytes} from '../../watch/files/pcapng-whole.ts';
import type {Io} from '../command.ts';
import {openError} from '../file-output.ts';

export interface Sink {
	/** Resolves when the piece's memory may be written anew. */
	readonly write: (piece: Uint8Array) => Promise<void>;
	readonly close: () => Promise<void>;
}

/** A file that ends with a whole block, also when there was no room for more. Throws E_ARGUMENT when it cannot be opened. */
export async function fileSink(native: Pick<Native, 'writeBytes'>, path: string): Promise<Sink> {
	const file = await open(path, 'w').catch((error: unknown) => {
		throw openError(error, path);
	});
	let size = 0;
	return {
		write: async (piece) => {
			let written = 0;
			try {
				while (written < piece.length) {
					// oxlint-disable-next-line no-await-in-loop -- one goes on where the other ended
					written += await native.writeBytes(file.fd, piece.subarray(written));
				}
			} catch (error) {
				await cut(file, size + wholeBytes(piece, written));
				throw error;
			}

			size += piece.length;
		},
		close: async () => file.close(),
	};
}

async function cut(file: FileHandle, size: number): Promise<void> {
	await file.truncate(size).catch(() => {
		// a device has no end to move
	});
}

/** A reader that went is no error: main.ts ends the process. */
export function pipeSink({stdout}: Io): Sink {
	return {
		write: async (piece) =>
			new Promise((resolve) => {
				stdout.write(piece, () => {
					resolve();
				});
			}),
		close: async () => undefined,
	};
}
