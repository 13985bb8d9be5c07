// Pipes, terminals, descriptors sent to other processes.
import {mkdtempSync, openSync, readFileSync, readSync, rmSync, writeFileSync, writeSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {until} from './programs.ts';
import {addon, drain, environment, exitOf, native, shell, socketPair} from './support.ts';

const plain = {file: '/bin/true', args: ['true'], env: environment, stdio: [-1, -1, -1]};

function readText(fd: number): string {
	const buffer = Buffer.alloc(4096);
	return buffer.toString('utf8', 0, readSync(fd, buffer));
}

/** What a terminal's master gives until it is what is waited for: the kernel hands it on in pieces, and after the program may have ended. */
function textUntil(master: number, end: RegExp): string {
	let text = '';
	while (!end.test(text)) {
		text += readText(master);
	}

	return text;
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

test('a file in memory is what a program reads, and has what it printed when it has ended', async (t) => {
	const [input, output] = [native.memoryFile(), native.memoryFile()];
	const text = 'x'.repeat(300_000);
	writeSync(input, text, 0);
	t.is((await exitOf(await native.spawn({...plain, file: '/bin/cat', args: ['cat'], stdio: [input, output, -1]}))).code, 0);
	const read = Buffer.alloc(text.length + 1);
	t.is(read.toString('utf8', 0, readSync(output, read, 0, read.length, 0)), text);
	native.close(input);
	native.close(output);
});

test('more descriptors than a child usually takes along come to it, and none stays open here for it', async (t) => {
	const pipes = Array.from({length: 12}, () => native.pipe());
	const stdio = [-1, -1, -1, ...pipes.map(({write}) => write)];
	const child = await native.spawn({
		...plain,
		file: '/bin/sh',
		args: ['sh', '-c', 'for fd in 3 9; do echo "to $fd" >&$fd; done; exec 1>&-; echo last >/dev/fd/14'],
		stdio,
	});
	for (const {write} of pipes) {
		native.close(write);
	}

	t.is((await exitOf(child)).code, 0);
	t.deepEqual(
		pipes.map(({read}) => drain(read)),
		['to 3\n', '', '', '', '', '', 'to 9\n', '', '', '', '', 'last\n'],
	);
});

test('a terminal controls the session that gets it', async (t) => {
	const {master, slave} = native.openTerminal('/dev/ptmx', 91, 17);
	const {output} = await shell('', {
		args: ['sh', '-c', 'stty size; ps -o sid= -p $$ | tr -d " "; echo $$; echo typed >/dev/tty'],
		stdio: [slave, slave, slave],
		terminal: true,
	});
	t.is(output, '');
	const lines = textUntil(master, /typed\r\n$/).split('\r\n');
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
	t.is(textUntil(master, /\n$/), 'ready\r\n');
	native.resizeTerminal(master, 100, 40);
	t.is((await exitOf(child)).code, 5);
	t.is(textUntil(master, /\n$/), '40 100\r\n');
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

test('what comes over a socket is told with the descriptors that came by then, in their order, and its end once', async (t) => {
	const [near, far, , farSocket] = await socketPair(t);
	const bytes: Buffer[] = [];
	const received: number[] = [];
	let ends = 0;
	native.receive(
		near,
		(some, descriptors) => {
			bytes.push(some);
			received.push(...descriptors);
		},
		() => {
			ends++;
		},
	);
	const pipes = [native.pipe(), native.pipe()];
	writeSync(far, 'first ');
	native.sendDescriptor(far, pipes[0]?.write ?? -1, Buffer.from('with one '));
	native.sendDescriptor(far, pipes[1]?.write ?? -1, Buffer.from('with another '));
	writeSync(far, 'last');
	await until(() => String(Buffer.concat(bytes)) === 'first with one with another last');
	t.is(received.length, 2);
	for (const [index, descriptor] of received.entries()) {
		writeSync(descriptor, `pipe ${index}`);
		t.is(readText(pipes[index]?.read ?? -1), `pipe ${index}`);
		native.close(descriptor);
	}

	t.throws(() => native.sendDescriptor(far, near, new Uint8Array()), {code: 'EINVAL'});
	farSocket.destroy();
	await until(() => ends === 1);
	t.throws(
		() =>
			native.receive(
				-1,
				() => undefined,
				() => undefined,
			),
		{code: 'EBADF'},
	);
	pipes.forEach(({read, write}) => {
		native.close(read);
		native.close(write);
	});
});

test('who has stopped to receive hears no more, and what comes is left to others', async (t) => {
	const [near, far] = await socketPair(t);
	const heard: Buffer[] = [];
	const stop = native.receive(
		near,
		(some) => heard.push(some),
		() => t.fail(),
	);
	writeSync(far, 'one');
	await until(() => heard.length === 1);
	stop();
	writeSync(far, 'two');
	t.is(readText(near), 'two');
	t.is(heard.length, 1);
});

test('a file is written whole, and where it cannot be, it is said how far it came', async (t) => {
	const folder = mkdtempSync(join(tmpdir(), 'vethlab-'));
	t.teardown(() => {
		rmSync(folder, {recursive: true});
	});
	const path = join(folder, 'file');
	const bytes = Buffer.from(Uint32Array.from({length: 60_001}, (_, index) => index).buffer);
	const file = openSync(path, 'w');
	t.is(await native.writeBytes(file, bytes), bytes.length);
	t.is(await native.writeBytes(file, bytes.subarray(0, 5)), 5);
	t.is(await native.writeBytes(file, new Uint8Array()), 0);
	native.close(file);
	t.deepEqual(readFileSync(path), Buffer.concat([bytes, bytes.subarray(0, 5)]));
	const full = openSync('/dev/full', 'w');
	await t.throwsAsync(native.writeBytes(full, bytes), {code: 'ENOSPC', message: /^write: /});
	native.close(full);
	// the file may be one byte longer than a step
	const limited = await shell(
		`ulimit -f 128; trap "" XFSZ; exec ${process.execPath} -e 'const native = require("${addon}"); const file = fs.openSync("${path}", "w");
			native.writeBytes(file, Buffer.alloc(200_000)).then((count) => native.writeBytes(file, Buffer.alloc(1)).catch((error) => console.log(count, error.code)))'`,
		{file: '/bin/bash'},
	);
	t.regex(limited.output, /^(?:65536|131072) EFBIG\n$/);
	t.throws(() => void native.writeBytes(1, 'text' as never), {instanceOf: TypeError});
});
