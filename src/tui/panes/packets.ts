// The list of packets: a line each, with as many columns as there is room for. The important ones stay longest: who with whom, then what, where and when.
import type {Canvas} from '../layout/canvas.ts';
import {pointText} from '../packets/ports.ts';
import type {PacketRow, Widths} from '../packets/rows.ts';
import type {Packet} from '../../watch/files/packet.ts';
import {wayText} from '../packets/ways.ts';
import {clip, clipStart, timeOfDay, width} from '../text.ts';
import type {Role, Theme} from '../theme.ts';
import {framed} from './frame.ts';

export interface PacketsFrame {
	readonly columns: number;
	readonly rows: number;
	/** Those that are on the screen. */
	readonly packets: readonly PacketRow[];
	/** Of `packets`, the one with the cursor. */
	readonly cursor: number;
	readonly widths: Widths;
	/** Digits of the largest number. */
	readonly digits: number;
	readonly originSeconds: number;
	readonly originNanoseconds: number;
	readonly isAbsolute: boolean;
	/** A row is a packet with its way, not a sighting. */
	readonly isFolded: boolean;
	readonly shift: number;
	readonly isFocused: boolean;
	readonly state: string;
	readonly foot: string;
	readonly isFootBad: boolean;
	/** Shown when there is no packet. */
	readonly empty: string;
}

/** Border and heading. */
export const packetsFrameRows = 3;

type Column = 'number' | 'time' | 'at' | 'source' | 'destination' | 'protocol' | 'length' | 'info';

const headings: Readonly<Record<Column, string>> = {
	number: 'No',
	time: 'Time',
	at: 'At',
	source: 'Source',
	destination: 'Destination',
	protocol: 'Proto',
	length: 'Len',
	info: 'Info',
};
/** In the order of the list. */
const order: readonly Column[] = ['number', 'time', 'at', 'source', 'destination', 'protocol', 'length', 'info'];
/** To the right edge of their column. */
const numeric = new Set<Column>(['number', 'time', 'length']);
const lengthCells = 5;
const leastInfo = 14;

const roles: Readonly<Record<string, Role>> = {
	TCP: 'lan',
	UDP: 'overlay',
	HTTP: 'bridge',
	DNS: 'routed',
	DHCP: 'routed',
	ICMP: 'rate',
	ICMPv6: 'rate',
	ARP: 'dim',
};

/** The cells of each column that is shown. */
function columnsOf({columns, widths, digits, isAbsolute, isFolded}: PacketsFrame): ReadonlyMap<Column, number> {
	const inner = columns - 4;
	const mostEnd = columns < 100 ? 19 : columns < 160 ? 30 : 47;
	const protocol = Math.max(5, widths.protocol);
	const share = Math.floor((inner - protocol - 2) / 2);
	const found = new Map<Column, number>([
		['source', Math.min(widths.source, mostEnd, share)],
		['destination', Math.min(Math.max(11, widths.destination), mostEnd, share)],
		['protocol', protocol],
	]);
	let left = inner - [...found.values()].reduce((sum, cells) => sum + cells + 1, -1);
	const others: readonly (readonly [Column, number])[] = [
		['at', isFolded ? Math.min(widths.way, columns < 100 ? 14 : columns < 160 ? 30 : 62) : Math.min(widths.point, columns < 120 ? 12 : 24) + 2],
		['info', leastInfo],
		['time', isAbsolute ? 15 : 11],
		['number', Math.max(2, digits)],
		['length', lengthCells],
	];
	for (const [column, cells] of others) {
		if (left >= cells + 1) {
			found.set(column, cells);
			left -= cells + 1;
		}
	}

	const info = found.get('info');
	if (info !== undefined) {
		found.set('info', info + left);
	}

	return found;
}

export function drawPackets(frame: PacketsFrame, theme: Theme): string[] {
	const {columns, rows, packets, cursor, isFocused, isFolded, state, foot, isFootBad, empty} = frame;
	const canvas = framed(columns, rows, {
		title: columns < 60 ? (isFolded ? 'ways' : 'packets') : isFolded ? 'packets · each with its way' : 'packets · all points of the lab',
		state,
		foot,
		footRole: isFootBad ? 'dropped' : 'dim',
		isFocused,
	});
	const cells = columnsOf(frame);
	const shown = order.filter((column) => cells.has(column));
	let x = 2;
	for (const column of shown) {
		const size = cells.get(column) ?? 0;
		put(canvas, {x, y: 1, size, isRight: numeric.has(column)}, column === 'at' && isFolded ? 'Way' : headings[column], 'dim');
		x += size + 1;
	}

	for (const [index, row] of packets.entries()) {
		x = 2;
		for (const column of shown) {
			const size = cells.get(column) ?? 0;
			drawCell(canvas, {x, y: index + 2, size, isRight: numeric.has(column)}, {column, row, frame});
			x += size + 1;
		}

		if (index === cursor) {
			canvas.text(1, index + 2, '▌', isFocused ? 'selected' : 'dim');
		}
	}

	if (packets.length === 0) {
		canvas.text(2, 2, clip(empty, columns - 4), 'dim');
	}

	return canvas.rows(theme);
}

interface Cell {
	readonly x: number;
	readonly y: number;
	readonly size: number;
	readonly isRight: boolean;
}

function drawCell(canvas: Canvas, cell: Cell, {column, row, frame}: {readonly column: Column; readonly row: PacketRow; readonly frame: PacketsFrame}): void {
	const {packet, info, protocol} = row;
	switch (column) {
		case 'number': {
			put(canvas, cell, String(row.number + 1), 'dim');
			return;
		}

		case 'time': {
			put(canvas, cell, frame.isAbsolute ? absoluteTime(packet) : relativeTime(packet, frame), 'dim');
			return;
		}

		case 'at': {
			if (row.way !== undefined) {
				put(canvas, cell, wayText(row.way.places, cell.size), 'bridge');
				return;
			}

			put(canvas, {...cell, size: cell.size - 2}, pointText(packet.point.name, row.port, cell.size - 2), 'bridge');
			canvas.text(cell.x + cell.size - 1, cell.y, arrowOf(packet), 'dim');
			return;
		}

		case 'source':
		case 'destination': {
			put(canvas, cell, clipStart(row[column], cell.size), protocol === 'ARP' ? 'dim' : 'none');
			return;
		}

		case 'protocol': {
			put(canvas, cell, protocol, roles[protocol] ?? 'none');
			return;
		}

		case 'length': {
			put(canvas, cell, String(packet.wireBytes), 'dim');
			return;
		}

		case 'info': {
			const text = frame.shift === 0 ? info : `…${info.slice(frame.shift + 1)}`;
			put(canvas, cell, text, row.way?.isLost === true || isTrouble(info) ? 'error' : protocol === 'ARP' ? 'dim' : 'none');
		}
	}
}

function put(canvas: Canvas, {x, y, size, isRight}: Cell, text: string, role: Role): void {
	const shown = clip(text, size);
	canvas.text(isRight ? x + size - width(shown) : x, y, shown, role);
}

/** Into the interface, or out of it. */
export function arrowOf({direction}: Packet): string {
	return direction === 'in' ? '▼' : direction === 'out' ? '▲' : ' ';
}

/** Somebody refuses, or cannot. */
function isTrouble(info: string): boolean {
	return /^\[(?:[A-Z]+, )*RST|unreachable|exceeded|refused|NXDOMAIN/i.test(info);
}

/** "12.004118" seconds after the first packet of all. */
export function relativeTime(packet: Packet, {originSeconds, originNanoseconds}: Pick<PacketsFrame, 'originSeconds' | 'originNanoseconds'>): string {
	// whole numbers of microseconds are exact for three centuries
	const micros = (packet.seconds - originSeconds) * 1e6 + Math.floor((packet.nanoseconds - originNanoseconds) / 1000);
	const size = Math.abs(micros);
	return `${micros < 0 ? '-' : ''}${Math.floor(size / 1e6)}.${String(size % 1e6).padStart(6, '0')}`;
}

/** "12:00:04.118231", as the machine's zone has it. */
export function absoluteTime({seconds, nanoseconds}: Packet): string {
	return `${timeOfDay(seconds * 1000).slice(0, 8)}.${String(Math.floor(nanoseconds / 1000)).padStart(6, '0')}`;
}

/** "1,234,567" */
export function grouped(value: number): string {
	return String(value).replaceAll(/(?<=\d)(?=(?:\d{3})+$)/g, ',');
}
