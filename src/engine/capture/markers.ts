// Sends markers (watch/live/marker.ts) through the interfaces of a capture that has to be sure of having seen everything.
import {randomInt} from 'node:crypto';
import type {Native} from '../../../native/index.ts';
import type {Machine} from '../../kernel/machine.ts';
import type {Namespaces} from '../../kernel/namespaces.ts';
import type {Marked} from '../../model/capture.ts';
import type {ObservedLink} from '../../model/observed.ts';
import type {Capture} from '../../watch/live/capture.ts';
import {markerFrame} from '../../watch/live/marker.ts';
import {keyOf} from '../../watch/live/marks.ts';
import type {NamedSite} from './sites.ts';

/** A line may lose some of them. */
const times = 20;
const everyMs = 100;
/** One of the states in which frames go through (IF_OPER_*, RFC 2863); lo and what has no state of its own are in UNKNOWN. */
const working: ReadonlySet<string> = new Set(['UP', 'UNKNOWN', 'DORMANT']);

interface MarkerHost {
	readonly native: Pick<Native, 'packetSocket' | 'sendFrame' | 'close'>;
	readonly namespaces: Pick<Namespaces, 'has' | 'hold'>;
	readonly machine: Pick<Machine, 'links'>;
}

/** An interface, or all that a site has. */
interface Place {
	readonly site: NamedSite;
	readonly dev: string | undefined;
}

/** An interface through which a marker is sent, by a socket in its namespace. */
interface Way {
	readonly site: string;
	readonly ifindex: number;
	readonly name: string;
	readonly socket: number;
}

/** Resolves when everything that came through the places before is handed out. */
export async function sendMarkers(host: MarkerHost, capture: Capture, places: readonly Place[]): Promise<Marked> {
	const {native} = host;
	const sockets: number[] = [];
	try {
		const ways: Way[] = [];
		const absent: string[] = [];
		for (const [site, meant] of bySite(places)) {
			// oxlint-disable-next-line no-await-in-loop -- a handful
			const found = await waysOf(host, site, meant);
			sockets.push(...found.ways.map(({socket}) => socket));
			ways.push(...found.ways);
			absent.push(...found.absent);
		}

		const id = randomInt(2 ** 32);
		const frame = markerFrame(id);
		const send = (): void => {
			for (const {socket, ifindex} of ways) {
				trySend(native, {socket, ifindex, frame});
			}
		};
		const missing = await capture.marks.send(id, ways, {send, times, everyMs});
		return {lost: ways.filter((way) => missing.has(keyOf(way))).map(({site, name}) => `${site}/${name}`), absent};
	} finally {
		new Set(sockets).forEach((socket) => {
			native.close(socket);
		});
	}
}

/** What is meant of a site: all its interfaces, and those that were named. */
interface Meant {
	isAll: boolean;
	readonly named: Set<string>;
}

function bySite(places: readonly Place[]): ReadonlyMap<NamedSite, Meant> {
	const sites = new Map<NamedSite, Meant>();
	for (const {site, dev} of places) {
		const meant = sites.get(site) ?? {isAll: false, named: new Set<string>()};
		sites.set(site, meant);
		if (dev === undefined) {
			meant.isAll = true;
		} else {
			meant.named.add(dev);
		}
	}

	return sites;
}

interface Found {
	readonly ways: readonly Way[];
	readonly absent: readonly string[];
}

/** Of the interfaces that are meant those through which a frame can go now, and those that are not there. In a namespace that has gone nothing will come. */
async function waysOf({native, namespaces, machine}: MarkerHost, {name, netns}: NamedSite, {isAll, named}: Meant): Promise<Found> {
	if (!namespaces.has(netns)) {
		return {ways: [], absent: []};
	}

	const held = namespaces.hold(netns);
	try {
		const links = await machine.links(netns);
		const there = new Set(links.map((link) => link.name));
		const meant = links.filter((link) => (isAll || named.has(link.name)) && isWorking(link));
		const socket = meant.length === 0 ? -1 : await native.packetSocket(held.fd);
		return {
			ways: meant.map((link) => ({site: name, ifindex: link.index, name: link.name, socket})),
			absent: [...named].filter((dev) => !there.has(dev)).map((dev) => `${name}/${dev}`),
		};
	} finally {
		held.release();
	}
}

function isWorking({isUp, state}: ObservedLink): boolean {
	return isUp && working.has(state);
}

/** An interface that goes down or away at this moment takes no frame: then the marker does not come, and that is what is told. */
function trySend(
	native: Pick<Native, 'sendFrame'>,
	{socket, ifindex, frame}: {readonly socket: number; readonly ifindex: number; readonly frame: Uint8Array},
): void {
	try {
		native.sendFrame(socket, ifindex, frame);
	} catch {
		// the next one may get through
	}
}
