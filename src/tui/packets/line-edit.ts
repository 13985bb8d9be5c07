// A line of text that is typed: what it says and where the cursor is, with the keys that shells have for it.
import type {Input} from '../host/decoder.ts';

export interface Line {
	readonly text: string;
	/** Before this UTF-16 unit. */
	readonly cursor: number;
}

export function lineOf(text: string): Line {
	return {text, cursor: text.length};
}

/** The line with `put` in place of what is between two places, the cursor behind it. */
export function replaced({text}: Line, from: number, to: number, put: string): Line {
	return {text: text.slice(0, from) + put + text.slice(to), cursor: from + put.length};
}

/** The line after a key or a paste; a key that means nothing here leaves it as it is. */
export function edited(line: Line, input: Exclude<Input, {kind: 'mouse'}>): Line {
	const {text, cursor} = line;
	if (input.kind === 'paste') {
		// Only its first line: nothing here has more.
		return replaced(line, cursor, cursor, input.text.split(/[\r\n]/)[0] ?? '');
	}

	const before = text.slice(0, cursor);
	switch (input.name) {
		case 'Left': {
			return {text, cursor: cursor - (Array.from(before).at(-1) ?? '').length};
		}

		case 'Right': {
			return {text, cursor: cursor + (Array.from(text.slice(cursor))[0] ?? '').length};
		}

		case 'Home':
		case 'Ctrl-A': {
			return {text, cursor: 0};
		}

		case 'End':
		case 'Ctrl-E': {
			return {text, cursor: text.length};
		}

		case 'Backspace': {
			return replaced(line, cursor - (Array.from(before).at(-1) ?? '').length, cursor, '');
		}

		case 'Delete': {
			return replaced(line, cursor, cursor + (Array.from(text.slice(cursor))[0] ?? '').length, '');
		}

		case 'Ctrl-U': {
			return replaced(line, 0, cursor, '');
		}

		case 'Ctrl-W': {
			return replaced(line, before.replace(/\S*\s*$/, '').length, cursor, '');
		}

		default: {
			return input.text === '' ? line : replaced(line, cursor, cursor, input.text);
		}
	}
}
