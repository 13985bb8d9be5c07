// Links on docker0, the way of before user-defined networks: a container knows others by lines of its /etc/hosts and by variables, and with icc off by
// two rules. All of it is made when it starts; when the other one starts again only the line is renewed. On user-defined networks: names.ts.
import {containerId} from '../base/names.ts';
import {LabError} from '../base/errors.ts';
import {hostPart} from '../model/address.ts';
import type {ContainerPort, Lab, Service, ServiceLink} from '../model/lab.ts';
import type {Op} from '../plan/op.ts';
import type {Allocations, Lease, Linked} from './allocations.ts';
import {addressesOf} from './attach.ts';
import {hostnameOf} from './container-start.ts';
import type {Site, Wiring} from './driver.ts';
import {defaultNetwork, linksOnDocker0} from './endpoint.ts';
import {hostsFile} from './files.ts';
import type {Profile} from './profile.ts';
import {profiles} from './profiles.ts';
import type {Row} from './rows.ts';
import {docker0Segment, segmentRules} from './segment.ts';
import {hostOf} from './site.ts';

type LeaseOf = (service: string) => Lease | undefined;

/** A container's wiring with what its links make, once all of a plan have their addresses. E_CONFLICT in Docker's words when one of them does not run. */
export function planLinks(site: Site, wiring: Wiring): Wiring {
	const {lab, service, profile, ledger} = site;
	const linked = linkedNow(lab, (name) => ledger.lease(name), {service, lease: wiring.lease});
	if (linked.length === 0) {
		return wiring;
	}

	const lease = {...wiring.lease, linked};
	ledger.enter(service.name, lease);
	const hosts = hostsFile(service, profile, wiring.hostname, {addresses: addressesOf(lease.interfaces), links: hostsLines(lab, linked)});
	return {
		...wiring,
		ops: [
			...wiring.ops.map((op) => (op.do === 'file.write' && op.file === 'hosts' ? hosts : op)),
			...once(linked).flatMap((link) => ruleOps(site, lease, link)),
		],
		lease,
	};
}

/** What links would be if the container started now. Empty without links, and without docker0. Errors as planLinks. */
function linkedNow(lab: Lab, leaseOf: LeaseOf, {service, lease}: {readonly service: Service; readonly lease: Lease}): readonly Linked[] {
	return addressesOnBridge(lease) === undefined || !linksOnDocker0(service)
		? []
		: service.links.map((link) => ({...link, ...addressesFor(lab, leaseOf, service, link)}));
}

function addressesFor(lab: Lab, leaseOf: LeaseOf, {name, containerName}: Service, link: ServiceLink): BridgeAddresses {
	const target = targetOf(lab, link);
	const lease = leaseOf(link.service);
	const addresses = lease === undefined ? undefined : addressesOnBridge(lease);
	if (addresses === undefined) {
		throw new LabError('E_CONFLICT', {
			doing: `link ${name} to ${link.service}`,
			said:
				lease === undefined
					? `Cannot link to a non running container: /${target.containerName} AS /${containerName}/${link.alias}`
					: `container ${containerId(lab.name, link.service)} not attached to default bridge network`,
			hint:
				lease === undefined
					? `start ${link.service} first; one that was removed can never be linked to again`
					: 'give both of them "network_mode: bridge"',
		});
	}

	return addresses;
}

function targetOf(lab: Lab, {service}: ServiceLink): Service {
	const found = lab.services.find(({name}) => name === service);
	if (found === undefined) {
		throw new LabError('E_NAME_UNKNOWN', {doing: `link to ${service}`, said: `could not get container for ${service}`});
	}

	return found;
}

/** Without prefix. */
type BridgeAddresses = Pick<Linked, 'address' | 'address6'>;

function addressesOnBridge({interfaces}: Lease): BridgeAddresses | undefined {
	const wire = interfaces.find(({network}) => network === defaultNetwork);
	return wire?.address === undefined ? undefined : {address: hostPart(wire.address), ...(wire.address6 !== undefined && {address6: hostPart(wire.address6)})};
}

/** As in /etc/hosts, behind each of its addresses: the alias, the container's hostname, and its name unless that is the alias. */
export function hostsLines(lab: Lab, linked: readonly Linked[]): readonly string[] {
	return linked.flatMap(({address, address6, ...link}) => {
		const target = targetOf(lab, link);
		const names = [...new Set([link.alias, hostnameOf(lab, target), target.containerName])].join(' ');
		return [address, address6].filter((one) => one !== undefined).map((one) => `${one}\t${names}`);
	});
}

/** A container that is linked to by two names is let in once. */
function once(linked: readonly Linked[]): readonly Linked[] {
	return linked.filter(({service}, index) => linked.findIndex((other) => other.service === service) === index);
}

/** Both engines make them alike. */
const rows: readonly Row[] = [
	{
		make: 'rule',
		table: 'filter',
		chain: 'DOCKER',
		when: ['no-icc'],
		rule: '-s {from}/32 -d {to}/32 -i {bridge} -o {bridge} -p {protocol} -m {protocol} --dport {port} -j ACCEPT',
		why: 'icc is off, and a link is the exception: {service} may reach {target} on port {port}/{protocol}',
	},
	{
		make: 'rule',
		table: 'filter',
		chain: 'DOCKER',
		when: ['no-icc'],
		rule: '-s {to}/32 -d {from}/32 -i {bridge} -o {bridge} -p {protocol} -m {protocol} --sport {port} -j ACCEPT',
		why: 'and {target} may answer {service}',
	},
];

function ruleOps(site: Site, lease: Lease, link: Linked): readonly Op[] {
	const {lab, engine, host, ledger, service} = site;
	const segment = docker0Segment(engine, ledger.docker(host.name));
	return exposedBy(targetOf(lab, link)).flatMap(({port, protocol}) =>
		segmentRules(site, segment, rows, {
			values: {
				from: addressesOnBridge(lease)?.address ?? '',
				to: link.address,
				protocol,
				port: String(port),
				service: service.name,
				target: link.service,
			},
		}),
	);
}

/** The variables that tell a container of those that it is linked to, as they were when it started. */
export function linkVariables(lab: Lab, service: Service, linked: readonly Linked[]): Readonly<Record<string, string>> {
	const {linkPorts} = profiles[hostOf(lab, service)?.docker?.engine ?? '28'];
	return Object.fromEntries(linked.flatMap((link) => variablesOf(targetOf(lab, link), service, link, linkPorts)));
}

/** The same for a command that is run in it now: `docker exec` looks anew, and what the file sets comes first. Errors as planLinks. */
export function linkVariablesNow(lab: Lab, allocations: Allocations, name: string): Readonly<Record<string, string>> {
	const service = lab.services.find((one) => one.name === name);
	const lease = allocations.containers.get(name);
	if (service === undefined || lease === undefined) {
		return {};
	}

	const linked = linkedNow(lab, (other) => allocations.containers.get(other), {service, lease});
	return {...linkVariables(lab, service, linked), ...(linked.length > 0 && service.environment)};
}

function variablesOf(
	target: Service,
	{containerName}: Service,
	{alias, address}: Linked,
	{first: leading, range}: Profile['linkPorts'],
): readonly (readonly [string, string])[] {
	const prefix = alias.toUpperCase().replaceAll('-', '_');
	const ports = exposedBy(target).toSorted((a, b) => (leading === 'tcp' ? byProtocol(a, b) || a.port - b.port : a.port - b.port || byProtocol(a, b)));
	const url = ({protocol, port}: ContainerPort): string => `${protocol}://${address}:${port}`;
	const key = ({protocol, port}: ContainerPort): string => `${prefix}_PORT_${port}_${protocol.toUpperCase()}`;
	const [first] = ports;
	return [
		...(first === undefined ? [] : [[`${prefix}_PORT`, url(first)] as const]),
		...ports.flatMap((one): readonly (readonly [string, string])[] => [
			[key(one), url(one)],
			[`${key(one)}_ADDR`, address],
			[`${key(one)}_PORT`, String(one.port)],
			[`${key(one)}_PROTO`, one.protocol],
		]),
		...rangesOf(ports, range).flatMap(([start, end]): readonly (readonly [string, string])[] => [
			[`${key(start)}_START`, url(start)],
			[`${key(start)}_PORT_START`, String(start.port)],
			[`${key(start)}_END`, url(end)],
			[`${key(start)}_PORT_END`, String(end.port)],
		]),
		[`${prefix}_NAME`, `/${containerName}/${alias}`],
		...Object.entries(target.environment).flatMap(([name, value]): readonly (readonly [string, string])[] =>
			name === 'HOME' || name === 'PATH' ? [] : [[`${prefix}_ENV_${name}`, value]],
		),
	];
}

function byProtocol(a: ContainerPort, b: ContainerPort): number {
	return Number(a.protocol === 'udp') - Number(b.protocol === 'udp');
}

/** What its image and its file declare: served, exposed and published ports. The highest first, as Docker sorts them for its rules. */
function exposedBy({serve, expose, publish}: Service): readonly ContainerPort[] {
	const served = serve.map(({kind, port}): ContainerPort => ({protocol: kind === 'udp' ? 'udp' : 'tcp', port}));
	const all = [...served, ...expose, ...publish.map(({protocol, port}): ContainerPort => ({protocol, port}))];
	const unique = new Map(all.map((one) => [`${one.port}/${one.protocol}`, one]));
	return [...unique.values()].toSorted((a, b) => b.port - a.port || byProtocol(a, b));
}

/** Ports that follow each other, so many and more: their first and last. */
function rangesOf(ports: readonly ContainerPort[], least: number): readonly (readonly [ContainerPort, ContainerPort])[] {
	const ranges: [ContainerPort, ContainerPort][] = [];
	for (const one of ports) {
		const last = ranges.at(-1);
		if (last !== undefined && last[1].protocol === one.protocol && last[1].port + 1 === one.port) {
			last[1] = one;
		} else {
			ranges.push([one, one]);
		}
	}

	return ranges.filter(([start, end]) => end.port - start.port + 1 >= least);
}

export interface LinkUpdates {
	readonly files: readonly {readonly service: string; readonly ops: readonly Op[]}[];
	readonly allocations: Allocations;
}

/** A container has started again: whoever runs and is linked to it gets its new address into /etc/hosts, and nothing else. */
export function planLinkUpdates(lab: Lab, allocations: Allocations, target: string): LinkUpdates {
	const lease = allocations.containers.get(target);
	const addresses = lease === undefined ? undefined : addressesOnBridge(lease);
	const containers = new Map(allocations.containers);
	const files = lab.services.flatMap((service) => {
		const held = allocations.containers.get(service.name);
		const engine = hostOf(lab, service)?.docker?.engine;
		if (
			addresses === undefined ||
			held === undefined ||
			engine === undefined ||
			!held.linked.some((link) => link.service === target && (link.address !== addresses.address || link.address6 !== addresses.address6))
		) {
			return [];
		}

		const linked = held.linked.map((link) => (link.service === target ? {...link, ...addresses} : link));
		containers.set(service.name, {...held, linked});
		const lines = {addresses: addressesOf(held.interfaces), links: hostsLines(lab, linked)};
		return [{service: service.name, ops: [hostsFile(service, profiles[engine], hostnameOf(lab, service), lines)]}];
	});
	return {files, allocations: {...allocations, containers}};
}
