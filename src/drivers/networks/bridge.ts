// Driver bridge: a Linux bridge of its own on one host, with the same rules as docker0's; `internal` replaces them by two that let nothing out.
import {hash, interfaceSysctl, macFrom} from '../../base/names.ts';
import {mac, type Mac} from '../../base/units.ts';
import {broadcastOf} from '../../model/address.ts';
import type {Lab} from '../../model/lab.ts';
import type {Op} from '../../plan/op.ts';
import type {AddressRange, NetworkRange} from '../allocations.ts';
import {planCable} from '../cable.ts';
import type {Site} from '../driver.ts';
import {gatewayNetwork} from '../endpoint.ts';
import type {Profile} from '../profile.ts';
import {profiles} from '../profiles.ts';
import {bridgeAddresses6, forwarding6, turnsForwardingOn} from '../ipv6.ts';
import {
	bridgeAddress,
	bridgeName,
	bridgeRules,
	networkSegment,
	refuseRouterAdvertisements,
	routeLoopback,
	type BridgeNetwork,
	type RuleSite,
	type Segment,
} from '../segment.ts';
import type {NetworkDriver} from './driver.ts';

export const bridge: NetworkDriver<'bridge'> = {
	driver: 'bridge',
	hosts: ({host}) => [host],
	bridge: bridgeName,
	create(lab, network, range) {
		const site = ruleSite(lab, network);
		return site === undefined ? [] : bridgeOps(lab, network, {site, range});
	},
	plugIn: (site, network, plug) => planCable(site, segmentOf(site, network), plug),
	publishesOn: (site, network) => (network.internal ? undefined : segmentOf(site, network)),
	options: ({bridge: name, icc, masquerade, hostBinding, gatewayMode, gatewayMode6, inhibitIPv4, trusted, interfacePrefix, hostAddress, mtu}) =>
		[
			...(name === undefined ? [] : [`com.docker.network.bridge.name=${name}`]),
			...(icc ? [] : ['com.docker.network.bridge.enable_icc=false']),
			...(masquerade ? [] : ['com.docker.network.bridge.enable_ip_masquerade=false']),
			...(hostBinding === undefined ? [] : [`com.docker.network.bridge.host_binding_ipv4=${hostBinding}`]),
			...(gatewayMode === 'nat' ? [] : [`com.docker.network.bridge.gateway_mode_ipv4=${gatewayMode}`]),
			...(gatewayMode6 === 'nat' ? [] : [`com.docker.network.bridge.gateway_mode_ipv6=${gatewayMode6}`]),
			...(inhibitIPv4 ? ['com.docker.network.bridge.inhibit_ipv4=true'] : []),
			...(trusted.length === 0 ? [] : [`com.docker.network.bridge.trusted_host_interfaces=${trusted.join(':')}`]),
			...(interfacePrefix === undefined ? [] : [`com.docker.network.container_iface_prefix=${interfacePrefix}`]),
			...(hostAddress === undefined ? [] : [`com.docker.network.host_ipv4=${hostAddress}`]),
			...(mtu === undefined ? [] : [`com.docker.network.driver.mtu=${mtu}`]),
		].flatMap((option) => ['-o', option]),
};

function segmentOf({host, ledger}: Site, network: BridgeNetwork): Segment {
	return networkSegment(network, ledger.range(host.name, network.name));
}

function ruleSite(lab: Lab, network: BridgeNetwork): RuleSite | undefined {
	const host = lab.hosts.find(({name}) => name === network.host);
	return host?.docker === undefined ? undefined : {host, engine: host.docker, profile: profiles[host.docker.engine]};
}

/** What it is made of on its host: device, address, rules. */
export function bridgeOps(lab: Lab, network: BridgeNetwork, {site, range}: {readonly site: RuleSite; readonly range: NetworkRange}): readonly Op[] {
	const {engine, profile, host} = site;
	const segment = networkSegment(network, range);
	const {dev, mtu} = segment;
	const netns = host.name;
	const size: readonly Op[] = mtu === undefined ? [] : [{do: 'link.set', netns, dev, mtu, why: `packets on ${dev} have up to ${mtu} bytes`}];
	return [
		{
			do: 'link.add',
			netns,
			link: {kind: 'bridge', name: dev, mac: macOf(lab, network, profile.macs)},
			why: switchWhy(network, range),
		},
		refuseRouterAdvertisements(netns, dev),
		...size,
		...bridgeAddresses4(network, dev, range),
		...(range.v6 === undefined ? [] : bridgeIPv6(network, dev, {profile, range: range.v6})),
		...(turnsForwardingOn(lab, network, engine) ? forwarding6(site) : []),
		...(engine.userlandProxy ? [] : [routeLoopback(netns, dev)]),
		...bridgeRules(site, segment, segment.internal ? profile.internal : profile.bridge),
		{do: 'link.set', netns, dev, up: true, why: `${dev} works from now on`},
	];
}

function switchWhy({name, bridge: called, host}: BridgeNetwork, {v4}: NetworkRange): string {
	const bare = v4?.isBare === true ? `; ${host} has no IPv4 address on it` : '';
	return name === gatewayNetwork
		? `by ${name} the containers of overlay networks on ${host} reach the world: an overlay network itself leads nowhere else`
		: `the switch of network ${name}, ${called === undefined ? 'named after its id' : 'named as the file says'}${bare}`;
}

function bridgeAddresses4(network: BridgeNetwork, dev: string, {v4}: NetworkRange): readonly Op[] {
	const address = bridgeAddress(v4);
	return v4 === undefined || address === undefined
		? []
		: [{do: 'addr.add', netns: network.host, dev, address, broadcast: broadcastOf(v4.subnet), why: addressWhy(network, v4)}];
}

/** An isolated bridge shall not even have the address that the kernel gives to every link. */
function bridgeIPv6(network: BridgeNetwork, dev: string, {profile, range}: {readonly profile: Profile; readonly range: AddressRange}): readonly Op[] {
	const {host: netns} = network;
	const why = `${network.name} is isolated: ${netns} has no IPv6 address on ${dev}`;
	return range.isBare === true
		? [{do: 'sysctl.set', netns, key: interfaceSysctl(6, dev, 'disable_ipv6'), value: '1', why}]
		: bridgeAddresses6(netns, dev, {profile, range, why: addressWhy6(network, range)});
}

function addressWhy({ipam, internal}: BridgeNetwork, {subnet}: AddressRange): string {
	const range = ipam?.subnet === undefined ? `${subnet} is the first free one of the engine's ranges` : `the file gives the network ${subnet}`;
	const address =
		ipam?.gateway === undefined
			? `${ipam?.range === undefined ? 'its first address' : `the first address of ${ipam.range}`} is the bridge's`
			: 'and the bridge this address';
	const way = ipam?.otherGateway === undefined ? ", and the containers' default gateway" : `; containers use ${ipam.otherGateway} as default gateway`;
	return `${range}, ${address}${internal ? '; nothing behind it can be reached' : way}`;
}

function addressWhy6({ipam6, internal}: BridgeNetwork, {subnet}: AddressRange): string {
	const range =
		ipam6?.subnet === undefined ? `${subnet} is the first free one of the engine's own unique local range` : `for IPv6 the file gives it ${subnet}`;
	const way = ipam6?.otherGateway === undefined ? ", and the containers' default gateway for IPv6" : `; containers use ${ipam6.otherGateway}`;
	return `${range}; this address is the bridge's${internal ? '' : way}`;
}

function macOf(lab: Lab, {name, host}: BridgeNetwork, macs: 'random' | 'address'): Mac {
	const words = ['network', name, ...(name === gatewayNetwork ? [host] : [])];
	const derived = macFrom(lab.seed, ...words);
	const digits = hash(8, 'mac', String(lab.seed), ...words).match(/../g) ?? [];
	return macs === 'address' ? (mac(['02', '42', ...digits].join(':')) ?? derived) : derived;
}
