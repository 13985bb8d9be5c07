// Links of the fake machine that are born: one kind = one function, with the refusals of the real kernel as error numbers.
// What becomes of them afterwards: fake-net.ts. To add a kind: a function, and its case in `addLink`.
import {constants} from 'node:os';
import {macFrom} from '../base/names.ts';
import {unreachable} from '../base/unreachable.ts';
import type {LinkSpec, NetnsName, OpOf} from '../plan/op.ts';
import type {Errno, FakeLink, FakeNet} from './fake-net.ts';

const {errno} = constants;

type SpecOf<K extends LinkSpec['kind']> = Extract<LinkSpec, {readonly kind: K}>;

/** Makes the link of an op. `netOf` throws for a namespace that is not there, and then nothing has changed. */
export function addLink({netns, link}: OpOf<'link.add'>, netOf: (name: NetnsName) => FakeNet): Errno {
	const net = netOf(netns);
	switch (link.kind) {
		case 'bridge': {
			return addBridge(link, netns, net);
		}

		case 'veth': {
			return addPair(link, {netns, net}, netOf(link.peer.netns));
		}

		case 'macvlan': {
			return addMacvlan(link, net, netOf(link.into));
		}

		case 'vxlan': {
			return addVxlan(link, net, netOf(link.into));
		}

		default: {
			return unreachable(link);
		}
	}
}

function addBridge({name, mac, mtu}: SpecOf<'bridge'>, netns: NetnsName, net: FakeNet): Errno {
	if (net.links.has(name)) {
		return errno.EEXIST;
	}

	net.addLink({name, kind: 'bridge', mac: mac ?? macFrom(0, netns, name), mtu: mtu ?? 1500, hasOwnMtu: mtu !== undefined, isUp: false});
	return undefined;
}

function addPair(link: SpecOf<'veth'>, {netns, net}: {readonly netns: NetnsName; readonly net: FakeNet}, other: FakeNet): Errno {
	const {name, peer, master, hairpin} = link;
	const refused = net.links.has(name) || other.links.has(peer.name) ? errno.EEXIST : master === undefined ? undefined : net.portRefused(master);
	if (refused !== undefined || (master === undefined && hairpin !== undefined)) {
		return refused ?? errno.EOPNOTSUPP;
	}

	net.addLink({
		name,
		kind: 'veth',
		mac: link.mac ?? macFrom(0, netns, name),
		mtu: link.mtu ?? 1500,
		hasOwnMtu: true,
		isUp: link.up === true,
		master,
		hairpin: hairpin === true,
		peer: {net: other, name: peer.name},
	});
	other.addLink({
		name: peer.name,
		kind: 'veth',
		mac: peer.mac ?? macFrom(0, peer.netns, peer.name),
		mtu: peer.mtu ?? 1500,
		hasOwnMtu: true,
		isUp: false,
		peer: {net, name},
	});
	return undefined;
}

/** As macvlan_common_newlink (drivers/net/macvlan.c): a macvlan on a macvlan hangs on the other's parent. */
function addMacvlan(link: SpecOf<'macvlan'>, net: FakeNet, into: FakeNet): Errno {
	const {name, macvlanMode: mode} = link;
	const found = net.links.get(link.parent);
	const parent = found?.macvlan?.parent ?? found;
	if (into.links.has(name) || parent === undefined) {
		return parent === undefined ? errno.ENODEV : errno.EEXIST;
	}

	const mtu = link.mtu ?? parent.mtu;
	const refused = mtu > parent.mtu ? errno.EINVAL : parentRefused(parent, mode);
	if (refused !== undefined) {
		return refused;
	}

	const mac = mode === 'passthru' ? parent.mac : (link.mac ?? macFrom(0, link.into, name));
	into.addLink({name, kind: 'macvlan', mac, mtu, hasOwnMtu: true, isUp: false, macvlan: {mode, parent}});
	return undefined;
}

/** As vxlan_config_validate (drivers/net/vxlan/vxlan_core.c): a VNI is there once on a port of the namespace that its packets leave from. */
function addVxlan({name, vni, port, learning, proxy, mac, mtu, into: where}: SpecOf<'vxlan'>, wire: FakeNet, into: FakeNet): Errno {
	if (into.links.has(name) || [...wire.tunnels].some(({vxlan}) => vxlan?.vni === vni && vxlan.port === port)) {
		return errno.EEXIST;
	}

	const vxlan = {vni, port, learning, proxy, wire};
	into.addLink({name, kind: 'vxlan', mac: mac ?? macFrom(0, where, name), mtu: mtu ?? 1450, hasOwnMtu: true, isUp: false, vxlan});
	return undefined;
}

function parentRefused(parent: FakeLink, mode: SpecOf<'macvlan'>['macvlanMode']): Errno {
	if (parent.master !== undefined) {
		return errno.EBUSY;
	}

	// one in mode passthru has its parent alone
	const brothers = [...parent.above.keys()];
	const isTaken = mode === 'passthru' ? brothers.length > 0 : brothers.some(({macvlan}) => macvlan?.mode === 'passthru');
	return isTaken || parent.name === 'lo' ? errno.EINVAL : undefined;
}

/** A macvlan has its MAC alone among those that are up, and differs from its parent: as macvlan_addr_busy (drivers/net/macvlan.c). */
export function isMacTaken(link: FakeLink, mac: string | undefined, up: boolean | undefined): boolean {
	const {macvlan} = link;
	if (macvlan === undefined || macvlan.mode === 'passthru' || (mac === undefined && (up !== true || link.isUp))) {
		return false;
	}

	const brothers = [...macvlan.parent.above.keys()].filter((other) => other !== link && other.isUp);
	return [macvlan.parent, ...brothers].some((other) => other.mac === (mac ?? link.mac));
}

/** What a port loses with its bridge. */
export function leave(link: FakeLink): void {
	link.master = undefined;
	link.hairpin = false;
	link.learning = true;
}
