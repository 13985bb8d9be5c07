// What there is to say about a thing on the map, in words of the field, from the view alone. Panes draw it; `y` copies it.
import type {ContainerView, HostView, InterfaceView, OpLogEntry, PublishedView, View} from '../api/messages.ts';
import {bare, ownerOf, stateOf} from './layout/cards.ts';
import {publishedTexts} from './layout/plan.ts';
import type {ItemId, Meter} from './layout/scene.ts';

export interface Fact {
	readonly label: string;
	readonly value: string;
}

export interface Facts {
	readonly title: string;
	/** The most important in one line. */
	readonly summary: string;
	readonly facts: readonly Fact[];
	readonly meter: Meter | undefined;
}

/** Everything known about an item; undefined when it is gone. */
export function factsOf(view: View, id: ItemId): Facts | undefined {
	const cut = id.indexOf(':');
	const kind = id.slice(0, cut);
	const name = id.slice(cut + 1);
	if (kind === 'lan') {
		return lanFacts(view, name);
	}

	if (kind === 'bridge') {
		const [hostName = '', dev = ''] = name.split('/');
		const host = view.hosts.find((one) => one.name === hostName);
		return host === undefined ? undefined : bridgeFacts(host, dev);
	}

	const host = view.hosts.find((one) => (kind === 'host' ? one.name === name : one.containers.some((container) => container.name === name)));
	const container = host?.containers.find((one) => one.name === name);
	if (host === undefined) {
		return undefined;
	}

	return kind === 'host' ? hostFacts(host) : container === undefined ? undefined : containerFacts(host, container);
}

function lanFacts(view: View, name: string): Facts | undefined {
	const lan = view.lans.find((one) => one.name === name);
	if (lan === undefined) {
		return undefined;
	}

	const plugs = view.hosts.flatMap((host) =>
		host.nics.filter((nic) => nic.lan === name).map((nic) => ({label: host.name, value: `${addresses(nic)} · ${nic.peer} ⇄ ${nic.dev} · ${nic.mac}`})),
	);
	const hand = view.hosts.flatMap((host) =>
		host.containers.flatMap((container) =>
			container.interfaces
				.filter((wire) => wire.bridge === name)
				.map((wire) => ({label: container.name, value: `${wire.address ?? 'no address'} · ${wire.veth} ⇄ ${wire.dev} · ${wire.mac}`})),
		),
	);
	const subnets = [lan.subnet, lan.subnet6].filter((subnet) => subnet !== undefined).join(' and ');
	return {
		title: `${name} · LAN`,
		summary: `subnet ${subnets} · MTU ${lan.mtu} · ${plugs.length + hand.length} ports · a bridge in a namespace of its own, as a switch is`,
		facts: [{label: 'subnet', value: subnets}, {label: 'MTU', value: String(lan.mtu)}, {label: 'netns', value: `lan:${name}`}, ...plugs, ...hand],
		meter: undefined,
	};
}

function bridgeFacts(host: HostView, dev: string): Facts | undefined {
	const bridge = host.bridges.find((one) => one.dev === dev);
	if (bridge === undefined) {
		return undefined;
	}

	const ports = host.containers.flatMap((container) =>
		container.interfaces
			.filter((wire) => wire.bridge === dev)
			.map((wire) => ({label: wire.veth, value: `${container.name} ${wire.dev} ${addresses(wire)}`})),
	);
	const plugged = bridge.ports.map((port) => ({label: port, value: `${host.name}'s own interface`}));
	const how = bridge.ports.length > 0 ? `${bridge.ports.join(', ')} is a port: frames pass to its LAN` : "routed: packets leave through the host's IP stack";
	return {
		title: `${dev} · bridge in ${host.name}`,
		summary: `address ${bridge.address ?? 'none'} · ${ports.length + plugged.length} ports · ${how}`,
		facts: [
			{label: 'netns', value: host.name},
			{label: 'address', value: bridge.address ?? 'none'},
			...fact6('IPv6 address', bridge.address6),
			{label: 'way out', value: how},
			...plugged,
			...ports,
		],
		meter: {node: host.name, dev, isTurned: false},
	};
}

function hostFacts(host: HostView): Facts {
	const nics = host.nics.map((nic) => ({label: nic.dev, value: `${addresses(nic)} · ${nic.mac} · ${nic.peer} in LAN ${nic.lan}`}));
	const served = host.serve.map((serve) => `${serve.kind} :${serve.port}`);
	const nat = host.containers.flatMap((container) =>
		container.published.map((one) => ({
			label: 'published',
			value: `${authority(one)} → ${container.name}:${one.port}/${one.protocol}${one.proxyPid === undefined ? '' : ` · docker-proxy ${one.proxyPid}`}`,
		})),
	);
	const running = host.containers.filter((container) => container.state === 'running').length;
	const what = host.engine === undefined ? 'plain machine' : `Docker ${host.engine}`;
	const [nic] = host.nics;
	return {
		title: `${host.name} · ${what}`,
		summary: [
			...host.nics.map((one) => `${one.dev} ${addresses(one)} ⇄ ${one.peer}`),
			...(host.gateway === undefined ? [] : [`gateway ${host.gateway}`]),
			...(host.engine === undefined ? [] : [`${running} of ${host.containers.length} containers run`]),
			...(served.length > 0 ? [`serves ${served.join(', ')}`] : []),
			`netns ${host.name}`,
		].join(' · '),
		facts: [
			{label: 'netns', value: host.name},
			...nics,
			{label: 'gateway', value: host.gateway ?? 'none'},
			...fact6('IPv6 gateway', host.gateway6),
			...host.bridges.map((bridge) => ({
				label: bridge.dev,
				value: ['bridge', bridge.address, bridge.address6].filter((one) => one !== undefined).join(' '),
			})),
			...(host.engine === undefined ? [] : [{label: 'containers', value: `${running} of ${host.containers.length} run`}]),
			...(served.length > 0 ? [{label: 'serves', value: served.join(', ')}] : []),
			...nat,
		],
		meter: nic === undefined ? undefined : {node: host.name, dev: nic.dev, isTurned: false},
	};
}

function containerFacts(host: HostView, container: ContainerView): Facts {
	const owner = ownerOf(host, container);
	const stack = host.containers.find((one) => one.name === owner) ?? container;
	const netns =
		container.mode === 'host' ? `${host.name}: the host's own` : owner === container.name ? container.name : `${owner}: shared, one network stack for both`;
	const [wire] = stack.interfaces;
	const published = stack.published.map((one) => ({
		label: 'published',
		value: `${authority(one)} → ${one.port}/${one.protocol}${one.proxyPid === undefined ? '' : ` · docker-proxy ${one.proxyPid}`}`,
	}));
	const ports = publishedTexts(stack.published).map(({from, to}) => `${from}→${to}`);
	const state = container.state === 'running' ? `running${container.pid === undefined ? '' : ` · pid ${container.pid}`}` : stateOf(container);
	return {
		title: `${container.name} · container on ${host.name}`,
		summary: [
			container.mode === 'container' ? `shares ${owner}` : container.mode,
			...(container.state === 'running' ? [] : [state]),
			...(wire === undefined
				? [container.mode === 'host' ? 'no interface of its own' : 'lo only']
				: [`${wire.dev} ⇄ ${wire.veth}`, `${wire.address ?? 'no address'}${wire.gateway === undefined ? '' : ` gw ${wire.gateway}`}`]),
			...ports,
			`netns ${container.mode === 'host' ? host.name : owner}`,
		].join(' · '),
		facts: [
			{label: 'netns', value: netns},
			{label: 'mode', value: container.mode},
			...stack.interfaces.flatMap((one) => wireFacts(host, owner, one)),
			...published,
			{label: 'state', value: state},
			{label: 'image', value: container.image},
			{label: 'command', value: container.command.join(' ')},
			{label: 'hostname', value: container.hostname},
			{label: 'id', value: container.id.slice(0, 12)},
		],
		meter: wire === undefined ? undefined : {node: host.name, dev: wire.veth, isTurned: true},
	};
}

function authority({hostAddress, hostPort}: PublishedView): string {
	return `${hostAddress.includes(':') ? `[${hostAddress}]` : hostAddress}:${hostPort}`;
}

function wireFacts(host: HostView, owner: string, wire: InterfaceView): Fact[] {
	const isLan = !host.bridges.some((bridge) => bridge.dev === wire.bridge);
	return [
		{label: 'veth pair', value: `${wire.dev} in ${owner} ⇄ ${wire.veth} ${isLan ? `in LAN ${wire.bridge}` : `on ${host.name}, port of ${wire.bridge}`}`},
		{label: 'address', value: wire.address ?? 'none'},
		{label: 'gateway', value: wire.gateway ?? 'none'},
		...fact6('IPv6 address', wire.address6),
		...fact6('IPv6 gateway', wire.gateway6),
		{label: 'MAC', value: wire.mac},
		{label: 'MTU', value: String(wire.mtu)},
	];
}

/** "192.168.50.10/24", "192.168.50.10/24 fd00:50::10/64" */
function addresses({address, address6}: Pick<InterfaceView, 'address' | 'address6'>): string {
	return [address, address6].filter((one) => one !== undefined).join(' ') || 'no address';
}

/** Nothing where there is no IPv6. */
function fact6(label: string, value: string | undefined): readonly Fact[] {
	return value === undefined ? [] : [{label, value}];
}

/** The steps that made an item, oldest first. */
export function stepsOf(view: View, id: ItemId, oplog: readonly OpLogEntry[]): OpLogEntry[] {
	if (!id.startsWith('bridge:')) {
		return oplog.filter((entry) => entry.unit === id);
	}

	const [host = '', dev = ''] = id.slice('bridge:'.length).split('/');
	const subnet = view.hosts.find((one) => one.name === host)?.bridges.find((one) => one.dev === dev)?.address;
	const words = subnet === undefined ? [dev] : [dev, bare(subnet)];
	return oplog.filter((entry) => entry.where === host && entry.unit.endsWith(`:${host}`) && words.some((word) => entry.command.includes(word)));
}
