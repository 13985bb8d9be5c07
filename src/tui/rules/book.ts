// What the Rules screen knows of one node: its rules as lines, and what each has counted, from one reading of the kernel to the next. No I/O, no terminal.
import type {View} from '../../api/messages.ts';
import {changeBetween, chainKey, keysOf, type Growth} from '../../explain/change.ts';
import {MadeBy} from '../../explain/made-by.ts';
import {hostOf, namesOn, readRules} from '../../explain/reading.ts';
import type {ObservedChain, ObservedRule, ObservedRules} from '../../model/observed.ts';
import {linesOf, type RuleLine} from './lines.ts';

/** So many readings stand in a curve. */
export const curveLength = 8;

/** What a rule, or the policy of a chain, has counted. The same object for as long as nothing of it changes. */
export interface Live extends Growth {
	readonly packetsPerSecond: number;
	/** Packets of the last readings, the latest last; empty: none in all of them. */
	readonly curve: readonly number[];
	/** Hit since the reading before. */
	readonly isLit: boolean;
	/** Milliseconds since the epoch of the last reading that saw it hit. */
	readonly hitMs: number | undefined;
}

const idle: Live = {packets: 0, bytes: 0, packetsPerSecond: 0, curve: [], isLit: false, hitMs: undefined};

/** The rules of one moment, each with its key. */
interface Reading {
	readonly rules: ObservedRules;
	readonly keys: ReadonlyMap<ObservedRule, string>;
	readonly view: View;
	readonly atMs: number;
}

export class RulesBook {
	/** Whose rules are shown; undefined: not asked for yet. */
	node: string | undefined;
	/** Why there are none to show: not read yet, or the words of a refusal. */
	trouble = '';
	lines: readonly RuleLine[] = [];
	/** Where the cursor is, by the key of its line, so that it stays on its rule when others come and go. */
	cursor = '';
	top = 0;
	/** Whether the commands that made the selected rule are shown in place of what it is. */
	isCommands = false;
	madeBy = new MadeBy('');
	#live = new Map<string, Live>();
	#last: Reading | undefined;
	#zero: {readonly counts: ReadonlyMap<string, Growth>; readonly atMs: number} | undefined;

	/** Milliseconds since the epoch from which on is counted; undefined: since the rules were made. */
	get zeroMs(): number | undefined {
		return this.#zero?.atMs;
	}

	/** Shows another node; what was known of the last one is forgotten. */
	show(node: string): void {
		if (node !== this.node) {
			this.node = node;
			this.trouble = `reading the rules of ${node}`;
			this.lines = [];
			this.cursor = '';
			this.top = 0;
			this.madeBy = new MadeBy(node);
			this.#live = new Map();
			this.#last = undefined;
			this.#zero = undefined;
		}
	}

	live(key: string): Live {
		return this.#live.get(key) ?? idle;
	}

	/** Takes a reading of the kernel. */
	take(rules: ObservedRules, view: View, atMs: number): void {
		const last = this.#last;
		const now = {rules, keys: keysOf(rules.rules), view, atMs};
		this.#last = now;
		this.trouble = rules.chains.length === 0 ? `${this.node ?? ''} has no rules: iptables was never used there` : '';
		const {grown, policies} = changeBetween(last?.rules ?? rules, rules, last?.keys ?? now.keys, now.keys);
		if (last === undefined || last.view !== view || !hasSameRules(last.rules, rules)) {
			this.lines = linesOf(readRules(rules, namesOn(view, hostOf(view, this.node ?? '') ?? '')));
		}

		const seconds = last === undefined ? 1 : Math.max(0.001, (atMs - last.atMs) / 1000);
		const live = new Map<string, Live>();
		for (const [key, {packets, bytes}] of countsOf(now)) {
			live.set(key, this.#next(key, {packets, bytes}, {growth: grown.get(key) ?? policies.get(key), seconds, atMs}));
		}

		this.#live = live;
	}

	/** The rules cannot be read. */
	fail(words: string): void {
		this.trouble = words;
		this.lines = [];
		this.#last = undefined;
	}

	/** From now on counters tell what has come since now; without `atMs` again all. The kernel's are left alone. */
	count(atMs: number | undefined): void {
		const counts = this.#last === undefined ? new Map<string, Growth>() : countsOf(this.#last);
		this.#zero = atMs === undefined ? undefined : {counts, atMs};
		this.#live = new Map([...counts].map(([key, total]) => [key, {...idle, ...this.#since(key, total)}]));
	}

	#next(key: string, total: Growth, {growth, seconds, atMs}: {readonly growth: Growth | undefined; readonly seconds: number; readonly atMs: number}): Live {
		const was = this.#live.get(key) ?? idle;
		const curve = growth === undefined && was.curve.length === 0 ? was.curve : [...was.curve, growth?.packets ?? 0].slice(-curveLength);
		const {packets, bytes} = this.#since(key, total);
		const now: Live = {
			packets,
			bytes,
			packetsPerSecond: (growth?.packets ?? 0) / seconds,
			curve: curve.some((count) => count > 0) ? curve : [],
			isLit: growth !== undefined,
			hitMs: growth === undefined ? was.hitMs : atMs,
		};
		return isSame(was, now) ? was : now;
	}

	#since(key: string, total: Growth): Growth {
		const zero = this.#zero?.counts.get(key);
		// one that is lower than it was is counted from zero by somebody else, too (iptables -Z)
		return zero === undefined || total.packets < zero.packets ? total : {packets: total.packets - zero.packets, bytes: total.bytes - zero.bytes};
	}
}

function countsOf({rules, keys}: Pick<Reading, 'rules' | 'keys'>): ReadonlyMap<string, Growth> {
	const counts = new Map<string, Growth>(rules.chains.map((chain) => [chainKey(chain), chain]));
	for (const [rule, key] of keys) {
		counts.set(key, rule);
	}

	return counts;
}

function hasSameRules(a: ObservedRules, b: ObservedRules): boolean {
	return isSameList(a.rules, b.rules, ({text}) => text) && isSameList(a.chains, b.chains, ({policy}) => policy ?? '');
}

function isSameList<T extends Pick<ObservedChain, 'family' | 'table' | 'chain'>>(a: readonly T[], b: readonly T[], text: (one: T) => string): boolean {
	return (
		a.length === b.length &&
		a.every((one, index) => {
			const other = b[index];
			return other !== undefined && text(one) === text(other) && one.chain === other.chain && one.table === other.table && one.family === other.family;
		})
	);
}

function isSame(a: Live, b: Live): boolean {
	return (
		a.packets === b.packets &&
		a.bytes === b.bytes &&
		a.packetsPerSecond === b.packetsPerSecond &&
		a.isLit === b.isLit &&
		a.curve.length === b.curve.length &&
		a.curve.every((count, index) => count === b.curve[index])
	);
}
