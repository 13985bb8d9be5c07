// The three files that Docker keeps for a container (and a machine has): /etc/hosts, /etc/resolv.conf, /etc/hostname. Content only; who
// sees whose files is the modes' business.
import {familyOf, hostPart, subnetOf} from '../model/address.ts';
import type {Host, Lab, Service} from '../model/lab.ts';
import type {NodeFile, Op} from '../plan/op.ts';
import {hasNameServer} from './dns.ts';
import type {Profile} from './profile.ts';

type FileOp = Extract<Op, {readonly do: 'file.write'}>;

/** A container's own files. `addresses`: its addresses without prefix. */
export function containerFiles(service: Service, profile: Profile, hostname: string, addresses: readonly string[]): readonly FileOp[] {
	return [
		hostsFile(service, profile, hostname, {addresses, links: []}),
		resolvFile(service, profile, hasNameServer(service)),
		file(
			service.name,
			'hostname',
			lines([hostname]),
			service.hostname === undefined ? 'Docker names a container by the first 12 digits of its id' : 'the name that the file gives it',
		),
	];
}

/** /etc/hosts of a container: a line for each of its links on docker0 (`links`, ready), and of its addresses. */
export function hostsFile(
	service: Service,
	profile: Profile,
	hostname: string,
	{addresses, links}: {readonly addresses: readonly string[]; readonly links: readonly string[]},
): FileOp {
	const names = service.domainname === undefined ? hostname : `${hostname}.${service.domainname} ${hostname}`;
	return file(
		service.name,
		'hosts',
		lines([...profile.hostsLines, ...extraHosts(service), ...links, ...addresses.map((address) => `${address}\t${names}`)]),
		addresses.length === 0
			? "Docker's fixed names; without an address there is no line for itself"
			: links.length > 0
				? `${service.name} knows its own name, and the containers that it is linked to`
				: `${service.name} knows its own name; the names of other containers are not here`,
	);
}

/** The files of a mode-host container: /etc/hosts is a copy of its host's, or Docker's own when the file adds names (moby daemon/container_operations.go). */
export function hostModeFiles(lab: Lab, host: Host, service: Service, profile: Profile): readonly FileOp[] {
	return [
		file(
			service.name,
			'hosts',
			lines(service.extraHosts.length === 0 ? machineHosts(lab, host) : [...profile.hostsLines, ...extraHosts(service)]),
			service.extraHosts.length === 0 ? `a copy of ${host.name}'s` : "Docker's fixed names and those that the file adds: not the names of its host",
		),
		resolvFile(service, profile, hasNameServer(service)),
		file(service.name, 'hostname', lines([host.name]), `the name of ${host.name}`),
	];
}

/** The files of a machine of the lab: it knows the other machines by name, and that there is no name server. */
export function machineFiles(lab: Lab, host: Host): readonly FileOp[] {
	return [
		file(host.name, 'hosts', lines(machineHosts(lab, host)), 'the machines of the lab know each other by name'),
		file(
			host.name,
			'resolv.conf',
			lines(['# This lab has no name server: a name that is not in /etc/hosts is unknown at once.']),
			'there is no name server in the lab',
		),
		file(host.name, 'hostname', lines([host.name]), `how ${host.name} calls itself`),
	];
}

function machineHosts(lab: Lab, host: Host): readonly string[] {
	const own = [...addressesOf(host).slice(0, 1), ...addresses6Of(host).slice(0, 1)];
	const subnets = new Set([...addressesOf(host), ...addresses6Of(host)].map(subnetOf));
	const others = lab.hosts
		.filter((other) => other !== host)
		.flatMap((other) => {
			const addresses = addressesOf(other);
			const near = addresses.find((address) => subnets.has(subnetOf(address))) ?? addresses[0];
			const addresses6 = addresses6Of(other);
			const near6 = addresses6.find((address) => subnets.has(subnetOf(address))) ?? addresses6[0];
			return [near, near6].filter((address) => address !== undefined).map((address) => `${hostPart(address)} ${other.name}`);
		});
	return ['127.0.0.1 localhost', '::1 localhost ip6-localhost ip6-loopback', ...own.map((address) => `${hostPart(address)} ${host.name}`), ...others];
}

/** Addresses with prefix: of its NICs, then of bridges made by hand (where the NIC's address moves to). */
function addressesOf(host: Host): readonly string[] {
	return [...host.nics, ...host.bridges].flatMap(({address}) => address ?? []);
}

function addresses6Of({nics}: Host): readonly string[] {
	return nics.flatMap(({address6}) => address6 ?? []);
}

/** The host has no name servers to pass on, so only what the container asks for is in it, and on user-defined networks the engine's name server. */
export function resolvFile(service: Service, profile: Profile, hasResolver: boolean): FileOp {
	return hasResolver ? internalResolv(service, profile) : legacyResolv(service, profile);
}

/** Docker's file for the name server at 127.0.0.11; `ndots:0`: names without a dot are asked for as they are (resolv.conf(5)). */
function internalResolv(service: Service, profile: Profile): FileOp {
	const {dns, dnsSearch, dnsOptions} = service;
	const hasDots = dnsOptions.some((option) => option.startsWith('ndots:'));
	const server = 'nameserver 127.0.0.11';
	const search = dnsSearch.length === 0 ? [] : [`search ${dnsSearch.join(' ')}`];
	const options = `options ${[...dnsOptions, ...(hasDots ? [] : ['ndots:0'])].join(' ')}`;
	const why = `the engine's name server knows the containers on ${service.name}'s networks${dns.length === 0 ? '' : `, and asks ${dns.join(' and ')} for other names`}`;
	if (!profile.resolvComments) {
		// its name server asks IPv4 servers alone, so it leaves the others to the container itself (libnetwork, sandbox.rebuildDNS)
		const others = dns.filter((one) => familyOf(one) === 6).map((one) => `nameserver ${one}`);
		return file(service.name, 'resolv.conf', lines([...search, server, ...others, options]), why);
	}

	return file(
		service.name,
		'resolv.conf',
		lines([
			...edited,
			server,
			...search,
			options,
			'',
			"# Based on host file: '/etc/resolv.conf' (internal resolver)",
			dns.length === 0 ? '# NO EXTERNAL NAMESERVERS DEFINED' : `# ExtServers: [${dns.join(' ')}]`,
			`# Overrides: [${overridesOf(service).join(' ')}]`,
			`# Option ndots from: ${hasDots ? 'override' : 'internal'}`,
		]),
		why,
	);
}

const edited = ['# Generated by Docker Engine.', '# This file can be edited; Docker Engine will not make further changes once it', '# has been modified.', ''];

function overridesOf({dns, dnsSearch, dnsOptions}: Service): readonly string[] {
	return [...(dns.length > 0 ? ['nameservers'] : []), ...(dnsSearch.length > 0 ? ['search'] : []), ...(dnsOptions.length > 0 ? ['options'] : [])];
}

function legacyResolv(service: Service, profile: Profile): FileOp {
	const {dns, dnsSearch, dnsOptions} = service;
	const servers = dns.map((server) => `nameserver ${server}`);
	const search = dnsSearch.length === 0 ? [] : [`search ${dnsSearch.join(' ')}`];
	const options = dnsOptions.length === 0 ? [] : [`options ${dnsOptions.join(' ')}`];
	const why = dns.length === 0 ? "made of the host's, which names no server" : `asks ${dns.join(' and ')} for names`;
	if (!profile.resolvComments) {
		return file(service.name, 'resolv.conf', lines([...search, ...servers, ...options]), why);
	}

	return file(
		service.name,
		'resolv.conf',
		lines([
			...edited,
			...servers,
			...search,
			...options,
			'',
			`# Based on host file: '/etc/resolv.conf'${service.attach.mode === 'host' ? '' : ' (legacy)'}`,
			`# Overrides: [${overridesOf(service).join(' ')}]`,
		]),
		why,
	);
}

function extraHosts(service: Service): readonly string[] {
	return service.extraHosts.map(({name, address}) => `${address}\t${name}`);
}

function file(node: string, name: NodeFile, content: string, why: string): FileOp {
	return {do: 'file.write', node, file: name, content, why};
}

function lines(all: readonly string[]): string {
	return [...all, ''].join('\n');
}
