// What filters are made of, asked of columns: protocols, fields, comparisons, places.
import type {Point} from '../files/packet.ts';
import {isAt} from '../filter/at.ts';
import {isSo} from '../filter/match.ts';
import {fieldsOf} from '../filter/names.ts';
import type {Filter} from '../filter/parse.ts';
import {answer, type Ask} from './answer.ts';
import {commentBit, shift, twoBits, wholeBit, type Columns} from './columns.ts';
import type {Direct} from './direct.ts';
import {flagNames, hasFlags, header, headerBit, network, transport} from './outline.ts';
import {ipv4Of, ipv4Test, ipv6Test, numberTest, type Test, type Wish} from './tests.ts';

type Compared = Extract<Filter, {is: 'compared'}>;

/** A field of each IP packet in a frame, or of what that carries. */
interface Kept {
	readonly bit: number;
	/** Where `state` tells which packet has it, and as what. */
	readonly shifts: readonly [number, number];
	readonly kind: number;
	readonly isSource: boolean;
	readonly isPort: boolean;
}

type Pair = readonly [Uint32Array | Uint16Array, Uint32Array | Uint16Array];

interface Wanted {
	readonly kept: Kept;
	readonly one: Pair;
	/** The same, where one field is asked for. */
	readonly other: Pair;
	readonly test: Test;
	readonly isNot: boolean;
}

const address = {shifts: shift.network, isPort: false} as const;
const port = {shifts: shift.transport, isPort: true} as const;
const keptFields: ReadonlyMap<string, Kept> = new Map(
	Object.entries({
		'ip.src': {...address, bit: header.ip, kind: network.ip, isSource: true},
		'ip.dst': {...address, bit: header.ip, kind: network.ip, isSource: false},
		'ipv6.src': {...address, bit: header.ipv6, kind: network.ipv6, isSource: true},
		'ipv6.dst': {...address, bit: header.ipv6, kind: network.ipv6, isSource: false},
		'tcp.srcport': {...port, bit: header.tcp, kind: transport.tcp, isSource: true},
		'tcp.dstport': {...port, bit: header.tcp, kind: transport.tcp, isSource: false},
		'udp.srcport': {...port, bit: header.udp, kind: transport.udp, isSource: true},
		'udp.dstport': {...port, bit: header.udp, kind: transport.udp, isSource: false},
	}),
);

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
		return ({count}, out) => {
			out.fill(answer.yes, 0, count);
		};
	}

	protocol(name: string): Ask {
		return name === 'frame' ? this.always() : this.#withHeader(name, answer.yes);
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
					? this.#withHeader(prefix, answer.yes)
					: flagNames.includes(one)
						? this.#flags((flags) => (flags & hasFlags) !== 0, tcpFlags)
						: this.#withHeader(prefix, answer.open);
			}
		}
	}

	compared(filter: Compared): Ask {
		const [first = '', second] = fieldsOf(filter.name);
		const kept = keptFields.get(first);
		if (kept !== undefined) {
			return this.#kept(filter, kept, second !== undefined);
		}

		const flag = flagNames.indexOf(first);
		if (flag !== -1) {
			const test = numberTest(filter);
			return this.#flags((flags) => (flags & hasFlags) !== 0 && test((flags >> flag) & 1), this.#columns.tcpFlags);
		}

		return first.startsWith('frame.')
			? this.#frame(first, filter)
			: (this.#direct.compared([first, second], filter) ?? this.#withHeader(first.slice(0, first.indexOf('.')), answer.open));
	}

	/** Packets with this header get this answer. */
	#withHeader(name: string, there: 1 | 3): Ask {
		const {state} = this.#columns;
		const bit = headerBit(name) ?? 0;
		return ({row, count}, out) => {
			for (let index = 0; index < count; index++) {
				out[index] = ((state[row + index] ?? 0) & bit) === 0 ? answer.no : there;
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
				return ({number, count}, out) => {
					for (let index = 0; index < count; index++) {
						out[index] = test(number + index + 1) ? answer.yes : answer.no;
					}
				};
			}

			case 'frame.time_epoch': {
				return ({row, count}, out) => {
					for (let index = 0; index < count; index++) {
						out[index] = test((seconds[row + index] ?? 0) + (nanoseconds[row + index] ?? 0) / 1e9) ? answer.yes : answer.no;
					}
				};
			}

			default: {
				return ({row, count}, out) => {
					for (let index = 0; index < count; index++) {
						out[index] = ((state[row + index] ?? 0) & commentBit) === 0 ? answer.no : answer.open;
					}
				};
			}
		}
	}

	/** Of TCP headers; a frame with two of them is left open. */
	#flags(test: Test, tcpFlags: Uint16Array): Ask {
		const {state} = this.#columns;
		return ({row, count}, out) => {
			for (let index = 0; index < count; index++) {
				const bits = state[row + index] ?? 0;
				out[index] =
					(bits & header.tcp) === 0 ? answer.no : (bits & wholeBit) === 0 ? answer.open : test(tcpFlags[row + index] ?? 0) ? answer.yes : answer.no;
			}
		};
	}

	/** The fields that a name stands for. Some value of a packet must be so; for != none may be equal. */
	#kept(filter: Compared, kept: Kept, isBoth: boolean): Ask {
		const columns = this.#columns;
		const {kind} = kept;
		const [sources, destinations] = kept.isPort ? [columns.sourcePort, columns.destinationPort] : [columns.source, columns.destination];
		const one = kept.isSource ? sources : destinations;
		const other = isBoth ? destinations : one;
		const isNot = filter.comparison === '!=';
		const wish: Wish = isNot ? {...filter, comparison: '=='} : filter;
		const equal = wish.comparison !== '==' ? undefined : kept.isPort ? Number(wish.value) : kind === network.ip ? ipv4Of(String(wish.value)) : undefined;
		if (equal !== undefined) {
			return packetsEqual(columns.state, {kept, one, other, isNot}, equal);
		}

		const test = kept.isPort ? numberTest(wish) : kind === network.ip ? ipv4Test(wish) : ipv6Test(columns.addresses, wish);
		return packetsWith(columns.state, {kept, one, other, test, isNot});
	}
}

/** Asks two columns of each of the two IP packets that a frame may have; `isNot`: whether none is so. */
function packetsWith(state: Int32Array, {kept, one, other, test, isNot}: Wanted): Ask {
	const {bit, kind} = kept;
	const [shiftA, shiftB] = kept.shifts;
	const [oneA, oneB] = one;
	const [otherA, otherB] = other;
	const [found, notFound] = isNot ? [answer.no, answer.yes] : [answer.yes, answer.no];
	return ({row, count, among, settled}, out) => {
		for (let index = 0; index < count; index++) {
			if (among[index] === settled) {
				continue;
			}

			const at = row + index;
			const bits = state[at] ?? 0;
			if ((bits & bit) === 0) {
				out[index] = answer.no;
			} else if ((bits & wholeBit) === 0) {
				out[index] = answer.open;
			} else {
				const isFound =
					(((bits >> shiftA) & twoBits) === kind && (test(oneA[at] ?? 0) || test(otherA[at] ?? 0))) ||
					(((bits >> shiftB) & twoBits) === kind && (test(oneB[at] ?? 0) || test(otherB[at] ?? 0)));
				out[index] = isFound ? found : notFound;
			}
		}
	};
}

/** The same for a number, which is what is asked most: without calls, in half the time. */
function packetsEqual(state: Int32Array, {kept, one, other, isNot}: Omit<Wanted, 'test'>, wanted: number): Ask {
	const {bit, kind} = kept;
	const [shiftA, shiftB] = kept.shifts;
	const [oneA, oneB] = one;
	const [otherA, otherB] = other;
	const [found, notFound] = isNot ? [answer.no, answer.yes] : [answer.yes, answer.no];
	const has = bit | wholeBit;
	return ({row, count, among, settled}, out) => {
		for (let index = 0; index < count; index++) {
			if (among[index] === settled) {
				continue;
			}

			const at = row + index;
			const bits = state[at] ?? 0;
			if ((bits & has) === has) {
				const isFound =
					((oneA[at] === wanted || otherA[at] === wanted) && ((bits >> shiftA) & twoBits) === kind) ||
					((oneB[at] === wanted || otherB[at] === wanted) && ((bits >> shiftB) & twoBits) === kind);
				out[index] = isFound ? found : notFound;
			} else {
				out[index] = (bits & bit) === 0 ? answer.no : answer.open;
			}
		}
	};
}

function directionOf(bits: number): number {
	return (bits >> shift.direction) & twoBits;
}

/** Asks one column. */
function single(column: Uint32Array | Int32Array, test: Test): Ask {
	return ({row, count, among, settled}, out) => {
		for (let index = 0; index < count; index++) {
			if (among[index] === settled) {
				continue;
			}

			out[index] = test(column[row + index] ?? 0) ? answer.yes : answer.no;
		}
	};
}
