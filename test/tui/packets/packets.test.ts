// The Packets screen on a terminal of our own: what keys do, what comes while one looks, and what stays when the lab is gone.
import {execFileSync} from 'node:child_process';
import {createReadStream, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {LabError} from '../../../src/base/errors.ts';
import {runTui} from '../../../src/tui/app.ts';
import type {Ending} from '../../../src/tui/tui.ts';
import {readCapture, type Packet} from '../../../src/watch/files/index.ts';
import {needs} from '../../needs.ts';
import {FakeCapture} from '../fake-capture.ts';
import {FakeSession} from '../fake-session.ts';
import {bridgePublish} from '../samples.ts';
import {FakeInput, FakeOutput, until} from '../terminal.ts';
import {asCaptured, captured, nets} from './capture.ts';

const escape = '\u001B';
const tab = '\t';
const enter = '\r';

interface Run {
	readonly session: FakeSession;
	readonly capture: FakeCapture;
	readonly input: FakeInput;
	readonly output: FakeOutput;
	readonly ended: Promise<Ending>;
	/** Presses keys, then waits until the screen shows that. */
	shows(keys: string, text: string | RegExp): Promise<boolean>;
}

/** The screen with these packets on it. */
async function start(
	t: ExecutionContext,
	packets: readonly Packet[],
	size: {readonly columns: number; readonly rows: number} = {columns: 120, rows: 40},
): Promise<Run> {
	const session = new FakeSession(asCaptured(bridgePublish()));
	session.nets = nets;
	const input = new FakeInput();
	const output = new FakeOutput(size.columns, size.rows);
	const ended = runTui(session, {stdin: input, stdout: output, env: {TERM: 'xterm-256color'}, ascii: false, wasRunning: true});
	ended.catch(() => {});
	const shows = async (keys: string, text: string | RegExp): Promise<boolean> => {
		input.press(keys);
		const isShown = await until(async () => {
			const screen = await output.text();
			return typeof text === 'string' ? screen.includes(text) : text.test(screen);
		});
		if (!isShown) {
			t.log(await output.text());
		}

		return isShown;
	};

	t.true(await shows('2', 'no packet yet'));
	const [capture = new FakeCapture()] = session.captures;
	t.teardown(async () => {
		// the terminal is closed
		input.emit('end');
		await ended;
	});
	if (packets.length > 0) {
		capture.put(packets);
		t.true(await shows('', `follow ${packets.length}`));
	}

	return {session, capture, input, output, ended, shows};
}

test.serial('the capture begins with the first look, goes on behind other screens, and ends with the UI', async (t) => {
	const {session, capture, shows, input, ended} = await start(t, captured.slice(0, 10));
	t.true(await shows('1', '[1 Map]'));
	capture.put(captured.slice(10, 30));
	t.true(await shows('2', 'follow 30'));
	t.is(session.captures.length, 1);
	input.press('q');
	t.is(await ended, 'quit');
	t.true(capture.isEnded);
});

test.serial('a lab that is being built is captured when it is up', async (t) => {
	const view = bridgePublish();
	const session = new FakeSession({...view, isUp: false});
	const input = new FakeInput();
	const output = new FakeOutput(80, 24);
	const ended = runTui(session, {stdin: input, stdout: output, env: {TERM: 'xterm'}, ascii: false, wasRunning: true});
	input.press('2');
	t.true(await until(async () => (await output.text()).includes('packets are captured when it is up')));
	t.is(session.captures.length, 0);
	session.emit({event: 'view', view});
	t.true(await until(async () => (await output.text()).includes('no packet yet')));
	t.is(session.captures.length, 1);
	input.press('q');
	await ended;
});

test.serial('Space stands still: packets are held on and counted; End follows again', async (t) => {
	const {capture, shows} = await start(t, captured.slice(0, 100));
	t.true(await shows(' ', '⏸ 0 came meanwhile · 100 of 100'));
	capture.put(captured.slice(100, 160));
	t.true(await shows('', '⏸ 60 came meanwhile · 100 of 160'));
	t.true(await shows('g', '⏸ 60 came meanwhile · 1 of 160'));
	t.true(await shows(`${escape}[B`, '2 of 160'));
	t.true(await shows('G', 'follow 160'));
	t.true(await shows('k', '⏸ 0 came meanwhile · 159 of 160'));
});

test.serial('a filter works while it is typed, Tab completes it, a wrong word is pointed at, Escape clears it', async (t) => {
	const {capture, shows} = await start(t, captured);
	t.true(await shows('/', 'Tab complete'));
	t.true(await shows('arp', /filter> arp█ +25 hits in \S+ ms ✓/));
	t.true(await shows('', /follow 25/));
	t.true(await shows(' || ip.t', /ip\.ttl/));
	t.true(await shows(tab, /filter> arp \|\| ip\.ttl█/));
	t.true(await shows(' == x1 ', /✗[\s\S]* {20}\^\^ "x1" is no number, which ip\.ttl is/));
	t.true(await shows(enter, /\^\^ "x1" is no number/), 'Enter does not take what is wrong');
	t.true(await shows('\u0017\u001763', /filter> arp \|\| ip\.ttl == 63|filter> arp \|\| ip\.ttl 63/));
	t.true(await shows('\u0015icmp\r', /filter> icmp +8 hits/));
	capture.put(captured.filter(({wireBytes}) => wireBytes === 98).slice(0, 2));
	t.true(await shows('', /filter> icmp +10 hits[\s\S]*follow 10/), 'new packets are looked at, too');
	t.true(await shows(escape, /n\/N: icmp +10 hits[\s\S]*189/));
	t.true(await shows('n', 'no hit after this packet'));
	t.true(await shows('gn', /⏸ .* (?!189)\d+ of 189[\s\S]*▌.*ICMP/));
	t.true(await shows('N', 'no hit before this packet'));
	t.true(await shows(escape, /^(?!.*n\/N)/s));
	t.true(await shows(escape, '[1 Map]'));
});

test.serial('f follows the connection of the packet, also through the published port', async (t) => {
	const {shows} = await start(t, captured);
	t.true(await shows('g/tcp.port == 8080\r', /filter> tcp\.port == 8080 /));
	t.true(await shows('f', /filter> tcp\.port == \d+ && \(tcp\.port == 8080 \|\| tcp\.port == 80\)/));
	t.true(await shows('', /follows port \d+ to 8080 and 80: a published port/));
	t.true(await shows('', '172.17.0.2:80'));
	t.true(await shows('/\u0015arp\rf', 'this packet is of no connection'));
});

test.serial('p on the map shows the packets of the selected thing', async (t) => {
	const {output, shows} = await start(t, captured);
	t.true(await shows('1', '[1 Map]'));
	t.true(await shows(':go web\r', 'web · container on h1'));
	t.true(await shows('p', /filter> at web +\d+ hits/));
	const screen = await output.text();
	t.regex(screen, /web\/eth0 +[▲▼]/);
	t.notRegex(screen, /laptop\/eth0 +[▲▼]/);
});

test.serial('Enter goes into a packet: arrows walk and fold its headers, and the bytes of the field are marked', async (t) => {
	const {shows} = await start(t, captured);
	t.true(await shows('/tcp.port == 8080\rg', /1 of/));
	t.true(await shows(enter, /┏━ packet 10 /));
	t.true(await shows(`${escape}[B${escape}[B${escape}[B`, /\[a7 e2\][\s\S]*▌ +tcp\.srcport/));
	t.true(await shows(`${escape}[D`, /▌▸ TCP/));
	t.true(await shows(enter, /▌▾ TCP[\s\S]*tcp\.srcport/));
	t.true(await shows(`${escape}[A${escape}[C`, /▌▾ IPv4[\s\S]*ip\.ttl/));
	t.true(await shows(tab, /┏━ bytes · 74/));
	t.true(await shows(escape, /┏━ packets/));
});

test.serial('= folds the sightings of a packet into a row with its way; Enter walks its hops and goes into one', async (t) => {
	const {shows, session, output} = await start(t, captured);
	t.true(await shows('', /packet 187 · hop 7 of 7: = folds/));
	t.true(await shows('=', /packets · each with its way[\s\S]*follow 30[\s\S]*way of packet 181 · seen at 7 places/));
	t.true(session.calls.some(({method, params}) => method === 'follow_flows' && JSON.stringify(params) === '{"nodes":[]}'));
	t.true(await shows('g/http.request.method && at web/eth0\r', /filter> http\.request\.method && at web\/eth0 +1 hit [\s\S]*1 of 1 /));
	t.true(await shows('', /laptop\/eth0 → … → web\/eth0 +192\.168\.50\.12:\d+ +192\.168\.50\.10:8080 +HTTP +\d+ GET/));
	t.true(await shows(enter, /┏━ way of packet 39 · seen at 7 places/));
	t.true(await shows('gjjjj', /▌ *\+\S+ us {2}h1\/docker0 out +DNAT 192\.168\.50\.10:8080 -> 172\.17\.0\.2:80; TTL 64 -> 63/));
	t.true(await shows('y', 'copied'));
	const [, copied = ''] = [...output.written.matchAll(/\u001B\]52;c;([^\u0007]*)\u0007/g)].at(-1) ?? [];
	t.regex(
		Buffer.from(copied, 'base64').toString(),
		/GET \/ HTTP\/1\.1 {2}laptop\/eth0 > h1\/eth0 > \[DNAT .*\] h1\/docker0 > web\/eth0\n.*laptop\/eth0 out\n/,
	);
	t.true(await shows(enter, /┏━ packet 43 · hop 5 of 7[\s\S]*IPv4 {2}192\.168\.50\.12 > 172\.17\.0\.2/));
	t.true(await shows(tab, /┏━ bytes/));
	t.true(await shows(escape, /┏━ way of packet 39/));
	t.true(await shows(escape, /┏━ packets · each with its way/));
	t.true(await shows('w', 'Write 7 packets as pcapng'));
	t.true(await shows(escape, /^(?!.*as pcapng)/s));
	t.true(await shows(escape, /n\/N: http/));
	t.true(await shows('=', /packets · all points[\s\S]*packet 43 · hop 5 of 7: = folds/));
});

test.serial('y copies the line, or in the layers everything about the packet', async (t) => {
	const {output, shows} = await start(t, captured.slice(0, 10));
	const copies = (): readonly string[] =>
		[...output.written.matchAll(/\u001B\]52;c;([^\u0007]*)\u0007/g)].map(([, text = '']) => Buffer.from(text, 'base64').toString());
	t.true(await shows('y', /copied .*laptop\/eth0 out/));
	t.regex(copies().at(-1) ?? '', /^\S+ {2}laptop\/eth0 out {2}192\.168\.50\.12:42978 > 192\.168\.50\.10:8080 {2}TCP {2}74 {2}\[SYN\] /);
	t.true(await shows(`${enter}y`, /copied packet 10/));
	t.regex(copies().at(-1) ?? '', /^packet 10 .*\nEthernet .*\n {4}eth\.dst .*\n[\s\S]*\nTCP .*\n[\s\S]* {4}tcp\.flags\.syn {2}1\n/);
});

test.serial('t shows the time of day', async (t) => {
	const {shows} = await start(t, captured.slice(0, 10));
	t.true(await shows('', /0\.000000 laptop\/eth0/));
	t.true(await shows('t', /\d\d:32:03\.869931 laptop\/eth0/));
	t.true(await shows('t', /0\.000000 laptop\/eth0/));
});

test.serial('w writes what is shown, and asks before it replaces a file', async (t) => {
	const folder = mkdtempSync(join(tmpdir(), 'vethlab-packets-'));
	t.teardown(() => rmSync(folder, {recursive: true}));
	const path = join(folder, 'out.pcapng');
	const {shows} = await start(t, captured);
	t.true(await shows('/icmp\r', /icmp +8 hits/));
	t.true(await shows('w', 'Write 8 packets as pcapng'));
	t.true(await shows('', 'bridge-publish█.pcapng'));
	t.true(await shows(`${escape}[F\u0015${join(folder, 'no/x')}\r`, 'no such file or directory'));
	t.true(await shows(`\u0015${path}\r`, `wrote 8 packets to ${path}`));
	const written = await readAll(path);
	t.deepEqual(
		written.map(({point, bytes, direction, seconds, nanoseconds}) => ({point, bytes, direction, seconds, nanoseconds})),
		captured
			.filter(({wireBytes}) => wireBytes === 98)
			.map(({point, bytes, direction, seconds, nanoseconds}) => ({point, bytes, direction, seconds, nanoseconds})),
	);
	writeFileSync(path, 'precious');
	t.true(await shows(`w\u0015${escape}[F\u0015${path}\r`, 'there is a file of that name: replace it?'));
	t.true(await shows(escape, /^(?!.*replace it)/s));
	t.deepEqual(readdirSync(folder), ['out.pcapng']);
	t.true(await shows(enter, 'replace it?'));
	t.true(await shows('y', `wrote 8 packets to ${path}`));
	t.is((await readAll(path)).length, 8);
});

test.serial('that a packet has vanished is shown when it has been waited for, although nothing comes', async (t) => {
	const {shows} = await start(t, captured.slice(0, 176));
	t.true(await shows('=', 'each with its way'));
	t.true(await shows('', 'last seen at h1/docker0 in'));
});

needs('tshark')('what is written has the names of the interfaces, the directions, and where it is from as a comment, as Wireshark reads it', async (t) => {
	const folder = mkdtempSync(join(tmpdir(), 'vethlab-packets-'));
	t.teardown(() => rmSync(folder, {recursive: true}));
	const path = join(folder, 'out.pcapng');
	const {shows} = await start(t, captured);
	t.true(await shows('/icmp\r', /icmp +8 hits/));
	t.true(await shows(`w${escape}[F\u0015${path}\r`, `wrote 8 packets to ${path}`));
	const read = (...args: readonly string[]): string =>
		execFileSync('tshark', ['-n', '-r', path, ...args], {encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']});
	t.is(
		read('-T', 'fields', '-e', 'frame.interface_name', '-e', 'frame.interface_description', '-e', 'frame.packet_flags_direction', '-e', 'ip.src'),
		captured
			.filter(({wireBytes}) => wireBytes === 98)
			.map(
				({point, direction}, index) =>
					`${point.name}\t${point.description}\t${direction === 'in' ? '0x00000001' : '0x00000002'}\t192.168.50.${index < 4 ? 12 : 10}\n`,
			)
			.join(''),
	);
	t.true(readFileSync(path).includes('lab bridge-publish, filter: icmp, written by vethlab'));
});

async function readAll(path: string): Promise<readonly Packet[]> {
	const packets: Packet[] = [];
	for await (const some of readCapture(createReadStream(path), path)) {
		packets.push(...some);
	}

	return packets;
}

test.serial('what the kernel dropped is said', async (t) => {
	const {capture, shows} = await start(t, captured.slice(0, 3));
	capture.drop(3201);
	t.true(await shows('', '✗ 3,201 not shown: the kernel dropped them'));
});

test.serial('when the engine dies the packets stay until one leaves', async (t) => {
	const {session, capture, input, ended, shows} = await start(t, captured);
	capture.fail(new LabError('E_ENGINE_DEAD', {doing: 'capture'}));
	session.close();
	t.true(await shows('', /✗ the lab has ended[\s\S]*✗ the lab has ended · 187 of 187/));
	t.true(await shows('/icmp\r', /icmp +8 hits/));
	input.press('q');
	t.is(await ended, 'engine-gone');
});

test.serial('a capture that cannot be begun says why', async (t) => {
	const session = new FakeSession(bridgePublish());
	session.capture = async () => Promise.reject(new LabError('E_SPACE', {doing: 'open a capture ring', said: 'ENOMEM'}));
	const input = new FakeInput();
	const output = new FakeOutput(80, 24);
	const ended = runTui(session, {stdin: input, stdout: output, env: {TERM: 'xterm'}, ascii: false, wasRunning: true});
	input.press('2');
	t.true(await until(async () => (await output.text()).includes('✗ ENOMEM')));
	input.press('q');
	t.is(await ended, 'quit');
});

test.serial('nothing is written while nothing comes, and a packet that the filter lets not pass changes nothing', async (t) => {
	const {output, capture, shows} = await start(t, captured);
	t.true(await shows('/icmp\r', /icmp +8 hits/));
	await until(async () => {
		const {bytes} = output;
		await new Promise((resolve) => setTimeout(resolve, 300));
		return output.bytes === bytes;
	});
	const {bytes} = output;
	capture.put(captured.filter(({wireBytes}) => wireBytes === 42));
	await new Promise((resolve) => setTimeout(resolve, 400));
	t.is(output.bytes, bytes);
});

test.serial('a click selects, the wheel scrolls what is under it', async (t) => {
	const {shows} = await start(t, captured);
	t.true(await shows(`${escape}[<0;30;6M`, /⏸ 0 came meanwhile · 172 of 187/));
	t.true(await shows(`${escape}[<64;30;6M`, '169 of 187'));
	t.true(await shows(`${escape}[<0;10;28M`, /┏━ packet 169/));
});
