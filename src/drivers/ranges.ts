// Which addresses the user-defined networks have: what the file says, else the first range of the engine's pools that nothing is in the way of.
// Pure. docker0's own search is docker0.ts.
import {LabError} from '../base/errors.ts';
import {familyOf, firstHost, subnetOf} from '../model/address.ts';
import {isBare, needsNoGateway} from '../model/gateways.ts';
import type {Host, Ipam, Lab, Network} from '../model/lab.ts';
import {ingressSubnet, isOverlay, overlaySubnets, vnisOf, type Overlay} from '../model/overlay.ts';
import {Subnets} from '../model/subnets.ts';
import type {AddressRange} from './allocations.ts';
import {uniqueLocalSubnets} from './ipv6.ts';
import {rangesOf, surroundingsOf} from './docker0.ts';
import {defaultNetwork, gatewayNetwork} from './endpoint.ts';
import type {Ledger} from './ledger.ts';
import {bridgeOf, hostsOf} from './networks/index.ts';
import {profiles} from './profiles.ts';
import {swarmHosts} from './swarm.ts';

/**
 * Writes the ranges of all networks into the ledger, and the addresses that containers ask for. Networks whose subnets the file gives come first,
 * so that none of them meets a range that was chosen; Docker would refuse such a network. E_CONFLICT when two of a host overlap,
 * E_RANGE_EXHAUSTED when no range is left.
 */
export function planRanges(lab: Lab, ledger: Ledger): void {
	const used = new Map(lab.hosts.map((host) => [host.name, new Subnets(host.docker === undefined ? [] : [ledger.docker(host.name).v4.subnet])]));
	const ranges6 = planRanges6(lab, ledger);
	const isGiven = ({ipam}: Network): boolean => ipam?.subnet !== undefined;
	const local = lab.networks.filter((network) => !isOverlay(network));
	const range4 = (network: Network, ipam: Ipam): AddressRange => {
		const names = hostsOf(network);
		const hosts = lab.hosts.filter(({name}) => names.includes(name));
		const others = names.flatMap((name) => used.get(name) ?? []);
		const subnet = ipam.subnet === undefined ? freeSubnet(network.name, hosts, others) : givenSubnet(network.name, ipam.subnet, others);
		others.forEach((one) => one.add(subnet));
		return rangeFor(lab, network, ipam, subnet);
	};
	const place = (network: Network): void => {
		const {name, ipam} = network;
		if (name === defaultNetwork) {
			throw new LabError('E_CONFLICT', {doing: 'create network bridge', said: 'operation is not permitted on predefined bridge network'});
		}

		const v4 = ipam && range4(network, ipam);
		const v6 = ranges6.get(name);
		ledger.setNetwork(name, {...(v4 !== undefined && {v4}), ...(v6 !== undefined && {v6}), dev: bridgeOf(lab, network)});
	};
	local.filter(isGiven).forEach(place);
	// a host joins before its networks are made
	for (const host of swarmHosts(lab)) {
		const own = used.get(host.name) ?? new Subnets([]);
		const subnet = freeSubnet(gatewayNetwork, [host], [own]);
		own.add(subnet);
		ledger.setGateway(host.name, {v4: rangeFrom(noIpam, subnet), dev: gatewayNetwork});
	}

	local.filter((network) => !isGiven(network)).forEach(place);
	planOverlays(lab.networks.filter(isOverlay), ledger);

	for (const {name, attach} of lab.services) {
		for (const {network, address, address6} of attach.mode === 'networks' ? attach.endpoints : []) {
			for (const wanted of network === defaultNetwork ? [] : [address, address6].filter((one) => one !== undefined)) {
				ledger.promise(network, wanted, name);
			}
		}
	}
}

/** By network, of those with IPv6. Errors as planRanges. */
function planRanges6(lab: Lab, ledger: Ledger): ReadonlyMap<string, AddressRange> {
	const used = new Map(lab.hosts.map((host) => [host.name, new Subnets(docker0Subnets6(ledger, host))]));
	const wanting = lab.networks.flatMap((network) => (network.ipam6 === undefined ? [] : [{network, ipam: network.ipam6}]));
	const isGiven = ({ipam}: (typeof wanting)[number]): boolean => ipam.subnet !== undefined;
	return new Map(
		[...wanting.filter(isGiven), ...wanting.filter((one) => !isGiven(one))].map(({network, ipam}) => {
			const names = hostsOf(network);
			const others = names.flatMap((name) => used.get(name) ?? []);
			const first = lab.hosts.find(({name}) => names.includes(name));
			const subnet = ipam.subnet === undefined ? freeSubnet6(lab, network.name, first, others) : givenSubnet(network.name, ipam.subnet, others);
			others.forEach((one) => one.add(subnet));
			return [network.name, rangeFor(lab, network, ipam, subnet)];
		}),
	);
}

function docker0Subnets6(ledger: Ledger, {name, docker}: Host): readonly string[] {
	const v6 = docker === undefined ? undefined : ledger.docker(name).v6;
	return v6 === undefined ? [] : [v6.subnet];
}

/** Docker 20.10 has no IPv6 ranges of its own. */
function freeSubnet6(lab: Lab, network: string, host: Host | undefined, others: readonly Subnets[]): string {
	const finds = profiles[host?.docker?.engine ?? '28'].ipv6.findsSubnets;
	const lans = new Subnets((host?.nics ?? []).flatMap(({address6}) => address6 ?? []));
	for (const candidate of finds ? uniqueLocalSubnets(lab, host?.name ?? '') : []) {
		if (![lans, ...others].some((one) => one.meets(candidate))) {
			return candidate;
		}
	}

	throw new LabError('E_RANGE_EXHAUSTED', {
		doing: `find an IPv6 range for network ${network}`,
		said: finds
			? 'all predefined address pools have been fully subnetted'
			: 'could not find an available, non-overlapping IPv6 address pool among the defaults to assign to the network',
		hint: `give networks.${network} an IPv6 subnet`,
	});
}

const noIpam: Ipam = {subnet: undefined, range: undefined, gateway: undefined, reserved: []};

/** Overlay networks have an address space of their own, which all hosts share: Docker cuts it into pieces of 256 addresses (swarm init, --default-addr-pool). */
function planOverlays(networks: readonly Overlay[], ledger: Ledger): void {
	const used = new Subnets([ingressSubnet]);
	const numbers = vnisOf(networks);
	const subnets = overlaySubnets(networks);
	for (const {name, ipam} of networks) {
		const subnet = ipam.subnet === undefined ? (subnets.get(name) ?? noneLeft(name)) : givenSubnet(name, ipam.subnet, [used]);
		used.add(subnet);
		const vni = numbers.get(name);
		ledger.setNetwork(name, {v4: rangeFrom(ipam, subnet), dev: undefined, ...(vni !== undefined && {vni}), next: 0});
	}
}

function rangeFor(lab: Lab, network: Network, ipam: Ipam, subnet: string): AddressRange {
	const [first] = hostsOf(network);
	const {internalGateway, gatewayModes} = profiles[lab.hosts.find(({name}) => name === first)?.docker?.engine ?? '28'];
	const family = familyOf(subnet);
	const isFree = !internalGateway && needsNoGateway(network, family) && ipam.gateway === undefined;
	return {
		...rangeFrom(ipam, subnet),
		...(isFree && {isGatewayFree: true}),
		...(isBare(network, family, gatewayModes) && {isBare: true}),
		...(network.driver === 'bridge' && ipam.otherGateway !== undefined && {otherGateway: ipam.otherGateway}),
	};
}

/** The gateway is the first that anybody gets: of `ip_range`, where there is one (libnetwork, Network.ipamAllocateVersion). */
function rangeFrom({range, gateway, reserved}: Ipam, subnet: string): AddressRange {
	return {subnet, pool: range === undefined ? subnet : subnetOf(range), gateway: gateway ?? firstHost(subnet, range), reserved};
}

/** Docker compares it with its own networks alone: one that is equal to a LAN is fine. */
function givenSubnet(network: string, given: string, others: readonly Subnets[]): string {
	const subnet = subnetOf(given);
	if (others.some((one) => one.meets(subnet))) {
		throw new LabError('E_CONFLICT', {
			doing: `create network ${network}`,
			said: 'invalid pool request: Pool overlaps with other one on this address space',
			hint: `give networks.${network} another subnet`,
		});
	}

	return subnet;
}

/** Ranges in use by Docker or on a wire of the host are passed over; routes through a gateway are not looked at (moby/moby#42598). */
function freeSubnet(network: string, hosts: readonly Host[], others: readonly Subnets[]): string {
	const wires = new Subnets(hosts.flatMap((host) => surroundingsOf(host).connected.map(({subnet}) => subnet)));
	return firstFree(network, rangesOf(hosts[0]?.docker), [wires, ...others]);
}

function firstFree(network: string, ranges: Iterable<string>, others: readonly Subnets[]): string {
	for (const candidate of ranges) {
		if (!others.some((one) => one.meets(candidate))) {
			return candidate;
		}
	}

	return noneLeft(network);
}

function noneLeft(network: string): never {
	throw new LabError('E_RANGE_EXHAUSTED', {
		doing: `find a range for network ${network}`,
		said: 'all predefined address pools have been fully subnetted',
		hint: `give networks.${network} a subnet`,
	});
}
