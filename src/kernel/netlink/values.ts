// How values look in bytes: numbers, strings and addresses, in attributes and headers. Reading never throws, whatever the bytes.
// Numbers are in the order of x86 and arm64 (little endian), as the kernel of such a machine has them; the `…be` types are network order.
// To add a type: a constant with `read` and `write`.
import {ipBytes, ipText} from './ip.ts';
import {within, type Writer} from './writer.ts';

/** How one kind of value looks in bytes. */
export interface Type<Value> {
	/** The value in `bytes` from `start` to before `end`; undefined when they do not hold one. */
	read(bytes: Buffer, start: number, end: number): Value | undefined;
	write(out: Writer, value: Value): void;
}

/** A value of fixed size, which may stand in a header. */
export interface Fixed<Value> extends Type<Value> {
	readonly sizeBytes: number;
	get(bytes: Buffer, at: number): Value;
	/** Throws RangeError for a number that has no room. */
	set(out: Writer, at: number, value: Value): void;
}

function fixed<Value>(sizeBytes: number, get: (bytes: Buffer, at: number) => Value, set: (out: Writer, at: number, value: Value) => void): Fixed<Value> {
	return {
		sizeBytes,
		get,
		set,
		read: (bytes, start, end) => (end - start === sizeBytes ? get(bytes, start) : undefined),
		write(out, value) {
			const at = out.reserve(sizeBytes);
			set(out, at, value);
		},
	};
}

export const u8 = fixed(
	1,
	(bytes, at) => bytes.readUInt8(at),
	({view}, at, value: number) => view.setUint8(at, within(value, value & 0xff)),
);
export const u16 = fixed(
	2,
	(bytes, at) => bytes.readUInt16LE(at),
	({view}, at, value: number) => view.setUint16(at, within(value, value & 0xff_ff), true),
);
export const u32 = fixed(
	4,
	(bytes, at) => bytes.readUInt32LE(at),
	({view}, at, value: number) => view.setUint32(at, within(value, value >>> 0), true),
);
export const i32 = fixed(
	4,
	(bytes, at) => bytes.readInt32LE(at),
	({view}, at, value: number) => view.setInt32(at, within(value, value | 0), true),
);
export const u16be = fixed(
	2,
	(bytes, at) => bytes.readUInt16BE(at),
	({view}, at, value: number) => view.setUint16(at, within(value, value & 0xff_ff)),
);
export const u32be = fixed(
	4,
	(bytes, at) => bytes.readUInt32BE(at),
	({view}, at, value: number) => view.setUint32(at, within(value, value >>> 0)),
);
/** Exact up to 2^53, which is nine petabytes in a byte counter. */
export const u64 = fixed(
	8,
	(bytes, at) => bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32,
	({bytes: to}, at, value: number) => to.writeBigUInt64LE(BigInt(value), at),
);

/** As `u64`, in network order. */
export const u64be = fixed(
	8,
	(bytes, at) => bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4),
	({bytes: to}, at, value: number) => to.writeBigUInt64BE(BigInt(value), at),
);
/** For what a number cannot hold exactly: nanoseconds since 1970. */
export const bigU64be = fixed(
	8,
	(bytes, at) => bytes.readBigUInt64BE(at),
	({bytes: to}, at, value: bigint) => to.writeBigUInt64BE(value, at),
);

/** `sizeBytes` bytes as they are: a header's field that needs another field to be understood. */
export function block(sizeBytes: number): Fixed<Buffer> {
	return fixed(
		sizeBytes,
		(bytes, at) => bytes.subarray(at, at + sizeBytes),
		({bytes: to}, at, value: Buffer) => value.copy(to, at, 0, sizeBytes),
	);
}

/** Any bytes. */
export const bytes: Type<Buffer> = {
	read: (from, start, end) => from.subarray(start, end),
	write(out, value) {
		const at = out.reserve(value.length);
		value.copy(out.bytes, at);
	},
};

/** Present or not, without a value (NLA_FLAG). */
export const flag: Type<true> = {
	read: (_from, start, end) => (start === end ? true : undefined),
	write() {},
};

/** A string that ends with a zero byte (NLA_NUL_STRING). */
export const cString: Type<string> = {
	read(from, start, end) {
		return end > start && from[end - 1] === 0 ? from.toString('utf8', start, end - 1) : undefined;
	},
	write(out, value) {
		const at = out.reserve(Buffer.byteLength(value) + 1);
		out.bytes.write(value, at);
	},
};

/** An IPv4 or IPv6 address in network order. */
export const ip: Type<string> = {
	read: ipText,
	write(out, value) {
		const address = ipBytes(value);
		if (address === undefined) {
			throw new TypeError(`not an IP address: ${value}`);
		}

		bytes.write(out, address);
	},
};

/** A link-layer address of six bytes. */
export const mac: Type<string> = {
	read: (from, start, end) => (end - start === 6 ? (from.toString('hex', start, end).match(/../g) ?? []).join(':') : undefined),
	write(out, value) {
		const at = out.reserve(6);
		out.bytes.write(value.replaceAll(':', ''), at, 6, 'hex');
	},
};

/** Values of one fixed type, one after the other, to the end of the attribute. */
export function list<Value>(item: Fixed<Value>): Type<readonly Value[]> {
	return {
		read(from, start, end) {
			return (end - start) % item.sizeBytes === 0
				? Array.from({length: (end - start) / item.sizeBytes}, (_, index) => item.get(from, start + index * item.sizeBytes))
				: undefined;
		},
		write(out, values) {
			for (const value of values) {
				item.write(out, value);
			}
		},
	};
}
