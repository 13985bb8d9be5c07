// A list of lines inside a border: cursor, sideways scrolling, hits of the filter. The log panes are two of these.
import {framed, type Frame} from './frame.ts';
import {clip, width} from '../text.ts';
import type {Role, Theme} from '../theme.ts';

/** A line as parts; the last part is the one that moves sideways. */
export type Parts = readonly (readonly [string, Role])[];

export interface LinesFrame extends Frame {
	readonly columns: number;
	readonly rows: number;
	/** The lines from the scroll position on, at least as many as fit if there are. */
	readonly lines: readonly Parts[];
	/** Of `lines`, the one with the cursor. */
	readonly cursor: number;
	readonly shift: number;
	readonly filter: string;
	/** Shown when there is no line. */
	readonly empty: string;
}

export function drawLines(frame: LinesFrame, theme: Theme): string[] {
	const {columns, rows, lines, cursor, shift, empty} = frame;
	const canvas = framed(columns, rows, frame);
	const end = columns - 1;
	for (const [index, parts] of lines.slice(0, Math.max(0, rows - 2)).entries()) {
		let x = 2;
		for (const [place, [text, role]] of parts.entries()) {
			const isLast = place === parts.length - 1;
			const shown = isLast ? clip(cutLeft(text, shift), end - x) : text;
			const from = x;
			x = canvas.text(x, index + 1, clip(shown, end - x), role);
			if (isLast) {
				markHits(canvas, shown, frame.filter, {x: from, y: index + 1});
			}
		}

		if (index === cursor) {
			canvas.text(1, index + 1, '▌', frame.isFocused === true ? 'selected' : 'dim');
		}
	}

	if (lines.length === 0) {
		canvas.text(2, 1, clip(empty, columns - 4), 'dim');
	}

	return canvas.rows(theme);
}

function cutLeft(text: string, cells: number): string {
	return cells === 0 ? text : `…${text.slice(cells + 1)}`;
}

function markHits(canvas: ReturnType<typeof framed>, text: string, filter: string, at: {readonly x: number; readonly y: number}): void {
	const wanted = filter.toLowerCase();
	if (wanted === '' || wanted.startsWith('!')) {
		return;
	}

	const lower = text.toLowerCase();
	for (let index = lower.indexOf(wanted); index >= 0; index = lower.indexOf(wanted, index + wanted.length)) {
		canvas.recolour(at.x + width(text.slice(0, index)), at.y, width(text.slice(index, index + wanted.length)), 'match');
	}
}
