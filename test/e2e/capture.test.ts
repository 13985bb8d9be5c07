// vethlab capture -r: capture files on the command line.
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import test, {type ExecutionContext} from 'ava';
import {packageFile} from '../../src/base/paths.ts';
import {PcapngWriter} from '../../src/watch/files/index.ts';
import {endsWith, type Ran, run, Sandbox} from './lab.ts';

const sandbox = new Sandbox();
test.after.always(async () => sandbox.close());

const veth = packageFile('test/fixtures/captures/veth.pcap');
const commented = packageFile('test/fixtures/captures/editcap.pcapng');

/** In a time zone that is everybody's. */
async function capture(...args: readonly string[]): Promise<Ran> {
	return sandbox.vethlab(['capture', ...args], {env: {TZ: 'UTC'}});
}

function linesOf({stdout}: Ran): readonly string[] {
	return stdout.trimEnd().split('\n');
}

test('a line for each packet: time, ends, protocol, length, what it says', async (t) => {
	const ran = await capture('-r', veth);
	t.is(ran.exit, 0, ran.stderr);
	t.regex(ran.stdout, /^\d\d:\d\d:\d\d\.\d{6} +10\.9\.0\.1 > 10\.9\.0\.2 +ICMP +98 +Echo \(ping\) request id=0x[\da-f]{4}, seq=1, ttl=64$/m);
	t.regex(ran.stdout, / 10\.9\.0\.1:\d+ > 10\.9\.0\.2:80 +TCP +74 +\[SYN\] Seq=0 Win=64240 Len=0 MSS=1460 SACK_PERM /);
	t.regex(ran.stdout, / HTTP +143 +GET \/x\?y=1 HTTP\/1\.1$/m);
	t.regex(ran.stdout, / DNS +85 +Standard query response 0x1234 A web\.front A 10\.9\.0\.2$/m);
	t.regex(ran.stdout, /\(in VXLAN 42, 10\.9\.0\.1 > 10\.9\.0\.2\)$/m);
});

test('-c stops after so many packets, -V adds headers and fields, -x the bytes', async (t) => {
	t.is(linesOf(await capture('-r', veth, '-c', '3')).length, 3);
	const {stdout} = await capture('-r', veth, '-c', '1', '-V', '-x');
	t.regex(stdout, /^ {4}Ethernet {2}/m);
	t.regex(stdout, /^ {8}ip\.ttl +64$/m);
	t.regex(stdout, /^ {4}0x0000 {2}[\da-f]{4} /m);
});

test('a filter chooses packets; they keep their numbers', async (t) => {
	const some = linesOf(await capture('-r', veth, 'icmp', '&&', 'ip.src == 10.9.0.2', '--json')).map(
		(line) => JSON.parse(line) as {readonly number: number; readonly protocol: string; readonly source: string},
	);
	t.true(some.length >= 2);
	t.true((some[0]?.number ?? 0) > 1);
	t.is(linesOf(await capture('-r', veth, 'icmp', '-c', '1')).length, 1);
	t.is((await capture('-r', veth, 'udp.port == 1')).stdout, '');
	const wrong = await capture('-r', veth, 'arp || tcp.prot == 80');
	t.is(wrong.exit, 2);
	t.regex(
		wrong.stderr,
		/read the filter: "tcp\.prot" is no protocol and no field\n {9}arp \|\| tcp\.prot == 80\n {16}\^{8} {2}\[E_ARGUMENT\]\n {7}= did you mean "tcp\.port"\?/,
	);
});

test('--json prints an object a line, with the headers when asked', async (t) => {
	const [first = ''] = linesOf(await capture('-r', commented, '--json'));
	const packet = JSON.parse(first) as Readonly<Record<string, unknown>>;
	t.like(packet, {number: 1, length: 98});
	t.regex(String(packet['time']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
	t.is(packet['layers'], undefined);
	const [, second = ''] = linesOf(await capture('-r', commented, '--json', '-V', '-x'));
	const {comment, layers, bytes} = JSON.parse(second) as {
		readonly bytes: string;
		readonly comment: string;
		readonly layers: readonly {readonly protocol: string}[];
	};
	t.is(comment, 'the second packet');
	t.is(bytes.length, 2 * 98);
	t.is(layers[0]?.protocol, 'Ethernet');
});

test('-w writes the same packets as pcapng', async (t) => {
	const to = join(sandbox.folder, 'copy.pcapng');
	const ran = await capture('-r', veth, '-w', to);
	t.is(ran.exit, 0, ran.stderr);
	t.is(ran.stdout, '');
	t.regex(ran.stderr, /^\d+ packets written to /);
	t.is((await capture('-r', to)).stdout, (await capture('-r', veth)).stdout);
	const few = join(sandbox.folder, 'few.pcapng');
	t.regex((await capture('-r', veth, '-c', '2', '-w', few)).stderr, /^2 packets written to /);
});

test('-w - writes to standard output', async (t) => {
	const cli = `'${process.execPath}' '${packageFile('dist/cli.js')}' capture`;
	const {stdout} = await run(['sh', '-c', `${cli} -r '${veth}' -w - | ${cli} -r -`], {env: {...sandbox.env, TZ: 'UTC'}});
	t.is(stdout, (await capture('-r', veth)).stdout);
});

test('names and comments in a file do nothing to the terminal', async (t) => {
	const file = join(sandbox.folder, 'harm.pcapng');
	const point = {name: 'eth0\u001B[2J', description: '', linkType: 1};
	const packet = {point, seconds: 1, nanoseconds: 2, bytes: Buffer.alloc(14), wireBytes: 14, direction: 'in', comment: 'one\n\u001B]0;two\u0007'} as const;
	const writer = new PcapngWriter();
	writeFileSync(file, Buffer.concat([writer.begin(), ...writer.packet(packet)]));
	const {stdout} = await capture('-r', file);
	t.regex(stdout, /^00:00:01\.000000 {2}eth0 \[2J in {2}[^\n]* {2}# one \]0;two \n$/);
});

test('- is standard input', async (t) => {
	const {stdout} = await run(['sh', '-c', `'${process.execPath}' '${packageFile('dist/cli.js')}' capture -r - -c 2 < '${veth}'`], {
		env: {...sandbox.env, TZ: 'UTC'},
	});
	t.is(stdout, (await capture('-r', veth, '-c', '2')).stdout);
});

test('a reader that stops early is no error', async (t) => {
	const ran = await run(
		['bash', '-c', `'${process.execPath}' '${packageFile('dist/cli.js')}' capture -r '${veth}' -V | head -n 1; echo "\${PIPESTATUS[0]}"`],
		{env: sandbox.env},
	);
	t.is(linesOf(ran).length, 2, ran.stderr);
	t.is(linesOf(ran)[1], '0');
});

test('of a file that ends in a packet all others are printed, then where it ends', async (t) => {
	const cut = join(sandbox.folder, 'cut.pcap');
	writeFileSync(cut, readFileSync(veth).subarray(0, 500));
	const ran = await capture('-r', cut);
	t.is(ran.exit, 2);
	t.true(linesOf(ran).length >= 3);
	t.regex(
		ran.stderr,
		/cut\.pcap: byte \d+: the file ends within a packet of \d+ bytes: \d+ are there {2}\[E_FILE\]\n {7}= the packets before that place are good/,
	);
	const last = linesOf(await capture('-r', cut, '--json')).at(-1) ?? '';
	t.like(JSON.parse(last), {error: {code: 'E_FILE'}});
	const to = join(sandbox.folder, 'cut.pcapng');
	await endsWith(t, capture('-r', cut, '-w', to), 2);
	t.is(linesOf(await capture('-r', to)).length, linesOf(ran).length);
});

/** A file whose first packet says that it is so long. */
function withLength(bytes: number): Buffer {
	const file = Buffer.from(readFileSync(veth));
	file.writeUInt32LE(bytes, 32);
	return file;
}

const refuses = test.macro({
	async exec(t: ExecutionContext, args: readonly string[], said: RegExp) {
		const {exit, stdout, stderr} = await capture(...args);
		t.is(exit, 2);
		t.is(stdout, '');
		t.regex(stderr, said);
	},
	title: (_title, args) => `vethlab capture ${args.map((arg) => arg.replace(packageFile(''), '').replace(sandbox.folder, '')).join(' ')} is refused`,
});
test(refuses, ['-r', '/nonexistent.pcap'], /no such file or directory.*\[E_ARGUMENT\]\n {7}= name a pcap or pcapng file/);
test(refuses, ['-r', '/'], /illegal operation on a directory.*\[E_ARGUMENT\]/);
test(refuses, ['-r', packageFile('README.md')], /byte 0: no capture file begins with 23 20 76 65 {2}\[E_FILE\]/);
for (const [title, bytes, said] of [
	['no bytes', Buffer.alloc(0), /byte 0: the file is empty {2}\[E_FILE\]/],
	['half a header', readFileSync(veth).subarray(0, 12), /byte 0: the file ends within the file's header of 24 bytes: 12 are there {2}\[E_FILE\]/],
	['a gzip', gzipSync(readFileSync(veth)), /byte 0: it is compressed by gzip {2}\[E_FILE\]\n {7}= gunzip -c FILE \| vethlab capture -r -/],
	['a packet of 4 GiB', withLength(0xff_ff_ff_f0), /byte 24: a packet of 4294967\d+ bytes: more than any has {2}\[E_FILE\]/],
] as const) {
	const file = join(sandbox.folder, `${title}.pcap`);
	writeFileSync(file, bytes);
	test(refuses, ['-r', file], said);
	test(refuses, ['-r', file, '-w', join(sandbox.folder, `${title}.copy`)], said);
}

test(refuses, ['-r', veth, '-w', veth], /it is the file that is read {2}\[E_ARGUMENT\]/);
test(refuses, ['-r', veth, '-w', '/nonexistent/x.pcapng'], /no such file or directory.*\[E_ARGUMENT\]/);
test(refuses, ['-r', veth, '-c', '0'], /whole number, 1 or more/);
test(refuses, ['-r', veth, '-i', 'eth0'], /-i chooses among the interfaces of a running lab {2}\[E_ARGUMENT\]/);
test(refuses, ['-r', veth, '--lab', 'x'], /--lab names a running lab {2}\[E_ARGUMENT\]/);
