// What a value that came over the socket must look like, as data, and how it is held against it. The shapes themselves: parameters.ts, lab-shape.ts.
// Each carries the type that it describes, so that a forgotten or a wrong key is a compile error. Keys that no shape knows are passed over.

interface Bare {
	readonly is: 'bare';
	/** Completes "expected …": "a text". */
	readonly want: string;
	readonly fits: (value: unknown) => boolean;
}

interface List {
	readonly is: 'list';
	readonly of: Plain;
}

interface Fields {
	readonly is: 'fields';
	readonly fields: Readonly<Record<string, Plain>>;
}

/** A map whose keys are anybody's. */
interface Entries {
	readonly is: 'entries';
	readonly of: Plain;
}

/** One of several, told apart by the word at `key`. */
interface Cases {
	readonly is: 'cases';
	readonly key: string;
	readonly cases: Readonly<Record<string, Fields>>;
}

interface Optional {
	readonly is: 'optional';
	readonly of: Plain;
}

interface Either {
	readonly is: 'either';
	readonly want: string;
	readonly of: readonly Plain[];
}

type Plain = Bare | List | Fields | Entries | Cases | Optional | Either;

/** A shape of values of type T. */
export type Shape<T> = Plain & {/** Never there: it keeps T apart from other types. */ readonly type?: (value: T) => T};

/** A text that passes; `want` completes "expected …". */
export function text<T extends string = string>(want = 'a text', fits: (value: string) => boolean = () => true): Shape<T> {
	// the kernel's own end of text: no name, path or word of a command can have it
	return {is: 'bare', want, fits: (value) => typeof value === 'string' && !value.includes('\0') && fits(value)};
}

/** A whole number within these bounds. */
export function number(least: number, most: number): Shape<number> {
	return {
		is: 'bare',
		want: `a whole number from ${least} to ${most}`,
		fits: (value) => typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most,
	};
}

/** A time span in milliseconds, as timers take it. */
export const milliseconds: Shape<number> = {
	is: 'bare',
	want: 'milliseconds from 0 to 2147483647',
	fits: (value) => typeof value === 'number' && value >= 0 && value <= 2 ** 31 - 1,
};

export const flag: Shape<boolean> = {is: 'bare', want: 'true or false', fits: (value) => typeof value === 'boolean'};

/** Something that is only carried along. */
export function anything<T>(): Shape<T> {
	return {is: 'bare', want: 'anything', fits: () => true};
}

export function words<const W extends string>(...known: readonly W[]): Shape<W> {
	const all: ReadonlySet<unknown> = new Set(known);
	return {is: 'bare', want: `one of ${known.join(', ')}`, fits: (value) => all.has(value)};
}

export function list<T>(of: Shape<T>): Shape<readonly T[]> {
	return {is: 'list', of};
}

export function optional<T>(of: Shape<T>): Shape<T | undefined> {
	return {is: 'optional', of};
}

export function entries<T>(of: Shape<T>): Shape<Readonly<Record<string, T>>> {
	return {is: 'entries', of};
}

type FieldsOf<T> = {readonly [K in keyof Required<T>]: Shape<T[K & keyof T]>};

export function object<T extends object>(fields: FieldsOf<T>): Shape<T> {
	return {is: 'fields', fields};
}

/** The member of a union with this word at `key`, without it. */
type Rest<T, K extends keyof T, W> = T extends unknown ? (W extends T[K] ? Omit<T, K> : never) : never;

/** For a union whose members differ by the word at `key`: one row of fields for each word. */
export function cases<T extends object, K extends keyof T & string>(key: K, rows: {readonly [W in T[K] & string]: FieldsOf<Rest<T, K, W>>}): Shape<T> {
	const all: readonly (readonly [string, Fields['fields']])[] = Object.entries(rows);
	return {is: 'cases', key, cases: Object.fromEntries(all.map(([word, fields]) => [word, {is: 'fields', fields}]))};
}

export function either<T>(want: string, ...of: readonly Plain[]): Shape<T> {
	return {is: 'either', want, of};
}

/** What is wrong with a value, and where: "action.service: expected a text, got 7". undefined: nothing. */
export function misfit(value: unknown, shape: Plain, path = ''): string | undefined {
	switch (shape.is) {
		case 'bare': {
			return shape.fits(value) ? undefined : wrong(value, shape.want, path);
		}

		case 'optional': {
			return value === undefined ? undefined : misfit(value, shape.of, path);
		}

		case 'list': {
			return Array.isArray(value) ? firstOf(value.keys(), (index) => misfit(value[index], shape.of, `${path}[${index}]`)) : wrong(value, 'a list', path);
		}

		case 'fields': {
			return isMap(value)
				? firstOf(Object.entries(shape.fields), ([key, of]) => misfit(own(value, key), of, below(path, key)))
				: wrong(value, 'an object', path);
		}

		case 'entries': {
			return isMap(value) ? firstOf(Object.entries(value), ([key, one]) => misfit(one, shape.of, below(path, key))) : wrong(value, 'an object', path);
		}

		case 'cases': {
			return isMap(value) ? misfitCase(value, shape, path) : wrong(value, 'an object', path);
		}

		case 'either': {
			return shape.of.some((one) => misfit(value, one) === undefined) ? undefined : wrong(value, shape.want, path);
		}
	}
}

function misfitCase(value: object, {key, cases: rows}: Cases, path: string): string | undefined {
	const word = own(value, key);
	const row = typeof word === 'string' && Object.hasOwn(rows, word) ? rows[word] : undefined;
	return row === undefined ? wrong(word, `one of ${Object.keys(rows).join(', ')}`, below(path, key)) : misfit(value, row, path);
}

function firstOf<T>(all: Iterable<T>, look: (one: T) => string | undefined): string | undefined {
	for (const one of all) {
		const found = look(one);
		if (found !== undefined) {
			return found;
		}
	}

	return undefined;
}

function isMap(value: unknown): value is object {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(value: object, key: string): unknown {
	return Object.hasOwn(value, key) ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
}

function below(path: string, key: string): string {
	return path === '' ? key : `${path}.${key}`;
}

const longestQuote = 60;

function wrong(value: unknown, want: string, path: string): string {
	return `${path === '' ? 'the parameters' : path}: expected ${want}, got ${described(value)}`;
}

/** Whatever its size, in a few words. */
function described(value: unknown): string {
	if (typeof value === 'string') {
		return value.length > longestQuote ? `${JSON.stringify(value.slice(0, longestQuote))}…` : JSON.stringify(value);
	}

	return value === undefined ? 'nothing' : Array.isArray(value) ? 'a list' : isMap(value) ? 'an object' : JSON.stringify(value);
}
