// What every container with a network namespace of its own begins with, as in modes bridge, networks and none: the namespace, its files, lo.
import type {Op} from '../plan/op.ts';
import {hostnameOf} from './container-start.ts';
import type {Site} from './driver.ts';
import {containerFiles} from './files.ts';

/** `addresses`: the container's addresses without prefix. */
export function ownNetns(site: Site, addresses: readonly string[]): readonly Op[] {
	const {lab, service, profile} = site;
	const netns = service.name;
	const ipv6: readonly Op[] =
		profile.ipv6Off === 'all'
			? [
					{
						do: 'sysctl.set',
						netns,
						key: 'net.ipv6.conf.all.disable_ipv6',
						value: '1',
						why: `Docker ${profile.version} switches IPv6 off in containers, on lo too`,
					},
				]
			: [];
	return [
		{do: 'netns.add', netns, why: `${service.name} gets a network stack of its own: interfaces, routes, rules, ports`},
		...containerFiles(service, profile, hostnameOf(lab, service), addresses),
		...ipv6,
		{do: 'link.set', netns, dev: 'lo', up: true, why: `programs in ${service.name} can talk to each other over 127.0.0.1`},
	];
}
