// The screen as a text file: for a report, a README, a colleague.
import {writeFile} from 'node:fs/promises';
import {screenLayers} from './screen.ts';
import type {State} from './state.ts';
import {makeTheme} from './theme.ts';

/** The screen as plain text, without dialogs and packets under way. */
export function screenText(state: State, isAscii: boolean): string {
	const rows: string[] = [];
	for (const {x, y, lines} of screenLayers(state, makeTheme(0, isAscii), Number.NEGATIVE_INFINITY)) {
		for (const [index, line] of lines.entries()) {
			rows[y + index] = x === 0 ? line : `${rows[y + index] ?? ''}${line}`;
		}
	}

	return rows.map((row) => `${row.trimEnd()}\n`).join('');
}

/** Writes it into the working directory and returns the file's name; an existing file is left alone. */
export async function saveScreen(state: State, isAscii: boolean): Promise<string> {
	const text = screenText(state, isAscii);
	for (let number = 1; ; number++) {
		const path = `vethlab-${state.view.lab}-${state.screen}${number === 1 ? '' : `-${number}`}.txt`;
		try {
			// oxlint-disable-next-line no-await-in-loop -- the next name only when this one is taken
			await writeFile(path, text, {flag: 'wx'});
			return path;
		} catch (error) {
			if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST' && number < 1000)) {
				throw error;
			}
		}
	}
}
