// scenarios/README.md: every file is in its list, and every line of its two tables names a step that there is and that checks something.
// That the steps pass: test/e2e/scenarios.test.ts.
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {packageFile} from '../../src/base/paths.ts';
import {parseLab} from '../../src/model/parse.ts';

const folder = packageFile('scenarios');
const lines = readFileSync(join(folder, 'README.md'), 'utf8').split('\n');

/** A line of the two tables. `step`: a step of the file; for a file of invalid/ some words of what is said about it. */
interface Row {
	/** undefined: a belief, which has none. */
	readonly number: number | undefined;
	readonly words: string;
	readonly file: string;
	readonly step: string;
}

const rows = lines.flatMap((line): readonly Row[] => {
	const [, first = '', words = '', link = '', step = ''] = line.split('|').map((cell) => cell.trim());
	const file = /^\[[^\]]+\]\(([^)]+)\)$/.exec(link)?.[1];
	return file === undefined ? [] : [{number: /^\d+$/.test(first) ? Number(first) : undefined, words: `${first} ${words}`.trim(), file, step}];
});

/** What articles say about Docker's networks, by number. 49 and 53 are about speed and style. */
const claims = [4, 19, ...range(21, 48), 50, 51, 52, ...range(54, 72), 83];

function range(first: number, last: number): readonly number[] {
	return Array.from({length: last - first + 1}, (_, index) => first + index);
}

/** Names of the steps of a scenario that check something. */
function stepsOf(file: string): readonly string[] {
	const {lab} = parseLab(readFileSync(join(folder, file), 'utf8'), {file, env: {}});
	return lab?.steps.flatMap(({name, expect}) => (expect.length === 0 ? [] : [name])) ?? [];
}

const isChecked = test.macro({
	exec(t, {file, step}: Row) {
		t.true(existsSync(join(folder, file)), `there is no ${file}`);
		if (file.startsWith('invalid/')) {
			t.true(step.length > 10 && readFileSync(join(folder, file.replace(/\.yaml$/, '.txt')), 'utf8').includes(step), step);
		} else {
			t.true(stepsOf(file).includes(step), `${file} has no step "${step}" that checks something`);
		}
	},
	title: (_title, {words, file, step}: Row) => `${words}: ${file}, ${step}`,
});

for (const row of rows) {
	test(isChecked, row);
}

test('every line of the tables has a file and a step', (t) => {
	const below = lines.slice(lines.findIndex((line) => line.startsWith('| no. |')));
	t.is(below.filter((line) => /^\|(?! no\. | belief |---)/.test(line)).length, rows.length);
});

test('no claim is without a check, and they stand in the order of their numbers', (t) => {
	const numbers = rows.flatMap(({number}) => number ?? []);
	t.deepEqual([...new Set(numbers)], claims);
	t.deepEqual(
		numbers,
		numbers.toSorted((a, b) => a - b),
	);
});

test('the list has every scenario once, and no other', (t) => {
	const listed = lines.flatMap((line) => /^\| \[([^\]]+)\]\(\1\) \| \S/.exec(line)?.[1] ?? []);
	t.deepEqual(
		listed.toSorted(),
		readdirSync(folder)
			.filter((name) => name.endsWith('.yaml'))
			.toSorted(),
	);
});
