// Wrong files and what is said about them: pairs of .yaml and .txt in scenarios/invalid. UPDATE=1 writes the .txt anew; the diff is the review.
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {packageFile} from '../../src/base/paths.ts';
import {parseLab, renderProblems} from '../../src/model/parse.ts';
import {withFilters} from '../../src/model/parse/filters.ts';
import {compileFilter} from '../../src/watch/bpf/compile.ts';

const folder = packageFile('scenarios/invalid');
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

const isRefused = test.macro<[string]>({
	async exec(t, file) {
		const text = readFileSync(join(folder, file), 'utf8');
		const {lab, problems} = await withFilters(parseLab(text, {file}), text, async (filter) => {
			const compiled = await compileFilter(filter);
			return 'said' in compiled ? compiled.said : undefined;
		});
		const said = renderProblems(problems, text, file);
		const golden = join(folder, file.replace(/\.yaml$/, '.txt'));
		if (process.env['UPDATE'] === '1') {
			writeFileSync(golden, said);
		}

		t.is(lab, undefined);
		t.true(problems.some(({level}) => level === 'error'));
		t.is(said, readFileSync(golden, 'utf8'));
	},
	title: (_, file) => `${file} is refused in these words`,
});

for (const file of files) {
	test(isRefused, file);
}

test('every text belongs to a file', (t) => {
	const texts = readdirSync(folder).filter((name) => name.endsWith('.txt'));
	t.deepEqual(
		texts,
		files.map((name) => name.replace(/\.yaml$/, '.txt')),
	);
});
