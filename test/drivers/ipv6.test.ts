// IPv6 on bridges beyond what the oracle saw: several networks, the way out, internal ones, subnets that nobody gave, connecting while a container runs.
import test from 'ava';
import {namesOf, planConnect, planContainer, planDisconnect, planDocker, planLab, type Allocations} from '../../src/drivers/index.ts';
import {addressOfMac} from '../../src/drivers/ipv6.ts';
import type {DockerEngine, Host, Lab, Network, Service} from '../../src/model/lab.ts';
import type {ObservedNet} from '../../src/model/observed.ts';
import type {Op} from '../../src/plan/op.ts';
import {aHost, aLab, aNetwork, anEngine, anIpam, aPublish, aService, office, on} from './labs.ts';
import {fold, foldOps} from './fold.ts';

const six = (subnet?: string): Pick<Network, 'ipam6'> => ({ipam6: anIpam({subnet})});

function labOf(networks: readonly Network[], services: readonly Service[], engine: Partial<DockerEngine> = {}, host: Partial<Host> = {}): Lab {
	return aLab({lans: [office], hosts: [aHost({docker: anEngine(engine), ...host})], networks, services});
}

function addressesOf({containers}: Allocations, service: string): readonly (string | undefined)[] {
	return (containers.get(service)?.interfaces ?? []).map(({address6}) => address6);
}

function opsOf(lab: Lab, unit: string): readonly Op[] {
	return planLab(lab).units.find(({id}) => id === unit)?.ops ?? [];
}

function routesIn(ops: readonly Op[], netns: string): readonly string[] {
	return ops.flatMap((op) => (op.do === 'route.add' && op.netns === netns ? [`${op.via} ${op.dev}`] : []));
}

test('addresses are the lowest free ones after the gateway; what the file gives is kept for who asks', (t) => {
	const lab = labOf(
		[aNetwork('n', {...six('fd00:1::/64')})],
		[aService('a', on('n')), aService('b', on('n')), aService('c', on({network: 'n', address6: 'fd00:1::3'}))],
	);
	const {allocations} = planLab(lab);
	t.deepEqual(
		['a', 'b', 'c'].map((name) => addressesOf(allocations, name)[0]),
		['fd00:1::2/64', 'fd00:1::4/64', 'fd00:1::3/64'],
	);
});

test('a range, a gateway and reserved addresses hold for IPv6 as for IPv4', (t) => {
	const ipam6 = anIpam({subnet: 'fd00:1::/64', range: 'fd00:1::100/120', gateway: 'fd00:1::ffff', reserved: ['fd00:1::101']});
	const lab = labOf([aNetwork('n', {ipam6})], [aService('a', on('n')), aService('b', on('n'))]);
	const {allocations} = planLab(lab);
	t.deepEqual([addressesOf(allocations, 'a')[0], addressesOf(allocations, 'b')[0]], ['fd00:1::100/64', 'fd00:1::102/64']);
	t.deepEqual(routesIn(opsOf(lab, 'container:a'), 'a'), ['172.18.0.1 eth0', 'fd00:1::ffff eth0']);
});

test('an IPv6 range without an address left is said to be so', (t) => {
	const full = labOf(
		[aNetwork('n', {...six('fd00:1::/126')})],
		['a', 'b', 'c'].map((name) => aService(name, on('n'))),
	);
	t.throws(() => planLab(full), {message: /no available IPv6 addresses on this network's address pools: n \([\da-f]{12}\)/});
	// the last address of a subnet is one like any other: IPv6 has no broadcast
	const {allocations} = planLab({...full, services: full.services.slice(0, 2)});
	t.deepEqual(addressesOf(allocations, 'b'), ['fd00:1::3/126']);
});

/** Without IPv4. */
function aSix(name: string, subnet?: string): Network {
	return {...aNetwork(name, {bridge: `br-${name}`, ...six(subnet)}), ipam: undefined};
}

test('a network without IPv4 has no address, no subnet and no rules of it', (t) => {
	const lab = labOf([aSix('n', 'fd00:1::/64')], [aService('web', {...on('n'), publish: [aPublish('8080:80')]})]);
	const {allocations, units, notes} = planLab(lab);
	t.like(allocations.containers.get('web')?.interfaces[0], {address: undefined, address6: 'fd00:1::2/64', gateway: undefined, gateway6: 'fd00:1::1'});
	const {rules, listening} = fold(units);
	const about = (family: 4 | 6): number =>
		[...rules].flatMap(([chain, of]) => (chain.startsWith(`${family} `) ? of.filter((rule) => rule.includes('br-n')) : [])).length;
	t.is(about(4), 0);
	t.true(about(6) > 0);
	t.deepEqual(listening, ['tcp [::]:8080']);
	t.deepEqual(notes, []);
	t.deepEqual(
		opsOf(lab, 'network:n').flatMap((op) => (op.do === 'addr.add' ? [op.address] : [])),
		['fd00:1::1/64'],
	);
	t.deepEqual(routesIn(opsOf(lab, 'container:web'), 'web'), ['fd00:1::1 eth0']);
	t.deepEqual(units.find(({id}) => id === 'network:n')?.docker, [
		'docker network create -o com.docker.network.bridge.name=br-n --ipv4=false --ipv6 --subnet fd00:1::/64 n',
	]);
});

test('a port of an IPv4 address has no effect on a container without IPv4, which is said', (t) => {
	const {units, notes} = planLab(labOf([aSix('n')], [aService('web', {...on('n'), publish: [aPublish('127.0.0.1:8080:80')]})]));
	t.deepEqual(fold(units).listening, []);
	t.deepEqual(notes, ['web: -p 127.0.0.1:8080:80 has no effect: nothing carries IPv4 to a container that has none']);
});

test('each family has its own way out where no network has both, and its published ports there', (t) => {
	const services = [aService('web', {...on('four', 'n'), publish: [aPublish('8080:80')]})];
	const lab = labOf([aNetwork('four', {bridge: 'br-four'}), aSix('n', 'fd00:1::/64')], services);
	t.deepEqual(routesIn(opsOf(lab, 'container:web'), 'web'), ['172.18.0.1 eth0', 'fd00:1::1 eth1']);
	const {listening, rules} = fold(planLab(lab).units);
	t.deepEqual(listening, ['tcp 0.0.0.0:8080', 'tcp [::]:8080']);
	t.true(rules.get('6 nat DOCKER')?.includes('! -s fe80::/10 ! -i br-n -p tcp -m tcp --dport 8080 -j DNAT --to-destination [fd00:1::2]:80'));
	const dual = labOf([aNetwork('z', {...six('fd00:2::/64')}), ...lab.networks], [aService('web', on('four', 'n', 'z'))]);
	t.deepEqual(routesIn(opsOf(dual, 'container:web'), 'web'), ['172.18.0.1 eth2', 'fd00:2::1 eth2'], 'one that has both comes first');
});

test('IPv6 stays where it is when IPv4 gets another way out, and serves no IPv4 container any more when it has its own', (t) => {
	const services = [aService('web', {...on('m'), publish: [aPublish('8080:80')]})];
	const lab = labOf([aNetwork('m'), aNetwork('a'), aSix('n', 'fd00:1::/64')], services);
	const six6 = planConnect(lab, planLab(lab).allocations, 'web', 'n');
	t.deepEqual(six6.gone, ['gateway6', 'ports', 'ports6'], 'the proxy of the IPv6 addresses leads there no longer');
	t.deepEqual(
		six6.allocations.containers.get('web')?.published.map(({hostAddress}) => hostAddress),
		['0.0.0.0', '::'],
	);
	const four = planConnect(six6.lab, six6.allocations, 'web', 'a');
	t.deepEqual(four.gone, ['gateway', 'ports']);
	t.deepEqual(routesIn(four.next, 'web'), ['172.19.0.1 eth2']);
	t.deepEqual(
		four.allocations.containers
			.get('web')
			?.published.map(({hostAddress}) => hostAddress)
			.toSorted(),
		['0.0.0.0', '::'],
	);
	const later = planDisconnect(four.lab, four.allocations, 'web', 'n');
	t.deepEqual(later.gone, ['endpoint:n', 'gateway6', 'ports', 'ports6']);
	t.deepEqual(
		later.next.flatMap((op) => (op.do === 'proxy.start' ? [`${op.address} ${op.toAddress}`] : [])),
		['0.0.0.0 172.19.0.2', ':: 172.19.0.2'],
	);
});

test('engine 28 takes subnets from a unique local range of its own, 20.10 has none', (t) => {
	const networks = [aNetwork('a', {...six()}), aNetwork('b', {...six()}), aNetwork('c', {...six('fd00:9::/64')})];
	const {allocations} = planLab(labOf(networks, []));
	const [first, second, third] = ['a', 'b', 'c'].map((name) => allocations.networks.get(name)?.v6?.subnet ?? '');
	t.regex(first ?? '', /^fd[\da-f]{2}:[\da-f]{1,4}:[\da-f]{1,4}::\/64$/);
	t.is(second, first?.replace('::/64', ':1::/64'));
	t.is(third, 'fd00:9::/64');
	t.throws(() => planLab(labOf(networks, [], {engine: '20.10'})), {
		message: /could not find an available, non-overlapping IPv6 address pool among the defaults/,
	});
});

test('docker0 without a subnet of its own gets the first of that range, and networks the next ones', (t) => {
	const {allocations} = planLab(labOf([aNetwork('a', {...six()})], [aService('web')], {ipv6: {fixedCidr: undefined}}));
	const docker0 = allocations.docker.get('h1')?.v6?.subnet ?? '';
	t.is(allocations.networks.get('a')?.v6?.subnet, docker0.replace('::/64', ':1::/64'));
	t.deepEqual(addressesOf(allocations, 'web'), [docker0.replace('::/64', '::2/64')]);
});

test('subnets of one host must not overlap', (t) => {
	const lab = labOf([aNetwork('a', {...six('fd00:1::/48')}), aNetwork('b', {...six('fd00:1:0:5::/64')})], []);
	t.throws(() => planLab(lab), {message: /Pool overlaps with other one on this address space/});
	t.throws(() => planLab(labOf([aNetwork('a', {...six('fd00:d0::/64')})], [], {ipv6: {fixedCidr: 'fd00:d0::/48'}})), {message: /Pool overlaps/});
});

test('one network of a host turns forwarding on, and closes FORWARD with it', (t) => {
	const networks = [aNetwork('v4'), aNetwork('a', {...six()}), aNetwork('b', {...six()})];
	const changes = (unit: string, engine: Partial<DockerEngine> = {}, host: Partial<Host> = {}): readonly string[] =>
		opsOf(labOf(networks, [], engine, host), unit).flatMap((op) =>
			op.do === 'policy.set' && op.family === 6 ? [op.policy] : op.do === 'sysctl.set' && op.key.endsWith('forwarding') ? [op.key] : [],
		);
	const all = ['net.ipv6.conf.default.forwarding', 'net.ipv6.conf.all.forwarding'];
	t.deepEqual(changes('network:a'), [...all, 'DROP']);
	t.deepEqual(changes('network:b'), []);
	t.deepEqual(changes('network:v4'), []);
	t.deepEqual(changes('network:a', {ip6tables: false}), all);
	t.deepEqual(changes('network:a', {ipForward: false}), []);
	t.deepEqual(changes('network:a', {}, {sysctls: {'net.ipv6.conf.all.forwarding': '1'}}), []);
	t.deepEqual(changes('network:a', {ipv6: {fixedCidr: undefined}}), []);
	t.deepEqual(changes('docker:h1', {ipv6: {fixedCidr: undefined}}), [...all, 'DROP']);
});

test('the way out is the network with IPv6, even where another one has a higher gw_priority', (t) => {
	const networks = [aNetwork('a'), aNetwork('z', {...six('fd00:1::/64')})];
	const lab = labOf(networks, [aService('web', {...on({network: 'a', gatewayPriority: 9}, 'z'), publish: [aPublish('8080:80')]})]);
	const ops = opsOf(lab, 'container:web');
	t.deepEqual(routesIn(ops, 'web'), ['172.19.0.1 eth1', 'fd00:1::1 eth1']);
	t.deepEqual(
		fold(planLab(lab).units)
			.proxies.map((line) => line.split(' ')[8] ?? '')
			.toSorted(),
		['172.19.0.2', 'fd00:1::2'],
	);
});

test('the rules of an internal network let neighbours find each other', (t) => {
	const {rules} = fold(planLab(labOf([aNetwork('n', {internal: true, bridge: 'br9', ...six('fd00:1::/64')})], [aService('web', on('n'))])).units);
	t.deepEqual(rules.get('6 filter DOCKER-ISOLATION-STAGE-1'), ['! -s fd00:1::/64 ! -i br9 -o br9 -j DROP', '! -d fd00:1::/64 -i br9 ! -o br9 -j DROP']);
	t.true(rules.get('6 filter DOCKER-FORWARD')?.includes('-i br9 -o br9 -j ACCEPT'));
	t.is(rules.get('6 nat POSTROUTING'), undefined);
});

test('engine 20.10 keeps an internal network to itself in IPv6 too, and asks no more', (t) => {
	const old = {engine: '20.10', ip6tables: true} as const;
	const {rules} = fold(planLab(labOf([aNetwork('n', {internal: true, bridge: 'br9', ...six('fd00:1::/64')})], [aService('web', on('n'))], old)).units);
	t.deepEqual(rules.get('6 filter DOCKER-ISOLATION-STAGE-1'), [
		'! -s fd00:1::/64 -o br9 -j DROP',
		'! -d fd00:1::/64 -i br9 -j DROP',
		'-i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2',
		'-j RETURN',
	]);
});

test('with IPv6 rules engine 20.10 isolates every bridge in both families, and the first network with IPv6 has the jump made', (t) => {
	const old = {engine: '20.10', ip6tables: true} as const;
	const plain = aNetwork('plain', {bridge: 'br8'});
	const rulesOf = (networks: readonly Network[]): ReadonlyMap<string, readonly string[]> => fold(planLab(labOf(networks, [], old)).units).rules;
	const both = rulesOf([plain, aNetwork('n', {bridge: 'br9', ...six('fd00:1::/64')})]);
	t.deepEqual(both.get('6 filter DOCKER-ISOLATION-STAGE-2'), ['-o br9 -j DROP', '-o br8 -j DROP', '-o docker0 -j DROP', '-j RETURN']);
	t.is(both.get('6 filter FORWARD')?.[0], '-j DOCKER-ISOLATION-STAGE-1');
	t.is(rulesOf([plain]).get('6 filter FORWARD'), undefined);
	const {rules} = fold(planLab(labOf([plain], [], {ip6tables: true})).units);
	t.is(rules.get('6 filter DOCKER-ISOLATION-STAGE-2'), undefined, 'engine 28 makes rules for what is there alone');
});

test('an internal network gives no default route for either family with engine 28, and both with 20.10', (t) => {
	const lab = (engine: DockerEngine['engine']): Lab => labOf([aNetwork('n', {internal: true, ...six('fd00:1::/64')})], [aService('web', on('n'))], {engine});
	t.deepEqual(routesIn(opsOf(lab('28'), 'container:web'), 'web'), []);
	t.deepEqual(routesIn(opsOf(lab('20.10'), 'container:web'), 'web'), ['172.18.0.1 eth0', 'fd00:1::1 eth0']);
});

test('a port on one IPv6 address leads to the IPv6 address of the container', (t) => {
	const lab = labOf([aNetwork('n', {bridge: 'br9', ...six('fd00:1::/64')})], [aService('web', {...on('n'), publish: [aPublish('[fd00:50::10]:8080:80')]})]);
	const {rules, proxies, listening} = fold(planLab(lab).units);
	t.deepEqual(rules.get('6 nat DOCKER'), [
		'-i br9 -j RETURN',
		'! -s fe80::/10 -d fd00:50::10/128 ! -i br9 -p tcp -m tcp --dport 8080 -j DNAT --to-destination [fd00:1::2]:80',
	]);
	t.false(rules.get('4 nat DOCKER')?.some((rule) => rule.includes('DNAT')));
	t.deepEqual(listening, ['tcp [fd00:50::10]:8080']);
	t.deepEqual(proxies, ['docker-proxy -proto tcp -host-ip fd00:50::10 -host-port 8080 -container-ip fd00:1::2 -container-port 80']);
});

test('two host ports of one container port let it in once for each family', (t) => {
	const lab = labOf([aNetwork('n', {...six('fd00:1::/64')})], [aService('web', {...on('n'), publish: [aPublish('8080:80'), aPublish('8081:80')]})]);
	const {rules} = fold(planLab(lab).units);
	for (const family of [4, 6]) {
		t.is(rules.get(`${family} filter DOCKER`)?.filter((rule) => rule.includes('--dport 80 ')).length, 1, String(family));
		t.is(rules.get(`${family} nat DOCKER`)?.filter((rule) => rule.includes('DNAT')).length, 2, String(family));
	}
});

test('without a proxy IPv6 is served by rules alone, where the container has it', (t) => {
	const lab = labOf(
		[aNetwork('n', {bridge: 'br9', ...six('fd00:1::/64')})],
		[aService('web', {...on('n'), publish: [aPublish('8080:80')]}), aService('old', {publish: [aPublish('8081:80')]})],
		{userlandProxy: false},
	);
	const {rules, proxies, listening} = fold(planLab(lab).units);
	t.deepEqual(proxies, []);
	t.deepEqual(listening, ['tcp 0.0.0.0:8080', 'tcp 0.0.0.0:8081', 'tcp [::]:8080']);
	t.true(rules.get('6 nat DOCKER')?.includes('! -s fe80::/10 -p tcp -m tcp --dport 8080 -j DNAT --to-destination [fd00:1::2]:80'));
	t.true(rules.get('6 nat POSTROUTING')?.includes('-s fd00:1::2/128 -d fd00:1::2/128 -p tcp -m tcp --dport 80 -j MASQUERADE'));
});

test('connecting a container to a network with IPv6 moves both default routes and the published ports there', (t) => {
	const networks = [aNetwork('a'), aNetwork('z', {...six('fd00:1::/64')})];
	const lab = labOf(networks, [aService('web', {...on('a'), publish: [aPublish('8080:80')]})]);
	const {allocations} = planLab(lab);
	const joined = planConnect(lab, allocations, 'web', 'z');
	t.deepEqual(joined.gone, ['gateway', 'gateway6', 'ports', 'ports6']);
	t.deepEqual(routesIn(joined.next, 'web'), ['172.19.0.1 eth1', 'fd00:1::1 eth1']);
	t.deepEqual(
		foldOps(joined.next)
			.proxies.map((line) => line.split(' ')[8] ?? '')
			.toSorted(),
		['172.19.0.2', 'fd00:1::2'],
	);
	t.true(joined.files.some((op) => op.do === 'file.write' && op.file === 'hosts' && op.content.includes('fd00:1::2\t')));
	const left = planDisconnect(joined.lab, joined.allocations, 'web', 'z');
	t.deepEqual(routesIn(left.next, 'web'), ['172.18.0.1 eth0']);
	t.false(left.files.some((op) => op.do === 'file.write' && op.content.includes('fd00')));
});

test('engine 20.10 gives lo its ::1 with the first IPv6 address and takes it away with the last', (t) => {
	const networks = [aNetwork('a'), aNetwork('y', {...six('fd00:1::/64')}), aNetwork('z', {...six('fd00:2::/64')})];
	const lab = labOf(networks, [aService('web', on('a'))], {engine: '20.10'});
	const lo = (ops: readonly Op[]): readonly string[] =>
		ops.flatMap((op) => (op.do === 'sysctl.set' && op.key === 'net.ipv6.conf.lo.disable_ipv6' ? [op.value] : []));
	const one = planConnect(lab, planLab(lab).allocations, 'web', 'y');
	t.deepEqual(lo(one.first), ['0']);
	const two = planConnect(one.lab, one.allocations, 'web', 'z');
	const back = planDisconnect(two.lab, two.allocations, 'web', 'y');
	t.deepEqual(lo(back.next), []);
	t.deepEqual(lo(planDisconnect(back.lab, back.allocations, 'web', 'z').next), ['1']);
});

test('who stopped and starts again tells its neighbours by IPv6 too', (t) => {
	const lab = labOf([aNetwork('n', {...six('fd00:1::/64')})], [aService('web', on('n'))]);
	const {afterwards} = planContainer(lab, planLab(lab).allocations, 'web');
	t.deepEqual(
		afterwards.flatMap((op) => (op.do === 'sysctl.set' ? [op.key] : [])),
		['net.ipv4.conf.eth0.arp_notify', 'net.ipv6.conf.eth0.ndisc_notify'],
	);
});

test('names have both addresses, and both addresses have a name', (t) => {
	const lab = labOf([aNetwork('n', {...six('fd00:1::/64')})], [aService('web', on('n')), aService('db', on('n'))]);
	const [names] = namesOf(lab, planLab(lab).allocations).get('db') ?? [];
	t.deepEqual(names?.entries.get('web'), ['172.18.0.2', 'fd00:1::2']);
	t.is(names?.reverse.get('fd00:1::2'), 'web.n');
});

test('a MAC becomes the last 48 bits of an address, where the subnet leaves them', (t) => {
	t.is(addressOfMac('fd00:d0::/64', '02:42:ac:11:00:02'), 'fd00:d0::242:ac11:2');
	t.is(addressOfMac('fd00:1:2:3:4::/80', 'aa:bb:cc:dd:ee:ff'), 'fd00:1:2:3:4:aabb:ccdd:eeff');
	t.is(addressOfMac('fd00::/8', '02:42:ac:11:00:02'), 'fd00::242:ac11:2');
	t.is(addressOfMac('fd00:d0::/96', '02:42:ac:11:00:02'), undefined);
});

test('engine 20.10 adds a route of its own to a docker0 that is there before it alone', (t) => {
	const old = {engine: '20.10', ipv6: {fixedCidr: 'fd00:d0::/64'}} as const;
	const routes = (host: Partial<Host>): readonly string[] => routesIn(opsOf(labOf([], [], old, host), 'docker:h1'), 'h1');
	t.deepEqual(routes({}), []);
	t.deepEqual(routes({bridges: [{dev: 'docker0', address: '10.99.0.1/24', ports: []}]}), ['undefined docker0']);
});

/** h1 as a lab leaves it, with only these interfaces, and as if somebody had added these routes. */
function asLeft(lab: Lab, devs: readonly string[], routes: readonly (readonly [to: string, dev: string])[] = []): ObservedNet {
	const counters = {rxBytes: 0, txBytes: 0, rxPackets: 0, txPackets: 0, rxDropped: 0, txDropped: 0};
	const rest = {kind: 'bridge', mac: '', mtu: 1500, isUp: true, state: 'UP', master: undefined, peerIndex: undefined, hairpin: undefined, counters};
	const held = fold(planLab(lab).units).addresses.map((line) => line.split(' '));
	return {
		links: devs.map((name, index) => ({index: index + 2, name, ...rest})),
		addresses: held.flatMap(([netns, dev = '', address = '']) =>
			netns === 'h1' && devs.includes(dev)
				? [{dev, address, family: address.includes(':') ? (6 as const) : (4 as const), broadcast: undefined, scope: 'global' as const}]
				: [],
		),
		routes: routes.map(([to, dev]) => ({family: 6, to, via: undefined, dev, source: undefined, scope: 'global', protocol: 3})),
		neighbours: [],
		fdb: [],
	};
}

test('an engine that starts again keeps the addresses that its bridge has', (t) => {
	for (const engine of ['28', '20.10'] as const) {
		const lab = labOf([], [], {engine, ipv6: {fixedCidr: 'fd00:d0::/64'}});
		const {unit} = planDocker(lab, planLab(lab).allocations, 'h1', asLeft(lab, ['docker0']));
		t.deepEqual(
			unit.ops.filter((op) => op.do === 'addr.add' || op.do === 'policy.set'),
			[],
			engine,
		);
	}
});

test('engine 20.10, started again, adds a second route to the IPv6 subnet of docker0 and of each bridge that is there, once', (t) => {
	const nets = [aNetwork('n', {bridge: 'br-n', ...six('fd00:1::/64')}), aNetwork('gone', {bridge: 'br-gone', ...six('fd00:2::/64')}), aNetwork('plain')];
	const routes = (engine: '28' | '20.10', devs: readonly string[], added: readonly (readonly [string, string])[] = []): readonly string[] => {
		const lab = labOf(nets, [], {engine, ipv6: {fixedCidr: 'fd00:d0::/64'}});
		const planned = planDocker(lab, planLab(lab).allocations, 'h1', asLeft(lab, devs, added));
		return [planned.unit, ...planned.networks].flatMap(({ops}) => ops.flatMap((op) => (op.do === 'route.add' ? [`${op.to} ${op.dev}`] : [])));
	};
	t.deepEqual(routes('20.10', ['docker0', 'br-n']), ['fd00:d0::/64 docker0', 'fd00:1::/64 br-n']);
	t.deepEqual(routes('20.10', ['br-n']), ['fd00:d0::/64 docker0', 'fd00:1::/64 br-n'], 'docker0 is made twice');
	t.deepEqual(routes('20.10', ['docker0', 'br-n'], [['fd00:d0::/64', 'docker0']]), ['fd00:1::/64 br-n']);
	t.deepEqual(routes('28', ['docker0', 'br-n']), []);
});

test('a bridge made by hand passes IPv6 frames on too, on a host whose engine closes FORWARD for them', (t) => {
	const bridges = [{dev: 'br0', address: undefined, ports: ['eth0']}];
	const families = (networks: readonly Network[], engine: Partial<DockerEngine> = {}): readonly number[] =>
		opsOf(labOf(networks, [], engine, {bridges}), 'host:h1').flatMap((op) =>
			op.do === 'rule.add' && op.rule === '-i br0 -o br0 -j ACCEPT' ? [op.family] : [],
		);
	t.deepEqual(families([aNetwork('n')]), [4]);
	t.deepEqual(families([aNetwork('n', {...six('fd00:1::/64')})]), [4, 6]);
	t.deepEqual(families([aNetwork('n', {...six('fd00:1::/64')})], {engine: '20.10'}), [4]);
	t.deepEqual(families([aNetwork('n', {...six('fd00:1::/64')})], {iptables: false}), [6]);
});
