// The name servers over real sockets: UDP and TCP, several at once, rough treatment, and nothing left behind. In namespaces made for it.
import {createSocket, type Socket as DatagramSocket} from 'node:dgram';
import {once} from 'node:events';
import {createReadStream, existsSync, readdirSync, readlinkSync} from 'node:fs';
import {connect, createServer, type AddressInfo, type Socket} from 'node:net';
import {join} from 'node:path';
import {performance} from 'node:perf_hooks';
import test, {type ExecutionContext} from 'ava';
import {decode, encode} from 'dns-packet';
import {loadNative} from '../../../native/index.ts';
import {packageFile} from '../../../src/base/paths.ts';
import {port, type Port} from '../../../src/base/units.ts';
import type {NameTable} from '../../../src/drivers/index.ts';
import {NameServers} from '../../../src/engine/dns/servers.ts';
import {serveStream} from '../../../src/engine/dns/stream.ts';
import {LinuxKernel} from '../../../src/kernel/linux.ts';
import type {Outcome} from '../../../src/kernel/machine.ts';
import {Namespaces} from '../../../src/kernel/namespaces.ts';
import type {Op} from '../../../src/plan/op.ts';
import {drain, exitOf} from '../../native/support.ts';

const native = loadNative();
const why = 'a test';

function portOf(number: number): Port {
	const value = port(number);
	if (value === undefined) {
		throw new Error(`${number} is no port`);
	}

	return value;
}

const udpPort = portOf(40_053);
const tcpPort = portOf(40_054);

function program(name: string): string {
	const folder = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'].find((path) => existsSync(join(path, name)));
	return join(folder ?? '', name);
}

/** The names of containers that are all on one network, each with its address. */
function table(addresses: Readonly<Record<string, string>>): NameTable {
	const front = {
		network: 'front',
		entries: new Map(Object.entries(addresses).map(([name, address]) => [name, [address]])),
		reverse: new Map(Object.entries(addresses).map(([name, address]) => [address, `${name}.front`])),
	};
	return new Map(Object.keys(addresses).map((name) => [name, [front]]));
}

const startOf = (container: string): Op => ({do: 'dns.start', container, netns: container, udpPort, tcpPort, why});

interface Stage {
	readonly namespaces: Namespaces;
	readonly kernel: LinuxKernel;
	readonly servers: NameServers;
}

/** Namespaces of these containers, lo up; gone at the end of the test. */
async function stage(t: ExecutionContext, ...containers: readonly string[]): Promise<Stage> {
	const namespaces = new Namespaces(native);
	const programs = {
		iptablesRestore: program('iptables-restore'),
		ip6tablesRestore: program('ip6tables-restore'),
		iptablesSave: program('iptables-save'),
		ip6tablesSave: program('ip6tables-save'),
	};
	const kernel = new LinuxKernel(native, namespaces, programs);
	const servers = new NameServers(native, namespaces);
	t.teardown(async () => {
		await servers.undo(containers.map((name) => startOf(name)));
		containers.forEach((name) => {
			namespaces.remove(name);
		});
	});
	const ops = containers.flatMap((name): Op[] => [
		{do: 'netns.add', netns: name, why},
		{do: 'link.set', netns: name, dev: 'lo', up: true, why},
	]);
	allDone(t, await kernel.do(ops));
	return {namespaces, kernel, servers};
}

function allDone(t: ExecutionContext, outcomes: readonly Outcome[]): void {
	t.deepEqual(
		outcomes.map((outcome) => (outcome.is === 'failed' ? outcome.error.message : outcome.is)),
		outcomes.map(() => 'done'),
	);
}

/** A socket of the container, in this process. */
async function asker(t: ExecutionContext, {namespaces}: Stage, container: string): Promise<DatagramSocket> {
	const socket = createSocket('udp4').bind({fd: await native.listen(namespaces.fd(container), 'udp', '127.0.0.1', 0)});
	t.teardown(() => socket.close());
	return socket;
}

function question(name: string, id = 1): Buffer {
	return encode({type: 'query', id, flags: 0x01_00, questions: [{type: 'A', name}]});
}

/** Addresses in an answer, or its rcode when there are none. */
function said(message: Buffer): string {
	const {answers = []} = decode(message);
	return answers.length === 0
		? `rcode ${message.readUInt16BE(2) & 15}`
		: answers.map((record) => ('data' in record && typeof record.data === 'string' ? record.data : '?')).join(' ');
}

async function ask(socket: DatagramSocket, name: string): Promise<string> {
	const heard = once(socket, 'message') as Promise<[Buffer]>;
	socket.send(question(name), udpPort, '127.0.0.11');
	return said((await heard)[0]);
}

test('each container is answered from its own table, at once from the new one when it changes', async (t) => {
	const here = await stage(t, 'c1', 'c2');
	here.servers.know(() => new Map([...table({c1: '172.18.0.2'}), ['c2', table({web: '172.19.0.9'}).get('web') ?? []]]));
	allDone(t, await here.servers.do([startOf('c1'), startOf('c2')]));
	const [one, two] = [await asker(t, here, 'c1'), await asker(t, here, 'c2')];
	t.deepEqual([await ask(one, 'c1'), await ask(one, 'web'), await ask(two, 'web')], ['172.18.0.2', 'rcode 3', '172.19.0.9']);
	here.servers.know(() => table({c1: '172.18.0.7', c2: '172.18.0.8'}));
	t.deepEqual([await ask(one, 'c2'), await ask(two, 'c1'), await ask(two, 'web')], ['172.18.0.8', '172.18.0.7', 'rcode 3']);
	here.servers.know(() => new Map());
	t.is(await ask(one, 'c1'), 'rcode 3');
});

test('many questions at the same time are all answered, each with its own answer', async (t) => {
	const here = await stage(t, 'c1');
	const addresses = Object.fromEntries(Array.from({length: 200}, (_, index) => [`n${index}`, `172.18.0.${index}`]));
	here.servers.know(() => new Map([['c1', table(addresses).get('n0') ?? []]]));
	allDone(t, await here.servers.do([startOf('c1')]));
	const socket = await asker(t, here, 'c1');
	const heard = new Map<number, string>();
	await new Promise<void>((resolve) => {
		socket.on('message', (message) => {
			heard.set(message.readUInt16BE(0), said(message));
			if (heard.size === 200) {
				resolve();
			}
		});
		for (let index = 0; index < 200; index++) {
			socket.send(question(`n${index}`, index), udpPort, '127.0.0.11');
		}
	});
	t.deepEqual(
		[...heard].toSorted(([a], [b]) => a - b),
		Object.values(addresses).map((address, index) => [index, address]),
	);
});

test('whatever bytes come, the next question is answered', async (t) => {
	const here = await stage(t, 'c1');
	here.servers.know(() => table({c1: '172.18.0.2'}));
	allDone(t, await here.servers.do([startOf('c1')]));
	const socket = await asker(t, here, 'c1');
	const whole = question('c1');
	for (let round = 0; round < 500; round++) {
		const bytes = Buffer.from(whole);
		bytes[round % bytes.length] = (round * 37) & 0xff;
		socket.send(round % 3 === 0 ? bytes.subarray(0, round % bytes.length) : bytes, udpPort, '127.0.0.11');
	}

	// asked again as any resolver does: so many answers at once are more than a socket holds
	const asking = setInterval(() => socket.send(question('c1', 65_001), udpPort, '127.0.0.11'), 50);
	const last = await new Promise<Buffer>((resolve) => {
		socket.on('message', (message) => {
			if (message.readUInt16BE(0) === 65_001) {
				resolve(message);
			}
		});
	});
	clearInterval(asking);
	t.is(said(last), '172.18.0.2');
});

test('port 53 of 127.0.0.11 leads there by the rules of Docker, by UDP and TCP, while the container serves port 53 of its own', async (t) => {
	const here = await stage(t, 'c1');
	const many = Array.from({length: 100}, (_, index) => `172.18.0.${index}`);
	const [front] = table({c1: '172.18.0.2'}).get('c1') ?? [];
	here.servers.know(() => new Map([['c1', front === undefined ? [] : [{...front, entries: new Map([...front.entries, ['many', many]])}]]]));
	const rule = (chain: string, text: string): Op => ({do: 'rule.add', netns: 'c1', family: 4, table: 'nat', chain, rule: text, why});
	allDone(t, await here.servers.do([startOf('c1')]));
	allDone(
		t,
		await here.kernel.do([
			rule('OUTPUT', `-d 127.0.0.11/32 -p udp -m udp --dport 53 -j DNAT --to-destination 127.0.0.11:${udpPort}`),
			rule('OUTPUT', `-d 127.0.0.11/32 -p tcp -m tcp --dport 53 -j DNAT --to-destination 127.0.0.11:${tcpPort}`),
			rule('POSTROUTING', `-s 127.0.0.11/32 -p udp -m udp --sport ${udpPort} -j SNAT --to-source :53`),
			rule('POSTROUTING', `-s 127.0.0.11/32 -p tcp -m tcp --sport ${tcpPort} -j SNAT --to-source :53`),
		]),
	);
	const own = createSocket('udp4').bind({fd: await native.listen(here.namespaces.fd('c1'), 'udp', '0.0.0.0', 53)});
	t.teardown(() => own.close());
	own.on('message', (message, from) => {
		const {questions} = decode(message);
		own.send(encode({type: 'response', id: message.readUInt16BE(0), ...(questions && {questions}), flags: 5}), from.port, from.address);
	});
	const probe = async (name: string, server: string, ...more: readonly string[]): Promise<unknown> => {
		const pipe = native.pipe();
		const args = ['lab-web', 'probe', 'dns', name, '--server', server, ...more];
		const file = packageFile('native/build/lab-web');
		const spawned = await native.spawn({file, args, env: [], stdio: [-1, pipe.write, pipe.write], enter: {net: here.namespaces.fd('c1')}});
		native.close(pipe.write);
		await exitOf(spawned);
		const {micros: _, ...rest} = JSON.parse(drain(pipe.read)) as {micros: number};
		return rest;
	};
	const fine = {result: 'ok', address: '127.0.0.11', rcode: 'NOERROR'};
	t.deepEqual(await probe('c1', '127.0.0.11'), {...fine, answers: ['172.18.0.2']});
	t.deepEqual(await probe('172.18.0.2', '127.0.0.11', '--type', 'PTR'), {...fine, answers: ['c1.front']});
	// too long for UDP without EDNS: the answer comes over TCP
	t.deepEqual(await probe('many', '127.0.0.11'), {...fine, answers: many});
	t.deepEqual(await probe('c1', '127.0.0.1'), {result: 'unresolved', said: 'REFUSED', address: '127.0.0.1', rcode: 'REFUSED', answers: []});
});

/** A TCP server that treats its connections as the name servers do; every question is answered with its own bytes. */
async function echoing(t: ExecutionContext, idleMs?: number): Promise<{readonly connection: Socket; readonly heard: () => Buffer}> {
	const server = createServer((socket) => {
		serveStream(socket, (message) => (message[0] === 0xff ? undefined : message), idleMs);
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const connection = connect((server.address() as AddressInfo).port, '127.0.0.1');
	const parts: Buffer[] = [];
	connection.on('data', (bytes: Buffer) => parts.push(bytes)).on('error', () => connection.destroy());
	t.teardown(() => {
		connection.destroy();
		server.close();
	});
	await once(connection, 'connect');
	return {connection, heard: () => Buffer.concat(parts)};
}

/** However it ends: what was not read yet makes a reset of it, which is not the test's failure. */
async function closed(connection: Socket): Promise<void> {
	return new Promise((resolve) => {
		connection.once('close', () => {
			resolve();
		});
	});
}

function framed(message: Buffer): Buffer {
	return Buffer.concat([Buffer.from([message.length >> 8, message.length & 0xff]), message]);
}

test('over TCP several questions may come at once, or one in many pieces', async (t) => {
	const {connection, heard} = await echoing(t);
	const all = Buffer.concat(['one', 'two', 'three'].map((text) => framed(Buffer.from(text))));
	connection.setNoDelay(true).write(all);
	for (const byte of all) {
		connection.write(Buffer.from([byte]));
		// oxlint-disable-next-line no-await-in-loop -- piece by piece
		await new Promise((resolve) => {
			setImmediate(resolve);
		});
	}

	connection.end();
	await closed(connection);
	t.is(heard().toString('hex'), Buffer.concat([all, all]).toString('hex'));
});

for (const [what, bytes] of [
	['what is no question', framed(Buffer.from([0xff, 1, 2]))],
	['a message larger than any question', Buffer.from([0x20, 0x00, 1])],
] as const) {
	test(`over TCP ${what} ends the connection`, async (t) => {
		const {connection, heard} = await echoing(t);
		connection.write(Buffer.concat([framed(Buffer.from('fine')), bytes]));
		await closed(connection);
		t.true(['', framed(Buffer.from('fine')).toString()].includes(heard().toString()));
	});
}

test('over TCP who says nothing for a while, or stops in mid-question, is shown out', async (t) => {
	const {connection, heard} = await echoing(t, 50);
	connection.write(Buffer.from([0, 20, 1]));
	const began = performance.now();
	await closed(connection);
	t.true(performance.now() - began >= 45);
	t.is(heard().length, 0);
});

test('over TCP who asks without reading is answered in full once it reads', async (t) => {
	const {connection, heard} = await echoing(t);
	const message = framed(Buffer.alloc(4000, 1));
	connection.pause();
	const count = 3000;
	for (let index = 0; index < count; index++) {
		connection.write(message);
	}

	connection.end();
	setTimeout(() => connection.resume(), 100);
	await closed(connection);
	t.is(heard().length, count * message.length);
});

/** Sockets and namespaces that this process holds, which is all that a name server opens. Files come and go beside it: a runtime keeps what it compiled. */
function heldHere(): number {
	return readdirSync('/proc/self/fd').filter((fd) => {
		try {
			return /^(?:socket|net):/.test(readlinkSync(`/proc/self/fd/${fd}`));
		} catch {
			// the descriptor that read this folder
			return false;
		}
	}).length;
}

// serial: the others open descriptors too
test.serial('nothing stays open: not after an undo, not after a failure, and the ports are free again', async (t) => {
	const here = await stage(t, 'c1', 'c2');
	const open = heldHere;
	const ops = [startOf('c1'), startOf('c2')];
	// what Node keeps from its first use
	allDone(t, await here.servers.do(ops));
	allDone(t, await here.servers.undo(ops));
	const before = open();
	for (const _ of [1, 2, 3]) {
		// oxlint-disable-next-line no-await-in-loop -- one after the other
		allDone(t, await here.servers.do(ops));
		t.is(open(), before + 4);
		// oxlint-disable-next-line no-await-in-loop -- as above
		const [again] = await here.servers.do(ops);
		t.like(again, {is: 'failed', error: {doing: 'start the name server of c1', said: 'it is running already'}});
		// oxlint-disable-next-line no-await-in-loop -- as above
		allDone(t, await here.servers.undo(ops));
		// oxlint-disable-next-line no-await-in-loop -- as above
		allDone(t, await here.servers.undo(ops));
		t.is(open(), before);
	}

	const taken = await native.listen(here.namespaces.fd('c1'), 'tcp', '127.0.0.11', tcpPort);
	const [failed, done] = await here.servers.do(ops);
	t.like(failed, {is: 'failed', error: {code: 'E_KERNEL', doing: 'start the name server of c1'}});
	t.is(done?.is, 'done');
	native.close(taken);
	allDone(t, await here.servers.undo(ops));
	t.is(open(), before);
	const [lost] = await here.servers.do([startOf('c9')]);
	t.like(lost, {is: 'failed', error: {code: 'E_NAME_UNKNOWN'}});
	t.is(open(), before);
});

test.serial('a connection that is open when the container goes is closed with it', async (t) => {
	const here = await stage(t, 'c1');
	here.servers.know(() => table({c1: '172.18.0.2'}));
	allDone(t, await here.servers.do([startOf('c1')]));
	const script = `
		const socket = require('net').connect(${tcpPort}, '127.0.0.11', () => socket.write(Buffer.from('${framed(question('c1')).toString('hex')}', 'hex')));
		socket.once('data', (answer) => console.log(answer.length));
		socket.on('error', () => {}).on('close', () => console.log('closed'));`;
	const pipe = native.pipe();
	const spawned = await native.spawn({
		file: process.execPath,
		args: ['node', '-e', script],
		env: [],
		stdio: [-1, pipe.write, pipe.write],
		enter: {net: here.namespaces.fd('c1')},
	});
	native.close(pipe.write);
	const ended = exitOf(spawned);
	const output = createReadStream('', {fd: pipe.read, encoding: 'utf8'});
	const [length] = (await once(output, 'data')) as [string];
	t.true(Number(length) > question('c1').length);
	const rest = once(output, 'data') as Promise<[string]>;
	allDone(t, await here.servers.undo([startOf('c1')]));
	t.deepEqual(await rest, ['closed\n']);
	await ended;
});
