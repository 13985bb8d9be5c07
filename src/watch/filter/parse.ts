// A filter's text as a tree: `tcp.port == 80 && !(ip.addr == 10.0.0.2 || arp)`, the common part of Wireshark's language. What it means: match.ts.
import {LabError} from '../../base/errors.ts';
import {didYouMean, quoted} from '../../model/parse/words.ts';
import {allNames, isProtocol, kindOf, type Kind} from './names.ts';

export const comparisons = ['==', '!=', '>=', '<=', '>', '<', 'contains'] as const;
export type Comparison = (typeof comparisons)[number];

export type Filter =
	| {readonly is: 'all'}
	| {readonly is: 'protocol' | 'field'; readonly name: string}
	/** Seen at one of these: at.ts. */
	| {readonly is: 'at'; readonly places: readonly string[]}
	| {readonly is: 'compared'; readonly name: string; readonly comparison: Comparison; readonly value: string | number}
	| {readonly is: 'not'; readonly of: Filter}
	| {readonly is: 'and' | 'or'; readonly left: Filter; readonly right: Filter};

/** What is wrong with a filter, and where: for whoever shows both in a way of their own. */
export interface Wrong {
	/** The first character of the wrong word, from the beginning of the filter, and how many it has; at the end of the filter 0. */
	readonly at: number;
	readonly length: number;
	readonly said: string;
	readonly hint: string | undefined;
}

class WrongFilter extends Error {
	readonly wrong: Wrong;

	constructor(wrong: Wrong) {
		super(wrong.said);
		this.wrong = wrong;
	}
}

interface Token {
	readonly text: string;
	/** From the beginning of the filter. */
	readonly at: number;
}

/** Words for signs, as Wireshark has them. */
const otherWords: ReadonlyMap<string, string> = new Map(
	Object.entries({and: '&&', or: '||', not: '!', eq: '==', ne: '!=', gt: '>', lt: '<', ge: '>=', le: '<='}),
);
const otherNumbers: ReadonlyMap<string, number> = new Map([
	['true', 1],
	['false', 0],
]);
const signs = new Set(['&&', '||', '!', '(', ')', ...comparisons, '']);
/** Deeper nesting is refused. */
const mostDepth = 50;

class Parser {
	readonly #text: string;
	readonly #tokens: readonly Token[];
	#next = 0;
	#depth = 0;

	constructor(text: string) {
		this.#text = text;
		const found = [...text.matchAll(/"[^"]*"|&&|\|\||[=!<>]=|[!()<>]|[^\s!()<>=&|"]+|\S/g)];
		this.#tokens = found.map((match) => ({text: otherWords.get(match[0]) ?? match[0], at: match.index}));
	}

	parse(): Filter {
		if (this.#tokens.length === 0) {
			return {is: 'all'};
		}

		const filter = this.#or();
		const rest = this.#peek();
		return rest.text === '' ? filter : this.#fail(rest, `${quoted(rest.text)} stands where && or || was expected`);
	}

	#peek(): Token {
		return this.#tokens[this.#next] ?? {text: '', at: this.#text.length};
	}

	#take(): Token {
		const token = this.#peek();
		this.#next += 1;
		return token;
	}

	#isNext(text: string): boolean {
		const isThere = this.#peek().text === text;
		this.#next += isThere ? 1 : 0;
		return isThere;
	}

	#or(): Filter {
		const all = [this.#and()];
		while (this.#isNext('||')) {
			all.push(this.#and());
		}

		return joined('or', all);
	}

	#and(): Filter {
		const all = [this.#term()];
		while (this.#isNext('&&')) {
			all.push(this.#term());
		}

		return joined('and', all);
	}

	#term(): Filter {
		const token = this.#take();
		this.#depth += 1;
		if (this.#depth > mostDepth) {
			return this.#fail(token, 'more brackets and ! within each other than anybody reads');
		}

		const filter = token.text === '!' ? ({is: 'not', of: this.#term()} as const) : token.text === '(' ? this.#bracket() : this.#test(token);
		this.#depth -= 1;
		return filter;
	}

	#bracket(): Filter {
		const filter = this.#or();
		const end = this.#take();
		return end.text === ')' ? filter : this.#fail(end, `${end.text === '' ? 'the end' : quoted(end.text)} stands where ) was expected`);
	}

	#test(token: Token): Filter {
		const name = token.text.toLowerCase();
		if (signs.has(name)) {
			return this.#fail(token, `${name === '' ? 'the end' : quoted(name)} stands where a protocol or a field was expected`);
		}

		if (name === 'at') {
			return this.#at();
		}

		const kind = kindOf(name);
		if (kind === undefined && !isProtocol(name)) {
			return this.#fail(token, `${quoted(name)} is no protocol and no field`, didYouMean(name, ['at', ...allNames()]));
		}

		const comparison = comparisons.find((one) => this.#isNext(one));
		if (comparison === undefined) {
			return {is: kind === undefined ? 'protocol' : 'field', name};
		}

		return kind === undefined
			? this.#fail(
					token,
					`${name} is a protocol: there is nothing to compare`,
					`name a field, like ${allNames().find((one) => one.startsWith(`${name}.`)) ?? ''}`,
				)
			: {is: 'compared', name, comparison, value: this.#value(name, kind, comparison)};
	}

	/** `at web1|br0`, also with == or != before the places. */
	#at(): Filter {
		const isNot = this.#isNext('!=');
		if (!isNot) {
			this.#isNext('==');
		}

		const places = [this.#place()];
		while (this.#isNext('|')) {
			places.push(this.#place());
		}

		return isNot ? {is: 'not', of: {is: 'at', places}} : {is: 'at', places};
	}

	#place(): string {
		const token = this.#take();
		const place = token.text.replaceAll(/^"|"$/g, '');
		return place === '' || place === '|' || signs.has(token.text)
			? this.#fail(token, `${token.text === '' ? 'the end' : quoted(token.text)} stands where a place was expected`, 'like this: at web1|h1/br0')
			: place;
	}

	#value(name: string, kind: Kind, comparison: Comparison): string | number {
		const token = this.#take();
		const text = token.text.replaceAll(/^"|"$/g, '');
		if (signs.has(token.text)) {
			return this.#fail(token, `${token.text === '' ? 'the end' : quoted(token.text)} stands where a value for ${name} was expected`);
		}

		if (comparison === 'contains' || kind === 'text') {
			return text;
		}

		if (kind === 'address') {
			return /^[\da-f]+(?:[.:][\da-f.:]*)$|^::[\da-f.:]*$/i.test(text)
				? text.toLowerCase()
				: this.#fail(token, `${quoted(text)} is no address, which ${name} is`);
		}

		const number = otherNumbers.get(text.toLowerCase()) ?? Number(text);
		return Number.isFinite(number) && text !== '' ? number : this.#fail(token, `${quoted(text)} is no number, which ${name} is`);
	}

	#fail({text, at}: Token, said: string, hint?: string): never {
		throw new WrongFilter({at, length: text.length, said, hint});
	}
}

/** As a tree that is no deeper than it must be, so that a filter of thousands of words can be walked through. There is one at least. */
function joined(is: 'and' | 'or', all: readonly Filter[]): Filter {
	const [first] = all;
	if (first !== undefined && all.length === 1) {
		return first;
	}

	const middle = Math.ceil(all.length / 2);
	return {is, left: joined(is, all.slice(0, middle)), right: joined(is, all.slice(middle))};
}

/** A filter, or what is wrong with it. An empty filter is passed by every packet. */
export function checkFilter(text: string): {readonly filter: Filter} | {readonly wrong: Wrong} {
	try {
		return {filter: new Parser(text.replaceAll(/\s/g, ' ')).parse()};
	} catch (error) {
		if (error instanceof WrongFilter) {
			return {wrong: error.wrong};
		}

		throw error;
	}
}

/** Throws E_ARGUMENT, which points at the wrong word. An empty filter is passed by every packet. */
export function parseFilter(text: string): Filter {
	const checked = checkFilter(text);
	if ('filter' in checked) {
		return checked.filter;
	}

	const {at, length, said, hint} = checked.wrong;
	throw new LabError('E_ARGUMENT', {
		doing: 'read the filter',
		said: `${said}\n         ${text.replaceAll(/\s/g, ' ')}\n         ${' '.repeat(at)}${'^'.repeat(Math.max(1, length))}`,
		hint: hint ?? 'like this: tcp.port == 80 && !(ip.addr == 10.0.0.2 || arp)',
	});
}
