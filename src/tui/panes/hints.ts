// The last row: what the keys do here, from the key table, the most important first; or a message; or the filter as it is typed.
import {bindingsOf, type KeyBinding, type Screen} from '../keys.ts';
import {Canvas} from '../layout/canvas.ts';
import {clip, width} from '../text.ts';
import type {Theme} from '../theme.ts';

export interface HintsFrame {
	readonly screen: Screen;
	readonly columns: number;
	/** The filter while it is typed. */
	readonly entry: string | undefined;
	readonly message: string;
	/** A filter is typed elsewhere on the screen, with completion. */
	readonly isCompleting: boolean;
}

const completingKeys = [
	['Tab', 'complete'],
	['Enter', 'keep'],
	['Esc', 'clear'],
	['↑ ↓', 'other words'],
] as const;

/** The bindings that the bar of a screen shows, if it is wide enough: the first at the right edge, always, the others in their order. */
export function hintsOf(screen: Screen): readonly KeyBinding[] {
	return bindingsOf(screen).filter((row) => row.hint !== undefined);
}

export function drawHints({screen, columns, entry, message, isCompleting}: HintsFrame, theme: Theme): string[] {
	const canvas = new Canvas(columns, 1);
	if (entry !== undefined) {
		const x = canvas.text(1, 0, 'filter> ', 'key');
		const tail = width(entry) > columns - 32 ? `…${entry.slice(-Math.max(1, columns - 33))}` : entry;
		canvas.text(canvas.text(x, 0, tail), 0, '█', 'selected');
		canvas.text(Math.max(columns - 21, x + width(tail) + 2), 0, 'Enter keep  Esc clear', 'dim');
		return canvas.rows(theme);
	}

	if (isCompleting) {
		let x = 1;
		for (const [key, word] of completingKeys.slice(0, columns < 60 ? 3 : undefined)) {
			x = canvas.text(canvas.text(x, 0, key, 'key'), 0, ` ${word}`, 'dim') + 2;
		}

		return canvas.rows(theme);
	}

	if (message !== '') {
		canvas.text(1, 0, clip(message, columns - 2), 'paused');
		return canvas.rows(theme);
	}

	const [help, ...others] = hintsOf(screen);
	const right = help === undefined ? columns : columns - hintWidth(help) - 1;
	let x = 1;
	if (screen === 'map' && columns >= 60) {
		x = canvas.text(canvas.text(x, 0, 'arrows', 'key'), 0, ' walk', 'dim') + 2;
	}

	for (const row of others) {
		if (x + hintWidth(row) + 2 > right) {
			break;
		}

		x = canvas.text(canvas.text(x, 0, row.keys[0] ?? '', 'key'), 0, ` ${row.hint ?? ''}`, 'dim') + 2;
	}

	if (help !== undefined) {
		canvas.text(canvas.text(right, 0, help.keys[0] ?? '', 'key'), 0, ` ${help.hint ?? ''}`, 'dim');
	}

	return canvas.rows(theme);
}

function hintWidth({keys, hint = ''}: KeyBinding): number {
	return width(keys[0] ?? '') + 1 + width(hint);
}
