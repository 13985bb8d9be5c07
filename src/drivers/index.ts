// From a lab to its plan: the table of modes, and planning the whole lab, one container, a restarted engine, a port published later.
// Pure: the same lab gives the same plan on every machine. Nothing is taken down here: undoing follows from the plan.
import {LabError} from '../base/errors.ts';
import type {Host, Lab, Mode, Publish, Service} from '../model/lab.ts';
import type {ObservedNet} from '../model/observed.ts';
import type {Op, Unit} from '../plan/op.ts';
import {noAllocations, release, type Allocations, type Lease, type Peer} from './allocations.ts';
import {announce} from './announce.ts';
import {targetsOf} from './attach.ts';
import {bridge} from './bridge.ts';
import {containerStart} from './container-start.ts';
import {container} from './container.ts';
import {dockerCommands} from './docker-words.ts';
import {surroundingsOf, surroundingsSeen} from './docker0.ts';
import type {AttachmentOf, Driver, Site, Wiring} from './driver.ts';
import {engineUnit} from './engine.ts';
import {host as hostMode} from './host.ts';
import {lanUnit} from './lan.ts';
import {Ledger} from './ledger.ts';
import {ownRoute6} from './ipv6.ts';
import {linkVariables, planLinks} from './links.ts';
import {machineUnit} from './machine.ts';
import {none} from './none.ts';
import {defaultNetwork, endpointsOf, findNetwork, gatewayNetwork, waysOut} from './endpoint.ts';
import {hostsOf, networkUnit} from './networks/index.ts';
import {networks} from './networks.ts';
import {peerUnits} from './peers.ts';
import {planPublishes} from './publish.ts';
import {profiles} from './profiles.ts';
import {planRanges} from './ranges.ts';
import {hostOf, serviceOf, siteOf} from './site.ts';
import {swarmHosts, swarmUnit} from './swarm.ts';

export {gatewayIn, release, type Allocations, type DualRange, type Lease, type Peer} from './allocations.ts';
export {waysOut, wiresOut} from './endpoint.ts';
export {planFault} from './fault.ts';
export {hostsOf} from './networks/index.ts';
export {linkVariablesNow, planLinkUpdates} from './links.ts';
export {bridgeAddress} from './segment.ts';
export {namesOf, type NameTable, type NetworkNames} from './names.ts';
export {announced, peerUnits} from './peers.ts';
export {planPipework, type PipeworkPlan} from './pipework.ts';
export {planNetworkRemoval} from './remove-network.ts';
export {planConnect, planDisconnect, type Rewiring} from './rewire.ts';

/** One driver per mode. */
export const drivers: {readonly [M in Mode]: Driver<M>} = {bridge, host: hostMode, none, container, networks};

export interface LabPlan {
	/** Every unit comes after those that it waits for. */
	readonly units: readonly Unit[];
	readonly allocations: Allocations;
	/** What a person should know before: things in the file that have no effect. */
	readonly notes: readonly string[];
}

export interface UnitPlan {
	readonly unit: Unit;
	readonly allocations: Allocations;
	readonly notes: readonly string[];
}

/**
 * Plans a lab from nothing. Addresses go to containers in file order, whatever waits for what. `foreign`: who is on its overlay networks already.
 * E_PORT_TAKEN, E_RANGE_EXHAUSTED or E_BRIDGE_FULL when the lab cannot be.
 */
export function planLab(lab: Lab, foreign: readonly Peer[] = []): LabPlan {
	const ledger = new Ledger(lab, {...noAllocations, foreign});
	const engines = lab.hosts.flatMap((host) => {
		if (host.docker === undefined) {
			return [];
		}

		const {unit, bridge: docker} = engineUnit(lab, host, host.docker, {around: surroundingsOf(host), again: false});
		ledger.setDocker(host.name, docker);
		return [unit];
	});
	planRanges(lab, ledger);
	const made = lab.networks.map((network) => networkUnit(lab, network, ledger.range('', network.name)));
	const hosts = new Map(lab.hosts.map((host) => [host.name, host]));
	const swarm = swarmHosts(lab).map((host) => swarmUnit(lab, host, ledger.range(host.name, gatewayNetwork)));
	const wired = lab.services.map((service) => wireContainer(lab, hosts.get(service.host), service, ledger));
	const containers = wired.map(containerUnit);
	const allocations = ledger.toAllocations();
	return {
		units: [
			...lab.lans.map(lanUnit),
			...lab.hosts.map((host) => machineUnit(lab, host)),
			...engines,
			...swarm,
			...made,
			...peerUnits(lab, allocations),
			...inOrder(containers.map(({unit}) => unit)),
		],
		allocations,
		notes: containers.flatMap(({notes}) => notes),
	};
}

/** Plans one container's start, also again: what it held before is free first. Errors as planLab, and E_NAME_UNKNOWN, E_CONFLICT. */
export function planContainer(
	lab: Lab,
	allocations: Allocations,
	service: string,
): UnitPlan & {/** To be done when the unit is up. */ readonly afterwards: readonly Op[]} {
	const found = serviceOf(lab, service, `start ${service}`);
	const {attach} = found;
	if (attach.mode === 'container' && !allocations.containers.has(attach.of)) {
		throw new LabError('E_CONFLICT', {
			doing: `start ${service}`,
			said: `cannot join network namespace of a non running container: container ${attach.of} is exited`,
			hint: `start ${attach.of} first`,
		});
	}

	const gone = endpointsOf(found).find(({network}) => network !== defaultNetwork && findNetwork(lab, network) === undefined);
	if (gone !== undefined) {
		throw new LabError('E_CONFLICT', {
			doing: `start ${service}`,
			said: `network ${gone.network} not found`,
			hint: `it was removed; \`vethlab disconnect ${gone.network} ${service}\` makes the container forget it`,
		});
	}

	const ledger = new Ledger(lab, release(allocations, service));
	const planned = containerUnit(wireContainer(lab, hostOf(lab, found), found, ledger));
	return {unit: planned.unit, notes: planned.notes, afterwards: announce(planned.site, planned.lease.interfaces), allocations: ledger.toAllocations()};
}

export interface EnginePlan extends UnitPlan {
	/** What the engine makes again for its networks, whose bridges are still there: their rules, and with 20.10 a second route for IPv6. */
	readonly networks: readonly Unit[];
}

/**
 * Plans an engine's start on a host as it is now, with the engine's and its networks' rules of last time already taken away: a bridge that is
 * there keeps its address, ranges in use now are avoided, random ports begin anew.
 */
export function planDocker(lab: Lab, allocations: Allocations, host: string, observed: ObservedNet): EnginePlan {
	const found = lab.hosts.find(({name}) => name === host);
	if (found?.docker === undefined) {
		throw new LabError(found === undefined ? 'E_NAME_UNKNOWN' : 'E_CONFLICT', {
			doing: `start the Docker engine of ${host}`,
			...(found !== undefined && {said: `${host} has no Docker engine`}),
		});
	}

	const around = surroundingsSeen(observed);
	const site = {host: found, engine: found.docker, profile: profiles[found.docker.engine]};
	const {unit, bridge: docker} = engineUnit(lab, found, found.docker, {around, again: true});
	const isMine = (op: Op): boolean => op.do === 'rule.add' && op.netns === host;
	const isUp = (dev: string): boolean => observed.links.some(({name, isUp: works}) => name === dev && works);
	const mine = lab.networks.flatMap((network): readonly Unit[] => {
		const range = allocations.networks.get(network.name);
		if (range === undefined || !hostsOf(network).includes(host)) {
			return [];
		}

		const {dev, v6} = range;
		const made = networkUnit(lab, network, range);
		const routes = dev === undefined || v6 === undefined || !isUp(dev) ? [] : ownRoute6(site, {dev, subnet: v6.subnet}, around);
		return [{...made, ops: [...made.ops.filter(isMine), ...routes]}];
	});
	const gateway = allocations.gateways.get(host);
	const swarm = gateway === undefined ? [] : [swarmUnit(lab, found, gateway)].map((one) => ({...one, ops: one.ops.filter(isMine)}));
	return {
		unit,
		networks: [...swarm, ...mine],
		allocations: {...allocations, docker: new Map([...allocations.docker, [host, docker]])},
		notes: [],
	};
}

/** Plans ports that a running container publishes later (Docker itself cannot; the lab can, to show what a port is made of). */
export function planPublish(
	lab: Lab,
	allocations: Allocations,
	service: string,
	publishes: readonly Publish[],
): {readonly ops: readonly Op[]; readonly allocations: Allocations; readonly notes: readonly string[]} {
	const doing = `publish ${publishes.map(({text}) => text).join(', ')} of ${service}`;
	const found = serviceOf(lab, service, doing);
	const lease = allocations.containers.get(service);
	const ledger = new Ledger(lab, allocations);
	const site = siteOf(lab, hostOf(lab, found), found, {ledger, start: 0});
	const targets = targetsOf(site, waysOut(lab, lease?.interfaces ?? []));
	if (lease === undefined || targets.length === 0) {
		throw new LabError('E_CONFLICT', {
			doing,
			said: lease === undefined ? 'the container is not running' : refusals[found.attach.mode],
			hint: 'ports are published on containers whose way out is a bridge: docker0 or that of a network',
		});
	}

	const {ops, notes} = planPublishes(site, targets, publishes, lease.published);
	ledger.remember(service, publishes);
	return {ops, allocations: ledger.toAllocations(), notes};
}

const refusals: Readonly<Record<Mode, string>> = {
	bridge: 'it has no address',
	host: 'Published ports are discarded when using host network mode',
	none: 'mode none has no interface that a port could lead to',
	container: 'conflicting options: port publishing and the container type network mode',
	networks: 'its networks lead nowhere that a port could be published on',
};

interface Wired {
	readonly site: Site;
	readonly wiring: Wiring;
}

/** A container with its addresses; others may not have theirs yet. */
function wireContainer(lab: Lab, host: Host | undefined, service: Service, ledger: Ledger): Wired {
	const site = siteOf(lab, host, service, {ledger, start: ledger.countStart(service.name)});
	const wiring = wire(site, service.attach);
	ledger.enter(service.name, wiring.lease);
	return {site, wiring};
}

/** All of a container, now that those that it is linked to have their addresses. */
function containerUnit({site, wiring: wired}: Wired): {readonly unit: Unit; readonly notes: readonly string[]; readonly site: Site; readonly lease: Lease} {
	const {lab, service} = site;
	const wiring = planLinks(site, wired);
	const after = [...new Set([`docker:${service.host}`, ...wiring.after, ...service.dependsOn.map((name) => `container:${name}`)])];
	return {
		unit: {
			id: `container:${service.name}`,
			after,
			ops: [...wiring.ops, containerStart(lab, service, wiring, linkVariables(lab, service, wiring.lease.linked))],
			docker: dockerCommands(lab, service),
		},
		notes: wiring.notes,
		site,
		lease: wiring.lease,
	};
}

function wire<M extends Mode>(site: Site, attach: AttachmentOf<M>): Wiring {
	const driver: Driver<M> = drivers[attach.mode];
	return driver.plan(site, attach);
}

/** The same units, each after those that it waits for, otherwise in the order given. A circle (which a file's check refuses) is cut. */
function inOrder(units: readonly Unit[]): readonly Unit[] {
	const byId = new Map(units.map((unit) => [unit.id, unit]));
	const done = new Set<Unit>();
	const visit = (unit: Unit): void => {
		if (done.has(unit)) {
			return;
		}

		byId.delete(unit.id);
		unit.after.flatMap((id) => byId.get(id) ?? []).forEach(visit);
		done.add(unit);
	};
	units.forEach(visit);
	return [...done];
}
