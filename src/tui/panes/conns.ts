// Connections as a list. On narrow screens columns go, the ends of the connections last.
import type {ConnsBook} from '../conns/book.ts';
import {isFresh, type Conn} from '../conns/conn.ts';
import {destinationText, endText, protocolText, sourceText, spanText, stateText} from '../../model/connections/words.ts';
import type {FlowTuple} from '../../model/observed.ts';
import {clip, fit, short} from '../text.ts';
import type {Role, Theme} from '../theme.ts';
import {framed} from './frame.ts';
import {listState} from './logs.ts';

export interface ConnsFrame {
	readonly book: ConnsBook;
	/** Those that are on the screen. */
	readonly lines: readonly Conn[];
	/** That the filter lets through. */
	readonly count: number;
	readonly columns: number;
	readonly rows: number;
	readonly isPaused: boolean;
	readonly isFocused: boolean;
	/** Milliseconds since 1970. */
	readonly nowMs: number;
}

interface Column {
	readonly head: string;
	readonly cells: number;
	readonly text: (conn: Conn) => string;
	readonly role?: (conn: Conn) => Role;
}

/** Their words where there is little room. */
const shortNat: Readonly<Record<string, string>> = {none: '', masquerade: 'masq', 'published port': 'publ'};

export function drawConns(frame: ConnsFrame, theme: Theme): string[] {
	const {book, lines, count, columns, rows, isPaused, isFocused, nowMs} = frame;
	const {cursor, top, isFollowing, filter} = book.box;
	const lost = book.losses === 0 ? '' : ` · events lost ${book.losses}x`;
	const canvas = framed(columns, rows, {
		title: `connections of ${book.node ?? 'all'}${columns < 60 || book.sort === 'begun' ? '' : ` by ${book.sort}`}`,
		state: `${isPaused ? 'paused ' : ''}${listState({isFollowing, cursor, count})}${lost}`,
		foot: filter === '' ? '' : `filter ${filter} · ${count} of ${book.count}`,
		isFocused,
	});
	if (count === 0) {
		canvas.text(2, 1, clip(emptyText(book, isPaused), columns - 4), 'dim');
		return canvas.rows(theme);
	}

	const grid = columnsFor(frame);
	drawCells(canvas, 1, grid, ({head}) => [head, 'dim']);
	for (const [index, conn] of lines.entries()) {
		const y = index + 2;
		const isGone = conn.goneMs !== undefined;
		const mark: readonly [string, Role] = isGone ? ['✗', 'dropped'] : isFresh(conn, nowMs) ? ['●', 'dot'] : [' ', 'none'];
		canvas.text(2, y, ...mark);
		drawCells(canvas, y, grid, (column) => [column.text(conn), isGone ? 'dim' : (column.role?.(conn) ?? 'none')]);
		if (top + index === cursor) {
			canvas.text(1, y, '▌', 'selected');
		}
	}

	return canvas.rows(theme);
}

function drawCells(canvas: ReturnType<typeof framed>, y: number, grid: readonly Column[], cellOf: (column: Column) => readonly [string, Role]): void {
	let x = 4;
	for (const column of grid) {
		const [text, role] = cellOf(column);
		canvas.text(x, y, fit(text, Math.max(0, Math.min(column.cells, canvas.width - 1 - x))), role);
		x += column.cells + 1;
	}
}

function emptyText(book: ConnsBook, isPaused: boolean): string {
	const {filter} = book.box;
	if (!book.isKnown) {
		return isPaused ? 'paused before anything was read' : 'reading …';
	}

	return filter === '' ? 'no connections: nothing was sent here for a while, or nothing tracks it' : 'no connection has this text';
}

function columnsFor({book, columns, nowMs}: ConnsFrame): readonly Column[] {
	const isSmall = columns < 60;
	const isWide = columns >= 140;
	const natCells = isWide ? 24 : columns >= 90 ? 14 : 7;
	const hasReply = columns >= 160;
	const isCounted = columns >= 100 && book.selected?.flow.counters !== undefined;
	const columnsBefore: readonly (Column | undefined)[] = [
		book.node === undefined ? {head: 'node', cells: isSmall ? 5 : 8, text: ({node}) => node, role: () => 'bridge'} : undefined,
		{head: isSmall ? '' : 'proto', cells: isSmall ? 4 : 5, text: ({flow}) => protocolText(flow.protocol)},
		{
			head: 'state',
			cells: isSmall ? 5 : isWide ? 20 : 11,
			text: ({flow}) => (isWide ? stateText(flow) : stateWord(flow).slice(0, isSmall ? 5 : 11)),
			role: stateRole,
		},
	];
	const columnsAfter: readonly (Column | undefined)[] = [
		columns >= 60 ? {head: 'NAT', cells: natCells, text: (conn) => natText(conn, book, natCells), role: () => 'nat'} : undefined,
		isCounted
			? {
					head: 'packets',
					cells: 9,
					text: ({flow}) => (flow.counters === undefined ? '' : `${short(flow.counters.orig.packets)}/${short(flow.counters.reply.packets)}`),
				}
			: undefined,
		isCounted && isWide
			? {
					head: 'bytes',
					cells: 9,
					text: ({flow}) => (flow.counters === undefined ? '' : `${short(flow.counters.orig.bytes)}/${short(flow.counters.reply.bytes)}`),
				}
			: undefined,
		isSmall
			? undefined
			: {
					head: 'left',
					cells: 7,
					text: ({goneMs, expiresMs}) => (goneMs === undefined ? spanText((expiresMs - nowMs) / 1000) : 'gone'),
					role: () => 'dim',
				},
	];
	const before = columnsBefore.filter((column) => column !== undefined);
	const after = columnsAfter.filter((column) => column !== undefined);
	const taken = [...before, ...after].reduce((sum, {cells}) => sum + cells + 1, 0);
	const room = Math.max(8, columns - 6 - taken);
	const ways: readonly Column[] = hasReply
		? [
				{head: 'original', cells: Math.floor(room / 2), text: (conn) => wayText(conn, book, isSmall)},
				{head: 'reply', cells: room - Math.floor(room / 2) - 1, text: ({flow}) => tupleText(flow.reply), role: () => 'dim'},
			]
		: [{head: 'original', cells: room, text: (conn) => wayText(conn, book, isSmall)}];
	return [...before, ...ways, ...after];
}

/** On a small screen by name, and without the port that the client happens to have. */
function wayText({half, flow}: Conn, book: ConnsBook, isSmall: boolean): string {
	const {src, dst, dport} = flow.orig;
	const named = `${book.nameOf(src) ?? src} → ${endText(book.nameOf(dst) ?? dst, dport)}`;
	return `${half?.is === 'joined' && half.half === 'container' ? '└ ' : ''}${isSmall ? named : tupleText(flow.orig)}`;
}

function tupleText(tuple: FlowTuple): string {
	return `${sourceText(tuple)} → ${destinationText(tuple)}`;
}

/** In so many cells; of what does not fit the beginning. */
function natText(conn: Conn, book: ConnsBook, cells: number): string {
	const {words} = book.natOf(conn);
	const {half} = conn;
	if (half === undefined) {
		return cells < 14 ? (shortNat[words] ?? words) : words;
	}

	return cells < 14 ? 'proxy' : cells < 24 ? 'docker-proxy' : proxyText(half);
}

function proxyText({half, is}: NonNullable<Conn['half']>): string {
	const other = is === 'joined' ? `line ${half === 'client' ? 'below' : 'above'}` : is === 'gone' ? 'other gone' : is;
	return `docker-proxy, ${other}`;
}

function stateWord({state, hasReply, isAssured}: Conn['flow']): string {
	return state ?? (isAssured ? 'assured' : hasReply ? 'answered' : 'unreplied');
}

function stateRole({flow: {state, hasReply}}: Conn): Role {
	return !hasReply ? 'paused' : state === undefined || state === 'ESTABLISHED' ? 'live' : 'dim';
}
