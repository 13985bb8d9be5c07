// Mode host: no network of its own. The process runs in its host's namespace, with the host's interfaces, ports and name.
import {nothingHeld, type Driver} from './driver.ts';
import {hostModeFiles} from './files.ts';

export const host: Driver<'host'> = {
	mode: 'host',
	plan({lab, host: machine, service, profile}) {
		const asksForNames = service.dns.length + service.dnsSearch.length + service.dnsOptions.length + service.extraHosts.length > 0;
		return {
			ops: asksForNames ? hostModeFiles(lab, machine, service, profile) : [],
			lease: nothingHeld,
			netns: machine.name,
			filesOf: asksForNames ? service.name : machine.name,
			hostname: machine.name,
			uts: 'host',
			sysctls: {},
			after: [],
			notes: service.publish.length === 0 ? [] : [`${service.name}: Published ports are discarded when using host network mode`],
		};
	},
	expect: (service) => [
		`${service.name} has the interfaces of ${service.host} and no others`,
		`a port that ${service.name} opens is a port of ${service.host}`,
		'no DNAT rule and no docker-proxy has to do with it',
	],
};
