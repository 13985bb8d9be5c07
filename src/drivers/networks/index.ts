// The table of network drivers, and what asks it: units `network:NAME`, endpoints, published ports. The networks of docker0 and docker_gwbridge are not
// in it, because their bridges belong to the engine; their endpoints are plugged in here like all others.
import {LabError} from '../../base/errors.ts';
import type {Lab, Network} from '../../model/lab.ts';
import type {Unit} from '../../plan/op.ts';
import type {Interface, NetworkRange} from '../allocations.ts';
import {planCable, type Plugged} from '../cable.ts';
import {networkCreate} from '../docker-words.ts';
import type {Site} from '../driver.ts';
import {defaultNetwork, findNetwork, gatewayNetwork, type Plug} from '../endpoint.ts';
import {docker0Segment, type Segment} from '../segment.ts';
import {gatewaySegment} from '../swarm.ts';
import {bridge} from './bridge.ts';
import type {NetworkDriver, NetworkOf} from './driver.ts';
import {macvlan} from './macvlan.ts';
import {overlay} from './overlay.ts';

/** One driver per kind of network. */
export const networkDrivers: {readonly [D in Network['driver']]: NetworkDriver<D>} = {bridge, macvlan, overlay};

/** The unit `network:NAME`. One that is on several hosts is one unit, for its engines do nothing for it. */
export function networkUnit(lab: Lab, network: Network, range: NetworkRange): Unit {
	const driver = driverOf(network);
	return {
		id: `network:${network.name}`,
		after: driver.hosts(network).map((host) => `docker:${host}`),
		ops: driver.create(lab, network, range),
		docker: [networkCreate(network, driver.options(network))],
	};
}

/** Hosts whose engines know the network. */
export function hostsOf(network: Network): readonly string[] {
	return driverOf(network).hosts(network);
}

/** The Linux bridge of a network, if it has one. */
export function bridgeOf(lab: Lab, network: Network): string | undefined {
	return driverOf(network).bridge(lab, network);
}

/** A container's new interface on the network of the plug. Errors as the driver's. */
export function plugIn(site: Site, plug: Plug): Plugged {
	const own = enginesOwn(site, plug.network);
	if (own !== undefined) {
		return planCable(site, own, plug);
	}

	const network = knownNetwork(site.lab, plug.network);
	return driverOf(network).plugIn(site, network, plug);
}

/** Where ports are published whose container has this way out; undefined: Docker ignores them. */
export function publishesOn(site: Site, {network: name}: Interface): Segment | undefined {
	if (name === undefined) {
		return undefined;
	}

	const own = enginesOwn(site, name);
	if (own !== undefined) {
		return own;
	}

	const network = knownNetwork(site.lab, name);
	return driverOf(network).publishesOn(site, network);
}

/** The bridges that an engine has by itself; undefined: the name is that of a user-defined network. */
function enginesOwn({engine, ledger, host}: Site, network: string): Segment | undefined {
	return network === defaultNetwork
		? docker0Segment(engine, ledger.docker(host.name))
		: network === gatewayNetwork
			? gatewaySegment({host, ledger})
			: undefined;
}

function knownNetwork(lab: Lab, name: string): Network {
	const network = findNetwork(lab, name);
	if (network === undefined) {
		throw new LabError('E_NAME_UNKNOWN', {doing: `look for network ${name}`, said: `network ${name} not found`});
	}

	return network;
}

function driverOf<D extends Network['driver']>(network: NetworkOf<D>): NetworkDriver<D> {
	return networkDrivers[network.driver];
}
