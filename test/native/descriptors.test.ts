// Pipes, terminals, descriptors sent to other processes.
import {once} from 'node:events';
import {mkdtempSync, readSync, rmSync, writeFileSync, writeSync} from 'node:fs';
import {connect, createServer, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {addon, drain, environment, exitOf, native, shell} from './support.ts';

const plain = {file: '/bin/true', args: ['true'], env: environment, stdio: [-1, -1, -1]};

function readText(fd: number): string {
	const buffer = Buffer.alloc(4096);
	return buffer.toString('utf8', 0, readSync(fd, buffer));
}

/** The two ends of a unix stream connection, neither read by Node. */
async function socketPair(t: ExecutionContext): Promise<readonly [number, number, Socket, Socket]> {
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
	// oxlint-disable-next-line no-underscore-dangle -- Node shows a socket's descriptor nowhere else
	const number = (socket: Socket) => (socket as unknown as {_handle: {fd: number}})._handle.fd;
	return [number(near), number(far), near, far];
}

test('a pipe carries bytes; a closed descriptor is gone', (t) => {
	const {read, write} = native.pipe();
	writeSync(write, 'hello');
	t.is(readText(read), 'hello');
	native.close(write);
	t.is(drain(read), '');
	t.throws(() => native.close(write), {code: 'EBADF', message: 'close: EBADF, Bad file descriptor'});
	t.throws(() => native.open('/no/such'), {code: 'ENOENT', message: 'open: ENOENT, No such file or directory'});
});

test('a descriptor that is closed elsewhere at once is not handed on to programs', async (t) => {
	const {read, write} = native.pipe();
	const netns = native.open('/proc/self/ns/net');
	t.is((await shell('ls /proc/self/fd | wc -l')).output, '4\n');
	for (const fd of [read, write, netns]) {
		native.close(fd);
	}
});

test('a terminal controls the session that gets it', async (t) => {
	const {master, slave} = native.openTerminal('/dev/ptmx', 91, 17);
	const {output} = await shell('', {
		args: ['sh', '-c', 'stty size; ps -o sid= -p $$ | tr -d " "; echo $$; echo typed >/dev/tty'],
		stdio: [slave, slave, slave],
		terminal: true,
	});
	t.is(output, '');
	const lines = readText(master).split('\r\n');
	t.is(lines[0], '17 91');
	t.is(lines[1], lines[2]);
	t.is(lines[3], 'typed');
	native.close(master);
	native.close(slave);
});

test('a terminal that changes its size tells those inside', async (t) => {
	const {master, slave} = native.openTerminal('/dev/ptmx', 80, 24);
	const child = await native.spawn({
		...plain,
		file: '/bin/bash',
		args: ['bash', '-c', 'trap "stty size; exit 5" WINCH; echo ready; while :; do read -t 1; done'],
		stdio: [slave, slave, slave],
		terminal: true,
	});
	t.is(readText(master), 'ready\r\n');
	native.resizeTerminal(master, 100, 40);
	t.is((await exitOf(child)).code, 5);
	t.is(readText(master), '40 100\r\n');
	t.throws(() => native.resizeTerminal(-1, 1, 1), {code: 'EBADF'});
	t.throws(() => native.openTerminal('/dev/null', 80, 24), {code: 'ENOTTY', message: /^ioctl: /});
	t.throws(() => native.openTerminal('/no/ptmx', 80, 24), {message: /^open: ENOENT/});
	native.close(master);
	native.close(slave);
});

test('the peer of a unix socket is known by the kernel', async (t) => {
	const [near, far] = await socketPair(t);
	const me = {pid: process.pid, uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1};
	t.deepEqual(native.peer(near), me);
	t.deepEqual(native.peer(far), me);
	const {read, write} = native.pipe();
	t.throws(() => native.peer(read), {code: 'ENOTSOCK', message: /^getsockopt: /});
	native.close(read);
	native.close(write);
});

test('a descriptor travels over a socket; its end is told when the peer closes', async (t) => {
	const [near, far, , farSocket] = await socketPair(t);
	const {read, write} = native.pipe();
	const waiting = native.receiveDescriptor(near);
	native.sendDescriptor(far, write);
	const received = (await waiting) ?? -1;
	t.not(received, write);
	writeSync(received, 'through');
	t.is(readText(read), 'through');
	native.close(received);

	writeSync(far, 'bytes alone are passed over');
	native.sendDescriptor(far, read);
	const second = await native.receiveDescriptor(near);
	t.not(second, undefined);
	native.close(second ?? -1);
	farSocket.destroy();
	t.is(await native.receiveDescriptor(near), undefined);

	t.throws(() => native.sendDescriptor(near, read), {code: 'EPIPE', message: /^sendmsg: /});
	t.throws(() => native.sendDescriptor(near, -1), {code: 'EBADF'});
	await t.throwsAsync(native.receiveDescriptor(-1), {code: 'EBADF', message: /^fcntl: /});
	native.close(read);
	native.close(write);
});

test('the end of a process that is not our child is told without its status', async (t) => {
	const [near, far] = await socketPair(t);
	const script = `
		const native = require(process.argv[1]);
		native.spawn({file: '/bin/sleep', args: ['sleep', '1000000'], env: [], stdio: []}).then(({pidfd}) => {
			native.sendDescriptor(3, pidfd);
			const alive = setInterval(() => {}, 1000);
			native.onExit(pidfd, ({signal}) => { clearInterval(alive); process.exitCode = signal; });
		});`;
	const parent = await native.spawn({
		...plain,
		file: process.execPath,
		args: ['node', '-e', script, addon],
		stdio: [-1, -1, 2, far],
	});
	const pidfd = (await native.receiveDescriptor(near)) ?? -1;
	const told = exitOf({pid: 0, pidfd});
	native.pidfdSignal(pidfd, 9);
	t.is((await exitOf(parent)).code, 9);
	t.deepEqual(await told, {code: undefined, signal: undefined});
});

test('a sealed copy of a program runs, and nobody can write to it', async (t) => {
	const copy = native.sealedCopy('/bin/echo');
	const file = `/proc/self/fd/${copy}`;
	t.is((await shell('', {file, openFirst: true, args: ['echo', 'hello']})).output, 'hello\n');
	t.throws(() => writeSync(copy, 'x'), {code: 'EPERM'});
	native.close(copy);
	const folder = mkdtempSync(join(tmpdir(), 'vethlab-'));
	writeFileSync(join(folder, 'script'), '#!/bin/sh\n');
	t.throws(() => native.sealedCopy(join(folder, 'script')), {code: 'ENOEXEC'});
	t.throws(() => native.sealedCopy('/no/such'), {code: 'ENOENT', message: 'open: ENOENT, No such file or directory'});
	rmSync(folder, {recursive: true});
});
