// Which nodes have connections of their own, and how a feed reaches them.
import {proxiedHalves} from '../../model/connections/proxied.ts';
import type {Machine} from '../../kernel/machine.ts';
import type {Runtime} from '../../runtime/runtime.ts';
import type {LiveLab} from '../live.ts';
import {nodeOf} from '../nodes.ts';
import {hostPart, isIPv4} from '../../model/address.ts';
import {FlowFeeds} from './feeds.ts';
import type {FlowSource} from './feed.ts';

interface SourceParts {
	readonly live: LiveLab;
	readonly machine: Machine;
	readonly runtime: Pick<Runtime, 'proxyRecords'>;
}

export function flowFeeds(parts: SourceParts): FlowFeeds {
	return new FlowFeeds({all: () => nodesWithFlows(parts.live), source: (node) => flowSource(parts, node), now: Date.now});
}

/** Hosts, and running containers that share no other's network namespace. */
function nodesWithFlows(live: LiveLab): readonly string[] {
	const services = live.lab?.services ?? [];
	const containers = services.filter(({name, attach}) => attach.mode !== 'host' && attach.mode !== 'container' && live.stateOf(name)?.is === 'running');
	return [...(live.lab?.hosts ?? []), ...containers].map(({name}) => name);
}

/** Throws E_NAME_UNKNOWN, E_CONFLICT. */
function flowSource({live, machine, runtime}: SourceParts, name: string): FlowSource {
	const {host, netns} = nodeOf(name, live.lab, (container) => live.stateOf(container));
	return {
		node: name,
		read: async () => machine.flows(netns),
		listen: async (listener) => machine.listenToFlows(netns, listener),
		async halves(flows) {
			const proxies = netns === host && flows.length > 0 ? runtime.proxyRecords(host) : [];
			if (proxies.length === 0) {
				return [];
			}

			const {addresses} = await machine.net(netns);
			const own = new Set(addresses.map(({address}) => hostPart(address)));
			return proxiedHalves(flows, proxies, (address) => own.has(address) || (isIPv4(address) && address.startsWith('127.')));
		},
	};
}
