// The bytes of the selected packet, as numbers and as text; those of the selected field stand in brackets.
import type {Canvas} from '../layout/canvas.ts';
import type {Theme} from '../theme.ts';
import {framed} from './frame.ts';

export interface BytesFrame {
	readonly columns: number;
	readonly rows: number;
	readonly title: string;
	readonly bytes: Uint8Array;
	/** The marked ones, the second not included. */
	readonly start: number;
	readonly end: number;
	/** First row on the screen. */
	readonly top: number;
	readonly isFocused: boolean;
}

/** Cells for a row's bytes: its offset, two digits and a gap for each and half of them, the text. */
function cellsFor(bytes: number): number {
	return 4 + 1 + bytes * 3 + 2 + bytes;
}

/** Bytes in a row of a pane of that width: 16, 8 or 4. */
export function bytesPerRow(columns: number): number {
	return [16, 8].find((bytes) => cellsFor(bytes) <= columns - 3) ?? 4;
}

/** Cells of a pane with 16 bytes in a row, or with 8. */
export function bytesColumns(bytes: 16 | 8): number {
	return cellsFor(bytes) + 3;
}

/** The first row to show so that the marked bytes are on the screen, if it is not this one. */
export function bytesTopFor(top: number, {start, end, columns, rows, bytes}: Pick<BytesFrame, 'start' | 'end' | 'columns' | 'rows' | 'bytes'>): number {
	const each = bytesPerRow(columns);
	const room = Math.max(1, rows - 2);
	const all = Math.ceil(bytes.length / each);
	const first = Math.floor(start / each);
	const last = Math.floor(Math.max(start, end - 1) / each);
	return Math.max(0, Math.min(Math.max(top, last - room + 1), first, all - room));
}

export function drawBytes(frame: BytesFrame, theme: Theme): string[] {
	const {columns, rows, title, bytes, top, isFocused} = frame;
	const each = bytesPerRow(columns);
	const room = Math.max(0, rows - 2);
	const isMore = (top + room) * each < bytes.length;
	const canvas = framed(columns, rows, {title, foot: isMore ? '▼ more' : '', isFocused});
	for (let row = 0; row < room && (top + row) * each < bytes.length; row++) {
		drawRow(canvas, row + 1, {frame, each, from: (top + row) * each});
	}

	return canvas.rows(theme);
}

function drawRow(canvas: Canvas, y: number, {frame, each, from}: {readonly frame: BytesFrame; readonly each: number; readonly from: number}): void {
	const {bytes, start, end} = frame;
	const offset = from.toString(16).padStart(4, '0');
	canvas.text(2, y, offset, 'dim');
	const textX = 2 + 4 + 1 + each * 3 + 2;
	for (let index = 0; index < each && from + index < bytes.length; index++) {
		const at = from + index;
		const byte = bytes[at] ?? 0;
		const isMarked = at >= start && at < end;
		const x = 2 + 4 + 2 + index * 3;
		canvas.text(x, y, byte.toString(16).padStart(2, '0'), isMarked ? 'match' : 'none');
		canvas.text(textX + index, y, byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·', isMarked ? 'match' : byte === 0 ? 'dim' : 'none');
		// without colours, too, it is seen where they begin and end
		if (isMarked && (at === start || index === 0)) {
			canvas.text(x - 1, y, '[', 'selected');
		}

		if (isMarked && (at === end - 1 || index === each - 1)) {
			canvas.text(x + 2, y, ']', 'selected');
		}
	}
}
