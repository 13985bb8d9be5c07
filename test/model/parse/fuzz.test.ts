// Mutated files: the parser never throws, and gives either a lab or at least one error, and its problems can always be shown.
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {packageFile} from '../../../src/base/paths.ts';
import {parseLab, renderProblems} from '../../../src/model/parse.ts';

const files = ['scenarios', 'scenarios/invalid'].flatMap((folder) =>
	readdirSync(packageFile(folder))
		.filter((name) => name.endsWith('.yaml'))
		.map((name) => readFileSync(join(packageFile(folder), name), 'utf8')),
);
const pieces = [
	'{',
	'}',
	'[',
	']',
	': ',
	'- ',
	'\n',
	'\n  ',
	'"',
	"'",
	'&a ',
	'*a',
	'<<: ',
	'!x ',
	'|\n',
	'>\n',
	'#',
	'%',
	'? ',
	'\t',
	'\r',
	'0',
	'-1',
	'1e999',
	'.nan',
	'~',
	'null',
	'${',
	'$A',
	'__proto__',
	'x-vethlab: ',
	'---\n',
	'\u2028',
	'\uD800',
	'中',
];

/** Numbers from 0 to 1, the same each time (mulberry32). */
function randomFrom(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d_2b_79_f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
}

function mutate(text: string, random: () => number): string {
	const at = Math.floor(random() * text.length);
	const length = Math.floor(random() * 12);
	switch (Math.floor(random() * 5)) {
		case 0: {
			return text.slice(0, at) + text.slice(at + length);
		}

		case 1: {
			return text.slice(0, at) + (pieces[Math.floor(random() * pieces.length)] ?? '') + text.slice(at);
		}

		case 2: {
			return text.slice(0, at);
		}

		case 3: {
			const lines = text.split('\n');
			const [line = ''] = lines.splice(Math.floor(random() * lines.length), 1);
			lines.splice(Math.floor(random() * lines.length), 0, line);
			return lines.join('\n');
		}

		default: {
			return text.slice(0, at) + String.fromCodePoint(Math.floor(random() * 256)) + text.slice(at + 1);
		}
	}
}

test('2,000 mutated files give a lab or errors, never both, never an exception', (t) => {
	const random = randomFrom(1);
	for (let round = 0; round < 2000; round += 1) {
		let text = files[Math.floor(random() * files.length)] ?? '';
		for (let times = 0; times <= random() * 4; times += 1) {
			text = mutate(text, random);
		}

		const {lab, problems} = parseLab(text, {file: 'fuzz.yaml', env: {A: 'a: [b'}});
		const errors = problems.filter(({level}) => level === 'error');
		if ((lab === undefined) !== errors.length > 0 || !renderProblems(problems, text, 'fuzz.yaml').endsWith('\n')) {
			t.fail(`round ${round}: ${JSON.stringify(text)}`);
		}
	}

	t.pass();
});
