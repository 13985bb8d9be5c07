// Doctor's findings as people read them: first what no lab can do without, then what is limited, then what works.
import type {Finding} from './finding.ts';

const groups = [
	{level: 'missing', mark: '✘', title: 'Missing: no lab runs without these'},
	{level: 'limited', mark: '!', title: 'Limited: labs run, but not what needs these'},
	{level: 'ok', mark: '✔', title: 'Works'},
] as const;

/** Exit code of `vethlab doctor`: 3 when something essential is missing. */
export function exitOf(findings: readonly Finding[]): 0 | 3 {
	return findings.some(({level}) => level === 'missing') ? 3 : 0;
}

/** The whole report: columns of name, detail and use, and under each trouble what mends it. */
export function reportOf(findings: readonly Finding[]): string {
	const width = (of: (finding: Finding) => string): number => Math.max(...findings.map((finding) => of(finding).length), 0);
	// A long complaint of the kernel must not push the last column off the screen.
	const columns = {
		name: width(({name}) => name),
		detail: Math.min(
			width(({detail}) => detail),
			48,
		),
	};
	const sections = groups.flatMap(({level, mark, title}) => {
		const rows = findings.filter((finding) => finding.level === level);
		return rows.length === 0 ? [] : [[title, ...rows.flatMap((finding) => rowOf(finding, mark, columns))].join('\n')];
	});
	return [...sections, verdictOf(findings)].join('\n\n');
}

function rowOf({name, detail, neededFor, fix}: Finding, mark: string, columns: {readonly name: number; readonly detail: number}): readonly string[] {
	const row = `  ${mark} ${name.padEnd(columns.name)}  ${detail.padEnd(columns.detail)}  ${neededFor}`.trimEnd();
	return fix === undefined ? [row] : [row, `    ${' '.repeat(columns.name)}  to mend it: ${fix}`];
}

function verdictOf(findings: readonly Finding[]): string {
	const missing = findings.filter(({level}) => level === 'missing');
	return missing.length === 0 ? 'This machine can run labs.' : `This machine cannot run labs yet: ${missing.map(({name}) => name).join(', ')}.`;
}
