// One namespace's links, addresses, routes and neighbours, read from the kernel each time. Changes nothing.
import {LabError} from '../base/errors.ts';
import type {LinkCounters, ObservedAddress, ObservedLink, ObservedNeighbour, ObservedNet, ObservedRoute} from '../model/observed.ts';
import type {Native} from '../../native/index.ts';
import type {NetnsName} from '../plan/op.ts';
import type {Namespaces} from './namespaces.ts';
import {addr, addrMessage, scopeName} from './netlink/addr.ts';
import {dump, dumpOf, rows} from './netlink/dump.ts';
import {link, linkMessage, linkStates, statistic, upFlag} from './netlink/link.ts';
import {neigh, neighMessage, neighState} from './netlink/neigh.ts';
import type {Mail, Send} from './netlink/outbox.ts';
import {mainTable, route, routeMessage, unicast} from './netlink/route.ts';
import {errorName} from './refusals.ts';
import {addressFamilies} from './requests.ts';

/** The dumps that must work, in this order. The two of routes follow: a table that was never used is no table (ENOENT), and IPv6 may be missing. */
const needed = [dumpOf(linkMessage.get, link, {}), dumpOf(addrMessage.get, addr, {}), dumpOf(neighMessage.get, neigh, {})];
const dumps = [...needed, ...Object.values(addressFamilies).map((family) => dumpOf(routeMessage.get, route, {family, table: mainTable}))];

/** Throws E_NAME_UNKNOWN, E_KERNEL. */
export async function readNet(native: Native, namespaces: Namespaces, netns: NetnsName): Promise<ObservedNet> {
	return netOf(await read(native, namespaces, netns, dumps));
}

/** Throws E_NAME_UNKNOWN, E_KERNEL. */
export async function readLinks(native: Native, namespaces: Namespaces, netns: NetnsName): Promise<ObservedNet['links']> {
	return netOf(await read(native, namespaces, netns, needed.slice(0, 1))).links;
}

async function read(native: Native, namespaces: Namespaces, netns: NetnsName, wanted: readonly Send[]): Promise<Mail> {
	const held = await namespaces.holdRoute(netns);
	try {
		const mail = await dump(native, held.fd, wanted);
		for (const index of needed.keys()) {
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
	const links = rows(mail, linkMessage.add, link);
	const names = new Map(links.map(({header, attributes}) => [header.index, attributes.name ?? '']));
	return {
		links: links.map((row) => observedLink(row, names)),
		addresses: rows(mail, addrMessage.add, addr).flatMap((row) => observedAddress(row, names)),
		routes: rows(mail, routeMessage.add, route).flatMap((row) => observedRoute(row, names)),
		neighbours: rows(mail, neighMessage.add, neigh).flatMap((row) => observedNeighbour(row, names)),
	};
}

type Row<Format extends {readonly header: unknown; readonly attributes: unknown}> = {
	readonly header: NonNullable<Format['header'] extends {read: (...args: never[]) => infer Header} ? Header : never>;
	readonly attributes: Format['attributes'] extends {read: (...args: never[]) => infer Attributes} ? Attributes : never;
};
type Names = ReadonlyMap<number, string>;

function observedLink({header, attributes}: Row<typeof link>, names: Names): ObservedLink {
	const kind = attributes.info?.kind;
	const hairpin = attributes.info?.port?.hairpin;
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
		hairpin: hairpin === undefined ? undefined : hairpin === 1,
		counters: counters(attributes.statistics ?? []),
	};
}

function counters(statistics: readonly number[]): LinkCounters {
	const of = (name: keyof typeof statistic): number => statistics[statistic[name]] ?? 0;
	return {rxBytes: of('rxBytes'), txBytes: of('txBytes'), rxPackets: of('rxPackets'), txPackets: of('txPackets'), rxDropped: of('rxDropped'), txDropped: of('txDropped')};
}

function observedAddress({header, attributes}: Row<typeof addr>, names: Names): readonly ObservedAddress[] {
	const address = attributes.local ?? attributes.address;
	const scope = scopeName(header.scope);
	return address === undefined ? [] : [{dev: names.get(header.index) ?? '', family: familyNumber(header.family), address: `${address}/${header.prefix}`, broadcast: attributes.broadcast, scope: scope === 'nowhere' ? 'global' : scope}];
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
	return attributes.address === undefined || state === 'NOARP' || state === 'NONE' ? [] : [{dev: names.get(header.index) ?? '', address: attributes.address, mac: attributes.mac, state}];
}

function familyNumber(family: number): 4 | 6 {
	return family === addressFamilies[6] ? 6 : 4;
}
