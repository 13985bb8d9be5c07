import test from 'ava';
import type {Method, Methods, Probe, ProbeResult, View} from '../../src/api/messages.ts';
import type {Check, Position} from '../../src/model/lab.ts';
import type {ObservedFlow, ObservedNet, ObservedRules} from '../../src/model/observed.ts';
import {bind} from '../../src/scenario/checks/index.ts';
import {valuesOf} from '../../src/scenario/checks/unique.ts';
import {addressOf, type Scene} from '../../src/scenario/scene.ts';

const at: Position = {line: 1, column: 1};

const view: View = {
	lab: 'test',
	title: '',
	about: '',
	file: '',
	createdMs: 0,
	isUp: true,
	networks: [],
	lans: [],
	hosts: [
		{
			name: 'h1',
			engine: '28',
			gateway: undefined,
			serve: [],
			bridges: [{dev: 'docker0', address: '172.17.0.1/16', ports: []}],
			nics: [{dev: 'eth0', lan: 'office', address: '192.168.50.10/24', mac: '02:00:00:00:00:10', peer: 'h1-eth0'}],
			containers: [
				{
					name: 'web',
					id: 'f00',
					hostname: 'f00',
					mode: 'bridge',
					state: 'running',
					exitCode: undefined,
					image: 'lab/web',
					command: [],
					pid: 9,
					sharesWith: undefined,
					published: [],
					interfaces: [
						{
							dev: 'eth0',
							kind: 'veth',
							network: 'bridge',
							isWayOut: true,
							address: '172.17.0.2/16',
							mac: '02:00:00:00:00:22',
							gateway: '172.17.0.1',
							mtu: 1500,
							veth: 'veth0000001',
							bridge: 'docker0',
						},
					],
				},
				{
					name: 'probe',
					id: 'f01',
					hostname: 'f00',
					mode: 'container',
					state: 'running',
					exitCode: undefined,
					image: 'lab/tools',
					command: [],
					pid: 10,
					sharesWith: 'web',
					published: [],
					interfaces: [],
				},
				{
					name: 'open',
					id: 'f02',
					hostname: 'h1',
					mode: 'host',
					state: 'running',
					exitCode: undefined,
					image: 'lab/tools',
					command: [],
					pid: 11,
					sharesWith: undefined,
					published: [],
					interfaces: [],
				},
			],
		},
	],
};

const noCounters = {rxBytes: 0, txBytes: 0, rxPackets: 0, txPackets: 0, rxDropped: 0, txDropped: 0};

function link(name: string, mac: string, more: object = {}): ObservedNet['links'][number] {
	return {
		index: 1,
		name,
		kind: 'veth',
		mac,
		mtu: 1500,
		isUp: true,
		state: 'UP',
		master: undefined,
		peerIndex: undefined,
		hairpin: undefined,
		counters: noCounters,
		...more,
	};
}

const net: ObservedNet = {
	links: [
		link('lo', '00:00:00:00:00:00', {kind: undefined}),
		link('eth0', '02:00:00:00:00:22'),
		link('docker0', '02:00:00:00:00:01', {kind: 'bridge'}),
		link('veth0000001', '02:00:00:00:00:31', {master: 'docker0'}),
	],
	addresses: [
		{dev: 'lo', family: 4, address: '127.0.0.1/8', broadcast: undefined, scope: 'host'},
		{dev: 'eth0', family: 4, address: '172.17.0.2/16', broadcast: '172.17.255.255', scope: 'global'},
		{dev: 'eth0', family: 6, address: 'fd00:77::2/64', broadcast: undefined, scope: 'global'},
		{dev: 'eth0', family: 6, address: 'fe80::22/64', broadcast: undefined, scope: 'link'},
	],
	routes: [
		{family: 4, to: 'default', via: '172.17.0.1', dev: 'eth0', source: undefined, scope: 'global', protocol: 3},
		{family: 4, to: '172.17.0.0/16', via: undefined, dev: 'eth0', source: '172.17.0.2', scope: 'link', protocol: 2},
		{family: 6, to: 'default', via: 'fd00:77::1', dev: 'eth0', source: undefined, scope: 'global', protocol: 3},
		{family: 6, to: 'fe80::/64', via: undefined, dev: 'eth0', source: undefined, scope: 'global', protocol: 2},
	],
	neighbours: [
		{dev: 'eth0', address: '172.17.0.1', mac: '02:00:00:00:00:01', state: 'REACHABLE'},
		{dev: 'eth0', address: '172.17.0.9', mac: undefined, state: 'FAILED'},
	],
	fdb: [
		{dev: 'veth0000001', mac: '02:00:00:00:00:22', dst: undefined, master: 'docker0', isPermanent: false},
		{dev: 'vxlan0', mac: '02:42:0a:00:01:03', dst: '192.168.50.11', master: undefined, isPermanent: true},
	],
};

function rules(packets: number): ObservedRules {
	const text = '! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80';
	return {chains: [], rules: [{family: 4, table: 'nat', chain: 'DOCKER', number: 1, text, packets, bytes: 0}]};
}

const flow: ObservedFlow = {
	id: 1,
	protocol: 'tcp',
	state: 'ESTABLISHED',
	hasReply: true,
	isAssured: true,
	timeoutSeconds: 9,
	nat: 'destination',
	mark: 0,
	zone: 0,
	orig: {src: '192.168.50.12', dst: '192.168.50.10', sport: 40_000, dport: 8080},
	reply: {src: '172.17.0.2', dst: '192.168.50.12', sport: 80, dport: 40_000},
};

const answered: ProbeResult = {result: 'ok', said: undefined, status: 200, body: '192.168.50.12\n', address: '192.168.50.10', micros: 100};
const refused: ProbeResult = {
	result: 'refused',
	said: 'connect: Connection refused',
	status: undefined,
	body: undefined,
	address: '192.168.50.10',
	micros: undefined,
};

/** A name server that knows `db`, with two addresses, and the name of 172.17.0.2; 10.0.0.9 never answers. */
function resolve({name, type, server}: Extract<Probe, {readonly kind: 'dns'}>): ProbeResult {
	const silent: ProbeResult = {...refused, result: 'timeout', said: 'no answer', address: server ?? '127.0.0.11'};
	const found = {...silent, result: 'ok', said: undefined, rcode: 'NOERROR', micros: 80} as const;
	switch (server === '10.0.0.9' ? 'silence' : `${name} ${type}`) {
		case 'silence': {
			return silent;
		}

		case 'db A': {
			return {...found, answers: ['172.18.0.3', '172.18.0.2']};
		}

		case 'db AAAA': {
			return {...found, answers: []};
		}

		case '172.17.0.2 PTR': {
			return {...found, answers: ['Web.front']};
		}

		default: {
			return {...silent, result: 'unresolved', said: 'NXDOMAIN', rcode: 'NXDOMAIN', answers: []};
		}
	}
}

const answers: {readonly [M in Method]?: (params: Methods[M]['params']) => Methods[M]['result']} = {
	net: () => net,
	rules: () => rules(5),
	flows: ({nodes}) => [{node: nodes[0] ?? '', atMs: 0, flows: [flow], halves: []}],
	probe: (probe) => {
		if (probe.kind === 'dns') {
			return resolve(probe);
		}

		if (('port' in probe && probe.port === 81) || ('url' in probe && probe.url === 'http://10.9.9.9/')) {
			return refused;
		}

		return 'to' in probe && probe.to === '10.9.9.9' ? {...answered, micros: 300} : answered;
	},
	exec: ({command}) => ({exit: command[0] === 'false' ? 1 : 0, stdout: 'hello\n', stderr: ''}),
	listeners: () => [{protocol: 'tcp', address: '0.0.0.0', port: 8080, process: 'docker-proxy', pid: 5}],
	processes: () => [
		{pid: 5, name: 'docker-proxy', args: ['/usr/bin/docker-proxy'], state: 'S'},
		{pid: 1, name: 'lab-init', args: ['lab-init'], state: 'S'},
	],
	namespaces: ({node}) => ({
		net: node === 'probe' ? 'web-net' : `${node}-net`,
		mnt: `${node}-mnt`,
		pid: `${node}-pid`,
		ipc: `${node}-ipc`,
		uts: 'uts',
		hostsFile: 'one',
	}),
	file: ({path}) => ({content: path === '/etc/hosts' ? '172.17.0.2\tf00\n' : undefined}),
};

const scene: Scene = {
	view,
	rulesBefore: new Map([['h1', rules(2)]]),
	rulesAfter: new Map([['h1', rules(5)]]),
	patienceMs: 10,
	packets: undefined,
	async call(method, params) {
		const answer = answers[method];
		if (answer === undefined) {
			throw new Error(`not expected here: ${method}`);
		}

		return answer(params);
	},
};

const holds = test.macro<[Check, boolean]>({
	async exec(t, check, wanted) {
		const seen = await bind(check).look(scene);
		t.is(seen.ok, wanted, `${seen.expected} / ${seen.got} / ${(seen.evidence ?? []).join('; ')}`);
		t.not(seen.expected, '');
		t.not(seen.got, '');
	},
	title: (_, check, wanted) => `${bind(check).title}: ${wanted ? 'holds' : 'does not hold'}   [${JSON.stringify({...check, at: undefined})}]`,
});

const reach = {at, check: 'reach', from: 'web', to: 'h1', protocol: 'tcp', port: undefined, size: undefined, df: false, result: 'ok'} as const;
const http = {
	at,
	check: 'http',
	from: 'web',
	url: 'http://h1/',
	status: undefined,
	body: undefined,
	contains: undefined,
	peerSeen: undefined,
	result: 'ok',
} as const;
const rule = {
	at,
	check: 'rule',
	host: 'h1',
	table: 'nat',
	chain: 'DOCKER',
	target: 'DNAT',
	match: undefined,
	to: '172.17.0.2:80',
	hits: undefined,
	exists: true,
} as const;
const anyEnds = {src: undefined, dst: undefined, sport: undefined, dport: undefined};
const conntrack = {at, check: 'conntrack', host: 'h1', protocol: 'tcp', orig: anyEnds, reply: anyEnds, nat: undefined, count: undefined} as const;
const route = {at, check: 'route', in: 'web', to: 'default', via: undefined, dev: undefined, exists: true} as const;
const addr = {at, check: 'addr', in: 'web', dev: 'eth0', ip: undefined, mac: undefined, mtu: undefined, state: undefined, exists: true} as const;
const listen = {at, check: 'listen', in: 'h1', protocol: 'tcp', port: 8080 as never, by: undefined, exists: true} as const;
const dns = {at, check: 'dns', from: 'web', name: 'db', type: 'A', server: undefined, answers: undefined, rcode: 'NOERROR'} as const;
const neigh = {at, check: 'neigh', in: 'web', ip: '172.17.0.1', mac: undefined, state: undefined, count: {is: '>=', value: 1}} as const;
const fdb = {at, check: 'fdb', host: 'h1', dev: 'vxlan4097', mac: undefined, dst: undefined, port: undefined, exists: true} as const;
const latency = {at, check: 'latency', of: {from: 'web', to: 'http://h1/'}, against: {from: 'web', to: 'h1'}, ratio: {is: '<=', value: 2}} as const;
const file = {at, check: 'file', in: 'web', path: '/etc/hosts', contains: undefined, lacks: undefined} as const;
const exec = {at, check: 'exec', in: 'web', command: ['true'], exit: 0, contains: undefined, matches: undefined} as const;

const rows: readonly (readonly [Check, boolean])[] = [
	[reach, true],
	[{...reach, result: 'fail'}, false],
	[{...reach, port: 81 as never, result: 'refused'}, true],
	[{...reach, port: 81 as never, result: 'fail'}, true],
	[{...reach, port: 81 as never, result: 'timeout'}, false],
	[{...reach, port: 81 as never}, false],
	[{...http, peerSeen: '192.168.50.12', status: 200}, true],
	[{...http, peerSeen: '172.17.0.1'}, false],
	[{...http, status: 404}, false],
	[{...http, contains: '50.12'}, true],
	[{...http, body: 'other'}, false],
	[{...http, result: 'fail'}, false],
	[rule, true],
	[{...rule, exists: false}, false],
	[{...rule, to: '172.17.0.2:8'}, false],
	[{...rule, target: 'DNA'}, false],
	[{...rule, target: 'MASQUERADE', to: undefined, exists: false}, true],
	[{...rule, match: '--dport 8080'}, true],
	[{...rule, hits: {is: '==', value: 3}}, true],
	[{...rule, hits: {is: '>=', value: 4}}, false],
	[{...rule, chain: 'OTHER', hits: {is: '==', value: 0}}, false],
	[conntrack, true],
	[{...conntrack, nat: 'destination', orig: {...anyEnds, dst: '192.168.50.10', dport: 8080}, reply: {...anyEnds, src: '172.17.0.2'}}, true],
	[{...conntrack, nat: 'source'}, false],
	[{...conntrack, protocol: 'udp'}, false],
	[{...conntrack, protocol: 'udp', count: {is: '==', value: 0}}, true],
	[{...route, via: '172.17.0.1', dev: 'eth0'}, true],
	[{...route, via: 'none'}, false],
	[{...route, to: '172.17.0.0/16', via: 'none'}, true],
	[{...route, to: '10.0.0.0/8', exists: false}, true],
	[{...route, via: 'fd00:77::1', dev: 'eth0'}, true],
	[{...route, via: 'fd00:77::9'}, false],
	[{...addr, ip: '172.17.0.2/16', mtu: 1500, state: 'up', mac: '02:00:00:00:00:22' as never}, true],
	[{...addr, ip: 'fd00:77::2/64'}, true],
	[{...addr, ip: '172.17.0.3/16'}, false],
	[{...addr, ip: '172.17.0.3/16', exists: false}, true],
	[{...addr, dev: 'eth9'}, false],
	[{...addr, dev: 'eth9', exists: false}, true],
	[{at, check: 'devs', in: 'web', are: ['veth0000001', 'docker0', 'eth0', 'lo']}, true],
	[{at, check: 'devs', in: 'web', are: ['lo']}, false],
	[{at, check: 'unique', what: 'ip', of: ['web']}, true],
	[{at, check: 'unique', what: 'ip', of: ['web', 'h1']}, false],
	[{at, check: 'same', what: 'netns', of: ['probe', 'probe']}, true],
	[{at, check: 'same', what: 'netns', of: ['web', 'h1']}, false],
	[{at, check: 'differ', what: 'mntns', of: ['web', 'h1']}, true],
	[{at, check: 'differ', what: 'ipcns', of: ['web', 'probe']}, true],
	[{at, check: 'same', what: 'utsns', of: ['web', 'probe']}, true],
	[{at, check: 'differ', what: 'utsns', of: ['web', 'probe']}, false],
	[{at, check: 'differ', what: 'hosts-file', of: ['web', 'h1']}, false],
	[{at, check: 'same', what: 'mac', of: ['web', 'h1']}, true],
	[{...listen, by: 'docker-proxy'}, true],
	[{...listen, by: 'app'}, false],
	[{...listen, port: 9 as never, exists: false}, true],
	[{at, check: 'process', host: 'h1', name: 'docker-proxy', count: {is: '==', value: 1}}, true],
	[{at, check: 'process', host: 'h1', name: 'proxy', count: {is: '>=', value: 1}}, false],
	[{at, check: 'bridge', host: 'h1', dev: 'docker0', ports: ['web:eth0'], count: {is: '==', value: 1}}, true],
	[{at, check: 'bridge', host: 'h1', dev: 'docker0', ports: ['eth0'], count: undefined}, false],
	[{at, check: 'bridge', host: 'h1', dev: 'br9', ports: [], count: undefined}, false],
	[dns, true],
	[{...dns, answers: ['172.18.0.2', '172.18.0.3']}, true],
	[{...dns, answers: ['172.18.0.2']}, false],
	[{...dns, answers: ['172.18.0.2', '172.18.0.2']}, false],
	[{...dns, answers: []}, false],
	[{...dns, type: 'AAAA', answers: []}, true],
	[{...dns, name: 'nobody'}, false],
	[{...dns, name: 'nobody', rcode: undefined}, true],
	[{...dns, name: 'nobody', rcode: undefined, answers: ['172.18.0.2']}, false],
	[{...dns, name: 'nobody', rcode: 'NXDOMAIN'}, true],
	[{...dns, rcode: 'NXDOMAIN'}, false],
	[{...dns, rcode: 'SERVFAIL'}, false],
	[{...dns, server: '10.0.0.9'}, false],
	[{...dns, server: '10.0.0.9', rcode: 'TIMEOUT'}, true],
	[{...dns, rcode: 'TIMEOUT'}, false],
	[{...dns, name: '172.17.0.2', type: 'PTR', answers: ['web.front']}, true],
	[{...dns, name: 'web', type: 'PTR', answers: ['web.front']}, true],
	[{...dns, name: 'web', type: 'PTR', answers: ['web']}, false],
	[neigh, true],
	[{...neigh, mac: '02:00:00:00:00:01' as never, state: 'REACHABLE'}, true],
	[{...neigh, mac: '02:00:00:00:00:09' as never}, false],
	[{...neigh, state: 'PERMANENT'}, false],
	[{...neigh, ip: '172.17.0.9'}, true],
	[{...neigh, ip: '172.17.0.9', mac: '02:00:00:00:00:09' as never, count: {is: '==', value: 0}}, true],
	[{...neigh, ip: '172.17.0.8'}, false],
	[{...neigh, count: {is: '==', value: 0}}, false],
	[{...fdb, dst: '192.168.50.11', mac: '02:42:0a:00:01:03' as never}, true],
	[{...fdb, dst: '192.168.50.12'}, false],
	[{...fdb, dst: '192.168.50.12', exists: false}, true],
	[{...fdb, exists: false}, false],
	[{...fdb, mac: '02:00:00:00:00:22' as never}, false],
	[{...fdb, dev: 'docker0', mac: '02:00:00:00:00:22' as never, port: 'veth0000001'}, true],
	[{...fdb, dev: 'docker0', port: 'vxlan0'}, false],
	[{...fdb, dev: 'br9', exists: false}, true],
	[latency, true],
	[{...latency, ratio: {is: '>', value: 1.01}}, false],
	[{...latency, of: {from: 'web', to: '10.9.9.9'}, ratio: {is: '==', value: 3}}, true],
	[{...latency, of: {from: 'web', to: 'http://10.9.9.9/'}}, false],
	[{...file, contains: '172.17.0.2'}, true],
	[{...file, lacks: '172.17.0.2'}, false],
	[{...file, path: '/none'}, false],
	[{...exec, contains: 'hello', matches: '^hel+o$'}, true],
	[{...exec, command: ['false'], exit: 1}, true],
	[{...exec, matches: '^hello world'}, false],
];

for (const [check, wanted] of rows) {
	test(holds, check, wanted);
}

/** A scene in which the longer way takes 130 us and the other 100, but for rounds that something else disturbs. */
function disturbed(isDisturbed: (round: number, isLonger: boolean) => boolean): Scene {
	let probes = 0;
	return {
		...scene,
		async call(method, params) {
			const isLonger = probes % 2 === 0;
			const micros = isDisturbed(Math.floor(probes / 2), isLonger) ? 900 : isLonger ? 130 : 100;
			probes++;
			return {...((await scene.call(method, params)) as object), micros} as never;
		},
	};
}

test('a busy machine may disturb most rounds of one way, or all of a moment, and the ratio stays what it is', async (t) => {
	const check = bind({...latency, ratio: {is: '<', value: 1.4}});
	const most = await check.look(disturbed((round, isLonger) => isLonger && round % 3 > 0));
	t.true(most.ok, most.got);
	const moment = await check.look(disturbed((round, isLonger) => isLonger && round < 20));
	t.true(moment.ok, moment.got);
	const always = await check.look(disturbed((_, isLonger) => isLonger));
	t.false(always.ok);
	t.is(always.got, '9.00 times as long');
});

for (const [node, address] of [
	['h1', '192.168.50.10'],
	['web', '172.17.0.2'],
	['probe', '172.17.0.2'],
	['open', '192.168.50.10'],
	['8.8.8.8', '8.8.8.8'],
	['nobody', 'nobody'],
] as const) {
	test(`where an address is meant, ${node} stands for ${address}`, (t) => {
		t.is(addressOf(node, view), address);
	});
}

test('addresses of one link alone are no addresses that two nodes could share, and tell nothing when a check fails', async (t) => {
	t.deepEqual(valuesOf('ip', net), ['172.17.0.2', 'fd00:77::2']);
	const {evidence} = await bind({...addr, ip: '172.17.0.3/16'}).look(scene);
	t.true(evidence?.some((line) => line.startsWith('eth0 172.17.0.2/16 fd00:77::2/64 02:')));
	t.deepEqual((await bind({...route, via: '10.0.0.1'}).look(scene)).evidence, [
		'default via 172.17.0.1 dev eth0',
		'172.17.0.0/16 dev eth0 src 172.17.0.2',
		'default via fd00:77::1 dev eth0',
	]);
});
