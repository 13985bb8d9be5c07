// Labs as the engine would describe them, written by hand.
import type {BridgeView, ContainerView, HostView, InterfaceView, NicView, PublishedView, View} from '../../src/api/messages.ts';
import {port} from '../../src/base/units.ts';

export function nic(dev: string, lan: string, address: string | undefined, last: number): NicView {
	return {dev, lan, address, mac: `02:00:00:00:00:${String(last).padStart(2, '0')}`, peer: `veth${(0xa1_b2_00 + last * 4099).toString(16).padStart(7, '0')}`};
}

function wire(bridge: string, address: string | undefined, gateway: string | undefined, last: number): InterfaceView {
	return {
		dev: 'eth0',
		kind: 'veth',
		network: gateway === undefined ? undefined : 'bridge',
		isWayOut: gateway !== undefined,
		address,
		mac: `02:42:ac:11:00:${last.toString(16).padStart(2, '0').slice(-2)}`,
		gateway,
		mtu: 1500,
		veth: `veth${(0x3f_9c_21_0 + last * 65_537).toString(16).slice(0, 7)}`,
		bridge,
	};
}

export function container(name: string, more: Partial<ContainerView> = {}): ContainerView {
	return {
		name,
		id: Buffer.from(name.padEnd(32, '.')).toString('hex'),
		hostname: name,
		mode: 'bridge',
		state: 'running',
		exitCode: undefined,
		image: 'tools',
		command: ['sleep', 'infinity'],
		pid: 30 + name.length,
		sharesWith: undefined,
		interfaces: [],
		published: [],
		...more,
	};
}

export function onDocker0(name: string, last: number, more: Partial<ContainerView> = {}): ContainerView {
	return container(name, {interfaces: [wire('docker0', `172.17.${last >> 8}.${last & 255}/16`, '172.17.0.1', last)], ...more});
}

export function published(hostPort: number, containerPort: number, proxyPid: number): PublishedView[] {
	return [
		{protocol: 'tcp', hostAddress: '0.0.0.0', hostPort, port: containerPort, proxyPid},
		{protocol: 'tcp', hostAddress: '::', hostPort, port: containerPort, proxyPid: proxyPid + 6},
	];
}

export function host(name: string, more: Partial<HostView> = {}): HostView {
	return {name, engine: undefined, nics: [], bridges: [], containers: [], serve: [], gateway: undefined, ...more};
}

function httpOn(number: number): HostView['serve'] {
	const at = port(number);
	return at === undefined ? [] : [{kind: 'http', port: at, status: 200, body: undefined, echo: 'peer'}];
}

export const docker0: BridgeView = {dev: 'docker0', address: '172.17.0.1/16', ports: []};
export const common = {title: '', about: '', createdMs: 1_780_000_000_000, isUp: true, networks: []};

/** One host with Docker, a published port, and a machine on the LAN that calls it. */
export function bridgePublish(): View {
	return {
		...common,
		lab: 'bridge-publish',
		title: 'bridge mode: NAT out, -p in',
		file: 'scenarios/bridge-publish.veth.yaml',
		lans: [{name: 'office', subnet: '192.168.50.0/24', mtu: 1500}],
		hosts: [
			host('h1', {
				engine: '28',
				nics: [nic('eth0', 'office', '192.168.50.10/24', 10)],
				bridges: [docker0],
				containers: [onDocker0('web', 2, {image: 'web', published: published(8080, 80, 141)}), onDocker0('cli', 3)],
			}),
			host('laptop', {nics: [nic('eth0', 'office', '192.168.50.12/24', 12)], serve: httpOn(80)}),
		],
	};
}

/** Every mode on one host, a second host wired by hand, a gateway between two LANs. */
export function fourModes(): View {
	return {
		...common,
		lab: 'four-modes',
		file: 'scenarios/four-modes.veth.yaml',
		lans: [
			{name: 'office', subnet: '192.168.50.0/24', mtu: 1500},
			{name: 'dmz', subnet: '10.10.101.0/24', mtu: 1500},
		],
		hosts: [
			host('h1', {
				engine: '28',
				nics: [nic('eth0', 'office', '192.168.50.10/24', 10)],
				bridges: [docker0],
				gateway: '192.168.50.1',
				containers: [
					onDocker0('web', 2, {
						image: 'web',
						published: [...published(8080, 80, 141), {protocol: 'udp', hostAddress: '192.168.50.10', hostPort: 5353, port: 53, proxyPid: 171}],
					}),
					onDocker0('db', 3),
					container('probe', {mode: 'container', sharesWith: 'web'}),
					container('agent', {mode: 'host'}),
					container('vault', {mode: 'none'}),
					container('job', {state: 'exited', exitCode: 1, pid: undefined}),
				],
			}),
			host('h2', {
				engine: '20.10',
				nics: [nic('eth0', 'office', undefined, 20)],
				bridges: [docker0, {dev: 'br0', address: '192.168.50.35/24', ports: ['eth0']}],
				containers: [
					container('bare', {mode: 'none'}),
					container('wired', {mode: 'none', interfaces: [wire('br0', '192.168.50.36/24', '192.168.50.1', 9)]}),
					container('plug', {mode: 'none', interfaces: [wire('office', '192.168.50.37/24', '192.168.50.1', 10)]}),
				],
			}),
			host('gw', {nics: [nic('eth0', 'office', '192.168.50.1/24', 1), nic('eth1', 'dmz', '10.10.101.1/24', 2)]}),
			host('client', {nics: [nic('eth0', 'dmz', '10.10.101.7/24', 7)], gateway: '10.10.101.1'}),
		],
	};
}

/** A host with so many containers that nothing fits. */
export function crowd(count: number): View {
	const containers = Array.from({length: count}, (_, index) =>
		onDocker0(`c${String(index + 1).padStart(3, '0')}`, index + 2, index % 50 === 0 ? {published: published(8000 + index, 80, 1000 + index)} : {}),
	);
	return {
		...bridgePublish(),
		lab: 'crowd',
		title: '',
		hosts: [
			host('h1', {engine: '28', nics: [nic('eth0', 'office', '192.168.50.10/24', 10)], bridges: [docker0], containers}),
			...bridgePublish().hosts.slice(1),
		],
	};
}
