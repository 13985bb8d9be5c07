// The rules of a node as the lines of a list: a heading for each table, one for each chain, its rules. What is counted is not in it: book.ts.
import {chainKey, keysOf} from '../../explain/change.ts';
import {matcher} from '../list.ts';
import type {ReadChain, ReadRule, ReadTable} from '../../explain/reading.ts';

export type RuleLine =
	| {readonly is: 'table'; readonly key: string; readonly family: 4 | 6; readonly table: string}
	| {readonly is: 'chain'; readonly key: string; readonly chain: ReadChain}
	/** Built-in chains without a rule whose policy lets everything pass: all of a table in one line. */
	| {readonly is: 'open'; readonly key: string; readonly chains: readonly ReadChain[]}
	| {readonly is: 'rule'; readonly key: string; readonly rule: ReadRule};

/** The lines of all tables, in reading order. Keys are those of explain/change.ts for chains and rules. */
export function linesOf(tables: readonly ReadTable[]): readonly RuleLine[] {
	return tables.flatMap(({family, table, chains}): RuleLine[] => {
		const keys = keysOf(chains.flatMap(({rules}) => rules));
		const open = chains.filter(({policy, rules}) => policy === 'ACCEPT' && rules.length === 0);
		const heading = `${family} ${table}`;
		return [
			{is: 'table', key: heading, family, table},
			...chains
				.filter((chain) => !open.includes(chain))
				.flatMap((chain): RuleLine[] => [
					{is: 'chain', key: chainKey(chain), chain},
					...chain.rules.map((rule): RuleLine => ({is: 'rule', key: keys.get(rule) ?? '', rule})),
				]),
			...(open.length === 0 ? [] : [{is: 'open' as const, key: `${heading} open`, chains: open}]),
		];
	});
}

/** Only rules with this text, in words or as iptables has it, and the headings above them; a chain whose own name has it with all its rules. */
export function filtered(lines: readonly RuleLine[], filter: string): readonly RuleLine[] {
	if (filter === '' || filter === '!') {
		return lines;
	}

	const passes = matcher(filter);
	const shown: RuleLine[] = [];
	let above: RuleLine[] = [];
	for (const line of lines) {
		if (line.is === 'table') {
			above = [line];
		} else if (line.is === 'chain') {
			above = [...above.filter(({is}) => is === 'table'), line];
		}

		if (line.is === 'rule' ? passes(textOf(line.rule)) : line.is === 'chain' && line.chain.rules.length === 0 && passes(line.chain.chain)) {
			shown.push(...above, ...(line.is === 'rule' ? [line] : []));
			above = [];
		}
	}

	return shown;
}

function textOf({family, table, chain, text, words}: ReadRule): string {
	return `IPv${family} ${table} ${chain} ${text} ${words === undefined ? '' : `${words.action}: ${words.packets}`}`;
}
