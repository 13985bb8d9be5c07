// What modes bridge and networks have in common: a namespace of its own, an interface for each endpoint, one way out, published ports there.
import type {Endpoint, Publish} from '../model/lab.ts';
import {familyOf, hostPart} from '../model/address.ts';
import type {Op} from '../plan/op.ts';
import {rangesIn, type Interface, type Published} from './allocations.ts';
import {hostnameOf, ownNamespaceSysctls} from './container-start.ts';
import {hasNameServer, nameServerOps} from './dns.ts';
import {nothingHeld, type Site, type Wiring} from './driver.ts';
import {findNetwork, gatewayNetwork, namesAfter, planPlugs, waysOut, wiresOut, type WaysOut} from './endpoint.ts';
import {plugIn, publishesOn} from './networks/index.ts';
import {ownNetns} from './own-netns.ts';
import {peersUnit} from './peers.ts';
import {planPublishes, type Target} from './publish.ts';
import {bridgeAddress} from './segment.ts';
import {withGateway} from './swarm.ts';

/** Parts of a container's unit that can go while it runs. */
export const gatewayParts = {4: 'gateway', 6: 'gateway6'} as const;
/** Of the network that has the way out for IPv4; of one that has that for IPv6 alone. */
export const portsParts = {4: 'ports', 6: 'ports6'} as const;
export const namesPart = 'names';

export function endpointPart(network: string): string {
	return `endpoint:${network}`;
}

export function partOf(part: string, ops: readonly Op[]): readonly Op[] {
	return ops.map((op) => ({...op, part}));
}

export function planEndpoints(site: Site, endpoints: readonly Endpoint[]): Wiring {
	const {lab, service, ledger} = site;
	const wanted = withGateway(lab, endpoints);
	const plugs = planPlugs(site, wanted, []);
	const plugged = plugs.map((plug) => plugIn(site, plug));
	const interfaces = plugged.map(({wire}) => wire);
	const lease = {...nothingHeld, interfaces, publishes: service.publish, names: namesAfter(plugs), hasResolver: hasNameServer(service)};
	ledger.enter(service.name, lease);
	const out = planWayOut(site, waysOut(lab, interfaces), service.publish);
	return {
		ops: [
			...ownNetns(site, addressesOf(interfaces)),
			...(hasNameServer(service) ? partOf(namesPart, nameServerOps(lab, service)) : []),
			...plugged.flatMap(({wire, ops}) => partOf(endpointPart(wire.network ?? ''), ops)),
			...out.ops,
		],
		lease: {...lease, published: out.published},
		netns: service.name,
		filesOf: service.name,
		hostname: hostnameOf(lab, service),
		uts: 'own',
		sysctls: {...ownNamespaceSysctls, ...service.sysctls},
		after: wanted.flatMap(({network}) => unitsOf(site, network)),
		notes: [...out.notes, ...unknownOptions(site, endpoints)],
	};
}

export interface WayOut {
	readonly ops: readonly Op[];
	readonly published: readonly Published[];
	readonly notes: readonly string[];
}

/** What a container has already of its ways out: `parts` of its unit, and the ports that they publish. */
export interface Kept {
	readonly parts: ReadonlySet<string>;
	readonly published: readonly Published[];
}

/** The default routes and the published ports: both go by the same endpoint. Errors as planPublishes. */
export function planWayOut(site: Site, ways: WaysOut, publishes: readonly Publish[], kept: Kept = {parts: new Set(), published: []}): WayOut {
	const {service} = site;
	const targets = targetsOf(site, ways);
	const route = routeOps(site, ways).filter(({part = ''}) => !kept.parts.has(part));
	if (targets.length === 0) {
		const [wire] = wiresOut(ways);
		const place =
			wire?.kind === 'macvlan' ? `on macvlan network ${wire.network ?? ''}, where it has an address of its own` : 'without a network that leads outside';
		return {
			ops: route,
			published: [],
			notes: publishes.length === 0 ? [] : [`${service.name}: Docker accepts -p ${place}, says nothing, and publishes nothing`],
		};
	}

	const moved = targets.filter(({part}) => !kept.parts.has(part));
	const ports = planPublishes(site, moved, publishes, kept.published);
	return {ops: [...route, ...ports.ops], published: [...kept.published, ...ports.published], notes: ports.notes};
}

/** Where the ports of a container with these ways out lead: nowhere, to one network, or for each family to its own. */
export function targetsOf(site: Site, ways: WaysOut): readonly Target[] {
	const wires = wiresOut(ways);
	return wires.flatMap((wire): readonly Target[] => {
		const segment = publishesOn(site, wire);
		const {address, address6} = wire;
		return segment === undefined
			? []
			: [
					{
						segment,
						address: address && hostPart(address),
						address6: address6 && hostPart(address6),
						isOneOfTwo: wires.length > 1,
						part: portsParts[wire === ways.v4 ? 4 : 6],
					},
				];
	});
}

/**
 * In the order of /etc/hosts: interface by interface, IPv4 before IPv6. Of interfaces put in by hand Docker knows nothing, and of that on docker_gwbridge
 * it does not tell the container.
 */
export function addressesOf(wires: readonly Interface[]): readonly string[] {
	return wires
		.filter(({network}) => network !== undefined && network !== gatewayNetwork)
		.flatMap(({address, address6}) => [address, address6].filter((one) => one !== undefined).map(hostPart));
}

/** Units that a network of a container is made of. */
function unitsOf({lab, host}: Site, network: string): readonly string[] {
	const found = findNetwork(lab, network);
	return network === gatewayNetwork
		? [`swarm:${host.name}`]
		: found === undefined
			? []
			: [`network:${network}`, ...(found.driver === 'overlay' ? [peersUnit(network)] : [])];
}

function routeOps(site: Site, {v4, v6}: WaysOut): readonly Op[] {
	return [
		...(v4?.gateway === undefined ? [] : partOf(gatewayParts[4], [routeOp(site, v4, v4.gateway)])),
		...(v6?.gateway6 === undefined ? [] : partOf(gatewayParts[6], [routeOp(site, v6, v6.gateway6)])),
	];
}

function routeOp({host, service, ledger}: Site, {kind, network, dev, bridge}: Interface, via: string): Op {
	const bridgeAddresses = network === undefined ? [] : rangesIn(ledger.range(host.name, network)).map((range) => hostPart(bridgeAddress(range) ?? ''));
	const what = familyOf(via) === 4 ? 'everything' : 'everything by IPv6';
	const why =
		kind === 'macvlan'
			? `${what} that is not on its own network goes to ${via}, a machine of that LAN: ${host.name} has no part in it`
			: bridgeAddresses.includes(via)
				? `${what} that is not on ${bridge} goes to ${bridge}'s own address, and ${host.name} passes it on`
				: `${what} that is not on ${bridge} goes to ${via}, which is not ${bridge}'s own address: the file wants it so`;
	return {do: 'route.add', netns: service.name, to: 'default', via, dev, why};
}

function unknownOptions({lab, profile, service}: Site, endpoints: readonly Endpoint[]): readonly string[] {
	const asks = endpoints.some(({interfaceName, gatewayPriority}) => interfaceName !== undefined || gatewayPriority !== 0);
	const bridges = endpoints.map(({network}) => findNetwork(lab, network)).filter((found) => found?.driver === 'bridge');
	const modes = bridges.filter(({gatewayMode, gatewayMode6}) => gatewayMode !== 'nat' || gatewayMode6 !== 'nat');
	return [
		...(asks && !profile.endpointOptions ? [`${service.name}: Docker ${profile.version} knows neither gw_priority nor interface_name`] : []),
		...(profile.gatewayModes ? [] : modes.map(({name}) => `${service.name}: Docker ${profile.version} knows no gateway modes: ${name} is reached by NAT`)),
		...(profile.trusted.length > 0
			? []
			: bridges
					.filter(({trusted}) => trusted.length > 0)
					.map(
						({name}) =>
							`${service.name}: Docker ${profile.version} knows no trusted interfaces, and lets all that have a route reach published ports of ${name}`,
					)),
	];
}
