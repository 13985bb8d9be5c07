// What a person would type to Docker for a container or an engine of the lab. Words only.
import type {DockerEngine, Lab, Publish, Service} from '../model/lab.ts';
import {line} from '../plan/shell.ts';

/** `docker run -d --name web --network bridge -p 8080:80 lab/web`, and what Docker has no word for (pipework) after it. */
export function dockerCommands(lab: Lab, service: Service): readonly string[] {
	const flag = (name: string, values: readonly string[]): readonly string[] => values.flatMap((value) => [name, value]);
	const optional = (name: string, value: string | undefined): readonly string[] => (value === undefined ? [] : [name, value]);
	const {attach} = service;
	const owner = attach.mode === 'container' ? lab.services.find(({name}) => name === attach.of) : undefined;
	const run = line(
		'docker',
		'run',
		'-d',
		'--name',
		service.containerName,
		...optional('--hostname', service.hostname),
		...optional('--domainname', service.domainname),
		'--network',
		owner === undefined ? attach.mode : `container:${owner.containerName}`,
		...optional('--mac-address', attach.mode === 'bridge' ? attach.mac : undefined),
		...flag('-p', [...new Set(service.publish.map(publishWord))]),
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
	return [
		run,
		...service.nics.flatMap(({to, dev, via, address, gateway}) => {
			const target = gateway === undefined ? address : `${address ?? ''}@${gateway}`;
			return via === 'pipework' && 'bridge' in to ? [line('pipework', to.bridge, '-i', dev, service.containerName, target ?? '0/0')] : [];
		}),
	];
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
		...(engine.mtu === 1500 ? [] : value('mtu', String(engine.mtu))),
		...off('userland-proxy', engine.userlandProxy),
		...off('iptables', engine.iptables),
		...off('ip-forward', engine.ipForward),
		...off('icc', engine.icc),
	);
}

/** As after `-p`: "8080:80", "127.0.0.1:8080:80", "53:53/udp", "80". */
export function publishWord({hostAddress, hostPorts, port, protocol}: Publish): string {
	const address = hostAddress === undefined ? '' : `${hostAddress.includes(':') ? `[${hostAddress}]` : hostAddress}:`;
	const wanted = hostPorts === undefined ? '' : hostPorts.first === hostPorts.last ? String(hostPorts.first) : `${hostPorts.first}-${hostPorts.last}`;
	const host = address === '' && wanted === '' ? '' : `${address}${wanted}:`;
	return `${host}${port}${protocol === 'tcp' ? '' : `/${protocol}`}`;
}
