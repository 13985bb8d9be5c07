// How one version of the Docker engine behaves, as data. The versions are engine-28.ts and engine-20.10.ts; a new one is one file more and
// a line in profiles.ts.
import type {Family} from '../plan/op.ts';
import type {Row} from './rows.ts';

export interface Profile {
	/** `dockerd --version`, for words. */
	readonly version: string;
	/** At engine start, before its bridge: chains and the jumps to them. Values: {notLoopback}, {host}. */
	readonly frame: readonly Row[];
	/** For each of its bridges: docker0 and those of user-defined networks. Values: {bridge}, {subnet}, {host}. */
	readonly bridge: readonly Row[];
	/** Instead of those, for the bridge of an internal network. */
	readonly internal: readonly Row[];
	/** Chain -> how many rules at its top stay there when a network is made. */
	readonly top: Readonly<Record<Family, Readonly<Record<string, number>>>>;
	/** Last at engine start: the chain for people's own rules, in these families. */
	readonly user: readonly Row[];
	readonly userFamilies: readonly Family[];
	/** For each trusted interface of the host, before those of the container. Values as there and {trusted}. */
	readonly trusted: readonly Row[];
	/** For each container on a bridge, not an internal one. Values as above and {service}, {address}. */
	readonly container: readonly Row[];
	/** For each published port, in each family that has an address to go to. Values as above and {protocol}, {hostPort}, {port}, {where}, {to}, {destination}, {notFromBridge}. */
	readonly port: readonly Row[];
	/** Ports of one container: lowest first and exact ones before ranges, or highest first, each with all that leads to it. */
	readonly portOrder: 'lowest-first' | 'highest-first';
	/** Whether a range is gone through when another server of the host has one of its ports. */
	readonly looksOnInRange: boolean;
	/** How a link tells of ports: which comes first, and how many in a row it calls a range. */
	readonly linkPorts: {readonly first: 'tcp' | 'lowest'; readonly range: number};
	/** When the engine takes the host port: before its rules, or with the proxy. */
	readonly bind: 'before-rules' | 'with-proxy';
	/** What a container's MAC is made of. */
	readonly macs: 'random' | 'address';
	/** Which sysctl switches IPv6 off in a container: for its eth0, or for everything in its namespace, lo included. */
	readonly ipv6Off: 'eth0' | 'all';
	/** What it does where a network has IPv6. */
	readonly ipv6: {
		/** Whether it makes rules for it unless it is told otherwise (`ip6tables`). */
		readonly rules: boolean;
		/** When it closes FORWARD: together with turning forwarding on, or whenever it starts. */
		readonly dropsForwarded: 'with-forwarding' | 'at-start';
		/** Whether it finds subnets itself, for networks without one. */
		readonly findsSubnets: boolean;
		/** A second address of each bridge: "fe80::1/64". undefined: none. */
		readonly bridgeLinkLocal: string | undefined;
		/** Whether a bridge's addresses wait until nobody else was found to have them. */
		readonly bridgeChecksDuplicates: boolean;
		/** Whether a bridge that is there and up already gets a route to its own subnet beside the kernel's. */
		readonly secondRoute: boolean;
		/** What a container's address on docker0 is made of. */
		readonly docker0Addresses: 'lowest' | 'mac';
	};
	/** Whether an internal network has a gateway: its containers a default route to its bridge. */
	readonly internalGateway: boolean;
	/** Whether a new interface gets the lowest free number, or always a higher one than before. */
	readonly reusesNames: boolean;
	/** Whether it knows gateway modes; without, every network is reached by NAT. */
	readonly gatewayModes: boolean;
	/** Whether it knows `gw_priority` and `interface_name`. */
	readonly endpointOptions: boolean;
	/** First lines of a container's /etc/hosts. */
	readonly hostsLines: readonly string[];
	/** Whether a container's resolv.conf says how it was made. */
	readonly resolvComments: boolean;
}
