// Reads pcapng (draft-ietf-opsawg-pcapng): blocks, each with its type and its length at both ends. Blocks that are not known are skipped. What a section
// says of byte order and interfaces holds until the next section. Written by pcapng-write.ts.
import type {Buffer} from 'node:buffer';
import type {Input} from './input.ts';
import type {Packet, Point} from './packet.ts';
import {blocks, byteOrder, noTime, options} from './pcapng-numbers.ts';

/** A block's type and length, and its length again. */
const frameBytes = 12;
const leastBytes: Readonly<Record<number, number>> = {
	[blocks.section]: frameBytes + 16,
	[blocks.interface]: frameBytes + 8,
	[blocks.enhanced]: frameBytes + 20,
	[blocks.simple]: frameBytes + 4,
	[blocks.old]: frameBytes + 20,
};

interface Interface {
	readonly point: Point;
	readonly unitsPerSecond: number;
	/** Seconds to add to its times. */
	readonly offsetSeconds: number;
	/** 0: no limit. */
	readonly snapBytes: number;
}

interface PacketOptions {
	readonly direction: Packet['direction'];
	readonly comment: string | undefined;
}

/** The last second of the year 9999: more is no time but damage. */
const lastSecond = 253_402_300_799;

/** if_tsresol: an exponent of 10, or of 2 with the highest bit. */
function unitsPerSecond(resolution: number): number {
	return (resolution & 0x80) === 0 ? 10 ** resolution : 2 ** (resolution & 0x7f);
}

/** Two halves of a number of units. Up to 2^53 of them is exact arithmetic; nanoseconds since 1970 are more. */
function timeOf(high: number, low: number, {unitsPerSecond: units, offsetSeconds}: Interface): {readonly seconds: number; readonly nanoseconds: number} {
	const total = high * 2 ** 32 + low;
	if (Number.isSafeInteger(total) && units <= 1e6) {
		const seconds = Math.floor(total / units);
		return {seconds: seconds + offsetSeconds, nanoseconds: Math.floor((total - seconds * units) * (1e9 / units))};
	}

	const [all, each] = [(BigInt(high) << 32n) | BigInt(low), BigInt(units)];
	return {seconds: Number(all / each) + offsetSeconds, nanoseconds: Number(((all % each) * 1_000_000_000n) / each)};
}

/** Packets as far as they have come; `next` gives undefined when more of the file is needed. */
export class PcapngReader {
	readonly #input: Input;
	#isBig = false;
	#interfaces: Interface[] = [];

	constructor(input: Input) {
		this.#input = input;
	}

	#u16(bytes: Buffer, at: number): number {
		return this.#isBig ? bytes.readUInt16BE(at) : bytes.readUInt16LE(at);
	}

	#u32(bytes: Buffer, at: number): number {
		return this.#isBig ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
	}

	next(): Packet | undefined {
		for (;;) {
			const block = this.#block();
			if (block === undefined) {
				return undefined;
			}

			const packet = this.#read(block);
			this.#input.skip(block.length);
			if (packet !== undefined) {
				return packet;
			}
		}
	}

	/** The next block, all of it; not taken yet, so that errors name its place. */
	#block(): Buffer | undefined {
		const input = this.#input;
		const head = input.peek(frameBytes, 'a block');
		if (head === undefined) {
			return undefined;
		}

		// the same in either order
		if (head.readUInt32LE(0) === blocks.section) {
			this.#isBig = this.#orderOf(head);
			this.#interfaces = [];
		}

		const length = this.#u32(head, 4);
		const need = leastBytes[this.#u32(head, 0)] ?? frameBytes;
		if (length < need || length % 4 !== 0) {
			throw input.damaged(`a block with a length of ${length} bytes`, 4);
		}

		const block = input.peek(length, 'a block');
		if (block !== undefined && this.#u32(block, length - 4) !== length) {
			throw input.damaged(`a block has the length ${length} at its beginning and ${this.#u32(block, length - 4)} at its end`, length - 4);
		}

		return block;
	}

	#orderOf(head: Buffer): boolean {
		if (head.readUInt32LE(8) !== byteOrder && head.readUInt32BE(8) !== byteOrder) {
			throw this.#input.damaged('a section without its byte-order magic', 8);
		}

		return head.readUInt32BE(8) === byteOrder;
	}

	#read(block: Buffer): Packet | undefined {
		switch (this.#u32(block, 0)) {
			case blocks.section: {
				const major = this.#u16(block, 12);
				if (major !== 1) {
					throw this.#input.damaged(`a section of version ${major}; 1 is known`, 12);
				}

				return undefined;
			}

			case blocks.interface: {
				this.#interfaces.push(this.#interface(block));
				return undefined;
			}

			case blocks.enhanced: {
				return this.#timed(block, this.#u32(block, 8));
			}

			case blocks.old: {
				return this.#timed(block, this.#u16(block, 8));
			}

			case blocks.simple: {
				return this.#simple(block);
			}

			default: {
				return undefined;
			}
		}
	}

	#interface(block: Buffer): Interface {
		const found = {name: '', description: '', unitsPerSecond: 1e6, offsetSeconds: 0};
		this.#eachOption(block, 16, (code, value) => {
			if (code === options.interface.name) {
				found.name = value.toString('utf8');
			} else if (code === options.interface.description) {
				found.description = value.toString('utf8');
			} else if (code === options.interface.resolution && value.length === 1) {
				found.unitsPerSecond = unitsPerSecond(value.readUInt8(0));
			} else if (code === options.interface.offset && value.length === 8) {
				found.offsetSeconds = Number(this.#isBig ? value.readBigInt64BE(0) : value.readBigInt64LE(0));
			}
		});
		const {name, description, ...times} = found;
		return {point: {name, description, linkType: this.#u16(block, 8)}, snapBytes: this.#u32(block, 12), ...times};
	}

	/** An Enhanced Packet Block, or the Packet Block that came before it: they differ in the first eight bytes only, and in the number of an option. */
	#timed(block: Buffer, index: number): Packet {
		const seenAt = this.#interfaceOf(index);
		const length = this.#u32(block, 20);
		const start = 28;
		if (start + length > block.length - 4) {
			throw this.#input.damaged(`a packet of ${length} bytes in a block of ${block.length}`, 20);
		}

		return {
			point: seenAt.point,
			...this.#time(this.#u32(block, 12), this.#u32(block, 16), seenAt),
			bytes: block.subarray(start, start + length),
			wireBytes: Math.max(this.#u32(block, 24), length),
			...this.#packetOptions(block, start + Math.ceil(length / 4) * 4),
		};
	}

	#simple(block: Buffer): Packet {
		const {point, snapBytes} = this.#interfaceOf(0);
		const wireBytes = this.#u32(block, 8);
		const length = Math.min(wireBytes, snapBytes === 0 ? wireBytes : snapBytes);
		if (12 + length > block.length - 4) {
			throw this.#input.damaged(`a packet of ${length} bytes in a block of ${block.length}`, 8);
		}

		return {point, ...noTime, bytes: block.subarray(12, 12 + length), wireBytes, direction: undefined, comment: undefined};
	}

	#interfaceOf(index: number): Interface {
		const found = this.#interfaces[index];
		if (found === undefined) {
			throw this.#input.damaged(`a packet of interface ${index}, of ${this.#interfaces.length} that were described`, 8);
		}

		return found;
	}

	#time(high: number, low: number, seenAt: Interface): {readonly seconds: number; readonly nanoseconds: number} {
		const time = timeOf(high, low, seenAt);
		if (time.seconds < 0 || time.seconds > lastSecond) {
			throw this.#input.damaged(`a time of ${time.seconds} seconds since 1970`, 12);
		}

		return time;
	}

	#packetOptions(block: Buffer, start: number): PacketOptions {
		let [direction, comment]: [Packet['direction'], string | undefined] = [undefined, undefined];
		this.#eachOption(block, start, (code, value) => {
			if (code === options.comment) {
				comment = comment === undefined ? value.toString('utf8') : `${comment}\n${value.toString('utf8')}`;
			} else if (code === options.packet.flags && value.length === 4) {
				direction = ([undefined, 'in', 'out'] as const)[this.#u32(value, 0) & 3];
			}
		});
		return {direction, comment};
	}

	#eachOption(block: Buffer, start: number, see: (code: number, value: Buffer) => void): void {
		const end = block.length - 4;
		for (let at = start; at + 4 <= end;) {
			const [code, length] = [this.#u16(block, at), this.#u16(block, at + 2)];
			if (code === options.end) {
				return;
			}

			if (at + 4 + length > end) {
				throw this.#input.damaged(`an option of ${length} bytes where ${end - at - 4} are left`, at);
			}

			see(code, block.subarray(at + 4, at + 4 + length));
			at += 4 + Math.ceil(length / 4) * 4;
		}
	}
}
