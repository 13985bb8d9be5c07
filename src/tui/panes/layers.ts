// The headers of the selected packet as a tree that folds: a line for each header, and under an open one its fields with the names that filters have.
import type {TreeLine} from '../packets/tree.ts';
import {clip, fit, width} from '../text.ts';
import type {Theme} from '../theme.ts';
import {framed} from './frame.ts';

export interface LayersFrame {
	readonly columns: number;
	readonly rows: number;
	readonly title: string;
	/** All of them. */
	readonly lines: readonly TreeLine[];
	readonly top: number;
	readonly cursor: number;
	readonly isFocused: boolean;
	readonly foot: string;
}

export function drawLayers({columns, rows, title, lines, top, cursor, isFocused, foot}: LayersFrame, theme: Theme): string[] {
	const room = Math.max(0, rows - 2);
	const isMore = top + room < lines.length;
	const canvas = framed(columns, rows, {title, foot: isMore ? `▼ more${foot === '' ? '' : ` · ${foot}`}` : foot, isFocused});
	const end = columns - 1;
	const names = Math.min(Math.floor((columns - 6) * 0.6), Math.max(0, ...lines.map(({name}) => (name === undefined ? 0 : width(name)))));
	for (const [index, line] of lines.slice(top, top + room).entries()) {
		const y = index + 1;
		if (line.name === undefined) {
			const x = canvas.text(2, y, line.isOpen ? '▾ ' : '▸ ', 'dim');
			canvas.text(x, y, clip(line.text, end - x), 'title');
		} else {
			const x = canvas.text(4, y, fit(line.name, names), 'dim');
			canvas.text(x + 1, y, clip(line.text, end - x - 1));
		}

		if (top + index === cursor) {
			canvas.text(1, y, '▌', isFocused ? 'selected' : 'dim');
		}
	}

	return canvas.rows(theme);
}
