import test from 'ava';
import {LabError} from '../../src/base/errors.ts';
import {runInOrder, Turnstile} from '../../src/runtime/order.ts';

/** Tasks that say when they begin and end, and end when told. */
function recorder(): {
	readonly events: string[];
	readonly task: (
		name: string,
		touches: {readonly reads?: readonly string[]; readonly writes?: readonly string[]},
		fails?: boolean,
	) => Parameters<typeof runInOrder>[0][number];
} {
	const events: string[] = [];
	return {
		events,
		task: (name, {reads = [], writes = []}, fails = false) => ({
			reads,
			writes,
			doing: `do ${name}`,
			run: async () => {
				events.push(`${name} begins`);
				await new Promise((resolve) => {
					setImmediate(resolve);
				});
				events.push(`${name} ends`);
				if (fails) {
					throw new LabError('E_RUNTIME', {doing: `do ${name}`});
				}
			},
		}),
	};
}

test('what touches the same thing keeps its order', async (t) => {
	const {events, task} = recorder();
	await runInOrder([task('first', {writes: ['a']}), task('second', {writes: ['a']})], true);
	t.deepEqual(events, ['first begins', 'first ends', 'second begins', 'second ends']);
});

test('what touches different things, or only reads the same, runs together', async (t) => {
	const {events, task} = recorder();
	await runInOrder([task('host', {writes: ['host']}), task('one', {reads: ['host'], writes: ['1']}), task('two', {reads: ['host'], writes: ['2']})], true);
	t.deepEqual(events.slice(0, 4), ['host begins', 'host ends', 'one begins', 'two begins']);
});

test('who changes a thing waits for those who read it before', async (t) => {
	const {events, task} = recorder();
	await runInOrder([task('one', {reads: ['host'], writes: ['1']}), task('two', {reads: ['host'], writes: ['2']}), task('host', {writes: ['host']})], false);
	t.deepEqual(events.slice(-2), ['host begins', 'host ends']);
	t.is(events.length, 6);
});

test('after a failure what has not begun is skipped, and each outcome says which', async (t) => {
	const {events, task} = recorder();
	const outcomes = await runInOrder([task('good', {writes: ['b']}), task('bad', {writes: ['a']}, true), task('late', {writes: ['a']})], true);
	t.deepEqual(
		outcomes.map(({is}) => is),
		['done', 'failed', 'skipped'],
	);
	t.false(events.includes('late begins'));
});

test('taking back goes on after a failure', async (t) => {
	const {task} = recorder();
	const outcomes = await runInOrder([task('bad', {writes: ['a']}, true), task('next', {writes: ['a']})], false);
	t.deepEqual(
		outcomes.map(({is}) => is),
		['failed', 'done'],
	);
});

test('a turnstile lets so many through at once, also after one of them has failed', async (t) => {
	const turnstile = new Turnstile(2);
	let inside = 0;
	let most = 0;
	const pass = async (fails: boolean): Promise<void> =>
		turnstile.pass(async () => {
			inside++;
			most = Math.max(most, inside);
			await new Promise((resolve) => {
				setImmediate(resolve);
			});
			inside--;
			if (fails) {
				throw new Error('one falls');
			}
		});
	const results = await Promise.allSettled([pass(false), pass(true), pass(false), pass(true), pass(false)]);
	t.is(most, 2);
	t.is(results.filter(({status}) => status === 'rejected').length, 2);
	await t.notThrowsAsync(pass(false));
});
