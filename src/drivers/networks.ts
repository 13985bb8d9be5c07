// Mode networks: a namespace of its own with an interface on each user-defined network, and the engine's name server. What a network is made of
// is its driver's business (networks/).
import {planEndpoints} from './attach.ts';
import type {Driver} from './driver.ts';

export const networks: Driver<'networks'> = {
	mode: 'networks',
	plan: (site, {endpoints}) => planEndpoints(site, endpoints),
	expect: ({name, publish}, {endpoints}) => [
		`${name} has lo and one interface on each of ${endpoints.map(({network}) => network).join(', ')}`,
		`containers on the same network know ${name} by its name; others do not`,
		...(endpoints.length > 1 ? [`${name} has one default route, by the network of the highest gw_priority or else of the first name`] : []),
		...(publish.length > 0 ? [`the published ports of ${name} lead to its address on that network`] : []),
	],
};
