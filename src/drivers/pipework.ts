// What pipework does on a host, planned: the bridge if it is not there, a cable or a macvlan, address, gateway, and telling the neighbours. The
// container's new interface belongs to its unit: it goes when the container stops, and pipework has to be called again, as with Docker.
import {containerId, macFrom} from '../base/names.ts';
import {mtu} from '../base/units.ts';
import {LabError} from '../base/errors.ts';
import {contains, familyOf, subnetOf} from '../model/address.ts';
import type {Host, HostBridge, Lab, Nic, Service} from '../model/lab.ts';
import type {ObservedLink, ObservedNet, ObservedRules} from '../model/observed.ts';
import type {Pipework} from '../model/pipework.ts';
import type {Op} from '../plan/op.ts';
import type {Allocations, Interface} from './allocations.ts';
import {announceOps, notify6} from './announce.ts';
import {gatewayParts, partOf} from './attach.ts';
import {hostsOf} from './networks/index.ts';
import {insideByHand, insideByHand6, pipeworkVeth} from './hand-nic.ts';
import {Ledger} from './ledger.ts';
import {forwarded} from './machine.ts';
import {profiles} from './profiles.ts';
import type {Rewiring} from './rewire.ts';

export interface PipeworkPlan extends Rewiring {
	readonly service: string;
	/** For the host's own unit: they stay when the container goes. */
	readonly onHost: readonly Op[];
	/** To be done when `carrier` works. */
	readonly announce: readonly Op[];
	/** The cable's end on the host: its port forwards nothing before it is up. undefined: there is no cable. */
	readonly carrier: string | undefined;
}

/** The host as it is now: people may have made bridges on it. */
export interface Seen {
	readonly net: ObservedNet;
	readonly rules: ObservedRules;
}

/** Plans pipework on a host. E_NAME_UNKNOWN for container or interface, E_CONFLICT, E_BRIDGE_FULL. */
export function planPipework(lab: Lab, allocations: Allocations, on: {readonly host: string; readonly seen: Seen}, wish: Pipework): PipeworkPlan {
	const host = machineOf(lab, on.host);
	const service = guestOf(lab, host, wish.container);
	const lease = allocations.containers.get(service.name);
	if (lease === undefined) {
		throw new LabError('E_CONFLICT', {doing: doingOf(wish), said: `container ${service.containerName} is not running`, hint: `start it first`});
	}

	if (lease.interfaces.some(({dev}) => dev === wish.dev)) {
		throw new LabError('E_CONFLICT', {
			doing: doingOf(wish),
			said: `${service.containerName} has an interface ${wish.dev} already`,
			hint: 'give the new one another name: -i eth2',
		});
	}

	const target = targetOf(lab, allocations, {host, seen: on.seen}, wish);
	const ledger = new Ledger(target.lab, allocations);
	if (target.isBridge) {
		ledger.needPlug(host.name, wish.on, service.name);
	}

	const wire = wireOf(lab, {host, service, target}, wish);
	ledger.enter(service.name, {...lease, interfaces: [...lease.interfaces, wire]});
	const inside = insideOf(host, service, wire);
	const [plug, routes] = [inside.filter((op) => op.do !== 'route.add'), inside.filter((op) => op.do === 'route.add')];
	const part = gatewayParts[familyOf(wish.gateway ?? '')];
	return {
		service: service.name,
		onHost: target.ops,
		first: [linkOp(service, wire, target), ...plug, ...wayTo(service, wire)],
		gone: routes.length === 0 ? [] : [part],
		next: partOf(part, routes),
		files: [],
		// an IPv6 address is announced by the kernel when it comes (notify6)
		announce: wire.address === undefined ? [] : announceOps(service.name, [wire]),
		carrier: target.isBridge ? wire.veth : undefined,
		lab: target.lab,
		allocations: ledger.toAllocations(),
		notes: [],
	};
}

interface Target {
	readonly isBridge: boolean;
	/** Of what is there already. */
	readonly mtu: number;
	readonly ops: readonly Op[];
	/** With the bridge, if it is new or was made by hand since. */
	readonly lab: Lab;
}

function targetOf(lab: Lab, allocations: Allocations, {host, seen}: {readonly host: Host; readonly seen: Seen}, wish: Pipework): Target {
	const {on} = wish;
	const link = seen.net.links.find(({name}) => name === on);
	if (link !== undefined && link.kind !== 'bridge') {
		needFree(link, wish);
		return {isBridge: false, mtu: link.mtu, ops: [], lab};
	}

	if (link === undefined && !on.startsWith('br')) {
		throw new LabError('E_NAME_UNKNOWN', {
			doing: doingOf(wish),
			said: `${host.name} has no interface ${on}`,
			hint: 'a bridge that is not there is made when its name begins with br',
		});
	}

	const isEngines = [allocations.docker.get(host.name)?.dev, ...lab.networks.flatMap((network) => devOn(allocations, network, host))].includes(on);
	const isKnown = isEngines || host.bridges.some(({dev}) => dev === on);
	const forward = forwarded(lab, host, on).filter((op) => !isThere(seen.rules, op));
	const made: readonly Op[] =
		link === undefined
			? [
					{do: 'link.add', netns: host.name, link: {kind: 'bridge', name: on}, why: `there is no ${on} yet, so pipework makes it`},
					{do: 'link.set', netns: host.name, dev: on, up: true, why: `${on} works`},
				]
			: [];
	return {
		isBridge: true,
		mtu: link?.mtu ?? 1500,
		ops: [...made, ...(isKnown ? [] : forward)],
		lab: isKnown ? lab : withBridge(lab, host, seen.net, on),
	};
}

function needFree({name, master}: ObservedLink, wish: Pipework): void {
	if (name === 'lo' || master !== undefined) {
		throw new LabError('E_CONFLICT', {
			doing: doingOf(wish),
			said: name === 'lo' ? 'nothing can be put on lo' : `${name} is a port of ${master ?? ''}: its packets belong to the bridge`,
			hint: name === 'lo' ? 'give a bridge or a NIC' : `give the bridge: pipework ${master ?? ''} …`,
		});
	}
}

function devOn(allocations: Allocations, network: Lab['networks'][number], host: Host): readonly string[] {
	const dev = allocations.networks.get(network.name)?.dev;
	return dev !== undefined && hostsOf(network).includes(host.name) ? [dev] : [];
}

function isThere({rules}: ObservedRules, op: Op): boolean {
	return (
		op.do === 'rule.add' &&
		rules.some(({family, table, chain, text}) => family === op.family && table === op.table && chain === op.chain && text === op.rule)
	);
}

/** The lab with a bridge that the file does not name: as it is, and where the addresses of the host's NICs are now. */
function withBridge(lab: Lab, host: Host, {links, addresses}: ObservedNet, dev: string): Lab {
	const addressOf = (name: string): string | undefined => addresses.find((one) => one.dev === name && one.family === 4)?.address;
	const isStill = ({address6, dev: on}: Nic): boolean => addresses.some((one) => one.dev === on && one.address === address6);
	const ports = new Set(links.filter(({master}) => master === dev).map(({name}) => name));
	const bridge: HostBridge = {dev, address: addressOf(dev), ports: host.nics.map((nic) => nic.dev).filter((nic) => ports.has(nic))};
	const nics = host.nics.map((nic): Nic => {
		const {address6, ...rest} = nic;
		return {...rest, address: addressOf(nic.dev), ...(address6 !== undefined && isStill(nic) && {address6})};
	});
	return {...lab, hosts: lab.hosts.map((one) => (one.name === host.name ? {...one, nics, bridges: [...one.bridges, bridge]} : one))};
}

interface Place {
	readonly host: Host;
	readonly service: Service;
	readonly target: Target;
}

function wireOf(lab: Lab, {host, service, target}: Place, wish: Pipework): Interface {
	const {dev, on, address, gateway} = wish;
	const isSix = address !== undefined && familyOf(address) === 6;
	return {
		kind: target.isBridge ? 'veth' : 'macvlan',
		network: undefined,
		dev,
		address: isSix ? undefined : address,
		...(isSix && {address6: address}),
		mac: wish.mac ?? macFrom(lab.seed, service.name, dev),
		gateway: isSix ? undefined : gateway,
		...(isSix && gateway !== undefined && {gateway6: gateway}),
		priority: 0,
		internal: false,
		mtu: target.mtu,
		veth: target.isBridge ? (wish.local ?? pipeworkVeth(service.name, dev)) : on,
		bridge: on,
		netns: host.name,
	};
}

function linkOp(service: Service, {dev, mac, veth, bridge, netns}: Interface, target: Target): Op {
	const bytes = mtu(target.mtu);
	const size = bytes === undefined || bytes === 1500 ? {} : {mtu: bytes};
	return target.isBridge
		? {
				do: 'link.add',
				netns,
				link: {kind: 'veth', name: veth, master: bridge, up: true, ...size, peer: {netns: service.name, name: dev, mac, ...size}},
				why: `a cable laid by pipework: one end is a port of ${bridge}, the other is ${dev} in ${service.name}`,
			}
		: {
				do: 'link.add',
				netns,
				link: {kind: 'macvlan', name: dev, parent: bridge, macvlanMode: 'bridge', mac, into: service.name},
				why: `${bridge} is no bridge: ${dev} of ${service.name} becomes a second MAC on it`,
			};
}

/** The neighbours are told of an IPv6 address by the kernel, once it knows that nobody else has it: that is asked for before there is one. */
function insideOf({docker}: Host, service: Service, wire: Interface): readonly Op[] {
	const {dev, bridge, address6} = wire;
	return address6 === undefined || docker === undefined
		? insideByHand(service.name, wire)
		: [notify6(service.name, dev, bridge), ...insideByHand(service.name, wire), ...insideByHand6({service, profile: profiles[docker.engine]}, wire)];
}

/** A gateway that is not on the address's own network gets a route of its own, as pipework gives it. Every link has the link-local ones (RFC 4291 2.5.6). */
function wayTo({name: netns}: Service, wire: Interface): readonly Op[] {
	const {dev} = wire;
	const [address, gateway, length] = wire.address6 === undefined ? [wire.address, wire.gateway, 32] : [wire.address6, wire.gateway6, 128];
	return gateway === undefined || address === undefined || [subnetOf(address), 'fe80::/10'].some((subnet) => contains(subnet, gateway))
		? []
		: [{do: 'route.add', netns, to: `${gateway}/${length}`, dev, why: `${gateway} is not on ${dev}'s own network, so it is said where it is`}];
}

function machineOf(lab: Lab, name: string): Host {
	const host = lab.hosts.find((one) => one.name === name);
	if (host === undefined) {
		throw new LabError('E_NAME_UNKNOWN', {doing: `look for host ${name}`});
	}

	return host;
}

/** By service, container name, id or the beginning of the id, as Docker looks for it. */
function guestOf(lab: Lab, host: Host, wanted: string): Service {
	const doing = `look for container ${wanted}`;
	const here = lab.services.filter((service) => service.host === host.name);
	const named = here.filter(({name, containerName}) => name === wanted || containerName === wanted);
	const found = named.length > 0 ? named : here.filter(({name}) => containerId(lab.name, name).startsWith(wanted));
	const [service, ...others] = found;
	if (service === undefined || others.length > 0) {
		throw new LabError('E_NAME_UNKNOWN', {
			doing,
			said: service === undefined ? `No such container: ${wanted}` : `multiple IDs found with provided prefix: ${wanted}`,
			hint: here.length === 0 ? `${host.name} has no containers` : `${host.name} has ${here.map(({containerName}) => containerName).join(', ')}`,
		});
	}

	if (service.attach.mode === 'host' || service.attach.mode === 'container') {
		const owner = service.attach.mode === 'host' ? host.name : service.attach.of;
		throw new LabError('E_CONFLICT', {
			doing,
			said: `${wanted} has the network stack of ${owner}, none of its own`,
			...(service.attach.mode === 'container' && {hint: `give the interface to ${owner}`}),
		});
	}

	return service;
}

function doingOf({dev, container}: Pipework): string {
	return `put ${dev} into ${container}`;
}
