// Lines for /etc/hosts: their addresses.
import {isIPv4, isIPv6} from '../../address.ts';
import type {Context} from './context.ts';

export function checkExtraHosts({lab, tree, report}: Context): void {
	for (const service of lab.services) {
		for (const {name, address} of service.extraHosts) {
			const listed = tree.node('services', service.name, 'extra_hosts');
			const index =
				listed?.kind === 'list'
					? listed.items.findIndex((item) => item.kind === 'scalar' && item.text.startsWith(name) && /^[:=]/.test(item.text.slice(name.length)))
					: name;
			const place = tree.place('services', service.name, 'extra_hosts', index);
			if (address === 'host-gateway') {
				report.notYet(place, '"host-gateway"', 'write the address of docker0, for example 172.17.0.1');
			} else if (!isIPv4(address) && !isIPv6(address)) {
				report.error(place, `"${address}" is not an IP address`);
			}
		}
	}
}
