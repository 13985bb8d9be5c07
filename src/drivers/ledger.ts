// Who holds which address, host port and bridge port, while one plan is made: read from Allocations, added to, given back as Allocations.
// It lives inside one call of planLab, planContainer or planPublish and never longer.
import {LabError} from '../base/errors.ts';
import {containerId, interfaceName} from '../base/names.ts';
import {port, type Port} from '../base/units.ts';
import {hostPart, nthAddress, sizeOf} from '../model/address.ts';
import type {Lab, Protocol, Publish} from '../model/lab.ts';
import type {Family, NetnsName} from '../plan/op.ts';
import {keptOf, rangeOf, rangesIn, type Allocations, type DockerBridge, type DualRange, type Lease, type NetworkRange, type Peer} from './allocations.ts';
import {defaultNetwork, dockerName, findNetwork, gatewayNetwork} from './endpoint.ts';
import {covers, isPassedOver, randomFrom, randomPorts, range} from './host-ports.ts';
import {bridgePorts, networkId, overlayBridge, overlayNetns} from './segment.ts';

/** Who wants an address, and where. */
interface AddressPlace {
	readonly host: string;
	readonly network: string;
	readonly service: string;
	/** One that the network has. */
	readonly family: Family;
}

interface Holder {
	readonly address: string;
	readonly service: string;
}

export class Ledger {
	readonly #lab: Lab;
	readonly #docker: Map<string, DockerBridge>;
	readonly #gateways = new Map<string, NetworkRange>();
	readonly #networks = new Map<string, NetworkRange>();
	readonly #foreign: readonly Peer[];
	readonly #containers = new Map<string, Lease>();
	readonly #starts: Map<string, number>;
	/** By network: addresses that are held, and that nobody gets. */
	readonly #addresses = new Map<string, Set<string>>();
	/** By network: addresses that are kept for containers that ask for them, and for which one. */
	readonly #promised = new Map<string, Map<string, string>>();
	/** By network: how many addresses of its range were found taken. */
	readonly #searched = new Map<string, number>();
	/** By host, protocol and port. */
	readonly #ports = new Map<string, Holder[]>();
	/** By namespace and bridge. */
	readonly #plugs = new Map<string, number>();
	readonly #hosts: ReadonlyMap<string, string>;

	constructor(lab: Lab, allocations: Allocations) {
		this.#lab = lab;
		this.#docker = new Map();
		this.#starts = new Map(allocations.starts);
		this.#foreign = allocations.foreign;
		this.#hosts = new Map(lab.services.map(({name, host}) => [name, host]));
		for (const host of lab.hosts) {
			host.nics.forEach(({lan}) => this.#plug(`lan:${lan}`, interfaceName(lan), 1));
			host.bridges.forEach(({dev, ports}) => this.#plug(host.name, dev, ports.length));
		}

		for (const [host, bridge] of allocations.docker) {
			this.setDocker(host, bridge);
		}

		for (const [host, addresses] of allocations.gateways) {
			this.setGateway(host, addresses);
		}

		for (const [network, addresses] of allocations.networks) {
			this.setNetwork(network, addresses);
		}

		for (const {network, address} of allocations.foreign) {
			this.#taken(keyOf('', network)).add(address);
		}

		for (const [service, lease] of allocations.containers) {
			this.enter(service, lease);
		}
	}

	toAllocations(): Allocations {
		const [docker, gateways, networks, containers] = [this.#docker, this.#gateways, this.#networks, this.#containers];
		return {docker, gateways, networks, containers, starts: this.#starts, foreign: this.#foreign};
	}

	docker(host: string): DockerBridge {
		const bridge = this.#docker.get(host);
		if (bridge === undefined) {
			throw new LabError('E_CONFLICT', {doing: `plan a container on ${host}`, said: 'no Docker engine runs there'});
		}

		return bridge;
	}

	setDocker(host: string, bridge: DockerBridge): void {
		this.#docker.set(host, bridge);
		this.#keep(keyOf(host, defaultNetwork), bridge);
	}

	/** docker_gwbridge of a host. */
	setGateway(host: string, addresses: NetworkRange): void {
		this.#gateways.set(host, addresses);
		this.#keep(keyOf(host, gatewayNetwork), addresses);
	}

	setNetwork(network: string, addresses: NetworkRange): void {
		this.#networks.set(network, addresses);
		this.#keep(keyOf('', network), addresses);
		const found = findNetwork(this.#lab, network);
		if (found?.driver === 'overlay' && addresses.vni !== undefined) {
			// the VXLAN has one of the bridge's ports
			found.hosts.forEach((host) => this.#plug(overlayNetns(host, addresses.vni ?? 0), overlayBridge, 1));
		}
	}

	/** Where addresses of a network come from; those of docker0 and docker_gwbridge are their host's. E_NAME_UNKNOWN when there is no such network. */
	range(host: string, network: string): NetworkRange {
		const found = network === defaultNetwork ? this.docker(host) : network === gatewayNetwork ? this.#gateways.get(host) : this.#networks.get(network);
		if (found === undefined) {
			throw new LabError('E_NAME_UNKNOWN', {doing: `look for network ${network}`, said: `network ${network} not found`});
		}

		return found;
	}

	/** Keeps an address for the container that asks for it, so that no other gets it before. */
	promise(network: string, address: string, service: string): void {
		entry(this.#promised, keyOf('', network), () => new Map<string, string>()).set(address, service);
	}

	lease(service: string): Lease | undefined {
		return this.#containers.get(service);
	}

	/** Writes down all that a container holds. What it held before comes first in the new lease. */
	enter(service: string, lease: Lease): void {
		const host = this.#hosts.get(service) ?? '';
		const before = this.#containers.get(service);
		this.#containers.set(service, lease);
		for (const {kind, network, address, address6, netns, bridge} of lease.interfaces.slice(before?.interfaces.length ?? 0)) {
			if (kind === 'veth') {
				this.#plug(netns, bridge, 1);
			}

			for (const held of network === undefined ? [] : [address, address6].filter((one) => one !== undefined)) {
				this.#taken(keyOf(host, network ?? '')).add(hostPart(held));
			}
		}

		for (const {protocol, hostAddress, hostPort} of lease.published.slice(before?.published.length ?? 0)) {
			this.#holders(host, protocol, hostPort).push({address: hostAddress, service});
		}
	}

	/** Ports that a container publishes beside those of before: they go along when its way out moves. */
	remember(service: string, publishes: readonly Publish[]): void {
		const lease = this.#containers.get(service);
		if (lease !== undefined) {
			this.#containers.set(service, {...lease, publishes: [...lease.publishes, ...publishes]});
		}
	}

	/** Counts this start of a container: 0 the first time. */
	countStart(service: string): number {
		const before = this.#starts.get(service) ?? 0;
		this.#starts.set(service, before + 1);
		return before;
	}

	/**
	 * An address of a network, as Docker gives them: "172.17.0.2", the lowest free one, of an overlay network the next one, or the one asked for.
	 * E_RANGE_EXHAUSTED when there is none, E_CONFLICT when somebody has the one asked for.
	 */
	address(place: AddressPlace, wanted: string | undefined): string {
		const {host, network, service} = place;
		const key = keyOf(host, network);
		const taken = this.#taken(key);
		const promised = this.#promised.get(key);
		const isFree = (address: string): boolean => !taken.has(address) && (promised?.get(address) ?? service) === service;
		if (wanted !== undefined && !isFree(wanted)) {
			throw new LabError('E_CONFLICT', {doing: `give ${service} the address ${wanted} on ${network}`, said: 'Address already in use'});
		}

		return wanted ?? this.#findFree(place, isFree);
	}

	#findFree({host, network, service, family}: AddressPlace, isFree: (address: string) => boolean): string {
		const own = this.range(host, network);
		const {pool} = rangeOf(own, family);
		const key = `${keyOf(host, network)} ${family}`;
		const size = sizeOf(pool);
		// nothing becomes free within one plan, so the search goes on where it stopped
		const first = own.next ?? this.#searched.get(key) ?? 0;
		for (let index = first; index < first + size; index++) {
			const address = nthAddress(pool, index % size);
			if (isFree(address)) {
				this.#searched.set(key, index);
				if (own.next !== undefined) {
					this.#networks.set(network, {...own, next: (index + 1) % size});
				}

				return address;
			}
		}

		const id = network === defaultNetwork || network === gatewayNetwork ? containerId(this.#lab.name, `${host} ${network}`) : networkId(this.#lab, network);
		throw new LabError('E_RANGE_EXHAUSTED', {
			doing: `give ${service} an address of ${pool} on ${host}`,
			said: `no available IPv${family} addresses on this network's address pools: ${dockerName(this.#lab, network)} (${id.slice(0, 12)})`,
		});
	}

	/** Nobody gets the gateway's address, the first and of IPv4 the last of the subnet, and those that the file reserves. */
	#keep(key: string, addresses: DualRange): void {
		rangesIn(addresses)
			.flatMap(keptOf)
			.forEach((address) => this.#taken(key).add(address));
	}

	/** Refuses with E_BRIDGE_FULL when the bridge has no port left. */
	needPlug(netns: NetnsName, bridge: string, service: string): void {
		if ((this.#plugs.get(`${netns} ${bridge}`) ?? 0) >= bridgePorts) {
			throw new LabError('E_BRIDGE_FULL', {doing: `plug ${service} into ${bridge} on ${netns.replace(/^lan:/, '')}`});
		}
	}

	/**
	 * The host port for a publish that is to be reachable on all of these addresses: the one it asks for, the first free one of its range,
	 * or the next random one. E_PORT_TAKEN or E_RANGE_EXHAUSTED, in Docker's words, when there is none.
	 */
	freePort(host: string, service: string, publish: Publish, addresses: readonly string[]): Port {
		const {protocol, hostPorts} = publish;
		const doing = `publish ${publish.text} of ${service} on ${host}`;
		const ports = hostPorts === undefined ? randomFrom(this.docker(host).nextPort[protocol]) : range(hostPorts.first, hostPorts.last);
		const runs = (name: string): boolean => this.#containers.has(name);
		const holders: string[] = [];
		for (const candidate of ports) {
			const holder = addresses.flatMap((address) => this.#holder(host, protocol, candidate, address) ?? [])[0];
			const isFree = holder === undefined && !isPassedOver(this.#lab, {host, publish, port: candidate, runs});
			const chosen = isFree ? port(candidate) : undefined;
			if (chosen !== undefined) {
				this.#passRandom(host, protocol, hostPorts === undefined ? chosen : undefined);
				return chosen;
			}

			holders.push(holder ?? '');
		}

		if (hostPorts !== undefined && hostPorts.first === hostPorts.last) {
			const where = addresses[0] ?? '0.0.0.0';
			throw new LabError('E_PORT_TAKEN', {
				doing,
				said: `Bind for ${where}:${hostPorts.first} failed: port is already allocated`,
				hint: `${holders[0] ?? 'another container'} has it: publish on another port or address, or stop ${holders[0] ?? 'that container'} first`,
			});
		}

		throw new LabError('E_RANGE_EXHAUSTED', {doing, said: 'all ports are allocated'});
	}

	#passRandom(host: string, protocol: Protocol, given: Port | undefined): void {
		if (given !== undefined) {
			const bridge = this.docker(host);
			this.setDocker(host, {...bridge, nextPort: {...bridge.nextPort, [protocol]: given === randomPorts.last ? randomPorts.first : given + 1}});
		}
	}

	/** The service that has the port on this address, or on one that covers it (0.0.0.0 covers all of IPv4, :: all of IPv6). */
	#holder(host: string, protocol: Protocol, hostPort: number, address: string): string | undefined {
		return this.#holders(host, protocol, hostPort).find((one) => covers(one.address, address) || covers(address, one.address))?.service;
	}

	#holders(host: string, protocol: Protocol, hostPort: number): Holder[] {
		return entry(this.#ports, `${host} ${protocol} ${hostPort}`, () => []);
	}

	#taken(key: string): Set<string> {
		return entry(this.#addresses, key, () => new Set());
	}

	#plug(netns: NetnsName, bridge: string, count: number): void {
		const key = `${netns} ${bridge}`;
		this.#plugs.set(key, (this.#plugs.get(key) ?? 0) + count);
	}
}

function entry<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
	const known = map.get(key);
	if (known !== undefined) {
		return known;
	}

	const value = make();
	map.set(key, value);
	return value;
}

/** User-defined networks are the lab's, those of docker0 and docker_gwbridge are their host's. */
function keyOf(host: string, network: string): string {
	return network === defaultNetwork || network === gatewayNetwork ? `${network} of ${host}` : `network ${network}`;
}
