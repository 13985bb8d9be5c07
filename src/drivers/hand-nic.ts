// An interface that the file puts into a container by hand: a veth pair to a bridge or LAN, as with five `ip` commands or pipework. What
// pipework does last, telling the neighbours, is not here: in a new lab nobody remembers anything. Typed in a host's shell: pipework.ts.
import {hash, interfaceName, interfaceSysctl, macFrom} from '../base/names.ts';
import type {Mtu} from '../base/units.ts';
import {broadcastOf, hostPart} from '../model/address.ts';
import type {HandNic} from '../model/lab.ts';
import type {Op} from '../plan/op.ts';
import type {Interface} from './allocations.ts';
import type {Site} from './driver.ts';

export interface HandWire {
	readonly ops: readonly Op[];
	readonly wire: Interface;
}

export function planHandNic(site: Site, nic: HandNic): HandWire {
	const {lab, host, service, ledger} = site;
	const lan = 'lan' in nic.to ? lab.lans.find(({name}) => 'lan' in nic.to && name === nic.to.lan) : undefined;
	const bridge = 'lan' in nic.to ? interfaceName(nic.to.lan) : nic.to.bridge;
	const netns = 'lan' in nic.to ? `lan:${nic.to.lan}` : host.name;
	ledger.needPlug(netns, bridge, service.name);
	const wire: Interface = {
		kind: 'veth',
		network: undefined,
		dev: nic.dev,
		address: nic.address,
		...(nic.address6 !== undefined && {address6: nic.address6}),
		mac: nic.mac ?? macFrom(lab.seed, service.name, nic.dev),
		gateway: nic.gateway,
		...(nic.gateway6 !== undefined && {gateway6: nic.gateway6}),
		priority: 0,
		internal: false,
		mtu: lan?.mtu ?? 1500,
		veth: vethOf(nic, service.name),
		bridge,
		netns,
	};
	return {ops: [...wireOps(service.name, nic, wire, lan?.mtu), ...insideByHand6(site, wire)], wire};
}

/** `mtu`: the LAN's; undefined on a bridge of the host, where the kernel's default holds. */
function wireOps(service: string, nic: HandNic, wire: Interface, mtu: Mtu | undefined): readonly Op[] {
	const {dev, mac, netns, veth, bridge} = wire;
	const place = netns.replace(/^lan:/, '');
	const size = mtu === undefined ? {} : {mtu};
	return [
		{
			do: 'link.add',
			netns,
			link: {kind: 'veth', name: veth, master: bridge, up: true, ...size, peer: {netns: service, name: dev, mac, ...size}},
			why: `a cable laid by hand: one end is a port of ${bridge} on ${place}, the other is ${dev} in ${service}`,
		},
		...insideByHand(service, wire, nic.via === 'pipework'),
	];
}

/** What a person types for the container's side: address, up, default route. `hasBroadcast`: with the broadcast address, as pipework sets it. */
export function insideByHand(service: string, {dev, address, gateway}: Interface, hasBroadcast = true): readonly Op[] {
	const inside = {netns: service, dev};
	const ops: Op[] = [];
	if (address !== undefined) {
		ops.push({
			do: 'addr.add',
			...inside,
			address,
			...(hasBroadcast && {broadcast: broadcastOf(address)}),
			why: `${service} is ${hostPart(address)} there: one more machine on that network, without NAT`,
		});
	}

	ops.push({do: 'link.set', ...inside, up: true, why: `${dev} works`});
	if (gateway !== undefined) {
		ops.push({
			do: 'route.add',
			netns: service,
			to: 'default',
			via: gateway,
			dev,
			why: `the way out is ${gateway}, a machine of that network and not the Docker host`,
		});
	}

	return ops;
}

/** The same for IPv6, which engine 20.10 has switched off in there. The kernel asks for a second whether somebody has the address (RFC 4862, 5.4). */
export function insideByHand6({service, profile}: Pick<Site, 'service' | 'profile'>, {dev, address6, gateway6}: Interface): readonly Op[] {
	const inside = {netns: service.name, dev};
	if (address6 === undefined) {
		return [];
	}

	const off: readonly Op[] =
		profile.ipv6Off === 'all'
			? [
					{
						do: 'sysctl.set',
						netns: service.name,
						key: interfaceSysctl(6, dev, 'disable_ipv6'),
						value: '0',
						why: `Docker ${profile.version} has switched IPv6 off in containers`,
					},
				]
			: [];
	return [
		...off,
		{do: 'addr.add', ...inside, address: address6, why: `${service.name} is ${hostPart(address6)} there`},
		...(gateway6 === undefined
			? []
			: [{do: 'route.add' as const, ...inside, to: 'default', via: gateway6, why: `the way out by IPv6 is ${gateway6}, a machine of that network too`}]),
	];
}

function vethOf({dev, via}: HandNic, service: string): string {
	return via === 'pipework' ? pipeworkVeth(service, dev) : interfaceName(`v${hash(6, 'hand', service, dev)}${dev}`);
}

/** pipework names the host's end `v`, the container's interface, `pl` and a process id; ours is a hash, so that it is the same every time. */
export function pipeworkVeth(service: string, dev: string): string {
	return interfaceName(`v${dev}pl${hash(5, 'pipework', service, dev)}`);
}
