// A container's places on networks: which it has, under which interface names, addresses and MACs, and which of them is its way out. Not how a
// network is made or a container is plugged into it (networks/).
import {macFrom} from '../base/names.ts';
import {mac, type Mac} from '../base/units.ts';
import {prefixOf} from '../model/address.ts';
import type {Endpoint, Lab, Network, Service} from '../model/lab.ts';
import type {Interface, Lease} from './allocations.ts';
import type {Site} from './driver.ts';
import {addressOfMac} from './ipv6.ts';

/** Docker's own network on docker0. No user-defined network may be called so. */
export const defaultNetwork = 'bridge';

/** Docker's own network on a host's docker_gwbridge: how containers of overlay networks reach the world. */
export const gatewayNetwork = 'docker_gwbridge';

/** What an endpoint gets, before it is plugged in. */
export interface Plug {
	readonly network: string;
	readonly dev: string;
	/** What names of interfaces begin with there: "eth" */
	readonly prefix: string;
	/** "172.18.0.2/16"; undefined: its network has no IPv4. */
	readonly address: string | undefined;
	/** "fd00:77::2/64"; left out: its network has no IPv6. */
	readonly address6?: string;
	readonly mac: Mac;
	readonly priority: number;
	readonly why: {readonly address: string; readonly address6: string; readonly mac: string};
}

/** The networks that a container is on, docker0's included; none in the modes that have none. */
export function endpointsOf({attach}: Service): readonly Endpoint[] {
	switch (attach.mode) {
		case 'networks': {
			return attach.endpoints;
		}

		case 'bridge': {
			return [{...plainEndpoint(defaultNetwork), mac: attach.mac}];
		}

		default: {
			return [];
		}
	}
}

/** Whether its links are those of docker0: Docker decides it by the network that the container was made on. */
export function linksOnDocker0(service: Service): boolean {
	return service.links.length > 0 && endpointsOf(service)[0]?.network === defaultNetwork;
}

/** As `docker network connect NETWORK` without options makes it. */
export function plainEndpoint(network: string): Endpoint {
	return {network, address: undefined, mac: undefined, aliases: [], interfaceName: undefined, gatewayPriority: 0};
}

/** undefined: docker0's network, or no network of the lab. */
export function findNetwork(lab: Lab, name: string): Network | undefined {
	return lab.networks.find((network) => network.name === name);
}

/** What Docker calls it: the default route and DNS names go by it. */
export function dockerName(lab: Lab, network: string): string {
	return findNetwork(lab, network)?.dockerName ?? network;
}

/** Endpoints in Docker's order of preference for the default route, which is its order of looking up names too (libnetwork, Endpoint.Less). */
export function gatewayOrder(lab: Lab, wires: readonly Interface[]): readonly Interface[] {
	return wires
		.flatMap((wire) => (wire.network === undefined ? [] : [{wire, name: dockerName(lab, wire.network)}]))
		.toSorted(
			(a, b) =>
				Number(a.wire.internal) - Number(b.wire.internal) ||
				b.wire.priority - a.wire.priority ||
				Number(isDual(b.wire)) - Number(isDual(a.wire)) ||
				(a.name < b.name ? -1 : 1),
		)
		.map(({wire}) => wire);
}

function isDual({gateway, gateway6}: Interface): boolean {
	return gateway !== undefined && gateway6 !== undefined;
}

/** By family: the endpoint that has the default route, and the published ports. */
export interface WaysOut {
	readonly v4: Interface | undefined;
	readonly v6: Interface | undefined;
}

/**
 * One that offers a way out for both families has both, before a higher `gw_priority`; else those of IPv6 are of a network without IPv4
 * (libnetwork, Sandbox.getGatewayEndpoint).
 */
export function waysOut(lab: Lab, wires: readonly Interface[]): WaysOut {
	const order = gatewayOrder(lab, wires);
	const v4 = order.find((wire) => isDual(wire) && !wire.internal) ?? order.find(({gateway}) => gateway !== undefined);
	const alone = order.find(({gateway, gateway6}) => gateway === undefined && gateway6 !== undefined);
	return {v4, v6: v4?.gateway6 === undefined ? alone : v4};
}

/** Each of them once. */
export function wiresOut({v4, v6}: WaysOut): readonly Interface[] {
	return [...new Set([v4, v6])].filter((wire) => wire !== undefined);
}

/** Addresses, MACs and interface names for new endpoints of a container. `held`: the interfaces it has. Errors as `Ledger.address`. */
export function planPlugs(site: Site, endpoints: readonly Endpoint[], held: readonly Interface[], names: Lease['names'] = {}): readonly Plug[] {
	const {lab, profile, service, host, ledger} = site;
	const wanted = endpoints.map(({interfaceName}) => (profile.endpointOptions ? interfaceName : undefined));
	const taken = new Set([...held.map(({dev}) => dev), ...wanted.filter((name) => name !== undefined)]);
	const used = new Map(profile.reusesNames ? [] : Object.entries(names));
	return endpoints.map((endpoint, index): Plug => {
		const {network} = endpoint;
		const place = {host: host.name, network, service: service.name};
		const {v4, v6, next: inTurn} = ledger.range(host.name, network);
		const given = v4 && ledger.address({...place, family: 4}, endpoint.address);
		const ownMac = macOf(site, endpoint, given);
		const asked6 = endpoint.address6 ?? (v6 === undefined ? undefined : fixed6(site, endpoint, v6.subnet, ownMac));
		const given6 = v6 === undefined ? undefined : `${ledger.address({...place, family: 6}, asked6)}/${prefixOf(v6.subnet)}`;
		const prefix = prefixOn(lab, network);
		let number = used.get(prefix) ?? 0;
		while (wanted[index] === undefined && taken.has(`${prefix}${number}`)) {
			number++;
		}

		const dev = wanted[index] ?? `${prefix}${number}`;
		used.set(prefix, number);
		taken.add(dev);
		return {
			network,
			dev,
			prefix,
			address: v4 && `${given}/${prefixOf(v4.subnet)}`,
			...(given6 !== undefined && {address6: given6}),
			mac: ownMac,
			priority: profile.endpointOptions ? endpoint.gatewayPriority : 0,
			why: {
				address:
					endpoint.address === undefined
						? `the ${inTurn === undefined ? 'lowest' : 'next'} free address of ${v4?.pool}`
						: 'the address that the file gives it',
				address6: why6(endpoint, asked6, v6?.pool),
				mac: macWhy(site, endpoint),
			},
		};
	});
}

/** How many names were given, with these. */
export function namesAfter(plugs: readonly Plug[], before: Lease['names'] = {}): Lease['names'] {
	const counts = new Map(Object.entries(before));
	for (const {prefix} of plugs) {
		counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
	}

	return Object.fromEntries(counts);
}

function prefixOn(lab: Lab, network: string): string {
	const found = findNetwork(lab, network);
	return (found?.driver === 'bridge' ? found.interfacePrefix : undefined) ?? 'eth';
}

/** Docker 20.10 makes the IPv6 address of a container on docker0 of its MAC, where the subnet has room for one. */
function fixed6({profile}: Site, {network}: Endpoint, subnet: string, ownMac: Mac): string | undefined {
	return network === defaultNetwork && profile.ipv6.docker0Addresses === 'mac' ? addressOfMac(subnet, ownMac) : undefined;
}

function why6({address6}: Endpoint, asked: string | undefined, pool: string | undefined): string {
	return address6 !== undefined
		? 'the IPv6 address that the file gives it'
		: asked === undefined
			? `the lowest free address of ${pool}`
			: "docker0's IPv6 subnet and its MAC";
}

function macWhy({lab, profile}: Site, endpoint: Endpoint): string {
	if (endpoint.mac !== undefined) {
		return 'the MAC that the file gives it';
	}

	return isOnOverlay(lab, endpoint)
		? 'on an overlay network every engine makes the MAC of 02:42 and the IP address: a reused address keeps every ARP cache right'
		: profile.macs === 'address'
			? `Docker ${profile.version} makes the MAC of 02:42 and the IP address`
			: `a MAC of its own; Docker ${profile.version} gives a new one at every start`;
}

function macOf({lab, service, start, profile}: Site, endpoint: Endpoint, address: string | undefined): Mac {
	const words = [service.name, ...(endpoint.network === defaultNetwork ? [] : [endpoint.network]), ...(start === 0 ? [] : [`start ${start}`])];
	const derived = macFrom(lab.seed, ...words);
	const ofAddress =
		address === undefined ? undefined : mac(['02', '42', ...address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'))].join(':'));
	return endpoint.mac ?? (profile.macs === 'address' || isOnOverlay(lab, endpoint) ? (ofAddress ?? derived) : derived);
}

function isOnOverlay(lab: Lab, {network}: Endpoint): boolean {
	return findNetwork(lab, network)?.driver === 'overlay';
}
