// Two engines on one store: each announces its endpoints and hears of the other's.
import test from 'ava';
import {LabError} from '../../../src/base/errors.ts';
import {mac} from '../../../src/base/units.ts';
import type {Peer} from '../../../src/drivers/index.ts';
import {EmbeddedStore} from '../../../src/engine/store/embedded.ts';
import {Endpoints} from '../../../src/engine/store/endpoints.ts';

function aPeer(last: number, host: string): Peer {
	const hardware = mac(`02:42:0a:00:01:0${last}`);
	if (hardware === undefined) {
		throw new Error('this is a MAC');
	}

	return {network: 'app', address: `10.0.1.${last}`, mac: hardware, host, vtep: `192.168.50.${host === 'a' ? 10 : 11}`, names: [`c${last}`]};
}

/** An engine, and what it knows of others after everything under way has arrived. */
async function anEngine(
	store: EmbeddedStore,
): Promise<{readonly own: Endpoints; readonly known: () => Promise<readonly string[]>; readonly times: () => number}> {
	let times = 0;
	const own = new Endpoints(store, () => {
		times++;
	});
	await own.follow();
	return {
		own,
		async known() {
			// what the store has to tell is in the queue of microtasks before this
			await new Promise((resolve) => {
				setImmediate(resolve);
			});
			return own.foreign.map(({address, vtep}) => `${address} ${vtep}`);
		},
		times: () => times,
	};
}

test('what one engine announces the other knows, its own is not foreign to it, and what it takes back is gone', async (t) => {
	const store = new EmbeddedStore();
	const [a, b] = [await anEngine(store), await anEngine(store)];
	await a.own.announce([aPeer(2, 'a'), aPeer(3, 'a')]);
	t.deepEqual(await b.known(), ['10.0.1.2 192.168.50.10', '10.0.1.3 192.168.50.10']);
	t.deepEqual(await a.known(), []);
	t.is(a.times(), 0);
	await a.own.announce([aPeer(3, 'a')]);
	t.deepEqual(await b.known(), ['10.0.1.3 192.168.50.10']);
	await a.own.announce([]);
	t.deepEqual(await b.known(), []);
	t.deepEqual((await store.list('')).entries, []);
});

test('who comes later knows those who are there', async (t) => {
	const store = new EmbeddedStore();
	const a = await anEngine(store);
	await a.own.announce([aPeer(2, 'a')]);
	t.deepEqual(await (await anEngine(store)).known(), ['10.0.1.2 192.168.50.10']);
});

test('an address is one engine’s: the other is refused with the holder’s name, and nothing of its announcement is done', async (t) => {
	const store = new EmbeddedStore();
	const [a, b] = [await anEngine(store), await anEngine(store)];
	await a.own.announce([aPeer(2, 'a')]);
	const error = await t.throwsAsync(b.own.announce([aPeer(3, 'b'), aPeer(2, 'b')]), {instanceOf: LabError});
	t.is(error.code, 'E_CONFLICT');
	t.is(error.said, 'Address already in use');
	t.is(error.hint, 'c2 on a has it');
	t.deepEqual(await a.known(), []);
	await a.own.announce([]);
	await b.own.announce([aPeer(3, 'b'), aPeer(2, 'b')]);
	t.deepEqual(await a.known(), ['10.0.1.2 192.168.50.11', '10.0.1.3 192.168.50.11']);
});

test('the same announcement again changes nothing, and an address can pass to another container', async (t) => {
	const store = new EmbeddedStore();
	const [a, b] = [await anEngine(store), await anEngine(store)];
	await a.own.announce([aPeer(2, 'a')]);
	const {rev} = await store.list('');
	await a.own.announce([aPeer(2, 'a')]);
	t.is((await store.list('')).rev, rev);
	await a.own.announce([{...aPeer(2, 'a'), names: ['heir']}]);
	await b.known();
	t.deepEqual(
		b.own.foreign.map(({names}) => names),
		[['heir']],
	);
});

test('what an engine has missed altogether it lists again', async (t) => {
	const store = new EmbeddedStore(1);
	const [a, b] = [await anEngine(store), await anEngine(store)];
	// two revisions before anybody is told of one: the first is forgotten
	await Promise.all([a.own.announce([aPeer(2, 'a')]), store.transact({guards: [], changes: [{do: 'put', key: '/other', value: 'x'}]})]);
	t.deepEqual(await b.known(), ['10.0.1.2 192.168.50.10']);
	t.true(b.times() > 0);
});

test('a value that another version wrote is passed over', async (t) => {
	const store = new EmbeddedStore();
	const a = await anEngine(store);
	for (const [index, value] of ['{"what": "else"}', 'null', 'no JSON'].entries()) {
		// oxlint-disable-next-line no-await-in-loop -- one revision after the other
		await store.transact({guards: [], changes: [{do: 'put', key: `/vl/1/ep/app/10.0.1.${index}`, value}]});
	}

	t.deepEqual(await a.known(), []);
});
