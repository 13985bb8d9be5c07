// User-defined networks, and a container's place on one, as plain data: part of what a lab is (lab.ts).
import type {Mac, Mtu} from '../base/units.ts';
import type {Position} from './position.ts';

/**
 * `nat`: by published ports alone. `nat-unprotected`: by these, and at its own address by those who have a route to it. `routed`: at its own address
 * alone, where publishing a port opens it and takes none of the host's. `isolated`: not even by their own host, which has no address on the network;
 * internal ones alone can be so.
 */
export type GatewayMode = 'nat' | 'nat-unprotected' | 'routed' | 'isolated';

/** A network that people define. One member per driver; a driver each in `drivers/networks/`. */
export type Network = NetworkBase &
	(
		| {
				readonly driver: 'bridge';
				/** The one host it lives on. */
				readonly host: string;
				/** Name of its Linux bridge (`com.docker.network.bridge.name`); `br-` and 12 hex digits when undefined. */
				readonly bridge: string | undefined;
				readonly icc: boolean;
				readonly masquerade: boolean;
				/** Where `ports` without an address listen (`com.docker.network.bridge.host_binding_ipv4`). */
				readonly hostBinding: string | undefined;
				/** How its containers are reached from outside (`com.docker.network.bridge.gateway_mode_ipv4`, `…_ipv6`). */
				readonly gatewayMode: GatewayMode;
				readonly gatewayMode6: GatewayMode;
				/** Its bridge has no IPv4 address (`com.docker.network.bridge.inhibit_ipv4`). */
				readonly inhibitIPv4: boolean;
				/** Interfaces of its host by which its containers are reached as by the bridge itself (`com.docker.network.bridge.trusted_host_interfaces`). */
				readonly trusted: readonly string[];
				/** What its containers' interfaces are called, with a number behind (`com.docker.network.container_iface_prefix`); undefined: `eth`. */
				readonly interfacePrefix: string | undefined;
				/** What its packets leave with (`com.docker.network.host_ipv4`); undefined: the address of the interface that they leave by. */
				readonly hostAddress: string | undefined;
				/** undefined: none is set. */
				readonly mtu: Mtu | undefined;
		  }
		| {
				/** Its links have their parent's MTU: the driver takes no other. */
				readonly driver: 'macvlan';
				/** The hosts that its containers run on; each needs the parent. */
				readonly hosts: readonly string[];
				/** An interface of those hosts. */
				readonly parent: string;
				readonly macvlanMode: 'bridge' | 'private' | 'vepa' | 'passthru';
		  }
		| {
				readonly driver: 'overlay';
				/** Swarm gives every network IPv4. */
				readonly ipam: Ipam;
				/** Its members: hosts with a Docker engine and an address that the others can send to. */
				readonly hosts: readonly string[];
				/** VXLAN network identifier; undefined: the next free one. */
				readonly vni: number | undefined;
				/** undefined: what a VXLAN leaves of the hosts'. */
				readonly mtu: Mtu | undefined;
		  }
	);

interface NetworkBase {
	/** Its key in the file. */
	readonly name: string;
	/** What Docker calls it, as `name` in the file says: the default route goes by it, and DNS names end with it. Left out: its key. */
	readonly dockerName?: string;
	/** Its IPv4 addresses; undefined: it has none (`enable_ipv4: false`). */
	readonly ipam: Ipam | undefined;
	/** Its IPv6 addresses (`enable_ipv6`); left out: it has none. A macvlan network may have neither. */
	readonly ipam6?: Ipam;
	/** No way out. */
	readonly internal: boolean;
	readonly at: Position;
}

/** Which addresses of one family a network has. undefined: the engine chooses. */
export interface Ipam {
	/** "10.77.0.0/24" */
	readonly subnet: string | undefined;
	/** The part of the subnet that containers get addresses from by themselves. */
	readonly range: string | undefined;
	readonly gateway: string | undefined;
	/** What containers on a bridge use as their gateway instead of it (`DefaultGatewayIPv4` or `…6` of `aux_addresses`). */
	readonly otherGateway?: string;
	/** Addresses that nobody gets (`aux_addresses`), that one included. */
	readonly reserved: readonly string[];
}

/** A container's place on a user-defined network. */
export interface Endpoint {
	readonly network: string;
	readonly address: string | undefined;
	/** The IPv6 address it asks for; left out: what comes. */
	readonly address6?: string;
	readonly mac: Mac | undefined;
	readonly aliases: readonly string[];
	/** Name inside the container; the next free ethN when undefined. */
	readonly interfaceName: string | undefined;
	/** The highest wins the default route; equal ones: the network whose name sorts first. */
	readonly gatewayPriority: number;
}
