// What IPv6 adds to an engine's host: forwarding, a bridge's addresses, where subnets come from when nobody gives one. The rules of a bridge are the
// same rows for both families (rows.ts); what a container gets is in cable.ts.
import {hash, interfaceSysctl} from '../base/names.ts';
import {canonical, nthAddress, prefixOf} from '../model/address.ts';
import type {DockerEngine, Host, Lab, Network} from '../model/lab.ts';
import type {Family, Op} from '../plan/op.ts';
import type {AddressRange} from './allocations.ts';
import type {Connected, Surroundings} from './docker0.ts';
import type {Profile} from './profile.ts';
import {profiles} from './profiles.ts';
import type {RuleSite} from './segment.ts';

/** The families that an engine makes rules for. */
export function ruleFamilies({engine, profile}: Omit<RuleSite, 'host'>): readonly Family[] {
	const six = engine.ip6tables ?? profile.ipv6.rules;
	return [...(engine.iptables ? [4 as const] : []), ...(six ? [6 as const] : [])];
}

/**
 * The first bridge with IPv6 makes its host a router for it; an engine whose host is one already changes nothing. Accepting router advertisements
 * ends with it on all interfaces (accept_ra, Documentation/networking/ip-sysctl.rst).
 */
export function forwarding6({host, engine, profile}: RuleSite): readonly Op[] {
	if (!engine.ipForward || host.sysctls['net.ipv6.conf.all.forwarding'] === '1') {
		return [];
	}

	const netns = host.name;
	const on = (scope: 'default' | 'all', why: string): Op => ({do: 'sysctl.set', netns, key: `net.ipv6.conf.${scope}.forwarding`, value: '1', was: '0', why});
	return [
		on('default', `interfaces that ${netns} gets later pass IPv6 packets on too`),
		on('all', `${netns} passes IPv6 packets on between its interfaces: it becomes a router for IPv6`),
		...(profile.ipv6.dropsForwarded === 'with-forwarding' && ruleFamilies({engine, profile}).includes(6) ? [dropForwarded6(netns)] : []),
	];
}

export function dropForwarded6(netns: string): Op {
	return {do: 'policy.set', netns, family: 6, table: 'filter', chain: 'FORWARD', policy: 'DROP', why: 'but only those that a rule allows'};
}

/** Whether it is the network's part to turn IPv6 forwarding on: its engine has not done it for docker0, and no network did before. */
export function turnsForwardingOn(lab: Lab, {name, host}: Extract<Network, {readonly driver: 'bridge'}>, engine: DockerEngine): boolean {
	const first = lab.networks.find((one) => one.driver === 'bridge' && one.host === host && one.ipam6 !== undefined);
	return engine.ipv6 === undefined && first?.name === name;
}

/** Whether the engine of a host closes FORWARD for IPv6 when the lab comes up: see forwarding6, and `dropsForwarded` of its profile. */
export function closesForward6({networks}: Lab, {name, docker}: Host): boolean {
	const profile = docker === undefined ? undefined : profiles[docker.engine];
	if (docker === undefined || profile === undefined || !docker.ipForward || !ruleFamilies({engine: docker, profile}).includes(6)) {
		return false;
	}

	const hasIPv6 = docker.ipv6 !== undefined || networks.some((one) => one.driver === 'bridge' && one.host === name && one.ipam6 !== undefined);
	return profile.ipv6.dropsForwarded === 'at-start' || hasIPv6;
}

/** The IPv6 addresses of a bridge. `held`: those that it has already. */
export function bridgeAddresses6(netns: string, dev: string, {profile, range, why}: BridgeAddress, held: ReadonlySet<string> = new Set()): readonly Op[] {
	const {bridgeLinkLocal, bridgeChecksDuplicates} = profile.ipv6;
	const nodad = bridgeChecksDuplicates ? {} : {nodad: true};
	const own: Op = {do: 'addr.add', netns, dev, address: `${range.gateway}/${prefixOf(range.subnet)}`, ...nodad, why};
	const linkLocal: readonly Op[] =
		bridgeLinkLocal === undefined
			? []
			: [
					{
						do: 'addr.add',
						netns,
						dev,
						address: bridgeLinkLocal,
						why: `Docker ${profile.version} gives every bridge with IPv6 this address too, for its own link`,
					},
				];
	return [...linkLocal, own].filter((op) => op.do !== 'addr.add' || !held.has(op.address));
}

interface BridgeAddress {
	readonly profile: Profile;
	readonly range: AddressRange;
	readonly why: string;
}

/**
 * Docker 20.10 asks for a route to a bridge's IPv6 subnet before the bridge is up, so that the kernel refuses it (ENETDOWN) unless the bridge was up before.
 * When the engine starts again that is so: of docker0 always, which it then makes twice, and of the networks' bridges that are there.
 */
export function ownRoute6({host, profile}: RuleSite, own: Connected, {routes6}: Pick<Surroundings, 'routes6'>): readonly Op[] {
	const {dev, subnet} = own;
	return !profile.ipv6.secondRoute || routes6.some((one) => one.dev === dev && one.subnet === subnet)
		? []
		: [
				{
					do: 'route.add',
					netns: host.name,
					to: subnet,
					dev,
					why: `Docker ${profile.version} adds a route to ${subnet} although the kernel has made one`,
				},
			];
}

/** docker0's IPv6 range: `--fixed-cidr-v6`, or the first of the engine's own. undefined: it has no IPv6. */
export function docker0Range6(lab: Lab, host: string, {ipv6}: DockerEngine): AddressRange | undefined {
	if (ipv6 === undefined) {
		return undefined;
	}

	const subnet = ipv6.fixedCidr ?? uniqueLocal(lab, host, 0);
	return {subnet, gateway: nthAddress(subnet, 1), pool: subnet, reserved: []};
}

/**
 * Subnets that Docker 28 gives to networks without one: /64s of a /48 of unique local addresses (RFC 4193), whose 40 bits come from the engine's id
 * (deriveULABaseNetwork, daemon/daemon_unix.go).
 */
export function* uniqueLocalSubnets(lab: Lab, host: string): Generator<string> {
	for (let index = 0; index < 2 ** 16; index++) {
		yield uniqueLocal(lab, host, index);
	}
}

function uniqueLocal(lab: Lab, host: string, index: number): string {
	const id = hash(10, 'engine', lab.name, host);
	return canonical(`fd${id.slice(0, 2)}:${id.slice(2, 6)}:${id.slice(6)}:${index.toString(16)}::/64`);
}

/** What an interface inside a container needs for having IPv6, or for having none: before its address, and when it is up. */
export function switches6({version, ipv6Off}: Profile, netns: string, dev: string, address6: string | undefined): readonly [readonly Op[], readonly Op[]] {
	const set = (on: string, value: '0' | '1', why: string): Op => ({do: 'sysctl.set', netns, key: interfaceSysctl(6, on, 'disable_ipv6'), value, why});
	if (address6 === undefined) {
		return [ipv6Off === 'eth0' ? [set(dev, '1', `this network has no IPv6, so ${dev} gets no IPv6 address either`)] : [], []];
	}

	return ipv6Off === 'eth0'
		? [[], []]
		: [
				[set(dev, '0', `Docker ${version} switched IPv6 off for all interfaces, and on again for this one, whose network has it`)],
				[set('lo', '0', `with IPv6 on one interface lo has it too: ::1 works`)],
			];
}

/** Docker 20.10 takes ::1 away with the last IPv6 address. `left`: those of the interfaces that stay. */
export function switchOff6({version, ipv6Off}: Profile, netns: string, left: readonly (string | undefined)[]): readonly Op[] {
	return ipv6Off === 'eth0' || left.some((address) => address !== undefined)
		? []
		: [
				{
					do: 'sysctl.set',
					netns,
					key: interfaceSysctl(6, 'lo', 'disable_ipv6'),
					value: '1',
					why: `no interface has IPv6 any more, so Docker ${version} takes it from lo`,
				},
			];
}

/** The subnet's bits and then the MAC's: "fd00:d0::/64", "02:42:ac:11:00:02" -> "fd00:d0::242:ac11:2". undefined: 48 bits have no room in it. */
export function addressOfMac(subnet: string, mac: string): string | undefined {
	if (prefixOf(subnet) > 80) {
		return undefined;
	}

	return nthAddress(subnet, Number.parseInt(mac.replaceAll(':', ''), 16));
}
