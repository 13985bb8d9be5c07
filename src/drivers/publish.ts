// Published ports: which host port serves which container port, and the ops for it: DNAT and accept rules, the engine's sockets, one
// docker-proxy for each address. The rules' texts are the profile's.
import type {Port} from '../base/units.ts';
import type {Publish} from '../model/lab.ts';
import type {Op} from '../plan/op.ts';
import type {Published} from './allocations.ts';
import {nothingHeld, type Site} from './driver.ts';
import {segmentRules, type Segment} from './segment.ts';

/** One publish with the host port it got, on each of these host addresses. */
interface Binding {
	readonly publish: Publish;
	readonly hostPort: Port;
	/** "0.0.0.0", "::", or the one that was asked for. */
	readonly addresses: readonly string[];
}

/** Where the ports lead: an address behind a bridge of the engine. */
export interface Target {
	readonly segment: Segment;
	/** "172.17.0.2" */
	readonly address: string;
}

export interface PublishPlan {
	readonly ops: readonly Op[];
	readonly published: readonly Published[];
	readonly notes: readonly string[];
}

/**
 * Takes host ports and plans the ops. `held`: what the container publishes already, whose accept rules are not made twice.
 * E_PORT_TAKEN and E_RANGE_EXHAUSTED as in `Ledger.freePort`; nothing is written into the ledger, but random ports move on.
 */
export function planPublishes(site: Site, target: Target, publishes: readonly Publish[], held: readonly Published[] = []): PublishPlan {
	const sorted = publishes.toSorted(compare);
	const ordered = site.profile.portOrder === 'lowest-first' ? sorted : sorted.toReversed();
	const bindings: Binding[] = [];
	const notes: string[] = [];
	const taken: Published[] = [...held];
	for (const publish of ordered) {
		const addresses = addressesOf(publish, target.segment, site.engine.userlandProxy);
		if (addresses.length === 0) {
			notes.push(`${site.service.name}: -p ${publish.text} has no effect: without userland-proxy nothing carries IPv6 to a container that has none`);
			continue;
		}

		const hostPort = site.ledger.freePort(site.host.name, site.service.name, publish, addresses);
		bindings.push({publish, hostPort, addresses});
		const fresh = addresses.map((hostAddress): Published => ({protocol: publish.protocol, hostAddress, hostPort, port: publish.port}));
		taken.push(...fresh);
		// at once, so that the next publish of the same container sees it
		site.ledger.enter(site.service.name, {...(site.ledger.lease(site.service.name) ?? nothingHeld), published: [...taken]});
	}

	return {ops: opsOf(site, target, bindings, held), published: taken.slice(held.length), notes};
}

function opsOf(site: Site, target: Target, bindings: readonly Binding[], held: readonly Published[]): readonly Op[] {
	const {address} = target;
	const opened = new Set(held.filter(({hostAddress}) => isIPv4(hostAddress)).map(({protocol, port}) => `${protocol} ${port}`));
	const rules = bindings.map((binding) => {
		const key = `${binding.publish.protocol} ${binding.publish.port}`;
		const isFirst = !opened.has(key);
		if (binding.addresses.some(isIPv4)) {
			opened.add(key);
		}

		return ruleOps(site, target, binding, isFirst);
	});
	const proxied = site.engine.userlandProxy ? bindings : [];
	return site.profile.bind === 'before-rules'
		? [
				...bindings.flatMap((binding, index) => [...bindOps(site, binding), ...(rules[index] ?? [])]),
				...proxied.flatMap((binding) => binding.addresses.map((one) => proxyOp(site, address, binding, one))),
			]
		: bindings.flatMap((binding, index) => [
				...(rules[index] ?? []),
				...bindOps(site, binding).flatMap((bind) => (site.engine.userlandProxy ? [bind, proxyOp(site, address, binding, bind.address)] : [bind])),
			]);
}

/** Rules are for IPv4 alone: the container has no IPv6 address to be sent to. */
function ruleOps(site: Site, {segment, address}: Target, binding: Binding, isFirst: boolean): readonly Op[] {
	const {host, engine, profile, service} = site;
	const hostAddress = binding.addresses.find(isIPv4);
	if (hostAddress === undefined) {
		return [];
	}

	const {publish, hostPort} = binding;
	const isWide = hostAddress === '0.0.0.0';
	return segmentRules(
		site,
		segment,
		profile.port.filter((row) => isFirst || row.make !== 'rule' || row.once !== true),
		{
			holds: hostAddress.startsWith('127.') ? ['loopback'] : [],
			values: {
				service: service.name,
				address,
				protocol: publish.protocol,
				hostPort: String(hostPort),
				port: String(publish.port),
				where: isWide ? `port ${hostPort}/${publish.protocol} of ${host.name}` : `${hostAddress}:${hostPort}/${publish.protocol}`,
				destination: isWide ? '' : `-d ${hostAddress}/32 `,
				notFromBridge: engine.userlandProxy ? `! -i ${segment.dev} ` : '',
			},
		},
	);
}

function bindOps(site: Site, {publish, hostPort, addresses}: Binding): readonly Extract<Op, {readonly do: 'port.bind'}>[] {
	return addresses.map((address) => ({
		do: 'port.bind',
		host: site.host.name,
		protocol: publish.protocol,
		address,
		port: hostPort,
		why: `the engine holds ${socket(address, hostPort)}/${publish.protocol} for ${site.service.name}, so that nobody else on ${site.host.name} can take it`,
	}));
}

function proxyOp(site: Site, toAddress: string, {publish, hostPort}: Binding, address: string): Op {
	const job = isIPv4(address)
		? `docker-proxy serves those whom DNAT skips: ${site.host.name} itself by 127.0.0.1, and containers on its bridges`
		: `there is no DNAT for IPv6 here: docker-proxy takes what comes to ${socket(address, hostPort)} and asks ${site.service.name} itself`;
	return {do: 'proxy.start', host: site.host.name, protocol: publish.protocol, address, port: hostPort, toAddress, toPort: publish.port, why: job};
}

/** Every address of the host is two: one of each family. Without a proxy only IPv4 can be served. */
function addressesOf({hostAddress}: Publish, {hostBinding}: Segment, hasProxy: boolean): readonly string[] {
	const address = hostAddress ?? hostBinding;
	const wanted = address === undefined ? ['0.0.0.0', '::'] : [address];
	return hasProxy ? wanted : wanted.filter(isIPv4);
}

/** Docker 28's order: exact host ports before ranges and random ones, then by container port, protocol and host port. */
function compare(a: Publish, b: Publish): number {
	return (
		Number(isRange(a)) - Number(isRange(b)) ||
		a.port - b.port ||
		order(a.protocol, b.protocol) ||
		(a.hostPorts?.first ?? 0) - (b.hostPorts?.first ?? 0) ||
		(a.hostPorts?.last ?? 0) - (b.hostPorts?.last ?? 0)
	);
}

function isRange({hostPorts}: Publish): boolean {
	return hostPorts === undefined || hostPorts.first !== hostPorts.last;
}

function order(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}

function isIPv4(address: string): boolean {
	return !address.includes(':');
}

function socket(address: string, port: number): string {
	return isIPv4(address) ? `${address}:${port}` : `[${address}]:${port}`;
}
