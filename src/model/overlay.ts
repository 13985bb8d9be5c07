// What the hosts of an overlay network must agree on: its number, and by which address each of them is reached. Pure; no host decides it alone.
import {hostPart} from './address.ts';
import type {Host, Network} from './lab.ts';
import {Subnets} from './subnets.ts';

/** Docker numbers overlay networks from 4096 up, beyond the numbers of VLANs (802.1Q), and ingress is the first (moby, ovmanager). */
export const vnis = {ingress: 4096, first: 4097, last: 2 ** 24 - 1} as const;
/** What Docker gives ingress, so that no overlay network can have it. */
export const ingressSubnet = '10.0.0.0/24';
/** Outer Ethernet, IPv4, UDP and VXLAN headers in bytes (RFC 7348, 5): what an overlay network's MTU is less than its wire's. */
export const vxlanOverhead = 50;

export type Overlay = Extract<Network, {readonly driver: 'overlay'}>;

export function isOverlay(network: Network): network is Overlay {
	return network.driver === 'overlay';
}

/** By network: the VNI that the file gives it, else the next one that no other has. */
export function vnisOf(networks: readonly Network[]): ReadonlyMap<string, number> {
	const overlays = networks.filter(isOverlay);
	const taken = new Set(overlays.flatMap(({vni}) => vni ?? []));
	let next: number = vnis.first;
	const nextFree = (): number => {
		while (taken.has(next)) {
			next++;
		}

		taken.add(next);
		return next;
	};
	return new Map(overlays.map(({name, vni}) => [name, vni ?? nextFree()]));
}

/**
 * By network: the subnet that the file gives it, else the next that is free. They have an address space of their own, which all hosts share, and Docker cuts
 * it into pieces of 256 addresses (swarm init, --default-addr-pool). A network is left out when none is free.
 */
export function overlaySubnets(networks: readonly Network[]): ReadonlyMap<string, string> {
	const overlays = networks.filter(isOverlay);
	const used = new Subnets([ingressSubnet, ...overlays.flatMap(({ipam}) => ipam.subnet ?? [])]);
	let next = 0;
	const nextFree = (): string | undefined => {
		for (; next < 2 ** 16; next++) {
			const subnet = `10.${next >> 8}.${next & 255}.0/24`;
			if (!used.meets(subnet)) {
				next++;
				return subnet;
			}
		}

		return undefined;
	};
	return new Map(
		overlays.flatMap(({name, ipam}): readonly (readonly [string, string])[] => {
			const subnet = ipam.subnet ?? nextFree();
			return subnet === undefined ? [] : [[name, subnet]];
		}),
	);
}

/**
 * The address by which a host's part of the network is reached (VTEP): on a LAN that all members are on, else its first; undefined when it has none.
 * `members`: all hosts of the network.
 */
export function vtepOf(host: Host, members: readonly Host[]): string | undefined {
	const addressed = host.nics.filter(({address}) => address !== undefined);
	const shared = addressed.find(({lan}) => members.every(({nics}) => nics.some((nic) => nic.lan === lan && nic.address !== undefined)));
	const address = (shared ?? addressed[0])?.address;
	return address === undefined ? undefined : hostPart(address);
}

/** What Docker says to who connects a container to a network that it is on. Of an overlay network its manager knows. */
export function joinedWords(driver: Network['driver'] | undefined, container: string, network: string): string {
	return driver === 'overlay'
		? `${container} is already attached to network ${network}`
		: `endpoint with name ${container} already exists in network ${network}`;
}
