// A pane's border with its title and its foot. Panes draw into what is inside.
import {Canvas} from '../layout/canvas.ts';
import {clip, width} from '../text.ts';
import type {Role} from '../theme.ts';

export interface Frame {
	readonly title: string;
	/** Right in the upper border: what state it is in. */
	readonly state?: string;
	/** Right in the lower border. */
	readonly foot?: string;
	readonly footRole?: Role;
	readonly isFocused?: boolean;
}

/** A canvas of that size with a border. */
export function framed(columns: number, rows: number, {title, state = '', foot = '', footRole = 'dim', isFocused = false}: Frame): Canvas {
	const canvas = new Canvas(columns, rows);
	canvas.box({x: 0, y: 0, width: columns, height: rows}, isFocused ? {weight: 3, role: 'selected'} : {weight: 1, role: 'dim'});
	const end = canvas.text(2, 0, ` ${clip(title, columns - 6)} `, isFocused ? 'selected' : 'title');
	const room = columns - end - 5;
	if (state !== '' && room > 4) {
		const text = clip(state, room);
		canvas.text(columns - width(text) - 4, 0, ` ${text} `, 'dim');
	}

	if (foot !== '' && columns > 12) {
		const text = clip(foot, columns - 6);
		canvas.text(columns - width(text) - 4, rows - 1, ` ${text} `, footRole);
	}

	return canvas;
}
