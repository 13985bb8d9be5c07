// What may come next in a filter that is typed: names of fields, comparisons, values that packets have. Not whether it is right: watch/filter.
import {allNames, isProtocol, kindOf} from '../../watch/filter/names.ts';
import type {Line} from './line-edit.ts';

export interface Completion {
	/** What is replaced: from here to the cursor. */
	readonly from: number;
	/** The best first. */
	readonly words: readonly string[];
}

/** Words for signs are understood, too, but need no completion. */
const comparison = String.raw`[=!<>]=|[<>]|\b(?:contains|eq|ne|gt|lt|ge|le)\b`;
const valuePart = new RegExp(String.raw`([\w.]+)\s*(?:${comparison})\s*("[^"]*|[^\s()&|!=<>"]*)$`, 'i');
const placePart = /(?:^|[\s(!])at\s+(?:[=!]=\s*)?(?:[^\s()&|]+\|)*([^\s()&|]*)$/i;
const finishedPart = new RegExp(String.raw`(?:\)|(?:^|[\s(!])at\s+[^\s()&]+|[\w.]+\s*(?:${comparison})\s*(?:"[^"]*"|[^\s()&|!=<>"]+))\s+$`, 'i');
const namePart = /(?:^|[\s(!&|])([A-Za-z][\w.]*)?$/;
const mostWords = 40;

/** `valuesOf`: what packets have in a field, or at which places they were seen, the most frequent first. */
export function completionOf({text, cursor}: Line, valuesOf: (field: string) => readonly string[]): Completion {
	const before = text.slice(0, cursor);
	const [, field = '', value = ''] = valuePart.exec(before) ?? [];
	if (field !== '') {
		return {from: cursor - value.length, words: fitting(valuesOf(field.toLowerCase()), value)};
	}

	const place = placePart.exec(before)?.[1];
	if (place !== undefined) {
		return {from: cursor - place.length, words: fitting(valuesOf('at'), place)};
	}

	if (finishedPart.test(before)) {
		return {from: cursor, words: ['&&', '||']};
	}

	const word =
		before
			.trimEnd()
			.match(/[\w.]+$/)?.[0]
			.toLowerCase() ?? '';
	if (before.endsWith(' ') && (kindOf(word) !== undefined || isProtocol(word))) {
		const kind = kindOf(word);
		const signs = kind === undefined ? [] : kind === 'number' ? ['==', '!=', '>', '<', '>=', '<='] : ['==', '!=', 'contains'];
		return {from: cursor, words: [...signs, '&&', '||']};
	}

	const found = namePart.exec(before);
	const name = found?.[1] ?? '';
	return {from: cursor - name.length, words: found === null ? [] : fitting(['at', ...allNames()], name.toLowerCase())};
}

/** Those that begin with it, then those that have it; none when nothing is left to complete. */
function fitting(all: readonly string[], wanted: string): readonly string[] {
	const begin = all.filter((word) => word.startsWith(wanted));
	const within = wanted === '' ? [] : all.filter((word) => !word.startsWith(wanted) && word.includes(wanted));
	const words = [...begin, ...within];
	return words.length === 1 && words[0] === wanted ? [] : words.slice(0, mostWords);
}
