// What containers of a host hang from: its bridges, the parents of macvlan networks, the host's places in overlay networks. LANs are outside.
import type {HostView, InterfaceView, NetworkView, View} from '../../api/messages.ts';
import {subnetOf} from '../text.ts';
import type {ItemId, Meter} from './scene.ts';

export interface Segment {
	readonly kind: 'bridge' | 'macvlan' | 'overlay';
	readonly id: ItemId;
	/** As it is spoken of: the bridge, or the network and its host. */
	readonly name: string;
	/** The device that its cables end at: a bridge, or the parent of a macvlan. */
	readonly dev: string;
	/** What stands on its line. */
	readonly label: string;
	/** The same where there is little room. */
	readonly brief: string;
	/** NICs of the host that it is on: frames pass between it and their LANs. */
	readonly ports: readonly string[];
	/** Whether the host routes packets between it and the world. */
	readonly isRouted: boolean;
	readonly network: NetworkView | undefined;
}

/** The segments of a host from top to bottom: those on its NICs, the bridges it routes for, with overlay networks above their way out. */
export function segmentsOf(view: Pick<View, 'networks'>, host: HostView): Segment[] {
	const mine = view.networks.filter(({hosts}) => hosts.includes(host.name));
	const bridges = host.bridges.map((bridge): Segment => {
		const network = mine.find(({driver, bridge: dev}) => driver === 'bridge' && dev === bridge.dev);
		const isInternal = network?.internal === true;
		const name = network === undefined || network.name === bridge.dev || bridge.dev === `br-${network.name}` ? '' : `${network.name} · `;
		return {
			kind: 'bridge',
			id: `bridge:${host.name}/${bridge.dev}`,
			name: bridge.dev,
			dev: bridge.dev,
			label: `${name}${bridge.dev} ${bridge.address ?? bridge.address6 ?? ''}${isInternal ? ' internal' : ''}`.trimEnd(),
			brief: `${name === '' ? bridge.dev : (network?.name ?? '')}${isInternal ? ' internal' : ''} ${bridge.address ?? bridge.address6 ?? ''}`.trimEnd(),
			ports: bridge.ports,
			isRouted: bridge.ports.length === 0 && !isInternal,
			network,
		};
	});
	const others = mine.flatMap((network): Segment[] => (network.driver === 'bridge' ? [] : [segmentOf(host, network)]));
	const isOnNic = ({ports}: Segment): boolean => ports.length > 0;
	const all = [...others.filter(({kind}) => kind === 'macvlan'), ...bridges, ...others.filter(({kind}) => kind === 'overlay')];
	const gateway = all.findIndex(({dev}) => dev === gatewayBridge);
	const ordered = gateway === -1 ? all : [...all.toSpliced(gateway, 1), ...all.slice(gateway, gateway + 1)];
	return ordered.toSorted((a, b) => Number(isOnNic(b)) - Number(isOnNic(a)));
}

/** The bridge by which containers of overlay networks reach the world. */
const gatewayBridge = 'docker_gwbridge';
/** What Docker calls the bridge in a host's place of an overlay network. */
const overlayBridge = 'br0';

function segmentOf(host: HostView, network: NetworkView): Segment {
	const isOverlay = network.driver === 'overlay';
	const dev = isOverlay ? overlayBridge : (network.parent ?? '');
	return {
		kind: isOverlay ? 'overlay' : 'macvlan',
		id: `network:${host.name}/${network.name}`,
		name: `${network.name} on ${host.name}`,
		dev,
		label: isOverlay
			? `${network.name} · ${dev} ${subnetOf(network)}`
			: `${dev} · macvlan ${network.name} ${subnetOf(network)}${network.internal ? ' internal' : ''}`,
		brief: `${dev} ${network.driver} ${network.name}`,
		ports: isOverlay || network.internal ? [] : [dev],
		isRouted: false,
		network,
	};
}

/** Where an interface is plugged in; undefined: not into a segment of its host. */
export function segmentFor<S extends Segment>(segments: readonly S[], wire: InterfaceView): S | undefined {
	return (
		segments.find(({kind, network}) => kind !== 'bridge' && network?.name === wire.network) ??
		segments.find(({kind, dev}) => kind === 'bridge' && wire.kind === 'veth' && dev === wire.bridge)
	);
}

/** Where an interface is counted: at its outer end on the host or in its LAN; where it has none there, in the container itself. */
export function meterOf(view: Pick<View, 'networks' | 'lans'>, host: HostView, container: string, wire: InterfaceView): Meter {
	const isLan = view.lans.some(({name}) => name === wire.bridge) && !host.bridges.some(({dev}) => dev === wire.bridge);
	const network = view.networks.find(({name}) => name === wire.network);
	return wire.kind === 'macvlan' || network?.driver === 'overlay'
		? {node: container, dev: wire.dev, isTurned: false}
		: {node: isLan ? wire.bridge : host.name, dev: wire.veth, isTurned: true};
}
