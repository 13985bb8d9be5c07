// Connections as lines: the table of `vethlab conntrack`, and a line for each event of `--follow`. Its options: commands/conntrack.ts.
import {natFacts} from '../api/nat-facts.ts';
import type {OpLogEntry, View} from '../api/messages.ts';
import {commandFor} from '../explain/made-by.ts';
import {natOf, natRules, type NatFacts, type NatRule} from '../model/connections/nat.ts';
import type {FlowChange, FlowNews, NodeFlows} from '../model/connections/news.ts';
import {destinationText, halfText, marksText, protocolText, sourceText, spanText, stateText} from '../model/connections/words.ts';
import type {ProxiedHalf} from '../model/connections/proxied.ts';
import type {FlowTuple, ObservedFlow, ObservedRules} from '../model/observed.ts';
import {table} from './table.ts';

/** What is known of nodes; looked up when it is asked for first. */
export class Explained {
	readonly #view: View;
	readonly #entries: readonly OpLogEntry[];
	readonly #facts = new Map<string, NatFacts>();
	/** By node: rules of its nat table that no step of the lab made. */
	readonly #byHand = new Map<string, readonly NatRule[]>();

	constructor(view: View, entries: readonly OpLogEntry[]) {
		this.#view = view;
		this.#entries = entries;
	}

	of(node: string): NatFacts {
		const facts = this.#facts.get(node) ?? natFacts(this.#view, this.#entries, node);
		this.#facts.set(node, facts);
		const byHand = this.#byHand.get(node);
		return byHand === undefined ? facts : {...facts, rules: [...facts.rules, ...byHand]};
	}

	/** Whether it says of the entry's NAT which rules made it. */
	covers(node: string, flow: ObservedFlow): boolean {
		return flow.nat === 'none' || natOf(flow, this.of(node)).rules.length > 0;
	}

	/** The rules of a node as they are now: somebody may have typed some in a shell. */
	learn(node: string, {rules}: ObservedRules): void {
		const done = rules.filter(({table: name}) => name === 'nat').map((rule) => ({command: commandFor(rule), why: byHand, isByHand: true}));
		this.#byHand.set(node, natRules(done));
	}
}

const byHand = 'no step of this lab made it: it was added by hand, or by a program';

/** Nodes in their order; the two halves of a call through a docker-proxy one under the other. Columns that nothing is in are left out. */
export function connectionsTable(nodes: readonly NodeFlows[], explained: Explained): string {
	const rows = nodes.flatMap(({node, atMs, flows, halves}) => {
		const halfOf = new Map(halves.map((half) => [half.id, half]));
		return paired(flows, halfOf).map((flow) => row(flow, {node, atMs, half: halfOf.get(flow.id), facts: explained.of(node)}));
	});
	const heads = ['NODE', 'PROTO', 'STATE', 'ORIGINAL', 'REPLY', 'NAT', 'LEFT', 'AGE', 'PACKETS', 'BYTES', 'NOTE'];
	const isUsed = heads.map((head, column) => !['AGE', 'PACKETS', 'BYTES', 'NOTE'].includes(head) || rows.some((cells) => cells[column] !== ''));
	return table([heads, ...rows].map((cells) => cells.filter((_, column) => isUsed[column])));
}

/** The container's half of a call directly after the client's. */
export function paired(flows: readonly ObservedFlow[], halves: ReadonlyMap<number, ProxiedHalf>): readonly ObservedFlow[] {
	const byId = new Map(flows.map((flow) => [flow.id, flow]));
	return flows.flatMap((flow) => {
		const half = halves.get(flow.id);
		const other = half?.is === 'joined' ? byId.get(half.other ?? 0) : undefined;
		return other === undefined || half === undefined ? [flow] : half.half === 'client' ? [flow, other] : [];
	});
}

interface Around {
	readonly node: string;
	readonly atMs: number;
	readonly half: ProxiedHalf | undefined;
	readonly facts: NatFacts;
}

function row(flow: ObservedFlow, {node, atMs, half, facts}: Around): readonly string[] {
	const {orig, reply, counters, startedMs, timeoutSeconds} = flow;
	const isSecond = half?.is === 'joined' && half.half === 'container';
	return [
		node,
		protocolText(flow.protocol),
		stateText(flow),
		`${isSecond ? '\\_ ' : ''}${wayText(orig)}`,
		wayText(reply),
		natOf(flow, facts).words,
		spanText(timeoutSeconds),
		startedMs === undefined ? '' : spanText((atMs - startedMs) / 1000),
		counters === undefined ? '' : `${counters.orig.packets}/${counters.reply.packets}`,
		counters === undefined ? '' : `${counters.orig.bytes}/${counters.reply.bytes}`,
		[half === undefined ? '' : halfText(half), byHandText(flow, facts), marksText(flow)].filter((part) => part !== '').join('; '),
	];
}

/** The rules of its NAT that nobody of the lab made; '': there are none. */
function byHandText(flow: ObservedFlow, facts: NatFacts): string {
	const rules = natOf(flow, facts).rules.filter((rule) => rule.isByHand);
	return rules.length === 0 ? '' : `by hand: ${rules.map(({command}) => command).join(', ')}`;
}

export function wayText(tuple: FlowTuple): string {
	return `${sourceText(tuple)} -> ${destinationText(tuple)}`;
}

/** For JSON: the entry with its NAT in words, the commands of the rules that made it, and the call that it is half of. */
export function connectionsJson({node, atMs, flows, halves}: NodeFlows, explained: Explained): object {
	const halfOf = new Map(halves.map((half) => [half.id, half]));
	return {node, atMs, connections: flows.map((flow) => connectionJson(flow, explained.of(node), halfOf.get(flow.id)))};
}

export function connectionJson(flow: ObservedFlow, facts: NatFacts, half?: ProxiedHalf): object {
	const {words, rules} = natOf(flow, facts);
	return {...flow, natWords: words, rules: rules.map(({command, why}) => ({command, why})), ...(half !== undefined && {proxied: half})};
}

const labels = {new: 'NEW', update: 'UPDATE', destroy: 'DESTROY', counted: '', proxied: 'PROXIED'} as const;

/** A change, or that an entry is now known to be half of a call. */
export interface Told extends Pick<FlowChange, 'by' | 'flow'> {
	readonly is: FlowChange['is'] | 'proxied';
	/** Undefined: it is half of no call, as far as is known. */
	readonly half: ProxiedHalf | undefined;
}

/** One change as a line. `counted` is none for who follows events. */
export function changeLine(node: string, atMs: number, {is, by, flow, half}: Told, explained: Explained): string {
	const state = is === 'destroy' ? (flow.state ?? '') : stateText(flow);
	const {counters} = flow;
	const facts = explained.of(node);
	// once for a connection: a rule is a long word
	const typed = is === 'new' ? byHandText(flow, facts) : '';
	return [
		timeText(atMs),
		node.padEnd(10),
		labels[is].padEnd(7),
		protocolText(flow.protocol).padEnd(4),
		state.padEnd(20),
		`${wayText(flow.orig)}  reply ${wayText(flow.reply)}`,
		` nat ${natOf(flow, facts).words}${typed === '' ? '' : ` (${typed})`}`,
		counters === undefined ? '' : ` packets ${counters.orig.packets}/${counters.reply.packets} bytes ${counters.orig.bytes}/${counters.reply.bytes}`,
		half === undefined ? '' : ` ${halfText(half)}`,
		by === 'reading' && is !== 'proxied' ? ' (seen by reading the table)' : '',
	]
		.join(' ')
		.trimEnd();
}

/** What is said when not every event could be told. */
export function lossLine({node, atMs}: Pick<FlowNews, 'node' | 'atMs'>): string {
	return `${timeText(atMs)} ${node.padEnd(10)} LOST    events came faster than they were read; the table is read again`;
}

function timeText(atMs: number): string {
	const at = new Date(atMs);
	const two = (value: number): string => String(value).padStart(2, '0');
	return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}
