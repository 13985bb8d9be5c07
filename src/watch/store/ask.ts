// A filter, asked of columns: many rows at once, and a row in a few nanoseconds. What columns do not know is left open, of packets that may have it.
import {unreachable} from '../../base/unreachable.ts';
import type {Filter} from '../filter/parse.ts';
import {answer, type Ask} from './answer.ts';
import type {Leaves} from './leaves.ts';

/** `not` of each answer. */
const opposite = Uint8Array.of(answer.yes, answer.open, answer.no, answer.no);

/** Fills in the answers of one filter, in memory that is used again. */
export class Asking {
	readonly #leaves: Leaves;
	/** For the right side of `and` and `or`, by their depth. */
	readonly #spare: Uint8Array[] = [];

	constructor(leaves: Leaves) {
		this.#leaves = leaves;
	}

	of(filter: Filter, depth = 0): Ask {
		switch (filter.is) {
			case 'all': {
				return this.#leaves.always();
			}

			case 'protocol': {
				return this.#leaves.protocol(filter.name);
			}

			case 'field': {
				return this.#leaves.field(filter.name);
			}

			case 'compared': {
				return this.#leaves.compared(filter);
			}

			case 'at': {
				return this.#leaves.at(filter.places);
			}

			case 'not': {
				const ask = this.of(filter.of, depth);
				return (rows, out) => {
					ask(rows, out);
					for (let index = 0; index < rows.count; index++) {
						out[index] = opposite[out[index] ?? 0] ?? 0;
					}
				};
			}

			case 'and':
			case 'or': {
				return this.#both(filter, depth);
			}

			default: {
				return unreachable(filter);
			}
		}
	}

	#both({is, left, right}: Extract<Filter, {is: 'and' | 'or'}>, depth: number): Ask {
		// the left side is done when the right side's memory is needed
		const [one, other] = [this.of(left, depth), this.of(right, depth + 1)];
		const isAnd = is === 'and';
		// with this on the left, it does not matter what is on the right
		const settled = isAnd ? answer.no : answer.yes;
		return (rows, out) => {
			one(rows, out);
			let index = 0;
			while (index < rows.count && out[index] === settled) {
				index++;
			}

			if (index === rows.count) {
				return;
			}

			const {row, number, count} = rows;
			const spare = this.#spareOf(depth, count);
			other({row, number, count, among: out, settled}, spare);
			if (isAnd) {
				for (; index < count; index++) {
					out[index] = (out[index] ?? 0) & (spare[index] ?? 0);
				}
			} else {
				for (; index < count; index++) {
					out[index] = (out[index] ?? 0) | (spare[index] ?? 0);
				}
			}
		};
	}

	#spareOf(depth: number, count: number): Uint8Array {
		const known = this.#spare[depth];
		const spare = known === undefined || known.length < count ? new Uint8Array(count) : known;
		this.#spare[depth] = spare;
		return spare;
	}
}
