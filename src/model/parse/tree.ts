// A file as a tree of values that know where they stand. It knows nothing of scenarios: what may stand where is said by `model/schema.ts`.
import type {Position} from '../lab.ts';

export type Node = Scalar | List | Mapping;

export interface Scalar {
	readonly kind: 'scalar';
	readonly value: string | number | boolean | null;
	/** As written: `20.10` stays "20.10" although its value is 20.1. */
	readonly text: string;
	readonly at: Position;
	/** What should stand here could not be made, and that is reported already. */
	readonly isBroken?: true;
}

export interface List {
	readonly kind: 'list';
	readonly items: readonly Node[];
	readonly at: Position;
}

/** Entries in file order. A Map and not an object, so that a key such as `__proto__` is a key like any other. */
export interface Mapping {
	readonly kind: 'map';
	readonly entries: ReadonlyMap<string, Entry>;
	readonly at: Position;
}

export interface Entry {
	readonly key: string;
	/** Of the key. */
	readonly at: Position;
	readonly value: Node;
}

/** Where a problem is: the position for editors and the path for people. */
export interface Place {
	readonly position: Position;
	readonly where: string;
}

export type Path = readonly (string | number)[];

/** "services.web.ports[0]". The actions of a step have no number: "steps[0].do.ping". */
export function pathText(path: Path): string {
	return path.reduce<string>((text, step, index) => {
		if (typeof step === 'number') {
			return path[index - 1] === 'do' ? text : `${text}[${step}]`;
		}

		return text === '' ? step : `${text}.${step}`;
	}, '');
}

/** The value of a key; undefined when the node is no map, has no such key, or has it empty. */
export function get(node: Node | undefined, key: string): Node | undefined {
	const value = node?.kind === 'map' ? node.entries.get(key)?.value : undefined;
	return value?.kind === 'scalar' && value.value === null ? undefined : value;
}

export function entriesOf(node: Node | undefined): readonly Entry[] {
	return node?.kind === 'map' ? [...node.entries.values()] : [];
}

export function itemsOf(node: Node | undefined): readonly Node[] {
	return node?.kind === 'list' ? node.items : [];
}

/** The text of a scalar that is not empty. */
export function textOf(node: Node | undefined): string | undefined {
	return node?.kind === 'scalar' && node.value !== null ? node.text : undefined;
}

export function numberOf(node: Node | undefined): number | undefined {
	const text = textOf(node);
	return text === undefined || text === '' || !Number.isFinite(Number(text)) ? undefined : Number(text);
}

export function flagOf(node: Node | undefined): boolean | undefined {
	return node?.kind === 'scalar' && typeof node.value === 'boolean' ? node.value : undefined;
}

/** The texts of a list of scalars; a lone scalar is a list of one. */
export function textsOf(node: Node | undefined): readonly string[] {
	return (node?.kind === 'list' ? node.items : node === undefined ? [] : [node]).map(textOf).filter((text) => text !== undefined);
}

/** The tree of one file, for finding the place of a thing by its path. */
export class SourceTree {
	readonly root: Node;

	constructor(root: Node) {
		this.root = root;
	}

	/** The value at a path. */
	node(...path: Path): Node | undefined {
		return path.reduce<Node | undefined>((node, step) => (typeof step === 'number' ? itemsOf(node)[step] : get(node, step)), this.root);
	}

	has(...path: Path): boolean {
		return this.node(...path) !== undefined;
	}

	/** The place of the value at a path, or of the nearest thing around it that is in the file. */
	place(...path: Path): Place {
		const node = this.node(...path);
		return node === undefined ? this.key(...path) : {position: node.at, where: pathText(path)};
	}

	/** The place of the key that a path ends with (list items: of the item), or of the nearest thing around it that is in the file. */
	key(...path: Path): Place {
		for (let length = path.length; length > 0; length -= 1) {
			const parent = this.node(...path.slice(0, length - 1));
			const last = path[length - 1] ?? '';
			const position = typeof last === 'number' ? itemsOf(parent)[last]?.at : parent?.kind === 'map' ? parent.entries.get(last)?.at : undefined;
			if (position !== undefined) {
				return {position, where: pathText(path)};
			}
		}

		return {position: this.root.at, where: pathText(path)};
	}
}
