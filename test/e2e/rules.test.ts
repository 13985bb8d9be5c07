// The rules of a lab that runs: what `vethlab rules` prints of it, while packets come.
import type {ChildProcess} from 'node:child_process';
import test from 'ava';
import {endsWith, type Lab, Sandbox} from './lab.ts';

const sandbox = new Sandbox();
test.after.always(async () => sandbox.close());

const text = `
vethlab: 1
lans: {office: {subnet: 10.77.0.0/24}}
hosts:
  h1: {nics: {eth0: {lan: office, ip: 10.77.0.11/24}}, docker: {engine: "28"}}
  laptop: {docker: false, nics: {eth0: {lan: office, ip: 10.77.0.100/24}}}
networks: {front: {ipam: {config: [{subnet: 10.78.0.0/24}]}}}
services:
  web: {host: h1, networks: [front], serve: [{http: {port: 80, echo: peer}}], ports: ["8080:80"]}
`;

let lab: Lab;
test.before(async () => {
	lab = await sandbox.up(text);
	// what is refused would be counted too
	await lab.httpSoon('web', 'http://127.0.0.1/');
});

test.serial('every rule of a host and of a container has words, and the reason that the plan gave', async (t) => {
	const read = (await sandbox.json('rules', 'h1', 'web')) as readonly {
		readonly node: string;
		readonly tables: readonly {readonly chains: readonly {readonly rules: readonly {readonly words?: unknown; readonly why?: string}[]}[]}[];
	}[];
	t.deepEqual(
		read.map(({node}) => node),
		['h1', 'web'],
	);
	for (const {tables} of read) {
		const rules = tables.flatMap(({chains}) => chains.flatMap((chain) => chain.rules));
		t.true(rules.length >= 6);
		t.deepEqual(
			rules.filter(({words, why}) => words === undefined || why === undefined),
			[],
		);
	}
});

test.serial('counters, words and names; only a table, only a family', async (t) => {
	t.is(await lab.http('laptop', 'http://10.77.0.11:8080/'), '10.77.0.100');
	const nat = await sandbox.vethlab(['rules', 'h1', '--table', 'nat', '--family', '4']);
	t.is(nat.exit, 0);
	t.regex(nat.stdout, /^h1, IPv4, table nat\n/);
	t.regex(nat.stdout, /^ {3}3 +1 +60 {2}destination becomes 10\.78\.0\.2:80 \(web\) +tcp to port 8080, in by any but br-\w+ \(front\) +-A DOCKER /m);
	t.false(/table filter|IPv6/.test(nat.stdout));
	t.regex((await sandbox.vethlab(['rules', 'laptop'])).stdout, /^laptop: no rules$/m);
	t.regex((await sandbox.vethlab(['rules'])).stdout, /^h1, IPv4, table filter\n[\s\S]*^laptop: no rules$/m);
});

test.serial('a name that nobody has is refused, with the one that was meant', async (t) => {
	const {exit, stderr} = await sandbox.vethlab(['rules', 'wbe']);
	t.is(exit, 2);
	t.regex(stderr, /there is no host or container of that name.*E_NAME_UNKNOWN\][\s\S]*did you mean "web"\?/);
	await endsWith(t, sandbox.vethlab(['rules', '--table', 'nut']), 2);
});

test.serial('--follow prints what packets hit, and rules that came; an interrupt ends it', async (t) => {
	let child: ChildProcess | undefined;
	await lab.exec('h1', 'iptables', '-A', 'OUTPUT', '-p', 'udp', '--dport', '9998', '-j', 'DROP');
	const followed = sandbox.vethlab(['rules', 'h1', '--follow', '--json'], {started: (process) => (child = process)});
	const lines = new Promise<string>((resolve) => {
		let printed = '';
		child?.stdout?.on('data', (more: string) => {
			printed += more;
			if (printed.includes('--dport 9999') && printed.includes('destination becomes') && printed.includes('"unseen":"all"')) {
				resolve(printed);
			}
		});
	});
	// what happens before its first look is not seen: it happens until it is
	const seen = new AbortController();
	const again = (async () => {
		for (let number = 0; !seen.signal.aborted; number++) {
			// oxlint-disable-next-line no-await-in-loop -- one after the other
			await lab.http('laptop', 'http://10.77.0.11:8080/');
			// oxlint-disable-next-line no-await-in-loop -- one after the other
			await lab.exec('h1', 'bash', '-c', 'echo >/dev/udp/10.77.0.12/9998');
			// oxlint-disable-next-line no-await-in-loop -- one after the other
			await lab.exec(
				'h1',
				'sh',
				'-c',
				number % 2 === 0 ? 'iptables -I DOCKER-USER -p tcp --dport 9999 -j DROP' : 'iptables -D DOCKER-USER -p tcp --dport 9999 -j DROP',
			);
		}
	})();
	const printed = await lines;
	seen.abort();
	child?.kill('SIGINT');
	const [{exit}] = await Promise.all([followed, again]);
	t.is(exit, 130);
	const events = printed
		.split('\n')
		.slice(0, -1)
		.map((line) => JSON.parse(line) as {readonly event: string; readonly text: string; readonly packets: number; readonly unseen?: string});
	t.true(events.some(({event, text: rule, packets}) => event === 'hit' && rule.includes('-j DNAT') && packets > 0));
	t.true(events.some(({event, text: rule, packets, unseen}) => event === 'hit' && rule.includes('--dport 9998') && packets > 0 && unseen === 'all'));
	t.true(events.every(({text: rule, unseen}) => unseen === undefined || rule.includes('--dport 9998')));
	t.true(events.some(({event, text: rule}) => (event === 'new' || event === 'gone') && rule === '-A DOCKER-USER -p tcp -m tcp --dport 9999 -j DROP'));
});
