// A container on a bridge of its engine: a veth pair, the rules that guard the address, and what every endpoint needs inside.
import {interfaceName, vethName} from '../base/names.ts';
import {broadcastOf, familyOf, hostPart} from '../model/address.ts';
import type {Op} from '../plan/op.ts';
import {gatewayIn, type AddressRange, type Interface} from './allocations.ts';
import type {Site} from './driver.ts';
import type {Plug} from './endpoint.ts';
import {switches6} from './ipv6.ts';
import {segmentRules, type Segment} from './segment.ts';

export interface Plugged {
	readonly wire: Interface;
	readonly ops: readonly Op[];
}

/** E_BRIDGE_FULL when the bridge has no port left. */
export function planCable(site: Site, segment: Segment, plug: Plug): Plugged {
	const {host, service, profile, ledger} = site;
	ledger.needPlug(host.name, segment.dev, service.name);
	const isOut = !segment.internal || profile.internalGateway;
	const way = (range: AddressRange | undefined): string | undefined => range && gatewayIn(range);
	const gateway6 = isOut ? way(segment.v6) : undefined;
	const wire: Interface = {
		kind: 'veth',
		network: plug.network,
		dev: plug.dev,
		address: plug.address,
		...(plug.address6 !== undefined && {address6: plug.address6}),
		mac: plug.mac,
		gateway: isOut ? way(segment.v4) : undefined,
		...(gateway6 !== undefined && {gateway6}),
		priority: plug.priority,
		internal: segment.internal,
		mtu: segment.mtu ?? 1500,
		veth: interfaceName(vethName(segment.network, service.name)),
		bridge: segment.dev,
		netns: host.name,
	};
	return {wire, ops: [...outerOps(site, segment, wire), ...insideOps(site, plug)]};
}

/** The host's side: the cable, the rules that guard the address. */
function outerOps(site: Site, segment: Segment, {veth, dev, address, address6}: Interface): readonly Op[] {
	const {host, engine, profile, service} = site;
	const hairpin = !engine.userlandProxy;
	const size = segment.mtu === undefined ? {} : {mtu: segment.mtu};
	const guarded = segment.internal ? [] : [address, address6].filter((one) => one !== undefined).map(hostPart);
	const guard = guarded.flatMap((one) => {
		const values = {service: service.name, address: one};
		const family = familyOf(one);
		return [
			...segment.trusted.flatMap((trusted) => segmentRules(site, segment, profile.trusted, {family, values: {...values, trusted}})),
			...segmentRules(site, segment, profile.container, {family, values}),
		];
	});
	return [
		{
			do: 'link.add',
			netns: host.name,
			link: {kind: 'veth', name: veth, master: segment.dev, ...size, ...(hairpin && {hairpin}), peer: {netns: service.name, name: dev, ...size}},
			why: `a cable: one end is a port of ${segment.dev}, the other is ${dev} in ${service.name}${hairpin ? '; hairpin: the port may send a frame back where it came from' : ''}`,
		},
		...guard,
		{do: 'link.set', netns: host.name, dev: veth, up: true, why: `${host.name}'s end of the cable works`},
	];
}

/** The container's side of any endpoint: MAC, addresses, up. The default routes are not here: of several endpoints only one has them. */
export function insideOps({profile, service}: Site, {dev, mac, address, address6, why}: Plug): readonly Op[] {
	const inside = {netns: service.name, dev};
	const [before6, after6] = switches6(profile, service.name, dev, address6);
	return [
		{do: 'link.set', ...inside, mac, why: why.mac},
		...(address === undefined ? [] : [{do: 'addr.add' as const, ...inside, address, broadcast: broadcastOf(address), why: why.address}]),
		...before6,
		...(address6 === undefined ? [] : [{do: 'addr.add' as const, ...inside, address: address6, nodad: true, why: why.address6}]),
		{do: 'link.set', ...inside, up: true, why: `${service.name}'s end of the cable works`},
		...after6,
	];
}
