// The servers of lab-web, and its httpd, as their clients see them over loopback. What `lab-web probe` says is in probe.test.ts.
import {createSocket, type RemoteInfo} from 'node:dgram';
import {once} from 'node:events';
import {mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {hostname, tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {connected, distinctBytes, ended, freePort, labWeb, pssKiB, reached, run, start, stateOf, text, ticks, until} from './programs.ts';

/** A running `lab-web serve` of one SPEC, whose port is put in. */
async function served(t: ExecutionContext, kind: string, options = '') {
	const port = await freePort();
	const child = start(t, labWeb, ['serve', `${kind}:${port}${options}`]);
	await until(() => stateOf(child) === 'S');
	return {child, port};
}

/** Sends the bytes of a request and gives back all of the answer. */
async function ask(t: ExecutionContext, port: number, request: string | Buffer, host = '127.0.0.1'): Promise<string> {
	const client = await reached(t, port, host);
	client.write(request);
	const answer = await text(client);
	client.destroy();
	return answer;
}

const plain = (status: string, body: string, length = body.length) =>
	`HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${body}`;

const answers = test.macro({
	async exec(t, options: string, request: string, answer: string) {
		const {port} = await served(t, 'http', options);
		t.is(await ask(t, port, request), answer);
	},
	title: (_title, options: string, request: string) => `http${options} to ${JSON.stringify(request)}`,
});

test(answers, '', 'GET / HTTP/1.1\r\n\r\n', plain('200 OK', `${hostname()}\n`));
test(answers, '', 'GET /any?thing HTTP/1.0\n\n', plain('200 OK', `${hostname()}\n`));
test(answers, '', 'HEAD / HTTP/1.1\r\nHost: x\r\n\r\n', plain('200 OK', '', hostname().length + 1));
test(answers, '', 'DELETE / HTTP/1.1\r\n\r\n', plain('405 Method Not Allowed', 'Method Not Allowed\n').replace('\r\n', '\r\nAllow: GET, HEAD\r\n'));
test(answers, ':echo=peer', 'GET / HTTP/1.1\r\n\r\n', plain('200 OK', '127.0.0.1\n'));
test(answers, ':echo=headers', 'GET / HTTP/1.1\r\nX: y\r\n\r\nrest', plain('200 OK', 'GET / HTTP/1.1\r\nX: y\r\n\r\n'));
test(answers, ':status=503:body=so%20be%3ait%0a', 'GET / HTTP/1.1\r\n\r\n', plain('503 Service Unavailable', 'so be:it\n'));
test(answers, ':body=', 'GET / HTTP/1.1\r\n\r\n', plain('200 OK', ''));
test(answers, ':status=204:body=x', 'GET / HTTP/1.1\r\n\r\n', 'HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n');
test(answers, '', 'hello\r\n', plain('400 Bad Request', 'Bad Request\n'));
test(answers, '', 'GET /\r\n', plain('400 Bad Request', 'Bad Request\n'));
test(answers, '', '\u0016\u0003\u0001', plain('400 Bad Request', 'Bad Request\n'));

test('it listens on IPv4 and IPv6 with a socket each, and sees who asks', async (t) => {
	const {port} = await served(t, 'http', ':echo=peer');
	t.true((await ask(t, port, 'GET / HTTP/1.1\r\n\r\n', '::1')).endsWith('\r\n\r\n::1\n'));
	t.true((await ask(t, port, 'GET / HTTP/1.1\r\n\r\n')).endsWith('\r\n\r\n127.0.0.1\n'));
});

test('each request is a line on stdout', async (t) => {
	const {child, port} = await served(t, 'http', ':status=404');
	await ask(t, port, 'GET /one?two HTTP/1.1\r\n\r\n');
	await ask(t, port, 'HEAD / HTTP/1.1\r\n\r\n', '::1');
	await ask(t, port, '\0\0\0');
	child.kill('SIGTERM');
	t.is(await text(child.stdout), 'GET /one?two 404 127.0.0.1\nHEAD / 404 ::1\n- - 400 127.0.0.1\n');
	t.is(await ended(child), 0);
});

test('a log that nobody reads does not stop it', async (t) => {
	const {child, port} = await served(t, 'http', ':status=204');
	const target = 'x'.repeat(900);
	// More than the 64 KiB of a pipe and what Node reads ahead.
	child.stdout?.pause();
	for (let round = 0; round < 10; round++) {
		// oxlint-disable-next-line no-await-in-loop -- rounds
		const all = await Promise.all(Array.from({length: 40}, async () => ask(t, port, `GET /${target} HTTP/1.1\r\n\r\n`)));
		t.true(all.every((answer) => answer.startsWith('HTTP/1.1 204 ')));
	}
});

test('garbage of many kinds is answered or closed, and the next client is served', async (t) => {
	const {child, port} = await served(t, 'http', ':body=ok');
	const noise = distinctBytes(200_000);
	const requests: (string | Buffer)[] = [];
	for (let index = 0; index < 20; index++) {
		requests.push(noise.subarray(index * 1000, index * 1000 + index + 1), `GET /${'y'.repeat(index * 2000)} HTTP/1.1\r\n`, noise.subarray(index));
	}

	const clients = await Promise.all(requests.map(async () => reached(t, port)));
	await Promise.all(clients.map(async (client, index) => text(client.end(requests[index] ?? ''))));
	t.is(child.exitCode, null);
	t.is(await ask(t, port, 'GET / HTTP/1.1\r\n\r\n'), plain('200 OK', 'ok'));
});

test('a head that is too long is told so, although more of it is on its way', async (t) => {
	const {port} = await served(t, 'http');
	const answer = await ask(t, port, `GET / HTTP/1.1\r\n${'Name: value\r\n'.repeat(20_000)}`);
	t.regex(answer, /^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/);
});

test('a request that comes in single bytes is served; many that never end do not hinder others', async (t) => {
	const {port} = await served(t, 'http', ':body=ok');
	const slow = await Promise.all(Array.from({length: 300}, async () => reached(t, port)));
	for (const client of slow) {
		client.write('GET / HT');
	}

	const [first, ...others] = slow;
	for (const byte of 'TP/1.1\r\n\r\n') {
		first?.write(byte);
		// oxlint-disable-next-line no-await-in-loop -- one packet each
		await new Promise((resolve) => setImmediate(resolve));
	}

	t.is(await text(first), plain('200 OK', 'ok'));
	t.is(await ask(t, port, 'GET / HTTP/1.1\r\n\r\n'), plain('200 OK', 'ok'));
	for (const client of others) {
		client.destroy();
	}
});

test('out of descriptors it lets clients wait without spinning, and gives up on idle ones after ten seconds', async (t) => {
	const port = await freePort();
	const child = start(t, 'prlimit', ['--nofile=40', labWeb, 'serve', `http:${port}`]);
	// (40 - 16) / 2 clients
	const idle = [await reached(t, port), ...(await Promise.all(Array.from({length: 11}, async () => connected(t, port))))];
	const answer = ask(t, port, 'GET / HTTP/1.1\r\n\r\n');
	await until(() => stateOf(child) === 'S');
	const before = ticks(child);
	t.regex(await answer, /^HTTP\/1\.1 200 OK/);
	t.true(ticks(child) - before <= 5);
	t.deepEqual(
		await Promise.all(idle.map(async (client) => text(client))),
		Array.from({length: 12}, () => ''),
	);
});

test('tcp tells the peer its address, or sends back what it gets', async (t) => {
	const peer = await served(t, 'tcp');
	t.is(await text(await reached(t, peer.port)), '127.0.0.1\n');
	t.is(await text(await reached(t, peer.port, '::1')), '::1\n');
	const echo = await served(t, 'tcp', ':echo');
	const client = await reached(t, echo.port);
	const data = distinctBytes(3_000_000);
	client.end(data);
	t.is(await text(client), data.toString());
});

test('udp does the same, from the address that was asked', async (t) => {
	const peer = await served(t, 'udp');
	const echo = await served(t, 'udp', ':echo');
	const client = createSocket('udp4');
	t.teardown(() => client.close());
	for (const [port, expected] of [
		[peer.port, '127.0.0.1\n'],
		[echo.port, 'hello'],
	] as const) {
		client.send('hello', port, '127.0.0.3');
		// oxlint-disable-next-line no-await-in-loop -- a conversation
		const [message, from] = (await once(client, 'message')) as [Buffer, RemoteInfo];
		t.deepEqual([message.toString(), from.address], [expected, '127.0.0.3']);
	}
});

test('a port that is taken is named', async (t) => {
	const {port} = await served(t, 'http');
	const {exit, stderr} = await run(t, labWeb, ['serve', `http:${port}`]);
	t.deepEqual([exit, stderr], [1, `lab-web: bind 0.0.0.0:${port}: Address already in use\n`]);
});

const refuses = test.macro({
	async exec(t, spec: string) {
		const {exit, stderr} = await run(t, labWeb, ['serve', spec]);
		t.deepEqual([exit, stderr], [2, `lab-web: not a server: ${spec}\n`]);
	},
	title: (_title, spec: string) => `it refuses to serve "${spec}"`,
});

for (const spec of [
	'http',
	'http:',
	'http:0',
	'http:65536',
	'http:80:',
	'http:80:status=199',
	'http:80:echo=all',
	'tcp:80:echo=peer',
	'udp:80:status=200',
	'ftp:21',
]) {
	test(refuses, spec);
}

test('sixteen servers that nobody uses take 60 kB of memory each at most', async (t) => {
	const children = await Promise.all(Array.from({length: 16}, async () => (await served(t, 'http')).child));
	for (const child of children) {
		t.true(pssKiB(child) <= 60, `${pssKiB(child)} kB`);
	}
});

test('pause waits until it is asked to end, and does so well as the first process of a container too', async (t) => {
	const child = start(t, labWeb, ['pause']);
	await until(() => stateOf(child) === 'S');
	child.kill('SIGTERM');
	t.is(await ended(child), 0);
	// PID 1 of a PID namespace: a child of the shell's becomes its own, ends, and must not stay as a zombie.
	const script = `(sleep 0.05 &) ; exec ${labWeb} pause`;
	const scope = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
	const first = start(t, 'unshare', [...scope, '--pid', '--fork', '--kill-child', 'sh', '-c', script]);
	const children = async () => (await run(t, 'pgrep', ['-P', String(first.pid)])).stdout.trim();
	let pid = '';
	while (pid === '') {
		// oxlint-disable-next-line no-await-in-loop -- a poll
		pid = await children();
	}

	let isAlone = false;
	let name = '';
	while (!isAlone || name !== 'lab-web') {
		// oxlint-disable-next-line no-await-in-loop -- a poll
		isAlone = (await run(t, 'pgrep', ['-P', pid])).stdout === '';
		// oxlint-disable-next-line no-await-in-loop -- a poll
		name = (await run(t, 'ps', ['-o', 'comm=', '-p', pid])).stdout.trim();
	}

	process.kill(Number(pid), 'SIGTERM');
	t.is(await ended(first), 0);
});

/** A directory with a page, and the program under the name of httpd. */
function site(t: ExecutionContext) {
	const directory = mkdtempSync(join(tmpdir(), 'httpd-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const httpd = join(directory, 'httpd');
	symlinkSync(labWeb, httpd);
	writeFileSync(join(directory, 'index.html'), '<p>hello</p>\n');
	writeFileSync(join(directory, 'big.bin'), distinctBytes(3_000_000));
	return {directory, httpd};
}

test('httpd serves a directory, and nothing beside it', async (t) => {
	const {directory, httpd} = site(t);
	const port = await freePort();
	start(t, httpd, ['-f', '-p', `127.0.0.1:${port}`, '-h', directory]);
	const page = 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\nConnection: close\r\n\r\n';
	t.is(await ask(t, port, 'GET / HTTP/1.1\r\n\r\n'), `${page}<p>hello</p>\n`);
	t.is(await ask(t, port, 'HEAD /index.html?x HTTP/1.1\r\n\r\n'), page);
	t.true((await ask(t, port, 'GET /big.bin HTTP/1.1\r\n\r\n')).endsWith(distinctBytes(3_000_000).toString()));
	for (const target of ['/none', '/../httpd', '/%2e%2e/etc/passwd', '/a/..', '/index.html%00', 'index.html', `/${'a'.repeat(5000)}`]) {
		// oxlint-disable-next-line no-await-in-loop -- rows
		t.regex(await ask(t, port, `GET ${target} HTTP/1.1\r\n\r\n`), /^HTTP\/1\.1 404 /, target);
	}
});

test('httpd on a port that is taken says what busybox says', async (t) => {
	const {port} = await served(t, 'http');
	const {httpd} = site(t);
	for (const args of [
		['-p', String(port)],
		['-fp', String(port)],
		['-f', `-p0.0.0.0:${port}`],
	]) {
		// oxlint-disable-next-line no-await-in-loop -- rows
		const {exit, stderr} = await run(t, httpd, args);
		t.deepEqual([exit, stderr], [1, 'httpd: bind: Address already in use\n']);
	}
});

test('httpd without -f leaves a server behind and returns', async (t) => {
	const {directory, httpd} = site(t);
	const port = await freePort();
	t.is((await run(t, httpd, ['-p', String(port), '-h', directory])).exit, 0);
	t.true((await ask(t, port, 'GET / HTTP/1.1\r\n\r\n', '::1')).endsWith('<p>hello</p>\n'));
	t.true((await ask(t, port, 'GET / HTTP/1.1\r\n\r\n')).endsWith('<p>hello</p>\n'));
	const {stdout} = await run(t, 'pgrep', ['-f', `^${httpd} -p ${port}`]);
	process.kill(Number(stdout), 'SIGTERM');
	t.pass();
});
