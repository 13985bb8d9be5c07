// Answers that bring a descriptor, between an engine's connection and a client that reads by the addon.
import {closeSync, mkdtempSync, rmSync, writeSync} from 'node:fs';
import {createConnection} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {messageFrame} from '../../src/api/frames.ts';
import {Borrower} from '../../src/cli/record/borrower.ts';
import type {Carrying, Connection, Requests} from '../../src/engine/connection.ts';
import {LabServer} from '../../src/engine/server.ts';
import {until} from '../native/programs.ts';
import {drain, native} from '../native/support.ts';

/** Answers `take` with the write end of a new pipe, and everything else with as much text as `site` says. */
class Pipes implements Requests {
	/** The read ends. */
	readonly ends: number[] = [];
	refused = 0;
	closedCount = 0;

	async answer(_connection: Connection, method: string, params: unknown): Promise<unknown> {
		const {site} = params as {readonly site: number};
		if (method !== 'take') {
			return 'x'.repeat(site);
		}

		const {read, write} = native.pipe();
		this.ends.push(read);
		const carrying: Carrying = {
			result: {blocks: site},
			carry: (connection, bytes) => {
				if (connection === undefined) {
					this.refused++;
				} else {
					native.sendDescriptor(connection, write, bytes);
				}

				native.close(write);
			},
		};
		return carrying;
	}

	input(): void {
		// no channels here
	}

	closed(): void {
		this.closedCount++;
	}
}

async function serve(t: ExecutionContext): Promise<{readonly path: string; readonly pipes: Pipes}> {
	const folder = mkdtempSync(join(tmpdir(), 'vethlab-carry-'));
	const path = join(folder, 'lab.sock');
	const server = new LabServer();
	const pipes = new Pipes();
	await server.listen(path, pipes);
	t.teardown(() => {
		server.close();
		rmSync(folder, {recursive: true});
	});
	return {path, pipes};
}

test.serial('each answer brings its own, between others of any length', async (t) => {
	const {path, pipes} = await serve(t);
	const borrower = await Borrower.connect(native, path);
	const {client} = borrower;
	for (const [round, length] of [0, 10, 70_000, 200_000, 5].entries()) {
		// oxlint-disable-next-line no-await-in-loop -- one after the other, as they are asked for
		const [text, taken] = await Promise.all([client.call('link_names', {channel: 1, site: length}), client.call('take', {channel: 1, site: round + 1})]);
		t.is((text as unknown as string).length, length);
		t.is(taken.blocks, round + 1);
		const descriptor = borrower.take() ?? -1;
		writeSync(descriptor, `pipe ${round}`);
		closeSync(descriptor);
		t.is(drain(pipes.ends.shift() ?? -1), `pipe ${round}`);
	}

	t.is(borrower.take(), undefined);
	borrower.close();
	await client.closed;
});

test.serial('what was never asked for is closed with the connection', async (t) => {
	const {path, pipes} = await serve(t);
	const borrower = await Borrower.connect(native, path);
	await borrower.client.call('take', {channel: 1, site: 1});
	borrower.close();
	await until(() => pipes.closedCount === 1);
	t.is(drain(pipes.ends[0] ?? -1), '', 'it ends when nobody can write any more');
});

test.serial('a client that does not read gets no descriptor, and is cut off', async (t) => {
	const {path, pipes} = await serve(t);
	const socket = createConnection(path).pause();
	socket.on('error', () => {
		// it is cut off
	});
	socket.write(messageFrame({id: 1, method: 'link_names', params: {channel: 1, site: 4_000_000}}));
	socket.write(messageFrame({id: 2, method: 'take', params: {channel: 1, site: 1}}));
	await until(() => pipes.refused === 1);
	t.is(drain(pipes.ends[0] ?? -1), '');
	socket.destroy();
	await until(() => pipes.closedCount === 1);
});
