import {execFileSync} from 'node:child_process';
import {existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {Script} from 'node:vm';
import test, {type ExecutionContext} from 'ava';
import {packageFile} from '../../src/base/paths.ts';
import {makeBundle} from '../../src/setup/bundle.mjs';
import {Problem} from '../../src/setup/problem.mjs';
import {checkout} from './fakes.ts';

const cli = `
import {Command} from 'commander';
const [, , word] = process.argv;
async function main() {
	if (word === 'show') {
		const {show} = await import('../tui/show.tsx');
		show();
	} else {
		console.log(typeof Command, process.env.NODE_ENV);
	}
}
void main();
`;
const show = `
import {renderToString, Text} from 'ink';
console.log('loaded');
export const show = () => console.log(renderToString(<Text>hello from ink</Text>));
`;

function project(t: ExecutionContext): string {
	const root = checkout(t, {
		'package.json': '{"type": "module"}',
		'tsconfig.json': '{"compilerOptions": {"jsx": "react-jsx"}}',
		'src/cli/main.ts': cli,
		'src/engine/main.ts': 'console.log(1)',
		'src/engine/bench/main.ts': 'console.log(2)',
		'src/tui/show.tsx': show,
		'node_modules/.bin/x': '',
	});
	for (const name of ['commander', 'ink', 'react']) {
		symlinkSync(packageFile(`node_modules/${name}`), join(root, 'node_modules', name));
	}

	return root;
}

test('the bundle is a program, knows no development mode, and loads the terminal UI only when asked', async (t) => {
	const root = project(t);
	await makeBundle(root);
	const command = join(root, 'dist/cli.js');
	t.is(statSync(command).mode & 0o777, 0o755);
	t.is(execFileSync(command, {encoding: 'utf8'}), 'function production\n');
	t.is(execFileSync(join(root, 'node_modules/.bin/vethlab'), ['show'], {encoding: 'utf8', env: {...process.env, CI: 'true'}}), 'loaded\nhello from ink\n');
	t.is(execFileSync(process.execPath, [join(root, 'dist/engine.js')], {encoding: 'utf8'}), '1\n');
});

test('programs start with code that V8 takes, and without it when it is damaged or gone', async (t) => {
	const root = project(t);
	await makeBundle(root);
	const scripts = readdirSync(join(root, 'dist')).filter((name) => /^\w+-\w+\.js$/.test(name));
	t.deepEqual(
		scripts.map((name) => name.replace(/-.*/, '')),
		['bench', 'cli', 'engine'],
	);
	for (const filename of scripts.map((name) => join(root, 'dist', name))) {
		const cachedData = readFileSync(`${filename}.code`);
		t.false(new Script(readFileSync(filename, 'utf8'), {filename, cachedData}).cachedDataRejected);
		writeFileSync(`${filename}.code`, cachedData.subarray(0, -1));
	}

	const command = join(root, 'dist/cli.js');
	t.is(execFileSync(command, {encoding: 'utf8'}), 'function production\n');
	scripts.forEach((name) => {
		rmSync(join(root, 'dist', `${name}.code`));
	});
	t.is(execFileSync(command, {encoding: 'utf8'}), 'function production\n');
});

test('a program that cannot run is no bundle', async (t) => {
	const root = project(t);
	writeFileSync(join(root, 'src/cli/main.ts'), `throw new Error('out of order');`);
	const problem = await t.throwsAsync(makeBundle(root), {instanceOf: Problem});
	t.is(problem.exit, 4);
	t.regex(problem.said, /out of order/);
	t.false(existsSync(join(root, 'dist/cli.js')));
});

test('files of earlier bundles go, and nothing else', async (t) => {
	const root = project(t);
	await makeBundle(root);
	writeFileSync(join(root, 'dist/chunk-OLD.js'), '');
	writeFileSync(join(root, 'dist/chunk-OLD.js.map'), '');
	writeFileSync(join(root, 'dist/notes.txt'), '');
	await makeBundle(root);
	const names = readdirSync(join(root, 'dist'));
	t.deepEqual(
		names.filter((name) => name.includes('OLD') || name.endsWith('.new')),
		[],
	);
	t.true(names.includes('notes.txt'));
});

test('a mistake in the source is shown with file and line, and the old bundle stays', async (t) => {
	const root = project(t);
	await makeBundle(root);
	writeFileSync(join(root, 'src/cli/main.ts'), `import './gone.ts';\n`);
	const problem = await t.throwsAsync(makeBundle(root), {instanceOf: Problem});
	t.is(problem.exit, 4);
	t.true(problem.said.includes('src/cli/main.ts:1:7'));
	t.is(execFileSync(join(root, 'dist/cli.js'), {encoding: 'utf8'}), 'function production\n');
});
