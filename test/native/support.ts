// What the tests of the addon share: running a shell in namespaces, counting descriptors, netlink messages as bytes. No test is here.
import {once} from 'node:events';
import {closeSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync} from 'node:fs';
import {connect, createServer, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {descriptorOf} from '../../src/base/descriptor.ts';
import {packageFile} from '../../src/base/paths.ts';
import {loadNative, type ExitStatus, type Native, type SpawnOptions, type Spawned} from '../../native/index.ts';

export const native: Native = loadNative();

export const environment = ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'];

/** For `node -e` in a process of its own: requires the addon that follows in argv. */
export const addon = packageFile('native/build/vethlab.node');

export async function exitOf(spawned: Spawned): Promise<ExitStatus> {
	return new Promise((resolve) => {
		const alive = setInterval(() => {}, 1000); // onExit keeps no process alive
		native.onExit(spawned.pidfd, (status) => {
			clearInterval(alive);
			native.close(spawned.pidfd);
			resolve(status);
		});
	});
}

/** Everything that comes out of a descriptor until its writers are gone; closes it. */
export function drain(fd: number): string {
	const text = readFileSync(fd, 'utf8');
	closeSync(fd);
	return text;
}

export interface Ran extends ExitStatus {
	readonly output: string;
}

/** Runs `script` in a shell with the given options; its output is little enough for a pipe. */
export async function shell(script: string, options: Partial<SpawnOptions> = {}): Promise<Ran> {
	const output = native.pipe();
	const spawned = await native.spawn({
		file: '/bin/sh',
		args: ['sh', '-c', script],
		env: environment,
		stdio: [-1, output.write, output.write],
		...options,
	});
	native.close(output.write);
	const status = await exitOf(spawned);
	return {...status, output: drain(output.read)};
}

/** A process that waits for its end, for namespaces that must live: call `end`, then it is gone. */
export async function keeper(options: Partial<SpawnOptions> = {}): Promise<Spawned & {end: () => Promise<ExitStatus>}> {
	const spawned = await native.spawn({file: '/bin/sleep', args: ['sleep', '1000000'], env: environment, stdio: [-1, -1, -1], ...options});
	return {
		...spawned,
		end: async () => {
			native.pidfdSignal(spawned.pidfd, 9);
			return exitOf(spawned);
		},
	};
}

/** Descriptors open in this process, each with what it is: "18 anon_inode:[eventpoll]". */
export function openDescriptors(): readonly string[] {
	const open: string[] = [];
	for (const name of readdirSync('/proc/self/fd')) {
		try {
			open.push(`${name} ${readlinkSync(`/proc/self/fd/${name}`)}`);
		} catch {
			// That of the reading itself is gone.
		}
	}

	return open;
}

/** One network namespace, and its route socket. */
export async function oneNetns(): Promise<{readonly netns: number; readonly route: number; readonly close: () => void}> {
	const {netns, route} = await native.netnsCreate(1);
	const [first, socket] = [netns[0] ?? -1, route[0] ?? -1];
	return {
		netns: first,
		route: socket,
		close: () => {
			native.close(first);
			native.close(socket);
		},
	};
}

/** The two ends of a unix stream connection, neither read by Node. */
export async function socketPair(t: ExecutionContext): Promise<readonly [number, number, Socket, Socket]> {
	const folder = mkdtempSync(join(tmpdir(), 'vethlab-'));
	const path = join(folder, 'socket');
	const server = createServer({pauseOnConnect: true});
	await once(server.listen(path), 'listening');
	const accepted = once(server, 'connection') as Promise<[Socket]>;
	const near = connect({path});
	near.pause();
	const [far] = await accepted;
	t.teardown(() => {
		near.destroy();
		far.destroy();
		server.close();
		rmSync(folder, {recursive: true});
	});
	return [descriptorOf(near) ?? -1, descriptorOf(far) ?? -1, near, far];
}

/** linux/netlink.h, linux/rtnetlink.h */
export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
export const RTM_NEWLINK = 16;
export const RTM_GETLINK = 18;
export const NLM_F_REQUEST = 1;
export const NLM_F_ACK = 4;
export const NLM_F_DUMP = 0x300;
export const NLM_F_EXCL = 0x200;
export const NLM_F_CREATE = 0x400;

/** nlmsghdr and a payload whose length is a multiple of four. */
export function message(type: number, flags: number, sequence: number, payload: Buffer): Buffer {
	const header = Buffer.alloc(16);
	header.writeUInt32LE(16 + payload.length, 0);
	header.writeUInt16LE(type, 4);
	header.writeUInt16LE(flags, 6);
	header.writeUInt32LE(sequence, 8);
	return Buffer.concat([header, payload]);
}

/** ifinfomsg of link `index` with attributes. */
export function ifinfo(index: number, ...attributes: readonly Buffer[]): Buffer {
	const header = Buffer.alloc(16);
	header.writeInt32LE(index, 4);
	return Buffer.concat([header, ...attributes]);
}

export function attribute(type: number, payload: Buffer): Buffer {
	const header = Buffer.alloc(4);
	header.writeUInt16LE(4 + payload.length, 0);
	header.writeUInt16LE(type, 2);
	return Buffer.concat([header, payload, Buffer.alloc(-payload.length & 3)]);
}

export function u32(value: number): Buffer {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32LE(value);
	return bytes;
}

export interface Message {
	readonly type: number;
	readonly sequence: number;
	readonly payload: Buffer;
}

export function messages(bytes: Buffer): readonly Message[] {
	const found: Message[] = [];
	for (let at = 0; at < bytes.length;) {
		const length = bytes.readUInt32LE(at);
		found.push({type: bytes.readUInt16LE(at + 4), sequence: bytes.readUInt32LE(at + 8), payload: bytes.subarray(at + 16, at + length)});
		at += (length + 3) & ~3;
	}

	return found;
}
