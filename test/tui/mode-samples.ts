// Labs in which containers get their network in the other ways: macvlan, overlay, several networks, an internal one, a shared stack, the host's own.
import type {BridgeView, ContainerView, InterfaceView, NetworkView, View} from '../../src/api/messages.ts';
import {common, container, docker0, host, nic, onDocker0, published} from './samples.ts';

const office = {name: 'office', subnet: '192.168.50.0/24', mtu: 1500};

function network(name: string, more: Partial<NetworkView>): NetworkView {
	return {name, driver: 'bridge', hosts: ['h1'], subnet: '', gateway: '', bridge: undefined, parent: undefined, internal: false, ...more};
}

function plug(network_: string, address: string, more: Partial<InterfaceView>): InterfaceView {
	const last = address
		.split(/[./]/)
		.slice(2, 4)
		.map((part) => Number(part).toString(16).padStart(2, '0'));
	return {
		dev: 'eth0',
		kind: 'veth',
		network: network_,
		isWayOut: false,
		address,
		mac: `02:42:0a:01:${last.join(':')}`,
		gateway: undefined,
		mtu: 1500,
		veth: `veth${network_.slice(0, 2)}${last.join('')}`.replaceAll(/[^a-z0-9]/g, ''),
		bridge: '',
		...more,
	};
}

function on(name: string, interfaces: readonly InterfaceView[], more: Partial<ContainerView> = {}): ContainerView {
	return container(name, {mode: 'networks', interfaces, ...more});
}

/** Containers with a MAC of their own on the host's interface, beside a machine on the same LAN. */
export function macvlan(): View {
	const cam = (name: string, last: number, mac: string): ContainerView =>
		on(name, [plug('phys', `192.168.50.${last}/24`, {kind: 'macvlan', mac, gateway: '192.168.50.1', isWayOut: true, veth: 'eth0', bridge: 'eth0'})]);
	return {
		...common,
		lab: 'macvlan',
		file: 'scenarios/macvlan.veth.yaml',
		lans: [office],
		networks: [network('phys', {driver: 'macvlan', subnet: '192.168.50.0/24', gateway: '192.168.50.1', parent: 'eth0'})],
		hosts: [
			host('h1', {
				engine: '28',
				nics: [nic('eth0', 'office', '192.168.50.10/24', 10)],
				bridges: [docker0],
				gateway: '192.168.50.1',
				containers: [
					cam('cam1', 65, '02:00:00:00:00:65'),
					cam('cam2', 66, '02:55:20:fc:60:9b'),
					onDocker0('web', 2, {published: published(8080, 80, 41)}),
				],
			}),
			host('laptop', {nics: [nic('eth0', 'office', '192.168.50.12/24', 12)]}),
		],
	};
}

/** One overlay network on two hosts; the way out is each host's docker_gwbridge. */
export function overlay(): View {
	const gateway: BridgeView = {dev: 'docker_gwbridge', address: '172.18.0.1/16', ports: []};
	const member = (name: string, last: number, way: number, more: Partial<ContainerView> = {}): ContainerView =>
		on(
			name,
			[
				plug('ov0', `10.1.0.${last}/24`, {mtu: 1450, bridge: 'br0'}),
				plug('docker_gwbridge', `172.18.0.${way}/16`, {dev: 'eth1', gateway: '172.18.0.1', isWayOut: true, bridge: 'docker_gwbridge'}),
			],
			more,
		);
	return {
		...common,
		lab: 'overlay',
		file: 'scenarios/overlay.veth.yaml',
		lans: [office],
		networks: [network('ov0', {driver: 'overlay', hosts: ['h1', 'h2'], subnet: '10.1.0.0/24', gateway: '10.1.0.1', vni: 4097})],
		hosts: [
			host('h1', {
				engine: '28',
				nics: [nic('eth0', 'office', '192.168.50.10/24', 10)],
				bridges: [docker0, gateway],
				containers: [member('web', 2, 2, {published: published(8080, 80, 41)}), member('api', 3, 3)],
			}),
			host('h2', {
				engine: '28',
				nics: [nic('eth0', 'office', '192.168.50.11/24', 11)],
				bridges: [docker0, gateway],
				containers: [member('db', 4, 2)],
			}),
		],
	};
}

/** A front network and an internal one behind it; `app` is on both. */
export function networks(): View {
	const front = {bridge: 'br-front', gateway: '10.80.0.1', isWayOut: true};
	const back = {bridge: 'br-3f9c21aa70de'};
	return {
		...common,
		lab: 'networks',
		file: 'scenarios/networks.veth.yaml',
		lans: [office],
		networks: [
			network('front', {subnet: '10.80.0.0/24', gateway: '10.80.0.1', bridge: 'br-front'}),
			network('back', {subnet: '172.18.0.0/16', gateway: '172.18.0.1', bridge: 'br-3f9c21aa70de', internal: true}),
		],
		hosts: [
			host('h1', {
				engine: '28',
				nics: [nic('eth0', 'office', '192.168.50.10/24', 10)],
				bridges: [docker0, {dev: 'br-front', address: '10.80.0.1/24', ports: []}, {dev: 'br-3f9c21aa70de', address: '172.18.0.1/16', ports: []}],
				containers: [
					on('proxy', [plug('front', '10.80.0.2/24', front)], {published: published(80, 80, 41)}),
					on('app', [plug('front', '10.80.0.3/24', front), plug('back', '172.18.0.2/16', {...back, dev: 'eth1'})]),
					on('db', [plug('back', '172.18.0.3/16', back)]),
				],
			}),
			host('laptop', {nics: [nic('eth0', 'office', '192.168.50.12/24', 12)]}),
		],
	};
}

/** What needs no network of its own: the host's stack, that of another container, none at all. */
export function sharing(): View {
	return {
		...common,
		lab: 'sharing',
		file: 'scenarios/sharing.veth.yaml',
		lans: [office],
		hosts: [
			host('h1', {
				engine: '28',
				nics: [nic('eth0', 'office', '192.168.50.10/24', 10)],
				bridges: [docker0],
				containers: [
					onDocker0('web', 2, {published: published(8080, 80, 41)}),
					container('sidecar', {mode: 'container', sharesWith: 'web'}),
					container('agent', {mode: 'host'}),
					container('exporter', {mode: 'host'}),
					container('vault', {mode: 'none'}),
				],
			}),
			host('laptop', {nics: [nic('eth0', 'office', '192.168.50.12/24', 12)]}),
		],
	};
}

/** A Docker host on which nothing was started. */
export function empty(): View {
	return {
		...common,
		lab: 'empty',
		file: 'scenarios/empty.veth.yaml',
		lans: [office],
		hosts: [host('h1', {engine: '28', nics: [nic('eth0', 'office', '192.168.50.10/24', 10)], bridges: [docker0]})],
	};
}
