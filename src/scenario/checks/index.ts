// The table of checks. A new check: a member of `Check` in model/lab.ts, its schema in model/, a file here, a line below.
import type {Check} from '../../model/lab.ts';
import type {Checker, Scene, Seen} from '../scene.ts';
import {addr} from './addr.ts';
import {bridge} from './bridge.ts';
import {conntrack} from './conntrack.ts';
import {devs} from './devs.ts';
import {dns} from './dns.ts';
import {exec} from './exec.ts';
import {fdb} from './fdb.ts';
import {file} from './file.ts';
import {http} from './http.ts';
import {latency} from './latency.ts';
import {listen} from './listen.ts';
import {neigh} from './neigh.ts';
import {noPacket, packet} from './packet.ts';
import {processes} from './process.ts';
import {reach} from './reach.ts';
import {route} from './route.ts';
import {rule} from './rule.ts';
import {differ, same} from './same.ts';
import {unique} from './unique.ts';

type Table = {readonly [K in Check['check']]: Checker<K>};

const table: Table = {
	addr,
	bridge,
	conntrack,
	devs,
	differ,
	dns,
	exec,
	fdb,
	file,
	http,
	latency,
	listen,
	neigh,
	no_packet: noPacket,
	packet,
	process: processes,
	reach,
	route,
	rule,
	same,
	unique,
};

/** A check with its checker: what the runner needs. */
export interface BoundCheck {
	readonly title: string;
	readonly retries: boolean;
	look(scene: Scene): Promise<Seen>;
}

export function bind(check: Check): BoundCheck {
	// the table's type guarantees that the checker fits its word; TypeScript cannot follow a union through a look-up
	const checker = table[check.check] as Checker<never>;
	const meant = check as never;
	return {title: checker.title(meant), retries: checker.retries(meant), look: async (scene) => checker.look(meant, scene)};
}
