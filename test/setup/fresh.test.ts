import {rmSync, statSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {isFresh, making} from '../../src/setup/fresh.mjs';
import {checkout, touch} from './fakes.ts';

const made = {from: ['in'], except: ['in/out'], results: ['in/out/a'], stamp: 'in/out/.built'};

/** All inputs from second 100, the results and the stamp from second 200. */
function built(t: ExecutionContext): string {
	const root = checkout(t, {'in/x.ts': '', 'in/deep/y.ts': '', 'in/out/a': '', 'in/out/.built': ''});
	for (const name of ['in/x.ts', 'in/deep/y.ts', 'in/deep', 'in']) {
		touch(root, name, 100);
	}

	touch(root, 'in/out/.built', 200);
	return root;
}

test('what is newer than all it is made of is fresh', (t) => {
	t.true(isFresh(built(t), made));
});

const changes: readonly (readonly [string, (root: string) => void])[] = [
	['a file was edited', (root) => touch(root, 'in/deep/y.ts', 300)],
	['a file was removed', (root) => rmSync(join(root, 'in/deep/y.ts'))],
	['a result is missing', (root) => rmSync(join(root, 'in/out/a'))],
	['the last run did not end', (root) => rmSync(join(root, 'in/out/.built'))],
];
for (const [what, change] of changes) {
	test(`it is not fresh when ${what}`, (t) => {
		const root = built(t);
		change(root);
		t.false(isFresh(root, made));
	});
}

test('the results themselves do not make it stale', (t) => {
	const root = built(t);
	touch(root, 'in/out/a', 300);
	t.true(isFresh(root, made));
});

test('a run that fails leaves no stamp', async (t) => {
	const root = built(t);
	await t.throwsAsync(
		making(root, made, () => Promise.reject(new Error('no'))),
		{message: 'no'},
	);
	t.is(statSync(join(root, made.stamp), {throwIfNoEntry: false}), undefined);
});

test('a file edited while the step runs makes it run again', async (t) => {
	const root = built(t);
	const now = Date.now() / 1000;
	await making(root, made, () => {
		touch(root, 'in/x.ts', now + 60);
		return Promise.resolve();
	});
	t.false(isFresh(root, made));
	await making(root, made, () => Promise.resolve(touch(root, 'in/x.ts', now - 60)));
	t.true(isFresh(root, made));
});
