import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {pathToFileURL} from 'node:url';
import test from 'ava';
import {packageFile} from '../../src/base/paths.ts';
import {locked} from '../../src/setup/lock.mjs';
import {checkout} from './fakes.ts';

test('the second waits for the first, and is told so once', async (t) => {
	const root = checkout(t, {});
	const order: string[] = [];
	let letGo = (): void => {};
	const first = locked(
		root,
		() => order.push('first waits'),
		async () => {
			order.push('first begins');
			await new Promise<void>((resolve) => {
				letGo = resolve;
			});
			order.push('first ends');
		},
	);
	const second = locked(
		root,
		() => {
			order.push('second waits');
			letGo();
		},
		() => Promise.resolve(order.push('second runs')),
	);
	await Promise.all([first, second]);
	t.deepEqual(order, ['first begins', 'second waits', 'first ends', 'second runs']);
});

test('two checkouts do not wait for each other', async (t) => {
	const nobody = (): void => t.fail('waited');
	const inner = checkout(t, {});
	t.is(await locked(checkout(t, {}), nobody, () => locked(inner, nobody, () => Promise.resolve('both'))), 'both');
});

test('a failed set-up gives the lock back', async (t) => {
	const root = checkout(t, {});
	const nobody = (): void => t.fail('waited');
	await t.throwsAsync(
		locked(root, nobody, () => Promise.reject(new Error('no'))),
		{message: 'no'},
	);
	t.is(await locked(root, nobody, () => Promise.resolve('free')), 'free');
});

test('a killed set-up leaves no lock behind', async (t) => {
	const root = checkout(t, {});
	const module = pathToFileURL(packageFile('src/setup/lock.mjs')).href;
	const program = `import {locked} from '${module}'; await locked('${root}', () => {}, () => new Promise((resolve) => { console.log('held'); setTimeout(resolve, 600_000); }));`;
	const owner = spawn(process.execPath, ['--input-type=module', '--eval', program], {stdio: ['ignore', 'pipe', 'inherit']});
	t.teardown(() => owner.kill('SIGKILL'));
	await once(owner.stdout, 'data');
	const got = await locked(
		root,
		() => owner.kill('SIGKILL'),
		() => Promise.resolve('mine'),
	);
	t.is(got, 'mine');
	t.true(owner.killed);
});
