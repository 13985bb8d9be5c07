// Whatever comes over the socket of a lab that lives, the lab lives on and others are answered meanwhile.
import {randomBytes, randomInt} from 'node:crypto';
import {createConnection} from 'node:net';
import {setTimeout} from 'node:timers/promises';
import test from 'ava';
import {connect, type Client} from '../../src/api/client.ts';
import {bytesFrame, messageFrame} from '../../src/api/frames.ts';
import {endLab, startEngine} from '../../src/api/launch.ts';
import type {Message, Method} from '../../src/api/messages.ts';
import {LabError} from '../../src/base/errors.ts';
import {eventually, descriptors, Sandbox, scenario, type Lab} from './lab.ts';
import {readLab} from './read.ts';

const sandbox = new Sandbox();
test.after.always(async () => sandbox.close());

const fuzzSeconds = Number(process.env['VETHLAB_FUZZ_SECONDS'] ?? 5);
const attackers = 4;
/** How much slower an answer may be while others attack; on a busy machine less than this is chance. */
const slower = 5;
const chanceMs = 250;

let lab: Lab;
let socket: string;
test.before(async () => {
	lab = await sandbox.up(scenario('bridge-publish'));
	socket = `${sandbox.labs}/${lab.name}.sock`;
});

/** Median of the times that `view` takes within so many milliseconds. */
async function latency(client: Client, forMs: number): Promise<number> {
	const times: number[] = [];
	const end = performance.now() + forMs;
	while (performance.now() < end || times.length === 0) {
		const began = performance.now();
		// oxlint-disable-next-line no-await-in-loop -- one question after the other
		await client.call('view', {});
		times.push(performance.now() - began);
		// oxlint-disable-next-line no-await-in-loop -- a person does not ask without a break
		await setTimeout(2);
	}

	return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}

/** Connects, writes, and reads until the other side hangs up or a moment has passed. */
async function attack(bytes: Buffer): Promise<void> {
	const attacker = createConnection(socket);
	attacker.on('error', () => {
		// it may be cut off while it still writes
	});
	attacker.resume();
	attacker.write(bytes);
	await Promise.race([
		new Promise((resolve) => {
			attacker.once('close', resolve);
		}),
		setTimeout(10),
	]);
	attacker.destroy();
}

/** What attackers send: noise, noise that begins like a frame, frames cut short, lengths that lie. */
const noises: readonly (() => Buffer)[] = [
	() => randomBytes(randomInt(1, 20_000)),
	() => Buffer.concat([Buffer.from([0, 0, randomInt(256), randomInt(256), randomInt(3)]), randomBytes(randomInt(1, 70_000))]),
	() => messageFrame({id: 1, method: 'view', params: {}}).subarray(0, randomInt(1, 20)),
	() => Buffer.from([0xff, 0xff, 0xff, 0xff, 0, 0x7b]),
	() => Buffer.concat([messageFrame({id: 1, method: 'view', params: {}}), randomBytes(100)]),
	() => bytesFrame(randomInt(2 ** 32 - 1), randomBytes(1000)),
	() => Buffer.concat(Array.from({length: 400}, (_, id) => messageFrame({id, method: 'view', params: {}}))),
	() => messageFrame([1, 2, 3] as unknown as Message),
	() => Buffer.from([0, 0, 0, 7, 0, ...Buffer.from('"text"')]),
];

test.serial('random bytes from several clients: the lab lives, and another client is answered as before', async (t) => {
	const client = await connect(socket);
	const engine = await sandbox.engine(lab.name);
	const quiet = await latency(client, 1000);
	const before = descriptors(engine);
	const end = performance.now() + fuzzSeconds * 1000;
	const attacks = Array.from({length: attackers}, async (_, number) => {
		for (let turn = number; performance.now() < end; turn++) {
			// oxlint-disable-next-line no-await-in-loop -- one after the other, several such at once
			await attack(noises[turn % noises.length]?.() ?? Buffer.alloc(0));
			// oxlint-disable-next-line no-await-in-loop -- the attackers live on the same processors as the one who is measured
			await setTimeout(5);
		}
	});
	const during = await latency(client, fuzzSeconds * 1000);
	await Promise.all(attacks);
	const afterwards = await latency(client, 1000);
	t.true(
		during < Math.max(quiet * slower, afterwards * slower, chanceMs),
		`median ${quiet.toFixed(2)} ms before, ${during.toFixed(2)} ms under attack, ${afterwards.toFixed(2)} ms after it`,
	);
	t.is(await sandbox.engine(lab.name), engine);
	t.true(await eventually(() => descriptors(engine) <= before + 2), 'connections are closed');
	client.close();
});

const at = {line: 1, column: 1};
/** Parameters, and the methods whose they could be. Of `view` is every object. */
const garbage: readonly (readonly [unknown, ...Method[]])[] = [
	[null],
	[0],
	[-1],
	[1e308],
	['web'],
	[''],
	['\u0000'],
	['../../etc/passwd'],
	[[]],
	[[[]]],
	[{}],
	[{name: 'x'}],
	[true],
	[{node: 'web'}, 'logs', 'net', 'listeners', 'namespaces'],
	[{node: 'h1'}, 'logs', 'net', 'listeners', 'namespaces'],
	[{node: 7}],
	[{node: {}}],
	[{host: 'h1'}, 'rules', 'processes'],
	[{host: 'nosuch'}, 'rules', 'processes'],
	[{nodes: ['h1']}, 'flows', 'follow_flows'],
	[{nodes: ['nosuch']}, 'flows', 'follow_flows'],
	[{nodes: ['h1', 7]}],
	[{nodes: 'h1'}],
	[{nodes: []}, 'flows', 'follow_flows'],
	[{host: ['h1']}],
	[{host: '__proto__'}, 'rules', 'processes'],
	[{nodes: ['__proto__']}, 'flows', 'follow_flows'],
	[{node: 'constructor'}, 'logs', 'net', 'listeners', 'namespaces'],
	[{action: null}],
	[{action: {do: 'dance'}}],
	[{action: {do: 'stop'}}],
	[{action: {do: 'start', service: 7}}],
	[{action: {do: 'publish', service: 'web'}}],
	[{action: {do: 'publish', service: 'web', publish: [{}]}}],
	[{action: {do: 'publish', service: 'web', publish: 'all'}}],
	[{action: {do: 'daemon', host: 'laptop', action: 'restart'}}],
	[{action: {do: 'daemon', host: 'nosuch', action: 'stop'}}],
	[{action: {do: 'signal', host: 'h1', process: 'nosuch', signal: 'KILL'}}],
	[{action: {do: 'signal', host: 'h1', process: 7, signal: 99}}],
	[{from: 'web'}],
	[{from: 'web', kind: 'http', url: 7, timeoutMs: 10}],
	[{from: 'web', kind: 'tcp', to: [], port: {}, timeoutMs: 10}],
	[{from: 'web', kind: 'ping', to: '127.0.0.1', count: -1, timeoutMs: 'x'}],
	[{from: 'nosuch', kind: 'ping', to: '127.0.0.1', count: 1, size: undefined, df: false, timeoutMs: 10}, 'probe'],
	[{from: 3}, 'oplog'],
	[{where: 'web'}],
	[{where: 'web', command: 'true', timeoutMs: 10}],
	[{where: 'web', command: [1, {}], timeoutMs: 10}],
	[{where: 'web', command: [], timeoutMs: 10}, 'exec'],
	[{where: 'nosuch', command: ['true'], timeoutMs: 10}, 'exec'],
	[{where: 'web', command: ['true\u0000false'], timeoutMs: 10}],
	[{where: 'web', command: ['sleep', '1000'], timeoutMs: -5}],
	[{channel: 1, where: 'web', command: ['true'], terminal: {columns: -1, rows: 1e9, term: '\n'}}],
	[{channel: -1, where: 'web', command: ['true']}],
	[{channel: 'one', where: 'web'}],
	[{channel: 2 ** 31, where: 'h1', command: []}],
	[{channel: 5, where: 'web', command: 'true', terminal: 7}],
	[{channel: 6, where: 'nosuch', command: []}, 'attach'],
	[{channel: 9, columns: 'x', rows: null}],
	[{topics: 'all'}],
	[{topics: [7, null]}],
	[{topics: {}}],
	[{protocol: 'one'}],
	[{protocol: 99}, 'hello'],
	[{from: 'x'}],
	[{from: -1e9}],
	[{node: 'web', path: 7}, 'logs', 'net', 'listeners', 'namespaces'],
	[{node: 'web', path: '/nonexistent'}, 'file', 'logs', 'net', 'listeners', 'namespaces'],
	[{node: 'web', path: 'a'.repeat(10_000)}, 'file', 'logs', 'net', 'listeners', 'namespaces'],
	[{lab: null}],
	[{lab: {}}],
	[{lab: 'bridge'}],
	[{lab: {name: 'x', hosts: 7}}],
	[{lab: {name: 'x', hosts: [], services: [], lans: []}}],
	[{action: {do: 'daemon', host: 'laptop', action: 'restart', at}}, 'act'],
	[{action: {do: 'daemon', host: 'nosuch', action: 'stop', at}}, 'act'],
	[{action: {do: 'signal', host: 'h1', process: 'nosuch', signal: 'KILL', at}}, 'act'],
	[{action: {do: 'start', service: 'nosuch', at}}, 'act'],
	[{action: {do: 'connect', service: 'web', network: 'nosuch', at}}, 'act'],
	[{action: {do: 'publish', service: 'web', publish: [{protocol: 'tcp', port: 70_000, text: '', at}], at}}],
];

const methods: readonly Method[] = [
	'hello',
	'hold',
	'up',
	'view',
	'subscribe',
	'oplog',
	'logs',
	'act',
	'probe',
	'exec',
	'attach',
	'resize',
	'net',
	'rules',
	'flows',
	'follow_flows',
	'listeners',
	'processes',
	'namespaces',
	'file',
];

test.serial('requests with nonsense in them are answered, each of them, and change nothing', async (t) => {
	const before = await lab.stateOf('h1');
	const client = await connect(socket);
	for (const method of [...methods, 'nosuch', '__proto__', 'constructor', 'toString', ''] as readonly Method[]) {
		// oxlint-disable-next-line no-await-in-loop -- a client may have so many requests under way
		const answers = await Promise.allSettled(garbage.map(async ([params]) => client.call(method, params as never)));
		for (const [index, answer] of answers.entries()) {
			const [params, ...fits] = garbage[index] ?? [undefined];
			const isRight = fits.includes(method) || (method === 'view' && typeof params === 'object' && params !== null && !Array.isArray(params));
			const code = answer.status === 'fulfilled' ? 'none' : answer.reason instanceof LabError ? answer.reason.code : String(answer.reason);
			if (isRight) {
				const refusals = method === 'hello' ? ['E_PROTOCOL'] : ['none', 'E_NAME_UNKNOWN', 'E_CONFLICT', 'E_RUNTIME'];
				t.true(refusals.includes(code), `${method} ${JSON.stringify(params)}: ${code}`);
			} else {
				t.is(code, 'E_PROTOCOL', `${method} ${JSON.stringify(params)}`);
			}
		}
	}

	client.close();
	t.deepEqual(await lab.stateOf('h1'), before);
});

test.serial('an engine without a lab yet refuses nonsense for a lab, and builds a right one afterwards', async (t) => {
	const name = 'empty';
	const started = await startEngine({name, file: '/nowhere.veth.yaml', env: {...process.env, ...sandbox.env}});
	const client = await connect(started.socket);
	const good = readLab(scenario('bridge-publish'));
	const wrong: readonly unknown[] = [
		null,
		{},
		[],
		7,
		'x',
		{...good, hosts: undefined},
		{...good, hosts: [{}]},
		{...good, hosts: [null]},
		{...good, services: [{}]},
		{...good, services: [{name: 'web', host: 'nosuch', attach: {mode: 'bridge'}}]},
		{...good, lans: [{name: 'x'.repeat(100_000), subnet: 'y', mtu: -1}]},
		{...good, lans: 'office'},
		{...good, services: good.services.map((service) => ({...service, attach: {mode: 'dance'}}))},
		{...good, services: good.services.map((service) => ({...service, publish: [{protocol: 'tcp', hostPorts: {first: 0, last: 1e9}, port: 'x'}]}))},
		{...good, hosts: good.hosts.map((host) => ({...host, docker: {...host.docker, bip: 'nonsense'}}))},
		{...good, services: good.services.map((service) => ({...service, name: '../../escape'}))},
		{...good, hosts: good.hosts.map((host) => ({...host, nics: [{dev: '/', lan: 'office', address: '999.0.0.1/99', mac: 'zz', mtu: 1e12}]}))},
	];
	for (const nonsense of wrong) {
		// oxlint-disable-next-line no-await-in-loop -- one lab at a time
		await t.throwsAsync(
			client.call('up', {lab: nonsense as never}),
			{code: 'E_PROTOCOL', message: /lab.*: expected /},
			JSON.stringify(nonsense).slice(0, 200),
		);
	}

	const elsewhere = {...good, services: good.services.map((service) => ({...service, host: 'nosuch'}))};
	await t.throwsAsync(client.call('up', {lab: elsewhere}), {code: 'E_CONFLICT'}, 'of the right shape, and yet no lab');

	t.true((await client.call('up', {lab: good})).ops > 80);
	await t.throwsAsync(client.call('up', {lab: good}), {code: 'E_LAB_EXISTS'});
	client.close();
	await endLab({name, socket: started.socket});
});

test.serial('a client that speaks another protocol is told so', async (t) => {
	const client = await connect(socket);
	await t.throwsAsync(client.call('hello', {protocol: 2}), {code: 'E_PROTOCOL', message: /the client speaks protocol 2, this engine 1/});
	client.close();
});

test.serial('a client that goes takes the commands along that it had attached', async (t) => {
	const client = await connect(socket);
	client.attach({where: 'h1', command: ['sleep', '4711'], terminal: undefined});
	client.attach({where: 'h1', command: ['sleep', '4712'], terminal: {columns: 80, rows: 24, term: 'xterm'}});
	const sleeping = async (): Promise<number> => (await lab.client.call('processes', {host: 'h1'})).filter(({args}) => args[1]?.startsWith('471')).length;
	t.true(await eventually(async () => (await sleeping()) === 2));
	client.close();
	t.true(await eventually(async () => (await sleeping()) === 0));
});

test.serial('a call that is under way when the engine is killed ends with E_ENGINE_DEAD', async (t) => {
	const waiting = lab.client.call('exec', {where: 'h1', command: ['sleep', '1000'], timeoutMs: 60_000});
	const attached = lab.client.attach({where: 'h1', command: ['sleep', '1000'], terminal: undefined});
	process.kill(await sandbox.engine(lab.name), 'SIGKILL');
	await t.throwsAsync(waiting, {code: 'E_ENGINE_DEAD'});
	await t.throwsAsync(attached.ended, {code: 'E_ENGINE_DEAD'});
	await t.throwsAsync(connect(socket), {code: 'E_SOCKET_STALE'});
	t.true(
		await eventually(async () => {
			await sandbox.json('ls');
			return sandbox.left().length === 0;
		}),
	);
});
