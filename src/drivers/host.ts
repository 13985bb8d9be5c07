// Mode host: no network of its own. The process runs in its host's namespace, with the host's interfaces, ports and name.
import type {Service} from '../model/lab.ts';
import {nothingHeld, type Driver} from './driver.ts';
import {hostModeFiles} from './files.ts';
import type {Profile} from './profile.ts';

export const host: Driver<'host'> = {
	mode: 'host',
	plan({lab, host: machine, service, profile}) {
		const filesOf = filesInHostMode(service, profile);
		return {
			ops: filesOf === service.name ? hostModeFiles(lab, machine, service, profile) : [],
			lease: nothingHeld,
			netns: machine.name,
			filesOf,
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

/** Whose files a container in mode host sees: its own, or its host's, which are the same to an older engine's container that asks for nothing. */
export function filesInHostMode({name, host: machine, dns, dnsSearch, dnsOptions, extraHosts}: Service, profile: Profile): string {
	const asksForNames = dns.length + dnsSearch.length + dnsOptions.length + extraHosts.length > 0;
	// the newer engine's resolv.conf says how it was made
	return asksForNames || profile.resolvComments ? name : machine;
}
