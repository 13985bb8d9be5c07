// Mode none: a namespace with lo and nothing else, until somebody puts an interface in by hand (`nics:` of the file).
import {hostnameOf, ownNamespaceSysctls} from './container-start.ts';
import {nothingHeld, type Driver} from './driver.ts';
import {planHandNic} from './hand-nic.ts';
import {ownNetns} from './own-netns.ts';

export const none: Driver<'none'> = {
	mode: 'none',
	plan(site) {
		const {lab, service} = site;
		const wires = service.nics.map((nic) => planHandNic(site, nic));
		return {
			ops: [...ownNetns(site, []), ...wires.flatMap(({ops}) => ops)],
			lease: {...nothingHeld, interfaces: wires.map(({wire}) => wire)},
			netns: service.name,
			filesOf: service.name,
			hostname: hostnameOf(lab, service),
			uts: 'own',
			sysctls: {...ownNamespaceSysctls, ...service.sysctls},
			after: service.nics.flatMap(({to}) => ('lan' in to ? [`lan:${to.lan}`] : [])),
			notes: service.publish.length === 0 ? [] : [`${service.name}: Docker accepts -p in mode none without a word, and publishes nothing`],
		};
	},
	expect: (service) =>
		service.nics.length === 0
			? [`${service.name} has lo and no other interface`, `${service.name} has no route: everything but itself is unreachable`]
			: [`${service.name} has lo and what was put in by hand: ${service.nics.map(({dev}) => dev).join(', ')}`],
};
