// What is wrong with a file, and how it is shown to the person who wrote it. Which problems there are is decided in `parse/`.
import type {Position} from './lab.ts';

export interface Problem {
	/** A note stops nothing: it says what becomes of something that the file has. */
	readonly level: 'error' | 'note';
	readonly position: Position;
	/** The path in the file: "services.web.ports[0]"; empty for the file as a whole. */
	readonly where: string;
	readonly what: string;
	/** The way out. */
	readonly hint?: string;
	/** What later stages could not be checked because of it: after `syntax` the structure and the meaning, after `structure` the meaning. */
	readonly stage?: 'syntax' | 'structure';
}

const shown = 100;
const clipWidth = 160;

/** All problems as text, in file order: the place, the source line with a caret, the way out, and a closing line that counts. Ends with a newline. */
export function renderProblems(problems: readonly Problem[], text: string, file: string): string {
	const source = text.replace(/^\uFEFF/, '').split(/\r?\n/);
	const shownProblems = problems.slice(0, shown);
	const rendered = shownProblems.map((problem) => renderProblem(problem, source, file));
	const rest = problems.length - shownProblems.length;
	const lines = [...rendered, ...(rest > 0 ? [`… and ${rest} more`] : []), ...unchecked(problems), count(problems)];
	return lines.map((line) => `${line}\n`).join('');
}

function renderProblem({level, position, where, what, hint}: Problem, lines: readonly string[], file: string): string {
	const head = `${file}:${position.line}:${position.column}: ${level}: ${where === '' ? '' : `${printable(where)}: `}${printable(what)}`;
	if (level === 'note') {
		return head;
	}

	const number = String(position.line).padStart(5);
	const {source, caret} = clip(lines[position.line - 1] ?? '', position.column - 1);
	const body = [head, `${number} | ${source}`.trimEnd(), `      | ${caret}^`];
	return [...body, ...(hint === undefined ? [] : [`      = ${printable(hint)}`])].join('\n');
}

/** The part of a long line around the place, and the blanks that bring the caret below it. */
function clip(line: string, column: number): {readonly source: string; readonly caret: string} {
	const start = column < clipWidth ? 0 : column - clipWidth / 2;
	const source = line.slice(start, start + clipWidth);
	const before = printable(source.slice(0, column - start));
	const mark = start > 0 ? '…' : '';
	return {
		source: `${mark}${printable(source)}${start + clipWidth < line.length ? '…' : ''}`.trimEnd(),
		caret: `${mark === '' ? '' : ' '}${before.replaceAll(wide, '  ').replaceAll(/[^\t]/gu, ' ')}`,
	};
}

/** Characters that take two columns in a terminal (Unicode TR 11, the blocks that files have in practice). */
const wide = /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]/gu;

/** Nothing of a file may steer the terminal: control and direction characters are shown as "�". */
function printable(text: string): string {
	return text.replaceAll(/[\0-\u0008\u000A-\u001F\u007F-\u009F\u200E\u200F\u2028-\u202E\u2066-\u2069]/g, '\uFFFD');
}

function unchecked(problems: readonly Problem[]): readonly string[] {
	if (problems.some(({stage}) => stage === 'syntax')) {
		return ['(keys, values and names are checked once the file can be read)'];
	}

	return problems.some(({stage}) => stage === 'structure') ? ['(names, addresses, ports and filters are checked once these are fixed)'] : [];
}

function count(problems: readonly Problem[]): string {
	const errors = problems.filter(({level}) => level === 'error').length;
	const notes = problems.length - errors;
	const parts = [...(errors > 0 || notes === 0 ? [plural(errors, 'error')] : []), ...(notes > 0 ? [plural(notes, 'note')] : [])];
	return parts.join(', ');
}

function plural(number: number, noun: string): string {
	return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
