// Looks for packets: columns are asked first, and of those that they leave open the bytes are decoded. It goes in small steps, so that who must not be kept
// waiting can stop between them.
import type {Filter} from '../filter/parse.ts';
import {answer, type Ask} from './answer.ts';
import {Asking} from './ask.ts';
import type {Columns} from './columns.ts';
import type {Direct} from './direct.ts';
import {Leaves} from './leaves.ts';
import type {Point} from '../files/packet.ts';

/** Packets that columns are asked of at once: what that takes and gives stays in the processor's cache. */
const rowsAtOnce = 4096;
const all = Uint16Array.from({length: rowsAtOnce}, (_, index) => index);
/** Packets that are decoded before it may be stopped; one takes some microseconds, and seldom a part of a millisecond. */
const decodedAtOnce = 16;

/** What is looked through. */
export interface Searched {
	readonly columns: Columns;
	readonly direct: Direct;
	readonly points: readonly Point[];
	/** The oldest that is held, now. */
	readonly first: () => number;
	/** Whether the packet passes, by decoding. */
	readonly passes: (number: number) => boolean;
}

/** Numbers that rise, in memory that grows. */
class Numbers {
	#all = new Uint32Array(rowsAtOnce);
	#count = 0;

	/** Those of `count` packets from `first` on that are answered with yes. */
	add(answers: Uint8Array, count: number, first: number): void {
		if (this.#count + count > this.#all.length) {
			const larger = new Uint32Array(this.#all.length * 2);
			larger.set(this.#all);
			this.#all = larger;
		}

		let at = this.#count;
		for (let index = 0; index < count; index++) {
			// written in any case, and kept if it passes: faster than to choose
			this.#all[at] = first + index;
			at += (answers[index] ?? 0) >> 1;
		}

		this.#count = at;
	}

	get all(): Uint32Array {
		return this.#all.slice(0, this.#count);
	}
}

/** Decodes the packets that were left open. Yields now and then up to where. */
function* settle({passes}: Searched, answers: Uint8Array, first: number): Generator<number, void> {
	let decoded = 0;
	for (let index = answers.indexOf(answer.open); index !== -1; index = answers.indexOf(answer.open, index + 1)) {
		answers[index] = passes(first + index) ? answer.yes : answer.no;
		decoded += 1;
		if (decoded % decodedAtOnce === 0) {
			yield first + index;
		}
	}
}

/** A search from `from` to before `end`. Each step yields how far it has come; the last gives the numbers of those that pass. */
export function* search(searched: Searched, filter: Filter, from: number, end: number): Generator<number, Uint32Array> {
	const {columns, direct, points} = searched;
	const found = new Numbers();
	const answers = new Uint8Array(rowsAtOnce);
	let {addresses} = columns;
	const make = (): Ask => new Asking(new Leaves(columns, direct, points)).of(filter).ask;
	let ask = make();
	let next = from;
	for (;;) {
		// what has gone meanwhile is not looked for
		next = Math.max(next, searched.first());
		if (next >= end) {
			return found.all;
		}

		if (columns.addresses !== addresses) {
			({addresses} = columns);
			ask = make();
		}

		const row = next % columns.rows;
		const count = Math.min(rowsAtOnce, end - next, columns.rows - row);
		ask({row, number: next, selected: all, count}, answers);
		if (answers.subarray(0, count).includes(answer.open)) {
			yield* settle(searched, answers.subarray(0, count), next);
		}

		found.add(answers, count, next);
		next += count;
		yield next;
	}
}
