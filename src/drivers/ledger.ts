// Who holds which address, host port and bridge port, while one plan is made: read from Allocations, added to, given back as Allocations.
// It lives inside one call of planLab, planContainer or planPublish and never longer.
import {LabError} from '../base/errors.ts';
import {containerId, interfaceName} from '../base/names.ts';
import {port, type Port} from '../base/units.ts';
import {broadcastOf, hostPart, networkOf, nthAddress, sizeOf} from '../model/address.ts';
import type {Lab, Protocol, Publish} from '../model/lab.ts';
import type {NetnsName} from '../plan/op.ts';
import type {Allocations, DockerBridge, Lease} from './allocations.ts';

/** A Linux bridge numbers its ports with 10 bits and does not use 0 (BR_PORT_BITS, net/bridge/br_private.h). */
const bridgePorts = 1023;
/** Docker takes random host ports from net.ipv4.ip_local_port_range, which is this unless somebody changed it. */
export const randomPorts = {first: 32_768, last: 60_999} as const;

interface Holder {
	readonly address: string;
	readonly service: string;
}

export class Ledger {
	readonly #lab: Lab;
	readonly #docker: Map<string, DockerBridge>;
	readonly #containers = new Map<string, Lease>();
	readonly #starts: Map<string, number>;
	/** By host. */
	readonly #addresses = new Map<string, Set<string>>();
	/** By host: how many addresses of the engine's range were found taken. */
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
		this.#hosts = new Map(lab.services.map(({name, host}) => [name, host]));
		for (const host of lab.hosts) {
			host.nics.forEach(({lan}) => this.#plug(`lan:${lan}`, interfaceName(lan), 1));
			host.bridges.forEach(({dev, ports}) => this.#plug(host.name, dev, ports.length));
		}

		for (const [host, bridge] of allocations.docker) {
			this.setDocker(host, bridge);
		}

		for (const [service, lease] of allocations.containers) {
			this.enter(service, lease);
		}
	}

	toAllocations(): Allocations {
		return {docker: this.#docker, containers: this.#containers, starts: this.#starts};
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
		for (const address of [bridge.gateway, networkOf(bridge.subnet), broadcastOf(bridge.subnet)]) {
			this.#taken(host).add(address);
		}
	}

	lease(service: string): Lease | undefined {
		return this.#containers.get(service);
	}

	/** Writes down all that a container holds. What it held before comes first in the new lease. */
	enter(service: string, lease: Lease): void {
		const host = this.#hosts.get(service) ?? '';
		const before = this.#containers.get(service);
		this.#containers.set(service, lease);
		for (const {address, netns, bridge} of lease.interfaces.slice(before?.interfaces.length ?? 0)) {
			this.#plug(netns, bridge, 1);
			if (address !== undefined) {
				this.#taken(host).add(hostPart(address));
			}
		}

		for (const {protocol, hostAddress, hostPort} of lease.published.slice(before?.published.length ?? 0)) {
			this.#holders(host, protocol, hostPort).push({address: hostAddress, service});
		}
	}

	/** Counts this start of a container: 0 the first time. */
	countStart(service: string): number {
		const before = this.#starts.get(service) ?? 0;
		this.#starts.set(service, before + 1);
		return before;
	}

	/** The lowest free address of the engine's range, as Docker gives them: "172.17.0.2". E_RANGE_EXHAUSTED when there is none. */
	freeAddress(host: string, service: string): string {
		const {pool} = this.docker(host);
		const taken = this.#taken(host);
		// nothing becomes free within one plan, so the search goes on where it stopped
		for (let index = this.#searched.get(host) ?? 0; index < sizeOf(pool); index++) {
			const address = nthAddress(pool, index);
			if (!taken.has(address)) {
				this.#searched.set(host, index);
				return address;
			}
		}

		const network = containerId(this.#lab.name, `${host} bridge`).slice(0, 12);
		throw new LabError('E_RANGE_EXHAUSTED', {
			doing: `give ${service} an address of ${pool} on ${host}`,
			said: `no available IPv4 addresses on this network's address pools: bridge (${network})`,
		});
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
		const holders: string[] = [];
		for (const candidate of ports) {
			const holder = addresses.flatMap((address) => this.#holder(host, protocol, candidate, address) ?? [])[0];
			const chosen = holder === undefined ? port(candidate) : undefined;
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
				said: `Bind for ${where.includes(':') ? `[${where}]` : where}:${hostPorts.first} failed: port is already allocated`,
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

	#taken(host: string): Set<string> {
		return entry(this.#addresses, host, () => new Set());
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

function covers(wide: string, address: string): boolean {
	return wide === address || (wide === '0.0.0.0' && !address.includes(':')) || (wide === '::' && address.includes(':'));
}

function* range(first: number, last: number): Generator<number> {
	for (let value = first; value <= last; value++) {
		yield value;
	}
}

/** All random ports once, beginning at `next`. */
function* randomFrom(next: number): Generator<number> {
	yield* range(next, randomPorts.last);
	yield* range(randomPorts.first, next - 1);
}
