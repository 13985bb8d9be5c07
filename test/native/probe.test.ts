// `lab-web probe`: each result it can come to, told from the others, over loopback and in network namespaces made for it.
import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {packageFile} from '../../src/base/paths.ts';
import type {ProbeResult} from '../../src/api/messages.ts';
import {bytes, distinctBytes, freePort, labWeb, run, serverOf} from './programs.ts';

type Said = Partial<ProbeResult>;

/** One line of JSON, exit code 0; `micros` is checked to be a time and taken out. */
function said(t: ExecutionContext, line: string): Said {
	t.regex(line, /^\{[^\n]+\}\n$/);
	const {micros, ...rest} = JSON.parse(line) as Said;
	t.true(rest.result === 'ok' ? Number.isInteger(micros) : micros === undefined || Number.isInteger(micros));
	return rest;
}

/** However long the servers of this process take to answer, unless a test says otherwise. */
const patiently = ['--timeout', '60000'];

async function probe(t: ExecutionContext, ...args: readonly string[]): Promise<Said> {
	const {exit, stdout, stderr} = await run(t, labWeb, ['probe', ...args, ...(args.includes('--timeout') ? [] : patiently)]);
	t.deepEqual([exit, stderr], [0, '']);
	return said(t, stdout);
}

/** An HTTP server that gives these bytes to whoever asks, and closes. */
async function answering(t: ExecutionContext, answer: string | Buffer): Promise<string> {
	const {port} = await serverOf(t, (socket) => socket.once('data', () => socket.end(answer)));
	return `http://127.0.0.1:${port}/`;
}

const http = test.macro({
	async exec(t, answer: string | Buffer, expected: Said) {
		t.deepEqual(await probe(t, 'http', await answering(t, answer)), {address: '127.0.0.1', ...expected});
	},
	title: (_title, answer: string | Buffer) => `http: what comes of ${JSON.stringify(answer.toString('latin1').slice(0, 80))}`,
});

test(http, 'HTTP/1.1 200 OK\r\n\r\nhello', {result: 'ok', status: 200, body: 'hello'});
test(http, 'HTTP/1.0 404 Not Found\nContent-Length: 2\n\nno, and more', {result: 'ok', status: 404, body: 'no'});
test(http, 'HTTP/1.1 204 No Content\r\n\r\n', {result: 'ok', status: 204, body: ''});
test(http, 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n', {result: 'ok', status: 200, body: 'abcde'});
test(http, 'HTTP/1.1 200 OK\r\ntransfer-encoding:chunked\r\n\r\n5\r\nabc', {
	result: 'closed',
	said: 'closed before the body was whole',
	status: 200,
	body: 'abc',
});
test(http, 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc', {result: 'closed', said: 'closed before the body was whole', status: 200, body: 'abc'});
test(http, '', {result: 'closed', said: 'connected, then closed without an answer'});
test(http, 'SSH-2.0-x\r\n', {result: 'error', said: 'the answer is not HTTP', body: 'SSH-2.0-x\r\n'});
test(http, 'HTTP/1.1 200 OK\r\n\r\n"\\/\u0001\u007F€', {result: 'ok', status: 200, body: '"\\/\u0001\u007F€'});
test(http, Buffer.from('485454502f312e3120323030204f4b0d0a0d0a00ff41c0afeda080f48fbfbff4908080e282', 'hex'), {
	result: 'ok',
	status: 200,
	// U+FFFD for each byte that is not of a character: an overlong form, a surrogate, beyond U+10FFFF, cut off
	body: `\0\uFFFDA\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\u{10FFFF}${'\uFFFD'.repeat(6)}`,
});

test('http: every byte there is makes one line of well-formed JSON', async (t) => {
	const data = distinctBytes(60_000);
	const {body} = await probe(t, 'http', await answering(t, Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), data])));
	// How many U+FFFD a broken sequence becomes is each decoder's choice.
	const gathered = (words: string | undefined) => words?.replaceAll(/\uFFFD+/g, '\uFFFD');
	t.true(gathered(body) === gathered(new TextDecoder('utf-8', {ignoreBOM: true}).decode(data)));
});

test('http: of a body the first 64 KiB are kept', async (t) => {
	const {result, body} = await probe(t, 'http', await answering(t, `HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(1_000_000)}`));
	t.deepEqual([result, body], ['ok', 'x'.repeat(65_536)]);
});

test('http: the request has the path, the host with its port, and asks for the end of the connection', async (t) => {
	let head = '';
	const {port} = await serverOf(t, (socket) =>
		socket.once('data', (data: Buffer) => {
			head = data.toString();
			socket.once('data', (more: Buffer) => {
				head += more.toString();
			});
			setTimeout(() => socket.end('HTTP/1.1 200 OK\r\n\r\n'), 50);
		}),
	);
	await probe(t, 'http', `http://localhost:${port}/a?b#c`);
	t.is(head, `GET /a?b HTTP/1.0\r\nHost: localhost:${port}\r\nUser-Agent: lab-web\r\nAccept: */*\r\nConnection: close\r\n\r\n`);
});

test('http: a server that never answers, and one whose body does not end', async (t) => {
	const silent = await serverOf(t, (socket) => socket.resume());
	t.deepEqual(await probe(t, 'http', `http://127.0.0.1:${silent.port}`, '--timeout', '100'), {
		result: 'timeout',
		said: 'connected, but no answer',
		address: '127.0.0.1',
	});
	const endless = await serverOf(t, (socket) => socket.resume().write('HTTP/1.1 200 OK\r\n\r\nabc'));
	const {result, said: words, status} = await probe(t, 'http', `http://127.0.0.1:${endless.port}`, '--timeout', '5000');
	t.deepEqual([result, words, status], ['timeout', 'the body did not end', 200]);
});

for (const url of ['127.0.0.1', 'https://127.0.0.1', 'http://', 'http://[::1', 'http://x:0', 'http://x:65536', 'http://x/a b', 'http://x:80y/']) {
	test(`http: "${url}" is not an address it can go to`, async (t) => {
		t.is((await probe(t, 'http', url)).said, 'not an address of the form http://HOST[:PORT][/PATH]');
	});
}

test('tcp: connected is ok; what is sent is answered until the peer pauses or closes', async (t) => {
	const echo = await serverOf(t, (socket) => socket.pipe(socket));
	const words = ['tcp', '127.0.0.1', String(echo.port)];
	t.deepEqual(await probe(t, ...words), {result: 'ok', address: '127.0.0.1'});
	t.deepEqual(await probe(t, ...words, '--send', 'héllo'), {result: 'ok', address: '127.0.0.1', body: 'héllo'});
	const greeting = await serverOf(t, (socket) => socket.end('hello'));
	t.deepEqual(await probe(t, 'tcp', 'localhost', String(greeting.port), '--send', ''), {result: 'ok', address: '127.0.0.1', body: 'hello'});
});

test('tcp: the source port is the one that was asked for, twice in a row', async (t) => {
	const {port} = await serverOf(t, (socket) => socket.end(`${socket.remotePort}`));
	const source = String(await freePort());
	for (const body of [source, source]) {
		// oxlint-disable-next-line no-await-in-loop -- one after the other is what is tested
		t.is((await probe(t, 'tcp', '127.0.0.1', String(port), '--send', '', '--source-port', source)).body, body);
	}
});

test('tcp: refused, closed without an answer, silent, and a source port that is taken', async (t) => {
	const refused = await probe(t, 'tcp', '127.0.0.1', String(await freePort()));
	t.deepEqual(refused, {result: 'refused', said: 'Connection refused', address: '127.0.0.1'});
	const closing = await serverOf(t, (socket) => socket.end());
	const closed = await probe(t, 'tcp', '127.0.0.1', String(closing.port), '--send', 'x');
	t.is(closed.result, 'closed');
	const silent = await serverOf(t, async (socket) => bytes(socket));
	const timeout = await probe(t, 'tcp', '127.0.0.1', String(silent.port), '--send', 'x', '--timeout', '100');
	t.deepEqual(timeout, {result: 'timeout', said: 'connected, but no answer', address: '127.0.0.1'});
	const taken = await probe(t, 'tcp', '127.0.0.1', String(closing.port), '--source-port', String(silent.port));
	t.deepEqual([taken.result, taken.said], ['error', 'source port: Address already in use']);
});

test('udp: answered, refused by an ICMP error with its sender, silent', async (t) => {
	const socket = createSocket('udp4');
	t.teardown(() => socket.close());
	socket.bind(0, '127.0.0.1');
	await once(socket, 'listening');
	const {port} = socket.address();
	t.deepEqual(await probe(t, 'udp', '127.0.0.1', String(port), '--timeout', '100'), {result: 'timeout', said: 'no answer', address: '127.0.0.1'});
	socket.on('message', (message, from) => socket.send(`${message.toString()} pong`, from.port, from.address));
	t.is((await probe(t, 'udp', '127.0.0.1', String(port))).body, 'ping pong');
	t.is((await probe(t, 'udp', '127.0.0.1', String(port), '--send', '')).body, ' pong');
	const words = ['udp', '::1', String(await freePort())];
	t.deepEqual(await probe(t, ...words), {result: 'refused', said: 'Connection refused (ICMP port unreachable from ::1)', address: '::1'});
});

test('a call that is wrong is told on stderr and exits with 2', async (t) => {
	for (const args of [
		[],
		['ftp', 'x'],
		['tcp', 'x'],
		['tcp', 'x', '0'],
		['http', 'http://x', '--timeout'],
		['ping', 'x', '--count', '0'],
		['udp', 'x', '1', '--fast'],
	]) {
		// oxlint-disable-next-line no-await-in-loop -- rows
		const {exit, stdout, stderr} = await run(t, labWeb, ['probe', ...args]);
		t.deepEqual([exit, stdout], [2, '']);
		t.regex(stderr, /^lab-web: [^\n]+\n$/);
	}
});

const unshare = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];

/** What probes say in a network namespace of their own, prepared by a shell script. */
async function inNetns(t: ExecutionContext, setUp: string, probes: readonly string[]): Promise<readonly Said[]> {
	const script = ['set -e', 'ip link set lo up', setUp, ...probes.map((words) => `${labWeb} probe ${words}`)].join('\n');
	const {exit, stdout, stderr} = await run(t, 'unshare', [...unshare, '--net', 'sh', '-c', script]);
	t.deepEqual([exit, stderr], [0, '']);
	return stdout.split(/(?<=\n)/).map((line) => said(t, line));
}

/** A veth pair whose other end answers nothing. */
const blackHole = `
ip link add v0 type veth peer name v1
ip link set v0 up
ip link set v1 up
ip addr add 192.0.2.1/24 dev v0
ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev v0 nud permanent`;

test('in a netns: a peer that is silent, one that nobody has, a network without a route', async (t) => {
	const results = await inNetns(t, blackHole, [
		'tcp 192.0.2.2 80 --timeout 100',
		'udp 192.0.2.2 80 --timeout 100',
		'ping 192.0.2.2 --timeout 100',
		'http http://192.0.2.2/ --timeout 100',
		'tcp 192.0.2.3 80 --timeout 20000',
		'ping 192.0.2.3 --timeout 20000',
		'tcp 198.51.100.1 80',
		'udp 198.51.100.1 80',
		'ping 2001:db8::1',
	]);
	const nobody = {result: 'unreachable', said: 'No route to host (ICMP host unreachable from 192.0.2.1)', address: '192.0.2.3'};
	t.deepEqual(results, [
		{result: 'timeout', said: 'no answer to the connection request', address: '192.0.2.2'},
		{result: 'timeout', said: 'no answer', address: '192.0.2.2'},
		{result: 'timeout', said: 'no answer', address: '192.0.2.2'},
		{result: 'timeout', said: 'no answer to the connection request', address: '192.0.2.2'},
		nobody,
		nobody,
		{result: 'unreachable', said: 'Network is unreachable', address: '198.51.100.1'},
		{result: 'unreachable', said: 'Network is unreachable', address: '198.51.100.1'},
		{result: 'unreachable', said: 'Network is unreachable', address: '2001:db8::1'},
	]);
});

test('in a netns: rules that drop on the way out, drop on the way in, and reject in three ways', async (t) => {
	const rules = `
iptables -A OUTPUT -d 127.0.0.2 -j DROP
iptables -A INPUT -d 127.0.0.3 -j DROP
iptables -A INPUT -d 127.0.0.4 -j REJECT
iptables -A INPUT -d 127.0.0.5 -j REJECT --reject-with icmp-host-prohibited
iptables -A INPUT -d 127.0.0.6 -p tcp -j REJECT --reject-with tcp-reset`;
	const results = await inNetns(t, rules, [
		'udp 127.0.0.2 80',
		'ping 127.0.0.2',
		'tcp 127.0.0.3 80 --timeout 100',
		'tcp 127.0.0.4 80',
		'ping 127.0.0.4',
		'tcp 127.0.0.5 80',
		'tcp 127.0.0.6 80',
	]);
	const dropped = {result: 'error', said: 'Operation not permitted (a rule of this machine dropped it)', address: '127.0.0.2'};
	t.deepEqual(results, [
		dropped,
		dropped,
		{result: 'timeout', said: 'no answer to the connection request', address: '127.0.0.3'},
		{result: 'refused', said: 'Connection refused (ICMP port unreachable from 127.0.0.4)', address: '127.0.0.4'},
		{result: 'unreachable', said: 'Connection refused (ICMP port unreachable from 127.0.0.4)', address: '127.0.0.4'},
		{result: 'unreachable', said: 'No route to host (ICMP host prohibited from 127.0.0.5)', address: '127.0.0.5'},
		{result: 'refused', said: 'Connection refused', address: '127.0.0.6'},
	]);
});

/** client 10.1.0.1 - router 10.1.0.2, 10.2.0.2 (mtu 1400) - server 10.2.0.1, each a namespace below this one. */
const router = `
keep() { unshare --net sleep 1000 & pid=$!; while [ "$(readlink /proc/$pid/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done; }
keep; r=$pid
keep; s=$pid
trap "kill $r $s" EXIT
ip link add c0 type veth peer name r0 netns $r
ip addr add 10.1.0.1/24 dev c0
ip link set c0 up
ip route add default via 10.1.0.2
nsenter --net=/proc/$r/ns/net sh -ec "
	ip link add r1 mtu 1400 type veth peer name s0 mtu 1400 netns $s
	ip addr add 10.1.0.2/24 dev r0
	ip addr add 10.2.0.2/24 dev r1
	ip link set r0 up
	ip link set r1 up
	echo 1 > /proc/sys/net/ipv4/ip_forward"
nsenter --net=/proc/$s/ns/net sh -ec "
	ip addr add 10.2.0.1/24 dev s0
	ip link set s0 up
	ip route add default via 10.2.0.2"
# what is sent before the kernel has told an interface that its other end is there gets lost (linkwatch)
for at in self/c0 $r/r0 $r/r1 $s/s0; do
	until nsenter --net=/proc/\${at%/*}/ns/net ip -o link show dev \${at#*/} | grep -q "state UP"; do sleep 0.01; done
done`;

test('in a netns: with --df too big for the own link and for one further on, without it cut up and answered', async (t) => {
	const results = await inNetns(t, router, [
		'ping 10.2.0.1 --count 3',
		'ping 10.2.0.1 --df --size 1372',
		'ping 10.2.0.1 --size 1400',
		'ping 10.2.0.1 --size 4000',
		'ping 10.1.0.2 --df --size 1473',
		'ping 10.2.0.1 --df --size 1373',
		'tcp 10.2.0.1 80',
		'udp 10.2.0.1 80',
	]);
	t.deepEqual(results, [
		...Array.from({length: 4}, () => ({result: 'ok', address: '10.2.0.1'})),
		{result: 'too-big', said: 'Message too long (mtu 1500)', address: '10.1.0.2'},
		{result: 'too-big', said: 'Message too long (ICMP fragmentation needed from 10.1.0.2) (mtu 1400)', address: '10.2.0.1'},
		{result: 'refused', said: 'Connection refused', address: '10.2.0.1'},
		{result: 'refused', said: 'Connection refused (ICMP port unreachable from 10.2.0.1)', address: '10.2.0.1'},
	]);
});

test('ping: over IPv4 and IPv6, small and large, also where ping sockets are allowed', async (t) => {
	const allow = 'echo "0 0" > /proc/sys/net/ipv4/ping_group_range';
	for (const setUp of ['', allow]) {
		// oxlint-disable-next-line no-await-in-loop -- two machines
		const results = await inNetns(t, setUp, ['ping 127.0.0.1 --count 3', 'ping ::1 --size 0', 'ping 127.0.0.1 --size 65507', 'ping localhost']);
		t.deepEqual(
			results.map(({result, address}) => [result, address]),
			[
				['ok', '127.0.0.1'],
				['ok', '::1'],
				['ok', '127.0.0.1'],
				['ok', '127.0.0.1'],
			],
		);
	}
});

/** Of the servers of name-server.mjs the one that never answers; all the others do, also when the machine is busy. */
const silent = '127.0.0.2';
const patienceMs = (isOneSilent: boolean): number => (isOneSilent ? 4000 : 60_000);

/** What these probes say with these files in /etc, against the nameservers of name-server.mjs. */
async function asked(t: ExecutionContext, resolvConf: string, probes: readonly string[], hosts = ''): Promise<readonly Said[]> {
	const directory = mkdtempSync(join(tmpdir(), 'names-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	writeFileSync(join(directory, 'resolv.conf'), resolvConf);
	writeFileSync(join(directory, 'hosts'), hosts);
	const server = packageFile('test/native/name-server.mjs');
	const script = `
set -e
mount --bind ${directory}/resolv.conf /etc/resolv.conf
mount --bind ${directory}/hosts /etc/hosts
ip link set lo up
exec "$@"`;
	const commands = probes.map((words) => `${labWeb} probe ${words}`);
	const {exit, stdout, stderr} = await run(t, 'unshare', [...unshare, '--net', '--mount', 'sh', '-c', script, 'sh', process.execPath, server, ...commands]);
	t.deepEqual([exit, stderr], [0, '']);
	return stdout.split(/(?<=\n)/).map((line) => said(t, line));
}

/** What names come to. No server answers on the port that is tried: found is "refused". */
async function resolved(t: ExecutionContext, resolvConf: string, names: readonly string[], hosts = ''): Promise<readonly (string | undefined)[]> {
	const probes = names.map((name) => `udp ${name} 9 --timeout ${patienceMs(resolvConf.includes(silent))}`);
	return (await asked(t, resolvConf, probes, hosts)).map(({result, address, said: words}) => (result === 'unresolved' ? words : address));
}

test('names: /etc/hosts first, then the nameserver; IPv4 before IPv6', async (t) => {
	const hosts = '# a comment\n192.0.2.1\tone.test  one # first\n\n2001:db8::1 two\n192.0.2.2 TWO\n2001:db8::3 three\nnonsense four';
	t.deepEqual(
		await resolved(t, 'nameserver 127.0.0.1\n', ['one', 'One.Test', 'two', 'three', 'four', 'web.test', 'six.test', 'both.test', 'empty.test'], hosts),
		[
			'192.0.2.1',
			'192.0.2.1',
			'192.0.2.2',
			'2001:db8::3',
			'four: no such name, says 127.0.0.1',
			'192.0.2.7',
			'2001:db8::6',
			'192.0.2.8',
			'empty.test: no such name, says 127.0.0.1',
		],
	);
});

test('names: search domains, ndots and a closing dot', async (t) => {
	t.deepEqual(await resolved(t, 'search none.test test\nnameserver 127.0.0.1', ['web', 'web.', 'web.test.', 'a.b', 'localhost']), [
		'192.0.2.7',
		'web.: no such name, says 127.0.0.1',
		'192.0.2.7',
		'192.0.2.9',
		'127.0.0.1',
	]);
	t.deepEqual(await resolved(t, 'options timeout:1 ndots:2\nnameserver 127.0.0.1\ndomain test\n', ['a.b', 'a.b.']), ['192.0.2.10', '192.0.2.9']);
});

test('names: a nameserver that is silent, fails, is not there or talks garbage is passed over for the next, or named', async (t) => {
	const servers = [2, 3, 5, 4].map((last) => `nameserver 127.0.0.${last}\n`);
	for (const server of servers.slice(0, 3)) {
		// oxlint-disable-next-line no-await-in-loop -- rows
		t.deepEqual(await resolved(t, `${server}nameserver 127.0.0.1\n`, ['web.test']), ['192.0.2.7']);
	}

	const words = await Promise.all(servers.map(async (server) => resolved(t, server, ['web.test'])));
	t.deepEqual(words.flat(), [
		'web.test: no answer from 127.0.0.2',
		'web.test: refused by 127.0.0.3: SERVFAIL',
		'web.test: cannot ask 127.0.0.5: Connection refused',
		'web.test: no such name, says 127.0.0.4',
	]);
	t.deepEqual(await resolved(t, '', ['web.test', `${'a'.repeat(64)}.test`, 'a..b', "''"]), [
		'192.0.2.7',
		`${'a'.repeat(64)}.test: no such name, says 127.0.0.1`,
		'a..b: no such name, says 127.0.0.1',
		'an empty name',
	]);
});

const dns = test.macro({
	async exec(t, words: string, expected: Said) {
		const [seen] = await asked(t, 'nameserver 127.0.0.1\nsearch test\n', [`dns ${words} --timeout ${patienceMs(words.includes(silent))}`]);
		t.deepEqual(seen, {address: '127.0.0.1', ...expected});
	},
	title: (_title, words: string) => `dns: what ${words} is answered`,
});

test(dns, 'web.test', {result: 'ok', rcode: 'NOERROR', answers: ['192.0.2.7']});
test(dns, 'WEB.test.', {result: 'ok', rcode: 'NOERROR', answers: ['192.0.2.7']});
test(dns, 'web', {result: 'unresolved', said: 'NXDOMAIN', rcode: 'NXDOMAIN', answers: []});
test(dns, 'both.test --type AAAA', {result: 'ok', rcode: 'NOERROR', answers: ['2001:db8::7']});
test(dns, 'six.test', {result: 'ok', rcode: 'NOERROR', answers: []});
test(dns, 'many.test', {result: 'ok', rcode: 'NOERROR', answers: Array.from({length: 200}, (_, index) => `198.51.100.${index}`)});
test(dns, '192.0.2.7 --type PTR', {result: 'ok', rcode: 'NOERROR', answers: ['web.in-addr.arpa', String.raw`a\046\092\032`]});
test(dns, '2001:db8:: --type PTR', {result: 'ok', rcode: 'NOERROR', answers: ['six']});
test(dns, '192.0.2.8 --type PTR', {result: 'unresolved', said: 'NXDOMAIN', rcode: 'NXDOMAIN', answers: []});
test(dns, 'web.test --server 127.0.0.2', {result: 'timeout', said: 'no answer', address: '127.0.0.2'});
test(dns, 'web.test --server 127.0.0.3', {result: 'unresolved', said: 'SERVFAIL', address: '127.0.0.3', rcode: 'SERVFAIL', answers: []});
test(dns, 'web.test --server 127.0.0.5', {result: 'refused', said: 'Connection refused', address: '127.0.0.5'});

test('dns: garbage is an answer without anything in it', async (t) => {
	const seen = await asked(
		t,
		'',
		Array.from({length: 30}, () => 'dns web.test --server 127.0.0.4 --type PTR'),
	);
	t.deepEqual(new Set(seen.map(({result}) => result)), new Set(['ok']));
});

test('dns: what is no name, no type and no server is told so', async (t) => {
	for (const words of [['a..b'], [''], [`${'a'.repeat(64)}.test`], ['a.'.repeat(130)]]) {
		// oxlint-disable-next-line no-await-in-loop -- rows
		t.deepEqual(await probe(t, 'dns', ...words), {result: 'error', said: 'not a name that can be asked for'});
	}

	t.is((await probe(t, 'dns', 'a', '--type', 'MX')).said, 'not a type that can be asked for: A, AAAA or PTR');
	t.is((await probe(t, 'dns', 'a', '--server', 'b')).said, 'not the address of a server');
});
