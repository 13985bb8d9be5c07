// Netlink attributes as tables: name -> [number, type]. Reading keeps what it does not know; it never throws and always ends, whatever the bytes.
// To add an attribute: a row in its family's file and in that family's fixture.
import {bytes, type Fixed, type Type} from './values.ts';
import {within, type Writer} from './writer.ts';

export type Table = Readonly<Record<string, readonly [number, Type<unknown>]>>;
type ValueOf<Row> = Row extends readonly [number, Type<infer Value>] ? Value : never;

/** What a table describes. An attribute that the table lacks, or whose bytes do not fit its type, stays as bytes under `#number`, flag bits included. */
export type Values<Rows extends Table> = {readonly [Name in keyof Rows]?: ValueOf<Rows[Name]> | undefined} & {
	readonly [unknown: `#${number}`]: Buffer | undefined;
};

type Fields = Readonly<Record<string, readonly [offset: number, type: Fixed<unknown>]>>;
type FieldValue<Row> = Row extends readonly [number, Fixed<infer Value>] ? Value : never;
export type FieldValues<Rows extends Fields> = {readonly [Name in keyof Rows]: FieldValue<Rows[Name]>};

/** A C structure: name -> [offset, type]. The kernel may have made it longer since; what we write leaves out is zero. */
export class Struct<Rows extends Fields> {
	readonly sizeBytes: number;
	readonly #rows: Fields;
	readonly #names: readonly string[];

	constructor(sizeBytes: number, rows: Rows) {
		this.sizeBytes = sizeBytes;
		this.#rows = rows;
		this.#names = Object.keys(rows);
	}

	read(from: Buffer, start: number, end: number): FieldValues<Rows> | undefined {
		if (end - start < this.sizeBytes) {
			return undefined;
		}

		const values: Record<string, unknown> = {};
		for (const name of this.#names) {
			const row = this.#rows[name];
			values[name] = row?.[1].get(from, start + row[0]);
		}

		return values as FieldValues<Rows>;
	}

	write(out: Writer, values: Partial<FieldValues<Rows>>): void {
		const at = out.reserve(this.sizeBytes);
		for (const name of Object.keys(values)) {
			const row = this.#rows[name];
			const value = values[name];
			if (row !== undefined && value !== undefined) {
				row[1].set(out, at + row[0], value);
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

			return false;
		});
		return values as Values<Rows>;
	}

	/** One attribute alone; undefined when it is not there. Those behind it are not looked at. */
	readOne<Name extends keyof Rows & string>(name: Name, from: Buffer, start: number, end: number): Values<Rows>[Name] {
		const row = this.#rows[name];
		let value: unknown;
		eachAttribute(from, {start, end}, (number, valueStart, valueEnd) => {
			const isIt = row !== undefined && (number & typeMask) === (row[0] & typeMask);
			value = isIt ? row[1].read(from, valueStart, valueEnd) : undefined;
			return isIt;
		});
		return value as Values<Rows>[Name];
	}

	write(out: Writer, values: Values<Rows>): void {
		// taken apart by index: code that runs for the first time takes an array apart by its iterator, at three times the price
		for (const name of Object.keys(values)) {
			const value: unknown = values[name];
			if (value !== undefined) {
				const row = this.#rows[name];
				writeAttribute(out, row?.[0] ?? Number(name.slice(1)), row?.[1] ?? bytes, value);
			}
		}
	}
}

function writeAttribute(out: Writer, number: number, type: Type<unknown>, value: unknown): void {
	const at = out.reserve(4);
	type.write(out, value);
	out.view.setUint16(at, within(out.length - at, (out.length - at) & 0xff_ff), true);
	out.view.setUint16(at + 2, number, true);
	out.align();
}

/** Calls `visit` for every whole attribute until it says that this was enough. Ends at the first whose length is impossible: such bytes are not the kernel's. */
function eachAttribute(
	from: Buffer,
	{start, end}: {readonly start: number; readonly end: number},
	visit: (number: number, start: number, end: number) => boolean,
): void {
	for (let at = start; at + 4 <= end;) {
		const length = from.readUInt16LE(at);
		if (length < 4 || at + length > end || visit(from.readUInt16LE(at + 2), at + 4, at + length)) {
			return;
		}

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

				return false;
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
