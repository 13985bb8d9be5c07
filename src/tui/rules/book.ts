// What the Rules screen knows of one node: its rules as lines, and what each has counted, from one reading of the kernel to the next. No I/O, no terminal.
import type {View} from '../../api/messages.ts';
import {chainKey, keysOf, type Growth} from '../../explain/change.ts';
import {MadeBy} from '../../explain/made-by.ts';
import {hostOf, namesOn, readRules} from '../../explain/reading.ts';
import type {ObservedChain, ObservedRules} from '../../model/observed.ts';
import {filtered, linesOf, type RuleLine} from './lines.ts';

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

const none: Growth = {packets: 0, bytes: 0};
const idle: Live = {packets: 0, bytes: 0, packetsPerSecond: 0, curve: [], isLit: false, hitMs: undefined};

/** The rules of one moment. */
interface Reading {
	readonly rules: ObservedRules;
	/** What has counted, chains before rules, and the key of each. */
	readonly counted: readonly Growth[];
	readonly keys: readonly string[];
	readonly view: View;
	readonly atMs: number;
}

export class RulesBook {
	/** Whose rules are shown; undefined: not asked for yet. */
	node: string | undefined;
	/** Why there are none to show: not read yet, or the words of a refusal. */
	trouble = '';
	/** Only lines with this text are shown, as `matcher` reads it; with them what leads to them. */
	readonly box = {filter: '', isFollowing: false};
	/** Where the cursor is, by the key of its line, so that it stays on its rule when others come and go. */
	cursor = '';
	top = 0;
	/** Whether the commands that made the selected rule are shown in place of what it is. */
	isCommands = false;
	madeBy = new MadeBy('');
	#live = new Map<string, Live>();
	#last: Reading | undefined;
	#all: readonly RuleLine[] = [];
	#shown: {readonly filter: string; readonly lines: readonly RuleLine[]} | undefined;
	#zero: {readonly counts: ReadonlyMap<string, Growth>; readonly atMs: number} | undefined;

	/** All lines, and those that the filter lets through. */
	get all(): readonly RuleLine[] {
		return this.#all;
	}

	get lines(): readonly RuleLine[] {
		const {filter} = this.box;
		if (this.#shown?.filter !== filter) {
			this.#shown = {filter, lines: filtered(this.#all, filter)};
		}

		return this.#shown.lines;
	}

	/** Milliseconds since the epoch from which on is counted; undefined: since the rules were made. */
	get zeroMs(): number | undefined {
		return this.#zero?.atMs;
	}

	/** Shows another node; what was known of the last one is forgotten. */
	show(node: string): void {
		if (node !== this.node) {
			this.node = node;
			this.trouble = `reading the rules of ${node}`;
			this.#show([]);
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

	/** Takes a reading of the kernel. While the rules are the same ones it costs little more than what has changed. */
	take(rules: ObservedRules, view: View, atMs: number): void {
		const last = this.#last;
		const isKnown = last !== undefined && hasSameRules(last.rules, rules);
		const keys = isKnown ? last.keys : [...rules.chains.map((chain) => chainKey(chain)), ...keysOf(rules.rules).values()];
		const now = {rules, keys, counted: [...rules.chains, ...rules.rules], view, atMs};
		this.#last = now;
		this.trouble = rules.chains.length === 0 ? `${this.node ?? ''} has no rules: iptables was never used there` : '';
		if (!isKnown || last.view !== view) {
			this.#show(linesOf(readRules(rules, namesOn(view, hostOf(view, this.node ?? '') ?? ''))));
		}

		const before = isKnown ? last.counted : countedBefore(last, now);
		const seconds = last === undefined ? 1 : Math.max(0.001, (atMs - last.atMs) / 1000);
		const live = isKnown ? this.#live : new Map<string, Live>();
		for (const [index, total] of now.counted.entries()) {
			const key = keys[index] ?? '';
			const was = this.#live.get(key) ?? idle;
			const next = this.#next(was, {key, total, growth: growthOf(before[index], total), seconds, atMs});
			if (next !== was || !isKnown) {
				live.set(key, next);
			}
		}

		this.#live = live;
	}

	/** The rules cannot be read. */
	fail(words: string): void {
		this.trouble = words;
		this.#show([]);
		this.#last = undefined;
	}

	/** From now on counters tell what has come since now; without `atMs` again all. The kernel's are left alone. */
	count(atMs: number | undefined): void {
		const {keys = [], counted = []} = this.#last ?? {};
		const counts = new Map(keys.map((key, index) => [key, counted[index] ?? none]));
		this.#zero = atMs === undefined ? undefined : {counts, atMs};
		this.#live = new Map([...counts].map(([key, total]) => [key, {...idle, ...this.#since(key, total)}]));
	}

	#show(lines: readonly RuleLine[]): void {
		this.#all = lines;
		this.#shown = undefined;
	}

	#next(was: Live, {key, total, growth, seconds, atMs}: Counting): Live {
		const {packets, bytes} = this.#since(key, total);
		if (growth === undefined && was.curve.length === 0 && !was.isLit && was.packets === packets && was.bytes === bytes) {
			return was;
		}

		const curve = growth === undefined && was.curve.length === 0 ? was.curve : [...was.curve, growth?.packets ?? 0].slice(-curveLength);
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

/** What one rule or chain has counted. */
interface Counting {
	readonly key: string;
	readonly total: Growth;
	/** undefined: nothing since the reading before. */
	readonly growth: Growth | undefined;
	/** Since the reading before. */
	readonly seconds: number;
	readonly atMs: number;
}

/** The same of a reading of other rules. What is new has counted all that it says; of the first reading nothing is new. */
function countedBefore(last: Reading | undefined, {keys, counted}: Reading): readonly Growth[] {
	if (last === undefined) {
		return counted;
	}

	const known = new Map(last.keys.map((key, index) => [key, last.counted[index] ?? none]));
	return keys.map((key) => known.get(key) ?? none);
}

/** A counter that went back was set to zero (iptables -Z): what it has counted since is its growth. */
function growthOf(before: Growth = none, {packets, bytes}: Growth): Growth | undefined {
	const from = packets < before.packets ? none : before;
	return packets > from.packets ? {packets: packets - from.packets, bytes: bytes - from.bytes} : undefined;
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
