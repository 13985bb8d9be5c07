// The packets that are looked at: up to a million, in few large pieces of memory and a column for each of their properties, not in an object each.
import {summarize, type Frame, type Summary} from '../decode/index.ts';
import type {Packet, Point} from '../files/packet.ts';
import {passes} from '../filter/match.ts';
import type {Filter} from '../filter/parse.ts';
import {Memory} from './memory.ts';

export interface Limits {
	/** Packets that are held at the most. */
	readonly packets: number;
	/** Bytes of frames that are held at the most, but always the newest packet. */
	readonly bytes: number;
}

const usual: Limits = {packets: 1_000_000, bytes: 512 * 1024 * 1024};
/** Summaries that are kept: what a screen shows, and what is around it. */
const mostSummaries = 512;
const directions = [undefined, 'in', 'out'] as const;

export class PacketStore {
	readonly #limits: Limits;
	readonly #memory = new Memory();
	readonly #points: Point[] = [];
	readonly #pointNumbers = new Map<Point, number>();
	readonly #comments = new Map<number, string>();
	readonly #summaries = new Map<number, Summary>();
	readonly #piece: Uint32Array;
	readonly #start: Uint32Array;
	readonly #length: Uint32Array;
	readonly #wireBytes: Uint32Array;
	readonly #seconds: Float64Array;
	readonly #nanoseconds: Uint32Array;
	readonly #point: Uint32Array;
	readonly #direction: Uint8Array;
	#first = 0;
	#end = 0;

	constructor(limits: Partial<Limits> = {}) {
		this.#limits = {...usual, ...limits};
		const {packets} = this.#limits;
		this.#piece = new Uint32Array(packets);
		this.#start = new Uint32Array(packets);
		this.#length = new Uint32Array(packets);
		this.#wireBytes = new Uint32Array(packets);
		this.#seconds = new Float64Array(packets);
		this.#nanoseconds = new Uint32Array(packets);
		this.#point = new Uint32Array(packets);
		this.#direction = new Uint8Array(packets);
	}

	/** The number of the oldest packet that is held. Numbers rise from 0 for as long as the store lives. */
	get first(): number {
		return this.#first;
	}

	/** One past the newest; so many there were. */
	get end(): number {
		return this.#end;
	}

	/** Takes a packet; the oldest goes when there is no room. Its bytes are copied. Returns its number. */
	append(packet: Packet): number {
		const number = this.#end;
		if (number - this.#first === this.#limits.packets) {
			this.#forget();
		}

		const row = number % this.#limits.packets;
		this.#start[row] = this.#memory.keep(packet.bytes, 0, packet.bytes.length);
		this.#piece[row] = this.#memory.piece;
		this.#length[row] = packet.bytes.length;
		this.#wireBytes[row] = packet.wireBytes;
		this.#seconds[row] = packet.seconds;
		this.#nanoseconds[row] = packet.nanoseconds;
		this.#point[row] = this.#pointNumber(packet.point);
		this.#direction[row] = directions.indexOf(packet.direction);
		if (packet.comment !== undefined) {
			this.#comments.set(number, packet.comment);
		}

		this.#end = number + 1;
		while (this.#memory.bytes > this.#limits.bytes && this.#first < number) {
			this.#forget();
		}

		return number;
	}

	/** undefined: it is not held any more, or not yet. */
	at(number: number): Packet | undefined {
		if (!(number >= this.#first && number < this.#end)) {
			return undefined;
		}

		const row = number % this.#limits.packets;
		const start = this.#start[row] ?? 0;
		const point = this.#points[this.#point[row] ?? 0];
		return point === undefined
			? undefined
			: {
					point,
					seconds: this.#seconds[row] ?? 0,
					nanoseconds: this.#nanoseconds[row] ?? 0,
					bytes: this.#memory.at(this.#piece[row] ?? 0).subarray(start, start + (this.#length[row] ?? 0)),
					wireBytes: this.#wireBytes[row] ?? 0,
					direction: directions[this.#direction[row] ?? 0],
					comment: this.#comments.get(number),
				};
	}

	/** The packet in a line; undefined: it is not held. */
	summary(number: number): Summary | undefined {
		const known = this.#summaries.get(number);
		const packet = known === undefined || number < this.#first ? this.at(number) : undefined;
		if (packet === undefined) {
			return number < this.#first ? undefined : known;
		}

		const summary = summarize(frameOf(packet));
		if (this.#summaries.size === mostSummaries) {
			this.#summaries.clear();
		}

		this.#summaries.set(number, summary);
		return summary;
	}

	/** The numbers of the packets that pass, from `from` on, in order. */
	find(filter: Filter, from = 0): Uint32Array {
		const found: number[] = [];
		for (let number = Math.max(from, this.#first); number < this.#end; number++) {
			const packet = this.at(number);
			if (packet !== undefined && passes(filter, frameOf(packet))) {
				found.push(number);
			}
		}

		return Uint32Array.from(found);
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
		this.#comments.delete(this.#first);
		this.#first += 1;
		this.#memory.forgetBefore(this.#first < this.#end ? (this.#piece[this.#first % this.#limits.packets] ?? 0) : this.#memory.piece);
	}
}

function frameOf({bytes, wireBytes, point}: Packet): Frame {
	return {bytes, wireBytes, linkType: point.linkType};
}
