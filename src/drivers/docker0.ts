// How the engine comes to its bridge, in four steps: is it there · which ranges are in the way · take the first that is not · give the
// bridge its first address. Pure; the reasons of the ops tell the whole search. Not the rules around the bridge (engine.ts).
import {LabError} from '../base/errors.ts';
import {broadcastOf, familyOf, hostPart, nthAddress, overlaps, prefixOf, sizeOf, subnetOf} from '../model/address.ts';
import type {DockerEngine, Host} from '../model/lab.ts';
import type {ObservedNet} from '../model/observed.ts';

/** A subnet that the host is directly connected to. Routes through a gateway do not count (moby/moby#42598). */
export interface Connected {
	readonly subnet: string;
	readonly dev: string;
}

/** What the engine finds on its host when it starts. */
export interface Surroundings {
	readonly connected: readonly Connected[];
	/** Bridges that are there already, with their IPv4 address if they have one. */
	readonly bridges: ReadonlyMap<string, string | undefined>;
	/** IPv6 addresses that interfaces have already: "fd00:d0::1/64". */
	readonly addresses6: readonly {readonly dev: string; readonly address: string}[];
	/** IPv6 subnets that have a route to an interface beside the kernel's own. */
	readonly routes6: readonly Connected[];
}

export interface Candidate {
	readonly subnet: string;
	/** undefined: nothing is in its way. */
	readonly blockedBy: Connected | undefined;
}

export interface BridgeChoice {
	readonly dev: string;
	/** The bridge is there already. */
	readonly exists: boolean;
	/** The address is on it already. */
	readonly keeps: boolean;
	/** "172.17.0.1/16" */
	readonly address: string;
	readonly broadcast: string;
	/** Ranges looked at, in order; the last one was taken. Empty when nothing had to be looked for. */
	readonly candidates: readonly Candidate[];
	/** Why this address, in one sentence. */
	readonly why: string;
}

/** Docker's predefined ranges (default-address-pools): 172.17.0.0/16 to 172.31.0.0/16, then 192.168.0.0/20 to 192.168.240.0/20. */
export const predefinedRanges: readonly string[] = [
	...Array.from({length: 15}, (_, index) => `172.${17 + index}.0.0/16`),
	...Array.from({length: 16}, (_, index) => `192.168.${16 * index}.0/20`),
];

/** The engine's ranges in its order: Docker's own, or what `pools` cut into pieces of their size gives. */
export function* rangesOf(engine: DockerEngine | undefined): Generator<string> {
	if (engine?.pools === undefined) {
		yield* predefinedRanges;
		return;
	}

	for (const {base, size} of engine.pools) {
		const piece = 2 ** (32 - size);
		for (let index = 0; index < sizeOf(base); index += piece) {
			yield `${nthAddress(subnetOf(base), index)}/${size}`;
		}
	}
}

/** Chooses bridge and address. E_RANGE_EXHAUSTED when no range is free, E_CONFLICT when the bridge of `docker.bridge` is not there. */
export function chooseBridge(host: string, engine: DockerEngine, around: Surroundings): BridgeChoice {
	const dev = engine.bridge ?? 'docker0';
	const exists = around.bridges.has(dev);
	if (!exists && engine.bridge !== undefined) {
		throw new LabError('E_CONFLICT', {
			doing: `start the Docker engine of ${host}`,
			said: `bridge device with non default name ${dev} must be created manually`,
			hint: `add ${dev} to hosts.${host}.bridges`,
		});
	}

	const present = around.bridges.get(dev);
	const chosen = (address: string, keeps: boolean, why: string, candidates: readonly Candidate[] = []): BridgeChoice => ({
		dev,
		exists,
		keeps,
		address,
		broadcast: broadcastOf(address),
		candidates,
		why,
	});
	if (engine.bip !== undefined) {
		return chosen(engine.bip, engine.bip === present, `the engine was told to use this address (bip), so it looks for no range`);
	}

	if (present !== undefined) {
		return chosen(present, true, `${dev} has an address already, and the engine keeps it`);
	}

	if (engine.fixedCidr !== undefined) {
		return chosen(
			firstAddress(engine.fixedCidr),
			false,
			`the engine was told to use this range (fixed_cidr): its first address is the containers' gateway`,
		);
	}

	const candidates = search(host, engine, around.connected);
	const taken = candidates.at(-1)?.subnet ?? '';
	return chosen(firstAddress(taken), false, tell(dev, candidates), candidates);
}

/** What an engine finds on a host of the lab when the lab comes up. */
export function surroundingsOf(host: Host): Surroundings {
	const addressed = [...host.nics, ...host.bridges].flatMap(({dev, address}) => (address === undefined ? [] : [{subnet: subnetOf(address), dev}]));
	const routed = host.routes.flatMap(({to, via, dev}) => (via === undefined && dev !== undefined && to !== 'default' ? [{subnet: to, dev}] : []));
	return {
		connected: [...addressed, ...routed.filter(({subnet}) => familyOf(subnet) === 4)],
		bridges: new Map(host.bridges.map(({dev, address}) => [dev, address])),
		addresses6: host.nics.flatMap(({dev, address6}) => (address6 === undefined ? [] : [{dev, address: address6}])),
		routes6: routed.filter(({subnet}) => familyOf(subnet) === 6),
	};
}

/** Protocol of the routes that the kernel makes for an interface's own addresses (linux/rtnetlink.h RTPROT_KERNEL). */
const byKernel = 2;

/** The same for a host as it is now. */
export function surroundingsSeen(net: ObservedNet): Surroundings {
	const routes = net.routes.filter(({family, scope, to}) => family === 4 && scope === 'link' && to !== 'default');
	const added = net.routes.filter(({family, protocol, via, to}) => family === 6 && protocol !== byKernel && via === undefined && to !== 'default');
	const addressOf = (dev: string): string | undefined => net.addresses.find((one) => one.dev === dev && one.family === 4)?.address;
	return {
		connected: routes.map(({to, dev}) => ({subnet: to, dev: dev ?? '?'})),
		addresses6: net.addresses.filter(({family}) => family === 6).map(({dev, address}) => ({dev, address})),
		routes6: added.map(({to, dev}) => ({subnet: to, dev: dev ?? '?'})),
		bridges: new Map(net.links.filter(({kind}) => kind === 'bridge').map(({name}) => [name, addressOf(name)])),
	};
}

/** Goes through the ranges until one is free; that one is the last of the list. */
function search(host: string, engine: DockerEngine, connected: readonly Connected[]): readonly Candidate[] {
	const looked: Candidate[] = [];
	for (const subnet of rangesOf(engine)) {
		const blockedBy = connected.find((one) => overlaps(one.subnet, subnet));
		looked.push({subnet, blockedBy});
		if (blockedBy === undefined) {
			return looked;
		}
	}

	throw new LabError('E_RANGE_EXHAUSTED', {
		doing: `find a range for docker0 on ${host}`,
		said: 'all predefined address pools have been fully subnetted',
		hint: `give hosts.${host}.docker a bip`,
	});
}

function tell(dev: string, candidates: readonly Candidate[]): string {
	const refused = candidates.flatMap(({subnet, blockedBy}) =>
		blockedBy === undefined ? [] : [`${subnet} overlaps ${blockedBy.subnet} on ${blockedBy.dev}, so the next range is taken`],
	);
	const taken = candidates.at(-1)?.subnet ?? '';
	return [...refused, `${taken} overlaps no connected network: its first address is ${dev}'s, and the containers' default gateway`].join('; ');
}

function firstAddress(subnet: string): string {
	return `${hostPart(nthAddress(subnetOf(subnet), 1))}/${prefixOf(subnet)}`;
}
