// Which netlink messages do an op, and which take it back. Pure: names of links and namespaces have become numbers before.
// To add a verb: a case in `doRequests` and in `undoRequests`, and the links that it names in `linksNeeded`.
import {unreachable} from '../base/unreachable.ts';
import type {LinkSpec, NetnsName, OpOf} from '../plan/op.ts';
import {addr, addrMessage, noDuplicateCheck, scopes} from './netlink/addr.ts';
import {familyOf, subnetOf} from './netlink/ip.ts';
import {link, linkMessage, macvlanModes, oneSegment, upFlag, withoutStatistics} from './netlink/link.ts';
import {flags, writeMessage} from './netlink/message.ts';
import type {Send} from './netlink/outbox.ts';
import {bridgeFamily, neigh, neighMessage, own, permanent} from './netlink/neigh.ts';
import {byHand, mainTable, route, routeMessage, unicast} from './netlink/route.ts';

export type NetlinkOp = OpOf<'link.add' | 'link.set' | 'addr.add' | 'addr.del' | 'route.add' | 'fdb.set' | 'neigh.set'>;

/** What names stand for in the namespace of an op. */
export interface Place {
	readonly link: (name: string) => number;
	readonly netnsFd: (name: NetnsName) => number;
	/** A number for a link that no other link of the lab has or gets. */
	readonly newNumber: () => number;
}

/** AF_INET, AF_INET6 (linux/socket.h). */
export const addressFamilies = {4: 2, 6: 10} as const;
const create = flags.create | flags.exclusive;
/** IFLA_GROUP of links that are about to be deleted together: "gone" in ASCII. Whatever is found in it was on its way out. */
const dyingGroup = 0x67_6f_6e_65;

type LinkAttributes = Parameters<typeof link.attributes.write>[1];

function linkRequest(
	message: {readonly type: number; readonly flags?: number},
	header: Partial<Record<'index' | 'flags' | 'change', number>>,
	attributes: LinkAttributes,
): Send {
	return (out, seq) => writeMessage(out, {type: message.type, flags: flags.request | (message.flags ?? 0), seq}, link, {header, attributes});
}

/** Asks for one link by name, without its counters. */
export function linkByName(name: string): Send {
	return linkRequest({type: linkMessage.get}, {}, {name, filter: withoutStatistics});
}

/** Links of the op's namespace whose numbers its messages carry. Other messages name links themselves. */
export function linksNeeded(op: NetlinkOp): readonly string[] {
	switch (op.do) {
		case 'link.add': {
			return below(op.link);
		}

		case 'link.set': {
			return typeof op.master === 'string' ? [op.master] : [];
		}

		case 'addr.add':
		case 'addr.del':
		case 'fdb.set':
		case 'neigh.set': {
			return [op.dev];
		}

		case 'route.add': {
			return op.dev === undefined ? [] : [op.dev];
		}

		default: {
			return unreachable(op);
		}
	}
}

/** The link that a new one hangs on: a veth's bridge, a macvlan's parent. */
function below(spec: LinkSpec): readonly string[] {
	switch (spec.kind) {
		case 'bridge':
		case 'vxlan': {
			return [];
		}

		case 'veth': {
			return spec.master === undefined ? [] : [spec.master];
		}

		case 'macvlan': {
			return [spec.parent];
		}

		default: {
			return unreachable(spec);
		}
	}
}

/** The messages that do the op, in order. */
export function doRequests(op: NetlinkOp, place: Place): readonly Send[] {
	switch (op.do) {
		case 'link.add': {
			return addLink(op.link, place);
		}

		case 'link.set': {
			return setLink(op, place);
		}

		case 'addr.add': {
			return [addressRequest(addrMessage.add, op, place)];
		}

		case 'addr.del': {
			return [addressRequest(addrMessage.remove, op, place)];
		}

		case 'route.add': {
			return [routeRequest(routeMessage.add, op, place)];
		}

		case 'fdb.set':
		case 'neigh.set': {
			return [entryRequest(neighMessage.add, op, place)];
		}

		default: {
			return unreachable(op);
		}
	}
}

/** The messages that take the op back. What a `link.set` had changed from is not in it: MTU and MAC stay until their link goes. */
export function undoRequests(op: NetlinkOp, place: Place): readonly Send[] {
	switch (op.do) {
		case 'link.add': {
			return [linkRequest({type: linkMessage.remove}, {}, {name: op.link.name})];
		}

		case 'link.set': {
			return setLink(inverse(op), place);
		}

		case 'addr.add': {
			return [addressRequest(addrMessage.remove, op, place)];
		}

		case 'addr.del': {
			return [addressRequest(addrMessage.add, op, place)];
		}

		case 'route.add': {
			return [routeRequest(routeMessage.remove, op, place)];
		}

		case 'fdb.set':
		case 'neigh.set': {
			return [entryRequest(neighMessage.remove, op, place)];
		}

		default: {
			return unreachable(op);
		}
	}
}

/** Puts a link into the group of those that `deleteGroup` removes. Not RTM_NEWLINK, which takes a group without its link for the whole group. */
export function markForDeletion(name: string): Send {
	return linkRequest({type: linkMessage.set}, {}, {name, group: dyingGroup});
}

/** Deletes all marked links at once: one RCU grace period for all instead of one for each (300 veth pairs: 0.16 s instead of 6.8 s). */
export const deleteMarked: Send = linkRequest({type: linkMessage.remove}, {}, {group: dyingGroup});

function addLink(spec: LinkSpec, place: Place): readonly Send[] {
	const {name, mac, mtu} = spec;
	const message = {type: linkMessage.add, flags: create};
	switch (spec.kind) {
		case 'bridge': {
			// no queue, like Docker's: what goes to a bridge, a macvlan or a VXLAN waits in the interfaces below
			return [linkRequest(message, {}, {name, mac, mtu, queueLength: 0, ...oneSegment, info: {kind: 'bridge'}})];
		}

		case 'veth': {
			// the peer must not come up here: veth_open() refuses with ENOTCONN while the pair is not joined (drivers/net/veth.c).
			// One queue each: otherwise one per CPU is made and all but one given back, which costs an RCU grace period.
			const one = {txQueues: 1, rxQueues: 1, queueLength: 0, ...oneSegment};
			const peer = {name: spec.peer.name, mac: spec.peer.mac, mtu: spec.peer.mtu, netnsFd: place.netnsFd(spec.peer.netns), ...one};
			const header = spec.up === true ? {flags: upFlag, change: upFlag} : {};
			const master = spec.master === undefined ? undefined : place.link(spec.master);
			const told = {...message, flags: create | flags.echo};
			const pair = linkRequest(told, header, {name, mac, mtu, master, ...one, info: {kind: 'veth', veth: {peer: {header: {}, attributes: peer}}}});
			return spec.hairpin === undefined ? [pair] : [pair, portRequest(name, {hairpin: spec.hairpin})];
		}

		case 'macvlan': {
			// The parent is looked up where the request is made, the link is born in the other namespace. With a number of its own, kernels before 6.13
			// do not look for its name beside the parent, where there may be an eth0 too (rtnl_newlink, net/core/rtnetlink.c).
			const attributes = {name, mac, mtu, queueLength: 0, ...oneSegment, link: place.link(spec.parent), netnsFd: place.netnsFd(spec.into)};
			const info = {kind: 'macvlan', macvlan: {mode: macvlanModes[spec.macvlanMode]}};
			return [linkRequest(message, {index: place.newNumber()}, {...attributes, info})];
		}

		case 'vxlan': {
			// the socket of its UDP packets belongs to the namespace of the request, also when the link is born elsewhere (vxlan_newlink, drivers/net/vxlan/vxlan_core.c)
			const {vni, port, learning, proxy} = spec;
			const info = {kind: 'vxlan', vxlan: {vni, learning: learning ? 1 : 0, proxy: proxy ? 1 : 0, port}};
			return [linkRequest(message, {index: place.newNumber()}, {name, mac, mtu, queueLength: 0, ...oneSegment, netnsFd: place.netnsFd(spec.into), info})];
		}

		default: {
			return unreachable(spec);
		}
	}
}

function setLink({dev, up, mtu, mac, master, hairpin, learning}: Omit<OpOf<'link.set'>, 'why'>, place: Place): readonly Send[] {
	const requests: Send[] = [];
	if (up !== undefined || mtu !== undefined || mac !== undefined || master !== undefined) {
		const header = up === undefined ? {} : {flags: up ? upFlag : 0, change: upFlag};
		requests.push(
			linkRequest({type: linkMessage.set}, header, {
				name: dev,
				mac,
				mtu,
				master: typeof master === 'string' ? place.link(master) : master === null ? 0 : undefined,
			}),
		);
	}

	return hairpin === undefined && learning === undefined ? requests : [...requests, portRequest(dev, {hairpin, learning})];
}

/** A bridge port's own settings: only RTM_NEWLINK takes them, and only when the link is a port already. */
function portRequest(name: string, {hairpin, learning}: {readonly hairpin?: boolean | undefined; readonly learning?: boolean | undefined}): Send {
	const bit = (isOn: boolean | undefined): number | undefined => (isOn === undefined ? undefined : isOn ? 1 : 0);
	return linkRequest({type: linkMessage.add}, {}, {name, info: {slaveKind: 'bridge', port: {hairpin: bit(hairpin), learning: bit(learning)}}});
}

/** What takes a change of a link back, as far as the op says it: not its MTU and MAC. */
export function inverse(op: OpOf<'link.set'>): Omit<OpOf<'link.set'>, 'why'> {
	return {
		do: op.do,
		netns: op.netns,
		dev: op.dev,
		...(op.up === undefined ? {} : {up: !op.up}),
		// leaving the bridge ends the port, and its settings with it
		...(typeof op.master === 'string' ? {master: null} : portInverse(op)),
	};
}

function portInverse({hairpin, learning}: OpOf<'link.set'>): Pick<OpOf<'link.set'>, 'hairpin' | 'learning'> {
	return {...(hairpin === undefined ? {} : {hairpin: !hairpin}), ...(learning === undefined ? {} : {learning: !learning})};
}

/** Always with "replace": something learned, or a former holder's, may be there already. */
function entryRequest(type: number, op: OpOf<'fdb.set' | 'neigh.set'>, place: Place): Send {
	const isNew = type === neighMessage.add;
	const isFdb = op.do === 'fdb.set';
	const header = {
		family: isFdb ? bridgeFamily : addressFamilies[familyOf(op.address)],
		index: place.link(op.dev),
		state: isNew ? permanent : 0,
		flags: isFdb ? own : 0,
	};
	const attributes = {address: isFdb ? op.dst : op.address, mac: isFdb || isNew ? op.mac : undefined};
	return (out, seq) => writeMessage(out, {type, flags: flags.request | (isNew ? flags.create | flags.replace : 0), seq}, neigh, {header, attributes});
}

function addressRequest(type: number, op: OpOf<'addr.add' | 'addr.del'>, place: Place): Send {
	const {ip: address, family, prefix} = subnetOf(op.address);
	const header = {
		family: addressFamilies[family],
		prefix,
		scope: address.startsWith('127.') ? scopes.host : scopes.global,
		index: place.link(op.dev),
	};
	const attributes =
		family === 4 ? {local: address, address, broadcast: op.broadcast} : {local: address, address, flags: op.nodad === true ? noDuplicateCheck : undefined};
	const isNew = type === addrMessage.add;
	return (out, seq) => writeMessage(out, {type, flags: flags.request | (isNew ? create : 0), seq}, addr, {header, attributes});
}

function routeRequest(type: number, op: OpOf<'route.add'>, place: Place): Send {
	const family = familyOf(op.via ?? op.to);
	const to = op.to === 'default' ? undefined : subnetOf(op.to);
	const isNew = type === routeMessage.add;
	const header = {
		family: addressFamilies[family],
		toPrefix: to?.prefix ?? 0,
		table: mainTable,
		protocol: isNew ? byHand : 0,
		// when deleting, "nowhere" is any scope (net/ipv4/fib_trie.c)
		scope: isNew ? (op.via === undefined && family === 4 ? scopes.link : scopes.global) : scopes.nowhere,
		type: unicast,
	};
	const attributes = {to: to?.ip, via: op.via, out: op.dev === undefined ? undefined : place.link(op.dev)};
	return (out, seq) => writeMessage(out, {type, flags: flags.request | (isNew ? create : 0), seq}, route, {header, attributes});
}
