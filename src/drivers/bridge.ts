// Mode bridge: a namespace of its own, plugged into the engine's bridge by a veth pair; address, default route, published ports.
import {planEndpoints} from './attach.ts';
import type {Driver} from './driver.ts';
import {endpointsOf} from './endpoint.ts';

export const bridge: Driver<'bridge'> = {
	mode: 'bridge',
	plan: (site) => planEndpoints(site, endpointsOf(site.service)),
	expect: (service) => [
		`${service.name} has lo and eth0, with an address that nobody else on its bridge has`,
		`${service.name}'s default route is its bridge's address`,
		`what ${service.name} sends to the world leaves with its host's address`,
		...(service.publish.length === 0
			? [`nobody outside ${service.host} reaches ${service.name}`]
			: [`others reach ${service.name} only by its published ports`]),
	],
};
