// `docker network rm`: a network goes with all that was made for it, unless a running container is on it.
import {LabError} from '../base/errors.ts';
import {hash} from '../base/names.ts';
import type {Lab, Network, Service} from '../model/lab.ts';
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

	const found = findNetwork(lab, name);
	if (found === undefined) {
		throw new LabError('E_NAME_UNKNOWN', {doing, said: `network ${name} not found`, hint: '`vethlab networks` lists them'});
	}

	const users = lab.services.filter((service) => allocations.containers.get(service.name)?.interfaces.some(({network}) => network === name));
	if (users.length > 0) {
		throw new LabError('E_CONFLICT', {
			doing,
			said: usedWords(lab, found, users),
			hint: `disconnect or stop them first: ${users.map((service) => `vethlab disconnect ${name} ${service.name}`).join(' · ')}`,
		});
	}

	return {
		units: [peersUnit(name), `network:${name}`],
		lab: {...lab, networks: lab.networks.filter((network) => network.name !== name)},
		allocations: {...allocations, networks: new Map([...allocations.networks].filter(([network]) => network !== name))},
	};
}

/** Of an overlay network Swarm's manager says so, which knows tasks and has ids of its own form. */
function usedWords(lab: Lab, {name, driver}: Network, users: readonly Service[]): string {
	if (driver === 'overlay') {
		const task = hash(25, 'task', lab.name, name, users[0]?.name ?? '');
		return `rpc error: code = FailedPrecondition desc = network ${networkId(lab, name).slice(0, 25)} is in use by task ${task}`;
	}

	const names = users.map((service) => endpointWords(lab, name, service));
	const hasNames = users.some((service) => hostOf(lab, service)?.docker?.engine !== '20.10');
	return `error while removing network: network ${name} ${hasNames ? `has active endpoints (${names.join(', ')})` : `id ${networkId(lab, name)} has active endpoints`}`;
}

/** As the engine tells it since version 28: the container's name, and the endpoint's id. */
function endpointWords(lab: Lab, network: string, {name, containerName}: Service): string {
	return `name:"${containerName}" id:"${hash(12, 'endpoint', lab.name, network, name)}"`;
}
