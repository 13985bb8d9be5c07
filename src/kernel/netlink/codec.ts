// Netlink attributes as tables: name -> [number, type]. Reading keeps what it does not know; it never throws and always ends, whatever the bytes.
// Numbers are in the order of x86 and arm64 (little endian), as the kernel of such a machine has them; the `…be` types are network order.
// To add a type: a constant with `read` and `write`; to add an attribute: a row in its family's file and in that family's fixture.
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

export type Table = Readonly<Record<string, readonly [number, Type<unknown>]>>;
type ValueOf<Row> = Row extends readonly [number, Type<infer Value>] ? Value : never;

/** What a table describes. An attribute that the table lacks, or whose bytes do not fit its type, stays as bytes under `#number`, flag bits included. */
export type Values<Rows extends Table> = {readonly [Name in keyof Rows]?: ValueOf<Rows[Name]> | undefined} & {
	readonly [unknown: `#${number}`]: Buffer | undefined;
};

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
		bytes.write(out, Buffer.from(value.replaceAll(':', ''), 'hex'));
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

type Fields = Readonly<Record<string, readonly [offset: number, type: Fixed<unknown>]>>;
type FieldValue<Row> = Row extends readonly [number, Fixed<infer Value>] ? Value : never;
export type FieldValues<Rows extends Fields> = {readonly [Name in keyof Rows]: FieldValue<Rows[Name]>};

/** A C structure: name -> [offset, type]. The kernel may have made it longer since; what we write leaves out is zero. */
export class Struct<Rows extends Fields> {
	readonly sizeBytes: number;
	readonly #rows: readonly (readonly [string, number, Fixed<unknown>])[];

	constructor(sizeBytes: number, rows: Rows) {
		this.sizeBytes = sizeBytes;
		this.#rows = Object.entries(rows).map(([name, [offset, type]]) => [name, offset, type]);
	}

	read(from: Buffer, start: number, end: number): FieldValues<Rows> | undefined {
		if (end - start < this.sizeBytes) {
			return undefined;
		}

		const values: Record<string, unknown> = {};
		for (const [name, offset, type] of this.#rows) {
			values[name] = type.get(from, start + offset);
		}

		return values as FieldValues<Rows>;
	}

	write(out: Writer, values: Partial<FieldValues<Rows>>): void {
		const at = out.reserve(this.sizeBytes);
		for (const [name, offset, type] of this.#rows) {
			const value = (values as Readonly<Record<string, unknown>>)[name];
			if (value !== undefined) {
				type.set(out, at + offset, value);
			}
		}
	}
}

/** NLA_F_NESTED, and what remains of an attribute's type without its two flag bits (linux/netlink.h). */
const nestedFlag = 0x80_00;
const typeMask = 0x3f_ff;

/** Attributes by a table, compiled once. Written in the order in which the object has them, so that what was read is written back byte for byte. */
export class Attributes<Rows extends Table> implements Type<Values<Rows>> {
	readonly #rows: Table;
	readonly #byNumber: ReadonlyMap<number, readonly [string, Type<unknown>]>;

	constructor(rows: Rows) {
		this.#rows = rows;
		this.#byNumber = new Map(Object.entries(rows).map(([name, [number, type]]) => [number & typeMask, [name, type] as const]));
	}

	read(from: Buffer, start: number, end: number): Values<Rows> {
		const values: Record<string, unknown> = {};
		eachAttribute(from, {start, end}, (number, valueStart, valueEnd) => {
			const row = this.#byNumber.get(number & typeMask);
			const value = row?.[1].read(from, valueStart, valueEnd);
			if (row === undefined || value === undefined) {
				values[`#${number}`] = from.subarray(valueStart, valueEnd);
			} else {
				values[row[0]] = value;
			}
		});
		return values as Values<Rows>;
	}

	write(out: Writer, values: Values<Rows>): void {
		for (const [name, value] of Object.entries(values)) {
			const [number, type] = this.#rows[name] ?? [Number(name.slice(1)), bytes];
			if (value !== undefined) {
				writeAttribute(out, number, type, value);
			}
		}
	}
}

function writeAttribute(out: Writer, number: number, type: Type<unknown>, value: unknown): void {
	const at = out.reserve(4);
	type.write(out, value);
	u16.set(out, at, out.length - at);
	u16.set(out, at + 2, number);
	out.align();
}

/** Calls `visit` for every whole attribute. Ends at the first whose length is impossible: such bytes are not the kernel's. */
function eachAttribute(
	from: Buffer,
	{start, end}: {readonly start: number; readonly end: number},
	visit: (number: number, start: number, end: number) => void,
): void {
	for (let at = start; at + 4 <= end;) {
		const length = from.readUInt16LE(at);
		if (length < 4 || at + length > end) {
			return;
		}

		visit(from.readUInt16LE(at + 2), at + 4, at + length);
		at += (length + 3) & ~3;
	}
}

/** Attributes inside an attribute. Whether its number carries NLA_F_NESTED depends on the family and age of the code: see `flagged`. */
export function nested<Rows extends Table>(rows: Rows): Attributes<Rows> {
	return new Attributes(rows);
}

/** An attribute's number with NLA_F_NESTED, as newer kernel code writes and, where it checks strictly, wants it. */
export function flagged(number: number): number {
	return number | nestedFlag;
}

/** Attributes of one number and type, over and over. */
export function array<Value>(number: number, item: Type<Value>): Type<readonly Value[]> {
	return {
		read(from, start, end) {
			const values: Value[] = [];
			eachAttribute(from, {start, end}, (_number, valueStart, valueEnd) => {
				const value = item.read(from, valueStart, valueEnd);
				if (value !== undefined) {
					values.push(value);
				}
			});
			return values;
		},
		write(out, values) {
			for (const value of values) {
				writeAttribute(out, number, item, value);
			}
		},
	};
}
