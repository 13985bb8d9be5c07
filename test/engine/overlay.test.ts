// Overlay networks of a live lab on a machine in memory: who is told of whom and when, what a failure leaves, what engines on one store know of each other.
import test, {type ExecutionContext} from 'ava';
import {Applier} from '../../src/engine/apply.ts';
import {LiveLab} from '../../src/engine/live.ts';
import {EmbeddedStore} from '../../src/engine/store/embedded.ts';
import {FakeMachine} from '../../src/kernel/fake.ts';
import {planLab, type NameTable} from '../../src/drivers/index.ts';
import type {Lab} from '../../src/model/lab.ts';
import {aLab, aNetwork, anOverlay, aPublish, aService, office, on, someHosts} from '../drivers/labs.ts';

const at = {line: 0, column: 0};

interface Rig {
	readonly machine: FakeMachine;
	readonly live: LiveLab;
	readonly names: () => NameTable;
	readonly act: (action: Parameters<LiveLab['act']>[0]) => Promise<void>;
	/** "do fdb.set" */
	readonly log: string[];
}

function rig(store = new EmbeddedStore()): Rig {
	const machine = new FakeMachine();
	const log: string[] = [];
	let names: () => NameTable = () => new Map();
	const live = new LiveLab({
		machine,
		applier: new Applier(machine, (direction, placed) => {
			log.push(...placed.map(({op}) => `${direction} ${op.do}`));
		}),
		processes: {
			stop: async () => 0,
			isRunning: () => true,
			signal: async () => 0,
			keepNetns() {},
			dropNetns() {},
			namesChanged(table) {
				names = table;
			},
			forget: async () => {},
		},
		store,
		changed() {},
	});
	return {machine, live, names: () => names(), act: async (action) => live.act(action), log};
}

const lab: Lab = {
	...aLab({
		lans: [office],
		hosts: someHosts(2),
		networks: [anOverlay('app'), aNetwork('n1')],
		services: [aService('api', {publish: [aPublish('8080:80')], ...on('app')}), aService('db', {host: 'h2', ...on('app')}), aService('late', on('n1'))],
	}),
	faults: [{name: 'cut', host: 'h2', devs: ['eth0'], at}],
};

/** What a host has been told: "10.0.1.3 is 02:42:0a:00:01:03 at 10.77.0.12". */
function told({machine}: Rig, netns: string): readonly string[] {
	const {fdb = [], neighbours = []} = machine.snapshot().namespaces[netns] ?? {};
	return neighbours.map(({address, mac}) => `${address} at ${fdb.find((entry) => entry.mac === mac)?.dst ?? 'nowhere'}`).toSorted();
}

function known({names}: Rig, container: string): readonly string[] {
	return [...(names().get(container) ?? [])].flatMap(({entries}) =>
		[...entries].filter(([name]) => /^[a-z]+$/.test(name)).map(([name, [ip]]) => `${name} ${ip ?? ''}`),
	);
}

test('what one host’s containers do, the other host knows: start, stop, connect, disconnect, remove', async (t) => {
	const it = rig();
	await it.live.up(lab);
	t.deepEqual(told(it, 'h1:vxlan4097'), ['10.0.1.3 at 10.77.0.12']);
	t.deepEqual(told(it, 'h2:vxlan4097'), ['10.0.1.2 at 10.77.0.11']);
	t.deepEqual(known(it, 'db'), ['api 10.0.1.2', 'db 10.0.1.3']);
	await it.act({do: 'connect', service: 'late', network: 'app', at});
	t.deepEqual(told(it, 'h2:vxlan4097'), ['10.0.1.2 at 10.77.0.11', '10.0.1.4 at 10.77.0.11']);
	t.deepEqual(known(it, 'db'), ['api 10.0.1.2', 'db 10.0.1.3', 'late 10.0.1.4']);
	await it.act({do: 'stop', service: 'api', at});
	t.deepEqual(told(it, 'h2:vxlan4097'), ['10.0.1.4 at 10.77.0.11']);
	await it.act({do: 'disconnect', service: 'late', network: 'app', at});
	t.deepEqual(told(it, 'h2:vxlan4097'), []);
	await it.act({do: 'start', service: 'api', at});
	t.deepEqual(told(it, 'h2:vxlan4097'), ['10.0.1.5 at 10.77.0.11']);
	await it.act({do: 'remove', service: 'db', at});
	t.deepEqual(told(it, 'h1:vxlan4097'), []);
});

test('entries are there before the container is', async (t) => {
	const it = rig();
	await it.live.up(lab);
	await it.act({do: 'stop', service: 'api', at});
	it.log.length = 0;
	await it.act({do: 'start', service: 'api', at});
	t.deepEqual(it.log.slice(0, 2), ['do neigh.set', 'do fdb.set']);
	t.is(it.log.filter((line) => line.endsWith('fdb.set')).length, 1);
});

test('an address that passes to another container has the entries of its new holder alone', async (t) => {
	const it = rig();
	// room for three containers, who get addresses in turn
	await it.live.up({...lab, networks: [anOverlay('app', {ipam: {subnet: '10.0.1.0/29', reserved: ['10.0.1.5', '10.0.1.6']}}), aNetwork('n1')]});
	await it.act({do: 'connect', service: 'late', network: 'app', at});
	await it.act({do: 'stop', service: 'db', at});
	t.deepEqual(told(it, 'h1:vxlan4097'), []);
	await it.act({do: 'disconnect', service: 'late', network: 'app', at});
	// 10.0.1.3, which was on h2, is now on h1
	await it.act({do: 'connect', service: 'late', network: 'app', at});
	t.deepEqual(told(it, 'h2:vxlan4097'), ['10.0.1.2 at 10.77.0.11', '10.0.1.3 at 10.77.0.11']);
	t.deepEqual(told(it, 'h1:vxlan4097'), []);
});

test('a container that has left all of its networks can come back, and keeps its name server meanwhile', async (t) => {
	const it = rig();
	await it.live.up(lab);
	const before = it.machine.snapshot().namespaces['api'];
	await it.act({do: 'disconnect', service: 'api', network: 'app', at});
	const {links, rules, chains, listeners} = it.machine.snapshot().namespaces['api'] ?? {};
	t.deepEqual(
		{links: links?.map(({name}) => name), rules, chains: chains?.filter(({policy}) => policy === undefined), listeners},
		{
			links: ['lo'],
			rules: before?.rules,
			chains: before?.chains.filter(({policy}) => policy === undefined),
			listeners: before?.listeners,
		},
	);
	await it.act({do: 'connect', service: 'api', network: 'app', at});
	const after = it.machine.snapshot().namespaces['api'];
	t.deepEqual(after?.rules, before?.rules);
	t.deepEqual(after?.listeners, before?.listeners);
	t.deepEqual(
		after?.addresses,
		before?.addresses.map((one) => ({...one, address: one.address.replace('10.0.1.2', '10.0.1.4')})),
	);
	t.deepEqual(
		after?.routes,
		before?.routes.map((one) => (one.source === '10.0.1.2' ? {...one, source: '10.0.1.4'} : one)),
	);
});

/** Fails `work` at each of its ops in turn; after each failure all must be as before. Returns how often it failed. */
async function failEverywhere(t: ExecutionContext, it: Rig, tried: () => number, work: () => Promise<unknown>): Promise<number> {
	const before = {machine: it.machine.snapshot(), names: it.names()};
	for (let number = 1; ; number++) {
		it.machine.failAt = tried() + number;
		try {
			// oxlint-disable-next-line no-await-in-loop -- one failure after the other
			await work();
			it.machine.failAt = undefined;
			return number - 1;
		} catch (error) {
			t.like(error, {code: 'E_KERNEL', said: 'told to fail here'}, `op ${number}`);
			t.deepEqual(sorted(it.machine.snapshot()), sorted(before.machine), `op ${number}`);
			t.deepEqual([...it.names()], [...before.names], `op ${number}`);
		}
	}
}

const notCompared: ReadonlySet<string> = new Set(['sysctls', 'index', 'peerIndex', 'number']);

/**
 * Without files: one that cannot be written is gone. What was taken back and made again stands elsewhere and has other numbers, which means nothing, and
 * the machine in memory remembers settings of interfaces that are gone.
 */
function sorted({namespaces, processes}: ReturnType<FakeMachine['snapshot']>): unknown {
	return JSON.parse(JSON.stringify({namespaces, processes}), (key, value: unknown) =>
		notCompared.has(key) ? undefined : Array.isArray(value) ? value.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : value,
	);
}

test('connecting and disconnecting that fail at any op leave everything as it was, on both hosts', async (t) => {
	const it = rig();
	let tried = 0;
	const {machine} = it;
	const really = machine.do.bind(machine);
	machine.do = async (ops) => {
		const outcomes = await really(ops);
		tried += outcomes.filter(({is}) => is !== 'skipped').length;
		return outcomes;
	};
	await it.live.up(lab);
	const count = (): number => tried;
	t.true((await failEverywhere(t, it, count, async () => it.act({do: 'connect', service: 'late', network: 'app', at}))) > 5);
	t.true((await failEverywhere(t, it, count, async () => it.act({do: 'disconnect', service: 'late', network: 'n1', at}))) > 5);
	t.true((await failEverywhere(t, it, count, async () => it.act({do: 'connect', service: 'late', network: 'n1', at}))) > 5);
});

test('a lab that fails at any op on its way up leaves an empty machine and an empty store; once up, its endpoints are in the store', async (t) => {
	const store = new EmbeddedStore();
	const it = rig(store);
	const ops = planLab(lab).units.flatMap((unit) => unit.ops).length;
	let tried = 0;
	for (let failing = 1; failing <= ops; failing++) {
		it.machine.failAt = tried + failing;
		// oxlint-disable-next-line no-await-in-loop -- one failure after the other
		await t.throwsAsync(it.live.up(lab), {code: 'E_KERNEL'}, `op ${failing}`);
		tried += failing;
		t.true(it.machine.isEmpty(), `op ${failing}`);
		// oxlint-disable-next-line no-await-in-loop -- one failure after the other
		t.deepEqual((await store.list('')).entries, [], `op ${failing}`);
	}

	it.machine.failAt = undefined;
	await it.live.up(lab);
	t.deepEqual(
		(await store.list('')).entries.map(({key}) => key),
		['/vl/1/ep/app/10.0.1.2', '/vl/1/ep/app/10.0.1.3'],
	);
});

/** Until everything under way has been done. */
async function settled(): Promise<void> {
	for (let turn = 0; turn < 50; turn++) {
		// oxlint-disable-next-line no-await-in-loop -- one turn of the event loop after the other
		await new Promise((resolve) => {
			setImmediate(resolve);
		});
	}
}

test('two engines on one store: addresses of both are different, and each knows the other’s containers', async (t) => {
	const store = new EmbeddedStore();
	const [near, far] = [rig(store), rig(store)];
	await near.live.up(lab);
	const [h3] = someHosts(1, {name: 'h3'});
	const hosts = h3 === undefined ? [] : [{...h3, name: 'h3', nics: h3.nics.map((nic) => ({...nic, address: '10.77.0.13/24'}))}];
	await far.live.up({...lab, hosts, networks: [anOverlay('app', {hosts: ['h3']})], services: [aService('far', {host: 'h3', ...on('app')})]});
	t.deepEqual(told(far, 'h3:vxlan4097'), ['10.0.1.2 at 10.77.0.11', '10.0.1.3 at 10.77.0.12']);
	await settled();
	t.deepEqual(told(near, 'h1:vxlan4097'), ['10.0.1.3 at 10.77.0.12', '10.0.1.4 at 10.77.0.13']);
	t.deepEqual(told(near, 'h2:vxlan4097'), ['10.0.1.2 at 10.77.0.11', '10.0.1.4 at 10.77.0.13']);
	t.deepEqual(known(near, 'db'), ['api 10.0.1.2', 'db 10.0.1.3', 'far 10.0.1.4']);
	await far.act({do: 'stop', service: 'far', at});
	await settled();
	t.deepEqual(told(near, 'h1:vxlan4097'), ['10.0.1.3 at 10.77.0.12']);
	t.deepEqual(known(near, 'db'), ['api 10.0.1.2', 'db 10.0.1.3']);
	await near.act({do: 'stop', service: 'db', at});
	await settled();
	t.deepEqual(told(far, 'h3:vxlan4097'), ['10.0.1.2 at 10.77.0.11']);
});

test('an engine that stops takes its containers out of what others know; its rules for docker_gwbridge are made again', async (t) => {
	const it = rig();
	await it.live.up(lab);
	const rules = (): readonly string[] => (it.machine.snapshot().namespaces['h1']?.rules ?? []).map(({table, chain, text}) => `${table} ${chain} ${text}`);
	const before = rules().filter((text) => text.includes('docker_gwbridge') && !text.includes('172.18.0.2'));
	await it.act({do: 'daemon', host: 'h1', action: 'stop', at});
	t.deepEqual(told(it, 'h2:vxlan4097'), []);
	await it.act({do: 'daemon', host: 'h1', action: 'start', at});
	t.deepEqual(
		rules()
			.filter((text) => text.includes('docker_gwbridge'))
			.toSorted(),
		before.toSorted(),
	);
	await it.act({do: 'start', service: 'api', at});
	t.deepEqual(told(it, 'h2:vxlan4097'), ['10.0.1.4 at 10.77.0.11']);
});

test('a cut cable is a link without its other end, and mending it leaves nothing; what is not applied is not cleared', async (t) => {
	const it = rig();
	await it.live.up(lab);
	const before = it.machine.snapshot();
	const eth0 = (): string | undefined => it.machine.snapshot().namespaces['h2']?.links.find(({name}) => name === 'eth0')?.state;
	await it.act({do: 'fault', verb: 'apply', fault: 'cut', at});
	t.is(eth0(), 'LOWERLAYERDOWN');
	t.deepEqual(told(it, 'h1:vxlan4097'), ['10.0.1.3 at 10.77.0.12']);
	await t.throwsAsync(it.act({do: 'fault', verb: 'apply', fault: 'cut', at}), {code: 'E_CONFLICT'});
	await it.act({do: 'fault', verb: 'clear', fault: 'cut', at});
	t.deepEqual(it.machine.snapshot(), before);
	await t.throwsAsync(it.act({do: 'fault', verb: 'clear', fault: 'cut', at}), {code: 'E_CONFLICT'});
	await t.throwsAsync(it.act({do: 'fault', verb: 'apply', fault: 'other', at}), {code: 'E_NAME_UNKNOWN'});
});
