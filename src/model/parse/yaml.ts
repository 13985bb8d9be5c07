// YAML 1.2 (core schema) to a tree with positions, with every limit that keeps a hostile file small: size, depth, aliases.
// Anchors, aliases and `<<` are resolved here, `x-vethlab` is lifted to where it stands, and `${VAR}` is filled in.
import {Composer, isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, Parser, Scalar, type Document, type Pair, type YAMLError} from 'yaml';
import type {Position} from '../lab.ts';
import {interpolate, type Variables} from './interpolate.ts';
import type {Report} from './report.ts';
import type {Entry, Mapping, Node} from './tree.ts';
import {quoted} from './words.ts';

const largestBytes = 4 * 1024 * 1024;
const deepest = 100;
/** How many values aliases may add to those that are written out. */
const mostAliased = 100_000;

const start: Position = {line: 1, column: 1};

/** The tree of a YAML text; undefined when it cannot be read, and then the report says why. */
export function readYaml(text: string, variables: Variables, report: Report): Node | undefined {
	report.enter('syntax');
	const unreadable = refusal(text);
	if (unreadable !== undefined) {
		report.error({position: unreadable.position, where: ''}, unreadable.what, unreadable.hint);
		return undefined;
	}

	const lines = new LineCounter();
	const {documents, tooDeepAt} = compose(text, lines);
	const at = (offset: number): Position => {
		const {line, col} = lines.linePos(offset);
		return line === 0 ? start : {line, column: col};
	};
	if (tooDeepAt !== undefined) {
		report.error({position: at(tooDeepAt), where: ''}, `lists and maps are nested more than ${deepest} deep here`);
		return undefined;
	}

	reportSyntax(documents, at, report);
	const [document] = documents;
	if (report.isBlocked || document === undefined || document.contents === null) {
		return report.isBlocked ? undefined : {kind: 'map', entries: new Map(), at: start};
	}

	report.enter('structure');
	return new TreeBuilder(at, variables, report).build(document.contents);
}

function refusal(text: string): {readonly position: Position; readonly what: string; readonly hint?: string} | undefined {
	const bytes = Buffer.byteLength(text);
	if (bytes > largestBytes) {
		return {position: start, what: `the file is too large: ${Math.ceil(bytes / 1024 / 1024)} MiB, and 4 MiB is the most`};
	}

	// YAML 1.2.2, 5.1: these may not appear in a YAML stream.
	const garbage = text.search(/[\0-\u0008\u000B\u000C\u000E-\u001F\u007F]/);
	if (garbage !== -1) {
		const before = text.slice(0, garbage);
		const position = {line: before.split('\n').length, column: garbage - before.lastIndexOf('\n')};
		return {position, what: 'this is not text: a control character stands here', hint: 'a scenario is a YAML file in UTF-8'};
	}

	return undefined;
}

/** Feeds the parser piece by piece, so that it can be stopped before deep nesting overflows the composer's stack. */
function compose(text: string, lineCounter: LineCounter): {readonly documents: readonly Document.Parsed[]; readonly tooDeepAt?: number} {
	const composer = new Composer({version: '1.2', schema: 'core', uniqueKeys: false, prettyErrors: false, logLevel: 'silent', keepSourceTokens: false});
	const parser = new Parser(lineCounter.addNewLine);
	const documents: Document.Parsed[] = [];
	lineCounter.addNewLine(0);
	for (const lexeme of new Lexer().lex(text)) {
		for (const token of parser.next(lexeme)) {
			documents.push(...composer.next(token));
		}

		if (parser.stack.length > deepest) {
			return {documents, tooDeepAt: parser.offset};
		}
	}

	for (const token of parser.end()) {
		documents.push(...composer.next(token));
	}

	documents.push(...composer.end(true, text.length));
	return {documents};
}

/** One problem for each line: what follows a syntax error on its line is mostly its echo. */
function reportSyntax(documents: readonly Document.Parsed[], at: (offset: number) => Position, report: Report): void {
	const seen = new Set<number>();
	for (const error of documents.flatMap((document) => [...document.errors, ...document.warnings]).toSorted((a, b) => a.pos[0] - b.pos[0])) {
		const position = at(error.pos[0]);
		if (!seen.has(position.line)) {
			seen.add(position.line);
			const {what, hint} = syntaxWords(error);
			report.error({position, where: ''}, what, hint);
		}
	}

	const [first, second] = documents;
	if (second !== undefined && !report.isBlocked) {
		report.error({position: at(second.range[0]), where: ''}, 'a second YAML document starts here', 'one file is one lab: remove the "---", or make two files');
	}

	if (first !== undefined && first.directives.yaml.explicit === true && first.directives.yaml.version !== '1.2') {
		report.error({position: start, where: ''}, `this file says it is YAML ${first.directives.yaml.version}`, 'scenarios are YAML 1.2: remove the "%YAML" line');
	}
}

function syntaxWords({code, message}: YAMLError): {readonly what: string; readonly hint?: string} {
	switch (code) {
		case 'TAB_AS_INDENT': {
			return {what: 'a tab cannot indent YAML', hint: 'use spaces'};
		}

		case 'BAD_INDENT': {
			return message.includes('must be sufficiently indented')
				? {what: `a "${message.at(-1) ?? ']'}" is missing, or what stands between the brackets is not indented`, hint: 'close every "[" and "{"'}
				: {what: 'the indentation does not fit the lines above', hint: 'keys of one map start in the same column'};
		}

		case 'MISSING_CHAR': {
			return message.includes('quote') ? {what: 'a quote is opened and never closed'} : {what: 'a ":" or "," is missing here'};
		}

		case 'BLOCK_AS_IMPLICIT_KEY': {
			return {what: 'two ": " on one line', hint: 'put the text in quotes, or the inner map on a line of its own'};
		}

		case 'MULTILINE_IMPLICIT_KEY': {
			return {what: 'this is neither a key with ": " nor a list item with "- "'};
		}

		case 'BAD_SCALAR_START': {
			return {what: 'a text cannot start with this character', hint: 'put it in quotes'};
		}

		case 'BAD_DQ_ESCAPE': {
			return {what: 'there is no such escape in YAML', hint: 'write "\\\\" for a backslash, or use single quotes'};
		}

		case 'TAG_RESOLVE_FAILED': {
			return {what: 'YAML tags such as "!reset" are not used here', hint: 'remove the word that starts with "!"'};
		}

		default: {
			return {what: `this is not valid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`};
		}
	}
}

class TreeBuilder {
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
	build(node: unknown, fallback: Position = start): Node {
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
			const isKept = value === null || typeof value === 'number' || typeof value === 'boolean';
			return {kind: 'scalar', value: isKept ? value : String(value), text: source ?? String(value ?? ''), at};
		}

		if (!value.includes('$')) {
			return {kind: 'scalar', value, text: value, at};
		}

		const {text, unset, required} = interpolate(value, this.#variables);
		for (const {name, words} of required) {
			this.#report.error({position: at, where: ''}, `the variable "${name}" is not set${words === '' ? '' : `: ${words}`}`, `set it, for example: ${name}=… vethlab …`);
		}

		for (const name of unset.filter((each) => !this.#unset.has(each))) {
			this.#unset.add(name);
			this.#report.note({position: at, where: ''}, `the variable "${name}" is not set; nothing is put in its place`);
		}

		const isPlain = type === Scalar.PLAIN || type === undefined;
		return {kind: 'scalar', value: text === value ? value : typed(text, isPlain), text, at};
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
		const keyText = keyNode === undefined && isScalar(key) ? (typeof key.value === 'string' ? key.value : (key.source ?? '')) : keyNode?.kind === 'scalar' ? keyNode.text : undefined;
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
			this.#error(at, `there is no anchor ${quoted(`&${name}`)} before this`, 'an alias repeats a value that was marked with & further up and is complete');
			return {kind: 'scalar', value: null, text: '', at};
		}

		this.#aliased += this.#sizes.get(node) ?? 1;
		if (this.#aliased > mostAliased) {
			if (this.#aliased - (this.#sizes.get(node) ?? 1) <= mostAliased) {
				this.#error(at, `aliases make the file too large: more than ${mostAliased.toLocaleString('en')} values`);
			}

			return {kind: 'scalar', value: null, text: '', at};
		}

		return node;
	}

	#error(position: Position, what: string, hint?: string): void {
		this.#report.error({position, where: ''}, what, hint);
	}
}

/** The value of a text that came out of `${…}`: Compose makes numbers of digits even in quotes, words only outside of them. */
function typed(text: string, isPlain: boolean): string | number | boolean | null {
	if (/^-?(?:0|[1-9]\d{0,14})$/.test(text)) {
		return Number(text);
	}

	if (isPlain && (text === 'true' || text === 'false')) {
		return text === 'true';
	}

	return isPlain && text === '' ? null : text;
}
