// Driver overlay: one network on several hosts. On each of them a place of its own (a namespace) with a bridge and a VXLAN; frames for a container
// elsewhere leave in UDP packets of the host. Nothing is flooded: which MAC is where is written beforehand (peers.ts). The way out is docker_gwbridge (swarm.ts).
import {interfaceName, vethName} from '../../base/names.ts';
import {mtu as toMtu, port, type Mtu, type Port} from '../../base/units.ts';
import {broadcastOf} from '../../model/address.ts';
import {vxlanOverhead, type Overlay} from '../../model/overlay.ts';
import type {NetnsName, Op} from '../../plan/op.ts';
import {rangeOf, type Interface, type NetworkRange} from '../allocations.ts';
import {insideOps} from '../cable.ts';
import type {Profile} from '../profile.ts';
import {profiles} from '../profiles.ts';
import {addressOn, overlayNetns, overlayBridge, overlayTunnel} from '../segment.ts';
import type {NetworkDriver} from './driver.ts';

export const overlay: NetworkDriver<'overlay'> = {
	driver: 'overlay',
	hosts: ({hosts}) => hosts,
	bridge: () => undefined,
	create: (lab, network, range) =>
		network.hosts.flatMap((host) => {
			const engine = lab.hosts.find(({name}) => name === host)?.docker?.engine ?? '28';
			return placeOps(network, {host, profile: profiles[engine]}, range);
		}),
	plugIn(site, network, plug) {
		const {host, service, ledger} = site;
		const range = ledger.range(host.name, network.name);
		const netns = overlayNetns(host.name, range.vni ?? 0);
		ledger.needPlug(netns, overlayBridge, service.name);
		const mtu = mtuOf(network);
		const wire: Interface = {
			kind: 'veth',
			network: network.name,
			dev: plug.dev,
			address: plug.address,
			mac: plug.mac,
			gateway: undefined,
			priority: plug.priority,
			internal: network.internal,
			mtu,
			veth: interfaceName(vethName(network.name, service.name)),
			bridge: overlayBridge,
			netns,
		};
		return {
			wire,
			ops: [
				{
					do: 'link.add',
					netns,
					link: {kind: 'veth', name: wire.veth, master: overlayBridge, up: true, mtu, peer: {netns: service.name, name: plug.dev, mtu}},
					why: `a cable: one end is a port of ${overlayBridge} in the place of ${network.name} on ${host.name}, the other is ${plug.dev} in ${service.name}`,
				},
				...insideOps(site, plug),
			],
		};
	},
	publishesOn: () => undefined,
	options: ({vni, mtu}) => [
		'-d',
		'overlay',
		'--attachable',
		...(vni === undefined ? [] : ['-o', `com.docker.network.driver.overlay.vxlanid_list=${vni}`]),
		...(mtu === undefined ? [] : ['-o', `com.docker.network.driver.mtu=${mtu}`]),
	],
};

/** In the order in which Docker makes it for the first container of a host. */
function placeOps(network: Overlay, {host, profile}: {readonly host: string; readonly profile: Profile}, range: NetworkRange): readonly Op[] {
	const {vni = 0} = range;
	const v4 = rangeOf(range, 4);
	const netns = overlayNetns(host, vni);
	const up = (dev: string, why: string): Op => ({do: 'link.set', netns, dev, up: true, why});
	return [
		{do: 'netns.add', netns, why: `the place of ${network.name} on ${host}: Docker hides it in a namespace that is called 1- and the network's id`},
		noIPv6(netns, profile),
		up('lo', 'as in every namespace that Docker makes'),
		{do: 'link.add', netns, link: {kind: 'bridge', name: overlayBridge}, why: `the switch of ${network.name} on ${host}`},
		{
			do: 'addr.add',
			netns,
			dev: overlayBridge,
			address: addressOn(v4),
			broadcast: broadcastOf(v4.subnet),
			why: `Docker gives it the first address on each host, and nobody uses it`,
		},
		up(overlayBridge, `${overlayBridge} works from now on`),
		{
			do: 'link.add',
			netns: host,
			link: {kind: 'vxlan', name: overlayTunnel, vni, port: vxlanPort, learning: false, proxy: true, mtu: mtuOf(network), into: netns},
			why: `frames go to other hosts in UDP packets of ${host} to port ${vxlanPort}, marked with number ${vni}; ARP requests are answered here and go nowhere`,
		},
		{
			do: 'link.set',
			netns,
			dev: overlayTunnel,
			master: overlayBridge,
			up: true,
			learning: false,
			why: `${overlayTunnel} is a port of ${overlayBridge}, which believes only what is written about the MACs behind it`,
		},
	];
}

/** Docker 28 does it for each port as it comes, which is the same for them. */
function noIPv6(netns: NetnsName, {ipv6Off}: Profile): Op {
	return {
		do: 'sysctl.set',
		netns,
		key: `net.ipv6.conf.${ipv6Off === 'all' ? 'all' : 'default'}.disable_ipv6`,
		value: '1',
		why: 'a switch has no IPv6 addresses, so the kernel shall give its ports none',
	};
}

/** Docker takes the option for the MTU of the wire (moby, drivers/overlay: maxMTU). */
function mtuOf({mtu}: Overlay): Mtu {
	return unit(toMtu((mtu ?? 1500) - vxlanOverhead));
}

function unit<Value>(value: Value | undefined): Value {
	if (value === undefined) {
		throw new RangeError('an overlay network has an MTU of at least 68 and a port');
	}

	return value;
}

/** RFC 7348. */
const vxlanPort: Port = unit(port(4789));
