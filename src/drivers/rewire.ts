// `docker network connect` and `disconnect`: what changes in a container while it runs. The default route and the published ports go along when
// another network becomes the way out. A container that does not run only remembers it for its next start.
import {LabError} from '../base/errors.ts';
import {containerId} from '../base/names.ts';
import {familyOf} from '../model/address.ts';
import type {Endpoint, Lab, Service} from '../model/lab.ts';
import {joinedWords} from '../model/overlay.ts';
import type {Op} from '../plan/op.ts';
import type {Allocations, Lease} from './allocations.ts';
import {announce} from './announce.ts';
import {addressesOf, endpointPart, gatewayParts, namesPart, partOf, planWayOut, portsParts, type Kept} from './attach.ts';
import {hostnameOf} from './container-start.ts';
import {hasNameServer, nameServerOps} from './dns.ts';
import type {Site} from './driver.ts';
import {defaultNetwork, endpointsOf, findNetwork, namesAfter, plainEndpoint, planPlugs, waysOut, type WaysOut} from './endpoint.ts';
import {hostsFile, resolvFile} from './files.ts';
import {switchOff6} from './ipv6.ts';
import {Ledger} from './ledger.ts';
import {hostsLines} from './links.ts';
import {hostsOf, plugIn} from './networks/index.ts';
import {hostOf, serviceOf, siteOf} from './site.ts';
import {withGateway} from './swarm.ts';

/** In this order: `first` is done, the parts `gone` are taken back, `next` and after it `files` are done; all of it for the container's unit. */
export interface Rewiring {
	readonly first: readonly Op[];
	/** `Op.part`s of the unit. */
	readonly gone: readonly string[];
	readonly next: readonly Op[];
	readonly files: readonly Op[];
	/** With the container's new attachment. */
	readonly lab: Lab;
	readonly allocations: Allocations;
	readonly notes: readonly string[];
}

/** E_NAME_UNKNOWN, E_CONFLICT in Docker's words, and the errors of an endpoint and of publishing. */
export function planConnect(before: Lab, allocations: Allocations, name: string, network: string): Rewiring {
	const doing = `connect ${name} to network ${network}`;
	const old = serviceOf(before, name, doing);
	refuse(before, old, network, doing);
	return planEndpointsOf(before, allocations, {old, endpoints: [...endpointsOf(old), plainEndpoint(network)]});
}

/** Errors as planConnect. */
export function planDisconnect(before: Lab, allocations: Allocations, name: string, network: string): Rewiring {
	const doing = `disconnect ${name} from network ${network}`;
	const old = serviceOf(before, name, doing);
	const endpoints = endpointsOf(old);
	if (!endpoints.some((endpoint) => endpoint.network === network)) {
		needNetwork(before, old, network, doing);
		throw new LabError('E_CONFLICT', {doing, said: `container ${containerId(before.name, name)} is not connected to network ${network}`});
	}

	return planEndpointsOf(before, allocations, {old, endpoints: endpoints.filter((endpoint) => endpoint.network !== network)});
}

/** What changes when a container has these endpoints from now on, and with them that on docker_gwbridge or not. */
function planEndpointsOf(before: Lab, allocations: Allocations, {old, endpoints}: {readonly old: Service; readonly endpoints: readonly Endpoint[]}): Rewiring {
	const service = withEndpoints(old, endpoints);
	const {name} = service;
	const lab = withService(before, service);
	const lease = allocations.containers.get(name);
	if (lease === undefined) {
		return {...nothing, lab, allocations};
	}

	const wanted = withGateway(lab, endpoints);
	const stays = lease.interfaces.filter(({network}) => network === undefined || wanted.some((endpoint) => endpoint.network === network));
	const fresh = wanted.filter(({network}) => !lease.interfaces.some((wire) => wire.network === network));
	const ledger = new Ledger(lab, withLease(allocations, name, {...lease, interfaces: stays, published: []}));
	const site = siteOf(lab, hostOf(lab, service), service, {ledger, start: fresh.length === 0 ? 0 : ledger.countStart(name)});
	const plugs = planPlugs(site, fresh, lease.interfaces, lease.names);
	const plugged = plugs.map((plug) => plugIn(site, plug));
	const wires = plugged.map(({wire}) => wire);
	const later = {...lease, interfaces: [...stays, ...wires], names: namesAfter(plugs, lease.names), hasResolver: lease.hasResolver || hasNameServer(service)};
	const settled = settle(site, {old: lease, later, moving: waysOut(lab, lease.interfaces)});
	const had6 = lease.interfaces.some(({address6}) => address6 !== undefined);
	const left = later.interfaces.map(({address6}) => address6);
	const off = had6 && stays.length < lease.interfaces.length ? switchOff6(site.profile, name, left) : [];
	return {
		...settled,
		next: [...settled.next, ...off],
		first: [
			...(later.hasResolver && !lease.hasResolver ? partOf(namesPart, nameServerOps(lab, service)) : []),
			...plugged.flatMap(({wire, ops}) => partOf(endpointPart(wire.network ?? ''), [...ops, ...announce(site, [wire])])),
		],
		gone: [...lease.interfaces.filter((wire) => !stays.includes(wire)).map(({network}) => endpointPart(network ?? '')), ...settled.gone],
		lab,
	};
}

const nothing = {first: [], gone: [], next: [], files: [], notes: []};

/** The ways out and the files of a container that has other interfaces than before. `moving`: where they were. */
function settle(site: Site, {old, later, moving}: {readonly old: Lease; readonly later: Lease; readonly moving: WaysOut}): Omit<Rewiring, 'first' | 'lab'> {
	const {lab, service, profile, ledger} = site;
	const files = [
		hostsFile(service, profile, hostnameOf(lab, service), {addresses: addressesOf(later.interfaces), links: hostsLines(lab, later.linked)}),
		resolvFile(service, profile, later.hasResolver),
	];
	const now = waysOut(lab, later.interfaces);
	if (now.v4?.network === moving.v4?.network && now.v6?.network === moving.v6?.network) {
		ledger.enter(service.name, {...later, published: old.published});
		return {gone: [], next: [], files, allocations: ledger.toAllocations(), notes: []};
	}

	const kept = keptOf(old, moving, now);
	ledger.enter(service.name, {...later, published: kept.published});
	const out = planWayOut(site, now, later.publishes, kept);
	ledger.enter(service.name, {...later, published: out.published});
	const gone = [...Object.values(gatewayParts), ...Object.values(portsParts)].filter((part) => !kept.parts.has(part));
	return {gone, next: out.ops, files, allocations: ledger.toAllocations(), notes: out.notes};
}

/**
 * What stays where it is while something moves. The ports of a network with IPv4 are made anew, too, when IPv6 gets a network of its own or loses it,
 * because that decides who serves the host's IPv6 addresses (libnetwork, Endpoint.sbJoin).
 */
function keptOf({published}: Lease, before: WaysOut, now: WaysOut): Kept {
	const isApart = ({v4, v6}: WaysOut): boolean => v6 !== undefined && v4 !== v6;
	const stays = {
		4: now.v4 !== undefined && now.v4.network === before.v4?.network,
		6: now.v6 !== undefined && now.v6.network === before.v6?.network,
	};
	const parts = [
		...(stays[4] ? [gatewayParts[4]] : []),
		...(stays[6] ? [gatewayParts[6]] : []),
		...(stays[4] && isApart(before) === isApart(now) ? [portsParts[4]] : []),
		...(stays[6] && isApart(before) && isApart(now) ? [portsParts[6]] : []),
	];
	const kept = new Set<string>(parts);
	const isOf6 = (hostAddress: string): boolean => isApart(before) && familyOf(hostAddress) === 6;
	return {parts: kept, published: published.filter(({hostAddress}) => kept.has(portsParts[isOf6(hostAddress) ? 6 : 4]))};
}

/** Docker's refusals, in its words (runconfig/errors.go and the observed answers). */
function refuse(lab: Lab, service: Service, network: string, doing: string): void {
	needNetwork(lab, service, network, doing);
	const {attach, containerName} = service;
	const no = (said: string): never => {
		throw new LabError('E_CONFLICT', {doing, said});
	};
	if (attach.mode === 'none') {
		no('container cannot be connected to multiple networks with one of the networks in private (none) mode');
	}

	if (attach.mode === 'container' || attach.mode === 'host') {
		no('container sharing network namespace with another container or host cannot be connected to any other network');
	}

	if (endpointsOf(service).some((endpoint) => endpoint.network === network)) {
		no(joinedWords(findNetwork(lab, network)?.driver, containerName, network));
	}
}

/** An engine knows the networks of its own host alone. */
function needNetwork(lab: Lab, {host}: Service, network: string, doing: string): void {
	const found = findNetwork(lab, network);
	const hosts = found === undefined ? [] : hostsOf(found);
	if (network !== defaultNetwork && !hosts.includes(host)) {
		throw new LabError('E_NAME_UNKNOWN', {
			doing,
			said: `network ${network} not found`,
			hint: hosts.length > 0 ? `${network} is on ${hosts.join(' and ')}, and the container on ${host}` : '`vethlab networks` lists them',
		});
	}
}

function withEndpoints(service: Service, endpoints: readonly Endpoint[]): Service {
	return {...service, attach: {mode: 'networks', endpoints}};
}

function withService(lab: Lab, service: Service): Lab {
	return {...lab, services: lab.services.map((one) => (one.name === service.name ? service : one))};
}

function withLease(allocations: Allocations, service: string, lease: Lease): Allocations {
	return {...allocations, containers: new Map([...allocations.containers, [service, lease]])};
}
