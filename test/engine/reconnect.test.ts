// A lab that lives, on a machine in memory: connecting and disconnecting running containers, an engine that restarts, and what is left when a step fails.
import test, {type ExecutionContext} from 'ava';
import {LabError} from '../../src/base/errors.ts';
import {containerId} from '../../src/base/names.ts';
import {Applier} from '../../src/engine/apply.ts';
import {LiveLab} from '../../src/engine/live.ts';
import type {Processes} from '../../src/engine/processes.ts';
import {EmbeddedStore} from '../../src/engine/store/embedded.ts';
import {FakeMachine, type Snapshot} from '../../src/kernel/fake.ts';
import type {DockerEngine, Lab} from '../../src/model/lab.ts';
import type {NameTable} from '../../src/drivers/index.ts';
import type {Outcome} from '../../src/kernel/machine.ts';
import type {Op} from '../../src/plan/op.ts';
import {aHost, aLab, aMacvlan, aNetwork, anEngine, aPublish, aService, office, on} from '../drivers/labs.ts';

const at = {line: 1, column: 1};
const hostname = containerId('test', 'web').slice(0, 12);

class CountingMachine extends FakeMachine {
	/** Ops that were tried so far. */
	tried = 0;

	override async do(ops: readonly Op[]): Promise<readonly Outcome[]> {
		const outcomes = await super.do(ops);
		this.tried += outcomes.filter(({is}) => is !== 'skipped').length;
		return outcomes;
	}
}

interface Rig {
	readonly machine: CountingMachine;
	readonly live: LiveLab;
	/** The last table that the name servers were given. */
	names(): NameTable;
	act(verb: 'connect' | 'disconnect', service: string, network: string): Promise<void>;
}

function rig(): Rig {
	const machine = new CountingMachine();
	let names: NameTable = new Map();
	const processes: Processes = {
		stop: async () => 0,
		isRunning: () => true,
		signal: async () => 0,
		keepNetns() {},
		dropNetns() {},
		namesChanged(table) {
			names = table();
		},
		forget: async () => {},
	};
	const live = new LiveLab({machine, applier: new Applier(machine, () => {}), processes, store: new EmbeddedStore(), changed() {}});
	return {machine, live, names: () => names, act: async (verb, service, network) => live.act({do: verb, service, network, at})};
}

function labOf(engine: DockerEngine['engine'] = '28'): Lab {
	return aLab({
		lans: [office],
		hosts: [aHost({docker: anEngine({engine})})],
		networks: [
			aNetwork('aa'),
			aNetwork('zz'),
			aNetwork('inner', {internal: true}),
			aMacvlan('phys', {ipam: {subnet: '10.77.0.0/24', range: '10.77.0.64/28'}}),
		],
		services: [
			aService('web', {publish: [aPublish('8080:80'), aPublish('80')], ...on('zz')}),
			aService('cli', on('aa')),
			aService('old', {publish: [aPublish('9090:90')]}),
			aService('bare', {attach: {mode: 'none'}}),
			aService('guest', {attach: {mode: 'container', of: 'cli'}}),
			aService('onhost', {attach: {mode: 'host'}}),
		],
	});
}

/** What a person would look at: links, addresses, routes and files of a container, rules and sockets of the host. */
function state({namespaces, files}: Snapshot, container: string): unknown {
	const {links = [], addresses = [], routes = []} = namespaces[container] ?? {};
	const host = namespaces['h1'];
	return {
		links: links.map(({name, master}) => ({name, master})),
		addresses: addresses.map(({dev, address}) => `${dev} ${address}`),
		routes: routes.map(({to, via, dev}) => `${to} ${via ?? '-'} ${dev ?? '-'}`).toSorted(),
		hosts: files[`${container}/hosts`],
		resolv: files[`${container}/resolv.conf`],
		hostLinks: host?.links.map(({name, master}) => `${name} ${master ?? '-'}`).toSorted(),
		rules: host?.rules.map(({table, chain, text}) => `${table} ${chain} ${text}`).toSorted(),
		listeners: host?.listeners.map(({protocol, address, port}) => `${protocol} ${address} ${port}`).toSorted(),
	};
}

function defaultRoute({namespaces}: Snapshot, container: string): string | undefined {
	const found = namespaces[container]?.routes.find(({to, family}) => to === 'default' && family === 4);
	return found === undefined ? undefined : `${found.via ?? ''} ${found.dev ?? ''}`;
}

function dnat({namespaces}: Snapshot): readonly string[] {
	return (namespaces['h1']?.rules ?? []).flatMap(({text}) => /--to-destination (\S+)/.exec(text)?.[1] ?? []).toSorted();
}

async function refused(t: ExecutionContext, promise: Promise<unknown>, code: LabError['code'], said: string): Promise<void> {
	const error = await t.throwsAsync(promise, {instanceOf: LabError});
	t.is(error.code, code);
	t.is(error.said, said);
}

for (const engine of ['28', '20.10'] as const) {
	test(`with engine ${engine}, connecting to a network that sorts first moves the default route and the ports, and disconnecting moves them back`, async (t) => {
		const {machine, live, act} = rig();
		await live.up(labOf(engine));
		const before = state(machine.snapshot(), 'web');
		t.is(defaultRoute(machine.snapshot(), 'web'), '172.19.0.1 eth0');
		await act('connect', 'web', 'aa');
		t.is(defaultRoute(machine.snapshot(), 'web'), '172.18.0.1 eth1');
		t.deepEqual(dnat(machine.snapshot()), ['172.17.0.2:90', '172.18.0.3:80', '172.18.0.3:80']);
		t.true(machine.snapshot().files['web/hosts']?.endsWith(`172.19.0.2\t${hostname}\n172.18.0.3\t${hostname}\n`));
		await act('disconnect', 'web', 'aa');
		t.is(defaultRoute(machine.snapshot(), 'web'), '172.19.0.1 eth0');
		const again = state(machine.snapshot(), 'web');
		// a random host port is a new one each time
		const known = (value: unknown): unknown => JSON.parse(JSON.stringify(value).replaceAll(/\b327\d\d\b/g, 'RANDOM'));
		t.deepEqual(known(again), known(before));
	});
}

test('connecting to a network that sorts later changes neither the way out nor the ports', async (t) => {
	const {machine, live, act} = rig();
	await live.up(labOf());
	await act('connect', 'cli', 'zz');
	t.is(defaultRoute(machine.snapshot(), 'cli'), '172.18.0.1 eth0');
	t.deepEqual(
		machine
			.snapshot()
			.namespaces['cli']?.addresses.filter(({family}) => family === 4)
			.map(({dev, address}) => `${dev} ${address}`)
			.slice(1),
		['eth0 172.18.0.2/16', 'eth1 172.19.0.3/16'],
	);
});

test('a disconnected interface leaves its name and address to the next, except with engine 20.10, which gives no name twice', async (t) => {
	const devs: Record<string, readonly string[]> = {};
	for (const engine of ['28', '20.10'] as const) {
		const {machine, live, act} = rig();
		// oxlint-disable-next-line no-await-in-loop -- one lab after the other
		await live.up(labOf(engine));
		for (const [verb, network] of [
			['connect', 'aa'],
			['disconnect', 'zz'],
			['connect', 'zz'],
		] as const) {
			// oxlint-disable-next-line no-await-in-loop -- steps
			await act(verb, 'web', network);
		}

		devs[engine] =
			machine.snapshot().namespaces['web']?.addresses.flatMap(({dev, address, family}) => (family === 4 && dev !== 'lo' ? [`${dev} ${address}`] : [])) ??
			[];
	}

	t.deepEqual(devs, {'28': ['eth1 172.18.0.3/16', 'eth0 172.19.0.2/16'], '20.10': ['eth1 172.18.0.3/16', 'eth2 172.19.0.2/16']});
});

test('a container on docker0 gets the name server with its first user-defined network', async (t) => {
	const {machine, live, act, names} = rig();
	await live.up(labOf());
	t.false(names().has('old'));
	await act('connect', 'old', 'zz');
	const {namespaces, files} = machine.snapshot();
	t.is(namespaces['old']?.listeners.filter(({address}) => address === '127.0.0.11').length, 2);
	t.true(files['old/resolv.conf']?.includes('nameserver 127.0.0.11'));
	t.is(defaultRoute(machine.snapshot(), 'old'), '172.17.0.1 eth0');
	t.deepEqual(names().get('web')?.[0]?.entries.get('old'), ['172.19.0.3']);
	t.is(names().get('old')?.[0]?.reverse.get('172.19.0.2'), 'web.zz');
});

test('on a macvlan or an internal network alone nothing is published, and what comes back publishes again', async (t) => {
	const {machine, live, act} = rig();
	await live.up(labOf());
	await act('connect', 'web', 'inner');
	t.is(defaultRoute(machine.snapshot(), 'web'), '172.19.0.1 eth0');
	await act('disconnect', 'web', 'zz');
	t.is(defaultRoute(machine.snapshot(), 'web'), undefined);
	t.deepEqual(dnat(machine.snapshot()), ['172.17.0.2:90']);
	await act('connect', 'web', 'phys');
	t.is(defaultRoute(machine.snapshot(), 'web'), '10.77.0.64 eth0');
	t.deepEqual(dnat(machine.snapshot()), ['172.17.0.2:90']);
	await act('connect', 'web', 'aa');
	t.is(dnat(machine.snapshot()).filter((to) => to === '172.18.0.3:80').length, 2);
});

test('a port that was published while it ran goes along too', async (t) => {
	const {machine, live, act} = rig();
	await live.up(labOf());
	await live.act({do: 'publish', service: 'cli', publish: [aPublish('7070:70')], at});
	await act('connect', 'cli', 'zz');
	await act('disconnect', 'cli', 'aa');
	t.true(dnat(machine.snapshot()).includes('172.19.0.3:70'));
});

test('a stopped container remembers its networks for the next start', async (t) => {
	const {machine, live, act} = rig();
	await live.up(labOf());
	await live.act({do: 'stop', service: 'web', at});
	await act('connect', 'web', 'aa');
	t.is(machine.snapshot().namespaces['web'], undefined);
	await live.act({do: 'start', service: 'web', at});
	t.is(defaultRoute(machine.snapshot(), 'web'), '172.18.0.1 eth1');
});

const no = test.macro({
	async exec(t, [verb, service, network]: readonly ['connect' | 'disconnect', string, string], code: LabError['code'], said: string) {
		const {machine, live, act} = rig();
		await live.up(labOf());
		const before = machine.snapshot();
		await refused(t, act(verb, service, network), code, said);
		t.deepEqual(machine.snapshot(), before);
	},
	title: (_, [verb, service, network]: readonly string[], __, said: string) => `${verb} ${service ?? ''} ${network ?? ''}: "${said}"`,
});

const shared = 'container sharing network namespace with another container or host cannot be connected to any other network';
test(no, ['connect', 'bare', 'aa'], 'E_CONFLICT', 'container cannot be connected to multiple networks with one of the networks in private (none) mode');
test(no, ['connect', 'guest', 'aa'], 'E_CONFLICT', shared);
test(no, ['connect', 'onhost', 'aa'], 'E_CONFLICT', shared);
test(no, ['connect', 'web', 'zz'], 'E_CONFLICT', 'endpoint with name web already exists in network zz');
test(
	no,
	['disconnect', 'web', 'aa'],
	'E_CONFLICT',
	'container 8905e9c9d5ac318e8169ced84f0b0aaf4a015eb86601ffb449d78ae0f5eef80a is not connected to network aa',
);
test(no, ['connect', 'web', 'nosuch'], 'E_NAME_UNKNOWN', 'network nosuch not found');
test(no, ['disconnect', 'web', 'nosuch'], 'E_NAME_UNKNOWN', 'network nosuch not found');

test('who asks for a network that is not there is told where they stand', async (t) => {
	const {live} = rig();
	await live.up(labOf());
	for (const network of ['nosuch', 'none']) {
		// oxlint-disable-next-line no-await-in-loop -- one after the other
		const error = await t.throwsAsync(live.act({do: 'connect', service: 'web', network, at}), {instanceOf: LabError});
		t.is(error.toJSON().hint, '`vethlab networks` lists them');
	}
});

test('a network that a running container is on is not removed, and nothing changes', async (t) => {
	const {machine, live} = rig();
	await live.up(labOf());
	const before = machine.snapshot();
	await refused(
		t,
		live.act({do: 'remove_network', network: 'zz', at}),
		'E_CONFLICT',
		'error while removing network: network zz has active endpoints (name:"web" id:"f11a532dbdcb")',
	);
	await refused(t, live.act({do: 'remove_network', network: 'bridge', at}), 'E_CONFLICT', 'bridge is a pre-defined network and cannot be removed');
	await refused(t, live.act({do: 'remove_network', network: 'nosuch', at}), 'E_NAME_UNKNOWN', 'network nosuch not found');
	t.deepEqual(machine.snapshot(), before);
});

test('a removed network leaves no bridge and no rule, and who was on it cannot start until it forgets it', async (t) => {
	const {machine, live, act} = rig();
	await live.up(labOf());
	const isBridge = ({name}: {readonly name: string}): boolean => name.startsWith('br-');
	const networks = live.lab?.networks.map(({name}) => name) ?? [];
	t.true(machine.snapshot().namespaces['h1']?.links.some(isBridge));
	await live.act({do: 'stop', service: 'cli', at});
	await live.act({do: 'stop', service: 'web', at});
	for (const network of networks) {
		// oxlint-disable-next-line no-await-in-loop -- one after the other
		await live.act({do: 'remove_network', network, at});
	}

	const {links = [], rules = []} = machine.snapshot().namespaces['h1'] ?? {};
	t.deepEqual(links.filter(isBridge), []);
	t.deepEqual(
		rules.filter(({text}) => text.includes('br-')),
		[],
	);
	await refused(t, live.act({do: 'start', service: 'web', at}), 'E_CONFLICT', 'network zz not found');
	t.deepEqual(live.lab?.networks, []);
	await act('disconnect', 'web', 'zz');
	await live.act({do: 'start', service: 'web', at});
	t.is(live.stateOf('web')?.is, 'running');
});

test('whatever step of a connect or disconnect fails, the container is wired as before', async (t) => {
	for (const verb of ['connect', 'disconnect'] as const) {
		let isDone = false;
		for (let step = 1; !isDone; step++) {
			// oxlint-disable-next-line no-await-in-loop -- a lab for each step
			isDone = await failsAt(t, verb, step);
		}
	}
});

/** Whether there is no such step. */
async function failsAt(t: ExecutionContext, verb: 'connect' | 'disconnect', step: number): Promise<boolean> {
	const {machine, live, act} = rig();
	await live.up(labOf());
	if (verb === 'disconnect') {
		await act('connect', 'web', 'aa');
	}

	const before = machine.snapshot();
	machine.failAt = machine.tried + step;
	try {
		await act(verb, 'web', 'aa');
		return true;
	} catch {
		t.deepEqual(wiring(machine.snapshot()), wiring(before), `${verb}, step ${step}`);
		return false;
	}
}

/** The state of web without its files: one that cannot be written is gone. */
function wiring(snapshot: Snapshot): unknown {
	return state({...snapshot, files: {}}, 'web');
}

test("an engine that restarts makes its networks' rules again", async (t) => {
	for (const engine of ['28', '20.10'] as const) {
		const {machine, live} = rig();
		// oxlint-disable-next-line no-await-in-loop -- one lab after the other
		await live.up({...labOf(engine), services: []});
		const before = machine.snapshot().namespaces['h1'];
		// oxlint-disable-next-line no-await-in-loop -- one lab after the other
		await live.act({do: 'daemon', host: 'h1', action: 'restart', at});
		const after = machine.snapshot().namespaces['h1'];
		t.deepEqual(after?.rules, before?.rules);
		t.deepEqual(after?.addresses, before?.addresses);
	}
});
