// Reads pcapng (draft-ietf-opsawg-pcapng): blocks, each with its type and its length at both ends. Blocks that are not known are skipped. What a section
// says of byte order and interfaces holds until the next section. Written by pcapng-write.ts.
import type {Input} from './input.ts';
import {Arriving, type Point} from './packet.ts';
import {blocks, byteOrder, options} from './pcapng-numbers.ts';

/** A block's type and length, and its length again. */
const frameBytes = 12;
const leastBytes: ReadonlyMap<number, number> = new Map([
	[blocks.section, frameBytes + 16],
	[blocks.interface, frameBytes + 8],
	[blocks.enhanced, frameBytes + 20],
	[blocks.simple, frameBytes + 4],
	[blocks.old, frameBytes + 20],
]);

interface Interface {
	readonly point: Point;
	readonly unitsPerSecond: number;
	/** Seconds to add to its times. */
	readonly offsetSeconds: number;
	/** 0: no limit. */
	readonly snapBytes: number;
}

/** Gets an option: where what it carries begins, and how many bytes that are. */
type SeeOption = (code: number, start: number, size: number) => void;

const directions = [undefined, 'in', 'out'] as const;
/** The last second of the year 9999: more is no time but damage. */
const lastSecond = 253_402_300_799;

/** if_tsresol: an exponent of 10, or of 2 with the highest bit. */
function unitsPerSecond(resolution: number): number {
	return (resolution & 0x80) === 0 ? 10 ** resolution : 2 ** (resolution & 0x7f);
}

const nanosecond = 1e9;

/** Packets as far as they have come: `next` puts one into `packet`; false: more of the file is needed. */
export class PcapngReader {
	readonly packet: Arriving;
	readonly #input: Input;
	#isLittle = true;
	#interfaces: Interface[] = [];

	/** Made once, as it is called for almost every packet. */
	readonly #seePacketOption: SeeOption = (code, start, size) => {
		const {packet} = this;
		if (code === options.comment) {
			const text = packet.source.toString('utf8', start, start + size);
			packet.comment = packet.comment === undefined ? text : `${packet.comment}\n${text}`;
		} else if (code === options.packet.flags && size === 4) {
			packet.direction = directions[this.#u32(start) & 3];
		}
	};

	constructor(input: Input) {
		this.#input = input;
		this.packet = new Arriving(input.bytes);
	}

	#u16(at: number): number {
		return this.#input.view.getUint16(at, this.#isLittle);
	}

	#u32(at: number): number {
		return this.#input.view.getUint32(at, this.#isLittle);
	}

	next(): boolean {
		for (;;) {
			const length = this.#block();
			if (length === 0) {
				return false;
			}

			// not taken before it is read, so that errors name its place
			const isPacket = this.#read(length);
			this.#input.at += length;
			if (isPacket) {
				return true;
			}
		}
	}

	/** The length of the next block, when all of it is there; 0: it is not. */
	#block(): number {
		const input = this.#input;
		if (!input.has(frameBytes, 'a block')) {
			return 0;
		}

		// the same in either order
		if (input.view.getUint32(input.at, true) === blocks.section) {
			this.#isLittle = this.#isSectionLittle();
			this.#interfaces = [];
		}

		const length = this.#u32(input.at + 4);
		const need = leastBytes.get(this.#u32(input.at)) ?? frameBytes;
		if (length < need || length % 4 !== 0) {
			throw input.damaged(`a block with a length of ${length} bytes`, 4);
		}

		if (!input.has(length, 'a block')) {
			return 0;
		}

		const again = this.#u32(input.at + length - 4);
		if (again !== length) {
			throw input.damaged(`a block has the length ${length} at its beginning and ${again} at its end`, length - 4);
		}

		return length;
	}

	#isSectionLittle(): boolean {
		const {view, at} = this.#input;
		if (view.getUint32(at + 8, true) !== byteOrder && view.getUint32(at + 8) !== byteOrder) {
			throw this.#input.damaged('a section without its byte-order magic', 8);
		}

		return view.getUint32(at + 8, true) === byteOrder;
	}

	/** Whether it is a packet, which is then in `packet`. */
	#read(length: number): boolean {
		const {at} = this.#input;
		switch (this.#u32(at)) {
			case blocks.section: {
				const major = this.#u16(at + 12);
				if (major !== 1) {
					throw this.#input.damaged(`a section of version ${major}; 1 is known`, 12);
				}

				return false;
			}

			case blocks.interface: {
				this.#interfaces.push(this.#interface(length));
				return false;
			}

			case blocks.enhanced: {
				this.#timed(length, this.#u32(at + 8));
				return true;
			}

			case blocks.old: {
				this.#timed(length, this.#u16(at + 8));
				return true;
			}

			case blocks.simple: {
				this.#simple(length);
				return true;
			}

			default: {
				return false;
			}
		}
	}

	#interface(length: number): Interface {
		const {at, bytes, view} = this.#input;
		const found = {name: '', description: '', unitsPerSecond: 1e6, offsetSeconds: 0};
		this.#eachOption(16, length, (code, start, size) => {
			if (code === options.interface.name) {
				found.name = bytes.toString('utf8', start, start + size);
			} else if (code === options.interface.description) {
				found.description = bytes.toString('utf8', start, start + size);
			} else if (code === options.interface.resolution && size === 1) {
				found.unitsPerSecond = unitsPerSecond(view.getUint8(start));
			} else if (code === options.interface.offset && size === 8) {
				found.offsetSeconds = Number(view.getBigInt64(start, this.#isLittle));
			}
		});
		const {name, description, ...times} = found;
		return {point: {name, description, linkType: this.#u16(at + 8)}, snapBytes: this.#u32(at + 12), ...times};
	}

	/** An Enhanced Packet Block, or the Packet Block that came before it: they differ in the first eight bytes only, and in the number of an option. */
	#timed(length: number, index: number): void {
		const {at, bytes} = this.#input;
		const {packet} = this;
		const seenAt = this.#interfaceOf(index);
		const captured = this.#u32(at + 20);
		const start = 28;
		if (start + captured > length - 4) {
			throw this.#input.damaged(`a packet of ${captured} bytes in a block of ${length}`, 20);
		}

		this.#setTime(this.#u32(at + 12), this.#u32(at + 16), seenAt);
		packet.point = seenAt.point;
		packet.source = bytes;
		packet.start = at + start;
		packet.length = captured;
		packet.wireBytes = Math.max(this.#u32(at + 24), captured);
		packet.direction = undefined;
		packet.comment = undefined;
		this.#eachOption(start + ((captured + 3) & ~3), length, this.#seePacketOption);
	}

	#simple(length: number): void {
		const {at, bytes} = this.#input;
		const {packet} = this;
		const {point, snapBytes} = this.#interfaceOf(0);
		const wireBytes = this.#u32(at + 8);
		const captured = Math.min(wireBytes, snapBytes === 0 ? wireBytes : snapBytes);
		if (12 + captured > length - 4) {
			throw this.#input.damaged(`a packet of ${captured} bytes in a block of ${length}`, 8);
		}

		packet.point = point;
		// it has no time
		packet.seconds = 0;
		packet.nanoseconds = 0;
		packet.source = bytes;
		packet.start = at + 12;
		packet.length = captured;
		packet.wireBytes = wireBytes;
		packet.direction = undefined;
		packet.comment = undefined;
	}

	#interfaceOf(index: number): Interface {
		const found = this.#interfaces[index];
		if (found === undefined) {
			throw this.#input.damaged(`a packet of interface ${index}, of ${this.#interfaces.length} that were described`, 8);
		}

		return found;
	}

	/** Two halves of a number of units. */
	#setTime(high: number, low: number, {unitsPerSecond: units, offsetSeconds}: Interface): void {
		const {packet} = this;
		const total = high * 2 ** 32 + low;
		if (units === nanosecond) {
			// more than numbers are exact for: the second is right but for one, and 32 bits tell how far it is off
			const near = Math.floor(total / nanosecond);
			const rest = (low - Math.imul(near | 0, nanosecond)) | 0;
			const off = rest < 0 ? -1 : rest >= nanosecond ? 1 : 0;
			packet.seconds = near + off + offsetSeconds;
			packet.nanoseconds = rest - off * nanosecond;
		} else if (Number.isSafeInteger(total) && units <= 1e6) {
			const seconds = Math.floor(total / units);
			packet.seconds = seconds + offsetSeconds;
			packet.nanoseconds = Math.floor((total - seconds * units) * (nanosecond / units));
		} else {
			const [all, each] = [(BigInt(high) << 32n) | BigInt(low), BigInt(units)];
			packet.seconds = Number(all / each) + offsetSeconds;
			packet.nanoseconds = Number(((all % each) * 1_000_000_000n) / each);
		}

		if (packet.seconds < 0 || packet.seconds > lastSecond) {
			throw this.#input.damaged(`a time of ${packet.seconds} seconds since 1970`, 12);
		}
	}

	/** `from` and `length` count from the beginning of the block. */
	#eachOption(from: number, length: number, see: SeeOption): void {
		const {at: block} = this.#input;
		const end = block + length - 4;
		for (let at = block + from; at + 4 <= end;) {
			const [code, size] = [this.#u16(at), this.#u16(at + 2)];
			if (code === options.end) {
				return;
			}

			if (at + 4 + size > end) {
				throw this.#input.damaged(`an option of ${size} bytes where ${end - at - 4} are left`, at - block);
			}

			see(code, at + 4, size);
			at += 4 + ((size + 3) & ~3);
		}
	}
}
