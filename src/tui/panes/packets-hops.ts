// The way of a folded packet: a line for each sighting, with the time since the one before and what was rewritten. The words are those of `vethlab capture -j -V`.
import {clip} from '../text.ts';
import type {Theme} from '../theme.ts';
import {framed} from './frame.ts';

export interface HopsFrame {
	readonly columns: number;
	readonly rows: number;
	readonly title: string;
	/** What else is known of the packet. */
	readonly state: string;
	/** All of them. */
	readonly lines: readonly string[];
	readonly top: number;
	readonly cursor: number;
	/** Cells that the lines are moved to the left. */
	readonly shift: number;
	readonly isFocused: boolean;
	readonly foot: string;
}

export function drawHops({columns, rows, title, state, lines, top, cursor, shift, isFocused, foot}: HopsFrame, theme: Theme): string[] {
	const room = Math.max(0, rows - 2);
	const isMore = top + room < lines.length;
	const canvas = framed(columns, rows, {title, state, foot: isMore ? `▼ more${foot === '' ? '' : ` · ${foot}`}` : foot, isFocused});
	for (const [index, line] of lines.slice(top, top + room).entries()) {
		const y = index + 1;
		const text = shift === 0 ? line : `…${line.slice(shift + 1)}`;
		canvas.text(2, y, clip(text, columns - 4), top + index === cursor && isFocused ? 'title' : 'none');
		if (top + index === cursor) {
			canvas.text(1, y, '▌', isFocused ? 'selected' : 'dim');
		}
	}

	return canvas.rows(theme);
}
