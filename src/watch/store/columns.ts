// What is kept of packets besides their bytes: a column for each property, a row for each packet. Memory that was never written costs nothing, so that
// columns are as long as there may be packets from the beginning.
import {Interned} from './interned.ts';
import {network, Outline, transport} from './outline.ts';

/** Where the parts of `Columns.state` begin; the lowest 16 bits are those of `header`. */
export const shift = {network: [16, 18], transport: [20, 22], direction: 25} as const;
/** The outline is whole. */
export const wholeBit = 1 << 24;
/** The packet has a comment. */
export const commentBit = 1 << 27;
/** What the frame alone tells. */
const outlineBits = (1 << shift.direction) - 1;
/** Of networks, transports and directions. */
export const twoBits = 3;
/** Addresses that are not used any more are looked for when there are so many more than were left after the last time. */
const mostNewAddresses = 1_000_000;

export class Columns {
	readonly rows: number;
	/** Where its bytes are: the piece of memory, and where in it. */
	readonly piece: Uint32Array;
	readonly start: Uint32Array;
	/** Bytes that were captured, and that were on the wire. */
	readonly length: Uint32Array;
	readonly wireBytes: Uint32Array;
	/** Since 1970, UTC; up to the year 9999, which is more than 32 bits. */
	readonly seconds: Float64Array;
	readonly nanoseconds: Uint32Array;
	/** The number of the point where it was seen. */
	readonly point: Uint32Array;
	/** Bits: headers, the kinds of networks and transports, whether that is all, direction, comment. */
	readonly state: Int32Array;
	/** Of the first IP packet in the frame, and of the second; what `state` does not tell of is of an older packet. */
	readonly source: readonly [Uint32Array, Uint32Array];
	readonly destination: readonly [Uint32Array, Uint32Array];
	readonly sourcePort: readonly [Uint16Array, Uint16Array];
	readonly destinationPort: readonly [Uint16Array, Uint16Array];
	readonly tcpFlags: Uint16Array;
	/** Where there are flags: how many bytes the segment carried. */
	readonly carried: Uint32Array;
	/** For the next row. */
	readonly outline: Outline;
	/** Of IPv6; another one when old addresses have been thrown away. */
	addresses = new Interned();
	#mostAddresses = mostNewAddresses;

	constructor(rows: number) {
		this.rows = rows;
		this.piece = new Uint32Array(rows);
		this.start = new Uint32Array(rows);
		this.length = new Uint32Array(rows);
		this.wireBytes = new Uint32Array(rows);
		this.seconds = new Float64Array(rows);
		this.nanoseconds = new Uint32Array(rows);
		this.point = new Uint32Array(rows);
		this.state = new Int32Array(rows);
		this.source = [new Uint32Array(rows), new Uint32Array(rows)];
		this.destination = [new Uint32Array(rows), new Uint32Array(rows)];
		this.sourcePort = [new Uint16Array(rows), new Uint16Array(rows)];
		this.destinationPort = [new Uint16Array(rows), new Uint16Array(rows)];
		this.tcpFlags = new Uint16Array(rows);
		this.carried = new Uint32Array(rows);
		this.outline = new Outline(this.addresses);
	}

	/** Puts the outline into the row; `more`: bits for its state. */
	setOutline(row: number, more: number): void {
		const {outline} = this;
		let state = outline.headers | (outline.isWhole ? wholeBit : 0) | more;
		if (outline.packets > 0) {
			state |= this.#setPacket(row, 0);
		}

		if (outline.packets > 1) {
			state |= this.#setPacket(row, 1);
		}

		this.tcpFlags[row] = outline.tcpFlags;
		this.carried[row] = outline.carried;
		this.state[row] = state;
		if (this.addresses.count > this.#mostAddresses) {
			this.#dropAddresses();
		}
	}

	/** The same frame as in another row; `more`: what else the state tells. */
	repeat(row: number, other: number, more: number): void {
		this.start[row] = this.start[other] ?? 0;
		this.piece[row] = this.piece[other] ?? 0;
		this.length[row] = this.length[other] ?? 0;
		const state = (this.state[other] ?? 0) & outlineBits;
		for (const index of [0, 1] as const) {
			if (((state >> shift.network[index]) & twoBits) !== network.none) {
				this.source[index][row] = this.source[index][other] ?? 0;
				this.destination[index][row] = this.destination[index][other] ?? 0;
				this.sourcePort[index][row] = this.sourcePort[index][other] ?? 0;
				this.destinationPort[index][row] = this.destinationPort[index][other] ?? 0;
			}
		}

		this.tcpFlags[row] = this.tcpFlags[other] ?? 0;
		this.carried[row] = this.carried[other] ?? 0;
		this.state[row] = state | more;
	}

	/** Puts one packet of the outline into the row. Returns its bits of the state. */
	#setPacket(row: number, index: 0 | 1): number {
		const {networks, sources, destinations, transports, sourcePorts, destinationPorts} = this.outline;
		const kind = transports[index] ?? 0;
		this.source[index][row] = sources[index] ?? 0;
		this.destination[index][row] = destinations[index] ?? 0;
		if (kind !== transport.none) {
			this.sourcePort[index][row] = sourcePorts[index] ?? 0;
			this.destinationPort[index][row] = destinationPorts[index] ?? 0;
		}

		return ((networks[index] ?? 0) << shift.network[index]) | (kind << shift.transport[index]);
	}

	/** Makes the table of addresses anew, with those that rows have. Rows that are no packets any more have theirs, too. */
	#dropAddresses(): void {
		const kept = new Interned();
		for (let row = 0; row < this.rows; row++) {
			for (const index of [0, 1] as const) {
				if ((((this.state[row] ?? 0) >> shift.network[index]) & twoBits) === network.ipv6) {
					this.source[index][row] = this.addresses.moved(this.source[index][row] ?? 0, kept);
					this.destination[index][row] = this.addresses.moved(this.destination[index][row] ?? 0, kept);
				}
			}
		}

		this.addresses = kept;
		this.outline.addresses = kept;
		this.#mostAddresses = kept.count + mostNewAddresses;
	}
}
