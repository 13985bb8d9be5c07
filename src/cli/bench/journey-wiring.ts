// The lab of which journeys are measured, as its engine would tell it. Pure.
import type {LinkWiring, NodeWiring} from '../../model/wiring.ts';
import {macText} from '../../watch/journey/ends.ts';

export const macs = {
	laptop: 0x02_00_00_00_00_12,
	host: 0x02_00_00_00_00_10,
	host2: 0x02_00_00_00_00_11,
	docker0: 0x02_00_00_00_00_01,
	web: 0x02_00_00_00_00_02,
	cli: 0x02_00_00_00_00_03,
	api: 0x02_42_0a_00_01_02,
	db: 0x02_42_0a_00_01_09,
} as const;

/**
 * laptop - LAN office - h1, on whose docker0 are web and cli; 8080 is published for web. On the LAN also h2, whose container db is in an overlay network with
 * h1's api: of that each host has a namespace with a bridge and a VXLAN.
 */
export const wiring: readonly NodeWiring[] = [
	node('laptop', ['192.168.50.12'], [link('eth0', {mac: macText(macs.laptop), peer: 'office/laptop-eth0'})]),
	node('office', [], [link('office', {kind: 'bridge'}), ...['laptop', 'h1', 'h2'].map((name) => port('office', `${name}-eth0`, `${name}/eth0`))]),
	node(
		'h1',
		['192.168.50.10', '172.17.0.1'],
		[
			link('eth0', {mac: macText(macs.host), peer: 'office/h1-eth0'}),
			link('docker0', {kind: 'bridge', mac: macText(macs.docker0)}),
			port('docker0', 'vethweb', 'web/eth0'),
			port('docker0', 'vethcli', 'cli/eth0'),
		],
		[{protocol: 'tcp', hostAddress: '0.0.0.0', hostPort: 8080}],
	),
	node('web', ['172.17.0.2'], [link('eth0', {mac: macText(macs.web), peer: 'h1/vethweb'})]),
	node('cli', ['172.17.0.3'], [link('eth0', {mac: macText(macs.cli), peer: 'h1/vethcli'})]),
	node('h2', ['192.168.50.11'], [link('eth0', {mac: macText(macs.host2), peer: 'office/h2-eth0'})]),
	...overlay('h1', 'api', '10.0.1.2', macs.api),
	...overlay('h2', 'db', '10.0.1.9', macs.db),
];

/** A host's part of the overlay network, and the container in it. */
function overlay(host: string, name: string, address: string, mac: number): readonly NodeWiring[] {
	const place = `${host}:vxlan4097`;
	return [
		node(
			place,
			['10.0.1.1'],
			[link('br0', {kind: 'bridge'}), port('br0', `veth${name}`, `${name}/eth0`), link('vxlan0', {kind: 'vxlan', master: 'br0', carrier: host})],
		),
		node(name, [address], [link('eth0', {mac: macText(mac), peer: `${place}/veth${name}`})]),
	];
}

function link(dev: string, more: Partial<LinkWiring>): LinkWiring {
	return {dev, kind: 'veth', mac: undefined, master: undefined, peer: undefined, parent: undefined, carrier: undefined, ...more};
}

/** Of a bridge. */
function port(master: string, dev: string, peer: string): LinkWiring {
	return link(dev, {master, peer});
}

function node(name: string, addresses: readonly string[], links: readonly LinkWiring[], published: NodeWiring['published'] = []): NodeWiring {
	const proxies = published.map((one) => ({...one, to: ['172.17.0.2'], port: 80}));
	return {name, addresses, links: [link('lo', {kind: undefined}), ...links], routes: [], proxies, published};
}
