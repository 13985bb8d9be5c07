// Labs for tests, written as short as a file would be. Not a parser: whatever is left out gets the value that a file's default has.
import {macFrom} from '../../src/base/names.ts';
import {mtu, port, type Mtu, type Port} from '../../src/base/units.ts';
import type {DockerEngine, Endpoint, Host, Ipam, Lab, Network, Publish, Service} from '../../src/model/lab.ts';

export function aPort(value: number): Port {
	const made = port(value);
	if (made === undefined) {
		throw new Error(`${value} is no port`);
	}

	return made;
}

export function anMtu(value: number): Mtu {
	const made = mtu(value);
	if (made === undefined) {
		throw new Error(`${value} is no MTU`);
	}

	return made;
}

export function aLab(parts: Partial<Lab>): Lab {
	return {
		name: 'test',
		title: '',
		about: '',
		seed: 1,
		lans: [],
		hosts: [aHost({})],
		networks: [],
		services: [],
		faults: [],
		steps: [],
		requires: [],
		...parts,
	};
}

/** Host h1, 10.77.0.11/24 on a LAN called office, with a Docker engine. */
export function aHost(parts: Partial<Host>): Host {
	const name = parts.name ?? 'h1';
	return {
		name,
		nics: [{dev: 'eth0', lan: 'office', address: '10.77.0.11/24', mac: macFrom(1, name, 'eth0'), mtu: anMtu(1500)}],
		gateway: '10.77.0.1',
		routes: [],
		bridges: [],
		sysctls: {},
		docker: anEngine({}),
		serve: [],
		...parts,
	};
}

export function anEngine(parts: Partial<DockerEngine>): DockerEngine {
	return {
		engine: '28',
		bip: undefined,
		fixedCidr: undefined,
		userlandProxy: true,
		iptables: true,
		ipForward: true,
		icc: true,
		mtu: anMtu(1500),
		bridge: undefined,
		...parts,
	};
}

/** Service on h1 in mode bridge. */
export function aService(name: string, parts: Partial<Service> = {}): Service {
	return {
		name,
		host: 'h1',
		containerName: name,
		hostname: undefined,
		domainname: undefined,
		image: 'tools',
		command: undefined,
		environment: {},
		workingDir: undefined,
		user: undefined,
		attach: {mode: 'bridge', mac: undefined},
		publish: [],
		expose: [],
		links: [],
		serve: [],
		nics: [],
		dns: [],
		dnsSearch: [],
		dnsOptions: [],
		extraHosts: [],
		sysctls: {},
		capAdd: [],
		capDrop: [],
		readOnly: false,
		dependsOn: [],
		...parts,
	};
}

type Bridge = Extract<Network, {readonly driver: 'bridge'}>;
type Macvlan = Extract<Network, {readonly driver: 'macvlan'}>;
type Overlay = Extract<Network, {readonly driver: 'overlay'}>;

/** Network with driver bridge on h1. */
export function aNetwork(name: string, {ipam, ...parts}: Partial<Omit<Bridge, 'ipam'>> & {readonly ipam?: Partial<Ipam>} = {}): Bridge {
	return {
		name,
		driver: 'bridge',
		host: 'h1',
		bridge: undefined,
		icc: true,
		masquerade: true,
		hostBinding: undefined,
		gatewayMode: 'nat',
		gatewayMode6: 'nat',
		inhibitIPv4: false,
		trusted: [],
		interfacePrefix: undefined,
		hostAddress: undefined,
		ipam: anIpam(ipam ?? {}),
		mtu: undefined,
		internal: false,
		at: {line: 1, column: 1},
		...parts,
	};
}

/** Network with driver macvlan on eth0 of h1. */
export function aMacvlan(name: string, {ipam, ...parts}: Partial<Omit<Macvlan, 'ipam'>> & {readonly ipam?: Partial<Ipam>} = {}): Macvlan {
	return {
		name,
		driver: 'macvlan',
		hosts: ['h1'],
		parent: 'eth0',
		macvlanMode: 'bridge',
		ipam: anIpam(ipam ?? {}),
		internal: false,
		at: {line: 1, column: 1},
		...parts,
	};
}

/** Network with driver overlay on h1 and h2. */
export function anOverlay(name: string, {ipam, ...parts}: Partial<Omit<Overlay, 'ipam'>> & {readonly ipam?: Partial<Ipam>} = {}): Overlay {
	return {
		name,
		driver: 'overlay',
		hosts: ['h1', 'h2'],
		vni: undefined,
		ipam: anIpam(ipam ?? {}),
		mtu: undefined,
		internal: false,
		at: {line: 1, column: 1},
		...parts,
	};
}

/** Host h1 at 10.77.0.11, h2 at 10.77.0.12, and so on. */
export function someHosts(count: number, parts: Partial<Host> = {}): readonly Host[] {
	return Array.from({length: count}, (_, index) => {
		const name = `h${index + 1}`;
		const nics = [{dev: 'eth0', lan: 'office', address: `10.77.0.${11 + index}/24`, mac: macFrom(1, name, 'eth0'), mtu: anMtu(1500)}];
		return aHost({name, nics, ...parts});
	});
}

/** One family of a network: what is left out the engine chooses. */
export function anIpam(parts: Partial<Ipam>): Ipam {
	return {subnet: undefined, range: undefined, gateway: undefined, reserved: [], ...parts};
}

/** The attachment of a service to these networks, as names or with settings. */
export function on(...networks: readonly (string | (Partial<Endpoint> & {readonly network: string}))[]): Pick<Service, 'attach'> {
	const endpoints = networks.map((one): Endpoint => ({
		address: undefined,
		mac: undefined,
		aliases: [],
		interfaceName: undefined,
		gatewayPriority: 0,
		...(typeof one === 'string' ? {network: one} : one),
	}));
	return {attach: {mode: 'networks', endpoints}};
}

/** "8080:80", "127.0.0.1:8081:80", "[::1]:8084:80", "7000-7001:80", "53:53/udp" or "80": one container port each. */
export function aPublish(text: string): Publish {
	const found = /^(?:(?<address>\[[^\]]+\]|\d+(?:\.\d+){3}):)?(?:(?<first>\d+)(?:-(?<last>\d+))?:)?(?<port>\d+)(?:\/(?<protocol>tcp|udp))?$/.exec(
		text,
	)?.groups;
	if (found === undefined) {
		throw new Error(`"${text}" is no port mapping`);
	}

	const first = found['first'];
	return {
		protocol: found['protocol'] === 'udp' ? 'udp' : 'tcp',
		hostAddress: found['address']?.replaceAll(/[[\]]/g, ''),
		hostPorts: first === undefined ? undefined : {first: aPort(Number(first)), last: aPort(Number(found['last'] ?? first))},
		port: aPort(Number(found['port'])),
		text,
		at: {line: 1, column: 1},
	};
}

export const office = {name: 'office', subnet: '10.77.0.0/24', gateway: undefined, mtu: anMtu(1500)};
