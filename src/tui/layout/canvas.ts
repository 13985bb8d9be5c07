// A grid of cells: text, lines and roles. Whatever is drawn is clipped to it, so its rows always have exactly its width.
import {asciiUnit, roleIndex, type Role, type Theme} from '../theme.ts';
import {eachCell} from '../text.ts';
import {glyphTable, join, sides, type Weight} from './masks.ts';

export interface Rect {
	readonly x: number;
	readonly y: number;
	readonly width: number;
	readonly height: number;
}

/** How a line looks. */
export interface Stroke {
	readonly weight: Weight;
	readonly role: Role;
}

/** The right half of a wide character. */
const rightHalf = 0xff_ff;
const space = 0x20;
/** Lines that are text: ┊ and ≈. */
const routedDots = 0x25_0a;
const waves = 0x22_48;
const glyphsOf = {plain: glyphTable(false), ascii: glyphTable(true)};

export class Canvas {
	readonly width: number;
	readonly height: number;
	/** UTF-16 unit, or 0 where only lines are. */
	readonly #units: Uint16Array;
	readonly #lines: Uint8Array;
	readonly #roles: Uint8Array;
	/** The picture that this one is a copy of, and 1 for each row that has been drawn on since. */
	#source: {readonly canvas: Canvas; readonly top: number} | undefined;
	readonly #isChanged: Uint8Array;
	/** Rows as text, for one theme: a picture is drawn once and shown many times. */
	#kept: {readonly theme: Theme; readonly rows: (string | undefined)[]} | undefined;

	constructor(width: number, height: number) {
		this.width = Math.max(0, width);
		this.height = Math.max(0, height);
		this.#units = new Uint16Array(this.width * this.height);
		this.#lines = new Uint8Array(this.width * this.height);
		this.#roles = new Uint8Array(this.width * this.height);
		this.#isChanged = new Uint8Array(this.height);
	}

	/** A copy of `height` rows from `top` on; rows that are not there are blank. Nothing may be drawn on the original from then on. */
	slice(top: number, height: number): Canvas {
		const part = new Canvas(this.width, height);
		const first = Math.max(0, top) * this.width;
		const last = Math.max(first, Math.min(this.height, top + height) * this.width);
		const at = Math.max(0, -top) * this.width;
		part.#units.set(this.#units.subarray(first, last), at);
		part.#lines.set(this.#lines.subarray(first, last), at);
		part.#roles.set(this.#roles.subarray(first, last), at);
		part.#source = {canvas: this, top};
		return part;
	}

	/** Whether nothing but lines is there: a place for a packet on its way. */
	isLine(x: number, y: number): boolean {
		const cell = this.#cell(x, y);
		const unit = cell === undefined ? undefined : this.#units[cell];
		return cell !== undefined && ((unit === 0 && this.#lines[cell] !== 0) || unit === routedDots || unit === waves);
	}

	/** Writes text from x on; returns the column after it. */
	text(x: number, y: number, text: string, role: Role = 'none'): number {
		const index = roleIndex(role);
		let column = x;
		eachCell(text, (unit, cells) => {
			if (column + cells > this.width) {
				return false;
			}

			this.#put(column, y, unit, index);
			if (cells === 2) {
				this.#put(column + 1, y, rightHalf, index);
			}

			column += cells;
			return true;
		});
		return column;
	}

	/** Lays lines on one cell, joined with those that are there. */
	line(x: number, y: number, mask: number, role: Role): void {
		const cell = this.#cell(x, y);
		if (cell !== undefined) {
			this.#lines[cell] = join(this.#lines[cell] ?? 0, mask);
			this.#units[cell] = 0;
			this.#roles[cell] = roleIndex(role);
			this.#isChanged[y] = 1;
		}
	}

	/** Lays lines over a cell: what was there goes under them, without a junction. */
	cross(x: number, y: number, mask: number, role: Role): void {
		const cell = this.#cell(x, y);
		if (cell !== undefined) {
			this.#lines[cell] = 0;
			this.line(x, y, mask, role);
		}
	}

	/** From x1 to x2, both ends included, open ends half. */
	across(x1: number, x2: number, y: number, {weight, role}: Stroke): void {
		for (let x = x1; x <= x2; x++) {
			this.line(x, y, sides(0, x < x2 ? weight : 0, 0, x > x1 ? weight : 0), role);
		}
	}

	upright(x: number, y1: number, y2: number, {weight, role}: Stroke): void {
		for (let y = y1; y <= y2; y++) {
			this.line(x, y, sides(y > y1 ? weight : 0, 0, y < y2 ? weight : 0, 0), role);
		}
	}

	box({x, y, width, height}: Rect, stroke: Stroke): void {
		this.across(x, x + width - 1, y, stroke);
		this.across(x, x + width - 1, y + height - 1, stroke);
		this.upright(x, y, y + height - 1, stroke);
		this.upright(x + width - 1, y, y + height - 1, stroke);
	}

	/** Makes the light lines along a box heavy and gives them a role. */
	emphasize({x, y, width, height}: Rect, role: Role): void {
		const right = x + width - 1;
		const bottom = y + height - 1;
		for (let column = x; column <= right; column++) {
			this.#thicken(column, y, sides(0, column < right ? 3 : 0, column === x || column === right ? 3 : 0, column > x ? 3 : 0), role);
			this.#thicken(column, bottom, sides(column === x || column === right ? 3 : 0, column < right ? 3 : 0, 0, column > x ? 3 : 0), role);
		}

		for (let row = y + 1; row < bottom; row++) {
			this.#thicken(x, row, sides(3, 0, 3, 0), role);
			this.#thicken(right, row, sides(3, 0, 3, 0), role);
		}
	}

	/** Gives the cells of a stretch another role. */
	recolour(x: number, y: number, length: number, role: Role): void {
		for (let column = x; column < x + length; column++) {
			const cell = this.#cell(column, y);
			if (cell !== undefined) {
				this.#roles[cell] = roleIndex(role);
				this.#isChanged[y] = 1;
			}
		}
	}

	/** The rows as text with escape sequences, each exactly `width` cells. */
	rows(theme: Theme): string[] {
		const units = new Uint16Array(this.width);
		return Array.from({length: this.height}, (_, y) => this.#text(y, theme, units));
	}

	/** A row of a copy on which nothing was drawn is taken from the original, which keeps it. */
	#text(y: number, theme: Theme, units: Uint16Array): string {
		if (this.#source === undefined || this.#isChanged[y] === 1) {
			return this.#row(y, theme, units);
		}

		const {canvas, top} = this.#source;
		if (canvas.#kept?.theme !== theme) {
			canvas.#kept = {theme, rows: []};
		}

		const {rows} = canvas.#kept;
		const row = top + y;
		return row >= 0 && row < canvas.height ? (rows[row] ??= canvas.#row(row, theme, units)) : ' '.repeat(this.width);
	}

	#row(y: number, theme: Theme, units: Uint16Array): string {
		const {isAscii, isSolid} = theme;
		const glyphs = isAscii ? glyphsOf.ascii : glyphsOf.plain;
		const bytes = Buffer.from(units.buffer);
		let out = '';
		let begin = 0;
		let length = 0;
		let current = 0;
		for (let cell = y * this.width; cell < (y + 1) * this.width; cell++) {
			const kept = this.#units[cell] ?? 0;
			if (kept === rightHalf) {
				if (isAscii) {
					units[length++] = space;
				}

				continue;
			}

			const unit = kept === 0 ? (glyphs[this.#lines[cell] ?? 0] ?? space) : isAscii ? asciiUnit(kept) : kept;
			const role = this.#roles[cell] ?? 0;
			if (role !== current && (unit !== space || isSolid[role] === true || isSolid[current] === true)) {
				out += bytes.toString('utf16le', begin * 2, length * 2) + (theme.sgr[role] ?? '');
				begin = length;
				current = role;
			}

			units[length++] = unit;
		}

		out += bytes.toString('utf16le', begin * 2, length * 2);
		return current !== 0 && theme.colours !== 0 ? `${out}\u001B[0m` : out;
	}

	#thicken(x: number, y: number, mask: number, role: Role): void {
		const cell = this.#cell(x, y);
		if (cell === undefined) {
			return;
		}

		this.#isChanged[y] = 1;
		this.#roles[cell] = this.#units[cell] === 0 ? roleIndex(role) : (this.#roles[cell] ?? 0);
		this.#lines[cell] = this.#units[cell] === 0 ? join(this.#lines[cell] ?? 0, mask) : (this.#lines[cell] ?? 0);
	}

	#put(x: number, y: number, unit: number, role: number): void {
		const cell = this.#cell(x, y);
		if (cell !== undefined) {
			this.#units[cell] = unit;
			this.#lines[cell] = 0;
			this.#roles[cell] = role;
			this.#isChanged[y] = 1;
		}
	}

	#cell(x: number, y: number): number | undefined {
		return x >= 0 && x < this.width && y >= 0 && y < this.height ? y * this.width + x : undefined;
	}
}
