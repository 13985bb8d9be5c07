// What the containers of a lab hold while they run: addresses, MACs, host ports. Plain data; `ledger.ts` is how planning reads and adds to it.
import type {Mac, Port} from '../base/units.ts';
import type {Protocol} from '../model/lab.ts';
import type {NetnsName} from '../plan/op.ts';

export interface Allocations {
	/** By host: the bridge of its Docker engine. */
	readonly docker: ReadonlyMap<string, DockerBridge>;
	/** By service. A container that does not run holds nothing and is not in it. */
	readonly containers: ReadonlyMap<string, Lease>;
	/** By service: how often it was planned, because Docker 28 gives a new MAC at every start. */
	readonly starts: ReadonlyMap<string, number>;
}

export interface DockerBridge {
	/** "docker0" */
	readonly dev: string;
	/** Its own address: "172.17.0.1/16" */
	readonly address: string;
	/** "172.17.0.0/16" */
	readonly subnet: string;
	/** What containers use as default gateway: "172.17.0.1" */
	readonly gateway: string;
	/** The part of the subnet that containers get addresses from: all of it unless `fixed_cidr` says otherwise. */
	readonly pool: string;
	/** Where the search for the next random host port begins. */
	readonly nextPort: Readonly<Record<Protocol, number>>;
}

export interface Lease {
	readonly interfaces: readonly Interface[];
	readonly published: readonly Published[];
}

/** An interface inside a container and the other end of its veth pair. */
export interface Interface {
	readonly dev: string;
	/** "172.17.0.2/16" */
	readonly address: string | undefined;
	readonly mac: Mac;
	readonly gateway: string | undefined;
	/** Bytes. */
	readonly mtu: number;
	/** Its other end, in `netns`. */
	readonly veth: string;
	/** The bridge or LAN that `veth` is a port of. */
	readonly bridge: string;
	readonly netns: NetnsName;
}

/** A container port on one address of its host; publishing on every address makes one for IPv4 and one for IPv6. */
export interface Published {
	readonly protocol: Protocol;
	/** "0.0.0.0", "::" or one address. */
	readonly hostAddress: string;
	readonly hostPort: Port;
	readonly port: Port;
}

export const noAllocations: Allocations = {docker: new Map(), containers: new Map(), starts: new Map()};

/** The container stopped: its addresses and host ports are free again. */
export function release(allocations: Allocations, service: string): Allocations {
	const containers = new Map(allocations.containers);
	containers.delete(service);
	return {...allocations, containers};
}
