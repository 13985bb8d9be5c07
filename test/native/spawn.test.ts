// Processes: where they are born, what they hold, how they end, and what is said when they cannot be.
import {chmodSync, mkdirSync, mkdtempSync, readFileSync, readlinkSync, readSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {hostname, tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import type {SpawnOptions} from '../../native/index.ts';
import {addon, drain, environment, exitOf, keeper, native, oneNetns, shell} from './support.ts';

const plain = {file: '/bin/true', args: ['true'], env: environment, stdio: [-1, -1, -1]} satisfies SpawnOptions;

test('a program gets its arguments, environment, folder and descriptors, and nothing else', async (t) => {
	const {output, code, signal} = await shell('', {
		args: ['sh', '-c', 'echo "$0 $1 $NAME $PWD"; ls /proc/self/fd; readlink /proc/self/fd/0; exit 7', 'zero', 'one two'],
		env: [...environment, 'NAME=a=b'],
		cwd: '/usr',
	});
	t.is(output, 'zero one two a=b /usr\n0\n1\n2\n3\n/dev/null\n'); // 3 is the folder that ls reads
	t.deepEqual([code, signal], [7, undefined]);
});

test('descriptors find their places even when they change places', async (t) => {
	const folder = mkdtempSync(join(tmpdir(), 'vethlab-'));
	t.teardown(() => rmSync(folder, {recursive: true}));
	// Inside a process whose descriptors 0, 1 and 2 are a, b and c, what must arrive elsewhere than where it is.
	const script = `
		const native = require(process.argv[1]);
		const run = {file: '/bin/sh', args: ['sh', '-c', 'for i in 0 1 2 3 4; do all="$all $(readlink /proc/$$/fd/$i)"; done; echo "$all" >"$OUT"; test ! -e /proc/$$/fd/5'], env: ['OUT=' + process.argv[2], ...process.argv.slice(3)], stdio: [2, 0, 1, 1, 0]};
		native.spawn(run).then(({pidfd}) => { const alive = setInterval(() => {}, 1000); native.onExit(pidfd, ({code}) => { clearInterval(alive); process.exitCode = code; }); });`;
	const [a, b, c] = ['a', 'b', 'c'].map((name) => {
		writeFileSync(join(folder, name), '');
		return native.open(join(folder, name));
	});
	const stdio = [a ?? -1, b ?? -1, c ?? -1];
	const child = await native.spawn({
		...plain,
		file: process.execPath,
		args: ['node', '-e', script, addon, join(folder, 'out'), ...environment],
		stdio,
	});
	t.is((await exitOf(child)).code, 0);
	for (const fd of stdio) {
		native.close(fd);
	}

	const places = ['c', 'a', 'b', 'b', 'a'].map((name) => ` ${join(folder, name)}`).join('');
	t.is(readFileSync(join(folder, 'out'), 'utf8'), `${places}\n`);
});

test('signals that Node ignores or handles have their default effect', async (t) => {
	const {output} = await shell('grep -E "^Sig(Blk|Ign)" /proc/self/status');
	t.is(output, 'SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n');
});

test('an end by a signal is told as one', async (t) => {
	const {code, signal} = await shell('kill -TERM $$');
	t.deepEqual([code, signal], [undefined, 15]);
});

test('a signal reaches the process, and is refused when it is gone', async (t) => {
	const sleeper = await keeper();
	native.pidfdSignal(sleeper.pidfd, 0);
	const ended = new Promise((resolve) => native.onExit(sleeper.pidfd, resolve));
	native.pidfdSignal(sleeper.pidfd, 9);
	const alive = setInterval(() => {}, 1000);
	t.deepEqual(await ended, {code: undefined, signal: 9});
	clearInterval(alive);
	t.throws(() => native.pidfdSignal(sleeper.pidfd, 9), {code: 'ESRCH', message: 'pidfd_send_signal: ESRCH, No such process'});
	native.close(sleeper.pidfd);
});

test('the first in a new PID namespace is PID 1, and its pid here is another', async (t) => {
	const inside = await keeper({create: ['pid']});
	t.regex(readFileSync(`/proc/${inside.pid}/status`, 'utf8'), new RegExp(`^NSpid:(\\t\\d+)*\\t${inside.pid}\\t1$`, 'm'));
	t.is((await shell('echo $$', {create: ['pid']})).output, '1\n');
	await inside.end();
});

test('a process is born in the PID namespace it enters, and the next one at home again', async (t) => {
	const first = await keeper({create: ['pid']});
	const pid = native.open(`/proc/${first.pid}/ns/pid`);
	t.is((await shell('echo $$', {enter: {pid}})).output, '2\n');
	const home = await keeper();
	t.is(readlinkSync(`/proc/${home.pid}/ns/pid`), readlinkSync('/proc/self/ns/pid'));
	await home.end();
	await first.end();
	await t.throwsAsync(native.spawn({...plain, enter: {pid}}), {code: 'ENOMEM', message: /^clone: /}); // its PID 1 is gone
	t.is((await shell('true')).code, 0);
	native.close(pid);
});

test('a new PID namespace inside an entered one', async (t) => {
	const host = await keeper({create: ['pid']});
	const pid = native.open(`/proc/${host.pid}/ns/pid`);
	const inside = await keeper({enter: {pid}, create: ['pid'], dieWithParent: true});
	t.regex(readFileSync(`/proc/${inside.pid}/status`, 'utf8'), new RegExp(`^NSpid:(\\t\\d+)*\\t${inside.pid}\\t\\d+\\t1$`, 'm'));
	t.deepEqual(await inside.end(), {code: undefined, signal: 9});
	await t.throwsAsync(native.spawn({...plain, file: '/nowhere', enter: {pid}, create: ['pid']}), {message: /^execve: ENOENT/});
	await host.end();
	await t.throwsAsync(native.spawn({...plain, enter: {pid}, create: ['pid']}), {code: 'ENOMEM'});
	native.close(pid);
});

test('namespaces are entered by descriptor', async (t) => {
	const lab = await oneNetns();
	const host = await keeper({create: ['mnt', 'uts', 'ipc'], enter: {net: lab.netns}});
	const kinds = ['net', 'mnt', 'uts', 'ipc'] as const;
	const enter = Object.fromEntries(kinds.map((kind) => [kind, native.open(`/proc/${host.pid}/ns/${kind}`)]));
	const guest = await keeper({enter});
	for (const kind of kinds) {
		t.is(readlinkSync(`/proc/${guest.pid}/ns/${kind}`), readlinkSync(`/proc/${host.pid}/ns/${kind}`));
		t.not(readlinkSync(`/proc/${guest.pid}/ns/${kind}`), readlinkSync(`/proc/self/ns/${kind}`));
		native.close(enter[kind] ?? -1);
	}

	await guest.end();
	await host.end();
	lab.close();
});

test('what is changed in new mount and UTS namespaces stays there', async (t) => {
	const mounts = () => readFileSync('/proc/self/mountinfo', 'utf8').match(/^.* \/mnt .*$/gm);
	const before = mounts();
	const {output} = await shell('hostname elsewhere; mount -t tmpfs none /mnt && touch /mnt/here && ls /mnt && hostname', {create: ['mnt', 'uts']});
	t.is(output, 'here\nelsewhere\n');
	t.not(hostname(), 'elsewhere');
	t.deepEqual(mounts(), before);
});

test('a new root, with a program from inside or opened before', async (t) => {
	const root = mkdtempSync(join(tmpdir(), 'vethlab-'));
	t.teardown(() => rmSync(root, {recursive: true}));
	mkdirSync(join(root, 'usr'));
	mkdirSync(join(root, 'srv'));
	for (const name of ['bin', 'lib', 'lib64']) {
		symlinkSync(`usr/${name}`, join(root, name));
	}

	const ready = native.pipe();
	const script = `mount --rbind /usr ${root}/usr && echo ready && exec sleep 1000000 >&-`;
	const host = await keeper({file: '/bin/sh', args: ['sh', '-c', script], stdio: [-1, ready.write, 2], create: ['mnt']});
	native.close(ready.write);
	t.is(drain(ready.read), 'ready\n');
	const enter = {mnt: native.open(`/proc/${host.pid}/ns/mnt`)};
	t.is((await shell('pwd; echo /*', {enter, chroot: root})).output, '/\n/bin /lib /lib64 /srv /usr\n');
	t.is((await shell('pwd', {enter, chroot: root, cwd: '/srv'})).output, '/srv\n');
	await t.throwsAsync(native.spawn({...plain, chroot: root}), {message: /^execve: ENOENT/});
	await t.throwsAsync(native.spawn({...plain, chroot: join(root, 'none')}), {message: /^chroot: ENOENT/});
	await t.throwsAsync(native.spawn({...plain, enter, chroot: root, cwd: '/none'}), {message: /^chdir: ENOENT/});
	// Opened before the namespaces are entered: the file need not be inside, only what it loads.
	const outside = join(root, 'srv/echo');
	writeFileSync(outside, readFileSync('/bin/echo'), {mode: 0o755});
	t.is((await shell('', {file: outside, openFirst: true, args: ['echo', 'hello'], enter, chroot: root})).output, 'hello\n');
	native.close(enter.mnt);
	await host.end();
});

test('only the named capabilities are left, for good', async (t) => {
	const netAdmin = 1n << 12n;
	const {output} = await shell('grep ^Cap /proc/self/status; ip link add eth9 type dummy; mount -t tmpfs none /mnt; hostname x', {
		capabilities: netAdmin,
		create: ['mnt', 'uts'],
	});
	const sets = ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'].map((name) => `Cap${name}:\t000000000000${name === 'Amb' ? '0000' : '1000'}\n`).join('');
	t.is(output.slice(0, sets.length), sets);
	t.regex(output, /mount: .*(permission denied|must be superuser)/);
	t.regex(output, /hostname: you must be root/);
	t.is((await shell('grep ^CapEff /proc/self/status', {capabilities: 0n})).output, `CapEff:\t${'0'.repeat(16)}\n`);
});

test('user and group, where the user namespace has them', async (t) => {
	const covered = readFileSync('/proc/self/uid_map', 'utf8')
		.trim()
		.split('\n')
		.map((line) => line.trim().split(/\s+/).map(Number))
		.some(([first = 0, , count = 0]) => first <= 12_345 && 12_345 < first + count);
	t.is((await shell('id -u; id -g', {uid: 0, gid: 0})).output, '0\n0\n');
	const other = shell('id -u; id -g; id -G; grep -E "^Cap(Prm|Bnd)" /proc/self/status', {uid: 12_345, gid: 12_346, capabilities: 1n << 13n});
	await (covered
		? t.notThrowsAsync(async () => t.is((await other).output, `12345\n12346\n12346\nCapPrm:\t${'0'.repeat(16)}\nCapBnd:\t0000000000002000\n`))
		: t.throwsAsync(other, {code: 'EINVAL', message: /^setresgid: /}));
});

test('a program that cannot be run rejects with the reason', async (t) => {
	const folder = mkdtempSync(join(tmpdir(), 'vethlab-'));
	t.teardown(() => rmSync(folder, {recursive: true}));
	writeFileSync(join(folder, 'data'), 'no program');
	await t.throwsAsync(native.spawn({...plain, file: '/no/such'}), {code: 'ENOENT', message: 'execve: ENOENT, No such file or directory'});
	await t.throwsAsync(native.spawn({...plain, file: join(folder, 'data')}), {code: 'EACCES', message: 'execve: EACCES, Permission denied'});
	await t.throwsAsync(native.spawn({...plain, file: folder}), {code: 'EACCES'});
	await t.throwsAsync(native.spawn({...plain, file: '/no/such', openFirst: true}), {message: /^open: ENOENT/});
	await t.throwsAsync(native.spawn({...plain, file: join(folder, 'data'), openFirst: true}), {message: /^execveat: EACCES/});
	chmodSync(join(folder, 'data'), 0o755);
	await t.throwsAsync(native.spawn({...plain, file: join(folder, 'data')}), {message: /^execve: ENOEXEC/});
	await t.throwsAsync(native.spawn({...plain, cwd: '/no/such'}), {message: /^chdir: ENOENT/});
	await t.throwsAsync(native.spawn({...plain, stdio: [-1, 999_999]}), {message: /^dup3: EBADF/});
	await t.throwsAsync(native.spawn({...plain, enter: {net: 999_999}}), {message: /^setns: EBADF/});
	await t.throwsAsync(native.spawn({...plain, enter: {pid: 999_999}}), {message: /^setns: EBADF/});
	await t.throwsAsync(native.spawn({...plain, terminal: true}), {message: /^ioctl: ENOTTY/});
});

test('two hundred at once all run, each in its place', async (t) => {
	const {netns, route} = await native.netnsCreate(4);
	const runs = Array.from({length: 200}, async (_, index) => shell(`echo ${index}; readlink /proc/self/ns/net`, {enter: {net: netns[index % 4] ?? -1}}));
	const names = await Promise.all(netns.map(async (net) => (await shell('readlink /proc/self/ns/net', {enter: {net}})).output));
	for (const [index, {output, code}] of (await Promise.all(runs)).entries()) {
		t.is(code, 0);
		t.is(output, `${index}\n${names[index % 4]}`);
	}

	for (const fd of [...netns, ...route]) {
		native.close(fd);
	}
});

test('dieWithParent: when the process that spawned it is killed, the child is too', async (t) => {
	const script = `
		const native = require(process.argv[1]);
		const sleep = {file: '/bin/sleep', args: ['sleep', '1000000'], env: [], stdio: [-1, 1, -1], dieWithParent: true};
		Promise.all([native.spawn(sleep), native.spawn({...sleep, create: ['pid']})]).then((all) => { console.log('ready'); setInterval(() => {}, 1000); });`;
	const output = native.pipe();
	const parent = await native.spawn({...plain, file: process.execPath, args: ['node', '-e', script, addon], stdio: [-1, output.write, 2]});
	native.close(output.write);
	const line = Buffer.alloc(6);
	readSync(output.read, line);
	t.is(line.toString(), 'ready\n');
	native.pidfdSignal(parent.pidfd, 9);
	t.is((await exitOf(parent)).signal, 9);
	t.is(drain(output.read), ''); // comes to its end only when both children have let go
});

test('an unknown namespace kind is a TypeError', (t) => {
	const wrong = {...plain, create: ['net']} as unknown as SpawnOptions;
	t.throws(() => void native.spawn(wrong), {instanceOf: TypeError, message: 'create must hold pid, mnt, uts or ipc'});
	t.throws(() => void native.spawn({} as unknown as SpawnOptions), {instanceOf: TypeError, message: 'file must be a string without NUL'});
});
