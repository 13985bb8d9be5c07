// The connections that are on the Connections screen: as the engine tells of them, in the order in which they are shown. Those that have just ended
// stay for a moment. What a frame costs does not grow with them: only what is on the screen is put into words.
import {addressNames, natFacts} from '../../api/nat-facts.ts';
import type {OpLogEntry, View} from '../../api/messages.ts';
import {natOf, type Nat, type NatFacts} from '../../model/connections/nat.ts';
import type {FlowNews} from '../../model/connections/news.ts';
import type {ProxiedHalf} from '../../model/connections/proxied.ts';
import {stateText} from '../../model/connections/words.ts';
import type {ObservedFlow} from '../../model/observed.ts';
import {ListBox, matcher} from '../list.ts';
import {compare, filterText, keyOf, paired, type Conn, type Sort} from './conn.ts';

/** How long one that has ended stays. */
const afterlifeMs = 3000;
const mostMoments = 16;
/** Sorting ten thousand costs more than a frame may: their order may be so old. */
const sortEveryMs = 1000;

/** What is known besides the connections. */
interface Around {
	readonly view: View;
	readonly oplog: readonly OpLogEntry[];
}

export class ConnsBook {
	/** Whose; undefined: everybody's; '': nobody's was asked for yet. */
	node: string | undefined = '';
	/** Milliseconds since 1970. */
	readonly now: () => number;
	readonly box = new ListBox();
	isOpen = false;
	detailsTop = 0;
	/** Events that the kernel dropped, or that we were too slow for. */
	losses = 0;
	/** The first table has come. */
	isKnown = false;
	#sort: Sort = 'begun';
	readonly #conns = new Map<string, Conn>();
	readonly #facts = new Map<string, NatFacts>();
	#around: (Around & {readonly count: number}) | undefined;
	#names: ReadonlyMap<string, string> = new Map();
	#shown: readonly Conn[] = [];
	#isStale = true;
	#filter = '';
	#order: readonly Conn[] = [];
	#sortedMs = Number.NEGATIVE_INFINITY;
	/** Those that have ended, the longest ago first. */
	readonly #ended: Conn[] = [];
	#cursorKey = '';

	constructor(now: () => number = Date.now) {
		this.now = now;
	}

	get sort(): Sort {
		return this.#sort;
	}

	sortBy(sort: Sort): void {
		this.#sort = sort;
		this.#sortedMs = Number.NEGATIVE_INFINITY;
		this.#isStale = true;
		this.#cursorKey = '';
		this.box.isFollowing = sort === 'begun';
		this.box.cursor = 0;
	}

	/** Another node's: nothing of the last one's stays but the filter. */
	show(node: string | undefined): void {
		this.node = node;
		this.#conns.clear();
		this.isKnown = false;
		this.isOpen = false;
		this.losses = 0;
		this.box.isFollowing = this.#sort === 'begun';
		this.#isStale = true;
	}

	/** Whether it was of a node that is shown. */
	take(news: FlowNews): boolean {
		const {node} = news;
		if (this.node !== undefined && this.node !== node) {
			return false;
		}

		this.#isStale = true;
		switch (news.is) {
			case 'table': {
				this.isKnown = true;
				const keys = new Set(news.flows.map(({id}) => keyOf(node, id)));
				this.#drop((conn) => conn.node === node && !keys.has(conn.key));
				news.flows.forEach((flow) => this.#keep(node, flow, news.atMs, false));
				this.#join(node, news.halves);
				break;
			}

			case 'changes': {
				for (const {is, flow} of news.changes) {
					if (is === 'destroy') {
						this.#end(node, flow, news.atMs);
					} else {
						this.#keep(node, flow, news.atMs, is === 'new');
					}
				}

				this.#join(node, news.halves);
				break;
			}

			case 'lost': {
				this.losses++;
				break;
			}

			case 'gone': {
				this.#drop((conn) => conn.node === node);
			}
		}

		return true;
	}

	/** Those that are shown, in their order; settled so that the cursor stays on the connection that it was on. */
	settle(around: Around, rows: number): readonly Conn[] {
		const nowMs = this.now();
		this.#look(around);
		this.#sweep(nowMs);
		if (this.#filter !== this.box.filter) {
			this.#filter = this.box.filter;
			const lets = matcher(this.#filter);
			for (const conn of this.#conns.values()) {
				conn.isShown = this.#filter === '' || lets(this.#textOf(conn));
			}

			this.#isStale = true;
		}

		if (this.#isStale) {
			this.#isStale = false;
			this.#shown = paired(this.#sorted(nowMs), this.#conns);
		}

		const at = this.box.isFollowing ? -1 : this.#shown.findIndex(({key}) => key === this.#cursorKey);
		if (at >= 0) {
			this.box.cursor = at;
		}

		this.box.isFollowing &&= this.#sort === 'begun';
		this.box.settle(this.#shown.length, rows);
		this.#cursorKey = this.#shown[this.box.cursor]?.key ?? '';
		return this.#shown;
	}

	/** How many there are, shown or not. */
	get count(): number {
		return this.#conns.size;
	}

	/** Moves the cursor by so many lines. */
	move(by: number): void {
		this.box.move(by, this.#shown.length);
		this.#cursorKey = this.#shown[this.box.cursor]?.key ?? '';
		this.detailsTop = 0;
	}

	get selected(): Conn | undefined {
		return this.#shown[this.box.cursor];
	}

	natOf(conn: Conn): Nat {
		conn.nat ??= natOf(conn.flow, this.#factsFor(conn.node));
		return conn.nat;
	}

	/** Who has an address, by name. */
	nameOf(address: string): string | undefined {
		return this.#names.get(address);
	}

	/** What is known of nodes is looked up anew when the lab is another. */
	#look({view, oplog}: Around): void {
		if (this.#around?.view !== view || this.#around.count !== oplog.length) {
			this.#around = {view, oplog, count: oplog.length};
			this.#facts.clear();
			this.#names = addressNames(view);
			for (const conn of this.#conns.values()) {
				conn.nat = undefined;
			}
		}
	}

	#factsFor(node: string): NatFacts {
		let facts = this.#facts.get(node);
		if (facts === undefined) {
			const {view, oplog} = this.#around ?? {};
			facts = view === undefined ? {bridges: [], nics: [], local: new Set<string>(), published: [], rules: []} : natFacts(view, oplog ?? [], node);
			this.#facts.set(node, facts);
		}

		return facts;
	}

	#keep(node: string, flow: ObservedFlow, atMs: number, isNew: boolean): void {
		const key = keyOf(node, flow.id);
		const known = this.#conns.get(key);
		const expiresMs = atMs + flow.timeoutSeconds * 1000;
		const text = stateText(flow);
		if (known === undefined) {
			const bornMs = isNew ? (flow.startedMs ?? atMs) : flow.startedMs;
			const conn: Conn = {
				key,
				node,
				flow,
				half: undefined,
				bornMs,
				goneMs: undefined,
				expiresMs,
				timeline: [{atMs, text}],
				nat: undefined,
				isShown: true,
			};
			conn.isShown = this.#filter === '' || matcher(this.#filter)(this.#textOf(conn));
			this.#conns.set(key, conn);
			return;
		}

		if (known.timeline.at(-1)?.text !== text) {
			known.timeline.push({atMs, text});
			if (known.timeline.length > mostMoments) {
				known.timeline.shift();
			}
		}

		known.flow = flow;
		known.expiresMs = expiresMs;
		known.goneMs = undefined;
	}

	#end(node: string, flow: ObservedFlow, atMs: number): void {
		const conn = this.#conns.get(keyOf(node, flow.id));
		if (conn !== undefined) {
			conn.flow = flow;
			conn.goneMs = atMs;
			conn.expiresMs = atMs;
			conn.timeline.push({atMs, text: 'gone'});
			this.#ended.push(conn);
		}
	}

	#join(node: string, halves: readonly ProxiedHalf[]): void {
		for (const half of halves) {
			const conn = this.#conns.get(keyOf(node, half.id));
			if (conn !== undefined) {
				conn.half = half;
			}
		}
	}

	/** Takes out those that ended a while ago. One that began again under its number is not on its way out. */
	#sweep(nowMs: number): void {
		for (let first = this.#ended[0]; first !== undefined && (first.goneMs ?? 0) + afterlifeMs <= nowMs; first = this.#ended[0]) {
			this.#ended.shift();
			if (first.goneMs !== undefined && this.#conns.get(first.key) === first) {
				this.#conns.delete(first.key);
				this.#isStale = true;
			}
		}
	}

	#drop(isMeant: (conn: Conn) => boolean): void {
		for (const [key, conn] of this.#conns) {
			if (isMeant(conn)) {
				this.#conns.delete(key);
			}
		}
	}

	#sorted(nowMs: number): Iterable<Conn> {
		if (this.#sort === 'begun') {
			return this.#conns.values();
		}

		if (nowMs - this.#sortedMs < sortEveryMs) {
			// as they were, and the new ones behind them
			const known = new Set(this.#order);
			return [...this.#order.filter(({key}) => this.#conns.has(key)), ...[...this.#conns.values()].filter((conn) => !known.has(conn))];
		}

		this.#sortedMs = nowMs;
		this.#order = [...this.#conns.values()].toSorted(compare[this.#sort]);
		return this.#order;
	}

	#textOf(conn: Conn): string {
		return filterText(conn, this.natOf(conn).words, (address) => this.#names.get(address) ?? '');
	}
}
