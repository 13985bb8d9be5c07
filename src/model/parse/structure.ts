// Holds a file against the shapes of `schema.ts`: unknown keys, wrong kinds of values, words that come later. What names mean is not asked here;
// the names that refer to something are collected for `references.ts`.
import {belongsBelow} from './elsewhere.ts';
import type {Report} from './report.ts';
import type {EitherShape, ListShape, NamesShape, ObjectShape, OneShape, RefKind, Shape} from './shape.ts';
import type {Entry, Mapping, Node, Path, Place, Scalar} from './tree.ts';
import {pathText} from './tree.ts';
import {fits, refusal, wanted} from './value.ts';
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
		if (node.kind === 'scalar' && node.isBroken === true) {
			return;
		}

		switch (shape.is) {
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
			this.#report.error(
				{position: at, where: pathText(path)},
				`expected exactly one ${shape.noun} here, got ${got}`,
				keys.length === 0 ? `known are ${Object.keys(shape.keys).join(', ')}` : 'start each one on its own line with "- "',
			);
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
			const spelled = [
				...Object.keys(shape.keys),
				...shape.notYet,
				...(shape.is === 'object' ? [...Object.keys(shape.noted), ...Object.keys(shape.refused)] : []),
			];
			const below = belongsBelow(entry.key, shape);
			this.#report.error(place, `unknown key ${quoted(entry.key)}`, below === undefined ? didYouMean(entry.key, spelled) : `it belongs in ${below}`);
		}
	}

	#wrongKind(node: Node, shape: Shape, {path, key}: Spot): void {
		const isNothing = node.kind === 'scalar' && node.value === null;
		this.#report.error({position: isNothing ? key.position : node.at, where: pathText(path)}, `expected ${wanted(shape)}, got ${described(node)}`);
	}
}
