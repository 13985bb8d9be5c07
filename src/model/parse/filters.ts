// Capture filters of a file. They are compiled by libpcap, which is no part of the model: whoever reads a file says how.
import type {Problem} from '../problem.ts';
import type {Parsed} from '../parse.ts';
import {unknownWord} from './filter-words.ts';
import type {Reference} from './structure.ts';
import {quoted} from './words.ts';

/** Says in its own words what is wrong with a filter; undefined: nothing. */
export type FilterCheck = (filter: string) => Promise<string | undefined>;

/** The same with what is wrong with the file's filters. `text`: the file's. What `check` throws stops nothing: then nobody here can say. */
export async function withFilters(parsed: Parsed, text: string, check: FilterCheck): Promise<Parsed> {
	const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
	const found = await Promise.all(parsed.filters.map(async (filter) => problemOf(filter, lines, check)));
	const wrong = found.filter((problem) => problem !== undefined);
	return wrong.length === 0
		? parsed
		: {
				...parsed,
				lab: undefined,
				problems: [...parsed.problems, ...wrong].toSorted(({position: a}, {position: b}) => a.line - b.line || a.column - b.column),
			};
}

async function problemOf({text, place}: Reference, lines: readonly string[], check: FilterCheck): Promise<Problem | undefined> {
	const refusal = (said: string): string => `the filter ${quoted(text)} does not compile: ${said}`;
	const unknown = unknownWord(text);
	if (unknown !== undefined) {
		const {at, word, hint} = unknown;
		const start = startOf(text, place.position, lines);
		const position = start === undefined ? place.position : {...place.position, column: start + at + 1};
		return {level: 'error', where: place.where, position, what: refusal(`${quoted(word)} is none of its words`), hint};
	}

	const said = await check(text).catch(() => undefined);
	return said === undefined ? undefined : {level: 'error', ...place, what: refusal(said)};
}

/** Where the text itself begins in its line, after a quotation mark; undefined: it is not written there as it is meant. */
function startOf(text: string, {line, column}: Problem['position'], lines: readonly string[]): number | undefined {
	const source = lines[line - 1] ?? '';
	return [column - 1, column].find((start) => source.startsWith(text, start));
}
