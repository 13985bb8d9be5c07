// Mode container: the network stack of another container, its name and its files. Nothing is made in the kernel.
import {LabError} from '../base/errors.ts';
import type {Lab, Service} from '../model/lab.ts';
import {hostnameOf} from './container-start.ts';
import {nothingHeld, type Driver, type Wiring} from './driver.ts';

export const container: Driver<'container'> = {
	mode: 'container',
	plan({lab, service}, {of}) {
		return {...shared(lab, service, of), ops: [], lease: nothingHeld, sysctls: {}, after: [`container:${of}`], notes: []};
	},
	expect: (service, {of}) => [
		`${service.name} and ${of} have the same interfaces, addresses and ports, and talk over lo`,
		`their files and processes stay apart`,
		`when ${of} starts again, ${service.name} is left with lo until it is started again too`,
	],
};

/** What the guest takes over from its owner, or from the owner's owner. */
function shared(lab: Lab, guest: Service, of: string, path: readonly string[] = [guest.name]): Pick<Wiring, 'netns' | 'filesOf' | 'hostname' | 'uts'> {
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
			return shared(lab, guest, attach.of, [...path, of]);
		}

		case 'host': {
			return {netns: owner.host, filesOf: owner.host, hostname: owner.host, uts: 'host'};
		}

		default: {
			return {netns: owner.name, filesOf: owner.name, hostname: hostnameOf(lab, owner), uts: 'own'};
		}
	}
}
