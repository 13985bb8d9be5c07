// vethlab conntrack in a lab: NAT in words and by its rules, both halves of calls through docker-proxy, events as they happen.
import type {ChildProcess} from 'node:child_process';
import test from 'ava';
import {eventually, isAnswered, type Lab, Sandbox} from './lab.ts';

const sandbox = new Sandbox();
test.after.always(async () => sandbox.close());

const text = `
vethlab: 1
lans: {office: {subnet: 10.79.0.0/24}}
hosts:
  h1: {nics: {eth0: {lan: office, ip: 10.79.0.11/24}}, docker: {engine: "28"}, sysctls: {net.netfilter.nf_conntrack_acct: 1, net.netfilter.nf_conntrack_timestamp: 1}}
  h2: {nics: {eth0: {lan: office, ip: 10.79.0.12/24}}, docker: {engine: "28", userland_proxy: false}}
  laptop: {docker: false, nics: {eth0: {lan: office, ip: 10.79.0.100/24}}, serve: [{http: {port: 80, echo: peer}}]}
services:
  web: {host: h1, network_mode: bridge, serve: [{http: {port: 80, echo: peer}}], ports: ["8080:80"]}
  cli: {host: h1, network_mode: bridge, image: lab/tools}
  app: {host: h2, network_mode: bridge, serve: [{http: {port: 80, echo: peer}}], ports: ["8080:80"]}
`;

let lab: Lab;
test.before(async () => {
	lab = await sandbox.up(text);
});

interface Half {
	readonly half: 'client' | 'container';
	readonly is: string;
	readonly other?: number;
}

interface Connection {
	readonly id: number;
	readonly orig: {readonly src: string; readonly dst: string; readonly sport: number; readonly dport: number};
	readonly natWords: string;
	readonly rules: readonly {readonly command: string; readonly why: string}[];
	readonly counters?: {readonly orig: {readonly packets: number}};
	readonly startedMs?: number;
	readonly proxied?: Half;
}

async function connections(...args: readonly string[]): Promise<readonly Connection[]> {
	const nodes = (await sandbox.json('conntrack', ...args)) as readonly {readonly node: string; readonly connections: readonly Connection[]}[];
	return nodes.flatMap((node) => node.connections);
}

test.serial('NAT is told in the words of those who set it up, with the rule that made it', async (t) => {
	await lab.http('laptop', 'http://10.79.0.11:8080/');
	await lab.http('cli', 'http://10.79.0.100/');
	await lab.http('app', 'http://10.79.0.12:8080/');
	const [published] = await connections('h1', '-p', 'tcp', '-s', '10.79.0.100', '--dst-nat', '172.17.0.2');
	t.is(published?.natWords, 'published port');
	t.regex(published?.rules[0]?.command ?? '', /-A DOCKER .*--dport 8080 -j DNAT --to-destination 172\.17\.0\.2:80/);
	t.true((published?.counters?.orig.packets ?? 0) > 3, 'it is counted where the file asks for it');
	t.true(Math.abs((published?.startedMs ?? 0) - Date.now()) < 90_000);
	const [masked] = await connections('h1', '--src-nat', '10.79.0.11', '--dport', '80');
	t.is(masked?.natWords, 'masquerade');
	t.regex(masked?.rules[0]?.command ?? '', /POSTROUTING -s 172\.17\.0\.0\/16 ! -o docker0 -j MASQUERADE/);
	const [hairpin] = await connections('h2', '-p', 'tcp', '-n', '-g');
	t.is(hairpin?.natWords, 'hairpin');
	t.is(hairpin?.rules.length, 2);
	t.is(hairpin?.counters, undefined, 'and not where it does not, as on a real host');
	t.is(hairpin?.startedMs, undefined);
});

test.serial('calls through docker-proxy, many at once, are joined with their other halves', async (t) => {
	const before = new Set((await connections('h1')).map(({id}) => id));
	await Promise.all(Array.from({length: 12}, async () => lab.http('h1', 'http://127.0.0.1:8080/')));
	const now = (await connections('h1', '-p', 'tcp')).filter(({id}) => !before.has(id));
	const byId = new Map(now.map((one) => [one.id, one]));
	const clients = now.filter(({orig}) => orig.dport === 8080);
	t.is(clients.length, 12);
	t.is(new Set(clients.map(({proxied}) => proxied?.other)).size, 12);
	for (const {id, natWords, proxied} of clients) {
		t.like(proxied, {half: 'client', is: 'joined'});
		t.is(natWords, 'none');
		t.like(byId.get(proxied?.other ?? 0), {orig: {src: '172.17.0.1', dst: '172.17.0.2', dport: 80}, proxied: {half: 'container', is: 'joined', other: id}});
	}

	const {stdout} = await sandbox.vethlab(['conntrack', 'h1']);
	const lines = stdout.split('\n');
	const at = lines.findIndex((line) => line.includes('to docker-proxy, which goes on from'));
	t.regex(lines[at] ?? '', /127\.0\.0\.1:\d+ -> 127\.0\.0\.1:8080/);
	t.regex(lines[at + 1] ?? '', /\\_ 172\.17\.0\.1:\d+ -> 172\.17\.0\.2:80 .*from docker-proxy, for 127\.0\.0\.1:\d+/);
});

test.serial('somebody of the host who asks the container himself is no half of anything; a frozen proxy takes nothing up', async (t) => {
	const before = new Set((await connections('h1')).map(({id}) => id));
	await lab.http('h1', 'http://172.17.0.2/');
	await lab.act({do: 'signal', host: 'h1', process: 'docker-proxy', signal: 'STOP'});
	// the tests after this one need it, whatever becomes of this
	t.teardown(async () => lab.act({do: 'signal', host: 'h1', process: 'docker-proxy', signal: 'CONT'}));
	const waiting = lab.probe({kind: 'http', from: 'h1', url: 'http://127.0.0.1:8080/', timeoutMs: 60_000});
	t.true(await eventually(async () => (await connections('h1', '--dport', '8080', '--state', 'ESTABLISHED')).length === 1));
	const now = (await connections('h1', '-p', 'tcp')).filter(({id}) => !before.has(id));
	t.deepEqual(now.map(({orig, proxied}) => `${orig.dport} ${proxied?.is}`).toSorted(), ['80 undefined', '8080 waiting']);
	await lab.act({do: 'signal', host: 'h1', process: 'docker-proxy', signal: 'CONT'});
	await isAnswered(t, waiting);
	t.is((await connections('h1', '--dport', '8080')).find(({id}) => !before.has(id))?.proxied?.is, 'joined');
});

test.serial('--follow tells what happens, as it happens', async (t) => {
	let child: ChildProcess | undefined;
	let told = '';
	const followed = sandbox.vethlab(['conntrack', '--follow', '--json', '-p', 'tcp', 'h2'], {
		started: (started) => {
			child = started;
			started.stdout?.on('data', (text_: Buffer) => (told += String(text_)));
		},
	});
	// until it listens, connections tell nothing
	t.true(
		await eventually(async () => {
			await lab.http('laptop', 'http://10.79.0.12:8080/');
			return told.includes('"is":"new"');
		}),
	);
	t.true(await eventually(async () => told.includes('TIME_WAIT')));
	child?.kill('SIGTERM');
	await followed;
	const events = told
		.split('\n')
		.slice(0, -1)
		.map(
			(line) => JSON.parse(line) as {readonly is: string; readonly id: number; readonly state: string; readonly node: string; readonly natWords: string},
		);
	const first = events.find(({is}) => is === 'new');
	const life = events.filter(({id}) => id === first?.id).map(({is, state}) => `${is} ${state}`);
	t.deepEqual(life.slice(0, 3), ['new SYN_SENT', 'update SYN_RECV', 'update ESTABLISHED']);
	t.like(first, {node: 'h2', natWords: 'published port'});
});

test.serial('--follow says the other halves of calls, and which rule that somebody typed has turned a connection', async (t) => {
	await lab.exec(
		'h1',
		'iptables',
		'-t',
		'nat',
		'-A',
		'PREROUTING',
		'-i',
		'eth0',
		'-p',
		'tcp',
		'--dport',
		'7070',
		'-j',
		'DNAT',
		'--to-destination',
		'172.17.0.2:80',
	);
	let child: ChildProcess | undefined;
	let told = '';
	const followed = sandbox.vethlab(['conntrack', '--follow', '-p', 'tcp', 'h1'], {
		started: (started) => {
			child = started;
			started.stdout?.on('data', (text_: Buffer) => (told += String(text_)));
		},
	});
	t.true(
		await eventually(async () => {
			await lab.http('laptop', 'http://10.79.0.11:7070/');
			await lab.http('h1', 'http://127.0.0.1:8080/');
			return /PROXIED .*for 127\.0\.0\.1/.test(told) && told.includes('by hand');
		}),
		told,
	);
	child?.kill('SIGTERM');
	await followed;
	t.regex(
		told,
		/NEW .* 10\.79\.0\.100:\d+ -> 10\.79\.0\.11:7070 .* nat DNAT \(by hand: iptables -t nat -A PREROUTING -i eth0 .*--to-destination 172\.17\.0\.2:80\)/,
	);
	t.regex(told, /PROXIED .* 127\.0\.0\.1:\d+ -> 127\.0\.0\.1:8080 .*to docker-proxy, which goes on from 172\.17\.0\.1:\d+/);
	t.regex(told, /PROXIED .* 172\.17\.0\.1:\d+ -> 172\.17\.0\.2:80 .*from docker-proxy, for 127\.0\.0\.1:\d+/);
	const [typed] = await connections('h1', '--dport', '7070');
	t.like(typed, {natWords: 'DNAT', rules: [{why: 'no step of this lab made it: it was added by hand, or by a program'}]});
});

test.serial('words that mean nothing are refused, with the way out', async (t) => {
	const refused = async (args: readonly string[]) => {
		const {exit, stderr} = await sandbox.vethlab(['conntrack', ...args]);
		return `${exit} ${stderr.replaceAll(/\s+/g, ' ')}`;
	};
	t.regex(await refused(['lapto']), /^2 .*there is no host or container of that name .*E_NAME_UNKNOWN.*did you mean "laptop"\?/);
	t.regex(await refused(['-p', 'tpc']), /^2 .*E_ARGUMENT.*did you mean "tcp"\?/);
	t.regex(await refused(['-s', '10.0.0']), /^2 .*not an address or a subnet.*E_ARGUMENT.*like 172\.17\.0\.2/);
	t.regex(await refused(['--dport', '70000']), /^2 .*not a port.*from 0 to 65535/);
	t.regex(await refused(['--state', 'ESTABLISH']), /^2 .*did you mean "ESTABLISHED"\?/);
	t.regex(await refused(['--status', 'seen']), /^2 .*one of ASSURED, SEEN_REPLY, UNREPLIED/);
});
