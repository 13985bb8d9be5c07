import {randomBytes} from 'node:crypto';
import {mkdtempSync, rmSync, statSync} from 'node:fs';
import {createConnection, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {connect} from '../../src/api/client.ts';
import {messageFrame} from '../../src/api/frames.ts';
import type {Event} from '../../src/api/messages.ts';
import {LabError} from '../../src/base/errors.ts';
import type {Connection, Requests} from '../../src/engine/connection.ts';
import {LabServer} from '../../src/engine/server.ts';

/** A server that answers `view` with its parameters, `down` never, and everything else with an error. */
class Echo implements Requests {
	readonly connections: Connection[] = [];

	async answer(connection: Connection, method: string, params: unknown): Promise<unknown> {
		if (method === 'subscribe') {
			this.connections.push(connection);
			connection.subscribe(['logs']);
			return {};
		}

		if (method === 'view') {
			return params;
		}

		if (method === 'down') {
			return new Promise(() => {
				// this one never answers
			});
		}

		throw new LabError('E_CONFLICT', {doing: 'answer', said: method, hint: 'ask for view'});
	}

	input(): void {
		// no channels here
	}

	closed(): void {
		// nothing kept
	}
}

async function serve(t: ExecutionContext): Promise<{readonly path: string; readonly server: LabServer; readonly echo: Echo}> {
	const folder = mkdtempSync(join(tmpdir(), 'vethlab-server-'));
	const path = join(folder, 'lab.sock');
	const server = new LabServer();
	const echo = new Echo();
	await server.listen(path, echo);
	t.teardown(() => {
		server.close();
		rmSync(folder, {recursive: true});
	});
	return {path, server, echo};
}

async function opened(path: string): Promise<Socket> {
	const socket = createConnection(path);
	await new Promise((resolve, reject) => {
		socket.once('connect', resolve);
		socket.once('error', reject);
	});
	return socket;
}

test('the socket is for its owner alone', async (t) => {
	const {path} = await serve(t);
	t.is(statSync(path).mode & 0o777, 0o600);
});

test('answers come to whoever asked, also when they ask at once', async (t) => {
	const {path} = await serve(t);
	const client = await connect(path);
	const asked = Array.from({length: 100}, async (_, number) => client.call('view', {number} as never));
	t.deepEqual(
		(await Promise.all(asked)) as unknown,
		Array.from({length: 100}, (_, number) => ({number})),
	);
	client.close();
});

test('an error arrives with its code and its way out', async (t) => {
	const {path} = await serve(t);
	const client = await connect(path);
	const error = await t.throwsAsync(client.call('oplog', {from: 0}), {instanceOf: LabError});
	t.is(error.code, 'E_CONFLICT');
	t.is(error.hint, 'ask for view');
	client.close();
});

test('a call that is under way when the engine goes ends with E_ENGINE_DEAD', async (t) => {
	const {path, echo} = await serve(t);
	const client = await connect(path);
	await client.call('subscribe', {topics: []});
	const waiting = client.call('down', {});
	echo.connections[0]?.refuse(new LabError('E_INTERNAL', {doing: 'end'}));
	await t.throwsAsync(waiting, {code: 'E_ENGINE_DEAD'});
	await client.closed;
	await t.throwsAsync(client.call('view', {}), {code: 'E_ENGINE_DEAD'});
});

test('no socket, and a socket that nobody listens on, are told apart', async (t) => {
	const {path, server} = await serve(t);
	await t.throwsAsync(connect(`${path}.none`), {code: 'E_NAME_UNKNOWN'});
	server.close();
	await t.throwsAsync(connect(path), {code: 'E_NAME_UNKNOWN'});
});

test('clients that send garbage are cut off, and others are answered meanwhile', async (t) => {
	const {path} = await serve(t);
	const client = await connect(path);
	for (let round = 0; round < 200; round++) {
		// oxlint-disable-next-line no-await-in-loop -- one attacker after the other, an honest question in between
		const attacker = await opened(path);
		attacker.on('error', () => {
			// it may be cut off while it still writes
		});
		attacker.resume();
		attacker.write(randomBytes(1 + ((round * 37) % 4096)));
		attacker.end();
		// oxlint-disable-next-line no-await-in-loop -- as above
		t.deepEqual((await client.call('view', {round} as never)) as unknown, {round});
	}

	client.close();
});

test('a client that asks without waiting for answers is cut off', async (t) => {
	const {path} = await serve(t);
	const greedy = await opened(path);
	const ended = new Promise((resolve) => {
		greedy.once('close', resolve);
	});
	greedy.on('error', () => {
		// cut off while it writes
	});
	greedy.resume();
	for (let id = 1; id <= 300; id++) {
		greedy.write(messageFrame({id, method: 'down', params: {}}));
	}

	await ended;
	t.pass();
});

test('a client that does not read loses events, is told how many, and costs no memory', async (t) => {
	const {path, server} = await serve(t);
	const client = await connect(path);
	const events: Event[] = [];
	client.onEvent((event) => {
		events.push(event);
	});
	await client.call('subscribe', {topics: ['logs']});
	const text = 'x'.repeat(100_000);
	const sent = 500;
	// all in one turn of the event loop: the client cannot read meanwhile
	for (let number = 0; number < sent; number++) {
		server.tell('logs', {event: 'logs', lines: [{number, atMs: number, node: 'web', stream: 'stdout', text}]});
	}

	const missed = await new Promise<number>((resolve) => {
		client.onEvent((event) => {
			if (event.event === 'missed') {
				resolve(event.count);
			}
		});
	});
	const arrived = events.filter(({event}) => event === 'logs').length;
	t.is(arrived + missed, sent);
	t.true(arrived < sent / 2, `${arrived} of ${sent} were queued`);
	client.close();
});
