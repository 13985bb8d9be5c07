// Telling the neighbours who has an address from now on, as Docker 28 does for an endpoint: they may still hold the MAC of the container that had it before.
// Only for containers that start in a lab that runs already; in a new one nobody remembers anything. On an overlay network nobody listens, and the
// same address has the same MAC.
import {interfaceSysctl} from '../base/names.ts';
import {hostPart} from '../model/address.ts';
import type {NetnsName, Op} from '../plan/op.ts';
import type {Interface} from './allocations.ts';
import type {Site} from './driver.ts';
import {findNetwork} from './endpoint.ts';

/** To be done once the container runs: its cable must carry frames. Docker 20.10 needs none of it: there the same address has the same MAC. */
export function announce({lab, profile, service}: Pick<Site, 'lab' | 'profile' | 'service'>, wires: readonly Interface[]): readonly Op[] {
	const isHeard = ({network}: Interface): boolean => network === undefined || findNetwork(lab, network)?.driver !== 'overlay';
	return profile.macs === 'address' ? [] : announceOps(service.name, wires.filter(isHeard));
}

/** A gratuitous ARP, or what IPv6 has for it, for every address of these interfaces. */
export function announceOps(netns: NetnsName, wires: readonly Interface[]): readonly Op[] {
	return wires.flatMap(({dev, mac, address, address6, bridge}): readonly Op[] => {
		const one = address ?? address6;
		return one === undefined
			? []
			: [
					...(address === undefined ? [] : [notify4(netns, dev, bridge)]),
					...(address6 === undefined ? [] : [notify6(netns, dev, bridge)]),
					{
						do: 'link.set',
						netns,
						dev,
						mac,
						why: `the same MAC once more: whoever on ${bridge} remembers another one for ${hostPart(one)} forgets it now`,
					},
				];
	});
}

/** arp_notify: an unsolicited ARP request whenever the interface gets a MAC (Documentation/networking/ip-sysctl.rst). */
function notify4(netns: string, dev: string, bridge: string): Op {
	return {
		do: 'sysctl.set',
		netns,
		key: interfaceSysctl(4, dev, 'arp_notify'),
		value: '1',
		why: `whenever ${dev} gets a MAC, the kernel tells everybody on ${bridge}`,
	};
}

/**
 * ndisc_notify: the same for IPv6, by an unsolicited neighbour advertisement (ip-sysctl.rst). The kernel sends it too when it has found out that nobody
 * else has an address (addrconf_dad_completed() in net/ipv6/addrconf.c).
 */
export function notify6(netns: string, dev: string, bridge: string): Op {
	return {
		do: 'sysctl.set',
		netns,
		key: interfaceSysctl(6, dev, 'ndisc_notify'),
		value: '1',
		why: `and whoever on ${bridge} speaks IPv6`,
	};
}
