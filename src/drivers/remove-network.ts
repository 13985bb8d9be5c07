// `docker network rm`: a network goes with all that was made for it, unless a running container is on it.
import {LabError} from '../base/errors.ts';
import {hash} from '../base/names.ts';
import type {Lab, Service} from '../model/lab.ts';
import type {Allocations} from './allocations.ts';
import {findNetwork} from './endpoint.ts';
import {peersUnit} from './peers.ts';
import {networkId} from './segment.ts';
import {hostOf} from './site.ts';

/** What every engine has from its start. */
const predefined: ReadonlySet<string> = new Set(['bridge', 'host', 'none']);

/** What is left when the units are taken back, in their order. */
export interface NetworkRemoval {
	readonly units: readonly string[];
	readonly lab: Lab;
	readonly allocations: Allocations;
}

/**
 * E_NAME_UNKNOWN, and E_CONFLICT in Docker's words while somebody is on it. A container that does not run keeps it in mind and cannot be started
 * any more, as with Docker.
 */
export function planNetworkRemoval(lab: Lab, allocations: Allocations, name: string): NetworkRemoval {
	const doing = `remove network ${name}`;
	if (predefined.has(name)) {
		throw new LabError('E_CONFLICT', {doing, said: `${name} is a pre-defined network and cannot be removed`});
	}

	if (findNetwork(lab, name) === undefined) {
		throw new LabError('E_NAME_UNKNOWN', {doing, said: `network ${name} not found`, hint: '`vethlab networks` lists them'});
	}

	const users = [...allocations.containers].filter(([, {interfaces}]) => interfaces.some(({network}) => network === name)).map(([service]) => service);
	if (users.length > 0) {
		const names = lab.services.filter((service) => users.includes(service.name)).map((service) => endpointWords(lab, name, service));
		const hasNames = lab.services.some((service) => users.includes(service.name) && hostOf(lab, service)?.docker?.engine !== '20.10');
		throw new LabError('E_CONFLICT', {
			doing,
			said: `error while removing network: network ${name} ${hasNames ? `has active endpoints (${names.join(', ')})` : `id ${networkId(lab, name)} has active endpoints`}`,
			hint: `disconnect or stop them first: ${users.map((service) => `vethlab disconnect ${name} ${service}`).join(' · ')}`,
		});
	}

	return {
		units: [peersUnit(name), `network:${name}`],
		lab: {...lab, networks: lab.networks.filter((network) => network.name !== name)},
		allocations: {...allocations, networks: new Map([...allocations.networks].filter(([network]) => network !== name))},
	};
}

/** As the engine tells it since version 28: the container's name, and the endpoint's id. */
function endpointWords(lab: Lab, network: string, {name, containerName}: Service): string {
	return `name:"${containerName}" id:"${hash(12, 'endpoint', lab.name, network, name)}"`;
}
