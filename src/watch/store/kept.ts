// Addresses and ports, asked of columns: a frame has those of its IP packet, and of one more within it.
import {answer, type Ask} from './answer.ts';
import {shift, twoBits, wholeBit, type Columns} from './columns.ts';
import {header, network, transport} from './outline.ts';
import {ipv4Of, ipv4Test, ipv6Test, numberTest, type Test, type Wish} from './tests.ts';

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
/** By its name. */
export const keptFields: ReadonlyMap<string, Kept> = new Map(
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

/** Asks for a field, or for both that a name stands for. Some value of a packet must be so; for != none may be equal. */
export function keptAsk(columns: Columns, wanted: Wish, {kept, isBoth}: {readonly kept: Kept; readonly isBoth: boolean}): Ask {
	const {kind} = kept;
	const [sources, destinations] = kept.isPort ? [columns.sourcePort, columns.destinationPort] : [columns.source, columns.destination];
	const one = kept.isSource ? sources : destinations;
	const other = isBoth ? destinations : one;
	const isNot = wanted.comparison === '!=';
	const wish: Wish = isNot ? {...wanted, comparison: '=='} : wanted;
	const equal = wish.comparison !== '==' ? undefined : kept.isPort ? Number(wish.value) : kind === network.ip ? ipv4Of(String(wish.value)) : undefined;
	if (equal !== undefined) {
		return packetsEqual(columns.state, {kept, one, other, isNot}, equal);
	}

	const test = kept.isPort ? numberTest(wish) : kind === network.ip ? ipv4Test(wish) : ipv6Test(columns.addresses, wish);
	return packetsWith(columns.state, {kept, one, other, test, isNot});
}

/** Asks two columns of each of the two IP packets that a frame may have; `isNot`: whether none is so. */
function packetsWith(state: Int32Array, {kept, one, other, test, isNot}: Wanted): Ask {
	const {bit, kind} = kept;
	const [shiftA, shiftB] = kept.shifts;
	const [oneA, oneB] = one;
	const [otherA, otherB] = other;
	const [found, notFound] = isNot ? [answer.no, answer.yes] : [answer.yes, answer.no];
	return ({row, selected, count}, out) => {
		for (let place = 0; place < count; place++) {
			const index = selected[place] ?? 0;
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
	return ({row, selected, count}, out) => {
		for (let place = 0; place < count; place++) {
			const index = selected[place] ?? 0;
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
