// Results as text: for people, as TAP 13, as JUnit XML, as JSON. One writer each; a failed check always says what was expected, what was seen and why.
import type {ErrorData} from '../base/errors.ts';
import type {Result} from './run.ts';

/** One scenario file's run. */
export interface FileReport {
	readonly file: string;
	readonly lab: string;
	/** Why it could not be run at all. */
	readonly error: ErrorData | undefined;
	readonly results: readonly Result[];
	/** Files that its captures left behind. */
	readonly kept: readonly string[];
	/** Milliseconds from start to end, bringing the lab up and down included. */
	readonly ms: number;
}

export type ReportFormat = 'text' | 'tap' | 'junit' | 'json';

export function isOk(report: FileReport): boolean {
	return report.error === undefined && report.results.every(({ok}) => ok);
}

export function render(reports: readonly FileReport[], format: Exclude<ReportFormat, 'text'>): string {
	switch (format) {
		case 'tap': {
			return tap(reports);
		}

		case 'junit': {
			return junit(reports);
		}

		default: {
			return `${JSON.stringify(reports, null, 2)}\n`;
		}
	}
}

/** One result for people; a failed one with its evidence below. */
export function textOf(result: Result, file: string): string {
	return result.ok
		? `  ok      ${result.title}`
		: [`  not ok  ${result.title}   ${place(result, file)}`, ...details(result).map((line) => `          ${line}`)].join('\n');
}

/** "3 files: 41 checks passed, 1 failed · 2.1 s" */
export function summary(reports: readonly FileReport[]): string {
	const results = reports.flatMap((report) => report.results);
	const failed = results.filter(({ok}) => !ok).length;
	const broken = reports.filter(({error}) => error !== undefined).length;
	const seconds = (reports.reduce((sum, {ms}) => sum + ms, 0) / 1000).toFixed(1);
	const files = reports.length === 1 ? '1 scenario' : `${reports.length} scenarios`;
	return `${files}: ${results.length - failed} checks passed, ${failed} failed${broken === 0 ? '' : `, ${broken} could not run`} · ${seconds} s`;
}

function place(result: Result, file: string): string {
	return `${file}:${result.position.line}:${result.position.column}`;
}

function details({seen, error}: Result): readonly string[] {
	if (error !== undefined) {
		return [`${error.doing}: ${error.said ?? error.code}`, `= ${error.hint}`];
	}

	return seen === undefined
		? []
		: [`expected  ${seen.expected}`, `got       ${seen.got}`, ...labelled('evidence', seen.evidence), ...labelled('packets', seen.packets)];
}

function labelled(label: string, lines: readonly string[] = []): readonly string[] {
	return lines.map((line, index) => `${(index === 0 ? label : '').padEnd(8)}  ${line}`);
}

function errorLines(error: ErrorData): readonly string[] {
	return [`${error.code} ${error.doing}: ${error.said ?? ''}`, `= ${error.hint}`];
}

function tap(reports: readonly FileReport[]): string {
	const lines: string[] = ['TAP version 13'];
	let number = 0;
	for (const report of reports) {
		lines.push(`# ${report.file}`);
		if (report.error !== undefined) {
			number++;
			lines.push(`not ok ${number} - ${tapText(report.file)} could not run`, ...errorLines(report.error).map((line) => `# ${line}`));
		}

		for (const result of report.results) {
			number++;
			lines.push(`${result.ok ? 'ok' : 'not ok'} ${number} - ${tapText(result.title)}`);
			if (!result.ok) {
				lines.push(`# at ${place(result, report.file)}`, ...details(result).map((line) => `# ${line}`));
			}
		}

		lines.push(...report.kept.map((path) => `# kept ${path}`));
	}

	return [...lines, `1..${number}`, ''].join('\n');
}

/** `#` would begin a directive (TAP 13). */
function tapText(text: string): string {
	return text.replaceAll('#', String.raw`\#`).replaceAll('\n', ' ');
}

function junit(reports: readonly FileReport[]): string {
	const lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites>'];
	for (const report of reports) {
		const failures = report.results.filter(({ok}) => !ok).length;
		lines.push(
			`  <testsuite name=${quoted(report.file)} tests="${report.results.length + (report.error === undefined ? 0 : 1)}" failures="${failures}" errors="${report.error === undefined ? 0 : 1}" time="${(report.ms / 1000).toFixed(3)}">`,
		);
		if (report.error !== undefined) {
			lines.push(`    <testcase name="up" classname=${quoted(report.lab)}><error message=${quoted(errorLines(report.error).join('\n'))}/></testcase>`);
		}

		for (const result of report.results) {
			const head = `    <testcase name=${quoted(result.title)} classname=${quoted(report.lab)} file=${quoted(report.file)} line="${result.position.line}" time="${(result.ms / 1000).toFixed(3)}"`;
			lines.push(
				result.ok
					? `${head}/>`
					: `${head}><failure message=${quoted(result.seen?.got ?? result.error?.said ?? 'failed')}>${escaped(details(result).join('\n'))}</failure></testcase>`,
			);
		}

		if (report.kept.length > 0) {
			// how CI servers are told of files that belong to a result
			lines.push(`    <system-out>${escaped(report.kept.map((path) => `[[ATTACHMENT|${path}]]`).join('\n'))}</system-out>`);
		}

		lines.push('  </testsuite>');
	}

	return [...lines, '</testsuites>', ''].join('\n');
}

/** XML 1.0 allows no control characters but tab, line feed and carriage return. */
function escaped(text: string): string {
	return text
		.replaceAll(/[\u0000-\u0008\u000B\u000C\u000E-\u001F]/g, '\uFFFD')
		.replaceAll('&', '&amp;')
		.replaceAll('<', '&lt;')
		.replaceAll('>', '&gt;')
		.replaceAll('"', '&quot;');
}

function quoted(text: string): string {
	return `"${escaped(text).replaceAll('\n', '&#10;')}"`;
}
