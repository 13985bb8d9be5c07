// What a host needs to take part in overlay networks, beside its engine: docker_gwbridge, by which their containers reach the world. Not the overlay
// networks themselves (networks/overlay.ts), and none of Swarm's own: ingress, services, managers.
import type {Endpoint, Host, Lab} from '../model/lab.ts';
import {isOverlay, vtepOf} from '../model/overlay.ts';
import type {Unit} from '../plan/op.ts';
import {line} from '../plan/shell.ts';
import type {NetworkRange} from './allocations.ts';
import type {Site} from './driver.ts';
import {defaultNetwork, findNetwork, gatewayNetwork, plainEndpoint} from './endpoint.ts';
import {bridgeOps} from './networks/bridge.ts';
import {profiles} from './profiles.ts';
import {networkSegment, type BridgeNetwork, type Segment} from './segment.ts';

/** Hosts that take part in an overlay network, in file order. */
export function swarmHosts(lab: Lab): readonly Host[] {
	const members = new Set(lab.networks.filter(isOverlay).flatMap(({hosts}) => hosts));
	return lab.hosts.filter(({name}) => members.has(name));
}

/** The unit `swarm:HOST`: docker_gwbridge, a bridge like others but that its containers do not reach each other on it. */
export function swarmUnit(lab: Lab, host: Host, range: NetworkRange): Unit {
	const {docker: engine} = host;
	const members = swarmHosts(lab);
	const [first] = members;
	const advertised = (one: Host | undefined): string => (one && vtepOf(one, members)) ?? '';
	const own = ['--advertise-addr', advertised(host)];
	return {
		id: `swarm:${host.name}`,
		after: [`docker:${host.name}`],
		ops: engine === undefined ? [] : bridgeOps(lab, gatewayBridge(host.name), {site: {host, engine, profile: profiles[engine.engine]}, range}),
		docker: [
			first?.name === host.name
				? line('docker', 'swarm', 'init', ...own)
				: line('docker', 'swarm', 'join', ...own, '--token', 'TOKEN', `${advertised(first)}:2377`),
		],
	};
}

export function gatewaySegment({host, ledger}: Pick<Site, 'host' | 'ledger'>): Segment {
	return networkSegment(gatewayBridge(host.name), ledger.range(host.name, gatewayNetwork));
}

/** As dockerd makes it when its host joins (moby, daemon/cluster: icc off, masquerading on). */
function gatewayBridge(host: string): BridgeNetwork {
	return {
		name: gatewayNetwork,
		driver: 'bridge',
		host,
		bridge: gatewayNetwork,
		icc: false,
		masquerade: true,
		hostBinding: undefined,
		gatewayMode: 'nat',
		gatewayMode6: 'nat',
		inhibitIPv4: false,
		trusted: [],
		interfacePrefix: undefined,
		hostAddress: undefined,
		ipam: {subnet: undefined, range: undefined, gateway: undefined, reserved: []},
		mtu: undefined,
		internal: false,
		at: {line: 1, column: 1},
	};
}

/**
 * The endpoints of a container with that on docker_gwbridge where it needs one: when it is on an overlay network that leads outside, and on
 * no other network that does (libnetwork, Sandbox.needDefaultGW).
 */
export function withGateway(lab: Lab, endpoints: readonly Endpoint[]): readonly Endpoint[] {
	const kindOf = ({network}: Endpoint): 'overlay' | 'internal' | 'outside' => {
		const found = findNetwork(lab, network);
		return network !== defaultNetwork && found?.internal === true ? 'internal' : found?.driver === 'overlay' ? 'overlay' : 'outside';
	};
	const first = endpoints.findIndex((endpoint) => kindOf(endpoint) === 'overlay');
	return first === -1 || endpoints.some((endpoint) => kindOf(endpoint) === 'outside')
		? endpoints
		: endpoints.toSpliced(first + 1, 0, plainEndpoint(gatewayNetwork));
}
