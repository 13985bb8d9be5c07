// Published ports: which host port serves which container port, and the ops for it: DNAT and accept rules, the engine's sockets, one
// docker-proxy for each address. The rules' texts are the profile's.
import type {Port} from '../base/units.ts';
import {familyOf} from '../model/address.ts';
import type {Publish} from '../model/lab.ts';
import type {Op} from '../plan/op.ts';
import type {Published} from './allocations.ts';
import {nothingHeld, type Site} from './driver.ts';
import {ruleFamilies} from './ipv6.ts';
import {modeOf, segmentRules, type Segment} from './segment.ts';

/** A way to a published port. */
interface Door {
	/** "0.0.0.0", "::", or the one that was asked for. */
	readonly hostAddress: string;
	/** undefined: the network is routed in this family. The port is open at the container's own address, and none of the host's leads there. */
	readonly hostPort: Port | undefined;
}

interface Binding {
	readonly publish: Publish;
	/** Those that have a host port have the same. */
	readonly doors: readonly Door[];
}

/** Where the ports lead: an address behind a bridge of the engine. */
export interface Target {
	readonly segment: Segment;
	/** "172.17.0.2"; undefined: it has no IPv4. */
	readonly address: string | undefined;
	/** "fd00:77::2"; undefined: it has no IPv6. */
	readonly address6: string | undefined;
	/** The other family's ports lead to another network. */
	readonly isOneOfTwo: boolean;
	/** Which part of the container's unit its ports are. */
	readonly part: string;
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
export function planPublishes(site: Site, targets: readonly Target[], publishes: readonly Publish[], held: readonly Published[] = []): PublishPlan {
	const ordered = site.profile.portOrder === 'lowest-first' ? publishes.toSorted(compare) : grouped(publishes);
	const taken: Published[] = [...held];
	const plans = targets.map((target) => {
		const plan = planTarget(site, target, ordered, taken);
		taken.push(...plan.published);
		return plan;
	});
	const isInVain = (publish: Publish): boolean => targets.every((target) => addressesOf(publish, target, site.engine.userlandProxy).length === 0);
	return {
		ops: plans.flatMap(({ops}) => ops),
		published: taken.slice(held.length),
		notes: [...plans.flatMap(({notes}) => notes), ...ordered.filter(isInVain).map((publish) => vainWords(site, publish))],
	};
}

function planTarget(site: Site, target: Target, publishes: readonly Publish[], held: readonly Published[]): PublishPlan {
	const bindings: Binding[] = [];
	const notes: string[] = [];
	const taken: Published[] = [...held];
	for (const publish of publishes) {
		const all = addressesOf(publish, target, site.engine.userlandProxy);
		if (all.length === 0) {
			continue;
		}

		const isRouted = (address: string): boolean => modeOf(site.profile, target.segment, familyOf(address)) === 'routed';
		const addresses = all.filter((one) => !isRouted(one));
		const hostPort = addresses.length === 0 ? undefined : site.ledger.freePort(site.host.name, site.service.name, publish, addresses);
		bindings.push({
			publish,
			doors: all.map((one) =>
				isRouted(one) ? {hostAddress: familyOf(one) === 4 ? '0.0.0.0' : '::', hostPort: undefined} : {hostAddress: one, hostPort},
			),
		});
		if (hostPort === undefined) {
			notes.push(routedWords(site, target, publish));
			continue;
		}

		taken.push(...addresses.map((hostAddress): Published => ({protocol: publish.protocol, hostAddress, hostPort, port: publish.port})));
		// at once, so that the next publish of the same container sees it
		site.ledger.enter(site.service.name, {...(site.ledger.lease(site.service.name) ?? nothingHeld), published: [...taken]});
	}

	const ops = opsOf(site, target, bindings, held).map((op) => ({...op, part: target.part}));
	return {ops, published: taken.slice(held.length), notes};
}

function opsOf(site: Site, target: Target, bindings: readonly Binding[], held: readonly Published[]): readonly Op[] {
	const proxied = site.engine.userlandProxy;
	const opened = new Set(held.map((one) => openedKey(one, one.hostAddress)));
	const ways = bindings.map((binding) =>
		binding.doors.map(({hostAddress, hostPort}) => {
			const {publish} = binding;
			const key = openedKey(publish, hostAddress);
			const rules = ruleOps(site, target, {publish, hostAddress, hostPort, isFirst: !opened.has(key)});
			opened.add(key);
			return hostPort === undefined
				? {rules, bind: [], proxy: []}
				: {
						rules,
						bind: [bindOp(site, publish, hostAddress, hostPort)],
						proxy: proxied ? [proxyOp(site, target, {publish, hostAddress, hostPort})] : [],
					};
		}),
	);
	return site.profile.bind === 'before-rules'
		? [...ways.flatMap((each) => [...each.flatMap(({bind}) => bind), ...each.flatMap(({rules}) => rules)]), ...ways.flat().flatMap(({proxy}) => proxy)]
		: ways.flat().flatMap(({rules, bind, proxy}) => [...rules, ...bind, ...proxy]);
}

/** A container port is let in once for each family, however many host ports lead to it. */
function openedKey({protocol, port}: Pick<Publish, 'protocol' | 'port'>, hostAddress: string): string {
	return `${protocol} ${port} ${familyOf(hostAddress)}`;
}

interface Way extends Door {
	readonly publish: Publish;
	/** No other host port leads to the container port in this family. */
	readonly isFirst: boolean;
}

/** Rules stay within a family: a container without IPv6 has none for what comes by IPv6. */
function ruleOps(site: Site, target: Target, {publish, hostAddress, hostPort, isFirst}: Way): readonly Op[] {
	const {host, engine, profile, service} = site;
	const {segment} = target;
	const address = addressFor(target, hostAddress);
	const family = familyOf(hostAddress);
	if (address === undefined || familyOf(address) !== family) {
		return [];
	}

	const isWide = hostAddress === '0.0.0.0' || hostAddress === '::';
	return segmentRules(
		site,
		segment,
		profile.port.filter((row) => isFirst || row.make !== 'rule' || row.once !== true),
		{
			family,
			holds: hostAddress.startsWith('127.') ? ['loopback'] : [],
			values: {
				service: service.name,
				address,
				to: socket(address, publish.port),
				protocol: publish.protocol,
				hostPort: String(hostPort ?? 0),
				port: String(publish.port),
				where: isWide ? `port ${hostPort}/${publish.protocol} of ${host.name}` : `${socket(hostAddress, hostPort ?? 0)}/${publish.protocol}`,
				destination: isWide ? '' : `-d ${hostAddress}/${family === 4 ? 32 : 128} `,
				notFromBridge: engine.userlandProxy ? `! -i ${segment.dev} ` : '',
			},
		},
	);
}

/** What comes to an IPv6 address goes to the container's own, if it has one, else to its IPv4 address. undefined: nowhere. */
function addressFor({address, address6, isOneOfTwo}: Target, hostAddress: string): string | undefined {
	return familyOf(hostAddress) === 4 ? address : (address6 ?? (isOneOfTwo ? undefined : address));
}

function bindOp(site: Site, publish: Publish, address: string, hostPort: Port): Op {
	return {
		do: 'port.bind',
		host: site.host.name,
		protocol: publish.protocol,
		address,
		port: hostPort,
		why: `the engine holds ${socket(address, hostPort)}/${publish.protocol} for ${site.service.name}, so that nobody else on ${site.host.name} can take it`,
	};
}

function proxyOp(
	site: Site,
	target: Target,
	{publish, hostAddress: address, hostPort}: {readonly publish: Publish; readonly hostAddress: string; readonly hostPort: Port},
): Op {
	const toAddress = addressFor(target, address) ?? '';
	const family = familyOf(address);
	const hasRules = familyOf(toAddress) === family && (family === 4 || ruleFamilies(site).includes(6));
	const job = hasRules
		? `docker-proxy serves those whom DNAT skips: ${site.host.name} itself by ${family === 4 ? '127.0.0.1' : '::1'}, and containers on its bridges`
		: `there is no DNAT for IPv6 here: docker-proxy takes what comes to ${socket(address, hostPort)} and asks ${site.service.name} itself`;
	return {do: 'proxy.start', host: site.host.name, protocol: publish.protocol, address, port: hostPort, toAddress, toPort: publish.port, why: job};
}

/** Every address of the host is two: one of each family. Only a proxy, and only for IPv6, serves a container that has no address of that family. */
function addressesOf({hostAddress}: Publish, target: Target, hasProxy: boolean): readonly string[] {
	const address = hostAddress ?? target.segment.hostBinding;
	const wanted = address === undefined ? ['0.0.0.0', '::'] : [address];
	return wanted.filter((one) => {
		const to = addressFor(target, one);
		return to !== undefined && (hasProxy || familyOf(to) === familyOf(one));
	});
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

/**
 * Docker 20.10's order: the ports of the container one after the other, each with all that leads to it. Its comparison contradicts itself, so that the
 * result is that of its sorting, which is by insertion for up to twelve (SortPortMap, docker/go-connections/nat/sort.go).
 */
function grouped(publishes: readonly Publish[]): readonly Publish[] {
	const key = ({port, protocol}: Publish): string => `${port}/${protocol}`;
	const together = (some: readonly Publish[]): readonly Publish[] => [...new Set(some.map(key))].flatMap((one) => some.filter((other) => key(other) === one));
	const sorted: Publish[] = [];
	for (const publish of together(publishes)) {
		let at = sorted.length;
		for (let before = sorted[at - 1]; before !== undefined && goesBefore(publish, before); before = sorted[at - 1]) {
			at--;
		}

		sorted.splice(at, 0, publish);
	}

	return together(sorted);
}

function goesBefore(a: Publish, b: Publish): boolean {
	const first = ({hostPorts}: Publish): number => hostPorts?.first ?? 0;
	return first(a) > first(b) || a.port > b.port || (a.port === b.port && a.protocol === 'tcp');
}

function isRange({hostPorts}: Publish): boolean {
	return hostPorts === undefined || hostPorts.first !== hostPorts.last;
}

function order(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}

function vainWords({service}: Site, {text, hostAddress}: Publish): string {
	const why =
		hostAddress !== undefined && familyOf(hostAddress) === 6
			? 'without userland-proxy nothing carries IPv6 to a container that has none'
			: 'nothing carries IPv4 to a container that has none';
	return `${service.name}: -p ${text} has no effect: ${why}`;
}

function routedWords({service, host}: Site, {segment}: Target, {text, port, protocol}: Publish): string {
	return `${service.name}: -p ${text} opens port ${port}/${protocol} of ${service.name} itself, for ${segment.network} is routed, and no port of ${host.name} leads there`;
}

function socket(address: string, port: number): string {
	return familyOf(address) === 4 ? `${address}:${port}` : `[${address}]:${port}`;
}
