// What filters are made of, asked of columns: protocols, fields, comparisons, places.
import type {Point} from '../files/packet.ts';
import {isAt} from '../filter/at.ts';
import {isSo} from '../filter/match.ts';
import {fieldsOf} from '../filter/names.ts';
import type {Filter} from '../filter/parse.ts';
import {answer, type Ask, type Question} from './answer.ts';
import {commentBit, shift, twoBits, wholeBit, type Columns} from './columns.ts';
import type {Direct} from './direct.ts';
import {keptAsk, keptFields} from './kept.ts';
import {flagNames, hasFlags, header, headerBit} from './outline.ts';
import {numberTest, type Test} from './tests.ts';

type Compared = Extract<Filter, {is: 'compared'}>;

/** About how long a look at one column takes, at those of two packets, at the frames' bytes. */
const efforts = {column: 1, kept: 3, bytes: 6} as const;
/** How many bytes a segment carries: there is no such field in its header. */
const carriedField = 'tcp.len';

/** What it says of points and addresses holds for the packets that there are when a leaf is made. */
export class Leaves {
	readonly #columns: Columns;
	readonly #direct: Direct;
	readonly #points: readonly Point[];

	constructor(columns: Columns, direct: Direct, points: readonly Point[]) {
		this.#columns = columns;
		this.#direct = direct;
		this.#points = points;
	}

	always(): Ask {
		return ({selected, count}, out) => {
			for (let place = 0; place < count; place++) {
				out[selected[place] ?? 0] = answer.yes;
			}
		};
	}

	/** All of these, or one of them. Every packet is a frame. */
	protocols(names: readonly string[], isEach: boolean): Ask {
		if (isEach ? names.every((name) => name === 'frame') : names.includes('frame')) {
			return this.always();
		}

		const {state} = this.#columns;
		const mask = names.reduce((bits, name) => bits | (headerBit(name) ?? 0), 0);
		const least = isEach ? mask : 1;
		return ({row, selected, count}, out) => {
			for (let place = 0; place < count; place++) {
				const index = selected[place] ?? 0;
				out[index] = ((state[row + index] ?? 0) & mask) >= least ? answer.yes : answer.no;
			}
		};
	}

	at(places: readonly string[]): Ask {
		const isThere = this.#points.map(({name}) => isAt(name, places));
		return single(this.#columns.point, (point) => isThere[point] === true);
	}

	field(name: string): Ask {
		const {point, state, tcpFlags} = this.#columns;
		switch (name) {
			case 'frame.len':
			case 'frame.cap_len':
			case 'frame.number':
			case 'frame.time_epoch': {
				return this.always();
			}

			case 'frame.interface_name': {
				const hasName = this.#points.map((one) => one.name !== '');
				return single(point, (index) => hasName[index] === true);
			}

			case 'frame.packet_flags_direction': {
				return single(state, (bits) => directionOf(bits) !== 0);
			}

			case 'frame.comment': {
				return single(state, (bits) => (bits & commentBit) !== 0);
			}

			default: {
				const [one = name] = fieldsOf(name);
				const prefix = one.slice(0, one.indexOf('.'));
				return keptFields.has(one)
					? this.protocols([prefix], true)
					: flagNames.includes(one) || one === carriedField
						? this.#ofSegment(tcpFlags, () => true)
						: this.#openWith(headerBit(prefix) ?? 0);
			}
		}
	}

	compared(filter: Compared): Question {
		const [first = '', second] = fieldsOf(filter.name);
		const kept = keptFields.get(first);
		if (kept !== undefined) {
			return {ask: keptAsk(this.#columns, filter, {kept, isBoth: second !== undefined}), effort: efforts.kept};
		}

		const flag = flagNames.indexOf(first);
		if (flag !== -1) {
			const test = numberTest(filter);
			return {ask: this.#ofSegment(this.#columns.tcpFlags, (flags) => test((flags >> flag) & 1)), effort: efforts.column};
		}

		if (first === carriedField) {
			return {ask: this.#ofSegment(this.#columns.carried, numberTest(filter)), effort: efforts.column};
		}

		if (first.startsWith('frame.')) {
			return {ask: this.#frame(first, filter), effort: efforts.column};
		}

		const ask = this.#direct.compared([first, second], filter);
		return ask === undefined
			? {ask: this.#openWith(headerBit(first.slice(0, first.indexOf('.'))) ?? 0), effort: efforts.column}
			: {ask, effort: efforts.bytes};
	}

	/** Open for packets whose state has this bit, and for no others. */
	#openWith(bit: number): Ask {
		const {state} = this.#columns;
		return ({row, selected, count}, out) => {
			for (let place = 0; place < count; place++) {
				const index = selected[place] ?? 0;
				out[index] = ((state[row + index] ?? 0) & bit) === 0 ? answer.no : answer.open;
			}
		};
	}

	#frame(name: string, filter: Compared): Ask {
		const {length, wireBytes, state, point, seconds, nanoseconds} = this.#columns;
		const test = numberTest(filter);
		switch (name) {
			case 'frame.len': {
				return single(wireBytes, test);
			}

			case 'frame.cap_len': {
				return single(length, test);
			}

			case 'frame.packet_flags_direction': {
				return single(state, (bits) => directionOf(bits) !== 0 && test(directionOf(bits)));
			}

			case 'frame.interface_name': {
				const passes = this.#points.map((one) => one.name !== '' && isSo([one.name], filter.comparison, filter.value));
				return single(point, (index) => passes[index] === true);
			}

			case 'frame.number': {
				return ({number, selected, count}, out) => {
					for (let place = 0; place < count; place++) {
						const index = selected[place] ?? 0;
						out[index] = test(number + index + 1) ? answer.yes : answer.no;
					}
				};
			}

			case 'frame.time_epoch': {
				return ({row, selected, count}, out) => {
					for (let place = 0; place < count; place++) {
						const index = selected[place] ?? 0;
						out[index] = test((seconds[row + index] ?? 0) + (nanoseconds[row + index] ?? 0) / 1e9) ? answer.yes : answer.no;
					}
				};
			}

			default: {
				return this.#openWith(commentBit);
			}
		}
	}

	/** Asks a column of whole TCP headers; a frame with two of them is left open. */
	#ofSegment(column: Uint16Array | Uint32Array, test: Test): Ask {
		const {state, tcpFlags} = this.#columns;
		return ({row: from, selected, count}, out) => {
			for (let place = 0; place < count; place++) {
				const index = selected[place] ?? 0;
				const row = from + index;
				const bits = state[row] ?? 0;
				if ((bits & header.tcp) === 0) {
					out[index] = answer.no;
				} else if ((bits & wholeBit) === 0) {
					out[index] = answer.open;
				} else {
					out[index] = ((tcpFlags[row] ?? 0) & hasFlags) !== 0 && test(column[row] ?? 0) ? answer.yes : answer.no;
				}
			}
		};
	}
}

function directionOf(bits: number): number {
	return (bits >> shift.direction) & twoBits;
}

/** Asks one column. */
function single(column: Uint32Array | Int32Array, test: Test): Ask {
	return ({row, selected, count}, out) => {
		for (let place = 0; place < count; place++) {
			const index = selected[place] ?? 0;
			out[index] = test(column[row + index] ?? 0) ? answer.yes : answer.no;
		}
	};
}
