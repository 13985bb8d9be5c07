// What may stand at a place of a file, as data. `model/schema.ts` says it for scenarios, `structure.ts` holds files against it,
// `json-schema.ts` prints it for editors. A word whose feature comes later is in `notYet`; to build it, move it to `keys` or `words`.

/** A text that names something of the lab: checked against what the file has, when the structure holds. */
export type RefKind =
	| 'host'
	/** A host with a Docker engine. */
	| 'docker host'
	| 'network to remove'
	| 'service'
	| 'LAN'
	/** A user-defined network. */
	| 'network'
	/** A host or a service. */
	| 'node'
	/** One of those, or `host:vxlanNUMBER`: the place of an overlay network on a host. */
	| 'place'
	| 'host or LAN'
	| 'fault'
	/** `host` or `host:interface`, and the interface is one of its NICs. */
	| 'host or NIC'
	/** `host:interface` */
	| 'host interface'
	/** `node` or `node:interface`, where a node may be a LAN or the place of an overlay network. */
	| 'point'
	/** Of libpcap's language: looked at by `filters.ts`. */
	| 'filter'
	/** An interface, or `service:interface`. */
	| 'bridge port'
	/** An address, a name of the lab, or a name that DNS may know. */
	| 'target'
	| 'url';

export interface TextShape {
	readonly is: 'text';
	/** Completes "… is not …", for example "a MAC like 02:00:00:00:00:01". */
	readonly want: string;
	/** Of the whole text. */
	readonly pattern?: RegExp;
	/** What a pattern cannot say. */
	readonly valid?: (text: string) => boolean;
	/** What else may be said about it when it is wrong. */
	readonly hint?: string;
	/** Words that a mistyped one may have meant. */
	readonly near?: readonly string[];
	readonly ref?: RefKind;
}

export interface NumberShape {
	readonly is: 'number';
	readonly want: string;
	readonly min: number;
	readonly max: number;
}

export interface WordsShape {
	readonly is: 'words';
	readonly words: readonly string[];
	readonly notYet: readonly string[];
	/** Words that are wrong here, and the way out for each. */
	readonly refused: Readonly<Record<string, string>>;
}

export interface ListShape {
	readonly is: 'list';
	readonly of: Shape;
	readonly atLeast: number;
}

/** A map whose keys are names that the file chooses. */
export interface NamesShape {
	readonly is: 'names';
	readonly key: TextShape;
	readonly of: Shape;
}

/** A map with known keys. */
export interface ObjectShape {
	readonly is: 'object';
	readonly keys: Readonly<Record<string, Shape>>;
	readonly required: readonly string[];
	/** Known, but built in a later version. */
	readonly notYet: readonly string[];
	/** Accepted, with a note that says what becomes of it. */
	readonly noted: Readonly<Record<string, string>>;
	/** Known and refused; the text is the way out. */
	readonly refused: Readonly<Record<string, string>>;
}

/** A map with exactly one of the known keys. */
export interface OneShape {
	readonly is: 'one';
	/** "check or action" */
	readonly noun: string;
	readonly keys: Readonly<Record<string, Shape>>;
	readonly notYet: readonly string[];
}

export interface EitherShape {
	readonly is: 'either';
	readonly want: string;
	readonly of: readonly Shape[];
}

export type Shape =
	| TextShape
	| NumberShape
	| WordsShape
	| ListShape
	| NamesShape
	| ObjectShape
	| OneShape
	| EitherShape
	| {readonly is: 'flag'}
	/** `key:` with nothing behind it. */
	| {readonly is: 'nothing'};

export const flag: Shape = {is: 'flag'};
export const nothing: Shape = {is: 'nothing'};

/** A text that matches the pattern (all of it) and passes `valid`; `want` completes "… is not …". */
export function text(want: string, pattern?: string, more: Pick<TextShape, 'valid' | 'ref' | 'hint' | 'near'> = {}): TextShape {
	return {is: 'text', want, ...(pattern === undefined ? {} : {pattern: new RegExp(`^(?:${pattern})$`)}), ...more};
}

export function number(want: string, min: number, max: number): NumberShape {
	return {is: 'number', want, min, max};
}

export function words(known: readonly string[], notYet: readonly string[] = [], refused: WordsShape['refused'] = {}): WordsShape {
	return {is: 'words', words: known, notYet, refused};
}

export function list(of: Shape, atLeast = 0): ListShape {
	return {is: 'list', of, atLeast};
}

export function names(key: TextShape, of: Shape): NamesShape {
	return {is: 'names', key, of};
}

type Treatments = Partial<Pick<ObjectShape, 'required' | 'notYet' | 'noted' | 'refused'>>;

export function object(keys: Readonly<Record<string, Shape>>, {required = [], notYet = [], noted = {}, refused = {}}: Treatments = {}): ObjectShape {
	return {is: 'object', keys, required, notYet, noted, refused};
}

export function one(noun: string, keys: Readonly<Record<string, Shape>>, notYet: readonly string[] = []): OneShape {
	return {is: 'one', noun, keys, notYet};
}

export function either(want: string, ...of: readonly Shape[]): EitherShape {
	return {is: 'either', want, of};
}
