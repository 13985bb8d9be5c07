// The fake machine keeps the contract; and what only it has: processes, sockets and files without a runtime.
import test from 'ava';
import {LabError} from '../../src/base/errors.ts';
import {port} from '../../src/base/units.ts';
import {FakeMachine} from '../../src/kernel/fake.ts';
import type {Outcome} from '../../src/kernel/machine.ts';
import type {ContainerSpec, Op} from '../../src/plan/op.ts';
import {macvlanContract} from './contract-macvlan.ts';
import {contract} from './contract.ts';
import {vxlanContract} from './contract-vxlan.ts';

const fake = () => ({machine: new FakeMachine(), end: async () => {}});
contract(fake);
macvlanContract(test, fake);
vxlanContract(test, fake);

const why = 'a test';
const http = port(80);
const published = port(8080);
if (http === undefined || published === undefined) {
	throw new Error('80 and 8080 are ports');
}

const bind = (address: string, host = 'h1'): Op => ({do: 'port.bind', host, protocol: 'tcp', address, port: published, why});
const proxy: Op = {do: 'proxy.start', host: 'h1', protocol: 'tcp', address: '0.0.0.0', port: published, toAddress: '172.17.0.2', toPort: http, why};
const container = (more: Partial<ContainerSpec> = {}): Op => ({
	do: 'container.start',
	container: {
		name: 'web',
		id: 'a'.repeat(64),
		host: 'h1',
		netns: 'web',
		hostname: 'web',
		domainname: undefined,
		uts: 'own',
		filesOf: 'web',
		args: ['/bin/lab-init', 'serve'],
		serve: [],
		environment: {},
		workingDir: '/',
		user: undefined,
		sysctls: {},
		capAdd: [],
		capDrop: [],
		readOnly: false,
		...more,
	},
	why,
});
const host: readonly Op[] = [
	{do: 'netns.add', netns: 'h1', why},
	{do: 'netns.add', netns: 'web', why},
	{do: 'host.start', host: 'h1', why},
];
const lab: readonly Op[] = [
	...host,
	{do: 'file.write', node: 'web', file: 'hosts', content: '127.0.0.1 localhost\n', why},
	bind('0.0.0.0'),
	bind('::'),
	proxy,
	container({serve: [{kind: 'http', port: http, status: 200, body: undefined, echo: undefined}]}),
];

function words(outcomes: readonly Outcome[]): readonly string[] {
	return outcomes.map((outcome) => (outcome.is === 'failed' ? `${outcome.error.code} ${outcome.error.message}` : outcome.is));
}

test('processes, sockets and files come and go', async (t) => {
	const machine = new FakeMachine();
	t.true(machine.isEmpty());
	t.deepEqual(
		words(await machine.do(lab)),
		lab.map(() => 'done'),
	);
	t.false(machine.isEmpty());
	t.deepEqual(
		(await machine.processes('h1')).map(({pid, name}) => [pid, name]),
		[
			[1, 'lab-init'],
			[2, 'docker-proxy'],
			[3, 'lab-init'],
		],
	);
	t.deepEqual(
		(await machine.listeners('h1', 'h1')).map((row) => `${row.address} ${row.port} ${row.process ?? '-'}`),
		[':: 8080 -', '0.0.0.0 8080 docker-proxy'],
	);
	t.deepEqual(await machine.listeners('web', 'h1'), [{protocol: 'tcp', address: '0.0.0.0', port: 80, process: 'lab-init', pid: 3}]);
	t.deepEqual(machine.snapshot().files, {'web/hosts': '127.0.0.1 localhost\n'});
	t.deepEqual(
		words(await machine.undo(lab.toReversed())),
		lab.map(() => 'done'),
	);
	t.true(machine.isEmpty());
	t.deepEqual(
		words(await machine.undo(lab.toReversed())),
		lab.map(() => 'done'),
	);
	t.deepEqual(machine.snapshot(), new FakeMachine().snapshot());
});

const clash = test.macro({
	title: (_, first: string, second: string, isTaken: boolean) => `after ${first} the port on ${second} is ${isTaken ? 'taken' : 'free'}`,
	async exec(t, first: string, second: string, isTaken: boolean) {
		const machine = new FakeMachine();
		await machine.do([...host, bind(first)]);
		const taken = `E_PORT_TAKEN bind ${second}:8080/tcp on h1: failed to bind host port for ${second}:8080: address already in use`;
		t.deepEqual(words(await machine.do([bind(second)])), [isTaken ? taken : 'done']);
	},
});

test(clash, '0.0.0.0', '0.0.0.0', true);
test(clash, '0.0.0.0', '127.0.0.1', true);
test(clash, '127.0.0.1', '0.0.0.0', true);
test(clash, '127.0.0.1', '127.0.0.2', false);
test(clash, '0.0.0.0', '::', false);

test("a server of a container in mode host takes its host's port", async (t) => {
	const machine = new FakeMachine();
	await machine.do([...host, container({netns: 'h1', serve: [{kind: 'http', port: published, status: 200, body: undefined, echo: undefined}]})]);
	t.is((await machine.do([bind('0.0.0.0')])).at(0)?.is, 'failed');
});

test('a proxy needs its port bound, and a container its host started', async (t) => {
	const machine = new FakeMachine();
	await machine.do(host.slice(0, 2));
	t.deepEqual(words(await machine.do([container()])), ['E_KERNEL start container web on h1: host h1 is not running']);
	await machine.do(host.slice(2));
	t.deepEqual(words(await machine.do([proxy])), ['E_RUNTIME start docker-proxy for 0.0.0.0:8080/tcp on h1: nobody bound that port before']);
});

test('the first process of a host takes the others along', async (t) => {
	const machine = new FakeMachine();
	await machine.do(lab);
	await machine.undo(lab.slice(2, 3));
	t.is((await t.throwsAsync(machine.processes('h1'), {instanceOf: LabError})).code, 'E_NAME_UNKNOWN');
	t.deepEqual(await machine.listeners('web', 'h1'), []);
});

test('it fails where it is told to, once, and undoing the rest leaves nothing', async (t) => {
	for (const place of lab.keys()) {
		const machine = new FakeMachine({failAt: place + 1});
		// oxlint-disable-next-line no-await-in-loop -- a few
		const outcomes = await machine.do(lab);
		t.deepEqual(
			outcomes.map(({is}) => is),
			lab.map((_, index) => (index < place ? 'done' : index === place ? 'failed' : 'skipped')),
		);
		// oxlint-disable-next-line no-await-in-loop -- a few
		await machine.undo(lab.slice(0, place).toReversed());
		t.true(machine.isEmpty());
	}
});

test('a namespace that goes takes the other ends of its pairs along', async (t) => {
	const machine = new FakeMachine();
	await machine.do([...host, {do: 'link.add', netns: 'h1', link: {kind: 'veth', name: 'veth1', peer: {netns: 'web', name: 'eth0'}}, why}]);
	await machine.undo([{do: 'netns.add', netns: 'web', why}]);
	t.deepEqual(
		(await machine.links('h1')).map(({name}) => name),
		['lo'],
	);
});
