// Holds a file against the shapes of `schema.ts`: unknown keys, wrong kinds of values, words that come later. What names mean is not asked here;
// the names that refer to something are collected for `references.ts`.
import type {Report} from './report.ts';
import type {EitherShape, ListShape, NamesShape, NumberShape, ObjectShape, OneShape, RefKind, Shape, TextShape, WordsShape} from './shape.ts';
import type {Entry, Mapping, Node, Path, Place, Scalar} from './tree.ts';
import {pathText} from './tree.ts';
import {described, didYouMean, quoted} from './words.ts';

/** A name in the file that must be the name of something. */
export interface Reference {
	readonly kind: RefKind;
	readonly text: string;
	readonly path: Path;
	readonly place: Place;
}

/** Reports every difference between the tree and its shape; returns the references for later. */
export function checkStructure(root: Node, shape: Shape, report: Report): readonly Reference[] {
	const walk = new Walk(report);
	walk.check(root, shape, {path: [], key: {position: root.at, where: ''}});
	return walk.references;
}

/** Where the walk is; `key`: the place of the key or list item that holds the value. */
interface Spot {
	readonly path: Path;
	readonly key: Place;
}

class Walk {
	readonly references: Reference[] = [];
	readonly #report: Report;

	constructor(report: Report) {
		this.#report = report;
	}

	check(node: Node, shape: Shape, spot: Spot): void {
		switch (shape.is) {
			case 'anything': {
				return;
			}

			case 'either': {
				return this.#either(node, shape, spot);
			}

			case 'list': {
				return node.kind === 'list' ? this.#list(node.items, shape, spot) : this.#wrongKind(node, shape, spot);
			}

			case 'names': {
				return node.kind === 'map' ? this.#names(node, shape, spot) : this.#wrongKind(node, shape, spot);
			}

			case 'object': {
				return node.kind === 'map' ? this.#object(node, shape, spot) : this.#wrongKind(node, shape, spot);
			}

			case 'one': {
				return node.kind === 'map' ? this.#one(node, shape, spot) : this.#wrongKind(node, shape, spot);
			}

			default: {
				return node.kind === 'scalar' && fits(node, shape) ? this.#scalar(node, shape, spot) : this.#wrongKind(node, shape, spot);
			}
		}
	}

	#scalar(node: Scalar, shape: Shape, {path}: Spot): void {
		const place = {position: node.at, where: pathText(path)};
		if (shape.is === 'words' && shape.notYet.includes(node.text)) {
			this.#report.notYet(place, quoted(node.text));
			return;
		}

		const wrong = refusal(node, shape);
		if (wrong !== undefined) {
			this.#report.error(place, wrong.what, wrong.hint);
		} else if (shape.is === 'text' && shape.ref !== undefined) {
			this.references.push({kind: shape.ref, text: node.text, path, place});
		}
	}

	/** The first alternative that takes the value; else the complaint of the last one that takes values of its kind. */
	#either(node: Node, shape: EitherShape, spot: Spot): void {
		const fitting = shape.of.filter((each) => fits(node, each));
		const taking = fitting.find((each) => node.kind !== 'scalar' || refusal(node, each) === undefined) ?? fitting.at(-1);
		if (taking === undefined) {
			this.#wrongKind(node, shape, spot);
		} else if (node.kind === 'scalar' && fitting.length > 1 && refusal(node, taking) !== undefined) {
			this.#report.error({position: node.at, where: pathText(spot.path)}, `${described(node)} is not ${shape.want}`);
		} else {
			this.check(node, taking, spot);
		}
	}

	#list(items: readonly Node[], {of, atLeast}: ListShape, {path, key}: Spot): void {
		if (items.length < atLeast) {
			this.#report.error({position: key.position, where: pathText(path)}, `this list needs at least ${atLeast === 1 ? 'one item' : `${atLeast} items`}`);
		}

		for (const [index, item] of items.entries()) {
			const itemPath = [...path, index];
			this.check(item, of, {path: itemPath, key: {position: item.at, where: pathText(itemPath)}});
		}
	}

	#names({entries}: Mapping, shape: NamesShape, {path}: Spot): void {
		for (const entry of entries.values()) {
			const keyPath = [...path, entry.key];
			const place = {position: entry.at, where: pathText(path)};
			const wrong = refusal({kind: 'scalar', value: entry.key, text: entry.key, at: entry.at}, shape.key);
			if (wrong !== undefined) {
				this.#report.error(place, wrong.what, wrong.hint);
			} else if (shape.key.ref !== undefined) {
				this.references.push({kind: shape.key.ref, text: entry.key, path: keyPath, place: {position: entry.at, where: pathText(keyPath)}});
			}

			this.check(entry.value, shape.of, {path: keyPath, key: {position: entry.at, where: pathText(keyPath)}});
		}
	}

	#object({entries}: Mapping, shape: ObjectShape, {path, key}: Spot): void {
		for (const name of shape.required.filter((each) => !entries.has(each))) {
			this.#report.error({position: key.position, where: pathText(path)}, `"${name}" is missing`);
		}

		for (const entry of entries.values()) {
			const inner = [...path, entry.key];
			const place = {position: entry.at, where: pathText(inner)};
			if (Object.hasOwn(shape.noted, entry.key)) {
				this.#report.note(place, shape.noted[entry.key] ?? '');
			} else if (Object.hasOwn(shape.refused, entry.key)) {
				this.#report.error(place, 'this Compose key is not supported here', shape.refused[entry.key]);
			} else {
				this.#key(entry, shape, path);
			}
		}
	}

	#one({entries, at}: Mapping, shape: OneShape, {path}: Spot): void {
		const keys = [...entries.keys()].filter((key) => !key.startsWith('x-'));
		if (keys.length !== 1) {
			const got = keys.length === 0 ? 'none' : `${keys.length} (${keys.join(', ')})`;
			this.#report.error({position: at, where: pathText(path)}, `expected exactly one ${shape.noun} here, got ${got}`, keys.length === 0 ? `known are ${Object.keys(shape.keys).join(', ')}` : 'start each one on its own line with "- "');
		}

		for (const entry of entries.values()) {
			this.#key(entry, shape, path);
		}
	}

	#key(entry: Entry, shape: ObjectShape | OneShape, path: Path): void {
		const inner = [...path, entry.key];
		const place = {position: entry.at, where: pathText(path)};
		const known = Object.hasOwn(shape.keys, entry.key) ? shape.keys[entry.key] : undefined;
		if (known !== undefined) {
			this.check(entry.value, known, {path: inner, key: {position: entry.at, where: pathText(inner)}});
		} else if (shape.notYet.includes(entry.key)) {
			this.#report.notYet(place, quoted(entry.key));
		} else if (!entry.key.startsWith('x-')) {
			const spelled = [...Object.keys(shape.keys), ...shape.notYet, ...(shape.is === 'object' ? [...Object.keys(shape.noted), ...Object.keys(shape.refused)] : [])];
			this.#report.error(place, `unknown key ${quoted(entry.key)}`, didYouMean(entry.key, spelled));
		}
	}

	#wrongKind(node: Node, shape: Shape, {path, key}: Spot): void {
		const isNothing = node.kind === 'scalar' && node.value === null;
		this.#report.error({position: isNothing ? key.position : node.at, where: pathText(path)}, `expected ${wanted(shape)}, got ${described(node)}`);
	}
}

/** Whether a value is of the kind that the shape takes, right or wrong in itself. */
function fits(node: Node, shape: Shape): boolean {
	switch (shape.is) {
		case 'anything': {
			return true;
		}

		case 'either': {
			return shape.of.some((each) => fits(node, each));
		}

		case 'list': {
			return node.kind === 'list';
		}

		case 'names':
		case 'object':
		case 'one': {
			return node.kind === 'map';
		}

		case 'nothing': {
			return node.kind === 'scalar' && node.value === null;
		}

		case 'text':
		case 'words':
		case 'number':
		case 'flag': {
			return node.kind === 'scalar' && node.value !== null;
		}
	}
}

interface Refusal {
	readonly what: string;
	readonly hint?: string | undefined;
}

/** Why a scalar of the right kind is not right; undefined: it is. */
function refusal(node: Scalar, shape: Shape): Refusal | undefined {
	switch (shape.is) {
		case 'text': {
			return textRefusal(node.text, shape);
		}

		case 'words': {
			return wordRefusal(node.text, shape);
		}

		case 'number': {
			return numberRefusal(node, shape);
		}

		case 'flag': {
			return typeof node.value === 'boolean'
				? undefined
				: {what: `${quoted(node.text)} is not true or false`, hint: /^(?:yes|no|on|off)$/i.test(node.text) ? 'YAML 1.2 has only true and false' : undefined};
		}

		case 'either': {
			const fitting = shape.of.filter((each) => fits(node, each));
			return fitting.some((each) => refusal(node, each) === undefined) ? undefined : {what: `${described(node)} is not ${shape.want}`};
		}

		default: {
			return undefined;
		}
	}
}

function textRefusal(text: string, {pattern, valid, want}: TextShape): Refusal | undefined {
	const isRight = (pattern === undefined || new RegExp(pattern).test(text)) && (valid === undefined || valid(text));
	return isRight ? undefined : {what: `${quoted(text)} is not ${want}`};
}

function wordRefusal(text: string, {words, notYet}: WordsShape): Refusal | undefined {
	return words.includes(text) || notYet.includes(text) ? undefined : {what: `${quoted(text)} is not one of ${words.join(', ')}`, hint: didYouMean(text, words)};
}

/** Digits in quotes are taken for a number, as Compose does for ports. */
function numberRefusal({value, text}: Scalar, {min, max, want}: NumberShape): Refusal | undefined {
	const number = typeof value === 'number' ? value : /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
	return number !== undefined && Number.isInteger(number) && number >= min && number <= max ? undefined : {what: `${quoted(text)} is not ${want}`};
}

/** What a shape takes, in words. */
function wanted(shape: Shape): string {
	switch (shape.is) {
		case 'text':
		case 'number':
		case 'either': {
			return shape.want;
		}

		case 'words': {
			return `one of ${shape.words.join(', ')}`;
		}

		case 'list': {
			return 'a list';
		}

		case 'names':
		case 'object': {
			return 'a map';
		}

		case 'one': {
			return `a map with one ${shape.noun}`;
		}

		case 'flag': {
			return 'true or false';
		}

		case 'nothing': {
			return 'nothing';
		}

		case 'anything': {
			return 'a value';
		}
	}
}
