// The rules of one namespace and family in memory, with iptables' refusals in iptables' words. Rules are kept as written: matches are not understood.
import type {ObservedRules} from '../model/observed.ts';
import type {Family, Table} from '../plan/op.ts';
import type {RuleOp} from './iptables/restore.ts';

interface Chain {
	/** Of a built-in chain. */
	policy: 'ACCEPT' | 'DROP' | undefined;
	rules: string[];
}

/** The chains that a table has from the start, as the nft front end lists them. */
const builtIn: Readonly<Record<Table, readonly string[]>> = {
	raw: ['PREROUTING', 'OUTPUT'],
	mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
	nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
	filter: ['INPUT', 'FORWARD', 'OUTPUT'],
};

/** Targets that are no chains of ours: what iptables ships. */
const targets = new Set([
	'ACCEPT',
	'DROP',
	'RETURN',
	'REJECT',
	'LOG',
	'DNAT',
	'SNAT',
	'MASQUERADE',
	'REDIRECT',
	'MARK',
	'CONNMARK',
	'TRACE',
	'TCPMSS',
	'NOTRACK',
	'CT',
]);

export class FakeRules {
	readonly #tables = new Map<Table, Map<string, Chain>>();

	/** iptables' words when it refuses. */
	do(op: RuleOp): string | undefined {
		const chains = this.#chains(op.table);
		const chain = chains.get(op.chain);
		switch (op.do) {
			case 'chain.add': {
				if (chain !== undefined) {
					return 'Chain already exists.';
				}

				chains.set(op.chain, {policy: undefined, rules: []});
				return undefined;
			}

			case 'policy.set': {
				if (chain?.policy === undefined) {
					return 'Bad built-in chain name.';
				}

				chain.policy = op.policy;
				return undefined;
			}

			default: {
				return this.#addRule(op, chains);
			}
		}
	}

	/** Words of a refusal; what is gone is fine. */
	undo(op: RuleOp): string | undefined {
		const chains = this.#chains(op.table);
		const chain = chains.get(op.chain);
		switch (op.do) {
			case 'chain.add': {
				const isUsed = [...chains.values()].some(({rules}) => rules.some((rule) => targetOf(rule) === op.chain));
				if (chain !== undefined && (isUsed || chain.rules.length > 0)) {
					return `CHAIN_DEL failed (Device or resource busy): chain ${op.chain}`;
				}

				chains.delete(op.chain);
				return undefined;
			}

			case 'policy.set': {
				if (chain?.policy !== undefined) {
					chain.policy = 'ACCEPT';
				}

				return undefined;
			}

			default: {
				const place = chain?.rules.indexOf(op.rule) ?? -1;
				if (place !== -1) {
					chain?.rules.splice(place, 1);
				}

				return undefined;
			}
		}
	}

	observe(family: Family): ObservedRules {
		const tables = [...this.#tables].map(([table, chains]) => ({table, chains: [...chains]}));
		return {
			chains: tables.flatMap(({table, chains}) => chains.map(([chain, {policy}]) => ({family, table, chain, policy, packets: 0, bytes: 0}))),
			rules: tables.flatMap(({table, chains}) =>
				chains.flatMap(([chain, {rules}]) => rules.map((text, index) => ({family, table, chain, number: index + 1, text, packets: 0, bytes: 0}))),
			),
		};
	}

	#addRule(op: Extract<RuleOp, {readonly do: 'rule.add'}>, chains: ReadonlyMap<string, Chain>): string | undefined {
		const chain = chains.get(op.chain);
		const target = targetOf(op.rule);
		if (chain === undefined) {
			return 'No chain/target/match by that name.';
		}

		if (target !== undefined && !targets.has(target) && !chains.has(target)) {
			return `Chain '${target}' does not exist`;
		}

		if (op.insert === true) {
			const index = (op.number ?? 1) - 1;
			if (index > chain.rules.length) {
				return 'Index of insertion too big.';
			}

			chain.rules.splice(index, 0, op.rule);
		} else {
			chain.rules.push(op.rule);
		}

		return undefined;
	}

	/** A table comes into being, with its built-in chains, when it is first used. */
	#chains(table: Table): Map<string, Chain> {
		const known = this.#tables.get(table);
		if (known !== undefined) {
			return known;
		}

		const chains = new Map(builtIn[table].map((name): [string, Chain] => [name, {policy: 'ACCEPT', rules: []}]));
		this.#tables.set(table, chains);
		return chains;
	}
}

function targetOf(rule: string): string | undefined {
	return /(?:^| )(?:-j|-g) (\S+)/.exec(rule)?.[1];
}
