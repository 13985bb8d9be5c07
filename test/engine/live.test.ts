import test, {type ExecutionContext} from 'ava';
import {Applier} from '../../src/engine/apply.ts';
import {LiveLab} from '../../src/engine/live.ts';
import type {Processes} from '../../src/engine/processes.ts';
import {EmbeddedStore} from '../../src/engine/store/embedded.ts';
import {FakeMachine} from '../../src/kernel/fake.ts';
import type {Lab} from '../../src/model/lab.ts';
import type {PlacedOp} from '../../src/plan/waves.ts';
import {labOf} from '../e2e/read.ts';

const lab: Lab = labOf(`
vethlab: 1
lans: {office: {subnet: 10.77.0.0/24}}
hosts:
  h1: {nics: {eth0: {lan: office, ip: 10.77.0.11/24}}, docker: {engine: "28"}}
  laptop: {docker: false, nics: {eth0: {lan: office, ip: 10.77.0.100/24}}}
services:
  web: {host: h1, network_mode: bridge, serve: [{http: {port: 80}}], ports: ["8080:80", "53:53/udp"]}
  guest: {host: h1, network_mode: "service:web", image: lab/tools}
  spare: {host: h1, network_mode: bridge, image: lab/tools}
`);
const at = {line: 0, column: 0};

interface Bench {
	readonly machine: FakeMachine;
	readonly live: LiveLab;
	/** Ops as they were done and undone: "do link.add". */
	readonly log: readonly string[];
	/** Guests and the namespaces that they keep: "guest web". */
	readonly kept: readonly string[];
	/** The next of these is the first that fails. */
	failNext: (number: number | undefined) => void;
}

/** A live lab on a machine in memory. Containers end at once when they are asked to. */
function bench(running: ReadonlySet<string> = new Set()): Bench {
	const machine = new FakeMachine();
	const log: string[] = [];
	const kept: string[] = [];
	const processes: Processes = {
		stop: async () => 143,
		isRunning: (container) => running.has(container),
		signal: async (_host, process) => (process === 'docker-proxy' ? 2 : 0),
		keepNetns: (guest, owners) => kept.push(`${guest} ${owners}`),
		dropNetns: () => undefined,
		forget: async () => undefined,
	};
	let tried = 0;
	const counted = new Proxy(machine, {
		get(target, key) {
			if (key === 'do') {
				return async (ops: Parameters<FakeMachine['do']>[0]) => {
					const outcomes = await target.do(ops);
					tried += outcomes.filter(({is}) => is !== 'skipped').length;
					return outcomes;
				};
			}

			const value: unknown = Reflect.get(target, key, target);
			return typeof value === 'function' ? (value.bind(target) as unknown) : value;
		},
	});
	const applier = new Applier(counted, (direction, placed: readonly PlacedOp[]) => {
		log.push(...placed.map(({op}) => `${direction} ${op.do}`));
	});
	return {
		machine,
		live: new LiveLab({machine: counted, applier, processes, store: new EmbeddedStore(), changed: () => undefined}),
		log,
		kept,
		failNext(number) {
			machine.failAt = number === undefined ? undefined : tried + number;
		},
	};
}

/** Fails `work` at its first, second, … op until it succeeds; after each failure the machine must be as `before`. Returns how often it failed. */
async function failEverywhere(t: ExecutionContext, {machine, failNext}: Bench, work: () => Promise<void>): Promise<number> {
	const before = machine.snapshot();
	for (let number = 1; ; number++) {
		failNext(number);
		try {
			// oxlint-disable-next-line no-await-in-loop -- one failure after the other
			await work();
			failNext(undefined);
			return number - 1;
		} catch (error) {
			t.like(error, {code: 'E_KERNEL', said: 'told to fail here'}, `op ${number}`);
			t.deepEqual(machine.snapshot(), before, `op ${number}`);
		}
	}
}

test('a lab that fails at any op leaves an empty machine, and can be brought up after all', async (t) => {
	const it = bench();
	const failures = await failEverywhere(t, it, async () => {
		await it.live.up(lab);
	});
	t.true(failures > 80, `${failures} ops`);
	t.true(it.live.isUp);
	t.is(it.live.stateOf('web')?.is, 'running');
});

test('what is undone is what was done, last first', async (t) => {
	const it = bench();
	it.failNext(40);
	await t.throwsAsync(it.live.up(lab), {code: 'E_KERNEL'});
	const done = it.log.filter((entry) => entry.startsWith('do ')).map((entry) => entry.slice(3));
	const undone = it.log.filter((entry) => entry.startsWith('undo ')).map((entry) => entry.slice(5));
	t.deepEqual(undone, done.toReversed());
	t.is(done.length, 39);
});

test('a start and a later publish that fail at any op leave the lab as it was', async (t) => {
	const it = bench();
	await it.live.up(lab);
	const whole = it.machine.snapshot();
	await it.live.act({do: 'stop', service: 'web', at});
	t.notDeepEqual(it.machine.snapshot(), whole);
	t.true((await failEverywhere(t, it, async () => it.live.act({do: 'start', service: 'web', at}))) > 20);
	t.is(it.live.stateOf('web')?.is, 'running');

	const [publish] = lab.services[0]?.publish ?? [];
	const publishes = publish === undefined ? [] : [{...publish, hostPorts: undefined}];
	t.true((await failEverywhere(t, it, async () => it.live.act({do: 'publish', service: 'spare', publish: publishes, at}))) > 4);
	t.true((it.live.allocations?.containers.get('spare')?.published.length ?? 0) > 0);
});

test('an allocation that came to nothing is free again: the same port after a failed start', async (t) => {
	const it = bench();
	await it.live.up(lab);
	const portOf = () => it.live.allocations?.containers.get('web')?.published.map(({hostPort}) => hostPort);
	const before = portOf();
	await it.live.act({do: 'stop', service: 'web', at});
	t.is(portOf(), undefined);
	it.failNext(5);
	await t.throwsAsync(it.live.act({do: 'start', service: 'web', at}));
	it.failNext(undefined);
	await it.live.act({do: 'start', service: 'web', at});
	t.deepEqual(portOf(), before);
});

test('a container that ended by itself is taken down once, also when it was stopped or started again meanwhile', async (t) => {
	const running = new Set<string>();
	const it = bench(running);
	await it.live.up(lab);
	await it.live.ended('spare', 3);
	t.deepEqual(it.live.stateOf('spare'), {is: 'exited', exitCode: 3});
	const down = it.machine.snapshot();
	await it.live.ended('spare', 4);
	t.deepEqual(it.live.stateOf('spare'), {is: 'exited', exitCode: 3});
	t.deepEqual(it.machine.snapshot(), down);

	await it.live.act({do: 'start', service: 'spare', at});
	running.add('spare');
	await it.live.ended('spare', 5);
	t.is(it.live.stateOf('spare')?.is, 'running', 'the news was of the container before');
});

test('stopping an engine takes its containers and its containers only; starting it again makes its rules once', async (t) => {
	const it = bench();
	await it.live.up(lab);
	await it.live.act({do: 'daemon', host: 'h1', action: 'restart', at});
	const once = it.machine.snapshot();
	await it.live.act({do: 'daemon', host: 'h1', action: 'restart', at});
	t.deepEqual(it.machine.snapshot(), once);
	t.is(it.live.stateOf('web')?.is, 'exited');
	await t.throwsAsync(it.live.act({do: 'daemon', host: 'laptop', action: 'restart', at}), {code: 'E_CONFLICT'});
	await t.throwsAsync(it.live.act({do: 'daemon', host: 'nosuch', action: 'stop', at}), {code: 'E_NAME_UNKNOWN'});
});

test('an engine that is stopped starts no container', async (t) => {
	const it = bench();
	await it.live.up(lab);
	await it.live.act({do: 'daemon', host: 'h1', action: 'stop', at});
	await t.throwsAsync(it.live.act({do: 'start', service: 'web', at}), {code: 'E_CONFLICT', message: /Cannot connect to the Docker daemon/});
	await it.live.act({do: 'daemon', host: 'h1', action: 'start', at});
	await it.live.act({do: 'start', service: 'web', at});
	t.is(it.live.stateOf('web')?.is, 'running');
});

test('only a container that starts in a lab that runs tells its neighbours of its MAC', async (t) => {
	const it = bench();
	await it.live.up(lab);
	const told = () => it.machine.snapshot().namespaces['web']?.sysctls['net.ipv4.conf.eth0.arp_notify'];
	t.is(told(), undefined);
	await it.live.act({do: 'restart', service: 'web', at});
	t.is(told(), '1');
});

test('before up a lab refuses every change, and a second up', async (t) => {
	const it = bench();
	await t.throwsAsync(it.live.act({do: 'start', service: 'web', at}), {code: 'E_CONFLICT'});
	await it.live.up(lab);
	await t.throwsAsync(it.live.up(lab), {code: 'E_LAB_EXISTS'});
	await t.throwsAsync(it.live.act({do: 'start', service: 'nosuch', at}), {code: 'E_NAME_UNKNOWN'});
	await t.throwsAsync(it.live.act({do: 'signal', host: 'h1', process: 'nosuch', signal: 'TERM', at}), {code: 'E_NAME_UNKNOWN'});
	await t.notThrowsAsync(it.live.act({do: 'signal', host: 'h1', process: 'docker-proxy', signal: 'TERM', at}));
});

test("a guest keeps its owner's namespace: of a container in mode host that is the host's, of another guest what that one keeps", async (t) => {
	const {live, kept} = bench();
	await live.up(
		labOf(`
vethlab: 1
services:
  onhost: {image: lab/tools, network_mode: host}
  beside: {image: lab/tools, network_mode: "service:onhost"}
  next: {image: lab/tools, network_mode: "service:beside"}
`),
	);
	t.deepEqual(kept, ['beside h1', 'next beside']);
});
