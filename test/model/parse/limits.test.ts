// Hostile files: each is refused with a problem, quickly and without growing.
import test from 'ava';
import {parseLab, renderProblems, type Problem} from '../../../src/model/parse.ts';

function problemsOf(text: string): readonly Problem[] {
	const {lab, problems} = parseLab(text, {file: 'x.yaml'});
	if (lab !== undefined) {
		throw new Error('it was accepted');
	}

	return problems;
}

test('a file of more than 4 MiB is refused unread', (t) => {
	const [problem] = problemsOf(`about: ${'x'.repeat(4 * 1024 * 1024)}`);
	t.is(problem?.what, 'the file is too large: 5 MiB, and 4 MiB is the most');
});

test('deep nesting is refused, in every notation', (t) => {
	for (const text of [
		'['.repeat(1_000_000),
		'- '.repeat(500_000),
		'{a: '.repeat(500_000),
		Array.from({length: 1000}, (_, depth) => `${' '.repeat(depth)}a:\n`).join(''),
	]) {
		t.regex(problemsOf(text)[0]?.what ?? '', /nested more than 100 deep/);
	}
});

test('aliases that multiply are refused', (t) => {
	const lines = [
		'a0: &a0 [x, x, x, x, x, x, x, x, x, x]',
		...Array.from({length: 30}, (_, n) => `a${n + 1}: &a${n + 1} [${Array.from({length: 10}, () => `*a${n}`).join(', ')}]`),
	];
	t.is(problemsOf(lines.join('\n')).filter(({what}) => what.startsWith('aliases make the file too large')).length, 1);
});

test('merge keys that multiply are refused', (t) => {
	const keys = Array.from({length: 200}, (_, n) => `k${n}: x`).join(', ');
	const text = `x-a: &a {${keys}}\nservices:\n${Array.from({length: 2000}, (_, n) => `  s${n}: {<<: *a}`).join('\n')}`;
	t.true(problemsOf(text).some(({what}) => what.startsWith('aliases make the file too large')));
});

test('a key such as __proto__ is a key like any other', (t) => {
	t.regex(problemsOf('__proto__: {x: 1}\nconstructor: 1\n')[0]?.what ?? '', /unknown key "__proto__"/);
	t.is(Reflect.get({}, 'x'), undefined);
});

test('a thousand problems are counted and a hundred are shown', (t) => {
	const text = Array.from({length: 1000}, (_, n) => `k${n}: 1`).join('\n');
	const said = renderProblems(problemsOf(text), text, 'x.yaml');
	t.true(said.endsWith('… and 900 more\n(names, addresses, ports and filters are checked once these are fixed)\n1000 errors\n'));
});

test('what a file holds cannot steer the terminal', (t) => {
	const text = 'name: "\\e]0;owned\\a"\n"\u202Ekey": "\u009B31m"\n';
	const said = renderProblems(problemsOf(text), text, 'x.yaml');
	t.notRegex(said, /[\0-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E]/);
});

test('a long line is cut around the place, with the caret below it', (t) => {
	const text = `title: {en: "${'x'.repeat(500)}", fr: y}`;
	const [, source = '', caret = ''] = renderProblems(problemsOf(text), text, 'x.yaml').split('\n');
	t.true(source.length < 180);
	t.is(source.slice(caret.indexOf('^'), caret.indexOf('^') + 2), 'fr');
});

test('a chain of ten thousand dependencies is followed without recursion', (t) => {
	const names = Array.from({length: 10_000}, (_, n) => `s${n}`);
	const {lab} = parseLab(`services:\n${names.map((name, n) => `  ${name}: {network_mode: none${n === 0 ? '' : `, depends_on: [s${n - 1}]`}}`).join('\n')}`, {
		file: 'x.yaml',
	});
	t.is(lab?.services.length, 10_000);
});
