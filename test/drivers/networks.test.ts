// User-defined networks: their ranges, who gets which address, name and MAC on them, which is the way out, what names resolve, and Docker's words.
import {readFileSync} from 'node:fs';
import test from 'ava';
import {packageFile} from '../../src/base/paths.ts';
import {LabError} from '../../src/base/errors.ts';
import {macFrom} from '../../src/base/names.ts';
import {namesOf, planConnect, planContainer, planDisconnect, planLab, release} from '../../src/drivers/index.ts';
import {networkDrivers} from '../../src/drivers/networks/index.ts';
import type {DockerEngine, Host, Lab, Network, Service} from '../../src/model/lab.ts';
import type {Op, Unit} from '../../src/plan/op.ts';
import {aHost, aLab, aMacvlan, aNetwork, anEngine, anIpam, anMtu, aPublish, aService, office, on} from './labs.ts';
import {fold} from './fold.ts';

function labOf(networks: readonly Network[], services: readonly Service[] = [], host: Partial<Host> = {}): Lab {
	return aLab({lans: [office], hosts: [aHost(host)], networks, services});
}

function withEngine(parts: Partial<DockerEngine>): Partial<Host> {
	return {docker: anEngine(parts)};
}

function unitOf(lab: Lab, id: string): Unit {
	return planLab(lab).units.find((unit) => unit.id === id) ?? {id, after: [], ops: []};
}

/** "eth0 172.18.0.2/16" of each interface. */
function wiresOf(lab: Lab, service: string): readonly string[] {
	return (planLab(lab).allocations.containers.get(service)?.interfaces ?? []).map(({dev, address}) => `${dev} ${address}`);
}

function rangesOf(lab: Lab): readonly string[] {
	return [...planLab(lab).allocations.networks].map(([name, {v4}]) => `${name} ${v4?.subnet ?? '-'}`).toSorted();
}

const refused = test.macro({
	exec(t, lab: Lab, code: LabError['code'], said: string) {
		const error = t.throws(() => planLab(lab), {instanceOf: LabError});
		t.like(error, {code, said});
	},
	title: (_, __, ___, said: string) => `refused: ${said}`,
});

test('every driver that a network can have is in the table, under its own name', (t) => {
	const model = readFileSync(packageFile('src/model/network.ts'), 'utf8');
	const named = [...model.matchAll(/readonly driver: '(\w+)'/g)].map(([, driver]) => driver);
	t.deepEqual(new Set(Object.keys(networkDrivers)), new Set(named));
	for (const [name, {driver}] of Object.entries(networkDrivers)) {
		t.is(name, driver);
	}
});

test('a network is made after its engine and before its containers', (t) => {
	const ids = planLab(labOf([aNetwork('front')], [aService('web', on('front'))])).units.map(({id, after}) => `${id} after ${after.join(' ')}`);
	t.deepEqual(ids.slice(2), ['docker:h1 after host:h1', 'network:front after docker:h1', 'container:web after docker:h1 network:front']);
});

test('ranges on a wire of the host, of docker0 and of other networks are passed over; given ones are kept clear first', (t) => {
	const wire = aHost({}).nics.map((nic) => ({...nic, address: '172.19.3.1/24'}));
	const lab = labOf([aNetwork('a'), aNetwork('b'), aNetwork('c', {ipam: {subnet: '172.18.0.0/16'}})], [], {nics: wire});
	t.deepEqual(rangesOf(lab), ['a 172.20.0.0/16', 'b 172.21.0.0/16', 'c 172.18.0.0/16']);
});

test('routes through a gateway keep no range from being taken', (t) => {
	t.deepEqual(rangesOf(labOf([aNetwork('a')], [], {routes: [{to: '172.18.0.0/16', via: '10.77.0.1', dev: undefined}]})), ['a 172.18.0.0/16']);
});

test('a subnet equal to the LAN is accepted, as in Docker', (t) => {
	t.deepEqual(rangesOf(labOf([aNetwork('a', {ipam: {subnet: '10.77.0.0/24'}})])), ['a 10.77.0.0/24']);
});

test("ranges come from the engine's pools, docker0's too", (t) => {
	const pools = [
		{base: '10.10.0.0/23', size: 24},
		{base: '10.20.0.0/16', size: 26},
	];
	const lab = labOf([aNetwork('a'), aNetwork('b')], [], withEngine({pools}));
	t.is(planLab(lab).allocations.docker.get('h1')?.v4.subnet, '10.10.0.0/24');
	t.deepEqual(rangesOf(lab), ['a 10.10.1.0/24', 'b 10.20.0.0/26']);
	t.true(unitOf(lab, 'docker:h1').docker?.[0]?.includes('--default-address-pool=base=10.10.0.0/23,size=24'));
	t.throws(() => planLab(labOf([aNetwork('a')], [], withEngine({pools: [{base: '10.10.0.0/24', size: 24}]}))), {message: /fully subnetted/});
});

test('two hosts have ranges of their own', (t) => {
	const lab = aLab({lans: [office], hosts: [aHost({}), aHost({name: 'h2'})], networks: [aNetwork('a'), aNetwork('b', {host: 'h2'})]});
	t.deepEqual(rangesOf(lab), ['a 172.18.0.0/16', 'b 172.18.0.0/16']);
});

const overlap = 'invalid pool request: Pool overlaps with other one on this address space';
test(refused, labOf([aNetwork('a', {ipam: {subnet: '10.1.0.0/16'}}), aNetwork('b', {ipam: {subnet: '10.1.2.0/24'}})]), 'E_CONFLICT', overlap);
test(refused, labOf([aNetwork('bridge')]), 'E_CONFLICT', 'operation is not permitted on predefined bridge network');
test(
	refused,
	labOf(
		[aNetwork('a', {ipam: {subnet: '10.1.0.0/16'}})],
		[aService('x', on({network: 'a', address: '10.1.0.9'})), aService('y', on({network: 'a', address: '10.1.0.9'}))],
	),
	'E_CONFLICT',
	'Address already in use',
);

test('the smaller of two overlapping subnets may come first', (t) => {
	t.throws(() => planLab(labOf([aNetwork('a', {ipam: {subnet: '10.1.2.0/24'}}), aNetwork('b', {ipam: {subnet: '10.1.0.0/16'}})])), {
		message: /Pool overlaps/,
	});
});

test('addresses go in file order, past the gateway, what is reserved and what somebody asks for', (t) => {
	const network = aNetwork('a', {ipam: {subnet: '10.1.0.0/24', gateway: '10.1.0.2', reserved: ['10.1.0.3']}});
	const services = [aService('x', on('a')), aService('y', on('a')), aService('z', on({network: 'a', address: '10.1.0.4'})), aService('w', on('a'))];
	const lab = labOf([network], services);
	t.deepEqual(
		['x', 'y', 'z', 'w'].flatMap((name) => wiresOf(lab, name)),
		['eth0 10.1.0.1/24', 'eth0 10.1.0.5/24', 'eth0 10.1.0.4/24', 'eth0 10.1.0.6/24'],
	);
});

test('with ip_range the gateway and the dynamic addresses come from there, its first one too, and an address asked for may lie outside', (t) => {
	const lab = labOf(
		[aNetwork('a', {ipam: {subnet: '10.90.0.0/24', range: '10.90.0.128/25'}})],
		[aService('x', on({network: 'a', address: '10.90.0.7'})), aService('y', on('a'))],
	);
	t.deepEqual([...wiresOf(lab, 'x'), ...wiresOf(lab, 'y')], ['eth0 10.90.0.7/24', 'eth0 10.90.0.129/24']);
	t.is(planLab(lab).allocations.networks.get('a')?.v4?.gateway, '10.90.0.128');
});

test('an address that a container asks for is taken while another one that runs has it', (t) => {
	const lab = labOf(
		[aNetwork('a', {ipam: {subnet: '10.1.0.0/24'}})],
		[aService('x', on({network: 'a', address: '10.1.0.2'})), aService('y', on('a')), aService('z', on('a'))],
	);
	const without = release(release(planLab(lab).allocations, 'x'), 'z');
	const taken = planContainer(lab, without, 'z').allocations;
	t.is(taken.containers.get('z')?.interfaces[0]?.address, '10.1.0.2/24');
	t.throws(() => planContainer(lab, taken, 'x'), {message: /Address already in use/});
});

test('interfaces are called eth0, eth1, … in file order, past the names that the file gives', (t) => {
	const lab = labOf([aNetwork('a'), aNetwork('b'), aNetwork('c')], [aService('web', on('c', {network: 'a', interfaceName: 'eth0'}, 'b'))]);
	t.deepEqual(wiresOf(lab, 'web'), ['eth1 172.20.0.2/16', 'eth0 172.18.0.2/16', 'eth2 172.19.0.2/16']);
});

test('MACs are different on each network and after each start, unless the file gives them or engine 20.10 makes them of the address', (t) => {
	const given = macFrom(9, 'given');
	const lab = labOf([aNetwork('a'), aNetwork('b')], [aService('web', on('a', 'b')), aService('x', on({network: 'a', mac: given}))]);
	const first = planLab(lab).allocations;
	const second = planContainer(lab, release(first, 'web'), 'web').allocations;
	const macs = [first, second].flatMap(({containers}) => containers.get('web')?.interfaces.map(({mac}) => mac) ?? []);
	t.is(new Set(macs).size, 4);
	t.is(first.containers.get('x')?.interfaces[0]?.mac, given);
	const old = planLab({...lab, hosts: [aHost(withEngine({engine: '20.10'}))]}).allocations;
	t.is(String(old.containers.get('web')?.interfaces[1]?.mac), '02:42:ac:13:00:02');
});

const wayOut = test.macro({
	exec(t, [networks, service]: readonly [readonly Network[], Service], expected: string, docker: Partial<DockerEngine> = {}) {
		const {routes} = fold(planLab(labOf(networks, [service], withEngine(docker))).units);
		t.deepEqual(
			routes.filter((route) => route.startsWith('web ')),
			expected === '' ? [] : [`web default via ${expected}`],
		);
	},
	title: (what = '') => `the default route goes by ${what}`,
});

const three = [aNetwork('zz'), aNetwork('aa'), aNetwork('mm', {internal: true})];
test('the network whose name sorts first', wayOut, [three, aService('web', on('zz', 'aa'))], '172.19.0.1 dev eth1');
test('the highest gw_priority', wayOut, [three, aService('web', on({network: 'zz', gatewayPriority: 1}, 'aa'))], '172.18.0.1 dev eth0');
test('names in byte order', wayOut, [[aNetwork('b'), aNetwork('B')], aService('web', on('b', 'B'))], '172.19.0.1 dev eth1');
test(
	"Docker's name for it, where the file gives one",
	wayOut,
	[[aNetwork('zz', {dockerName: 'a'}), aNetwork('b')], aService('web', on('zz', 'b'))],
	'172.18.0.1 dev eth0',
);
test('no internal network', wayOut, [three, aService('web', on({network: 'mm', gatewayPriority: 9}, 'zz'))], '172.18.0.1 dev eth1');
test('nothing, when all are internal', wayOut, [three, aService('web', on('mm'))], '');
test('the internal network with engine 20.10, when there is no other', wayOut, [three, aService('web', on('mm'))], '172.20.0.1 dev eth0', {engine: '20.10'});
test('the name alone with engine 20.10', wayOut, [three, aService('web', on({network: 'zz', gatewayPriority: 1}, 'aa'))], '172.19.0.1 dev eth1', {
	engine: '20.10',
});

test('published ports go to the address on the network that is the way out', (t) => {
	const lab = labOf(three, [aService('web', {publish: [aPublish('8080:80')], ...on('zz', 'aa')})]);
	t.deepEqual(fold(planLab(lab).units).rules.get('4 nat DOCKER')?.at(-1)?.split(' ').at(-1), '172.19.0.2:80');
});

const silent = test.macro({
	exec(t, networks: readonly Network[], service: Service) {
		const {units, notes} = planLab(labOf(networks, [service]));
		t.deepEqual(fold(units).listening, []);
		t.is(notes.length, 1);
		t.regex(notes[0] ?? '', /^web: Docker accepts -p .*publishes nothing$/);
	},
	title: (what = '') => `ports of a container ${what} are published nowhere, and it is said aloud`,
});

const published = {publish: [aPublish('8080:80')]};
test('on an internal network', silent, three, aService('web', {...published, ...on('mm')}));
test('on a macvlan', silent, [aMacvlan('phys', {ipam: {subnet: '10.77.0.0/24'}})], aService('web', {...published, ...on('phys')}));
test(
	'whose way out is a macvlan',
	silent,
	[aMacvlan('phys', {ipam: {subnet: '10.77.0.0/24'}}), aNetwork('zz')],
	aService('web', {...published, ...on('zz', 'phys')}),
);

test('a macvlan is one interface in the container and nothing on the host', (t) => {
	const lab = labOf([aMacvlan('phys', {macvlanMode: 'private', ipam: {subnet: '10.77.0.0/24', gateway: '10.77.0.2'}})], [aService('web', on('phys'))]);
	t.deepEqual(unitOf(lab, 'network:phys').ops, []);
	const links = unitOf(lab, 'container:web').ops.filter((op) => op.do === 'link.add');
	t.deepEqual(
		links.map(({netns, link}) => ({netns, link})),
		[{netns: 'h1', link: {kind: 'macvlan', name: 'eth0', parent: 'eth0', macvlanMode: 'private', into: 'web'}}],
	);
	t.like(planLab(lab).allocations.containers.get('web')?.interfaces[0], {kind: 'macvlan', veth: 'eth0', bridge: 'eth0', gateway: '10.77.0.2', mtu: 1500});
	t.true(fold(planLab(lab).units).routes.includes('web default via 10.77.0.2 dev eth0'));
});

test('an internal macvlan keeps no address for a gateway with engine 28, unless the file names one', (t) => {
	const first = (engine: DockerEngine['engine'], gateway?: string): readonly string[] =>
		wiresOf(
			labOf(
				[aMacvlan('phys', {internal: true, ipam: {subnet: '10.78.0.0/24', ...(gateway !== undefined && {gateway})}})],
				[aService('web', on('phys'))],
				withEngine({engine}),
			),
			'web',
		);
	t.deepEqual(first('28'), ['eth0 10.78.0.1/24']);
	t.deepEqual(first('28', '10.78.0.1'), ['eth0 10.78.0.2/24']);
	t.deepEqual(first('20.10'), ['eth0 10.78.0.2/24']);
});

test('a macvlan with IPv6 gives addresses and a way out of both families, and an internal one no way out', (t) => {
	const six = {
		ipam: {subnet: '10.77.0.0/24', gateway: '10.77.0.1'},
		ipam6: anIpam({subnet: 'fd00:50::/64', gateway: 'fd00:50::1', range: 'fd00:50::c000/114'}),
	};
	const lab = labOf(
		[aMacvlan('phys', six), aMacvlan('inner', {...six, ipam: {}, ipam6: anIpam({subnet: 'fd00:51::/64'}), internal: true})],
		[aService('web', on('phys')), aService('shy', on('inner'))],
	);
	const {containers} = planLab(lab).allocations;
	t.like(containers.get('web')?.interfaces[0], {address: '10.77.0.2/24', address6: 'fd00:50::c000/64', gateway: '10.77.0.1', gateway6: 'fd00:50::1'});
	t.like(containers.get('shy')?.interfaces[0], {address6: 'fd00:51::1/64', gateway: undefined, gateway6: undefined});
	const {routes, addresses} = fold(planLab(lab).units);
	t.deepEqual(
		routes.filter((line) => !line.startsWith('h1 ')),
		['web default via 10.77.0.1 dev eth0', 'web default via fd00:50::1 dev eth0'],
	);
	t.true(addresses.some((line) => line.startsWith('web eth0 ') && line.includes('fd00:50::c000/64')));
});

test('the name server stays in a container that left its networks, until it stops', (t) => {
	const lab = labOf([aNetwork('a')], [aService('web', on('a')), aService('plain')]);
	const left = planDisconnect(lab, planLab(lab).allocations, 'web', 'a');
	t.false(left.gone.includes('names'));
	t.true(left.files.some((op) => op.do === 'file.write' && op.file === 'resolv.conf' && op.content.includes('nameserver 127.0.0.11\n')));
	const back = planConnect(left.lab, left.allocations, 'web', 'a');
	t.false(
		back.first.some((op) => op.do === 'dns.start'),
		'it is not started twice',
	);
	const joined = planConnect(lab, planLab(lab).allocations, 'plain', 'a');
	t.true(joined.first.some((op) => op.do === 'dns.start'));
	const again = planContainer(left.lab, release(left.allocations, 'web'), 'web');
	t.false(again.unit.ops.some((op) => op.do === 'dns.start'));
});

test('a macvlan network gives addresses on two hosts from one range, and each engine knows its own containers alone', (t) => {
	const phys = aMacvlan('phys', {hosts: ['h1', 'h2'], ipam: {subnet: '10.77.0.0/24', range: '10.77.0.64/28'}});
	const lab = aLab({
		lans: [office],
		hosts: [aHost({}), aHost({name: 'h2'})],
		networks: [phys],
		services: [aService('a', on('phys')), aService('b', {host: 'h2', ...on('phys')})],
	});
	t.deepEqual([...wiresOf(lab, 'a'), ...wiresOf(lab, 'b')], ['eth0 10.77.0.65/24', 'eth0 10.77.0.66/24']);
	t.deepEqual(unitOf(lab, 'network:phys').after, ['docker:h1', 'docker:h2']);
	const names = namesOf(lab, planLab(lab).allocations);
	t.true(names.get('a')?.[0]?.entries.has('a'));
	t.false(names.get('a')?.[0]?.entries.has('b'));
});

test('without userland-proxy a network has what docker0 has: hairpin, route_localnet, DNAT for everybody', (t) => {
	const lab = labOf([aNetwork('a', {bridge: 'br9'})], [aService('web', {...published, ...on('a')})], withEngine({userlandProxy: false}));
	const {rules, listening} = fold(planLab(lab).units);
	t.true(unitOf(lab, 'network:a').ops.some((op) => op.do === 'sysctl.set' && op.key === 'net.ipv4.conf.br9.route_localnet'));
	t.true(unitOf(lab, 'container:web').ops.some((op) => op.do === 'link.add' && op.link.kind === 'veth' && op.link.hairpin === true));
	t.true(rules.get('4 nat POSTROUTING')?.includes('-o br9 -m addrtype --src-type LOCAL -j MASQUERADE'));
	t.deepEqual(rules.get('4 nat DOCKER'), ['-p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.18.0.2:80']);
	t.deepEqual(listening, ['tcp 0.0.0.0:8080']);
});

test('without iptables an engine makes no rule for a network, and the name server of a container still has its own', (t) => {
	const lab = labOf([aNetwork('a'), aNetwork('b', {internal: true})], [aService('web', on('a', 'b'))], withEngine({iptables: false, ip6tables: false}));
	const {rules, inside} = fold(planLab(lab).units);
	t.deepEqual(
		[...rules.keys()].filter((chain) => chain.startsWith('4 ')),
		[],
	);
	t.is(inside.get('web')?.rules.size, 4);
});

test("an address of the file wins over the network's binding of ports", (t) => {
	const network = aNetwork('a', {hostBinding: '127.0.0.1'});
	const lab = labOf([network], [aService('web', {publish: [aPublish('8080:80'), aPublish('10.77.0.11:8081:80')], ...on('a')})]);
	t.deepEqual(fold(planLab(lab).units).listening, ['tcp 10.77.0.11:8081', 'tcp 127.0.0.1:8080']);
	const everywhere = labOf([aNetwork('a', {hostBinding: '0.0.0.0'})], [aService('web', {...published, ...on('a')})]);
	t.deepEqual(fold(planLab(everywhere).units).listening, ['tcp 0.0.0.0:8080', 'tcp [::]:8080']);
});

test('the name server starts when its rules are there and before the process, at ports that are always the same', (t) => {
	const {ops} = unitOf(labOf([aNetwork('a')], [aService('web', on('a'))]), 'container:web');
	const index = (which: (op: Op) => boolean): number => ops.findLastIndex(which);
	t.true(index((op) => op.do === 'rule.add' && op.netns === 'web') < index((op) => op.do === 'dns.start'));
	t.true(index((op) => op.do === 'dns.start') < index((op) => op.do === 'container.start'));
	const dns = ops.find((op) => op.do === 'dns.start');
	t.true([dns?.udpPort, dns?.tcpPort].every((port) => port !== undefined && port >= 32_768 && port <= 60_999));
});

for (const [mode, without, more, ports] of [
	[
		'nat-unprotected',
		[
			'-A DOCKER -d 172.18.0.2/32 ! -i br-a -o br-a -p tcp -m tcp --dport 80 -j ACCEPT',
			'-A DOCKER ! -i br-a -o br-a -j DROP',
			'-A PREROUTING -d 172.18.0.2/32 ! -i br-a -j DROP',
		],
		['-A DOCKER ! -i br-a -o br-a -j ACCEPT'],
		[],
	],
	[
		'routed',
		[
			'-A POSTROUTING -s 172.18.0.0/16 ! -o br-a -j MASQUERADE',
			'-A DOCKER ! -i br-a -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.18.0.2:80',
			'-A PREROUTING -d 172.18.0.2/32 ! -i br-a -j DROP',
		],
		[
			'-A DOCKER -o br-a -p icmp -j ACCEPT',
			'-A DOCKER-ISOLATION-STAGE-1 -i br-a -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
			'-A DOCKER-ISOLATION-STAGE-1 -o br-a -j RETURN',
		],
		['tcp 0.0.0.0:8080'],
	],
] as const) {
	test(`gateway mode ${mode}: which rules and ports are not as with nat`, (t) => {
		const made = (gatewayMode: 'nat' | typeof mode) => {
			const {rules, listening} = fold(
				planLab(labOf([aNetwork('a', {bridge: 'br-a', gatewayMode})], [aService('web', {...published, ...on('a')})])).units,
			);
			const chains = [...rules].filter(([chain]) => chain.startsWith('4 '));
			return {rules: chains.flatMap(([chain, of]) => of.map((rule) => `-A ${chain.split(' ').at(-1)} ${rule}`)), listening};
		};
		const [nat, other] = [made('nat'), made(mode)];
		t.deepEqual(
			nat.rules.filter((rule) => !other.rules.includes(rule)),
			[...without],
		);
		t.deepEqual(
			other.rules.filter((rule) => !nat.rules.includes(rule)),
			[...more],
		);
		t.deepEqual(
			nat.listening.filter((one) => !other.listening.includes(one)),
			[...ports],
		);
	});
}

test('in a routed network publishing takes no port of the host, which is said; another container may have the same', (t) => {
	const routed = aNetwork('a', {gatewayMode: 'routed', gatewayMode6: 'routed', ipam6: anIpam({subnet: 'fd00:77::/64'})});
	const {units, notes} = planLab(labOf([routed], [aService('one', {...published, ...on('a')}), aService('two', {...published, ...on('a')})]));
	t.deepEqual(fold(units).listening, []);
	t.deepEqual(
		notes,
		['one', 'two'].map((name) => `${name}: -p 8080:80 opens port 80/tcp of ${name} itself, for a is routed, and no port of h1 leads there`),
	);
});

test('a network says what the names of its interfaces begin with; each such beginning is counted by itself', (t) => {
	const named = aNetwork('a', {interfacePrefix: 'net'});
	for (const engine of ['28', '20.10'] as const) {
		const lab = labOf([named, aNetwork('b'), {...named, name: 'c'}], [aService('web', on('a', 'b', 'c'))], withEngine({engine}));
		t.deepEqual(wiresOf(lab, 'web'), ['net0 172.18.0.2/16', 'eth0 172.19.0.2/16', 'net1 172.20.0.2/16']);
		const less = planDisconnect(lab, planLab(lab).allocations, 'web', 'a');
		const again = planConnect(less.lab, less.allocations, 'web', 'a');
		t.is(again.allocations.containers.get('web')?.interfaces.at(-1)?.dev, engine === '28' ? 'net0' : 'net2');
	}
});

test('who comes by a trusted interface is let in to each address of a container, before all others are kept out', (t) => {
	const near = aNetwork('a', {bridge: 'br-a', trusted: ['eth0', 'wg0'], ipam6: anIpam({subnet: 'fd00:77::/64'})});
	const guards = (network: Network): readonly string[] => {
		const {rules} = fold(planLab(labOf([network], [aService('web', on('a'))])).units);
		return [...(rules.get('4 raw PREROUTING') ?? []), ...(rules.get('6 raw PREROUTING') ?? [])];
	};
	t.deepEqual(guards(near), [
		'-d 172.18.0.2/32 -i eth0 -j ACCEPT',
		'-d 172.18.0.2/32 -i wg0 -j ACCEPT',
		'-d 172.18.0.2/32 ! -i br-a -j DROP',
		'-d fd00:77::2/128 -i eth0 -j ACCEPT',
		'-d fd00:77::2/128 -i wg0 -j ACCEPT',
		'-d fd00:77::2/128 ! -i br-a -j DROP',
	]);
	t.deepEqual(guards({...near, gatewayMode: 'nat-unprotected', gatewayMode6: 'routed'}), [], 'where nobody is kept out nobody needs it');
	t.deepEqual(guards({...near, internal: true}), []);
});

test('an isolated network has a bridge without addresses, and its first address is a container', (t) => {
	const cell = aNetwork('a', {bridge: 'br-a', internal: true, gatewayMode: 'isolated', gatewayMode6: 'isolated', ipam6: anIpam({subnet: 'fd00:77::/64'})});
	const made = (network: Network, engine: '28' | '20.10'): readonly string[] => {
		const lab = labOf([network], [aService('web', on('a'))], withEngine({engine}));
		const addressed = unitOf(lab, 'network:a').ops.flatMap((op) =>
			op.do === 'addr.add' ? [op.address] : op.do === 'sysctl.set' && op.key.includes('disable_ipv6') ? [`${op.key}=${op.value}`] : [],
		);
		return [...addressed, ...wiresOf(lab, 'web')];
	};
	t.deepEqual(made(cell, '28'), ['net.ipv6.conf.br-a.disable_ipv6=1', 'eth0 172.18.0.1/16']);
	t.deepEqual(made(cell, '20.10'), ['172.18.0.1/16', 'fe80::1/64', 'fd00:77::1/64', 'eth0 172.18.0.2/16'], 'it knows no gateway modes');
	t.deepEqual(made({...cell, gatewayMode6: 'nat'}, '28'), ['fd00:77::1/64', 'eth0 172.18.0.1/16'], 'each family for itself');
	t.deepEqual(
		made({...cell, ipam: anIpam({subnet: '10.90.0.0/24', gateway: '10.90.0.1'})}, '28').at(-1),
		'eth0 10.90.0.2/24',
		'a gateway that is given is kept',
	);
});

test('a bridge that shall have no IPv4 address has none; the gateway is kept all the same where there is a way out', (t) => {
	for (const engine of ['28', '20.10'] as const) {
		const lab = (internal: boolean): Lab => labOf([aNetwork('a', {inhibitIPv4: true, internal})], [aService('web', on('a'))], withEngine({engine}));
		t.false(unitOf(lab(false), 'network:a').ops.some(({do: what}) => what === 'addr.add'));
		t.deepEqual(wiresOf(lab(false), 'web'), ['eth0 172.18.0.2/16']);
		t.deepEqual(wiresOf(lab(true), 'web'), [engine === '28' ? 'eth0 172.18.0.1/16' : 'eth0 172.18.0.2/16']);
	}
});

test('containers use another gateway than the bridge where the file says so', (t) => {
	const ipam = {subnet: '10.90.0.0/24', otherGateway: '10.90.0.2', reserved: ['10.90.0.3', '10.90.0.2']};
	const lab = labOf([aNetwork('a', {ipam, bridge: 'br-a'})], [aService('web', on('a'))]);
	t.deepEqual(wiresOf(lab, 'web'), ['eth0 10.90.0.4/24']);
	t.deepEqual(
		unitOf(lab, 'container:web').ops.flatMap((op) => (op.do === 'route.add' ? [op.via] : [])),
		['10.90.0.2'],
	);
	t.true(unitOf(lab, 'network:a').ops.some((op) => op.do === 'addr.add' && op.address === '10.90.0.1/24'));
	t.deepEqual(unitOf(lab, 'network:a').docker, [
		'docker network create -o com.docker.network.bridge.name=br-a --subnet 10.90.0.0/24 --aux-address reserved1=10.90.0.3 --aux-address DefaultGatewayIPv4=10.90.0.2 a',
	]);
});

test('options that engine 20.10 does not know are said aloud', (t) => {
	const routed = labOf([aNetwork('a', {gatewayMode: 'routed'})], [aService('web', {...published, ...on('a')})], withEngine({engine: '20.10'}));
	t.deepEqual(planLab(routed).notes, ['web: Docker 20.10.24 knows no gateway modes: a is reached by NAT']);
	t.deepEqual(fold(planLab(routed).units).listening, ['tcp 0.0.0.0:8080', 'tcp [::]:8080']);
	const near = labOf([aNetwork('a', {trusted: ['eth0']})], [aService('web', on('a'))], withEngine({engine: '20.10'}));
	t.deepEqual(planLab(near).notes, ['web: Docker 20.10.24 knows no trusted interfaces, and lets all that have a route reach published ports of a']);
	const lab = labOf([aNetwork('a')], [aService('web', on({network: 'a', interfaceName: 'net0', gatewayPriority: 2}))], withEngine({engine: '20.10'}));
	t.deepEqual(planLab(lab).notes, ['web: Docker 20.10.24 knows neither gw_priority nor interface_name']);
	t.deepEqual(wiresOf(lab, 'web'), ['eth0 172.18.0.2/16']);
});

test('names: container, alias, short id and hostname, alone and with the network, in lower case, file order of addresses', (t) => {
	const services = [
		aService('a', {containerName: 'Web-1', hostname: 'front', ...on({network: 'n1', aliases: ['web', 'a']})}),
		aService('b', on({network: 'n1', aliases: ['web']}, 'n2')),
		aService('c', on('n2')),
		aService('d'),
	];
	const lab = labOf([aNetwork('n1', {dockerName: 'proj_n1'}), aNetwork('n2')], services);
	const {allocations} = planLab(lab);
	const names = namesOf(lab, allocations);
	t.deepEqual([...names.keys()], ['a', 'b', 'c']);
	const n1 = names.get('a')?.[0];
	const id = (service: string): string | undefined =>
		planLab(lab)
			.units.flatMap(({ops}) => ops)
			.flatMap((op) => (op.do === 'container.start' && op.container.name === service ? [op.container.id.slice(0, 12)] : []))[0];
	t.deepEqual(n1?.entries.get('web'), ['172.18.0.2', '172.18.0.3']);
	for (const name of ['web-1', 'web-1.proj_n1', 'a', 'front', id('a') ?? '']) {
		t.deepEqual(n1?.entries.get(name), ['172.18.0.2'], name);
	}

	t.deepEqual(
		[...(n1?.reverse ?? [])],
		[
			['172.18.0.2', 'Web-1.proj_n1'],
			['172.18.0.3', 'b.proj_n1'],
		],
	);
	t.false(n1?.entries.has('c'));
	t.deepEqual(
		names.get('b')?.map(({network}) => network),
		['n2', 'n1'],
	);
	t.is(namesOf(lab, release(allocations, 'a')).get('b')?.[1]?.entries.get('web')?.length, 1);
	const old = {...lab, hosts: [aHost(withEngine({engine: '20.10'}))]};
	t.deepEqual(namesOf(old, planLab(old).allocations).get('a')?.[0]?.entries.get('front'), ['172.18.0.2']);
});

test("names are looked up on the way out's network first", (t) => {
	const lab = labOf([aNetwork('zz'), aNetwork('aa'), aNetwork('in', {internal: true})], [aService('web', on('in', 'zz', 'aa'))]);
	t.deepEqual(
		namesOf(lab, planLab(lab).allocations)
			.get('web')
			?.map(({network}) => network),
		['aa', 'zz', 'in'],
	);
});

const said = test.macro({
	exec(t, lab: Lab, id: string, expected: readonly string[]) {
		t.deepEqual(unitOf(lab, id).docker, expected);
	},
	title: (_, __, ___, expected: readonly string[]) => expected.join(' · '),
});

const front = aNetwork('front');
const back = aNetwork('back', {internal: true});
test(said, labOf([back]), 'network:back', ['docker network create --internal back']);
test(
	said,
	labOf([
		aNetwork('n', {
			dockerName: 'p_n',
			bridge: 'br7',
			icc: false,
			masquerade: false,
			hostBinding: '127.0.0.1',
			gatewayMode: 'routed',
			gatewayMode6: 'nat-unprotected',
			hostAddress: '10.77.0.11',
			mtu: anMtu(1400),
		}),
	]),
	'network:n',
	[
		'docker network create -o com.docker.network.bridge.name=br7 -o com.docker.network.bridge.enable_icc=false -o com.docker.network.bridge.enable_ip_masquerade=false -o com.docker.network.bridge.host_binding_ipv4=127.0.0.1 -o com.docker.network.bridge.gateway_mode_ipv4=routed -o com.docker.network.bridge.gateway_mode_ipv6=nat-unprotected -o com.docker.network.host_ipv4=10.77.0.11 -o com.docker.network.driver.mtu=1400 p_n',
	],
);
test(
	said,
	labOf([aMacvlan('phys', {ipam: {subnet: '10.77.0.0/24', range: '10.77.0.64/28', gateway: '10.77.0.1', reserved: ['10.77.0.70']}})]),
	'network:phys',
	[
		'docker network create -d macvlan -o parent=eth0 --subnet 10.77.0.0/24 --ip-range 10.77.0.64/28 --gateway 10.77.0.1 --aux-address reserved1=10.77.0.70 phys',
	],
);
test(
	said,
	labOf([front, back], [aService('web', on('front', {network: 'back', address: '172.19.0.9', aliases: ['db'], gatewayPriority: 1}))]),
	'container:web',
	['docker run -d --name web --network front lab/tools', 'docker network connect --ip 172.19.0.9 --alias db --gw-priority 1 back web'],
);
test(
	said,
	labOf([front, back], [aService('web', on({network: 'front', address: '172.18.0.9', aliases: ['w']}, {network: 'back', interfaceName: 'eth9'}))]),
	'container:web',
	['docker run -d --name web --network name=front,ip=172.18.0.9,alias=w --network name=back,driver-opt=com.docker.network.endpoint.ifname=eth9 lab/tools'],
);
