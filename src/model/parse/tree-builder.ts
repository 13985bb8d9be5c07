// From the YAML library's nodes to our tree: anchors, aliases and `<<` are resolved, `x-vethlab` is lifted to where it stands, `${VAR}` is filled in.
import {isAlias, isMap, isScalar, isSeq, Scalar, type Pair} from 'yaml';
import type {Position} from '../lab.ts';
import {interpolate, type Variables} from './interpolate.ts';
import type {Report} from './report.ts';
import type {Entry, Mapping, Node} from './tree.ts';
import {quoted} from './words.ts';

/** How many values aliases may add to those that are written out. */
const mostAliased = 100_000;

export class TreeBuilder {
	readonly #at: (offset: number) => Position;
	readonly #variables: Variables;
	readonly #report: Report;
	readonly #anchors = new Map<string, Node>();
	readonly #unset = new Set<string>();
	#built = 0;
	#aliased = 0;
	/** How many values each aliased node holds, those of its own aliases included. */
	readonly #sizes = new Map<Node, number>();

	constructor(at: (offset: number) => Position, variables: Variables, report: Report) {
		this.#at = at;
		this.#variables = variables;
		this.#report = report;
	}

	/** `fallback`: where an empty value is said to stand. */
	build(node: unknown, fallback: Position = {line: 1, column: 1}): Node {
		if (isAlias(node)) {
			return this.#alias(node.source, this.#at(node.range?.[0] ?? 0));
		}

		const before = this.#built + this.#aliased;
		this.#built += 1;
		const built = this.#plain(node, fallback);
		if ((isMap(node) || isSeq(node) || isScalar(node)) && node.anchor !== undefined) {
			this.#anchors.set(node.anchor, built);
			this.#sizes.set(built, this.#built + this.#aliased - before);
		}

		return built;
	}

	#plain(node: unknown, fallback: Position): Node {
		if (isMap(node)) {
			return this.#map(node.items, this.#at(node.range?.[0] ?? 0));
		}

		if (isSeq(node)) {
			const at = this.#at(node.range?.[0] ?? 0);
			return {kind: 'list', items: node.items.map((item) => this.build(item, at)), at};
		}

		if (isScalar(node)) {
			const isEmpty = node.value === null && (node.source ?? '') === '';
			return this.#scalar(node, isEmpty ? fallback : this.#at(node.range?.[0] ?? 0));
		}

		return {kind: 'scalar', value: null, text: '', at: fallback};
	}

	#scalar({value, source, type}: Scalar, at: Position): Node {
		if (typeof value !== 'string') {
			const kept = typeof value === 'number' || typeof value === 'boolean' ? value : null;
			return {kind: 'scalar', value: kept, text: source ?? '', at};
		}

		if (!value.includes('$')) {
			return {kind: 'scalar', value, text: value, at};
		}

		const {text, unset, required} = interpolate(value, this.#variables);
		for (const {name, words} of required) {
			this.#report.error(
				{position: at, where: ''},
				`the variable "${name}" is not set${words === '' ? '' : `: ${words}`}`,
				`set it, for example: ${name}=… vethlab …`,
			);
		}

		for (const name of unset.filter((each) => !this.#unset.has(each))) {
			this.#unset.add(name);
			this.#report.note({position: at, where: ''}, `the variable "${name}" is not set; nothing is put in its place`);
		}

		if (required.length > 0) {
			return broken(at);
		}

		return {kind: 'scalar', value: text === value ? value : typed(text, type === Scalar.PLAIN), text, at};
	}

	#map(pairs: readonly Pair[], at: Position): Mapping {
		const entries = new Map<string, Entry>();
		const merged: Node[] = [];
		const lifted: Entry[] = [];
		for (const pair of pairs) {
			const entry = this.#entry(pair, at);
			if (entry === undefined) {
				continue;
			}

			if (entry.key === '<<' && isScalar(pair.key) && pair.key.type === Scalar.PLAIN) {
				merged.push(...this.#mergeable(entry));
			} else if (entries.has(entry.key)) {
				this.#error(entry.at, 'this key is already used in the same map', 'YAML would silently keep only one of them; merge the two blocks');
			} else if (entry.key === 'x-vethlab' && entry.value.kind === 'map') {
				lifted.push(...entry.value.entries.values());
			} else {
				entries.set(entry.key, entry);
			}
		}

		for (const entry of lifted) {
			if (entries.has(entry.key)) {
				this.#error(entry.at, `"${entry.key}" is given both here and outside of x-vethlab`, 'keep one of the two');
			} else {
				entries.set(entry.key, entry);
			}
		}

		for (const entry of merged.flatMap((map) => (map.kind === 'map' ? [...map.entries.values()] : []))) {
			if (!entries.has(entry.key)) {
				entries.set(entry.key, entry);
			}
		}

		return {kind: 'map', entries, at};
	}

	#entry({key, value}: Pair, mapAt: Position): Entry | undefined {
		const keyNode = isAlias(key) ? this.build(key) : isScalar(key) ? undefined : null;
		const keyText =
			keyNode === undefined && isScalar(key)
				? typeof key.value === 'string'
					? key.value
					: (key.source ?? '')
				: keyNode?.kind === 'scalar'
					? keyNode.text
					: undefined;
		const at = isScalar(key) || isAlias(key) || isMap(key) || isSeq(key) ? this.#at(key.range?.[0] ?? 0) : mapAt;
		if (keyText === undefined || keyText === '') {
			this.#error(at, 'a key must be a word');
			return undefined;
		}

		return {key: keyText, at, value: this.build(value, at)};
	}

	/** The maps that `<<` names: one, or a list of them. */
	#mergeable({at, value}: Entry): readonly Node[] {
		const maps = value.kind === 'list' ? value.items : [value];
		if (maps.some(({kind}) => kind !== 'map')) {
			this.#error(at, '"<<" takes a map, or a list of maps', 'write it like "<<: *defaults"');
			return [];
		}

		return maps;
	}

	#alias(name: string, at: Position): Node {
		const node = this.#anchors.get(name);
		if (node === undefined) {
			this.#error(
				at,
				`there is no anchor ${quoted(`&${name}`)} before this`,
				'an alias repeats a value that was marked with & further up and is complete',
			);
			return broken(at);
		}

		this.#aliased += this.#sizes.get(node) ?? 1;
		if (this.#aliased > mostAliased) {
			if (this.#aliased - (this.#sizes.get(node) ?? 1) <= mostAliased) {
				this.#error(at, `aliases make the file too large: more than ${mostAliased.toLocaleString('en')} values`);
			}

			return broken(at);
		}

		return node;
	}

	#error(position: Position, what: string, hint?: string): void {
		this.#report.error({position, where: ''}, what, hint);
	}
}

function broken(at: Position): Node {
	return {kind: 'scalar', value: null, text: '', at, isBroken: true};
}

/** The value of a text that came out of `${…}`: it takes the type that its place wants, in quotes too, as in Compose. Only outside of them "" is nothing. */
function typed(text: string, isPlain: boolean): string | number | boolean | null {
	if (/^-?(?:0|[1-9]\d{0,14})$/.test(text)) {
		return Number(text);
	}

	if (text === 'true' || text === 'false') {
		return text === 'true';
	}

	return isPlain && text === '' ? null : text;
}
