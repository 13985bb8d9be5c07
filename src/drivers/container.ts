// Mode container: the network stack of another container, its name and its files. Nothing is made in the kernel.
import {LabError} from '../base/errors.ts';
import {hostnameOf} from './container-start.ts';
import {nothingHeld, type Driver, type Site, type Wiring} from './driver.ts';
import {filesInHostMode} from './host.ts';

export const container: Driver<'container'> = {
	mode: 'container',
	plan(site, {of}) {
		return {...shared(site, of), ops: [], lease: nothingHeld, sysctls: {}, after: [`container:${of}`], notes: []};
	},
	expect: (service, {of}) => [
		`${service.name} and ${of} have the same interfaces, addresses and ports, and talk over lo`,
		`their files and processes stay apart`,
		`when ${of} starts again, ${service.name} is left with lo until it is started again too`,
	],
};

/** What the guest takes over from its owner, or from the owner's owner. */
function shared(site: Site, of: string, path: readonly string[] = [site.service.name]): Pick<Wiring, 'netns' | 'filesOf' | 'hostname' | 'uts'> {
	const {lab, service: guest, profile} = site;
	const owner = lab.services.find(({name}) => name === of);
	if (owner === undefined || path.includes(of)) {
		throw new LabError('E_CONFLICT', {
			doing: `share the network of ${of} with ${guest.name}`,
			said: owner === undefined ? `No such container: ${of}` : [...path, of].join(' joins '),
		});
	}

	const {attach} = owner;
	switch (attach.mode) {
		case 'container': {
			return shared(site, attach.of, [...path, of]);
		}

		case 'host': {
			return {netns: owner.host, filesOf: filesInHostMode(owner, profile), hostname: owner.host, uts: 'host'};
		}

		default: {
			return {netns: owner.name, filesOf: owner.name, hostname: hostnameOf(lab, owner), uts: 'own'};
		}
	}
}
