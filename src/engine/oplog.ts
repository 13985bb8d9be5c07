// The command log: every op that was done or undone, in the words a person would type. Bounded; numbered from 1 for the life of the lab.
import type {OpLogEntry} from '../api/messages.ts';
import type {PlacedOp} from '../plan/waves.ts';
import {commandOf, undoCommandOf, whereOf} from '../plan/words.ts';

/** More entries than this and the oldest are forgotten. */
const mostEntries = 50_000;

export class OpLog {
	readonly #clock: () => number;
	readonly #startedMs: number;
	readonly #tell: (entries: readonly OpLogEntry[]) => void;
	#entries: OpLogEntry[] = [];
	#last = 0;

	/** `clock` gives milliseconds; `tell` hears of each batch of new entries. */
	constructor(clock: () => number, tell: (entries: readonly OpLogEntry[]) => void) {
		this.#clock = clock;
		this.#startedMs = clock();
		this.#tell = tell;
	}

	add(direction: 'do' | 'undo', placed: readonly PlacedOp[]): void {
		const atMs = this.#clock() - this.#startedMs;
		const fresh = placed.map(({unit, op}): OpLogEntry => {
			this.#last++;
			const command = (direction === 'do' ? commandOf(op, 'ip') : undoCommandOf(op)).join('\n');
			return {number: this.#last, atMs, unit, direction, command, where: whereOf(op), why: op.why};
		});
		this.#entries.push(...fresh);
		if (this.#entries.length > mostEntries) {
			this.#entries = this.#entries.slice(-mostEntries);
		}

		this.#tell(fresh);
	}

	/** Entries from number `from` on. */
	since(from: number): readonly OpLogEntry[] {
		return this.#entries.filter((entry) => entry.number >= from);
	}
}
