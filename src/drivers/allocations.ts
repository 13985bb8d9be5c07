// What the containers of a lab hold while they run: addresses, MACs, host ports. Plain data; `ledger.ts` is how planning reads and adds to it.
import type {Mac, Port} from '../base/units.ts';
import {broadcastOf, familyOf, networkOf} from '../model/address.ts';
import type {Protocol, Publish, ServiceLink} from '../model/lab.ts';
import type {Family, NetnsName} from '../plan/op.ts';

export interface Allocations {
	/** By host: the bridge of its Docker engine. */
	readonly docker: ReadonlyMap<string, DockerBridge>;
	/** By host that takes part in an overlay network: docker_gwbridge. */
	readonly gateways: ReadonlyMap<string, NetworkRange>;
	/** By user-defined network. */
	readonly networks: ReadonlyMap<string, NetworkRange>;
	/** By service. A container that does not run holds nothing and is not in it. */
	readonly containers: ReadonlyMap<string, Lease>;
	/** By service: how often it was planned, because Docker 28 gives a new MAC at every start. */
	readonly starts: ReadonlyMap<string, number>;
	/** Endpoints of overlay networks that are not this lab's: those of other machines, as the store knows them. */
	readonly foreign: readonly Peer[];
}

/** An endpoint of an overlay network as all of its hosts must know it. */
export interface Peer {
	readonly network: string;
	/** "10.0.1.3" */
	readonly address: string;
	readonly mac: Mac;
	readonly host: string;
	/** Its host's address outside the overlay. */
	readonly vtep: string;
	/** As name servers know it, its own name first. */
	readonly names: readonly string[];
}

/** Where the addresses of a network come from: those of one family. */
export interface AddressRange {
	/** "172.17.0.0/16" */
	readonly subnet: string;
	/** Of a bridge its own, which containers use as default gateway unless `otherGateway` says otherwise: "172.17.0.1" */
	readonly gateway: string;
	/** Nobody is the gateway, and its address is a container's like all others. Left out: it is kept. */
	readonly isGatewayFree?: true;
	/** The bridge does not have it. Left out: it does, where there is a bridge. */
	readonly isBare?: true;
	/** What containers use instead. */
	readonly otherGateway?: string;
	/** The part of the subnet that containers get addresses from by themselves: all of it unless `fixed_cidr` or `ip_range` says otherwise. */
	readonly pool: string;
	/** Addresses that nobody gets. */
	readonly reserved: readonly string[];
}

/** Addresses of a range that no container gets. An IPv6 subnet has no broadcast. */
export function keptOf({subnet, gateway, isGatewayFree, reserved}: AddressRange): readonly string[] {
	return [...(isGatewayFree === true ? [] : [gateway]), networkOf(subnet), ...(familyOf(subnet) === 4 ? [broadcastOf(subnet)] : []), ...reserved];
}

/** What containers of the network use as default gateway, if it leads anywhere; undefined: nobody is the gateway. */
export function gatewayIn({gateway, isGatewayFree, otherGateway}: AddressRange): string | undefined {
	return otherGateway ?? (isGatewayFree === true ? undefined : gateway);
}

/** Those of the families that a network has. */
export interface DualRange {
	readonly v4?: AddressRange;
	readonly v6?: AddressRange;
}

/** In the order of the families. */
export function rangesIn({v4, v6}: DualRange): readonly AddressRange[] {
	return [v4, v6].filter((range) => range !== undefined);
}

/** The part of one family. Throws when the network has none: whoever asks has looked. */
export function rangeOf({v4, v6}: DualRange, family: Family): AddressRange {
	const range = family === 4 ? v4 : v6;
	if (range === undefined) {
		throw new RangeError(`a network without IPv${family}`);
	}

	return range;
}

export interface NetworkRange extends DualRange {
	/** Its Linux bridge; undefined when its driver makes none. */
	readonly dev: string | undefined;
	/** What only an overlay network has. */
	readonly vni?: number;
	/** Where in the pool the search for the next address begins. Left out: at its beginning, and so the lowest free one is given. */
	readonly next?: number;
}

export interface DockerBridge extends DualRange {
	readonly v4: AddressRange;
	/** "docker0" */
	readonly dev: string;
	/** Its own address: "172.17.0.1/16" */
	readonly address: string;
	/** Where the search for the next random host port begins. */
	readonly nextPort: Readonly<Record<Protocol, number>>;
}

export interface Lease {
	/** In the order in which they came. */
	readonly interfaces: readonly Interface[];
	/** What was asked for; it is published again whenever the way out moves to another network. */
	readonly publishes: readonly Publish[];
	readonly published: readonly Published[];
	/** On docker0: what it is linked to, at the address that its /etc/hosts says. */
	readonly linked: readonly Linked[];
	/** By what a name begins with: how many were given since the start. Docker 20.10 gives none twice. */
	readonly names: Readonly<Record<string, number>>;
	/** Whether the engine's name server was started in it: it stays until the container stops, also when that has left its networks. */
	readonly hasResolver: boolean;
}

/** An interface inside a container and what it is plugged into. */
export interface Interface {
	readonly dev: string;
	/** `veth`: a cable to a bridge. `macvlan`: a second MAC on an interface of the host. */
	readonly kind: 'veth' | 'macvlan';
	/** The Docker network it is an endpoint of: `bridge` for docker0, `docker_gwbridge`, else a user-defined one. undefined: put in by hand. */
	readonly network: string | undefined;
	/** "172.17.0.2/16" */
	readonly address: string | undefined;
	/** "fd00:77::2/64"; left out: its network has no IPv6. */
	readonly address6?: string;
	readonly mac: Mac;
	/** The way out that its network offers; undefined: none. */
	readonly gateway: string | undefined;
	readonly gateway6?: string;
	/** Of several ways out one with IPv6 wins, then the highest, then the network whose name sorts first; internal networks come last. */
	readonly priority: number;
	readonly internal: boolean;
	/** Bytes. */
	readonly mtu: number;
	/** Its other end, in `netns`; of a macvlan, which has none, its parent. */
	readonly veth: string;
	/** The bridge or LAN that `veth` is a port of; of a macvlan its parent. */
	readonly bridge: string;
	readonly netns: NetnsName;
}

export interface Linked extends ServiceLink {
	/** "172.17.0.2" */
	readonly address: string;
	/** "fd00:d0::2"; left out: docker0 has no IPv6. */
	readonly address6?: string;
}

/** A container port on one address of its host; publishing on every address makes one for IPv4 and one for IPv6. */
export interface Published {
	readonly protocol: Protocol;
	/** "0.0.0.0", "::" or one address. */
	readonly hostAddress: string;
	readonly hostPort: Port;
	readonly port: Port;
}

export const noAllocations: Allocations = {docker: new Map(), gateways: new Map(), networks: new Map(), containers: new Map(), starts: new Map(), foreign: []};

/** The container stopped: its addresses and host ports are free again. */
export function release(allocations: Allocations, service: string): Allocations {
	const containers = new Map(allocations.containers);
	containers.delete(service);
	return {...allocations, containers};
}
