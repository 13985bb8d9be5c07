// What there is to say about a container: whose namespace it is in, and of each interface what it is made of and where it leads.
import type {ContainerView, HostView, InterfaceView, PublishedView, View} from '../api/messages.ts';
import {authority, fact6} from './fact-words.ts';
import type {Fact, Facts} from './facts.ts';
import {ownerOf, stateOf} from './layout/cards.ts';
import {publishedTexts} from './layout/plan.ts';
import {meterOf, segmentFor, segmentsOf, type Segment} from './layout/segments.ts';

interface Place {
	readonly view: View;
	readonly host: HostView;
	readonly segments: readonly Segment[];
}

export function containerFacts(view: View, host: HostView, container: ContainerView): Facts {
	const place = {view, host, segments: segmentsOf(view, host)};
	const owner = ownerOf(host, container);
	const stack = host.containers.find((one) => one.name === owner) ?? container;
	const netns =
		container.mode === 'host' ? `${host.name}: the host's own` : owner === container.name ? container.name : `${owner}: shared, one network stack for both`;
	const wires = stack.mode === 'host' ? [] : stack.interfaces;
	const wire = wires.find(({isWayOut}) => isWayOut) ?? wires[0];
	const state = container.state === 'running' ? `running${container.pid === undefined ? '' : ` · pid ${container.pid}`}` : stateOf(container);
	return {
		title: `${container.name} · container on ${host.name}`,
		summary: [
			container.mode === 'container' ? `shares ${owner}` : container.mode === 'networks' ? '' : container.mode,
			...(container.state === 'running' ? [] : [state]),
			...(wires.length === 0 && container.state === 'running' ? [container.mode === 'host' ? 'no interface of its own' : 'lo only'] : []),
			...wires.map((one) => wireSummary(place, one, wires.length > 1)),
			...publishedTexts(stack.published).map(({from, to}) => `${from}→${to}`),
			`netns ${container.mode === 'host' ? host.name : owner}`,
		]
			.filter((text) => text !== '')
			.join(' · '),
		facts: [
			{label: 'netns', value: netns},
			{label: 'mode', value: modeText(container, wires)},
			...wires.flatMap((one) => wireFacts(place, owner, one, wire)),
			...publishedFacts(place, stack),
			{label: 'state', value: state},
			{label: 'image', value: container.image},
			...(container.command.length === 0 ? [] : [{label: 'command', value: container.command.join(' ')}]),
			{label: 'hostname', value: container.hostname},
			{label: 'id', value: container.id.slice(0, 12)},
		],
		meter: wire === undefined ? undefined : meterOf(view, host, owner, wire),
	};
}

function modeText({mode}: ContainerView, wires: readonly InterfaceView[]): string {
	const names = wires.flatMap(({network}) => network ?? []);
	return mode === 'networks' ? `${names.length === 1 ? 'network' : 'networks'} ${names.join(', ')}` : mode;
}

function wireSummary({segments}: Place, wire: InterfaceView, isOneOfMany: boolean): string {
	const segment = segmentFor(segments, wire);
	const address = wire.address ?? wire.address6 ?? 'no address';
	const gateway = wire.address === undefined ? wire.gateway6 : wire.gateway;
	const way = gateway === undefined || (isOneOfMany && !wire.isWayOut) ? '' : ` gw ${gateway}`;
	switch (segment?.kind) {
		case 'macvlan': {
			return `macvlan ${segment.network?.name ?? ''} · ${wire.dev} on ${segment.dev} · ${address}${way}`;
		}

		case 'overlay': {
			return `overlay ${segment.network?.name ?? ''} · VXLAN ${segment.network?.vni ?? '?'} · ${wire.dev} ${address}${way}`;
		}

		default: {
			const network = segment?.network?.name;
			return isOneOfMany
				? `${network === undefined ? '' : `${network} `}${wire.dev} ${address}${way}`
				: `${network === undefined ? '' : `${network} · `}${wire.dev} ⇄ ${wire.veth} · ${address}${way}`;
		}
	}
}

function wireFacts({host, segments}: Place, owner: string, wire: InterfaceView, out: InterfaceView | undefined): Fact[] {
	const segment = segmentFor(segments, wire);
	return [
		cableFact(host, owner, wire, segment),
		{label: 'address', value: wire.address ?? 'none'},
		{label: 'gateway', value: gatewayText(wire, segment, out)},
		...fact6('IPv6 address', wire.address6),
		...fact6('IPv6 gateway', wire.gateway6),
		{label: 'MAC', value: wire.mac},
		{label: 'MTU', value: segment?.kind === 'overlay' ? `${wire.mtu}: VXLAN's headers take 50 bytes of the wire's` : String(wire.mtu)},
	];
}

function cableFact(host: HostView, owner: string, wire: InterfaceView, segment: Segment | undefined): Fact {
	switch (segment?.kind) {
		case 'macvlan': {
			return {label: 'macvlan', value: `${wire.dev} in ${owner}: a second MAC on parent ${segment.dev} of ${host.name}; no veth pair, no bridge`};
		}

		case 'overlay': {
			const place = `${segment.dev} of ${segment.network?.name ?? ''}, in a namespace of its own on ${host.name}`;
			return {
				label: 'veth pair',
				value: `${wire.dev} in ${owner} ⇄ ${wire.veth}, port of ${place}; VXLAN ${segment.network?.vni ?? '?'} to the other hosts`,
			};
		}

		case 'bridge': {
			const network = segment.network === undefined ? '' : ` (network ${segment.network.name})`;
			return {label: 'veth pair', value: `${wire.dev} in ${owner} ⇄ ${wire.veth} on ${host.name}, port of ${segment.dev}${network}`};
		}

		default: {
			return {label: 'veth pair', value: `${wire.dev} in ${owner} ⇄ ${wire.veth} in LAN ${wire.bridge}`};
		}
	}
}

function gatewayText(wire: InterfaceView, segment: Segment | undefined, out: InterfaceView | undefined): string {
	if (segment?.network?.internal === true) {
		return `none: network ${segment.network.name} is internal`;
	}

	if (wire.gateway === undefined) {
		return wire !== out && out?.gateway !== undefined ? `none: the way out is ${out.dev}` : 'none';
	}

	return wire === out || out === undefined ? wire.gateway : `${wire.gateway}, not used: the way out is ${out.dev}`;
}

function publishedFacts({segments}: Place, stack: ContainerView): Fact[] {
	return stack.published.length === 0
		? [{label: 'published', value: whyNone(segments, stack)}]
		: stack.published.map((one) => ({label: 'published', value: publishedText(one)}));
}

function publishedText(one: PublishedView): string {
	return `${authority(one)} → ${one.port}/${one.protocol}${one.proxyPid === undefined ? '' : ` · docker-proxy ${one.proxyPid}`}`;
}

function whyNone(segments: readonly Segment[], {mode, state, interfaces}: ContainerView): string {
	if (mode === 'host') {
		return "none, and none is needed: its ports are the host's own";
	}

	const on = interfaces.map((wire) => segmentFor(segments, wire));
	return state !== 'running'
		? 'none: it does not run'
		: mode === 'none'
			? 'none: mode none publishes nothing'
			: on.every((segment) => segment?.kind === 'macvlan')
				? 'none: a macvlan has no NAT; its ports are open at its own address'
				: on.every((segment) => segment?.network?.internal === true)
					? 'none: an internal network publishes nothing'
					: 'none';
}
