// What vethlab did, as the commands that a person would type: reproducible, each with its reason.
import type {OpLogEntry} from '../../api/messages.ts';
import type {ListPlace} from '../list.ts';
import {fit} from '../text.ts';
import type {Theme} from '../theme.ts';
import {drawLines, type Parts} from './lines.ts';
import {listState} from './logs.ts';

export interface OplogFrame extends ListPlace {
	/** Those that are on the screen, out of `count`. */
	readonly entries: readonly OpLogEntry[];
	readonly count: number;
	readonly columns: number;
	readonly rows: number;
	readonly isFocused: boolean;
}

/** What the filter looks at. */
export function oplogText(entry: OpLogEntry): string {
	return `${entry.where} ${entry.command}`;
}

export function drawOplog(frame: OplogFrame, theme: Theme): string[] {
	const {entries, columns, rows, isFocused, cursor, top, shift, filter} = frame;
	const places = columns < 60 ? 6 : 12;
	const partsOf = (entry: OpLogEntry): Parts => [
		[columns < 60 ? '' : `${entry.direction === 'do' ? '+' : '-'}${(entry.atMs / 1000).toFixed(3).padStart(7)} `, 'dim'],
		[`${fit(entry.where, places)} `, 'bridge'],
		[entry.direction === 'do' ? entry.command : `undo: ${entry.command}`, entry.direction === 'do' ? 'none' : 'dim'],
	];
	const current = entries[cursor - top];
	return drawLines(
		{
			title: 'command log · what vethlab did, reproducible',
			state: listState(frame),
			foot: current === undefined ? '' : `why: ${current.why}`,
			lines: entries.map((entry) => partsOf(entry)),
			cursor: cursor - top,
			shift,
			filter,
			empty: filter === '' ? 'no command yet' : 'no command has this text',
			columns,
			rows,
			isFocused,
		},
		theme,
	);
}

/** The entries as a script: what was undone is a comment, reasons too. */
export function scriptOf(lab: string, entries: readonly OpLogEntry[]): string {
	const lines = entries.flatMap((entry) => [`# ${entry.where}: ${entry.why}`, entry.direction === 'do' ? entry.command : `# undone: ${entry.command}`]);
	return [`# ${lab}: what vethlab did; each command belongs into the network namespace named above it`, ...lines, ''].join('\n');
}
