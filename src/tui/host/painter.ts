// Writes to the terminal only the rows that changed, each at its absolute place, all in one write. Knows lines, not what they mean.
// Synchronized output is DEC private mode 2026: a terminal that knows it shows the frame at once.

/** A block of lines at a place; every line is exactly as wide as the block. Later layers cover earlier ones. */
export interface Layer {
	readonly x: number;
	readonly y: number;
	readonly lines: readonly string[];
}

interface Segment {
	readonly x: number;
	readonly line: string;
}

/** How long after a resize every frame is painted in full: terminals reflow late. */
const settleMs = 250;

export class Painter {
	readonly #write: (text: string) => void;
	#shown: (readonly Segment[])[] = [];
	#fullUntilMs = Number.NEGATIVE_INFINITY;

	constructor(write: (text: string) => void) {
		this.#write = write;
	}

	/** Forgets what the screen shows, and paints in full until it has settled. */
	invalidate(nowMs: number): void {
		this.#fullUntilMs = nowMs + settleMs;
	}

	/** When another full paint is due after `invalidate`; undefined: none. */
	settlesAtMs(nowMs: number): number | undefined {
		return nowMs < this.#fullUntilMs ? this.#fullUntilMs : undefined;
	}

	/** Paints; the layers together must cover every row from edge to edge. Returns how many bytes were written, 0 when nothing changed. */
	paint(layers: readonly Layer[], rows: number, nowMs: number): number {
		const isFull = nowMs <= this.#fullUntilMs;
		const next = compose(layers, rows);
		let out = isFull ? '\u001B[0m\u001B[2J' : '';
		for (const [row, segments] of next.entries()) {
			const shown = isFull ? undefined : this.#shown[row];
			if (shown === undefined || !isSame(segments, shown)) {
				for (const {x, line} of segments) {
					out += `\u001B[${row + 1};${x + 1}H${line}`;
				}
			}
		}

		this.#shown = next;
		if (out === '') {
			return 0;
		}

		const frame = `\u001B[?2026h${out}\u001B[?2026l`;
		this.#write(frame);
		return Buffer.byteLength(frame);
	}
}

function compose(layers: readonly Layer[], rows: number): Segment[][] {
	const composed: Segment[][] = Array.from({length: rows}, () => []);
	for (const {x, y, lines} of layers) {
		for (const [index, line] of lines.entries()) {
			composed[y + index]?.push({x, line});
		}
	}

	return composed;
}

function isSame(a: readonly Segment[], b: readonly Segment[]): boolean {
	return a.length === b.length && a.every((segment, index) => segment.x === b[index]?.x && segment.line === b[index].line);
}
