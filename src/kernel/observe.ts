// One namespace's links, addresses, routes, neighbours and forwarding databases, read from the kernel each time. Changes nothing.
import {LabError} from '../base/errors.ts';
import type {LinkCounters, ObservedAddress, ObservedFdbEntry, ObservedLink, ObservedNeighbour, ObservedNet, ObservedRoute} from '../model/observed.ts';
import type {Native} from '../../native/index.ts';
import type {NetnsName} from '../plan/op.ts';
import type {Namespaces} from './namespaces.ts';
import {addr, addrMessage, scopeName} from './netlink/addr.ts';
import {dump, dumpOf, rows} from './netlink/dump.ts';
import {link, linkMessage, linkStates, macvlanModeName, statistic, upFlag} from './netlink/link.ts';
import {bridgeFamily, neigh, neighMessage, neighState, permanent} from './netlink/neigh.ts';
import type {Mail, Send} from './netlink/outbox.ts';
import {mainTable, route, routeMessage, unicast} from './netlink/route.ts';
import {errorName} from './refusals.ts';
import {addressFamilies} from './requests.ts';

const links = dumpOf(linkMessage.get, link, {});
/** The dumps that must work. The two of routes follow them: a table that was never used is no table (ENOENT), and IPv6 may be missing. */
const needed = [links, dumpOf(addrMessage.get, addr, {}), dumpOf(neighMessage.get, neigh, {}), dumpOf(neighMessage.get, neigh, {family: bridgeFamily})];
const routes = Object.values(addressFamilies).map((family) => dumpOf(routeMessage.get, route, {family, table: mainTable}));

export interface Reader {
	readonly native: Native;
	readonly namespaces: Namespaces;
}

/** Throws E_NAME_UNKNOWN, E_KERNEL. */
export async function readNet(reader: Reader, netns: NetnsName): Promise<ObservedNet> {
	return netOf(await read(reader, netns, needed, routes));
}

/** Only the links. Throws E_NAME_UNKNOWN, E_KERNEL. */
export async function readLinks(reader: Reader, netns: NetnsName): Promise<readonly ObservedLink[]> {
	return netOf(await read(reader, netns, [links])).links;
}

/** Dumps what must be there, and what may be refused. */
async function read({native, namespaces}: Reader, netns: NetnsName, must: readonly Send[], may: readonly Send[] = []): Promise<Mail> {
	const held = await namespaces.holdRoute(netns);
	try {
		const mail = await dump(native, held.fd, [...must, ...may]);
		for (const [index] of must.entries()) {
			const refused = mail.refused.get(index + 1);
			if (refused !== undefined) {
				throw new LabError('E_KERNEL', {doing: `look at ${netns}`, said: refused.said ?? errorName(refused.errno)});
			}
		}

		return mail;
	} finally {
		held.release();
	}
}

function netOf(mail: Mail): ObservedNet {
	const linkRows = rows(mail, linkMessage.add, link);
	const neighbours = rows(mail, neighMessage.add, neigh);
	const names = new Map(linkRows.map(({header, attributes}) => [header.index, attributes.name ?? '']));
	return {
		links: linkRows.map((row) => observedLink(row, names)),
		addresses: rows(mail, addrMessage.add, addr).flatMap((row) => observedAddress(row, names)),
		routes: rows(mail, routeMessage.add, route).flatMap((row) => observedRoute(row, names)),
		neighbours: neighbours.filter(({header}) => header.family !== bridgeFamily).flatMap((row) => observedNeighbour(row, names)),
		fdb: neighbours.filter(({header}) => header.family === bridgeFamily).flatMap((row) => observedFdbEntry(row, names)),
	};
}

type Row<Format extends {readonly header: unknown; readonly attributes: unknown}> = {
	readonly header: NonNullable<Format['header'] extends {read: (...args: never[]) => infer Header} ? Header : never>;
	readonly attributes: Format['attributes'] extends {read: (...args: never[]) => infer Attributes} ? Attributes : never;
};
type Names = ReadonlyMap<number, string>;

function observedLink({header, attributes}: Row<typeof link>, names: Names): ObservedLink {
	const kind = attributes.info?.kind;
	const {hairpin, learning} = attributes.info?.port ?? {};
	return {
		index: header.index,
		name: attributes.name ?? '',
		kind,
		mac: attributes.mac ?? '',
		mtu: attributes.mtu ?? 0,
		isUp: (header.flags & upFlag) !== 0,
		state: linkStates[attributes.state ?? 0] ?? 'UNKNOWN',
		master: attributes.master === undefined ? undefined : names.get(attributes.master),
		peerIndex: kind === 'veth' ? attributes.link : undefined,
		macvlan: kind === 'macvlan' ? observedMacvlan(attributes) : undefined,
		vxlan: kind === 'vxlan' ? observedVxlan(attributes) : undefined,
		hairpin: hairpin === undefined ? undefined : hairpin === 1,
		learning: learning === undefined ? undefined : learning === 1,
		counters: counters(attributes.statistics ?? []),
	};
}

function observedMacvlan({link: parentIndex, info}: Row<typeof link>['attributes']): ObservedLink['macvlan'] {
	const mode = macvlanModeName(info?.macvlan?.mode ?? 0);
	return mode === undefined || parentIndex === undefined ? undefined : {mode, parentIndex};
}

function observedVxlan({info}: Row<typeof link>['attributes']): ObservedLink['vxlan'] {
	const {vni = 0, port = 0, learning, proxy} = info?.vxlan ?? {};
	return {vni, port, learning: learning === 1, proxy: proxy === 1};
}

function counters(statistics: readonly number[]): LinkCounters {
	const of = (name: keyof typeof statistic): number => statistics[statistic[name]] ?? 0;
	return {
		rxBytes: of('rxBytes'),
		txBytes: of('txBytes'),
		rxPackets: of('rxPackets'),
		txPackets: of('txPackets'),
		rxDropped: of('rxDropped'),
		txDropped: of('txDropped'),
	};
}

function observedAddress({header, attributes}: Row<typeof addr>, names: Names): readonly ObservedAddress[] {
	const address = attributes.local ?? attributes.address;
	const scope = scopeName(header.scope);
	return address === undefined
		? []
		: [
				{
					dev: names.get(header.index) ?? '',
					family: familyNumber(header.family),
					address: `${address}/${header.prefix}`,
					broadcast: attributes.broadcast,
					scope: scope === 'nowhere' ? 'global' : scope,
				},
			];
}

/** The routes that `ip route` and `ip -6 route` print and that lead somewhere. */
function observedRoute({header, attributes}: Row<typeof route>, names: Names): readonly ObservedRoute[] {
	if (header.type !== unicast || (attributes.table ?? header.table) !== mainTable) {
		return [];
	}

	return [
		{
			family: familyNumber(header.family),
			to: attributes.to === undefined ? 'default' : `${attributes.to}/${header.toPrefix}`,
			via: attributes.via,
			dev: attributes.out === undefined ? undefined : names.get(attributes.out),
			source: attributes.source,
			scope: scopeName(header.scope),
			protocol: header.protocol,
		},
	];
}

/** The neighbours that `ip neigh` prints: not those that never need asking (multicast, loopback). */
function observedNeighbour({header, attributes}: Row<typeof neigh>, names: Names): readonly ObservedNeighbour[] {
	const state = neighState(header.state);
	return attributes.address === undefined || state === 'NOARP' || state === 'NONE'
		? []
		: [{dev: names.get(header.index) ?? '', address: attributes.address, mac: attributes.mac, state}];
}

/** As `bridge fdb` prints them. */
function observedFdbEntry({header, attributes}: Row<typeof neigh>, names: Names): readonly ObservedFdbEntry[] {
	const {mac, address, master} = attributes;
	return mac === undefined
		? []
		: [
				{
					dev: names.get(header.index) ?? '',
					mac,
					dst: address,
					master: master === undefined ? undefined : names.get(master),
					isPermanent: (header.state & permanent) !== 0,
				},
			];
}

function familyNumber(family: number): 4 | 6 {
	return family === addressFamilies[6] ? 6 : 4;
}
