// Prints into a file what a command would print to the terminal. Every line is in the file when `print` returns: who follows is interrupted at any moment.
import {closeSync, openSync, writeFileSync} from 'node:fs';
import {LabError, toLabError} from '../base/errors.ts';
import type {Io, Output} from './command.ts';

/** Works with standard output, or with a new file at `path`. Throws E_ARGUMENT when it cannot be made, E_SPACE when there is no room for a line. */
export async function withOutput(io: Io, path: string | undefined, work: (output: Output & Pick<Io, 'stderr'>) => Promise<void>): Promise<void> {
	if (path === undefined) {
		await work(io);
		return;
	}

	const file = opened(path);
	const write = (text: string): void => {
		try {
			writeFileSync(file, text);
		} catch (error) {
			throw toLabError(error, `write ${path}`);
		}
	};
	try {
		await work({stdout: {write, isTTY: false, columns: 0}, stderr: io.stderr});
	} finally {
		closeSync(file);
	}
}

function opened(path: string): number {
	try {
		return openSync(path, 'w');
	} catch (error) {
		throw openError(error, path);
	}
}

/** Why a file cannot be written to. */
export function openError(error: unknown, path: string, hint = 'name a file in a folder that is there and that you may write in'): LabError {
	return new LabError('E_ARGUMENT', {doing: `write ${path}`, said: error instanceof Error ? error.message : String(error), hint, cause: error});
}
