// docker-proxy as its clients, its containers and the engine see it: over loopback, with servers of this process as containers.
import {createSocket, type RemoteInfo, type Socket as Datagrams} from 'node:dgram';
import {once} from 'node:events';
import {closeSync, openSync} from 'node:fs';
import type {Socket} from 'node:net';
import type {Readable} from 'node:stream';
import {setTimeout as sleep} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {readProxyRecord} from '../../src/runtime/proxy-record.ts';
import {native} from './support.ts';
import {
	bytes,
	connected,
	distinctBytes,
	dockerProxy,
	ended,
	freePort,
	openDescriptorsOf,
	pssKiB,
	run,
	serverOf,
	sha256,
	start,
	stateOf,
	text,
	ticks,
	until,
} from './programs.ts';

interface Target {
	readonly protocol?: 'tcp' | 'udp';
	readonly hostIp?: string;
	readonly hostPort: number;
	readonly port: number;
	/** Words before the command. */
	readonly within?: readonly string[];
}

/** A running docker-proxy that has said "0\n". */
async function proxy(t: ExecutionContext, {protocol = 'tcp', hostIp = '127.0.0.1', hostPort, port, within = []}: Target) {
	const words = ['-proto', protocol, '-host-ip', hostIp, '-host-port', String(hostPort), '-container-ip', '127.0.0.1', '-container-port', String(port)];
	const [file = '', ...args] = [...within, dockerProxy, ...words];
	const child = start(t, file, args, ['ignore', 'ignore', 'ignore', 'pipe']);
	t.is(await text(child.stdio[3] as Readable), '0\n');
	return child;
}

/** A container that answers each connection by `onSocket`, and a proxy in front of it. */
async function published(t: ExecutionContext, onSocket: (socket: Socket) => unknown, hostIp = '127.0.0.1') {
	const {port} = await serverOf(t, onSocket);
	const hostPort = await freePort();
	return {child: await proxy(t, {hostIp, hostPort, port}), hostPort};
}

test('a request goes through, and the answer after the client has ended its side', async (t) => {
	const {hostPort} = await published(t, async (socket) => {
		const request = await bytes(socket);
		socket.end(`${request.length} bytes`);
	});
	const client = await connected(t, hostPort);
	client.end('hello');
	t.is(await text(client), '5 bytes');
});

test('a container that ends its side first still hears the client', async (t) => {
	let heard = '';
	const {hostPort} = await published(t, async (socket) => {
		socket.end('bye');
		heard = await text(socket);
	});
	const client = await connected(t, hostPort);
	t.is(await text(client), 'bye');
	client.end('I have more to say');
	await until(() => heard !== '');
	t.is(heard, 'I have more to say');
});

test('fifty megabytes arrive as they were sent, both ways at once', async (t) => {
	const data = distinctBytes(50 * 1024 * 1024);
	const {hostPort} = await published(t, (socket) => socket.pipe(socket));
	const client = await connected(t, hostPort);
	client.end(data);
	t.is(sha256(await bytes(client)), sha256(data));
});

test('a container that does not read stops the client, and costs the proxy one buffer', async (t) => {
	const data = distinctBytes(64 * 1024 * 1024);
	let arrived: Socket | undefined;
	const {child, hostPort} = await published(t, (socket) => {
		arrived = socket.pause();
	});
	const client = await connected(t, hostPort);
	client.end(data);
	// Stuck: for a while it has been asleep and has spent no time.
	const spent: number[] = [];
	await until(() => {
		spent.push(stateOf(child) === 'S' ? ticks(child) : Number.NaN);
		return arrived !== undefined && spent.length > 50 && spent.slice(-50).every((tick) => tick === spent.at(-1));
	});
	t.true(client.writableLength > 0, 'not all of it could be sent');
	t.true(pssKiB(child) < 200, `${pssKiB(child)} kB`);
	t.is(sha256(await bytes(arrived)), sha256(data));
});

test('a client of a container that does not listen is accepted and closed empty', async (t) => {
	const hostPort = await freePort();
	await proxy(t, {hostPort, port: await freePort()});
	const client = await connected(t, hostPort);
	t.is(await text(client), '');
});

test('a client that resets its connection takes the one to the container with it', async (t) => {
	let isOver = false;
	const {child, hostPort} = await published(t, (socket) => {
		socket.resume();
		socket.on('close', () => {
			isOver = true;
		});
		socket.on('end', () => socket.end());
		socket.write('hello');
	});
	const client = await connected(t, hostPort);
	await once(client, 'data');
	client.resetAndDestroy();
	await until(() => isOver);
	t.is(child.exitCode, null);
});

test('the IPv6 side of a published port leads to the same IPv4 container', async (t) => {
	const {hostPort} = await published(t, (socket) => socket.end(`${socket.remoteAddress}`), '::');
	t.is(await text(await connected(t, hostPort, '::1')), '127.0.0.1');
	// IPv6 only: IPv4 has a proxy of its own.
	await t.throwsAsync(async () => connected(t, hostPort, '127.0.0.1'), {code: 'ECONNREFUSED'});
});

test('frozen it is silent, thawed it goes on, asked to end it ends well', async (t) => {
	const {child, hostPort} = await published(t, (socket) => socket.pipe(socket));
	child.kill('SIGSTOP');
	await until(() => stateOf(child) === 'T');
	const client = await connected(t, hostPort);
	client.write('hello');
	const answer = once(client, 'data');
	t.is(await Promise.race([answer, sleep(100, 'nothing')]), 'nothing');
	child.kill('SIGCONT');
	t.is(String(await answer), 'hello');
	child.kill('SIGTERM');
	t.is(await ended(child), 0);
});

test('out of descriptors it lets clients wait, without spinning, and serves them when others have left', async (t) => {
	const {port} = await serverOf(t, (socket) => socket.pipe(socket));
	const hostPort = await freePort();
	const child = await proxy(t, {hostPort, port, within: ['prlimit', '--nofile=40']});
	const clients = await Promise.all(Array.from({length: 30}, async () => connected(t, hostPort)));
	let served = 0;
	for (const client of clients) {
		client.once('data', () => {
			served++;
		});
		client.write('x');
	}

	// (40 - 16) / 2 pairs
	await until(() => served === 12);
	const before = ticks(child);
	await sleep(300);
	t.is(served, 12);
	t.true(ticks(child) - before <= 2, 'it waits, and does not ask again and again');
	for (const client of clients) {
		client.on('data', () => client.end());
		client.write('y');
	}

	await until(() => served === 30);
	t.pass();
});

test('thousands of connections, one after the other and many at once, leave nothing behind', async (t) => {
	const {child, hostPort} = await published(t, (socket) => socket.pipe(socket));
	for (let round = 0; round < 5; round++) {
		// oxlint-disable-next-line no-await-in-loop -- rounds
		const clients = await Promise.all(Array.from({length: 200}, async () => connected(t, hostPort)));
		// oxlint-disable-next-line no-await-in-loop -- rounds
		const answers = await Promise.all(clients.map(async (client, index) => text(client.end(`${index}`))));
		t.deepEqual(
			answers,
			answers.map((_, index) => `${index}`),
		);
	}

	// Only the last closes may still be on their way.
	await until(() => pssKiB(child) <= 60);
	t.pass();
});

test('it records which call of a client became which connection, of many at once, and when they ended', async (t) => {
	const seen = new Map<string, number>();
	const {child, hostPort} = await published(t, async (socket) => {
		const {remotePort = 0} = socket;
		seen.set(await text(socket), remotePort);
		socket.end();
	});
	const record = () => readProxyRecord(child.pid ?? 0, Date.now());
	t.deepEqual(record(), {calls: [], isWhole: true});
	const clients = await Promise.all(Array.from({length: 100}, async () => connected(t, hostPort)));
	await Promise.all(clients.map(async (client) => text(client.end(String(client.localPort)))));
	const {calls, isWhole} = record();
	t.true(isWhole);
	t.deepEqual(new Map(calls.map(({client, own}) => [String(client.port), own.port])), seen);
	t.true(calls.every(({client, own}) => client.address === '127.0.0.1' && own.address === '127.0.0.1'));
	// Only the last closes may still be on their way.
	await until(() => readProxyRecord(child.pid ?? 0, Date.now() + 300_000).calls.length === 0);

	const later = await Promise.all(Array.from({length: 200}, async () => connected(t, hostPort)));
	await until(() => record().calls.length === 256);
	t.false(record().isWhole, 'the first calls are forgotten');
	later.forEach((client) => client.destroy());
});

test('a UDP client is recorded with the socket that it got', async (t) => {
	const container = createSocket('udp4');
	t.teardown(() => container.close());
	container.bind(0, '127.0.0.1');
	await once(container, 'listening');
	const hostPort = await freePort();
	const child = await proxy(t, {protocol: 'udp', hostPort, port: container.address().port});
	const client = createSocket('udp4');
	t.teardown(() => client.close());
	const heard = once(container, 'message') as Promise<[Buffer, RemoteInfo]>;
	client.send('hello', hostPort, '127.0.0.1');
	const [, from] = await heard;
	t.deepEqual(readProxyRecord(child.pid ?? 0, Date.now()).calls, [
		{client: {address: '127.0.0.1', port: client.address().port}, own: {address: '127.0.0.1', port: from.port}},
	]);
});

test('twenty of them, idle, take 40 kB of memory each at most', async (t) => {
	const ports = await Promise.all(Array.from({length: 20}, freePort));
	const children = await Promise.all(ports.map(async (hostPort, index) => proxy(t, {protocol: index % 2 === 0 ? 'tcp' : 'udp', hostPort, port: 9})));
	for (const child of children) {
		t.true(pssKiB(child) <= 40, `${pssKiB(child)} kB`);
	}
});

test('a port that is taken is told on descriptor 3, in words, and ends it with 1', async (t) => {
	const {port} = await serverOf(t, (socket) => socket.destroy());
	const words = ['-host-ip', '127.0.0.1', '-host-port', String(port), '-container-ip', '127.0.0.1', '-container-port', '80'];
	const child = start(t, dockerProxy, words, ['ignore', 'ignore', 'ignore', 'pipe']);
	t.is(await text(child.stdio[3] as Readable), `1\nfailed to listen on 127.0.0.1:${port}: bind: Address already in use`);
	t.is(await ended(child), 1);
	const {exit, stderr} = await run(t, dockerProxy, words);
	t.deepEqual([exit, stderr], [1, `failed to listen on 127.0.0.1:${port}: bind: Address already in use\n`]);
});

const refuses = test.macro({
	async exec(t, args: readonly string[], words: string) {
		const {exit, stderr} = await run(t, dockerProxy, args);
		t.deepEqual([exit, stderr], [1, `${words}\n`]);
	},
	title: (_title, args: readonly string[]) => `it refuses "${args.join(' ')}"`,
});

test(refuses, ['-proto', 'sctp'], 'unsupported protocol sctp');
test(refuses, ['-proto'], 'flag not known or without a value: -proto');
test(refuses, ['-verbose'], 'flag not known or without a value: -verbose');
test(refuses, [], '-container-ip and -container-port are not an address and a port');
test(refuses, ['-container-ip', '300.0.0.1', '-container-port', '1'], '-container-ip and -container-port are not an address and a port');
test(refuses, ['-container-ip', '::1', '-container-port', '65536'], '-container-ip and -container-port are not an address and a port');
test(refuses, ['-container-ip', '::1', '-container-port', '1'], '-host-ip and -host-port are not an address and a port');

test('it takes over the listening socket of the engine as descriptor 4', async (t) => {
	const {port} = await serverOf(t, (socket) => socket.end('from the container'));
	const hostPort = await freePort();
	const netns = openSync('/proc/self/ns/net', 'r');
	const socket = await native.listen(netns, 'tcp', '127.0.0.1', hostPort);
	const words = ['-proto=tcp', '-host-ip=127.0.0.1', `-host-port=${hostPort}`, '-container-ip=127.0.0.1', `-container-port=${port}`, '-use-listen-fd'];
	const child = start(t, dockerProxy, words, ['ignore', 'ignore', 'ignore', 'pipe', socket]);
	native.close(socket);
	closeSync(netns);
	t.is(await text(child.stdio[3] as Readable), '0\n');
	t.is(await text(await connected(t, hostPort)), 'from the container');
});

test('a descriptor 4 that is no such socket is told', async (t) => {
	const words = ['-container-ip', '127.0.0.1', '-container-port', '80', '-use-listen-fd'];
	const file = openSync('/dev/null', 'r');
	const child = start(t, dockerProxy, words, ['ignore', 'ignore', 'ignore', 'pipe', file]);
	closeSync(file);
	t.is(await text(child.stdio[3] as Readable), '1\nlisten fd 4: Socket operation on non-socket');
});

/** A bound UDP socket of the test's own. */
async function datagrams(t: ExecutionContext, address = '127.0.0.1'): Promise<Datagrams> {
	const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
	socket.bind(0, address);
	await once(socket, 'listening');
	t.teardown(() => socket.close());
	return socket;
}

async function answerTo(socket: Datagrams): Promise<{words: string; from: RemoteInfo}> {
	const [message, from] = (await once(socket, 'message')) as [Buffer, RemoteInfo];
	return {words: message.toString(), from};
}

test('two UDP clients each have their own way, and get their own answers', async (t) => {
	const container = await datagrams(t);
	const seen = new Set<number>();
	container.on('message', (message, from) => {
		seen.add(from.port);
		container.send(`${message.toString()} to you`, from.port, from.address);
	});
	const hostPort = await freePort();
	await proxy(t, {protocol: 'udp', hostIp: '0.0.0.0', hostPort, port: container.address().port});
	const clients = await Promise.all([datagrams(t), datagrams(t)]);
	for (const round of [1, 2, 3]) {
		for (const [index, client] of clients.entries()) {
			client.send(`${index}.${round}`, hostPort, '127.0.0.2');
			// oxlint-disable-next-line no-await-in-loop -- a conversation
			const {words, from} = await answerTo(client);
			t.deepEqual([words, from.address, from.port], [`${index}.${round} to you`, '127.0.0.2', hostPort], 'from the address that was asked');
		}
	}

	t.is(seen.size, 2);
});

test('UDP to a port where nobody listens is lost, and gets through once somebody does', async (t) => {
	const [hostPort, port] = [await freePort(), await freePort()];
	const child = await proxy(t, {protocol: 'udp', hostIp: '::', hostPort, port});
	const idle = openDescriptorsOf(child);
	const client = await datagrams(t, '::1');
	client.send('one', hostPort, '::1');
	await until(() => openDescriptorsOf(child) > idle && stateOf(child) === 'S');
	const container = createSocket('udp4');
	t.teardown(() => container.close());
	container.on('message', (message, from) => container.send(message, from.port, from.address));
	container.bind(port, '127.0.0.1');
	await once(container, 'listening');
	const answer = answerTo(client);
	client.send('two', hostPort, '::1');
	t.is((await answer).words, 'two');
});

test('more UDP clients than it has descriptors push out the oldest', async (t) => {
	const container = await datagrams(t);
	container.on('message', (message, from) => container.send(message, from.port, from.address));
	const hostPort = await freePort();
	await proxy(t, {protocol: 'udp', hostPort, port: container.address().port, within: ['prlimit', '--nofile=32']});
	for (let index = 0; index < 100; index++) {
		const client = createSocket('udp4');
		client.send(`${index}`, hostPort, '127.0.0.1');
		// oxlint-disable-next-line no-await-in-loop -- one client after the other
		t.is((await answerTo(client)).words, `${index}`);
		client.close();
	}
});
