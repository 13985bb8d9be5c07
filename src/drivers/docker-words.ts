// What a person would type to Docker for a container or an engine of the lab. Words only.
import {familyOf} from '../model/address.ts';
import type {DockerEngine, Endpoint, HandNic, Lab, Network, Publish, Service, ServiceLink} from '../model/lab.ts';
import {line} from '../plan/shell.ts';
import {dockerName} from './endpoint.ts';

/** `docker run -d --name web --network bridge -p 8080:80 lab/web`, and what Docker has no word for (pipework) after it. */
export function dockerCommands(lab: Lab, service: Service): readonly string[] {
	const flag = (name: string, values: readonly string[]): readonly string[] => values.flatMap((value) => [name, value]);
	const optional = (name: string, value: string | undefined): readonly string[] => (value === undefined ? [] : [name, value]);
	const {attach} = service;
	const [first, later] = networkWords(lab, service);
	const owner = attach.mode === 'container' ? lab.services.find(({name}) => name === attach.of) : undefined;
	const run = line(
		'docker',
		'run',
		'-d',
		'--name',
		service.containerName,
		...optional('--hostname', service.hostname),
		...optional('--domainname', service.domainname),
		// docker0 is where a container is put that names no network; its client of version 20.10 refuses links beside these words
		...(first ??
			(attach.mode === 'bridge' && service.links.length > 0
				? []
				: ['--network', owner === undefined ? attach.mode : `container:${owner.containerName}`])),
		...optional('--mac-address', attach.mode === 'bridge' ? attach.mac : undefined),
		...flag('-p', [...new Set(service.publish.map(publishWord))]),
		...flag(
			'--expose',
			service.expose.map(({port, protocol}) => `${port}${protocol === 'tcp' ? '' : `/${protocol}`}`),
		),
		...flag(
			'--link',
			service.links.map((link) => linkWord(lab, link)),
		),
		...flag('--dns', service.dns),
		...flag('--dns-search', service.dnsSearch),
		...flag('--dns-option', service.dnsOptions),
		...flag(
			'--add-host',
			service.extraHosts.map(({name, address}) => `${name}:${address}`),
		),
		...flag(
			'--sysctl',
			Object.entries(service.sysctls).map(([key, value]) => `${key}=${value}`),
		),
		...flag('--cap-add', service.capAdd),
		...flag('--cap-drop', service.capDrop),
		...(service.readOnly ? ['--read-only'] : []),
		...flag(
			'-e',
			Object.entries(service.environment).map(([key, value]) => `${key}=${value}`),
		),
		...optional('-w', service.workingDir),
		...optional('-u', service.user),
		`lab/${service.image}`,
		...(service.command ?? []),
	);
	return [run, ...later, ...service.nics.flatMap((nic) => pipeworkWords(service, nic))];
}

function pipeworkWords({containerName}: Service, {to, dev, via, ...nic}: HandNic): readonly string[] {
	const [address, gateway] = [nic.address ?? nic.address6, nic.gateway ?? nic.gateway6];
	const target = gateway === undefined ? address : `${address ?? ''}@${gateway}`;
	return via === 'pipework' && 'bridge' in to ? [line('pipework', to.bridge, '-i', dev, containerName, target ?? '0/0')] : [];
}

/** "db:database", by the container's name. */
function linkWord(lab: Lab, {service, alias}: ServiceLink): string {
	const name = lab.services.find((one) => one.name === service)?.containerName ?? service;
	return name === alias ? name : `${name}:${alias}`;
}

/** What `docker run` says of user-defined networks (undefined in other modes), and the commands for the networks after the first. */
function networkWords(lab: Lab, {attach, containerName}: Service): readonly [readonly string[] | undefined, readonly string[]] {
	const [first, ...others] = attach.mode === 'networks' ? attach.endpoints : [];
	if (first === undefined) {
		return [attach.mode === 'networks' ? ['--network', 'none'] : undefined, []];
	}

	// a MAC, and an interface's name, can be given to `docker run` alone
	const withRun = others.filter(({mac, interfaceName}) => mac !== undefined || interfaceName !== undefined);
	const connects = others.filter((endpoint) => !withRun.includes(endpoint));
	const words = [first, ...withRun].flatMap((endpoint) => ['--network', [`name=${dockerName(lab, endpoint.network)}`, ...settingsOf(endpoint)].join(',')]);
	// flags of their own, which older clients know too, say all but these two
	const isClassic = withRun.length === 0 && first.interfaceName === undefined && first.gatewayPriority === 0;
	return [
		isClassic ? classicWords(lab, first) : words,
		connects.map(({network, address, address6, aliases, gatewayPriority}) =>
			line(
				'docker',
				'network',
				'connect',
				...(address === undefined ? [] : ['--ip', address]),
				...(address6 === undefined ? [] : ['--ip6', address6]),
				...aliases.flatMap((alias) => ['--alias', alias]),
				...(gatewayPriority === 0 ? [] : ['--gw-priority', String(gatewayPriority)]),
				dockerName(lab, network),
				containerName,
			),
		),
	];
}

/** `--network front --ip 10.80.0.20 --network-alias www` */
function classicWords(lab: Lab, {network, address, address6, mac, aliases}: Endpoint): readonly string[] {
	return [
		'--network',
		dockerName(lab, network),
		...(address === undefined ? [] : ['--ip', address]),
		...(address6 === undefined ? [] : ['--ip6', address6]),
		...(mac === undefined ? [] : ['--mac-address', mac]),
		...aliases.flatMap((alias) => ['--network-alias', alias]),
	];
}

/** As in `--network name=front,…` (docker-run(1)). */
function settingsOf({address, address6, mac, aliases, interfaceName, gatewayPriority}: Endpoint): readonly string[] {
	return [
		...(address === undefined ? [] : [`ip=${address}`]),
		...(address6 === undefined ? [] : [`ip6=${address6}`]),
		...(mac === undefined ? [] : [`mac-address=${mac}`]),
		...aliases.map((alias) => `alias=${alias}`),
		...(gatewayPriority === 0 ? [] : [`gw-priority=${gatewayPriority}`]),
		...(interfaceName === undefined ? [] : [`driver-opt=com.docker.network.endpoint.ifname=${interfaceName}`]),
	];
}

/** `docker network create --internal back`; `options`: the driver's. */
export function networkCreate({name, dockerName: called, internal, ipam, ipam6}: Network, options: readonly string[]): string {
	const value = (flag: string, text: string | undefined): readonly string[] => (text === undefined ? [] : [flag, text]);
	const both = [ipam, ipam6].filter((one) => one !== undefined);
	return line(
		'docker',
		'network',
		'create',
		...options,
		...(internal ? ['--internal'] : []),
		...(ipam === undefined ? ['--ipv4=false'] : []),
		...(ipam6 === undefined ? [] : ['--ipv6']),
		...both.flatMap(({subnet, range, gateway}) => [...value('--subnet', subnet), ...value('--ip-range', range), ...value('--gateway', gateway)]),
		...both
			.flatMap(({reserved, otherGateway}) => reserved.filter((address) => address !== otherGateway))
			.flatMap((address, index) => ['--aux-address', `reserved${index + 1}=${address}`]),
		...both.flatMap(({otherGateway: address}) => (address === undefined ? [] : ['--aux-address', `DefaultGatewayIPv${familyOf(address)}=${address}`])),
		called ?? name,
	);
}

/** The daemon's command line, with the flags that differ from its defaults. */
export function dockerdCommand(engine: DockerEngine): string {
	const value = (name: string, text: string | undefined): readonly string[] => (text === undefined ? [] : [`--${name}=${text}`]);
	const off = (name: string, isOn: boolean): readonly string[] => (isOn ? [] : [`--${name}=false`]);
	return line(
		'dockerd',
		...value('bridge', engine.bridge),
		...value('bip', engine.bip),
		...value('fixed-cidr', engine.fixedCidr),
		...(engine.ipv6 === undefined ? [] : ['--ipv6']),
		...value('fixed-cidr-v6', engine.ipv6?.fixedCidr),
		...(engine.pools ?? []).flatMap(({base, size}) => value('default-address-pool', `base=${base},size=${size}`)),
		...(engine.mtu === 1500 ? [] : value('mtu', String(engine.mtu))),
		...off('userland-proxy', engine.userlandProxy),
		...off('iptables', engine.iptables),
		...(engine.ip6tables === undefined ? [] : ip6tablesWords(engine, engine.ip6tables)),
		...off('ip-forward', engine.ipForward),
		...off('icc', engine.icc),
	);
}

/** Docker 20.10 has it among its experimental features, and off. */
function ip6tablesWords({engine}: DockerEngine, isOn: boolean): readonly string[] {
	return engine === '20.10' ? (isOn ? ['--experimental', '--ip6tables'] : []) : isOn ? [] : ['--ip6tables=false'];
}

/** As after `-p`: "8080:80", "127.0.0.1:8080:80", "53:53/udp", "80". */
export function publishWord({hostAddress, hostPorts, port, protocol}: Publish): string {
	const address = hostAddress === undefined ? '' : `${hostAddress.includes(':') ? `[${hostAddress}]` : hostAddress}:`;
	const wanted = hostPorts === undefined ? '' : hostPorts.first === hostPorts.last ? String(hostPorts.first) : `${hostPorts.first}-${hostPorts.last}`;
	const host = address === '' && wanted === '' ? '' : `${address}${wanted}:`;
	return `${host}${port}${protocol === 'tcp' ? '' : `/${protocol}`}`;
}
