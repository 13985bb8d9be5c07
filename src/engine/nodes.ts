// Which network namespace a node's packets live in. A guest of another container's stack keeps it under its own name, because it outlives its owner.
import type {Native} from '../../native/index.ts';
import {LabError} from '../base/errors.ts';
import type {Namespaces} from '../kernel/namespaces.ts';
import type {Lab, Service} from '../model/lab.ts';
import {isOverlay} from '../model/overlay.ts';
import type {NetnsName} from '../plan/op.ts';
import type {ContainerState} from './processes.ts';

/** A node: the host that it is or runs on, and its network namespace. */
export interface Node {
	readonly host: string;
	readonly netns: NetnsName;
}

/** Finds a node by name, or the place of an overlay network on a host by that of its VXLAN (`h1:vxlan4097`). Throws E_NAME_UNKNOWN, or E_CONFLICT for a container that does not run. */
export function nodeOf(name: string, lab: Lab | undefined, stateOf: (container: string) => ContainerState | undefined): Node {
	if (lab?.hosts.some((host) => host.name === name) === true) {
		return {host: name, netns: name};
	}

	const [host = '', dev] = name.split(':');
	if (dev !== undefined && lab?.networks.some((network) => isOverlay(network) && network.hosts.includes(host)) === true) {
		return {host, netns: name};
	}

	const service = lab?.services.find((one) => one.name === name);
	const state = stateOf(name);
	if (service === undefined || state === undefined) {
		throw new LabError('E_NAME_UNKNOWN', {doing: `look for ${name}`, said: 'there is no host or container of that name'});
	}

	if (state.is !== 'running') {
		throw new LabError('E_CONFLICT', {doing: `look into ${name}`, said: `container ${name} is not running`});
	}

	return {host: service.host, netns: netnsOf(service)};
}

/** The namespace that a running container is known by: in mode host its host's, else one of its own name. */
export function netnsOf(service: Service): NetnsName {
	return service.attach.mode === 'host' ? service.host : service.name;
}

/** Gives a guest a name of its own for the stack that it shares now. */
export function keepNetns(native: Native, namespaces: Namespaces, guest: string, owner: NetnsName): void {
	namespaces.add(guest, native.open(namespaces.path(owner)));
}
