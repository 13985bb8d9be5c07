// How an engine comes to its bridge and its address: the four steps, and the options that skip some of them.
import test from 'ava';
import {LabError} from '../../src/base/errors.ts';
import {chooseBridge, predefinedRanges, surroundingsOf, surroundingsSeen, type Connected} from '../../src/drivers/docker0.ts';
import {planDocker, planLab} from '../../src/drivers/index.ts';
import type {DockerEngine, Host} from '../../src/model/lab.ts';
import type {ObservedNet} from '../../src/model/observed.ts';
import type {Op} from '../../src/plan/op.ts';
import {aHost, aLab, anEngine, anMtu, aPublish, aService, office} from './labs.ts';
import {foldOps} from './fold.ts';

function choose(
	connected: readonly Connected[],
	engine: Partial<DockerEngine> = {},
	bridges: ReadonlyMap<string, string | undefined> = new Map(),
): ReturnType<typeof chooseBridge> {
	return chooseBridge('h1', anEngine(engine), {connected, bridges, addresses6: [], routes6: []});
}

function opsOf(host: Partial<Host>): readonly Op[] {
	return planLab(aLab({lans: [office], hosts: [aHost(host)]})).units.find(({id}) => id === 'docker:h1')?.ops ?? [];
}

test('with nothing in the way docker0 is 172.17.0.1/16', (t) => {
	const {address, broadcast, candidates, exists, keeps} = choose([]);
	t.deepEqual(
		{address, broadcast, candidates, exists, keeps},
		{address: '172.17.0.1/16', broadcast: '172.17.255.255', candidates: [{subnet: '172.17.0.0/16', blockedBy: undefined}], exists: false, keeps: false},
	);
});

test('a connected network that overlaps moves docker0 to the next range, and the reason says which', (t) => {
	const choice = choose([{subnet: '172.17.5.0/24', dev: 'eth0'}]);
	t.is(choice.address, '172.18.0.1/16');
	t.is(
		choice.why,
		"172.17.0.0/16 overlaps 172.17.5.0/24 on eth0, so the next range is taken; 172.18.0.0/16 overlaps no connected network: its first address is docker0's, and the containers' default gateway",
	);
});

test('a route through a gateway keeps no range from being taken, a route to a device does', (t) => {
	t.is(
		planLab(aLab({lans: [office], hosts: [aHost({routes: [{to: '172.17.0.0/16', via: '10.77.0.2', dev: undefined}]})]})).allocations.docker.get('h1')?.v4
			.subnet,
		'172.17.0.0/16',
	);
	t.is(
		planLab(aLab({lans: [office], hosts: [aHost({routes: [{to: '172.17.0.0/16', via: undefined, dev: 'eth0'}]})]})).allocations.docker.get('h1')?.v4.subnet,
		'172.18.0.0/16',
	);
});

test('the ranges are 172.17 to 172.31, then sixteen of 192.168, and then there are no more', (t) => {
	t.is(predefinedRanges.length, 31);
	t.is(choose([{subnet: '172.16.0.0/12', dev: 'eth0'}]).address, '192.168.0.1/20');
	t.is(
		choose([
			{subnet: '172.16.0.0/12', dev: 'eth0'},
			{subnet: '192.168.0.0/20', dev: 'eth1'},
		]).address,
		'192.168.16.1/20',
	);
	t.is(predefinedRanges.at(-1), '192.168.240.0/20');
	const error = t.throws(() => choose([{subnet: '0.0.0.0/0', dev: 'eth0'}]), {instanceOf: LabError});
	t.is(error.code, 'E_RANGE_EXHAUSTED');
	t.is(error.said, 'all predefined address pools have been fully subnetted');
});

test('a docker0 that is there keeps its address', (t) => {
	const choice = choose([{subnet: '10.99.0.0/24', dev: 'docker0'}], {}, new Map([['docker0', '10.99.0.1/24']]));
	t.like(choice, {exists: true, keeps: true, address: '10.99.0.1/24', candidates: []});
	const ops = opsOf({bridges: [{dev: 'docker0', address: '10.99.0.1/24', ports: []}]});
	t.false(ops.some((op) => op.do === 'link.add' || op.do === 'addr.add'));
	t.true(foldOps(ops).rules.get('4 nat POSTROUTING')?.includes('-s 10.99.0.0/24 ! -o docker0 -j MASQUERADE'));
});

test('bip is taken as it is, whatever overlaps', (t) => {
	t.like(choose([{subnet: '10.77.0.0/24', dev: 'eth0'}], {bip: '10.77.0.129/25'}), {address: '10.77.0.129/25', broadcast: '10.77.0.255', keeps: false});
});

test('fixed_cidr alone is the subnet too', (t) => {
	t.is(choose([], {fixedCidr: '10.5.0.0/16'}).address, '10.5.0.1/16');
});

test('docker.bridge uses a bridge made by hand, which must be there', (t) => {
	const ops = opsOf({docker: anEngine({bridge: 'br0'}), bridges: [{dev: 'br0', address: '192.168.5.1/24', ports: []}]});
	t.false(ops.some((op) => op.do === 'link.add'));
	t.deepEqual(foldOps(ops).rules.get('4 nat DOCKER'), ['-i br0 -j RETURN']);
	const error = t.throws(() => choose([], {bridge: 'br0'}), {instanceOf: LabError});
	t.is(error.said, 'bridge device with non default name br0 must be created manually');
});

test('an engine that starts again looks at its host as it is now', (t) => {
	const observed = net({
		links: ['docker0'],
		addresses: [
			['eth0', '10.77.0.11/24'],
			['docker0', '172.17.0.1/16'],
		],
		routes: [
			['10.77.0.0/24', 'eth0'],
			['172.17.0.0/16', 'docker0'],
		],
	});
	const lab = aLab({lans: [office]});
	const {allocations} = planLab(lab);
	const again = planDocker(lab, allocations, 'h1', observed);
	t.false(again.unit.ops.some((op) => op.do === 'link.add' || op.do === 'addr.add' || op.do === 'policy.set'));
	t.deepEqual(foldOps(again.unit.ops).rules, foldOps(planLab(lab).units.flatMap(({ops}) => ops)).rules);
	const gone = planDocker(lab, allocations, 'h1', net({links: [], addresses: [['eth0', '172.17.5.1/24']], routes: [['172.17.5.0/24', 'eth0']]}));
	t.is(gone.allocations.docker.get('h1')?.address, '172.18.0.1/16');
	t.true(gone.unit.ops.some((op) => op.do === 'link.add'));
});

test('seen and planned surroundings are the same', (t) => {
	const host = aHost({bridges: [{dev: 'br0', address: '10.1.0.1/24', ports: []}]});
	const seen = surroundingsSeen(
		net({
			links: ['br0'],
			addresses: [
				['eth0', '10.77.0.11/24'],
				['br0', '10.1.0.1/24'],
			],
			routes: [
				['10.77.0.0/24', 'eth0'],
				['10.1.0.0/24', 'br0'],
			],
		}),
	);
	t.deepEqual(seen, surroundingsOf(host));
});

test('without iptables the engine makes no chain, rule or policy, and containers and ports none either', (t) => {
	const lab = aLab({
		lans: [office],
		hosts: [aHost({docker: anEngine({iptables: false, ip6tables: false})})],
		services: [aService('web', {publish: [aPublish('8080:80')]})],
	});
	const made = foldOps(planLab(lab).units.flatMap(({ops}) => ops));
	t.deepEqual(made.chains, []);
	t.is(made.rules.size, 0);
	t.is(made.proxies.length, 2);
});

test('iptables and ip6tables are two options: without the first, engine 28 still makes its chains for IPv6', (t) => {
	const chains = (engine: Partial<DockerEngine>): readonly string[] => [
		...new Set(foldOps(opsOf({docker: anEngine(engine)})).chains.map((chain) => chain.slice(0, 1))),
	];
	t.deepEqual(chains({}), ['4', '6']);
	t.deepEqual(chains({iptables: false}), ['6']);
	t.deepEqual(chains({ip6tables: false}), ['4']);
	t.deepEqual(chains({engine: '20.10'}), ['4']);
	t.deepEqual(chains({engine: '20.10', ip6tables: true}), ['4', '6']);
});

test('forwarding is turned on, and FORWARD closed, only by an engine that finds it off and may', (t) => {
	const forwarding = (host: Partial<Host>): readonly string[] =>
		opsOf(host).flatMap((op) => (op.do === 'policy.set' ? [op.policy] : op.do === 'sysctl.set' && op.key === 'net.ipv4.ip_forward' ? [op.value] : []));
	t.deepEqual(forwarding({}), ['1', 'DROP']);
	t.deepEqual(forwarding({sysctls: {'net.ipv4.ip_forward': '1'}}), []);
	t.deepEqual(forwarding({docker: anEngine({ipForward: false})}), []);
	t.deepEqual(forwarding({docker: anEngine({iptables: false})}), ['1']);
});

test("the engine's mtu is that of its bridge and of its containers' cables", (t) => {
	const lab = aLab({lans: [office], hosts: [aHost({docker: anEngine({mtu: anMtu(1400)})})], services: [aService('web')]});
	const ops = planLab(lab)
		.units.filter(({id}) => !id.startsWith('host:'))
		.flatMap((unit) => unit.ops);
	t.deepEqual(ops.flatMap((op) => (op.do === 'link.set' && op.dev === 'docker0' ? (op.mtu ?? []) : [])).map(Number), [1400]);
	t.deepEqual(
		ops.flatMap((op) => (op.do === 'link.add' && op.link.kind === 'veth' ? [Number(op.link.mtu), Number(op.link.peer.mtu)] : [])),
		[1400, 1400],
	);
});

interface Net {
	readonly links: readonly string[];
	readonly addresses: readonly (readonly [string, string])[];
	readonly routes: readonly (readonly [string, string])[];
}

function net({links, addresses, routes}: Net): ObservedNet {
	const counters = {rxBytes: 0, txBytes: 0, rxPackets: 0, txPackets: 0, rxDropped: 0, txDropped: 0};
	return {
		links: links.map((name, index) => ({
			index: index + 2,
			name,
			kind: 'bridge',
			mac: '02:00:00:00:00:01',
			mtu: 1500,
			isUp: true,
			state: 'UP',
			master: undefined,
			peerIndex: undefined,
			hairpin: undefined,
			counters,
		})),
		addresses: addresses.map(([dev, address]) => ({dev, family: 4, address, broadcast: undefined, scope: 'global'})),
		routes: [
			...routes.map(([to, dev]) => ({family: 4, to, via: undefined, dev, source: undefined, scope: 'link', protocol: 2}) as const),
			{family: 4, to: 'default', via: '10.77.0.1', dev: 'eth0', source: undefined, scope: 'global', protocol: 3},
			{family: 6, to: 'fe80::/64', via: undefined, dev: 'eth0', source: undefined, scope: 'link', protocol: 2},
		],
		neighbours: [],
		fdb: [],
	};
}
