// The packets that are looked at: up to a million, in few large pieces of memory and a column for each of their properties, not in an object each.
import {setImmediate as otherWork} from 'node:timers/promises';
import {Again} from '../decode/again.ts';
import {Summaries} from '../decode/summaries.ts';
import {summarize, type Frame, type Summary} from '../decode/index.ts';
import {arrivalOf, Arriving, type Arrival, type Packet, type Point} from '../files/packet.ts';
import {matcherOf, sightingOf} from '../filter/match.ts';
import type {Filter} from '../filter/parse.ts';
import {Columns, commentBit, shift, twoBits} from './columns.ts';
import {Direct} from './direct.ts';
import {Memory} from './memory.ts';
import {outlineByDecoding} from './outline.ts';
import {QuickReader} from './quick.ts';
import {search} from './search.ts';

export interface Limits {
	/** Packets that are held at the most. */
	readonly packets: number;
	/** Bytes of frames that are held at the most; the newest packet is held in any case. */
	readonly bytes: number;
}

export interface SearchOptions {
	/** The number to begin with. */
	readonly from?: number;
	/** Ends the search: it rejects with the signal's reason. */
	readonly signal?: AbortSignal;
	/** Told now and then how far it has come: all before this number have been looked at. */
	readonly progress?: (number: number) => void;
}

/** Bytes of frames that are held at the most, when nothing else is said. */
export const usualBytes = 512 * 1024 * 1024;
const usual: Limits = {packets: 1_000_000, bytes: usualBytes};
/** Summaries that are kept: what a screen shows, and what is around it. */
const keptSummaries = 1024;
/** TCP's. */
const synBit = 2;
const directions = [undefined, 'in', 'out'] as const;

/** Its place among them; written out, as it is done for every packet. */
function directionNumber(direction: Packet['direction']): number {
	return direction === 'in' ? 1 : direction === 'out' ? 2 : 0;
}

/** After so long, others have their turn; in milliseconds. */
const sliceMs = 4;

/** Numbers of packets rise from 0, for as long as there are less than 2 to the power of 32. */
export class PacketStore {
	#limits: Limits;
	readonly #memory = new Memory();
	readonly #columns: Columns;
	readonly #direct: Direct;
	readonly #quick: QuickReader;
	readonly #points: Point[] = [];
	readonly #pointNumbers = new Map<Point, number>();
	readonly #comments = new Map<number, string>();
	/** The numbers of the last frames. */
	readonly #last = new Again<number>();
	/** What was asked for of late, each where its number says, and of which number it is. */
	readonly #summaries: (Summary | undefined)[] = Array.from({length: keptSummaries});
	readonly #summarized = new Float64Array(keptSummaries);
	readonly #lines = new Summaries();
	readonly #read = new Arriving();
	#first = 0;
	#end = 0;

	constructor(limits: Partial<Limits> = {}) {
		this.#limits = {...usual, ...limits};
		this.#columns = new Columns(this.#limits.packets);
		this.#direct = new Direct(this.#columns, this.#memory);
		this.#quick = new QuickReader(this.#columns.outline);
	}

	/** So many are held at the most. */
	get most(): number {
		return this.#limits.packets;
	}

	/** From the next packet on frames of so many bytes are held at the most. */
	set mostBytes(bytes: number) {
		this.#limits = {...this.#limits, bytes};
	}

	/** The number of the oldest packet that is held. */
	get first(): number {
		return this.#first;
	}

	/** One past the newest; so many there were. */
	get end(): number {
		return this.#end;
	}

	/** Takes a packet; the oldest goes when there is no room. Its bytes are copied. Returns its number. */
	append(packet: Packet): number {
		return this.#take(arrivalOf(packet), false);
	}

	/**
	 * The same for one whose bytes are among others, as a reader of files gives it. They may not be copied: `source` is the store's from then on. Nothing else is
	 * kept of the object.
	 */
	take(arrival: Arrival): number {
		return this.#take(arrival, true);
	}

	/** `mayHold`: its bytes need not be copied. */
	#take(arrival: Arrival, mayHold: boolean): number {
		const number = this.#end;
		if (number - this.#first === this.#limits.packets) {
			this.#forget();
		}

		const {wireBytes, point, comment, direction} = arrival;
		const columns = this.#columns;
		const row = number % this.#limits.packets;
		columns.wireBytes[row] = wireBytes;
		columns.seconds[row] = arrival.seconds;
		columns.nanoseconds[row] = arrival.nanoseconds;
		columns.point[row] = this.#pointNumber(point);
		const state = (directionNumber(direction) << shift.direction) | (comment === undefined ? 0 : commentBit);
		const before = this.#last.of(arrival, point.linkType) ?? -1;
		const rowBefore = before % this.#limits.packets;
		if (before >= this.#first && columns.piece[rowBefore] === this.#memory.piece) {
			columns.repeat(row, rowBefore, state);
		} else {
			this.#readInto(row, arrival, {number, mayHold, state});
		}

		if (comment !== undefined) {
			this.#comments.set(number, comment);
		}

		this.#end = number + 1;
		while (this.#memory.bytes > this.#limits.bytes && this.#first < number) {
			this.#forget();
		}

		return number;
	}

	/** Keeps its bytes, and fills what the row tells of them. */
	#readInto(row: number, arrival: Arrival, {number, mayHold, state}: {readonly number: number; readonly mayHold: boolean; readonly state: number}): void {
		const {source, start, length, point} = arrival;
		const columns = this.#columns;
		columns.start[row] = mayHold ? this.#memory.hold(source, start, length) : this.#memory.copy(source, start, length);
		columns.piece[row] = this.#memory.piece;
		columns.length[row] = length;
		if (!this.#quick.read(arrival)) {
			outlineByDecoding(columns.outline, frameIn(arrival));
		}

		if ((columns.outline.tcpFlags & synBit) !== 0) {
			// so that the rest of the connection is counted from there, whenever it is looked at
			const segment = columns.outline.segment();
			if (segment === undefined) {
				summarize(frameIn(arrival), this.#lines.sequences.at(number));
			} else {
				this.#lines.sequences.note(number, segment);
			}
		}

		columns.setOutline(row, state);
		this.#last.set(arrival, point.linkType, number);
	}

	/** undefined: it is not held any more, or not yet. What it gives stays as it is, also when the packet goes. */
	at(number: number): Packet | undefined {
		return this.read(number, this.#read) ? this.#read.packet() : undefined;
	}

	/** The same into an object that may be used again; false: it is not held. */
	read(number: number, into: Arriving): boolean {
		if (!(number >= this.#first && number < this.#end)) {
			return false;
		}

		const columns = this.#columns;
		const row = number % this.#limits.packets;
		const point = this.#points[columns.point[row] ?? 0];
		if (point === undefined) {
			return false;
		}

		into.source = this.#memory.at(columns.piece[row] ?? 0);
		into.start = columns.start[row] ?? 0;
		into.length = columns.length[row] ?? 0;
		into.point = point;
		into.seconds = columns.seconds[row] ?? 0;
		into.nanoseconds = columns.nanoseconds[row] ?? 0;
		into.wireBytes = columns.wireBytes[row] ?? 0;
		const state = columns.state[row] ?? 0;
		into.direction = directions[(state >> shift.direction) & twoBits];
		into.comment = (state & commentBit) === 0 ? undefined : this.#comments.get(number);
		return true;
	}

	/** The packet in a line; undefined: it is not held. */
	summary(number: number): Summary | undefined {
		const packet = this.#read;
		if (!this.read(number, packet)) {
			return undefined;
		}

		const slot = number % keptSummaries;
		const kept = this.#summaries[slot];
		if (kept !== undefined && this.#summarized[slot] === number) {
			return kept;
		}

		const summary = this.#lines.of(number, packet, packet.point.linkType);
		this.#summarized[slot] = number;
		this.#summaries[slot] = summary;
		return summary;
	}

	/** The numbers of the packets that pass, from `from` on, in order. What must be decoded for it takes its time: `search` does not block. */
	find(filter: Filter, from = 0): Uint32Array {
		const steps = this.#steps(filter, from);
		for (;;) {
			const step = steps.next();
			if (step.done === true) {
				return step.value;
			}
		}
	}

	/** The same among the packets that are held now, with time for other work every few milliseconds. Some that it found may have gone when it resolves. */
	async search(filter: Filter, {from = 0, signal, progress}: SearchOptions = {}): Promise<Uint32Array> {
		const steps = this.#steps(filter, from);
		let since = performance.now();
		for (;;) {
			signal?.throwIfAborted();
			const step = steps.next();
			if (step.done === true) {
				return step.value;
			}

			if (performance.now() - since > sliceMs) {
				progress?.(step.value);
				// oxlint-disable-next-line no-await-in-loop -- that is what it is for
				await otherWork();
				since = performance.now();
			}
		}
	}

	#steps(filter: Filter, from: number): Generator<number, Uint32Array> {
		const matches = matcherOf(filter);
		const passes = (number: number): boolean => {
			const packet = this.at(number);
			return packet !== undefined && matches(frameOf(packet), sightingOf(packet, number + 1));
		};
		return search({columns: this.#columns, direct: this.#direct, points: this.#points, first: () => this.#first, passes}, filter, from, this.#end);
	}

	#pointNumber(point: Point): number {
		const known = this.#pointNumbers.get(point);
		if (known !== undefined) {
			return known;
		}

		this.#points.push(point);
		this.#pointNumbers.set(point, this.#points.length - 1);
		return this.#points.length - 1;
	}

	#forget(): void {
		const columns = this.#columns;
		const isCommented = ((columns.state[this.#first % this.#limits.packets] ?? 0) & commentBit) !== 0;
		if (isCommented) {
			this.#comments.delete(this.#first);
		}

		this.#first += 1;
		this.#memory.forgetBefore(this.#first < this.#end ? (columns.piece[this.#first % this.#limits.packets] ?? 0) : this.#memory.piece);
	}
}

function frameOf({bytes, wireBytes, point}: Packet): Frame {
	return {bytes, wireBytes, linkType: point.linkType};
}

/** One that is among other bytes. */
function frameIn({source, start, length, wireBytes, point}: Arrival): Frame {
	return {bytes: source.subarray(start, start + length), wireBytes, linkType: point.linkType};
}
