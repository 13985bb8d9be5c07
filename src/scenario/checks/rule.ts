// rule: an iptables rule is there, and so many packets hit it during the step. In nat chains a hit is a new connection, not a packet.
import type {ObservedRule, ObservedRules} from '../../model/observed.ts';
import {countText, holds} from '../count.ts';
import type {Checker, CheckOf} from '../scene.ts';

export const rule: Checker<'rule'> = {
	title: (check) =>
		['rule', check.host, `${check.table}/${check.chain}`, check.target, check.match, check.to === undefined ? undefined : `-> ${check.to}`, hits(check)]
			.filter((part) => part !== undefined)
			.join(' '),
	retries: (check) => check.exists && check.hits === undefined,
	async look(check, scene) {
		const {hits: wanted} = check;
		const rules = wanted === undefined ? await scene.call('rules', {host: check.host}) : scene.rulesAfter.get(check.host);
		const all = chain(rules, check);
		const found = all.filter((one) => isMeant(one, check));
		const evidence = all.map((one) => `-A ${check.chain} ${one.text}   (${one.packets} packets)`);
		if (!check.exists) {
			return {ok: found.length === 0, expected: 'no such rule', got: `${found.length} of them`, evidence};
		}

		if (wanted === undefined || found.length === 0) {
			return {ok: found.length > 0, expected: 'the rule', got: found.length > 0 ? 'the rule' : 'no such rule in that chain', evidence};
		}

		const before = chain(scene.rulesBefore.get(check.host), check).filter((one) => isMeant(one, check));
		const seen = sum(found) - sum(before);
		return {ok: holds(wanted, seen), expected: `hits ${countText(wanted)}`, got: `${seen} hits`, evidence};
	},
};

function hits(check: CheckOf<'rule'>): string | undefined {
	if (!check.exists) {
		return 'does not exist';
	}

	return check.hits === undefined ? undefined : `hits ${countText(check.hits)}`;
}

function chain(rules: ObservedRules | undefined, check: CheckOf<'rule'>): readonly ObservedRule[] {
	return (rules?.rules ?? []).filter((one) => one.table === check.table && one.chain === check.chain);
}

function isMeant({text}: ObservedRule, check: CheckOf<'rule'>): boolean {
	const isTarget = check.target === undefined || new RegExp(String.raw`-j ${escape(check.target)}(?: |$)`).test(text);
	const isTo = check.to === undefined || text.endsWith(`--to-destination ${check.to}`) || text.endsWith(`--to-source ${check.to}`);
	return isTarget && isTo && (check.match === undefined || text.includes(check.match));
}

function escape(text: string): string {
	return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
}

function sum(rules: readonly ObservedRule[]): number {
	return rules.reduce((total, one) => total + one.packets, 0);
}
