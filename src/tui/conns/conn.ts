// One connection as the Connections screen knows it, and the orders in which connections can stand.
import type {Nat} from '../../model/connections/nat.ts';
import type {ProxiedHalf} from '../../model/connections/proxied.ts';
import {destinationText, protocolText, sourceText, stateText} from '../../model/connections/words.ts';
import type {ObservedFlow} from '../../model/observed.ts';

/** How long one is marked as new. */
const freshMs = 2000;

export interface Conn {
	/** Node and number: the same as long as the connection lives. */
	readonly key: string;
	readonly node: string;
	flow: ObservedFlow;
	half: ProxiedHalf | undefined;
	/** Milliseconds since 1970, when it was seen to begin; undefined: it was there before. */
	readonly bornMs: number | undefined;
	goneMs: number | undefined;
	expiresMs: number;
	/** The states that it was seen in. */
	readonly timeline: {readonly atMs: number; readonly text: string}[];
	nat: Nat | undefined;
	/** Whether the filter lets it through. */
	isShown: boolean;
}

export const sorts = ['begun', 'left', 'state', 'packets'] as const;
export type Sort = (typeof sorts)[number];

/** Whether one has just begun. */
export function isFresh({bornMs, timeline}: Conn, nowMs: number): boolean {
	return bornMs !== undefined && nowMs - (timeline[0]?.atMs ?? bornMs) < freshMs && nowMs - bornMs < freshMs;
}

const packetsOf = ({flow: {counters}}: Conn): number => (counters?.orig.packets ?? 0) + (counters?.reply.packets ?? 0);
export const compare: Readonly<Record<Exclude<Sort, 'begun'>, (a: Conn, b: Conn) => number>> = {
	left: (a, b) => a.expiresMs - b.expiresMs,
	state: (a, b) => stateText(a.flow).localeCompare(stateText(b.flow), 'en'),
	packets: (a, b) => packetsOf(b) - packetsOf(a),
};

export function keyOf(node: string, id: number): string {
	return `${node} ${id}`;
}

/** Those that the filter lets through; the container's half of a call through docker-proxy directly after the client's. One pass: this is done for every frame. */
export function paired(conns: Iterable<Conn>, all: ReadonlyMap<string, Conn>): readonly Conn[] {
	const lines: Conn[] = [];
	for (const conn of conns) {
		if (conn.isShown) {
			const {node, half} = conn;
			const other = half?.is === 'joined' ? all.get(keyOf(node, half.other ?? 0)) : undefined;
			if (other?.isShown !== true) {
				lines.push(conn);
			} else if (half?.half === 'client') {
				lines.push(conn, other);
			}
		}
	}

	return lines;
}

/** What a filter looks at. `words`: its NAT. */
export function filterText({node, flow, half}: Conn, words: string, nameOf: (address: string) => string): string {
	const {orig, reply, protocol} = flow;
	const names = [orig.src, orig.dst, reply.src, reply.dst].map((address) => nameOf(address));
	const ends = [sourceText(orig), destinationText(orig), sourceText(reply), destinationText(reply)];
	return [node, protocolText(protocol), stateText(flow), ...ends, ...names, words, half === undefined ? '' : 'docker-proxy'].join(' ');
}
