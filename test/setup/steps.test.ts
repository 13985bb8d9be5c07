import {existsSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {Problem, problemText} from '../../src/setup/problem.mjs';
import {checkNode, setUp, steps} from '../../src/setup/steps.mjs';
import {checkout, fakeMachine, touch} from './fakes.ts';

const engines = {'package.json': '{"engines": {"node": ">=20.19"}}'};
const named = (...names: readonly string[]) => steps.filter((step) => names.includes(step.name));

test('the steps are done in order', (t) => {
	t.deepEqual(
		steps.map((step) => step.name),
		['packages', 'modules', 'native', 'bundle'],
	);
});

for (const node of ['20.19.0', '20.20.2', '22.12.0', '24.0.0', '100.0.0']) {
	test(`Node ${node} is new enough`, (t) => {
		t.notThrows(() => checkNode({node, root: checkout(t, engines)}));
	});
}

for (const node of ['20.18.3', '18.20.4', '9.0.0']) {
	test(`Node ${node} is told apart, with what is needed`, (t) => {
		const problem = t.throws(() => checkNode({node, root: checkout(t, engines)}), {instanceOf: Problem});
		t.is(problem.exit, 3);
		t.is(problem.message, `this is Node ${node}; vethlab needs 20.19 or newer`);
	});
}

test('npm ci runs in a clean checkout, without install scripts', async (t) => {
	const root = checkout(t, {...engines, 'package-lock.json': '{}'});
	const machine = fakeMachine({root});
	await setUp(machine, named('modules'));
	t.deepEqual(machine.ran, [`npm ci --prefix ${root} --include=dev --ignore-scripts --no-audit --no-fund`]);
});

test('npm ci runs again only when package-lock.json is newer', async (t) => {
	const root = checkout(t, {...engines, 'package-lock.json': '{}', 'node_modules/.package-lock.json': '{}'});
	const machine = fakeMachine({root});
	touch(root, 'package-lock.json', 100);
	await setUp(machine, named('modules'));
	t.deepEqual(machine.ran, []);
	t.deepEqual(machine.said, []);
	touch(root, 'node_modules/.package-lock.json', 50);
	await setUp(machine, named('modules'));
	t.is(machine.ran.length, 1);
});

test('a step that fails is named, with the last words of the program and the way out', async (t) => {
	const root = checkout(t, {...engines, 'package-lock.json': '{}'});
	const said = Array.from({length: 40}, (_, line) => `line ${line + 1}`).join('\n');
	const problem = await t.throwsAsync(setUp(fakeMachine({root, answer: () => ({code: 1, output: said})}), named('modules')), {instanceOf: Problem});
	t.is(problem.exit, 4);
	const lines = problemText(problem).split('\n');
	t.is(lines[0], 'vethlab: npm ci failed with exit code 1');
	t.deepEqual(lines.slice(5, 8), ['    line 5', '    …', '    line 26']);
	t.is(lines.at(-2), '    line 40');
	t.true(lines.at(-1)?.startsWith('  what to do: '));
});

const nativeFiles = {...engines, 'native/addon.cc': '', 'node_modules/.package-lock.json': '{}'};
const built = ['vethlab.node', 'lab-init', 'docker-proxy', 'lab-web', 'lab-ask', 'lab-names', 'no-systemd.so', 'one-user.so', 'tcpdump.sh'];

test('make runs once, and again after a change', async (t) => {
	const root = checkout(t, nativeFiles);
	const machine = fakeMachine({
		root,
		answer: () => {
			for (const name of built) {
				writeFileSync(join(root, 'native/build', name), '');
			}

			return undefined;
		},
	});
	touch(root, 'native/addon.cc', 100);
	touch(root, 'node_modules/.package-lock.json', 100);
	await setUp(machine, named('native'));
	await setUp(machine, named('native'));
	t.is(machine.ran.length, 1);
	t.false(machine.ran[0]?.includes('--always-make'));
	touch(root, 'native/addon.cc', Date.now() / 1000 + 10);
	await setUp(machine, named('native'));
	t.is(machine.ran.length, 2);
});

test('after a make that was killed everything is made again; after one that failed, only what is missing', async (t) => {
	const root = checkout(t, {...nativeFiles, 'native/build/.running': ''});
	const machine = fakeMachine({root, answer: () => ({code: 2})});
	await t.throwsAsync(setUp(machine, named('native')), {instanceOf: Problem});
	t.true(machine.ran[0]?.includes('--always-make'));
	t.false(existsSync(join(root, 'native/build/.running')));
	await t.throwsAsync(setUp(machine, named('native')), {instanceOf: Problem});
	t.false(machine.ran[1]?.includes('--always-make'));
});

test('two at once do the work once', async (t) => {
	const root = checkout(t, {...engines, 'package-lock.json': '{}'});
	const machine = fakeMachine({
		root,
		answer: (_, fake) => {
			fake.say('npm runs');
			return undefined;
		},
	});
	const run: typeof machine.run = async (command) => {
		const ended = await machine.run(command);
		await new Promise((resolve) => {
			setTimeout(resolve, 50);
		});
		checkoutModules(root);
		return ended;
	};
	await Promise.all([setUp({...machine, run}, named('modules')), setUp({...machine, run}, named('modules'))]);
	t.is(machine.ran.length, 1);
	t.true(machine.said.join('').includes('another set-up is running here'));
});

function checkoutModules(root: string): void {
	writeFileSync(join(root, 'package-lock.json'), '{}');
	touch(root, 'package-lock.json', 100);
	mkdirSync(join(root, 'node_modules'), {recursive: true});
	writeFileSync(join(root, 'node_modules/.package-lock.json'), '{}');
}
