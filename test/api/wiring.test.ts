import test from 'ava';
import {wiringOf} from '../../src/api/wiring.ts';
import type {ContainerView, View} from '../../src/api/messages.ts';
import type {ObservedLink, ObservedNet} from '../../src/model/observed.ts';

const counters = {rxBytes: 0, txBytes: 0, rxPackets: 0, txPackets: 0, rxDropped: 0, txDropped: 0};

function link(index: number, name: string, kind: string, more: Partial<ObservedLink> = {}): ObservedLink {
	const common = {mac: '02:00:00:00:00:01', mtu: 1500, isUp: true, state: 'UP', master: undefined, peerIndex: undefined, hairpin: undefined, counters};
	return {index, name, kind, ...common, ...more};
}

function net(links: readonly ObservedLink[], ...addresses: readonly string[]): ObservedNet {
	return {
		links,
		addresses: addresses.map((address) => ({dev: 'eth0', family: 4, address, broadcast: undefined, scope: 'global'})),
		routes: [],
		neighbours: [],
		fdb: [],
	};
}

function container(name: string, more: Partial<ContainerView>): ContainerView {
	const common = {
		id: '',
		hostname: '',
		mode: 'bridge',
		state: 'running',
		exitCode: undefined,
		image: '',
		command: [],
		pid: 1,
		sharesWith: undefined,
	} as const;
	return {name, ...common, interfaces: [], published: [], ...more};
}

const wire = {network: 'app', isWayOut: true, address: '10.0.1.2/24', mac: '', gateway: undefined, mtu: 1450} as const;
const view: View = {
	lab: 'l',
	title: '',
	about: '',
	file: '',
	createdMs: 0,
	isUp: true,
	lans: [{name: 'a-very-long-office-name', subnet: '192.168.50.0/24', mtu: 1500}],
	networks: [
		{
			name: 'app',
			driver: 'overlay',
			hosts: ['h1'],
			subnet: '10.0.1.0/24',
			gateway: '10.0.1.1',
			bridge: undefined,
			parent: undefined,
			vni: 4097,
			internal: false,
		},
	],
	hosts: [
		{
			name: 'h1',
			engine: '28',
			nics: [{dev: 'eth0', lan: 'a-very-long-office-name', address: '192.168.50.10/24', mac: '', peer: 'h1-eth0'}],
			bridges: [],
			serve: [],
			gateway: undefined,
			containers: [
				container('api', {
					interfaces: [{...wire, dev: 'eth0', kind: 'veth', veth: 'vethapi', bridge: 'br0'}],
					published: [{protocol: 'tcp', hostAddress: '0.0.0.0', hostPort: 8080, port: 80, proxyPid: 7}],
				}),
				container('cam', {interfaces: [{...wire, dev: 'eth0', kind: 'macvlan', veth: 'eth0', bridge: 'eth0'}]}),
				container('guest', {sharesWith: 'api', mode: 'container'}),
				container('native', {mode: 'host'}),
				container('off', {state: 'exited'}),
			],
		},
	],
};
const nets = new Map([
	['h1', net([link(2, 'eth0', 'veth', {peerIndex: 2}), link(9, 'tap0', 'veth', {peerIndex: 4})], '192.168.50.10/24')],
	['h1:vxlan4097', net([link(2, 'br0', 'bridge'), link(3, 'vethapi', 'veth', {master: 'br0'}), link(10, 'vxlan0', 'vxlan', {master: 'br0'})])],
	['api', net([link(3, 'eth0', 'veth'), link(4, 'eth9', 'veth', {peerIndex: 9})], '10.0.1.2/24')],
	['cam', net([link(2, 'eth0', 'macvlan')])],
]);

test('cables, ports, parents and tunnels of all nodes, each namespace once', (t) => {
	const wiring = wiringOf(view, nets);
	t.deepEqual(
		wiring.map(({name, links}) => [
			name,
			...links.map(({dev, master, peer, parent, carrier}) => [dev, master, peer, parent, carrier].map((one) => one ?? '-').join(' ')),
		]),
		[
			['a-very-long-office-name', 'a-very-l-750eb2 - - - -', 'h1-eth0 a-very-l-750eb2 h1/eth0 - -'],
			['h1', 'eth0 - a-very-long-office-name/h1-eth0 - -', 'tap0 - api/eth9 - -'],
			['api', 'eth0 - h1:vxlan4097/vethapi - -', 'eth9 - h1/tap0 - -'],
			['cam', 'eth0 - - h1/eth0 -'],
			['h1:vxlan4097', 'br0 - - - -', 'vethapi br0 api/eth0 - -', 'vxlan0 br0 - - h1'],
		],
	);
	const [, h1, api] = wiring;
	t.deepEqual(h1?.addresses, ['192.168.50.10']);
	t.deepEqual(h1?.proxies, [{protocol: 'tcp', hostAddress: '0.0.0.0', hostPort: 8080, to: ['10.0.1.2'], port: 80}]);
	t.deepEqual(api?.published, []);
});

test('two ends made by hand that more than one could be the other end of are not joined', (t) => {
	const twice = new Map([...nets, ['cam', net([link(4, 'eth9', 'veth', {peerIndex: 9})])]]);
	const [, h1] = wiringOf(view, twice);
	t.is(h1?.links.find(({dev}) => dev === 'tap0')?.peer, undefined);
});
