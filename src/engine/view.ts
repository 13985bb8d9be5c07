// What clients see of a lab: its plan, its allocations and its containers' states put together. Pure.
import {containerId} from '../base/names.ts';
import type {BridgeView, ContainerView, HostView, InterfaceView, PublishedView, View} from '../api/messages.ts';
import type {Allocations} from '../drivers/index.ts';
import type {Host, Lab, Service} from '../model/lab.ts';
import {interfaceName} from '../base/names.ts';
import type {ContainerState} from './live.ts';

/** What the view needs beside the lab itself. */
export interface ViewParts {
	readonly lab: Lab;
	readonly allocations: Allocations;
	readonly file: string;
	readonly createdMs: number;
	readonly isUp: boolean;
	/** undefined: removed. */
	stateOf(container: string): ContainerState | undefined;
	/** PID in the host's namespace. */
	pidOf(container: string): number | undefined;
	proxyPid(host: string, protocol: string, address: string, port: number): number | undefined;
}

export function viewOf(parts: ViewParts): View {
	const {lab} = parts;
	return {
		lab: lab.name,
		title: lab.title,
		about: lab.about,
		file: parts.file,
		createdMs: parts.createdMs,
		isUp: parts.isUp,
		lans: lab.lans.map(({name, subnet, mtu}) => ({name, subnet, mtu})),
		hosts: lab.hosts.map((host) => hostView(parts, host)),
	};
}

function hostView(parts: ViewParts, host: Host): HostView {
	const docker0 = parts.allocations.docker.get(host.name);
	const engineBridges: readonly BridgeView[] = docker0 === undefined ? [] : [{dev: docker0.dev, address: docker0.address, ports: []}];
	return {
		name: host.name,
		engine: host.docker?.engine,
		nics: host.nics.map(({dev, lan, address, mac}) => ({dev, lan, address, mac, peer: interfaceName(`${host.name}-${dev}`)})),
		bridges: [...host.bridges, ...engineBridges],
		containers: parts.lab.services.filter((service) => service.host === host.name).flatMap((service) => containerView(parts, service)),
		serve: host.serve,
		gateway: host.gateway,
	};
}

function containerView(parts: ViewParts, service: Service): readonly ContainerView[] {
	const state = parts.stateOf(service.name);
	if (state === undefined) {
		return [];
	}

	const id = containerId(parts.lab.name, service.name);
	const lease = parts.allocations.containers.get(service.name);
	return [
		{
			name: service.name,
			id,
			hostname: service.hostname ?? id.slice(0, 12),
			mode: service.attach.mode,
			state: state.is,
			exitCode: state.is === 'exited' ? state.exitCode : undefined,
			image: `lab/${service.image}`,
			command: service.command ?? [],
			pid: state.is === 'running' ? parts.pidOf(service.name) : undefined,
			sharesWith: service.attach.mode === 'container' ? service.attach.of : undefined,
			interfaces: state.is === 'running' ? interfaces(lease) : [],
			published: state.is === 'running' ? published(parts, service, lease) : [],
		},
	];
}

type Lease = NonNullable<ReturnType<Allocations['containers']['get']>>;

function interfaces(lease: Lease | undefined): readonly InterfaceView[] {
	return lease?.interfaces ?? [];
}

function published(parts: ViewParts, service: Service, lease: Lease | undefined): readonly PublishedView[] {
	return (lease?.published ?? []).map(({protocol, hostAddress, hostPort, port}) => ({
		protocol,
		hostAddress,
		hostPort,
		port,
		proxyPid: parts.proxyPid(service.host, protocol, hostAddress, hostPort),
	}));
}
