// What containers print.
import type {LogLine} from '../../api/messages.ts';
import type {ListPlace} from '../list.ts';
import {fit, timeOfDay} from '../text.ts';
import type {Theme} from '../theme.ts';
import {drawLines, type Parts} from './lines.ts';

export interface LogsFrame extends ListPlace {
	/** Those that are on the screen, out of `count`. */
	readonly lines: readonly LogLine[];
	readonly count: number;
	/** Whose; undefined: everybody's. */
	readonly node: string | undefined;
	readonly columns: number;
	readonly rows: number;
	readonly isFocused: boolean;
}

export function drawLogs(frame: LogsFrame, theme: Theme): string[] {
	const {lines, node, columns, rows, isFocused, cursor, top, shift, filter} = frame;
	const names = columns < 60 ? 8 : 12;
	const partsOf = (line: LogLine): Parts => [
		[columns < 60 ? '' : `${timeOfDay(line.atMs)} `, 'dim'],
		[node === undefined ? `${fit(line.node, names)} ` : '', 'bridge'],
		[line.text, line.stream === 'stderr' ? 'error' : 'none'],
	];
	return drawLines(
		{
			title: `logs · ${node ?? 'all containers'}`,
			state: listState(frame),
			foot: filter === '' ? '/ filter' : `n/N next · filter ${filter}`,
			lines: lines.map((line) => partsOf(line)),
			cursor: cursor - top,
			shift,
			filter,
			empty: filter === '' ? 'nothing printed yet' : 'no line has this text',
			columns,
			rows,
			isFocused,
		},
		theme,
	);
}

/** A list's state for its border: follows, or where one is. */
export function listState({isFollowing, cursor, count}: Pick<ListPlace, 'isFollowing' | 'cursor'> & {readonly count: number}): string {
	return `${isFollowing ? 'follow' : `${Math.min(count, cursor + 1)} of`} ${count}`;
}
