// What there is to say about a thing on the map, in words of the field, from the view alone. Panes draw it; `y` copies it.
import type {HostView, OpLogEntry, View} from '../api/messages.ts';
import {addresses, authority, fact6} from './fact-words.ts';
import {containerFacts} from './facts-container.ts';
import {hostNetworkFacts, overlayFacts} from './facts-network.ts';
import type {ItemId, Meter} from './layout/scene.ts';
import {bare, subnetOf} from './text.ts';

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

	if (kind === 'overlay') {
		return overlayFacts(view, name);
	}

	if (kind === 'bridge' || kind === 'network') {
		const [hostName = '', part = ''] = name.split('/');
		const host = view.hosts.find((one) => one.name === hostName);
		return host === undefined ? undefined : kind === 'bridge' ? bridgeFacts(view, host, part) : hostNetworkFacts(view, host, part);
	}

	const host = view.hosts.find((one) => (kind === 'host' ? one.name === name : one.containers.some((container) => container.name === name)));
	const container = host?.containers.find((one) => one.name === name);
	if (host === undefined) {
		return undefined;
	}

	return kind === 'host' ? hostFacts(host) : container === undefined ? undefined : containerFacts(view, host, container);
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
				.map((wire) => ({label: container.name, value: `${addresses(wire)} · ${wire.veth} ⇄ ${wire.dev} · ${wire.mac}`})),
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

function bridgeFacts(view: View, host: HostView, dev: string): Facts | undefined {
	const bridge = host.bridges.find((one) => one.dev === dev);
	if (bridge === undefined) {
		return undefined;
	}

	const network = view.networks.find((one) => one.driver === 'bridge' && one.bridge === dev && one.hosts.includes(host.name));
	const ports = host.containers.flatMap((container) =>
		container.interfaces
			.filter((wire) => wire.bridge === dev && wire.kind === 'veth' && view.networks.find(({name}) => name === wire.network)?.driver !== 'overlay')
			.map((wire) => ({label: wire.veth, value: `${container.name} ${wire.dev} ${addresses(wire)}`})),
	);
	const plugged = bridge.ports.map((port) => ({label: port, value: `${host.name}'s own interface`}));
	const how =
		bridge.ports.length > 0
			? `${bridge.ports.join(', ')} is a port: frames pass to its LAN`
			: network?.internal === true
				? 'none: the network is internal, nothing is routed out of it or into it'
				: "routed: packets leave through the host's IP stack";
	const named = network === undefined ? [] : [{label: 'network', value: `${network.name}${network.internal ? ', internal' : ''} · ${subnetOf(network)}`}];
	return {
		title: `${network === undefined ? '' : `${network.name} · `}${dev} · bridge in ${host.name}`,
		summary: `address ${bridge.address ?? bridge.address6 ?? 'none'} · ${ports.length + plugged.length} ports · ${how}`,
		facts: [
			{label: 'netns', value: host.name},
			...named,
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
			...(host.engine === undefined ? [] : [host.containers.length === 0 ? 'no containers' : `${running} of ${host.containers.length} containers run`]),
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
			...(host.engine === undefined
				? []
				: [{label: 'containers', value: host.containers.length === 0 ? 'none' : `${running} of ${host.containers.length} run`}]),
			...(served.length > 0 ? [{label: 'serves', value: served.join(', ')}] : []),
			...nat,
		],
		meter: nic === undefined ? undefined : {node: host.name, dev: nic.dev, isTurned: false},
	};
}

/** The steps that made an item, oldest first. */
export function stepsOf(view: View, id: ItemId, oplog: readonly OpLogEntry[]): OpLogEntry[] {
	const cut = id.indexOf(':');
	const kind = id.slice(0, cut);
	const [host = '', part = ''] = id.slice(cut + 1).split('/');
	if (kind === 'overlay') {
		return oplog.filter((entry) => entry.unit === `network:${host}`);
	}

	const network = kind === 'network' ? part : view.networks.find(({bridge, hosts}) => bridge === part && hosts.includes(host))?.name;
	if (network !== undefined) {
		return oplog.filter((entry) => entry.unit === `network:${network}` && (entry.where === host || entry.where.startsWith(`${host}:`)));
	}

	if (kind !== 'bridge') {
		return oplog.filter((entry) => entry.unit === id);
	}

	const subnet = view.hosts.find((one) => one.name === host)?.bridges.find((one) => one.dev === part)?.address;
	const words = subnet === undefined ? [part] : [part, bare(subnet)];
	return oplog.filter((entry) => entry.where === host && entry.unit.endsWith(`:${host}`) && words.some((word) => entry.command.includes(word)));
}
