// What is wrong with a text as YAML, in plain words and where people look for it. What the values mean is not asked here.
import {isMap, isScalar, isSeq, type Document, type Scalar, type YAMLError} from 'yaml';
import type {Position} from '../lab.ts';
import type {Report} from './report.ts';

/** One problem for each line: what follows a syntax error on its line is mostly its echo. */
export function reportSyntax(
	documents: readonly Document.Parsed[],
	{text, at, report}: {readonly text: string; readonly at: (offset: number) => Position; readonly report: Report},
): void {
	const seen = new Set<number>();
	for (const error of documents.flatMap((document) => [...document.errors, ...document.warnings]).toSorted((a, b) => a.pos[0] - b.pos[0])) {
		const position = at(startOf(error, documents, text));
		if (!seen.has(position.line)) {
			seen.add(position.line);
			const {what, hint} = syntaxWords(error);
			report.error({position, where: ''}, what, hint);
		}
	}

	const [first, second] = documents;
	if (second !== undefined && !report.isBlocked) {
		report.error(
			{position: at(second.range[0]), where: ''},
			'a second YAML document starts here',
			'one file is one lab: remove the "---", or make two files',
		);
	}

	if (first?.directives.yaml.explicit === true && first.directives.yaml.version !== '1.2') {
		report.error(
			{position: {line: 1, column: 1}, where: ''},
			`this file says it is YAML ${first.directives.yaml.version}`,
			'scenarios are YAML 1.2: remove the "%YAML" line',
		);
	}
}

/** Where people look for it: an open quote at its beginning, a wrong indentation at the first word of the line. */
function startOf({code, message, pos: [offset]}: YAMLError, documents: readonly Document.Parsed[], text: string): number {
	if (code === 'MISSING_CHAR' && message.includes('quote')) {
		const open = lastScalar(documents.at(-1)?.contents);
		return open?.range?.[0] ?? offset;
	}

	return code === 'BAD_INDENT' ? offset + (/^ */.exec(text.slice(offset, offset + 1000))?.[0].length ?? 0) : offset;
}

/** The value that stands last in a document. */
function lastScalar(node: unknown): Scalar | undefined {
	if (isMap(node)) {
		const pair = node.items.at(-1);
		return lastScalar(pair?.value ?? pair?.key);
	}

	return isSeq(node) ? lastScalar(node.items.at(-1)) : isScalar(node) ? node : undefined;
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

		case 'UNEXPECTED_TOKEN': {
			return message.includes('flow-')
				? {what: 'a bracket in the middle of a text', hint: 'put the text in quotes, "${NAME}" too'}
				: {what: 'this does not belong here'};
		}

		case 'TAG_RESOLVE_FAILED': {
			return {what: 'YAML tags such as "!reset" are not used here', hint: 'remove the word that starts with "!"'};
		}

		default: {
			return {what: `this is not valid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`};
		}
	}
}
