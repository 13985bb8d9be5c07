// YAML 1.2 (core schema) to a tree with positions, with every limit that keeps a hostile file small: size, depth, aliases.
// What a syntax error is called is in `syntax.ts`, how nodes become the tree in `tree-builder.ts`.
import {Composer, isScalar, Lexer, LineCounter, Parser, type Document} from 'yaml';
import type {Position} from '../lab.ts';
import type {Variables} from './interpolate.ts';
import type {Report} from './report.ts';
import {reportSyntax} from './syntax.ts';
import type {Node} from './tree.ts';
import {TreeBuilder} from './tree-builder.ts';

const largestBytes = 4 * 1024 * 1024;
const deepest = 100;

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

	reportSyntax(documents, {text, at, report});
	const [document] = documents;
	if (report.isBlocked) {
		return undefined;
	}

	const contents = document?.contents ?? undefined;
	if (contents === undefined || (isScalar(contents) && contents.value === null)) {
		report.error({position: start, where: ''}, 'there is nothing in this file', 'a lab begins with "services:" or "hosts:"');
		return undefined;
	}

	report.enter('structure');
	return new TreeBuilder(at, variables, report).build(contents);
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
