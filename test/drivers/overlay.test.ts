// Plans with overlay networks: against what real Docker engines made in the kernel, and what holds of numbers, subnets, ways out and entries.
import test from 'ava';
import {
	announced,
	namesOf,
	peerUnits,
	planConnect,
	planContainer,
	planDisconnect,
	planLab,
	release,
	type Allocations,
	type Peer,
} from '../../src/drivers/index.ts';
import {mac} from '../../src/base/units.ts';
import type {DockerEngine, Lab} from '../../src/model/lab.ts';
import type {Op} from '../../src/plan/op.ts';
import {factsOf, rulesOf} from './facts.ts';
import {aLab, aNetwork, anEngine, anMtu, anOverlay, aPublish, aService, office, on, someHosts} from './labs.ts';
import {byChain, foldOps} from './fold.ts';

/** What belongs to h1: its own namespace, the places of overlay networks on it, its containers. */
function opsOn(ops: readonly Op[], names: readonly string[]): readonly Op[] {
	return ops.filter((op) => names.includes('netns' in op ? op.netns : 'host' in op ? op.host : 'node' in op ? op.node : op.container.name));
}

function opsOf(lab: Lab): readonly Op[] {
	return planLab(lab).units.flatMap(({ops}) => ops);
}

const equal = test.macro({
	exec(t, engine: DockerEngine['engine']) {
		// stand-ins for Swarm's own endpoints, which the lab does without: they have the addresses of its load balancers on the two hosts, and the first
		// one that of ingress on docker_gwbridge
		const at = (address: string) => on({network: 'ov1', address});
		const lab = aLab({
			lans: [office],
			hosts: someHosts(2, {docker: anEngine({engine})}),
			networks: [anOverlay('ov1', {vni: 4097, ipam: {subnet: '10.0.1.0/24'}})],
			services: [
				aService('own1', at('10.0.1.3')),
				aService('c1', at('10.0.1.2')),
				aService('c2', {...at('10.0.1.6'), publish: [aPublish('8080:80')]}),
				aService('d1', {host: 'h2', ...at('10.0.1.4')}),
				aService('own2', {host: 'h2', ...at('10.0.1.5')}),
			],
		});
		const ops = opsOf(lab);
		const made = foldOps(opsOn(ops, ['h1', 'h1:vxlan4097', 'own1', 'c1', 'c2']));
		const facts = factsOf(engine, '20-overlay');
		const section = (title: string): readonly string[] => facts.sections.get(title) ?? [];
		t.deepEqual(made.chains, facts.chains);
		t.deepEqual(byChain(made.rules), byChain(facts.rules));
		const named = (lines: readonly string[]): readonly string[] =>
			lines
				.filter((line) => !line.startsWith('own1 '))
				.map((line) =>
					line
						.replace(/^h1:vxlan4097 /, 'ov1 ')
						.replace(/^h1 /, 'host ')
						.replace('host default via 10.77.0.1', '$& dev eth0'),
				)
				.toSorted();
		t.deepEqual(named(made.addresses), section('addresses').toSorted());
		t.deepEqual(named(made.routes), section('default routes').toSorted());
		t.deepEqual(made.listening, section('listening').toSorted());
		t.deepEqual(made.proxies, section('proxies').toSorted());
		const there = ops.filter((op) => 'netns' in op && op.netns === 'h1:vxlan4097');
		t.deepEqual(
			there.flatMap((op) => (op.do === 'neigh.set' ? [`${op.address} dev ${op.dev} lladdr ${op.mac} PERMANENT`] : [])).toSorted(),
			section('ov1 neighbours'),
		);
		t.deepEqual(
			there.flatMap((op) => (op.do === 'fdb.set' ? [`${op.mac} dev ${op.dev} dst ${op.dst} self permanent`] : [])).toSorted(),
			section('ov1 fdb'),
		);
		const tunnel = ops.flatMap((op) => (op.do === 'link.add' && op.link.kind === 'vxlan' && op.netns === 'h1' ? [op.link] : []));
		t.deepEqual(
			tunnel.map(
				({name, mtu, vni, port, proxy}) => `${name} vxlan mtu ${mtu ?? 0} master br0 id ${vni} port ${port} proxy ${proxy ? 'on' : 'off'} learning on`,
			),
			// what is learned from packets is in the way of what is written later (moby/moby#53663), so the lab learns nothing
			section('ov1 links').filter((line) => line.includes('vxlan')),
		);
		t.true(tunnel.every(({learning}) => !learning));
		for (const name of ['c1', 'c2']) {
			const inside = made.inside.get(name);
			const seen = rulesOf(section(`${name} rules`));
			const plain = (rules: ReadonlyMap<string, readonly string[]>): unknown =>
				JSON.parse(JSON.stringify(byChain(rules)).replaceAll(/(--to-destination 127\.0\.0\.11:|--sport )\d+/g, '$1EPHEMERAL'));
			t.deepEqual(inside?.chains, seen.chains);
			t.deepEqual(plain(inside?.rules ?? new Map()), byChain(seen.rules));
			const hostname = made.files.get(`${name} /etc/hostname`)?.trimEnd() ?? '';
			t.is(made.files.get(`${name} /etc/hosts`), `${section(`${name} /etc/hosts`).join('\n').replaceAll(`<${name}>`, hostname)}\n`);
			const macs = new Map(ops.flatMap((op) => (op.do === 'link.set' && op.netns === name && op.mac !== undefined ? [[op.dev, op.mac]] : [])));
			t.true(section(`${name} links`).includes(`eth0 mtu 1450 ${macs.get('eth0') ?? ''}`));
		}
	},
	title: (_, engine: DockerEngine['engine']) => `a plan for engine ${engine} makes what the real engine made: 20-overlay`,
});

test(equal, '28');
test(equal, '20.10');

const two = {lans: [office], hosts: someHosts(2)};

test('numbers and subnets go upwards, around those that the file gives; each network has its own address space', (t) => {
	const lab = aLab({
		...two,
		networks: [
			anOverlay('a'),
			anOverlay('b', {vni: 4097, ipam: {subnet: '10.0.2.0/24'}}),
			anOverlay('c'),
			aNetwork('local', {ipam: {subnet: '10.0.1.0/24'}}),
			aNetwork('free'),
		],
		services: [],
	});
	const {networks, gateways} = planLab(lab).allocations;
	t.deepEqual(
		[...networks].map(([name, {v4, vni}]) => `${name} ${v4?.subnet ?? ''} ${vni ?? '-'}`),
		['local 10.0.1.0/24 -', 'free 172.19.0.0/16 -', 'a 10.0.1.0/24 4098', 'b 10.0.2.0/24 4097', 'c 10.0.3.0/24 4099'],
	);
	t.deepEqual(
		[...gateways].map(([host, {v4, dev}]) => `${host} ${dev ?? ''} ${v4?.subnet ?? ''}`),
		['h1 docker_gwbridge 172.18.0.0/16', 'h2 docker_gwbridge 172.18.0.0/16'],
	);
	t.throws(() => planLab({...lab, networks: [anOverlay('a', {ipam: {subnet: '10.0.0.0/23'}})]}), {
		message: /Pool overlaps with other one on this address space/,
	});
});

test('addresses go in turn: one that became free is given again when all others were', (t) => {
	const services = [aService('a', on('app')), aService('b', on({network: 'app', address: '10.0.1.5'}))];
	const lab = aLab({...two, networks: [anOverlay('app', {ipam: {subnet: '10.0.1.0/29'}})], services});
	let {allocations} = planLab(lab);
	const given = Array.from({length: 5}, () => {
		const address = allocations.containers.get('a')?.interfaces[0]?.address;
		({allocations} = planContainer(lab, release(allocations, 'a'), 'a'));
		return address;
	});
	t.deepEqual(given, ['10.0.1.2/29', '10.0.1.3/29', '10.0.1.4/29', '10.0.1.6/29', '10.0.1.2/29']);
});

test('a lab without overlay networks has nothing of them', (t) => {
	const {units, allocations} = planLab(aLab({...two, networks: [aNetwork('n1')], services: [aService('web', on('n1'))]}));
	t.deepEqual(
		units.filter(({id}) => id.startsWith('swarm:') || id.startsWith('peers:')),
		[],
	);
	t.is(allocations.gateways.size, 0);
});

test('every host has two entries for each container that is elsewhere, and none for its own', (t) => {
	const lab = aLab({
		lans: [office],
		hosts: someHosts(3),
		networks: [anOverlay('app', {hosts: ['h1', 'h2', 'h3']})],
		services: [aService('a', on('app')), aService('b', {host: 'h2', ...on('app')}), aService('c', {host: 'h2', ...on('app')})],
	});
	const entries = planLab(lab)
		.units.filter(({id}) => id === 'peers:app')
		.flatMap(({ops}) => ops)
		.map((op) => (op.do === 'fdb.set' ? `${op.netns} ${op.mac} -> ${op.dst}` : op.do === 'neigh.set' ? `${op.netns} ${op.address} is ${op.mac}` : op.do));
	t.deepEqual(entries, [
		'h1:vxlan4097 10.0.1.3 is 02:42:0a:00:01:03',
		'h1:vxlan4097 02:42:0a:00:01:03 -> 10.77.0.12',
		'h1:vxlan4097 10.0.1.4 is 02:42:0a:00:01:04',
		'h1:vxlan4097 02:42:0a:00:01:04 -> 10.77.0.12',
		'h2:vxlan4097 10.0.1.2 is 02:42:0a:00:01:02',
		'h2:vxlan4097 02:42:0a:00:01:02 -> 10.77.0.11',
		'h3:vxlan4097 10.0.1.2 is 02:42:0a:00:01:02',
		'h3:vxlan4097 02:42:0a:00:01:02 -> 10.77.0.11',
		'h3:vxlan4097 10.0.1.3 is 02:42:0a:00:01:03',
		'h3:vxlan4097 02:42:0a:00:01:03 -> 10.77.0.12',
		'h3:vxlan4097 10.0.1.4 is 02:42:0a:00:01:04',
		'h3:vxlan4097 02:42:0a:00:01:04 -> 10.77.0.12',
	]);
	const {units} = planLab(lab);
	t.true(units.find(({id}) => id === 'container:a')?.after.includes('peers:app'));
});

test('hosts are reached by the LAN that all members are on, whichever NIC comes first', (t) => {
	const [h1, h2] = someHosts(2);
	const extra = (h1?.nics ?? []).map((nic) => ({...nic, dev: 'eth9', lan: 'other', address: '192.168.9.1/24'}));
	const hosts = [...(h1 === undefined ? [] : [{...h1, nics: [...extra, ...h1.nics]}]), ...(h2 === undefined ? [] : [h2])];
	const lab = aLab({
		lans: [office, {...office, name: 'other', subnet: '192.168.9.0/24'}],
		hosts,
		networks: [anOverlay('app')],
		services: [aService('a', on('app'))],
	});
	t.deepEqual(
		announced(lab, planLab(lab).allocations).map(({vtep}) => vtep),
		['10.77.0.11'],
	);
});

function devices(allocations: Allocations, name: string): readonly string[] {
	return (allocations.containers.get(name)?.interfaces ?? []).map(
		({dev, network, gateway}) => `${dev} ${network ?? ''}${gateway === undefined ? '' : ' out'}`,
	);
}

test('docker_gwbridge is the way out of those that have no other, and of internal networks there is none', (t) => {
	const networks = [anOverlay('app'), anOverlay('inner', {internal: true}), aNetwork('n1'), aNetwork('shut', {internal: true})];
	const of = (...names: readonly string[]): readonly string[] => {
		const lab = aLab({...two, networks, services: [aService('web', on(...names))]});
		return devices(planLab(lab).allocations, 'web');
	};
	t.deepEqual(of('app'), ['eth0 app', 'eth1 docker_gwbridge out']);
	t.deepEqual(of('app', 'inner'), ['eth0 app', 'eth1 docker_gwbridge out', 'eth2 inner']);
	t.deepEqual(of('inner'), ['eth0 inner']);
	t.deepEqual(of('app', 'n1'), ['eth0 app', 'eth1 n1 out']);
	t.deepEqual(of('shut', 'app'), ['eth0 shut', 'eth1 app', 'eth2 docker_gwbridge out']);
});

test('docker_gwbridge comes and goes with the networks of a running container, and its ports go along', (t) => {
	const lab = aLab({...two, networks: [anOverlay('app'), aNetwork('n1')], services: [aService('web', {publish: [aPublish('8080:80')], ...on('app')})]});
	const {allocations} = planLab(lab);
	const more = planConnect(lab, allocations, 'web', 'n1');
	t.deepEqual(devices(more.allocations, 'web'), ['eth0 app', 'eth2 n1 out']);
	t.deepEqual(more.gone, ['endpoint:docker_gwbridge', 'gateway', 'gateway6', 'ports', 'ports6']);
	t.true(more.next.some((op) => op.do === 'rule.add' && op.rule.includes('--to-destination 172.19.0.2:80')));
	const less = planDisconnect(more.lab, more.allocations, 'web', 'n1');
	t.deepEqual(devices(less.allocations, 'web'), ['eth0 app', 'eth1 docker_gwbridge out']);
	t.true(less.next.some((op) => op.do === 'rule.add' && op.rule.includes('--to-destination 172.18.0.2:80')));
	const none = planDisconnect(less.lab, less.allocations, 'web', 'app');
	t.deepEqual(devices(none.allocations, 'web'), []);
	t.deepEqual(none.gone, ['endpoint:app', 'endpoint:docker_gwbridge', 'gateway', 'gateway6', 'ports', 'ports6']);
	t.deepEqual(announced(none.lab, none.allocations), []);
});

test('the MTU is the wire’s less 50 bytes', (t) => {
	const mtus = (of?: number): readonly number[] => {
		const network = anOverlay('app', of === undefined ? {} : {mtu: anMtu(of)});
		return (
			planLab(aLab({...two, networks: [network], services: [aService('a', on('app'))]}))
				.allocations.containers.get('a')
				?.interfaces.map(({mtu}) => mtu) ?? []
		);
	};
	t.deepEqual(mtus(), [1450, 1500]);
	t.deepEqual(mtus(9000), [8950, 1500]);
});

function aPeer(parts: Partial<Peer>): Peer {
	const hardware = mac('02:42:0a:00:01:02');
	if (hardware === undefined) {
		throw new Error('this is a MAC');
	}

	return {network: 'app', address: '10.0.1.2', mac: hardware, host: 'far', vtep: '203.0.113.7', names: ['stranger', 's'], ...parts};
}

test('containers of other machines keep their addresses, have entries on every host, and names', (t) => {
	const lab = aLab({...two, networks: [anOverlay('app')], services: [aService('a', on('app'))]});
	const {allocations, units} = planLab(lab, [aPeer({})]);
	t.is(allocations.containers.get('a')?.interfaces[0]?.address, '10.0.1.3/24');
	t.deepEqual(
		units
			.filter(({id}) => id === 'peers:app')
			.flatMap(({ops}) => ops)
			.flatMap((op) => (op.do === 'fdb.set' ? [`${op.netns} ${op.mac} ${op.dst}`] : [])),
		['h1:vxlan4097 02:42:0a:00:01:02 203.0.113.7', 'h2:vxlan4097 02:42:0a:00:01:03 10.77.0.11', 'h2:vxlan4097 02:42:0a:00:01:02 203.0.113.7'],
	);
	const [known] = namesOf(lab, allocations).get('a') ?? [];
	t.deepEqual(known?.entries.get('stranger.app'), ['10.0.1.2']);
	t.is(known?.reverse.get('10.0.1.2'), 'stranger.app');
	const again = planContainer(lab, release({...allocations, foreign: []}, 'a'), 'a').allocations;
	t.is(again.containers.get('a')?.interfaces[0]?.address, '10.0.1.4/24');
	t.deepEqual(
		peerUnits(lab, {...allocations, foreign: []}).flatMap(({ops}) => ops.length),
		[2],
	);
});

test('names are known on all hosts of an overlay network, and those of a bridge on its own', (t) => {
	const lab = aLab({
		...two,
		networks: [anOverlay('app'), aNetwork('n1')],
		services: [aService('a', on('app', 'n1')), aService('b', on('n1')), aService('c', {host: 'h2', ...on({network: 'app', aliases: ['C2']})})],
	});
	const names = namesOf(lab, planLab(lab).allocations);
	const known = (name: string): readonly string[] =>
		(names.get(name) ?? []).flatMap(({entries}) => [...entries.keys()].filter((one) => /^[a-z]\d?$/.test(one)));
	t.deepEqual(known('a'), ['a', 'c', 'c2', 'a', 'b']);
	t.deepEqual(known('c'), ['a', 'c', 'c2']);
	t.deepEqual(known('b'), ['a', 'b']);
});
