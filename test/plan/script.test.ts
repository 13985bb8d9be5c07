// The ip form of a plan, run by sh in namespaces that go with it: it must make what the plan says, on a real kernel.
import {execFileSync} from 'node:child_process';
import test, {type ExecutionContext} from 'ava';
import {planLab} from '../../src/drivers/index.ts';
import type {Lab} from '../../src/model/lab.ts';
import {renderPlan} from '../../src/plan/render.ts';
import {undoCommandOf} from '../../src/plan/words.ts';
import {aHost, aLab, aMacvlan, aNetwork, anEngine, anMtu, anOverlay, aPublish, aService, office, on, someHosts} from '../drivers/labs.ts';
import {byChain, fold} from '../drivers/fold.ts';
import {needs} from '../needs.ts';

/** Runs a script in its own network and mount namespace, with a /run and a copy of /etc that go with it; returns what it prints. */
function inScratch(script: string): string {
	const rights = process.getuid?.() === 0 ? [] : ['--map-root-user'];
	const room =
		'set -eu; mount -t tmpfs none /run; cp -a /etc /run/etc 2>/dev/null || true; rm -rf /run/etc/netns; mount --bind /run/etc /etc; mkdir -p /run/netns /etc/netns';
	return execFileSync('unshare', [...rights, '--net', '--mount', '--propagation', 'private', 'sh', '-s'], {
		encoding: 'utf8',
		input: `${room}\n${script}`,
		stdio: ['pipe', 'pipe', 'inherit'],
	});
}

const builds = test.macro({
	exec(t, _: string, lab: Lab) {
		compare(t, lab);
	},
	title: (_, name: string) => `the ip form of a plan builds the network it describes: ${name}`,
});

/** Runs the plan's script and looks at what it made. */
function compare(t: ExecutionContext, lab: Lab): void {
	const {units} = planLab(lab);
	const look = [
		'echo --- rules',
		...[
			['', 4],
			['6', 6],
		].flatMap(([v, family]) => [
			`ip netns exec h1 ip${v}tables-save | awk -v f=${family} '/^\\*/ {t = substr($1, 2)} /^-A/ {sub(/^-A /, ""); print f, t, $0}'`,
		]),
		'echo --- addresses',
		'for n in $(ip netns | awk "{print \\$1}"); do ip -n $n -4 -o addr | sed "s/^[0-9]*: /$n /"; done',
		'echo --- routes',
		'for n in $(ip netns | awk "{print \\$1}"); do ip -n $n route show default | sed "s/^/$n /"; done',
		'echo --- ports',
		'bridge -n h1 -d link',
		'echo --- hosts',
		'ip netns exec web cat /etc/hosts',
	];
	const printed = inScratch(`${renderPlan(units, 'ip')}\n${look.join('\n')}\n`);
	const sections = new Map(
		printed
			.split(/^--- /m)
			.slice(1)
			.map((text) => [text.slice(0, text.indexOf('\n')), text.slice(text.indexOf('\n') + 1)]),
	);
	const made = fold(units);

	const seen = new Map<string, string[]>();
	for (const rule of (sections.get('rules') ?? '').trimEnd().split('\n')) {
		const [family = '', table = '', chain = '', ...text] = rule.trim().split(' ');
		const key = `${family} ${table} ${chain}`;
		seen.set(key, [...(seen.get(key) ?? []), text.join(' ')]);
	}

	t.deepEqual(byChain(seen), byChain(made.rules));
	for (const address of made.addresses) {
		const [netns = '', dev = '', cidr = ''] = address.split(' ');
		t.regex(sections.get('addresses') ?? '', new RegExp(`^${netns} ${dev}\\s+inet ${cidr} `, 'm'));
	}

	for (const route of made.routes) {
		t.true((sections.get('routes') ?? '').includes(route), route);
	}

	const plugs = units.flatMap(({ops}) => ops.flatMap((op) => (op.do === 'link.add' && op.link.kind === 'veth' && op.netns === 'h1' ? [op.link] : [])));
	for (const {name, master, hairpin} of plugs) {
		t.regex(sections.get('ports') ?? '', new RegExp(`${name}@.* master ${master ?? ''} [^]*?hairpin ${hairpin === true ? 'on' : 'off'}`));
	}

	t.is(sections.get('hosts'), made.files.get('web /etc/hosts'));
}

const services = [
	aService('web', {publish: [aPublish('8080:80'), aPublish('127.0.0.1:8081:80'), aPublish('53:53/udp')]}),
	aService('cli'),
	aService('bare', {attach: {mode: 'none'}}),
];

test.serial(builds, 'engine 28', aLab({lans: [office], hosts: [aHost({})], services}));
test.serial(builds, 'engine 20.10', aLab({lans: [office], hosts: [aHost({docker: anEngine({engine: '20.10'})})], services}));
test.serial(builds, 'without userland-proxy', aLab({lans: [office], hosts: [aHost({docker: anEngine({userlandProxy: false})})], services}));
test.serial(
	builds,
	'wires by hand',
	aLab({
		lans: [office],
		hosts: [aHost({nics: aHost({}).nics.map((nic) => ({...nic, address: undefined})), bridges: [{dev: 'br0', address: '10.77.0.35/24', ports: ['eth0']}]})],
		services: [
			aService('web', {
				attach: {mode: 'none'},
				nics: [{dev: 'eth0', to: {bridge: 'br0'}, address: '10.77.0.40/24', gateway: '10.77.0.2', mac: undefined, via: 'pipework'}],
			}),
		],
	}),
);

const networks = [aNetwork('front'), aNetwork('back', {internal: true}), aNetwork('apart', {bridge: 'br9', icc: false, masquerade: false, mtu: anMtu(1400)})];
const connected = [
	aService('web', {publish: [aPublish('8080:80')], ...on('back', 'front')}),
	aService('db', on('back')),
	aService('lone', on('apart')),
	aService('cli'),
];
test.serial(builds, 'user-defined networks, engine 28', aLab({lans: [office], hosts: [aHost({})], networks, services: connected}));
test.serial(
	builds,
	'user-defined networks, engine 20.10',
	aLab({lans: [office], hosts: [aHost({docker: anEngine({engine: '20.10'})})], networks, services: connected}),
);
const phys = aMacvlan('phys', {ipam: {subnet: '10.77.0.0/24', gateway: '10.77.0.1', range: '10.77.0.64/28'}});
needs('macvlan').serial('the ip form of a plan builds the network it describes: macvlan', (t) => {
	compare(t, aLab({lans: [office], hosts: [aHost({})], networks: [phys], services: [aService('web', on('phys')), aService('cli', on('phys'))]}));
});

needs('vxlan').serial('the ip form of a plan builds the overlay network it describes, and its undo form leaves nothing of it', (t) => {
	const lab = aLab({
		lans: [office],
		hosts: someHosts(2),
		networks: [anOverlay('app')],
		services: [aService('web', on('app')), aService('db', {host: 'h2', ...on('app')})],
	});
	const {units} = planLab(lab);
	const kernel = new Set(['netns.add', 'link.add', 'link.set', 'addr.add', 'fdb.set', 'neigh.set']);
	const undo = units
		.flatMap(({ops}) => ops)
		.filter((op) => kernel.has(op.do))
		.toReversed()
		.flatMap((op) => undoCommandOf(op, 'script'));
	const printed = inScratch(
		[
			renderPlan(units, 'ip'),
			'ip -n h1:vxlan4097 -d link show vxlan0 | tr "\\n" " "',
			'echo',
			'bridge -n h1:vxlan4097 fdb show dev vxlan0 | grep dst',
			'ip -n h1:vxlan4097 neigh',
			'bridge -n h1:vxlan4097 -d link show dev vxlan0 | grep -o "learning o[a-z]*"',
			...undo,
			'echo --- after',
			'ip netns',
		].join('\n'),
	);
	const [before = '', after] = printed.split('--- after\n');
	t.regex(before, /mtu 1450 .* master br0 .* vxlan id 4097 .* dstport 4789 nolearning proxy/);
	t.regex(before, /^02:42:0a:00:01:03 dst 10\.77\.0\.12 (?:link-netnsid \d+ )?self permanent$/m);
	t.regex(before, /^10\.0\.1\.3 dev vxlan0 lladdr 02:42:0a:00:01:03 PERMANENT *$/m);
	t.regex(before, /^learning off$/m);
	t.is(after, '');
});

test.serial("a plan's commands, taken back last first, leave nothing", (t) => {
	const {units} = planLab(aLab({lans: [office], hosts: [aHost({})], networks, services: [...services, aService('db', on('back', 'front'))]}));
	const made = units
		.flatMap(({ops}) => ops)
		.filter(({do: verb}) => !['host.start', 'serve.start', 'proxy.start', 'container.start', 'port.bind', 'dns.start'].includes(verb));
	const names = ['lan:office', 'h1', 'web', 'cli', 'bare', 'db'];
	const last = made.toReversed();
	const firstGone = last.findIndex((op) => op.do === 'netns.add' && op.netns === 'h1');
	const undo = (from: number, to?: number): string =>
		last
			.slice(from, to)
			.flatMap((op) => undoCommandOf(op, 'script'))
			.join('\n');
	const left = inScratch(
		[
			renderPlan(units, 'ip'),
			undo(0, firstGone),
			'ip -n h1 -o link',
			'ip netns exec h1 iptables-save',
			'ip netns exec h1 ip6tables-save',
			'echo --- netns',
			undo(firstGone),
			'ip netns',
			'find /etc/netns -type f',
		].join('\n'),
	);
	const [inHost = '', after = ''] = left.split('--- netns\n');
	t.deepEqual(
		inHost
			.split('\n')
			.filter((line) => /^\d+: /.test(line))
			.map((line) => line.split(' ')[1]),
		['lo:'],
	);
	t.deepEqual(
		inHost.split('\n').filter((line) => line.startsWith('-A') || line.includes('DOCKER') || line.includes('FORWARD DROP')),
		[],
	);
	t.is(after, '');
	t.true(names.every((name) => made.some((op) => op.do === 'netns.add' && op.netns === name)));
});
