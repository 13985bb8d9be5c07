// How a link of the fake machine looks to whoever observes it.
import type {ObservedLink} from '../model/observed.ts';
import type {FakeLink} from './fake-net.ts';

export function observedLink(link: FakeLink): ObservedLink {
	const {index, name, kind, mac, mtu, isUp, master} = link;
	const other = link.peer?.net.links.get(link.peer.name);
	const below = other ?? link.macvlan?.parent;
	const state = (name === 'lo' || kind === 'vxlan') && isUp ? 'UNKNOWN' : !isUp ? 'DOWN' : below?.isUp === false ? 'LOWERLAYERDOWN' : 'UP';
	return {
		index,
		name,
		kind,
		mac,
		mtu,
		isUp,
		master,
		state,
		peerIndex: other?.index,
		macvlan: link.macvlan && {mode: link.macvlan.mode, parentIndex: link.macvlan.parent.index},
		vxlan: link.vxlan && {vni: link.vxlan.vni, port: link.vxlan.port, learning: link.vxlan.learning, proxy: link.vxlan.proxy},
		hairpin: master === undefined ? undefined : link.hairpin,
		learning: master === undefined ? undefined : link.learning,
		counters: {rxBytes: 0, txBytes: 0, rxPackets: 0, txPackets: 0, rxDropped: 0, txDropped: 0},
	};
}

/** The interface that a setting belongs to, and goes with; a dot in its name is a slash there (sysctl(8)). */
export function deviceOf(key: string): string | undefined {
	return /^net\.ipv[46]\.(?:conf|neigh)\.([^.]+)\./.exec(key)?.[1]?.replaceAll('/', '.');
}
