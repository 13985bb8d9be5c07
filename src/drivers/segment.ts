// A bridge of the engine as its containers and rules see it: docker0, or that of a user-defined network. One shape, so that both are wired by the
// same code (cable.ts, publish.ts, rows).
import {hash, interfaceName, interfaceSysctl} from '../base/names.ts';
import type {Mtu} from '../base/units.ts';
import {prefixOf} from '../model/address.ts';
import type {DockerEngine, GatewayMode, Host, Lab, Network} from '../model/lab.ts';
import type {Family, NetnsName, Op} from '../plan/op.ts';
import type {AddressRange, DockerBridge, DualRange, NetworkRange} from './allocations.ts';
import {defaultNetwork} from './endpoint.ts';
import {ruleFamilies} from './ipv6.ts';
import type {Profile} from './profile.ts';
import {opsOfRows, type Condition, type Row} from './rows.ts';

export interface Segment extends DualRange {
	/** `bridge` for docker0. */
	readonly network: string;
	/** The Linux bridge: "docker0", "br-5e1f0c3a9b2d" */
	readonly dev: string;
	/** Set on both ends of a cable; undefined: as the kernel makes it. */
	readonly mtu: Mtu | undefined;
	readonly icc: boolean;
	readonly masquerade: boolean;
	readonly internal: boolean;
	/** Where ports listen that name no address; undefined: everywhere. */
	readonly hostBinding: string | undefined;
	/** As the file has it; `modeOf` says what the engine makes of it. */
	readonly gatewayMode: GatewayMode;
	readonly gatewayMode6: GatewayMode;
	/** Interfaces of the host that are let in as the bridge itself is. */
	readonly trusted: readonly string[];
	/** What packets leave with; undefined: an address of the interface that they leave by. */
	readonly hostAddress: string | undefined;
}

export type BridgeNetwork = Extract<Network, {readonly driver: 'bridge'}>;

export function docker0Segment(engine: DockerEngine, docker: DockerBridge): Segment {
	return {
		...docker,
		network: defaultNetwork,
		mtu: engine.mtu,
		icc: engine.icc,
		masquerade: true,
		internal: false,
		hostBinding: undefined,
		gatewayMode: 'nat',
		gatewayMode6: 'nat',
		trusted: [],
		hostAddress: undefined,
	};
}

export function networkSegment(network: BridgeNetwork, range: NetworkRange): Segment {
	const {name, hostBinding} = network;
	return {...network, ...range, network: name, dev: range.dev ?? name, hostBinding: hostBinding === '0.0.0.0' ? undefined : hostBinding};
}

/** Its Linux bridge: as the file says, or named after its id. */
export function bridgeName(lab: Lab, {name, bridge}: BridgeNetwork): string {
	return interfaceName(bridge ?? `br-${networkId(lab, name).slice(0, 12)}`);
}

/** A Linux bridge numbers its ports with 10 bits and does not use 0 (BR_PORT_BITS, net/bridge/br_private.h). */
export const bridgePorts = 1023;
/** The bridge and the VXLAN of an overlay network on a host, as Docker calls them. */
export const overlayBridge = 'br0';
export const overlayTunnel = 'vxlan0';

/** Where they are: a namespace for each host and network. A host may have many VXLANs called vxlan0, but one of each number. */
export function overlayNetns(host: string, vni: number): NetnsName {
	return `${host}:vxlan${vni}`;
}

/** A gateway's address on its network: "172.18.0.1/16" */
export function addressOn({gateway, subnet}: AddressRange): string {
	return `${gateway}/${prefixOf(subnet)}`;
}

/** What a bridge has of this family: "172.18.0.1/16"; undefined: nothing. */
export function bridgeAddress(range: AddressRange | undefined): string | undefined {
	return range === undefined || range.isBare === true ? undefined : addressOn(range);
}

/** 64 hex digits; Docker shows the first 12. */
export function networkId(lab: Lab, network: string): string {
	return hash(64, 'network', lab.name, network);
}

/** What its rules depend on, of the engine and of the bridge. */
export function conditionsOf(engine: DockerEngine, {network, icc, masquerade}: Pick<Segment, 'network' | 'icc' | 'masquerade'>): ReadonlySet<Condition> {
	return new Set<Condition>([
		engine.userlandProxy ? 'proxy' : 'no-proxy',
		icc ? 'icc' : 'no-icc',
		...(masquerade ? ['masquerade' as const] : []),
		...(network === defaultNetwork ? ['docker0' as const] : []),
	]);
}

/** The placeholders that every row may use. */
function bridgeValues(host: string, {dev, v4, v6, hostAddress}: Segment, family: Family): Readonly<Record<string, string>> {
	return family === 4
		? {
				host,
				bridge: dev,
				subnet: v4?.subnet ?? '',
				bits: '32',
				notLoopback: '! -d 127.0.0.0/8 ',
				notLinkLocal: '',
				icmp: 'icmp',
				translation: hostAddress === undefined ? 'MASQUERADE' : `SNAT --to-source ${hostAddress}`,
			}
		: {
				host,
				bridge: dev,
				subnet: v6?.subnet ?? '',
				bits: '128',
				notLoopback: '! -d ::1/128 ',
				notLinkLocal: '! -s fe80::/10 ',
				icmp: 'ipv6-icmp',
				translation: 'MASQUERADE',
			};
}

/** How its containers are reached from outside in one family, by an engine of this version. */
export function modeOf(profile: Profile, {gatewayMode, gatewayMode6}: Segment, family: Family): GatewayMode {
	return !profile.gatewayModes ? 'nat' : family === 4 ? gatewayMode : gatewayMode6;
}

const modeConditions: Readonly<Record<GatewayMode, readonly Condition[]>> = {
	nat: ['nat', 'protected'],
	'nat-unprotected': ['nat', 'unprotected'],
	routed: ['routed', 'protected'],
	isolated: ['nat', 'protected'],
};

/** Who makes rules, and where. */
export interface RuleSite {
	readonly host: Host;
	readonly engine: DockerEngine;
	readonly profile: Profile;
}

/** Rules about a bridge itself, on its host: the same for each family that it has, and some for those that it has not. */
export function bridgeRules(site: RuleSite, segment: Segment, rows: readonly Row[]): readonly Op[] {
	const own = familiesOf(segment);
	return ([4, 6] as const).flatMap((family) =>
		segmentRules(site, segment, own.includes(family) ? rows : rows.filter((row) => row.make === 'rule' && row.everyFamily), {family}),
	);
}

/** Those that the network has. */
export function familiesOf({v4, v6}: DualRange): readonly Family[] {
	return [...(v4 === undefined ? [] : [4 as const]), ...(v6 === undefined ? [] : [6 as const])];
}

/** Rules about a bridge, on its host, in one family. None when the engine was told to leave that family's rules alone. */
export function segmentRules({host, engine, profile}: RuleSite, segment: Segment, rows: readonly Row[], more: RowExtras = {}): readonly Op[] {
	const family = more.family ?? 4;
	if (!ruleFamilies({engine, profile}).includes(family)) {
		return [];
	}

	return opsOfRows(rows, {
		netns: host.name,
		family,
		holds: new Set([...conditionsOf(engine, segment), ...modeConditions[modeOf(profile, segment, family)], `ipv${family}` as const, ...(more.holds ?? [])]),
		values: {...bridgeValues(host.name, segment, family), ...more.values},
		...(segment.network !== defaultNetwork && {top: profile.top[family]}),
	});
}

export interface RowExtras {
	readonly family?: Family;
	readonly holds?: readonly Condition[];
	readonly values?: Readonly<Record<string, string>>;
}

/** What a host needs for DNAT on 127.0.0.1 to a bridge, where no proxy serves it. */
export function routeLoopback(netns: string, dev: string): Op {
	return {
		do: 'sysctl.set',
		netns,
		key: interfaceSysctl(4, dev, 'route_localnet'),
		value: '1',
		why: `without a proxy ${netns} reaches published ports on 127.0.0.1 by DNAT, which needs loopback addresses on ${dev}`,
	};
}

export function refuseRouterAdvertisements(netns: string, dev: string): Op {
	return {do: 'sysctl.set', netns, key: interfaceSysctl(6, dev, 'accept_ra'), value: '0', why: `no container may make itself ${netns}'s IPv6 router`};
}
