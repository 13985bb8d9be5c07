// A filter, asked of columns: many rows at once, and a row in a few nanoseconds. What columns do not know is left open, of packets that may have it.
import {unreachable} from '../../base/unreachable.ts';
import type {Filter} from '../filter/parse.ts';
import {answer, type Ask, type Question, type Rows} from './answer.ts';
import type {Leaves} from './leaves.ts';

type Tied = Extract<Filter, {is: 'and' | 'or'}>;

interface Spare {
	readonly answers: Uint8Array;
	readonly selected: Uint16Array;
}

/** `not` of each answer. */
const opposite = Uint8Array.of(answer.yes, answer.open, answer.no, answer.no);

/** Fills in the answers of one filter, in memory that is used again. */
export class Asking {
	readonly #leaves: Leaves;
	/** For what is tied by `and` and `or`, by their depth. */
	readonly #spare: Spare[] = [];

	constructor(leaves: Leaves) {
		this.#leaves = leaves;
	}

	of(filter: Filter, depth = 0): Question {
		switch (filter.is) {
			case 'all': {
				return atColumn(this.#leaves.always());
			}

			case 'protocol': {
				return atColumn(this.#leaves.protocols([filter.name], true));
			}

			case 'field': {
				return atColumn(this.#leaves.field(filter.name));
			}

			case 'compared': {
				return this.#leaves.compared(filter);
			}

			case 'at': {
				return atColumn(this.#leaves.at(filter.places));
			}

			case 'not': {
				const {ask, effort} = this.of(filter.of, depth);
				return {
					effort,
					ask: (rows, out) => {
						ask(rows, out);
						for (let place = 0; place < rows.count; place++) {
							const index = rows.selected[place] ?? 0;
							out[index] = opposite[out[index] ?? 0] ?? 0;
						}
					},
				};
			}

			case 'and':
			case 'or': {
				return this.#all(filter, depth);
			}

			default: {
				return unreachable(filter);
			}
		}
	}

	/** All that are tied by the same word: those first that take the least, as they may settle what others would be asked. */
	#all(filter: Tied, depth: number): Question {
		const isAnd = filter.is === 'and';
		const parts = tied(filter, filter.is);
		const protocols = parts.flatMap((one) => (one.is === 'protocol' ? [one.name] : []));
		// their memory is that of one depth: one is done when the next is asked
		const questions = [
			...(protocols.length === 0 ? [] : [atColumn(this.#leaves.protocols(protocols, isAnd))]),
			...parts.filter(({is}) => is !== 'protocol').map((one) => this.of(one, depth + 1)),
		].toSorted((a, b) => a.effort - b.effort);
		const [first, ...others] = questions.map(({ask}) => ask);
		// where one has said this, it does not matter what others say
		const settled = isAnd ? answer.no : answer.yes;
		return {
			effort: questions.reduce((sum, {effort}) => sum + effort, 0),
			ask: (rows, out) => {
				first?.(rows, out);
				const {row, number} = rows;
				const {selected, answers} = this.#spareOf(depth, out.length);
				let asked = rows;
				for (const ask of others) {
					const count = select(asked, out, settled, selected);
					if (count === 0) {
						return;
					}

					asked = {row, number, selected, count};
					ask(asked, answers);
					tie(asked, out, answers, isAnd);
				}
			},
		};
	}

	#spareOf(depth: number, length: number): Spare {
		const known = this.#spare[depth];
		const spare = known === undefined || known.answers.length < length ? {answers: new Uint8Array(length), selected: new Uint16Array(length)} : known;
		this.#spare[depth] = spare;
		return spare;
	}
}

function atColumn(ask: Ask): Question {
	return {ask, effort: 1};
}

/** What `a and b and c` ties. */
function tied(filter: Filter, by: Tied['is']): readonly Filter[] {
	return filter.is === by ? [...tied(filter.left, by), ...tied(filter.right, by)] : [filter];
}

/** Of the rows those that are not settled, into `into`, which may be theirs; how many there are. */
function select({selected, count}: Rows, answers: Uint8Array, settled: number, into: Uint16Array): number {
	let left = 0;
	for (let place = 0; place < count; place++) {
		const index = selected[place] ?? 0;
		// written in any case, and kept if it is meant: faster than to choose
		into[left] = index;
		left += Number(answers[index] !== settled);
	}

	return left;
}

/** Ties the answers to those that there are. */
function tie({selected, count}: Rows, out: Uint8Array, answers: Uint8Array, isAnd: boolean): void {
	if (isAnd) {
		for (let place = 0; place < count; place++) {
			const index = selected[place] ?? 0;
			out[index] = (out[index] ?? 0) & (answers[index] ?? 0);
		}
	} else {
		for (let place = 0; place < count; place++) {
			const index = selected[place] ?? 0;
			out[index] = (out[index] ?? 0) | (answers[index] ?? 0);
		}
	}
}
