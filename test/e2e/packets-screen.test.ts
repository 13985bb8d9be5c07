// The Packets screen over a real engine, on a real terminal: what a lab sends is on it, at every point; it can be filtered and written; and it stays when
// the lab is gone.
import {join} from 'node:path';
import process from 'node:process';
import test, {type ExecutionContext} from 'ava';
import {packageFile} from '../../src/base/paths.ts';
import {needs} from '../needs.ts';
import {Screen} from '../tui/terminal.ts';
import {eventually, Sandbox} from './lab.ts';
import {openTerminal} from './terminal.ts';

const sandbox = new Sandbox();
test.after.always(async () => sandbox.close());

const yaml = `vethlab: 1
lans: {office: {subnet: 192.168.50.0/24}}
hosts:
  a: {docker: false, nics: {eth0: {lan: office, ip: 192.168.50.10/24}}}
  b: {nics: {eth0: {lan: office, ip: 192.168.50.11/24}}}
services:
  web: {host: b, network_mode: bridge, image: lab/web, serve: [{http: {port: 80}}], ports: ["8080:80"]}
`;
const size = {columns: 160, rows: 50};

/** The terminal UI of a lab on a terminal. */
async function open(t: ExecutionContext, name: string) {
	const terminal = await openTerminal([process.execPath, packageFile('dist/cli.js'), '--lab', name], {...sandbox.env, TERM: 'xterm-256color'}, size);
	t.teardown(terminal.close);
	/** Presses keys, then waits until the screen shows that. */
	const shows = async (keys: string, pattern: RegExp): Promise<void> => {
		terminal.write(keys);
		let text = '';
		await eventually(async () => {
			const screen = new Screen(size.columns, size.rows);
			await screen.write(terminal.text());
			text = screen.text().join('\n');
			return pattern.test(text);
		});
		t.regex(text, pattern);
	};

	return {terminal, shows};
}

needs('capture', 'crun')('a call through a published port is seen, followed and written, and stays when the lab has ended', async (t) => {
	const lab = await sandbox.up(yaml, 'seen');
	const {terminal, shows} = await open(t, lab.name);
	await shows('', /\[1 Map\][\s\S]*docker0/);
	await shows('2', /\[2 Packets\][\s\S]*(?:no packet yet|follow [1-9])/);
	await lab.client.call('probe', {kind: 'http', from: 'a', url: 'http://192.168.50.11:8080/', timeoutMs: 20_000});
	await shows('/http.request.method\r', /filter> http\.request\.method +[1-9]\d* hits in/);
	await shows(
		'',
		/a\/eth0 +▲ 192\.168\.50\.10:\d+ +192\.168\.50\.11:8080 +HTTP +\d+ GET[\s\S]*web\/eth0 +▼ 192\.168\.50\.10:\d+ +172\.17\.0\.2:80 +HTTP +\d+ GET/,
	);
	// the same call folded: each of its packets is a row, wherever it was seen
	await shows(
		'=',
		/packets · each with its way[^]*a\/eth0 → b\/eth0 → b\/docker0 → web\/eth0 +192\.168\.50\.10:\d+ +192\.168\.50\.11:8080 +HTTP +\d+ GET.*DNAT 192/,
	);
	await shows('', /each with its way[^\n]*follow 1 [^]*seen at 7 places/);
	await shows('/\u0015tcp.flags.syn == 1\r', /each with its way[^\n]*follow 2 [^]*way of packet \d+ · seen at 7 places/);
	await shows('', /web\/eth0 → b\/docker0 → b\/eth0 → a\/eth0 +172\.17\.0\.2:80 +192\.168\.50\.10:\d+ +TCP +\d+ \[SYN, ACK\] {2}un-DNAT/);
	await shows('\rjjj', /▌ *\+\S+ us {2}b\/eth0 out +un-DNAT 172\.17\.0\.2:80 -> 192\.168\.50\.11:8080/);
	await shows('\u001B', /┏━ packets · each with its way/);
	await shows('=', /packets · all points of the lab/);
	await shows('/\u0015http.request.method\r', /filter> http\.request\.method +[1-9]\d* hits in/);
	await shows('f', /filter> tcp\.port == \d+ && \(tcp\.port == \d+ \|\| tcp\.port == \d+\) +\d+ hits/);
	const file = join(sandbox.folder, 'seen.pcapng');
	await shows(`w\u001B[F\u0015${file}\r`, /wrote \d+ packets to/);
	const read = await sandbox.vethlab(['capture', '-r', file, 'http.request.method && at web']);
	t.is(read.exit, 0, read.stderr);
	t.regex(read.stdout, /^\S+ +web\/eth0 in +192\.168\.50\.10:\d+ > 172\.17\.0\.2:80 +HTTP +\d+ +GET.*\n$/);
	await sandbox.vethlab(['down', lab.name]);
	await shows('', /✗ the lab has ended[\s\S]*✗ the lab has ended · \d+ of \d+/);
	await shows('\u001B', /n\/N: tcp/);
	terminal.write('q');
	t.is(await terminal.ended, 0);
});

needs('capture', 'crun')('Enter on a rule shows the packets that hit it, those that come as well; what it drops, too', async (t) => {
	const lab = await sandbox.up(yaml, 'ruled');
	const {terminal, shows} = await open(t, lab.name);
	const call = async (timeoutMs = 20_000): Promise<string> =>
		(await lab.probe({kind: 'http', from: 'a', url: 'http://192.168.50.11:8080/', timeoutMs})).result;
	await shows('2', /\[2 Packets\][\s\S]*(?:no packet yet|follow [1-9])/);
	t.is(await call(), 'ok');
	await shows('3', /rules of b/);
	await shows('/--dport 8080\r', /▌ +\d+ destination becomes 172\.17\.0\.2:80 \(web\)[\s\S]*filter --dport 8080 · 1 of/);
	await shows(
		'\r',
		/rule: b nat DOCKER #\d+ · destination becomes.* 1 hit · kernel 1[\s\S]*b\/eth0 +▼ 192\.168\.50\.10:\d+ +192\.168\.50\.11:8080 +TCP +\d+ \[SYN\]/,
	);
	t.is(await call(), 'ok');
	await shows('', / 2 hits · kernel 2/);
	await lab.exec('b', 'iptables', '-I', 'DOCKER-USER', '-p', 'tcp', '--dport', '80', '-j', 'DROP');
	await shows('\u001B', /rules of b[\s\S]*filter --dport 8080/);
	await shows('\u001B', /rules of b[\s\S]*IPv4 filter/);
	await shows('/drop: tcp\r', /▌ 1 drop: tcp to port 80/);
	t.is(await call(700), 'timeout');
	await shows('\r', /rule: b filter DOCKER-USER #1 · drop: tcp to port 80.* ([1-9]\d*) hits? · kernel \1 [\s\S]*b\/eth0 +▼ .*192\.168\.50\.11:8080/);
	terminal.write('q');
	t.is(await terminal.ended, 0);
});
