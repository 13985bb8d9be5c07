// What containers print.
import type {LogLine} from '../../api/messages.ts';
import type {ListBox} from '../list.ts';
import {fit, timeOfDay} from '../text.ts';
import type {Theme} from '../theme.ts';
import {drawLines, type Parts} from './lines.ts';

export interface LogsFrame {
	readonly lines: readonly LogLine[];
	/** Whose; undefined: everybody's. */
	readonly node: string | undefined;
	readonly box: ListBox;
	readonly columns: number;
	readonly rows: number;
	readonly isFocused: boolean;
}

export function drawLogs({lines, node, box, columns, rows, isFocused}: LogsFrame, theme: Theme): string[] {
	const shown = lines.slice(box.top, box.top + rows);
	const names = columns < 60 ? 8 : 12;
	const partsOf = (line: LogLine): Parts => [
		[columns < 60 ? '' : `${timeOfDay(line.atMs)} `, 'dim'],
		[node === undefined ? `${fit(line.node, names)} ` : '', 'bridge'],
		[line.text, line.stream === 'stderr' ? 'error' : 'none'],
	];
	return drawLines(
		{
			title: `logs · ${node ?? 'all containers'}`,
			state: listState(box, lines.length),
			foot: box.filter === '' ? '/ filter' : `n/N next · filter ${box.filter}`,
			lines: shown.map((line) => partsOf(line)),
			cursor: box.cursor - box.top,
			shift: box.shift,
			filter: box.filter,
			empty: box.filter === '' ? 'nothing printed yet' : 'no line has this text',
			columns,
			rows,
			isFocused,
		},
		theme,
	);
}

/** A list's state for its border: follows, or where one is. */
export function listState(box: ListBox, count: number): string {
	return `${box.isFollowing ? 'follow' : `${Math.min(count, box.cursor + 1)} of`} ${count}`;
}
