// What clients see of a lab: its plan, its allocations and its containers' states put together. Pure.
import {containerId, interfaceName} from '../base/names.ts';
import type {BridgeView, ContainerView, HostView, InterfaceView, NetworkView, PublishedView, View} from '../api/messages.ts';
import {bridgeAddress, gatewayIn, hostsOf, waysOut, wiresOut, type DualRange, type Lease} from '../drivers/index.ts';
import type {Host, Lab, Network, Service} from '../model/lab.ts';
import type {Runtime} from '../runtime/runtime.ts';
import type {LiveLab} from './live.ts';

/** What the view needs. */
export interface ViewParts {
	readonly name: string;
	readonly file: string;
	readonly createdMs: number;
	readonly live: Pick<LiveLab, 'lab' | 'allocations' | 'isUp' | 'stateOf'>;
	readonly runtime: Pick<Runtime, 'pidOf' | 'proxyPid'>;
}

/** Before `up` a lab has a name and nothing else. */
export function viewOf(parts: ViewParts): View {
	const {live, name, file, createdMs} = parts;
	const {lab, isUp} = live;
	return {
		lab: name,
		title: lab?.title ?? '',
		about: lab?.about ?? '',
		file,
		createdMs,
		isUp,
		lans: (lab?.lans ?? []).map(({name: lan, subnet, subnet6, mtu}) => ({name: lan, subnet, ...(subnet6 !== undefined && {subnet6}), mtu})),
		networks: lab === undefined ? [] : lab.networks.flatMap((network) => networkView(parts, network)),
		hosts: lab === undefined ? [] : lab.hosts.map((host) => hostView(parts, lab, host)),
	};
}

function networkView(parts: ViewParts, network: Network): readonly NetworkView[] {
	const range = parts.live.allocations?.networks.get(network.name);
	const {name, driver, internal} = network;
	const parent = network.driver === 'macvlan' ? network.parent : undefined;
	const v6 = range?.v6 && {v6: {subnet: range.v6.subnet, gateway: gatewayIn(range.v6)}};
	return range === undefined
		? []
		: [
				{
					name,
					driver,
					hosts: hostsOf(network),
					subnet: range.v4?.subnet,
					gateway: range.v4 && gatewayIn(range.v4),
					...v6,
					bridge: range.dev,
					parent,
					internal,
					...(range.vni !== undefined && {vni: range.vni}),
				},
			];
}

function hostView(parts: ViewParts, lab: Lab, host: Host): HostView {
	const docker0 = parts.live.allocations?.docker.get(host.name);
	const engineBridges: readonly BridgeView[] =
		docker0 === undefined ? [] : [{dev: docker0.dev, ...bridgeAddresses(docker0), address: docker0.address, ports: []}];
	const gateway = parts.live.allocations?.gateways.get(host.name);
	const gateways: readonly BridgeView[] = gateway?.dev === undefined ? [] : [{dev: gateway.dev, ...bridgeAddresses(gateway), ports: []}];
	const userBridges = lab.networks.flatMap((network): readonly BridgeView[] => {
		const range = parts.live.allocations?.networks.get(network.name);
		return range?.dev === undefined || !hostsOf(network).includes(host.name) ? [] : [{dev: range.dev, ...bridgeAddresses(range), ports: []}];
	});
	return {
		name: host.name,
		engine: host.docker?.engine,
		nics: host.nics.map(({dev, lan, address, address6, mac}) => ({
			dev,
			lan,
			address,
			...(address6 !== undefined && {address6}),
			mac,
			peer: interfaceName(`${host.name}-${dev}`),
		})),
		bridges: [...host.bridges, ...engineBridges, ...gateways, ...userBridges],
		containers: lab.services.filter((service) => service.host === host.name).flatMap((service) => containerView(parts, lab, service)),
		serve: host.serve,
		gateway: host.gateway,
		...(host.gateway6 !== undefined && {gateway6: host.gateway6}),
	};
}

function bridgeAddresses({v4, v6}: DualRange): Pick<BridgeView, 'address' | 'address6'> {
	const address6 = bridgeAddress(v6);
	return {address: bridgeAddress(v4), ...(address6 !== undefined && {address6})};
}

function containerView(parts: ViewParts, lab: Lab, service: Service): readonly ContainerView[] {
	const state = parts.live.stateOf(service.name);
	if (state === undefined) {
		return [];
	}

	const id = containerId(lab.name, service.name);
	const lease = parts.live.allocations?.containers.get(service.name);
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
			pid: state.is === 'running' ? parts.runtime.pidOf(service.name) : undefined,
			sharesWith: service.attach.mode === 'container' ? service.attach.of : undefined,
			interfaces: state.is === 'running' ? interfaces(lab, lease) : [],
			published: state.is === 'running' ? published(parts, service, lease) : [],
		},
	];
}

function interfaces(lab: Lab, lease: Lease | undefined): readonly InterfaceView[] {
	const wires = lease?.interfaces ?? [];
	const out = wiresOut(waysOut(lab, wires));
	return wires.map((wire) => {
		const {dev, kind, network, address, address6, mac, gateway, gateway6, mtu, veth, bridge} = wire;
		const v6 = {...(address6 !== undefined && {address6}), ...(gateway6 !== undefined && {gateway6})};
		return {dev, kind, network, isWayOut: out.includes(wire), address, mac, gateway, ...v6, mtu, veth, bridge};
	});
}

function published(parts: ViewParts, service: Service, lease: Lease | undefined): readonly PublishedView[] {
	return (lease?.published ?? []).map(({protocol, hostAddress, hostPort, port}) => ({
		protocol,
		hostAddress,
		hostPort,
		port,
		proxyPid: parts.runtime.proxyPid({host: service.host, protocol, address: hostAddress, port: hostPort}),
	}));
}
