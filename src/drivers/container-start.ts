// The last op of every container: its process, with the defaults that Docker and our images give. Not its network (the modes).
import {containerId} from '../base/names.ts';
import {port} from '../base/units.ts';
import type {Lab, Serve, Service} from '../model/lab.ts';
import type {ContainerSpec, Op} from '../plan/op.ts';
import {labWeb, serveArguments} from '../plan/serve.ts';
import type {Wiring} from './driver.ts';

/** Docker's PATH for images that set none. */
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What Docker sets for every container with a namespace of its own (OCI spec of 20.10 and 28): any port, and ping, without rights. */
export const ownNamespaceSysctls: Readonly<Record<string, string>> = {
	'net.ipv4.ip_unprivileged_port_start': '0',
	'net.ipv4.ping_group_range': '0 2147483647',
};

/** `variables`: what it gets beside those of its file, which come first. */
export function containerStart(
	lab: Lab,
	service: Service,
	wiring: Wiring,
	variables: Readonly<Record<string, string>>,
): Extract<Op, {readonly do: 'container.start'}> {
	const serve = servesOf(service);
	const container: ContainerSpec = {
		name: service.name,
		id: containerId(lab.name, service.name),
		host: service.host,
		netns: wiring.netns,
		hostname: wiring.hostname,
		domainname: service.domainname,
		uts: wiring.uts,
		filesOf: wiring.filesOf,
		args: service.command ?? [labWeb, ...(serve.length === 0 ? ['pause'] : serveArguments(serve))],
		serve,
		environment: {PATH: path, HOSTNAME: wiring.hostname, TERM: 'xterm', ...variables, ...service.environment},
		workingDir: service.workingDir ?? '/',
		user: service.user,
		sysctls: wiring.sysctls,
		capAdd: service.capAdd,
		capDrop: service.capDrop,
		readOnly: service.readOnly,
	};
	return {do: 'container.start', container, why: whyOf(service, serve)};
}

/** The first 12 digits of the container's id, unless the file gives it a name. */
export function hostnameOf(lab: Lab, service: Service): string {
	return service.hostname ?? containerId(lab.name, service.name).slice(0, 12);
}

function servesOf(service: Service): readonly Serve[] {
	const isPlainWeb = service.image === 'web' && service.serve.length === 0 && service.command === undefined;
	const http = port(80);
	return isPlainWeb && http !== undefined ? [{kind: 'http', port: http, status: 200, body: undefined, echo: undefined}] : service.serve;
}

function whyOf(service: Service, serve: readonly Serve[]): string {
	const network =
		service.attach.mode === 'host'
			? "in its host's network"
			: service.attach.mode === 'container'
				? `in the network of ${service.attach.of}`
				: 'now that its network is there';
	if (service.command !== undefined) {
		return `its process starts, ${network}`;
	}

	return serve.length === 0
		? `a process that waits keeps the container running, ${network}`
		: `it serves ${serve.map((one) => `${one.kind} on port ${one.port}`).join(' and ')}, ${network}`;
}
