// What the tests of the small static programs share: starting one, talking to it over loopback, looking at its memory. No test is here.
import {spawn, type ChildProcess, type StdioOptions} from 'node:child_process';
import {createHash} from 'node:crypto';
import {once} from 'node:events';
import {readdirSync, readFileSync} from 'node:fs';
import {connect, createServer, type AddressInfo, type Server, type Socket} from 'node:net';
import type {Readable} from 'node:stream';
import {setTimeout as sleep} from 'node:timers/promises';
import type {ExecutionContext} from 'ava';
import {packageFile} from '../../src/base/paths.ts';

export const dockerProxy = packageFile('native/build/docker-proxy');
export const labWeb = packageFile('native/build/lab-web');

/** Starts a program that ends, at the latest, with the test. */
export function start(t: ExecutionContext, file: string, args: readonly string[], stdio: StdioOptions = ['ignore', 'pipe', 'pipe']): ChildProcess {
	const child = spawn(file, args, {stdio});
	t.teardown(async () => {
		if (child.exitCode === null && child.signalCode === null) {
			child.kill('SIGKILL');
			await once(child, 'exit');
		}
	});
	return child;
}

/** A program's exit code, or the name of the signal that ended it. */
export async function ended(child: ChildProcess): Promise<number | string> {
	if (child.exitCode === null && child.signalCode === null) {
		await once(child, 'exit');
	}

	return child.exitCode ?? child.signalCode ?? '';
}

/** What comes until the end. Not `for await`, which would destroy a socket whose other side still speaks. */
export async function bytes(stream: Readable | null | undefined): Promise<Buffer> {
	const parts: Buffer[] = [];
	if (stream && !stream.readableEnded && !stream.destroyed) {
		stream.on('data', (part: Buffer) => parts.push(part));
		// Not `once`, which would reject when the other end resets.
		await new Promise((resolve) => {
			stream.on('end', resolve).on('close', resolve).resume();
		});
	}

	return Buffer.concat(parts);
}

export async function text(stream: Readable | null | undefined): Promise<string> {
	return (await bytes(stream)).toString();
}

/** Runs a program to its end. */
export async function run(t: ExecutionContext, file: string, args: readonly string[]): Promise<{exit: number | string; stdout: string; stderr: string}> {
	const child = start(t, file, args);
	const [stdout, stderr, exit] = await Promise.all([text(child.stdout), text(child.stderr), ended(child)]);
	return {exit, stdout, stderr};
}

/** A server of the test's own on a port that the kernel chose, in this process. `allowHalfOpen`: it ends its side itself. */
export async function serverOf(t: ExecutionContext, onSocket: (socket: Socket) => unknown, host = '127.0.0.1'): Promise<{port: number; server: Server}> {
	const server = createServer({allowHalfOpen: true}, (socket) => {
		socket.on('error', () => socket.destroy());
		onSocket(socket);
	});
	server.listen(0, host);
	await once(server, 'listening');
	t.teardown(() => server.close());
	return {port: (server.address() as AddressInfo).port, server};
}

/** Below those that the kernel gives by chance (ip_local_port_range, ip(7)), and for each process of tests from another one on. */
let nextPort = 10_000 + ((process.pid * 200) % 20_000);

/** A port that nobody has, for TCP on every address, and that nobody else is given by the kernel or by this until it is used. */
export async function freePort(): Promise<number> {
	const server = createServer();
	nextPort++;
	try {
		const listening = once(server, 'listening');
		server.listen(nextPort, '::');
		await listening;
	} catch {
		return freePort();
	}

	const {port} = server.address() as AddressInfo;
	server.close();
	await once(server, 'close');
	return port;
}

/** A connected socket that may be half closed; gone at the end of the test. */
export async function connected(t: ExecutionContext, port: number, host = '127.0.0.1'): Promise<Socket> {
	const socket = connect({port, host, allowHalfOpen: true});
	t.teardown(() => socket.destroy());
	socket.on('error', () => socket.destroy());
	await once(socket, 'connect');
	return socket;
}

/** Tries until it connects: for a server that has just been started. */
export async function reached(t: ExecutionContext, port: number, host = '127.0.0.1'): Promise<Socket> {
	for (;;) {
		try {
			// oxlint-disable-next-line no-await-in-loop -- one try after the other
			return await connected(t, port, host);
		} catch {
			// oxlint-disable-next-line no-await-in-loop -- as above
			await sleep(5);
		}
	}
}

/** Waits until `holds`; ava's own time limit ends a wait that is in vain. */
export async function until(holds: () => boolean): Promise<void> {
	while (!holds()) {
		// oxlint-disable-next-line no-await-in-loop -- a poll
		await sleep(5);
	}
}

/** KiB of memory of a process: its own and its share of what others map too (proc(5), smaps_rollup). */
export function pssKiB(child: ChildProcess): number {
	return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/smaps_rollup`, 'utf8'))?.[1]);
}

/** Clock ticks that a process has spent (proc(5), stat, fields 14 and 15). */
export function ticks(child: ChildProcess): number {
	const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(' ');
	return Number(fields[13]) + Number(fields[14]);
}

export function openDescriptorsOf(child: ChildProcess): number {
	return readdirSync(`/proc/${child.pid}/fd`).length;
}

/** "S" asleep, "T" stopped and so on. */
export function stateOf(child: ChildProcess): string {
	return readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(' ')[2] ?? '';
}

export function sha256(data: Buffer): string {
	return createHash('sha256').update(data).digest('hex');
}

/** Bytes that repeat nowhere near: a lost, doubled or swapped piece changes their sum. */
export function distinctBytes(size: number): Buffer {
	const data = Buffer.alloc(size);
	for (let at = 0; at + 4 <= size; at += 4) {
		data.writeUInt32LE(Math.imul(at, 2_654_435_761) >>> 0, at);
	}

	return data;
}
