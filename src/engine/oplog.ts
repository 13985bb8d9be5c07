// The command log: every op that was done or undone, in the words a person would type. Bounded; numbered from 1 for the life of the lab.
// The words are made when somebody reads them: a large lab has thousands of steps, and mostly nobody does.
import type {OpLogEntry} from '../api/messages.ts';
import type {PlacedOp} from '../plan/waves.ts';
import {commandOf, undoCommandOf, whereOf} from '../plan/words.ts';

/** More entries than this and the oldest are forgotten. */
const mostEntries = 50_000;

interface Entry {
	readonly number: number;
	readonly atMs: number;
	readonly direction: 'do' | 'undo';
	readonly placed: PlacedOp;
}

export class OpLog {
	readonly #clock: () => number;
	readonly #startedMs: number;
	readonly #tell: (read: () => readonly OpLogEntry[]) => void;
	#entries: Entry[] = [];
	#last = 0;

	/** `clock` gives milliseconds; `tell` hears of each batch of new entries, and reads it if it likes. */
	constructor(clock: () => number, tell: (read: () => readonly OpLogEntry[]) => void) {
		this.#clock = clock;
		this.#startedMs = clock();
		this.#tell = tell;
	}

	add(direction: 'do' | 'undo', placed: readonly PlacedOp[]): void {
		const atMs = this.#clock() - this.#startedMs;
		const fresh = placed.map((one): Entry => {
			this.#last++;
			return {number: this.#last, atMs, direction, placed: one};
		});
		this.#entries = [...this.#entries, ...fresh].slice(-mostEntries);
		this.#tell(() => fresh.map(inWords));
	}

	/** Entries from number `from` on. */
	since(from: number): readonly OpLogEntry[] {
		return this.#entries.filter((entry) => entry.number >= from).map(inWords);
	}
}

function inWords({number, atMs, direction, placed: {unit, op}}: Entry): OpLogEntry {
	const command = (direction === 'do' ? commandOf(op, 'ip') : undoCommandOf(op)).join('\n');
	return {number, atMs, unit, direction, command, where: whereOf(op), why: op.why};
}
