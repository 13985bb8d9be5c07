// Which rules the packets of the capture hit (watch/hits): found when somebody asks, and then as packets come. What must be known at the time of a packet,
// rules and connections, is learnt from the beginning.
import type {FlowNews} from '../../model/connections/news.ts';
import type {ObservedRules} from '../../model/observed.ts';
import type {NodeWiring} from '../../model/wiring.ts';
import {chainKey, keysOf} from '../../explain/change.ts';
import {Judge} from '../../watch/hits/judge.ts';
import type {Rule} from '../../watch/hits/ruleset.ts';
import type {PacketStore} from '../../watch/store/store.ts';
import type {Folds} from './folds.ts';
import {Hits} from './hits.ts';

/** For so long others wait, in milliseconds; packets between two looks at the clock. */
const slice = {ms: 4, packets: 16} as const;
/** What is held no more is forgotten when it is so many packets. */
const forgetEvery = 8192;
/** A node's rules are read within so long, in milliseconds. */
const readsMs = 1000;

/** A rule, or the policy of a chain, of a node. */
export interface RuleId {
	readonly node: string;
	/** As explain/change.ts knows it. */
	readonly key: string;
}

/** A rule that cannot be judged, and the packets that came to it. */
export interface Unjudged {
	readonly key: string;
	/** "-A DOCKER-USER -m recent … -j DROP" */
	readonly text: string;
	/** What would have to be known of them; undefined: what the rule asks is not known here. */
	readonly untold: string | undefined;
	/** The sightings of those packets. */
	readonly numbers: Hits;
	/** Packets go on from it in any case. */
	readonly isPassing: boolean;
}

export class Judged {
	readonly #store: PacketStore;
	readonly #folds: Folds;
	readonly #judge: Judge;
	/** By node and key: numbers of sightings. */
	readonly #hits = new Map<string, Hits>();
	/** Packets that hit a rule if another rule, which cannot be judged, did not take them. */
	readonly #unsure = new Map<string, number>();
	readonly #unjudged = new Map<string, Map<string, Unjudged>>();
	readonly #contradictions = new Map<string, number>();
	/** By node: its rules when they were read first, and last. */
	readonly #read = new Map<string, {readonly first: ObservedRules; readonly firstMs: number; last: ObservedRules; lastMs: number}>();
	/** All packets that began before this one have been judged. */
	#next: number;
	#forgotten = 0;
	/** Where the asking began, for telling how far it is. */
	#askedAt: number | undefined;
	#isBusy = false;
	#isStopped = false;
	/** The rule that is shown, and the first sightings of its packets. */
	#shown: {readonly id: string; readonly heads: Hits} | undefined;
	#head = 0;
	/** The last answer of `countedBy`. */
	#counted: {readonly key: string; readonly of: ObservedRules; readonly packets: number | undefined} | undefined;

	constructor(store: PacketStore, folds: Folds) {
		this.#store = store;
		this.#folds = folds;
		this.#next = store.first;
		this.#judge = new Judge(folds.journeys.places, {
			hit: (node, key, number, isSure) => this.#hit(`${node} ${key}`, number, isSure),
			unknown: (node, rule, number) => this.#unknown(node, rule, number),
			contradicted: (node) => this.#contradictions.set(node, (this.#contradictions.get(node) ?? 0) + 1),
		});
	}

	/** The lab as it is now. */
	learn(nodes: readonly NodeWiring[]): void {
		this.#judge.learn(nodes);
	}

	/** A node's rules with their counters, as they are at this time, in milliseconds since 1970. */
	learnRules(node: string, rules: ObservedRules, atMs: number): void {
		this.#judge.learnRules(node, rules, atMs);
		const read = this.#read.get(node);
		if (read !== undefined) {
			read.last = rules;
			read.lastMs = atMs;
			return;
		}

		this.#read.set(node, {first: rules, firstMs: atMs, last: rules, lastMs: atMs});
		if (this.#askedAt !== undefined && rules.rules.length > 0) {
			this.#restart();
		}
	}

	/** A node's rules are known only now: what has been judged was judged without them. */
	#restart(): void {
		this.#judge.restart();
		this.#hits.clear();
		this.#unsure.clear();
		this.#unjudged.clear();
		this.#contradictions.clear();
		this.#shown = undefined;
		this.#next = this.#store.first;
		this.#askedAt = this.#next;
	}

	learnFlows(news: FlowNews): void {
		this.#judge.learnFlows(news);
	}

	/** How far it is, from 0 to 1; 1: what can be judged has been. */
	get done(): number {
		const from = this.#askedAt ?? this.#store.first;
		const to = Math.min(this.#folds.settled, this.#store.end);
		return this.#next >= to ? 1 : (this.#next - from) / Math.max(1, to - from);
	}

	/** Packets that are under way, or that it has not come to: nothing is known of them yet. */
	get isBehind(): boolean {
		return this.done < 1 || this.#folds.end < this.#store.end;
	}

	/** Sightings at which packets hit the rule, or may have: `doubtsOf` tells which. */
	hitsOf({node, key}: RuleId): Hits {
		return this.#hitsOf(`${node} ${key}`);
	}

	/** First sightings of those packets; one rule at a time. */
	headsOf({node, key}: RuleId): Hits {
		const id = `${node} ${key}`;
		if (this.#shown?.id !== id) {
			const heads = new Hits();
			const hits = this.#hitsOf(id);
			for (let place = 0; place < hits.count; place++) {
				heads.insert(this.#folds.headOf(hits.at(place) ?? 0) ?? 0);
			}

			this.#shown = {id, heads};
		}

		this.#shown.heads.dropBefore(this.#store.first);
		return this.#shown.heads;
	}

	/** What cannot be said of the rule: packets that may have been taken by a rule that cannot be judged, those rules, packets that went on although rules drop them. */
	doubtsOf({node, key}: RuleId): {readonly unsure: number; readonly unjudged: readonly Unjudged[]; readonly contradictions: number} {
		const [family, table] = key.split(' ');
		const unjudged = [...(this.#unjudged.get(node)?.values() ?? [])];
		for (const {numbers} of unjudged) {
			numbers.dropBefore(this.#store.first);
		}

		return {
			unsure: Math.min(this.#hitsOf(`${node} ${key}`).count, this.#unsure.get(`${node} ${key}`) ?? 0),
			unjudged: unjudged.filter((rule) => rule.key === key || (!rule.isPassing && rule.key.startsWith(`${family} ${table} `))),
			contradictions: this.#contradictions.get(node) ?? 0,
		};
	}

	/**
	 * What the kernel has counted since the capture began; undefined: it is not known, because the rules were read later, the counter was set to zero, or
	 * the first packets are held no more.
	 */
	countedBy({node, key}: RuleId): number | undefined {
		const read = this.#read.get(node);
		const isLate = this.#store.first > 0 || (read !== undefined && this.#msOf(0) < read.firstMs);
		if (read === undefined || isLate) {
			return undefined;
		}

		if (this.#counted?.key !== key || this.#counted.of !== read.last) {
			const [was = 0, is] = [countOf(read.first, key), countOf(read.last, key)];
			this.#counted = {key, of: read.last, packets: is === undefined || is < was ? undefined : is - was};
		}

		return this.#counted.packets;
	}

	/** Whether what the kernel has counted was read when all that has come to the rule had been counted. */
	isCounted({node, key}: RuleId): boolean {
		const hits = this.hitsOf({node, key});
		const {lastMs = Number.NEGATIVE_INFINITY} = this.#read.get(node) ?? {};
		return hits.count === 0 || lastMs > this.#msOf(hits.at(hits.count - 1) ?? 0) + readsMs;
	}

	/** When a packet came, in milliseconds since 1970; of one that is not held any more never. */
	#msOf(number: number): number {
		const {seconds = Number.POSITIVE_INFINITY, nanoseconds = 0} = this.#store.at(number) ?? {};
		return seconds * 1000 + nanoseconds / 1e6;
	}

	/** Judges what is new, with time for other work meanwhile; `changed` is called when there is something to tell. */
	goOn(changed: () => void): void {
		this.#askedAt ??= this.#next;
		if (this.#isBusy || this.#isStopped) {
			return;
		}

		const from = this.#next;
		if (!this.judge(slice.ms)) {
			this.#isBusy = true;
			setImmediate(() => {
				this.#isBusy = false;
				this.goOn(changed);
			});
		}

		if (this.#next !== from) {
			changed();
		}
	}

	/** Judges what is new, for so many milliseconds; whether that was all that can be judged. */
	judge(mostMs: number): boolean {
		const began = performance.now();
		const {heads, journeys} = this.#folds;
		this.#forget();
		const frames = {epoch: journeys.epoch, bytesOf: ({number}: {readonly number: number}) => this.#store.at(number)?.bytes};
		const to = this.#folds.settled;
		let place = heads.placeOf(this.#next);
		for (let count = 1; ; count++, place++) {
			const head = heads.at(place);
			if (head === undefined || head >= to) {
				this.#next = Math.max(this.#next, to);
				return true;
			}

			this.#head = head;
			this.#judge.judge(this.#folds.hopsOf(head), frames);
			this.#next = head + 1;
			if (count % slice.packets === 0 && performance.now() - began > mostMs) {
				return false;
			}
		}
	}

	stop(): void {
		this.#isStopped = true;
	}

	#hit(id: string, number: number, isSure: boolean): void {
		this.#list(id, number);
		if (!isSure) {
			this.#unsure.set(id, (this.#unsure.get(id) ?? 0) + 1);
		}
	}

	#unknown(node: string, {key, text, target, untold}: Rule, number: number): void {
		const unjudged = this.#unjudged.get(node) ?? new Map<string, Unjudged>();
		const rule = unjudged.get(key) ?? {key, text, untold, numbers: new Hits(), isPassing: target.is === 'pass'};
		rule.numbers.insert(number);
		rule.numbers.dropBefore(this.#store.first);
		this.#unjudged.set(node, unjudged.set(key, rule));
		this.#list(`${node} ${key}`, number);
	}

	#list(id: string, number: number): void {
		this.#hitsOf(id).insert(number);
		if (this.#shown?.id === id) {
			this.#shown.heads.insert(this.#head);
		}
	}

	#hitsOf(id: string): Hits {
		const hits = this.#hits.get(id) ?? new Hits();
		this.#hits.set(id, hits);
		hits.dropBefore(this.#store.first);
		return hits;
	}

	#forget(): void {
		const {first} = this.#store;
		this.#next = Math.max(this.#next, first);
		if (first - this.#forgotten > forgetEvery) {
			this.#forgotten = first;
			for (const hits of this.#hits.values()) {
				hits.dropBefore(first);
			}
		}
	}
}

function countOf({chains, rules}: ObservedRules, key: string): number | undefined {
	return ([...keysOf(rules)].find(([, own]) => own === key)?.[0] ?? chains.find((chain) => chainKey(chain) === key))?.packets;
}
