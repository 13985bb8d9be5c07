// What two readings of a namespace's rules differ in: what was counted, which rules came and went. Pure.
// A rule is the same when its text is, wherever in its chain it stands now; of two with one text the first is the first.
import type {ObservedChain, ObservedRule, ObservedRules} from '../model/observed.ts';

export interface Growth {
	readonly packets: number;
	readonly bytes: number;
}

export interface RulesChange {
	/** By `keysOf`: only what counted something. */
	readonly grown: ReadonlyMap<string, Growth>;
	/** By `chainKey`: the same for policies. */
	readonly policies: ReadonlyMap<string, Growth>;
	readonly added: readonly ObservedRule[];
	readonly removed: readonly ObservedRule[];
}

export function chainKey({family, table, chain}: Pick<ObservedChain, 'family' | 'table' | 'chain'>): string {
	return `${family} ${table} ${chain}`;
}

/** What each rule is known by in this reading and the next. */
export function keysOf(rules: readonly ObservedRule[]): ReadonlyMap<ObservedRule, string> {
	const seen = new Map<string, number>();
	return new Map(
		rules.map((rule) => {
			const text = `${chainKey(rule)} ${rule.text}`;
			const count = (seen.get(text) ?? 0) + 1;
			seen.set(text, count);
			return [rule, count === 1 ? text : `${text} #${count}`];
		}),
	);
}

/** A counter that went back was set to zero (iptables -Z): what it has counted since is its growth. A rule that is new has counted all it says. */
export function changeBetween(before: ObservedRules, after: ObservedRules): RulesChange {
	const [keysBefore, keysAfter] = [keysOf(before.rules), keysOf(after.rules)];
	const old = new Map([...keysBefore].map(([rule, key]) => [key, rule]));
	const oldChains = new Map(before.chains.map((chain) => [chainKey(chain), chain]));
	const still = new Set(keysAfter.values());
	return {
		grown: grownOf([...keysAfter].map(([rule, key]) => [key, rule, old.get(key)])),
		policies: grownOf(after.chains.map((chain) => [chainKey(chain), chain, oldChains.get(chainKey(chain))])),
		added: after.rules.filter((rule) => !old.has(keysAfter.get(rule) ?? '')),
		removed: before.rules.filter((rule) => !still.has(keysBefore.get(rule) ?? '')),
	};
}

function grownOf(all: readonly (readonly [key: string, now: Growth, before: Growth | undefined])[]): ReadonlyMap<string, Growth> {
	const grown = new Map<string, Growth>();
	for (const [key, now, before] of all) {
		const from = before === undefined || now.packets < before.packets ? {packets: 0, bytes: 0} : before;
		if (now.packets > from.packets) {
			grown.set(key, {packets: now.packets - from.packets, bytes: now.bytes - from.bytes});
		}
	}

	return grown;
}
