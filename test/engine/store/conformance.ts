// What holds for every store. Registers its tests; whoever brings another implementation runs them with it.
import test, {type ExecutionContext} from 'ava';
import type {Change, Store, Watcher} from '../../../src/engine/store/store.ts';

export interface Tried {
	readonly store: Store;
	/** Forgets the changes of before, as stores do after a while. */
	readonly compact: () => Promise<void>;
	readonly end: () => Promise<void>;
}

const put = (key: string, value: string): Change => ({do: 'put', key, value});
const gone = (key: string): Change => ({do: 'delete', key});

/** What a watcher heard, and waiting for it. */
class Ears implements Watcher {
	readonly heard: string[] = [];
	#waiting: (() => void) | undefined;
	isLost = false;

	changed = (rev: number, changes: readonly Change[]): void => {
		this.heard.push(`${rev}: ${changes.map((change) => (change.do === 'put' ? `${change.key}=${change.value}` : `-${change.key}`)).join(' ')}`);
		this.#waiting?.();
	};

	lost = (): void => {
		this.isLost = true;
		this.#waiting?.();
	};

	async until(isEnough: (ears: Ears) => boolean): Promise<void> {
		while (!isEnough(this)) {
			// oxlint-disable-next-line no-await-in-loop -- woken by each change
			await new Promise<void>((resolve) => {
				this.#waiting = resolve;
			});
		}
	}
}

/** Each test has a store of its own. */
export function conformance(make: () => Promise<Tried>): void {
	const on = (title: string, body: (t: ExecutionContext, tried: Tried) => Promise<void>): void => {
		test(title, async (t) => {
			const tried = await make();
			try {
				await body(t, tried);
			} finally {
				await tried.end();
			}
		});
	};

	on('a list has what begins with its prefix, in the order of keys, at one revision', async (t, {store}) => {
		const {rev} = await store.list('');
		await store.transact({guards: [], changes: [put('/a/2', 'two'), put('/a/1', 'one'), put('/b/1', 'other')]});
		t.deepEqual(await store.list('/a/'), {
			rev: rev + 1,
			entries: [
				{key: '/a/1', value: 'one'},
				{key: '/a/2', value: 'two'},
			],
		});
		t.deepEqual((await store.list('/c/')).entries, []);
	});

	on('all changes of a transaction are done at one revision, or none', async (t, {store}) => {
		const first = await store.transact({guards: [{key: '/k', is: 'absent'}], changes: [put('/k', 'mine'), put('/l', 'too')]});
		t.true(first.ok);
		const second = await store.transact({guards: [{key: '/k', is: 'absent'}], changes: [put('/k', 'yours'), gone('/l')]});
		t.deepEqual(second, {ok: false, rev: first.rev, found: [{key: '/k', value: 'mine'}]});
		t.deepEqual(
			(await store.list('/')).entries.map(({value}) => value),
			['mine', 'too'],
		);
	});

	on('a guard holds a value too, and every guard must hold', async (t, {store}) => {
		await store.transact({guards: [], changes: [put('/k', '1')]});
		t.false((await store.transact({guards: [{key: '/k', is: 'value', value: '2'}], changes: [put('/k', '3')]})).ok);
		t.false((await store.transact({guards: [{key: '/none', is: 'value', value: '2'}], changes: [put('/k', '3')]})).ok);
		t.false(
			(
				await store.transact({
					guards: [
						{key: '/k', is: 'value', value: '1'},
						{key: '/k', is: 'absent'},
					],
					changes: [put('/k', '3')],
				})
			).ok,
		);
		t.true((await store.transact({guards: [{key: '/k', is: 'value', value: '1'}], changes: [put('/k', '3')]})).ok);
	});

	on('of many who take one key at the same time one has it', async (t, {store}) => {
		const answers = await Promise.all(
			Array.from({length: 50}, async (_, index) => store.transact({guards: [{key: '/k', is: 'absent'}], changes: [put('/k', String(index))]})),
		);
		const winners = answers.flatMap(({ok}, index) => (ok ? [String(index)] : []));
		t.is(winners.length, 1);
		t.deepEqual((await store.list('/k')).entries, [{key: '/k', value: winners[0] ?? ''}]);
	});

	on('a deletion of what is not there changes nothing', async (t, {store}) => {
		const {rev} = await store.list('');
		t.deepEqual(await store.transact({guards: [], changes: [gone('/k')]}), {ok: true, rev});
	});

	on('who watches hears whole revisions in their order, of its prefix alone', async (t, {store}) => {
		const {rev} = await store.list('');
		const ears = new Ears();
		const end = store.watch('/a/', rev, ears);
		await store.transact({guards: [], changes: [put('/a/1', 'x'), put('/b/1', 'y'), put('/a/2', 'z')]});
		await store.transact({guards: [], changes: [put('/b/1', 'z')]});
		await store.transact({guards: [], changes: [gone('/a/1'), gone('/a/9')]});
		await ears.until(({heard}) => heard.length === 2);
		t.deepEqual(ears.heard, [`${rev + 1}: /a/1=x /a/2=z`, `${rev + 3}: -/a/1`]);
		end();
		await store.transact({guards: [], changes: [put('/a/3', 'late')]});
		const other = new Ears();
		store.watch('/a/', rev + 3, other);
		await other.until(({heard}) => heard.length === 1);
		t.is(ears.heard.length, 2);
	});

	on('who watches from an earlier revision hears what it missed, at every place to begin', async (t, {store}) => {
		const {rev} = await store.list('');
		for (let index = 1; index <= 20; index++) {
			// oxlint-disable-next-line no-await-in-loop -- one revision after the other
			await store.transact({guards: [], changes: [put('/k', String(index))]});
		}

		for (let missed = 0; missed <= 20; missed++) {
			const ears = new Ears();
			const end = store.watch('/', rev + missed, ears);
			// oxlint-disable-next-line no-await-in-loop -- one watch after the other
			await ears.until(({heard}) => heard.length === 20 - missed);
			t.deepEqual(
				ears.heard,
				Array.from({length: 20 - missed}, (_, index) => `${rev + missed + index + 1}: /k=${missed + index + 1}`),
			);
			end();
		}
	});

	on('who missed more than is kept is told so, and so is who is ahead of the store', async (t, {store, compact}) => {
		const {rev} = await store.list('');
		await store.transact({guards: [], changes: [put('/k', '1')]});
		await compact();
		const late = new Ears();
		store.watch('/', rev, late);
		await late.until(({isLost}) => isLost);
		const ahead = new Ears();
		store.watch('/', (await store.list('')).rev + 5, ahead);
		await ahead.until(({isLost}) => isLost);
		t.deepEqual([...late.heard, ...ahead.heard], []);
	});
}
