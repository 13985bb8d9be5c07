// The rules that packets hit are those whose counters the kernel counts up: for every rule of every host, in labs of all kinds, under mixed traffic.
import test from 'ava';
import {needs} from '../needs.ts';
import {compare} from './hits.ts';
import {Sandbox, scenario, type Lab} from './lab.ts';

const sandbox = new Sandbox();
test.after.always(async () => sandbox.close());

needs('capture', 'crun')('a published port, NAT out, docker-proxy, pings, ports that nobody listens on', async (t) => {
	const lab = await sandbox.up(scenario('bridge-publish'), 'publish');
	const compared = await compare(t, lab, ['h1'], async () => {
		await lab.http('laptop', 'http://192.168.50.10:8080/');
		await lab.http('laptop', 'http://192.168.50.10:8080/');
		await lab.http('cli', 'http://192.168.50.12/');
		await lab.http('cli', 'http://172.17.0.2/');
		await lab.http('cli', 'http://192.168.50.10:8080/');
		await lab.http('h1', 'http://127.0.0.1:8080/');
		await lab.http('h1', 'http://192.168.50.10:8080/');
		await lab.http('h1', 'http://172.17.0.2/');
		await lab.http('h1', 'http://192.168.50.12/');
		await lab.http('laptop', 'http://192.168.50.10:9999/');
		await lab.http('cli', 'http://192.168.50.12:9999/');
		await lab.exec('laptop', 'ping', '-c2', '-W1', '192.168.50.10');
		await lab.exec('cli', 'ping', '-c2', '-W1', '192.168.50.12');
		await lab.exec('cli', 'ping', '-c1', '-W1', '172.17.0.2');
		await lab.exec('cli', 'ping', '-c1', '-W1', '192.168.50.99');
		await lab.exec('h1', 'ping', '-c1', '-W1', '172.17.0.3');
		await lab.udp('laptop', '192.168.50.10', 8080);
	});
	t.deepEqual(compared.differences, []);
	t.deepEqual(compared.contradictions, []);
});

const two = (engine: string, more = ''): string => `vethlab: 1
lans: {office: {subnet: 192.168.50.0/24}}
hosts:
  h1: {nics: {eth0: {lan: office, ip: 192.168.50.10/24}}, docker: {engine: "${engine}"${more}}, serve: [{http: {port: 9090, body: host}}]}
  laptop:
    docker: false
    nics: {eth0: {lan: office, ip: 192.168.50.12/24}}
    serve: [{http: {port: 80, echo: peer}}]
    routes: [{to: 10.1.0.0/24, via: 192.168.50.10}, {to: 10.2.0.0/24, via: 192.168.50.10}]
networks:
  front: {ipam: {config: [{subnet: 10.1.0.0/24}]}}
  back: {ipam: {config: [{subnet: 10.2.0.0/24}]}}
services:
  web: {host: h1, networks: [front], serve: [{http: {port: 80, echo: peer}}, {udp: {port: 53, echo: true}}], ports: ["8080:80", "127.0.0.1:8081:80", "5353:53/udp"]}
  cli: {host: h1, networks: [front], image: lab/tools}
  other: {host: h1, networks: [back], serve: [{http: {port: 80, echo: peer}}]}
`;

/** Calls in all directions that these labs have: published, direct, between networks, to closed ports, by name. */
async function mixed(lab: Lab): Promise<void> {
	const calls = [
		['laptop', 'http://192.168.50.10:8080/'],
		['laptop', 'http://192.168.50.10:8081/'],
		['laptop', 'http://192.168.50.10:9090/'],
		['laptop', 'http://10.1.0.2/'],
		['laptop', 'http://10.2.0.2/'],
		['cli', 'http://192.168.50.10:8080/'],
		['cli', 'http://10.1.0.1:8080/'],
		['cli', 'http://10.1.0.2/'],
		['cli', 'http://10.2.0.2/'],
		['cli', 'http://192.168.50.12/'],
		['cli', 'http://web/'],
		['web', 'http://192.168.50.10:8080/'],
		['other', 'http://192.168.50.10:8080/'],
		['other', 'http://10.1.0.2/'],
		['h1', 'http://127.0.0.1:8080/'],
		['h1', 'http://127.0.0.1:8081/'],
		['h1', 'http://192.168.50.10:8080/'],
		['h1', 'http://10.1.0.2/'],
		['h1', 'http://192.168.50.12/'],
	] as const;
	await inTurn(calls, async ([from, url]) => lab.http(from, url, 700));
	await Promise.all([
		lab.udp('laptop', '192.168.50.10', 5353, 700),
		lab.udp('laptop', '192.168.50.10', 5353, 700),
		lab.udp('cli', '10.1.0.2', 53, 700),
		lab.udp('cli', '10.1.0.2', 99, 700),
		lab.udp('h1', '10.1.0.2', 53, 700),
		lab.exec('cli', 'ping', '-c2', '-i0.2', '-W1', '10.2.0.2'),
		lab.exec('cli', 'ping', '-c2', '-i0.2', '-W1', '192.168.50.12'),
		lab.exec('laptop', 'ping', '-c2', '-i0.2', '-W1', '10.1.0.2'),
		lab.exec('h1', 'ping', '-c2', '-i0.2', '-W1', '10.1.0.2'),
		lab.exec('cli', 'ping', '-c1', '-W1', '10.1.0.1'),
	]);
}

for (const [name, yaml] of [
	['28', two('28')],
	['20.10', two('20.10')],
	['28 without docker-proxy', two('28', ', userland_proxy: false')],
	['20.10 without docker-proxy', two('20.10', ', userland_proxy: false')],
] as const) {
	needs('capture', 'crun')(`two networks of an engine ${name}, with all that is dropped between them; names`, async (t) => {
		const lab = await sandbox.up(yaml, name.replaceAll(/\W+/g, '-'));
		const compared = await compare(t, lab, ['h1', 'cli', 'web'], async () => mixed(lab));
		t.deepEqual(compared.differences, []);
		t.deepEqual(compared.contradictions, []);
	});
}

needs('capture', 'crun')('rules that people add: every match that is understood', async (t) => {
	const lab = await sandbox.up(two('28'), 'hand');
	const rules = [
		'-I DOCKER-USER -p tcp -m multiport --dports 80,443,8000:8010 -m comment --comment "two words"',
		'-I DOCKER-USER -p tcp -m conntrack --ctorigdstport 8080 --ctdir ORIGINAL',
		'-I DOCKER-USER -m conntrack --ctstate DNAT',
		'-I DOCKER-USER -m conntrack --ctstate SNAT',
		'-I DOCKER-USER -p tcp --syn',
		'-I DOCKER-USER -p tcp --tcp-flags ALL FIN,ACK',
		'-I DOCKER-USER -p icmp --icmp-type echo-request -j LOG',
		'-I DOCKER-USER -p icmp --icmp-type 3/3',
		'-I DOCKER-USER ! -s 10.1.0.0/24 -o br+',
		'-I DOCKER-USER ! -i br+ ! -o eth0',
		'-I DOCKER-USER -m iprange --src-range 192.168.50.11-192.168.50.20 -j RETURN',
		'-I INPUT -p tcp --dport 9090 -m conntrack --ctstate NEW -j DROP',
		'-A INPUT -m conntrack --ctstate ESTABLISHED',
		'-A INPUT -m conntrack --ctstate RELATED',
		'-A INPUT -m conntrack --ctstate INVALID -j DROP',
		'-A INPUT -m addrtype --dst-type BROADCAST,MULTICAST',
		'-A INPUT -p udp ! --sport 1:1023',
		'-A OUTPUT -o lo',
		'-A OUTPUT -m conntrack --ctstate NEW',
		'-A OUTPUT -p tcp -m conntrack --ctorigdst 192.168.50.10',
		'-t mangle -A PREROUTING -p tcp --dport 8080 -j MARK --set-mark 0x7',
		'-t mangle -A FORWARD -m mark --mark 0x7',
		'-t mangle -A POSTROUTING -p udp',
		'-t raw -A OUTPUT -p icmp',
		'-t raw -A PREROUTING -p udp --dport 5353',
		'-t nat -A POSTROUTING -d 10.1.0.2 -p tcp --dport 80',
		'-t nat -A PREROUTING -p tcp --dport 7070 -j REDIRECT --to-ports 9090',
		'-t nat -I OUTPUT -d 203.0.113.1 -p tcp --dport 80 -j DNAT --to-destination 192.168.50.12:80',
	];
	await lab.exec('h1', 'sh', '-c', rules.map((rule) => `iptables ${rule}`).join(' && '));
	const compared = await compare(t, lab, ['h1'], async () => {
		await mixed(lab);
		await lab.http('laptop', 'http://192.168.50.10:7070/');
		await lab.http('h1', 'http://203.0.113.1/');
	});
	t.deepEqual(compared.differences, []);
	t.deepEqual(compared.contradictions, []);
	t.deepEqual(compared.unknown, []);
});

for (const [name, nodes, calls] of [
	[
		'ipv6',
		['h1', 'h2', 'h3'],
		[
			['laptop', 'http://[fd00:50::10]:8080/'],
			['laptop', 'http://[fd00:77::2]/'],
			['h1', 'http://[::1]:8080/'],
			['web', 'http://[fd00:50::12]/'],
			// what is longer than a packet
			['cli', 'fd00:50::12'],
			['cli', 'fd00:77::2'],
			['laptop', 'fd00:20::2'],
			['laptop', 'fd00:77::2'],
			['h1', 'fd00:77::2'],
			['web', 'fd00:50::10'],
		],
	],
	[
		'overlay',
		['h1', 'h2'],
		[
			['api', 'http://db/'],
			['laptop', 'http://192.168.50.11:8080/'],
			['api', 'http://192.168.50.12/'],
		],
	],
	['macvlan', ['h1'], [['laptop', 'http://192.168.50.10:9/']]],
	[
		'docker-proxy',
		['h1', 'h2'],
		[
			['laptop', 'http://192.168.50.11:8080/'],
			['cli2', 'http://192.168.50.11:8080/'],
			['web2', 'http://192.168.50.11:8080/'],
			['h2', 'http://127.0.0.1:8080/'],
			['h2', 'http://172.17.0.1:8080/'],
			['cli1', 'http://192.168.50.11:8080/'],
		],
	],
] as const) {
	needs('capture', 'crun')(`scenario ${name}`, async (t) => {
		const lab = await sandbox.up(scenario(name), name);
		const compared = await compare(t, lab, nodes, async () =>
			inTurn<readonly [from: string, url: string]>(calls, async ([from, url]) =>
				url.startsWith('http') ? lab.http(from, url, 700) : lab.exec(from, 'ping', '-c2', '-i0.2', '-W1', '-s3000', url),
			),
		);
		t.deepEqual(compared.differences, []);
		t.deepEqual(compared.contradictions, []);
		t.true(compared.found.length > 0);
	});
}

needs('capture', 'crun')('rules that come and go while packets do, and one that nobody can judge afterwards', async (t) => {
	const lab = await sandbox.up(two('28'), 'changing');
	const call = async (timeoutMs?: number): Promise<string> => lab.http('laptop', 'http://192.168.50.10:8080/', timeoutMs);
	const rule = async (text: string): Promise<unknown> => lab.exec('h1', 'sh', '-c', `iptables ${text}`);
	const compared = await compare(t, lab, ['h1'], async (learn) => {
		t.is(await call(), '192.168.50.12');
		await rule('-I DOCKER-USER -i eth0 -p tcp --dport 80 -j DROP');
		await learn();
		t.is(await call(700), 'timeout');
		// it lets all of them pass, which is seen: none comes to the rule behind it
		await rule('-I DOCKER-USER -i eth0 -p tcp -m limit --limit 1000/s --limit-burst 1000 -j RETURN');
		await learn();
		t.is(await call(), '192.168.50.12');
		await rule('-D DOCKER-USER 2');
		await rule('-I DOCKER-USER -s 192.168.50.12 -m tcp -p tcp');
		await learn();
		t.is(await call(), '192.168.50.12');
	});
	// of the last call nothing tells whether it hit the limit, or went on behind it
	t.regex(compared.open.join('\n'), /^h1 4 filter DOCKER-USER -i eth0 -p tcp -m limit .*: kernel \d+, certain \d+, possible \d+$/);
	t.deepEqual(compared.differences, []);
	t.deepEqual(compared.contradictions, []);
	t.true(compared.unknown.length > 0);
});

for (const [name, yaml] of [
	['28', two('28')],
	['28 without docker-proxy', two('28', ', userland_proxy: false')],
] as const) {
	needs('capture', 'crun')(`rules that ask for ports of bridges, engine ${name}`, async (t) => {
		const lab = await sandbox.up(yaml, `ports-${name.replaceAll(/\W+/g, '-')}`);
		const ports = await lab.exec('h1', 'sh', '-c', 'ls -d /sys/class/net/*/master | cut -d/ -f5');
		const [one = '', other = ''] = ports.stdout.trim().split('\n');
		const asks = [
			`--physdev-in ${one}`,
			`! --physdev-in ${one}`,
			`--physdev-in ${other}`,
			'--physdev-in veth+',
			'--physdev-in eth0',
			'--physdev-is-in',
			'! --physdev-is-in',
		];
		const asksOut = [
			`--physdev-out ${one}`,
			`! --physdev-out ${one}`,
			`--physdev-in veth+ --physdev-out ${other}`,
			`! --physdev-in ${one} ! --physdev-out ${other}`,
			'--physdev-is-out',
			'! --physdev-is-out',
			'--physdev-is-bridged',
			'! --physdev-is-bridged',
		];
		const into = ['-t raw -A PREROUTING', '-t mangle -A PREROUTING', '-A INPUT', '-I DOCKER-USER', '-t mangle -A POSTROUTING'];
		const rules = [
			...into.flatMap((chain) => asks.map((ask) => `${chain} -m physdev ${ask}`)),
			...['-I DOCKER-USER', '-t mangle -A POSTROUTING'].flatMap((chain) => asksOut.map((ask) => `${chain} -m physdev ${ask}`)),
			// what one container sends another is dropped on the bridge
			`-I DOCKER-USER -m physdev --physdev-in ${one} --physdev-is-bridged -p udp --dport 99 -j DROP`,
		];
		const {exit, stderr} = await lab.exec('h1', 'sh', '-c', rules.map((rule) => `iptables ${rule}`).join(' && '));
		t.is(exit, 0, stderr);
		const compared = await compare(t, lab, ['h1'], async () => mixed(lab));
		t.deepEqual(compared.differences, []);
		t.deepEqual(compared.contradictions, []);
		t.deepEqual(compared.unknown, []);
		t.true(compared.found.some((line) => line.includes(`DOCKER-USER -m physdev --physdev-in ${one}:`)));
		t.true(compared.found.some((line) => line.includes('-j DROP')));
	});
}

needs('capture', 'crun')('rules that ask for what packets do not tell: the kernel counts some of those that may have hit them', async (t) => {
	const lab = await sandbox.up(two('28'), 'untold');
	const rules = [
		'-I DOCKER-USER -p icmp -m limit --limit 1/hour --limit-burst 3',
		'-I DOCKER-USER -p tcp --syn -m recent --set --name callers --rsource',
		'-I DOCKER-USER -p tcp --syn -m recent --rcheck --seconds 60 --hitcount 2 --name callers --rsource',
		'-I DOCKER-USER -m owner ! --uid-owner 0',
		'-t mangle -A POSTROUTING -m owner --uid-owner 0',
		'-t mangle -A POSTROUTING -m owner ! --uid-owner 0',
		'-t mangle -A POSTROUTING -m owner --socket-exists',
		// what is sent on has no owner here
		'-t mangle -A POSTROUTING -s 192.168.50.12 -m owner ! --uid-owner 0',
		'-t mangle -A POSTROUTING -s 192.168.50.12 -m owner --uid-owner 0',
		'-t mangle -A POSTROUTING -s 192.168.50.12 -m owner --socket-exists',
		// without root there may be no other group in the box
		'-A OUTPUT -p udp -m owner --gid-owner 0',
		'-A OUTPUT -p icmp -m owner ! --socket-exists',
	];
	const added = await Promise.all(rules.map(async (rule) => lab.exec('h1', 'sh', '-c', `iptables -w ${rule}`)));
	// owner is for what is sent, and DOCKER-USER is not: such a rule the kernel refuses
	t.deepEqual(
		added.map(({exit}) => exit === 0),
		rules.map((rule) => !rule.startsWith('-I DOCKER-USER -m owner')),
	);
	const compared = await compare(t, lab, ['h1'], async () => mixed(lab));
	t.deepEqual(compared.differences, []);
	t.deepEqual(compared.contradictions, []);
	const open = compared.open.map((line) => line.replace(/: kernel.*/, '').replace(/^h1 4 (?:filter|mangle) /, ''));
	t.deepEqual(open.toSorted(), [
		'DOCKER-USER -p icmp -m limit --limit 1/hour --limit-burst 3',
		'DOCKER-USER -p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN -m recent --rcheck --seconds 60 --hitcount 2 --name callers --mask 255.255.255.255 --rsource',
		'OUTPUT -p icmp -m owner ! --socket-exists',
		'OUTPUT -p udp -m owner --gid-owner 0',
		'POSTROUTING -m owner ! --uid-owner 0',
		'POSTROUTING -m owner --socket-exists',
		'POSTROUTING -m owner --uid-owner 0',
	]);
	t.regex(compared.open.find((line) => line.includes('-m limit')) ?? '', /kernel 3, certain 0, possible \d+$/);
	t.true(compared.found.some((line) => line.includes('recent --set')));
	t.true(compared.found.some((line) => line.includes('-s 192.168.50.12/32 -m owner ! --uid-owner 0')));
});

/** One after the other. */
async function inTurn<T>(all: readonly T[], send: (one: T) => Promise<unknown>): Promise<void> {
	for (const one of all) {
		// oxlint-disable-next-line no-await-in-loop -- that is what it is for
		await send(one);
	}
}

needs('capture', 'crun')('what is cut, what comes too far, what finds nobody, what is for all, and connections that were there before', async (t) => {
	const lab = await sandbox.up(two('28'), 'hard');
	// its first packets nobody has seen
	const old = lab.exec('laptop', 'bash', '-c', 'exec 3<>/dev/tcp/192.168.50.10/8080; sleep 2; printf "GET / HTTP/1.0\\r\\n\\r\\n" >&3; cat <&3 >/dev/null');
	const oldDatagrams = lab.exec('cli', 'sh', '-c', 'ping -c8 -i0.5 192.168.50.12 >/dev/null');
	await lab.http('cli', 'http://192.168.50.12/');
	const compared = await compare(t, lab, ['h1', 'cli', 'web'], async () => {
		t.deepEqual(
			(await Promise.all([old, oldDatagrams])).map(({exit}) => exit),
			[0, 0],
		);
		await lab.exec('laptop', 'ping', '-c2', '-i0.2', '-W1', '-s3000', '192.168.50.10');
		await lab.exec('cli', 'ping', '-c2', '-i0.2', '-W1', '-s3000', '192.168.50.12');
		await lab.exec('cli', 'ping', '-c2', '-i0.2', '-W1', '-s3000', '10.1.0.2');
		await lab.exec('cli', 'ping', '-c1', '-W1', '-t1', '192.168.50.12');
		await lab.exec('cli', 'ping', '-c1', '-W1', '192.168.50.77');
		await lab.exec('cli', 'ping', '-c1', '-W1', '8.8.8.8');
		await lab.exec('cli', 'ping', '-c1', '-W1', '-b', '10.1.0.255');
		await lab.exec('h1', 'ping', '-c1', '-W1', '-b', '10.1.0.255');
		await lab.exec('cli', 'ping', '-c1', '-W1', '224.0.0.1');
		await lab.exec('h1', 'ping', '-c1', '-W1', '224.0.0.1');
		await lab.exec('laptop', 'ping', '-c1', '-W1', '-b', '192.168.50.255');
		await lab.probe({kind: 'http', from: 'laptop', url: 'http://192.168.50.10:8080/', count: 60, timeoutMs: 20_000});
		await lab.probe({kind: 'http', from: 'h1', url: 'http://192.168.50.10:8080/', count: 30, timeoutMs: 20_000});
		await Promise.all([
			lab.probe({kind: 'http', from: 'cli', url: 'http://192.168.50.12/', count: 60, timeoutMs: 20_000}),
			lab.probe({kind: 'http', from: 'cli', url: 'http://192.168.50.10:8080/', count: 60, timeoutMs: 20_000}),
			lab.probe({kind: 'http', from: 'other', url: 'http://192.168.50.12/', count: 60, timeoutMs: 20_000}),
		]);
	});
	t.deepEqual(compared.differences, []);
	t.deepEqual(compared.contradictions, []);
	t.true(compared.packets > 10_000);
});
