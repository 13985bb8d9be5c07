// Network namespaces: made, entered, left. Everything happens inside namespaces that these tests make.
import {fstatSync, readFileSync, readdirSync, readlinkSync, statSync} from 'node:fs';
import {createServer} from 'node:net';
import {once} from 'node:events';
import test from 'ava';
import {environment, native, oneNetns, shell} from './support.ts';

const refused = (code: string, syscall: string) => ({instanceOf: Error, code, message: new RegExp(`^${syscall}: ${code}, \\w`)});

test('each namespace made is a new one with a lo that is down, and its route socket is inside', async (t) => {
	const {netns, route} = await native.netnsCreate(3);
	const own = statSync('/proc/self/ns/net').ino;
	t.is(new Set([own, ...netns.map((fd) => fstatSync(fd).ino)]).size, 4);
	t.is(new Set(route).size, 3);
	const {output} = await shell('ip -o link', {enter: {net: netns[1] ?? -1}});
	t.regex(output, /^1: lo: <LOOPBACK> .* state DOWN [^\n]*\n$/);
	for (const fd of [...netns, ...route]) {
		native.close(fd);
	}
});

test('none at all can be made', async (t) => {
	t.deepEqual(await native.netnsCreate(0), {netns: [], route: []});
});

test('a count that is no count is a TypeError', (t) => {
	t.throws(() => void native.netnsCreate(-1), {instanceOf: TypeError, message: 'count must be a whole number in range'});
	t.throws(() => void native.netnsCreate(1.5), {instanceOf: TypeError});
});

test.serial('no thread of ours stays in a namespace, so that its last descriptor ends it', async (t) => {
	const home = readlinkSync('/proc/self/ns/net');
	const lab = await oneNetns();
	await native.readFiles(lab.netns, ['/proc/sys/net/ipv4/ip_forward']);
	await shell('true', {enter: {net: lab.netns}});
	const places = readdirSync('/proc/self/task').map((thread) => readlinkSync(`/proc/self/task/${thread}/ns/net`));
	t.deepEqual([...new Set(places)], [home]);
	lab.close();
});

test('files are written and read as their namespace sees them', async (t) => {
	const [a, b] = [await oneNetns(), await oneNetns()];
	const path = '/proc/sys/net/ipv4/ip_forward';
	t.deepEqual(await native.writeFiles(a.netns, [{path, value: '1'}]), [0]);
	t.deepEqual(
		await native.writeFilesIn([
			{netns: b.netns, path, value: '0'},
			{netns: a.netns, path: '/proc/sys/net/ipv4/ip_default_ttl', value: '33'},
		]),
		[0, 0],
	);
	t.deepEqual(await native.readFiles(a.netns, [path, '/proc/sys/net/ipv4/ip_default_ttl']), ['1\n', '33\n']);
	t.deepEqual(await native.readFiles(b.netns, [path, '/proc/sys/net/ipv4/ip_default_ttl']), ['0\n', '64\n']);
	const [devices] = await native.readFiles(a.netns, ['/proc/thread-self/net/dev']);
	t.regex(devices ?? '', /^[^\n]*\n[^\n]*\n *lo:[^\n]*\n$/);
	a.close();
	b.close();
});

test('a file that cannot be written gives its errno and the others are written', async (t) => {
	const lab = await oneNetns();
	const path = '/proc/sys/net/ipv4/ip_default_ttl';
	t.deepEqual(
		await native.writeFilesIn([
			{netns: lab.netns, path: '/proc/sys/net/no/such', value: '1'},
			{netns: lab.netns, path, value: 'many'},
			{netns: -1, path, value: '1'},
			{netns: lab.netns, path, value: '7'},
		]),
		[2, 22, 9, 0], // ENOENT, EINVAL, EBADF
	);
	t.deepEqual(await native.readFiles(lab.netns, [path, '/proc/sys/net/no/such', '/proc/sys/net']), ['7\n', undefined, undefined]);
	lab.close();
});

test('what is no network namespace cannot be entered', async (t) => {
	const uts = native.open('/proc/self/ns/uts');
	await t.throwsAsync(native.readFiles(uts, []), refused('EINVAL', 'setns'));
	await t.throwsAsync(native.readFiles(-1, []), refused('EBADF', 'setns'));
	await t.throwsAsync(native.listen(-1, 'tcp', '127.0.0.1', 80), refused('EBADF', 'setns'));
	native.close(uts);
});

test('a listening socket serves inside its namespace, through Node', async (t) => {
	const lab = await oneNetns();
	await shell('ip link set lo up', {enter: {net: lab.netns}});
	const server = createServer((socket) => socket.end('from inside'));
	const fd = await native.listen(lab.netns, 'tcp', '127.0.0.1', 80);
	const inode = fstatSync(fd).ino;
	t.teardown(() => server.close());
	await once(server.listen({fd}), 'listening');
	const {output} = await shell('', {
		file: '/bin/bash',
		args: ['bash', '-c', 'ss -Htln; exec 3<>/dev/tcp/127.0.0.1/80; cat <&3'],
		enter: {net: lab.netns},
	});
	t.regex(output, /^LISTEN 0 +\d+ +127\.0\.0\.1:80 [^\n]*\nfrom inside$/);
	const table = '/proc/thread-self/net/tcp';
	const [inside] = await native.readFiles(lab.netns, [table]);
	t.true(inside?.includes(` ${inode} `));
	t.false(readFileSync(table, 'utf8').includes(` ${inode} `));
	lab.close();
});

test('a port is bound once for each protocol and address family, and free in another namespace', async (t) => {
	const [a, b] = [await oneNetns(), await oneNetns()];
	await shell('ip link set lo up', {enter: {net: a.netns}}); // before the first address any address can be bound
	const fds = await Promise.all([
		native.listen(a.netns, 'tcp', '0.0.0.0', 8080),
		native.listen(a.netns, 'tcp', '::', 8080),
		native.listen(a.netns, 'udp', '0.0.0.0', 8080),
		native.listen(a.netns, 'udp', '::', 8080),
		native.listen(b.netns, 'tcp', '0.0.0.0', 8080),
	]);
	await t.throwsAsync(native.listen(a.netns, 'tcp', '0.0.0.0', 8080), refused('EADDRINUSE', 'bind'));
	await t.throwsAsync(native.listen(a.netns, 'udp', '::', 8080), refused('EADDRINUSE', 'bind'));
	await t.throwsAsync(native.listen(a.netns, 'tcp', '192.0.2.1', 80), refused('EADDRNOTAVAIL', 'bind'));
	t.throws(() => void native.listen(a.netns, 'tcp', 'localhost', 80), {message: 'listen: EINVAL, Invalid argument'});
	t.throws(() => void native.listen(a.netns, 'tcp', '::1', 65_536), {message: 'listen: EINVAL, Invalid argument'});
	for (const fd of fds) {
		native.close(fd);
	}

	a.close();
	b.close();
});

test('a value with a NUL byte is refused before the kernel could cut it short', (t) => {
	t.throws(() => void native.open('/proc/self\0/x'), {instanceOf: TypeError, message: 'path must be a string without NUL'});
	t.throws(() => void native.spawn({file: '/bin/true', args: ['a\0b'], env: environment, stdio: []}), {instanceOf: TypeError});
});
