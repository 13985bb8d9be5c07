// How sightings hang together: for each packet that is held a few numbers, in columns as those of the store. Its rows are used again as the store's are.
import type {Rewrite} from '../../watch/journey/journey.ts';

/** How a packet came to the place of a sighting. */
interface Step {
	/** The number of the sighting before; undefined: it was the first. */
	readonly from: number | undefined;
	readonly rewrite: Rewrite | undefined;
	/** Through places that are not captured. */
	readonly isGap: boolean;
}

const bits = {forth: 1, back: 2, gap: 4} as const;

export class FoldColumns {
	readonly #rows: number;
	/** Numbers, one more than they are; 0: none. */
	readonly #first: Uint32Array;
	readonly #next: Uint32Array;
	readonly #from: Uint32Array;
	readonly #bits: Uint8Array;

	/** Memory that was never written costs nothing. */
	constructor(rows: number) {
		this.#rows = rows;
		this.#first = new Uint32Array(rows);
		this.#next = new Uint32Array(rows);
		this.#from = new Uint32Array(rows);
		this.#bits = new Uint8Array(rows);
	}

	/** A new packet in the row of an old one. */
	begin(number: number): void {
		const row = number % this.#rows;
		this.#first[row] = 0;
		this.#next[row] = 0;
		this.#from[row] = 0;
		this.#bits[row] = 0;
	}

	/** Puts it behind another sighting of the same packet, which is the last until now; undefined: it is the first. */
	append(number: number, before: number | undefined): void {
		const row = number % this.#rows;
		this.#next[row] = 0;
		this.#first[row] = before === undefined ? number + 1 : (this.#first[before % this.#rows] ?? 0);
		if (before !== undefined) {
			this.#next[before % this.#rows] = number + 1;
		}
	}

	setStep(number: number, {from, rewrite, isGap}: Step): void {
		const row = number % this.#rows;
		this.#from[row] = from === undefined ? 0 : from + 1;
		this.#bits[row] = (rewrite === undefined ? 0 : bits[rewrite]) | (isGap ? bits.gap : 0);
	}

	first(number: number): number | undefined {
		return known(this.#first[number % this.#rows]);
	}

	next(number: number): number | undefined {
		return known(this.#next[number % this.#rows]);
	}

	step(number: number): Step {
		const row = number % this.#rows;
		const some = this.#bits[row] ?? 0;
		const rewrite = (some & bits.forth) !== 0 ? 'forth' : (some & bits.back) !== 0 ? 'back' : undefined;
		return {from: known(this.#from[row]), rewrite, isGap: (some & bits.gap) !== 0};
	}
}

function known(more: number | undefined): number | undefined {
	return more === undefined || more === 0 ? undefined : more - 1;
}
