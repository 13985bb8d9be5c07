// Rules as people read them in a terminal or a pipe: a block for each table, a heading for each chain, one line for each rule: counters, words, iptables.
import {commandFor} from '../explain/made-by.ts';
import type {ReadChain, ReadRule, ReadTable} from '../explain/reading.ts';

/** Cells of the longest words that the others are lined up with; a longer one only moves its own line. */
const longestAction = 44;
const longestPackets = 66;

/** `columns`: of the terminal; where a line has no room in it, the rule's text goes below its words. undefined: a pipe, which has room. */
export function rulesText(node: string, tables: readonly ReadTable[], columns: number | undefined): string {
	const blocks = tables.map((table) => tableText(node, table, columns));
	return blocks.length === 0 ? `${node}: no rules` : blocks.join('\n\n');
}

function tableText(node: string, {family, table, chains}: ReadTable, columns: number | undefined): string {
	const rules = chains.flatMap((chain) => chain.rules);
	const widths = {
		packets: widest(rules, ({packets}) => String(packets), 7),
		bytes: widest(rules, ({bytes}) => String(bytes), 5),
		action: Math.min(
			longestAction,
			widest(rules, ({words}) => words?.action ?? '', 0),
		),
		which: Math.min(
			longestPackets,
			widest(rules, ({words}) => words?.packets ?? '', 0),
		),
	};
	const row = (rule: ReadRule): string => {
		const {action = '', packets: which = ''} = rule.words ?? {};
		const counted = `${String(rule.number).padStart(4)}  ${String(rule.packets).padStart(widths.packets)}  ${String(rule.bytes).padStart(widths.bytes)}`;
		const text = textOf(rule);
		const line = `${counted}  ${action.padEnd(widths.action)}  ${which.padEnd(widths.which)}  ${text}`;
		if (columns === undefined || line.length <= columns) {
			return line;
		}

		return rule.words === undefined ? `${counted}  ${text}` : `${counted}  ${action}: ${which}\n${' '.repeat(6)}${text}`;
	};
	const lines = chains.flatMap((chain) => [chainText(chain), ...chain.rules.map((rule) => row(rule))]);
	const heading =
		rules.length === 0
			? []
			: [`${'#'.padStart(4)}  ${'PACKETS'.padStart(widths.packets)}  ${'BYTES'.padStart(widths.bytes)}  WHAT IT DOES, WITH WHICH PACKETS`];
	return [`${node}, IPv${family}, table ${table}`, ...heading, ...lines].join('\n');
}

function chainText({chain, policy, packets, bytes, callers, rules}: ReadChain): string {
	const counted = packets > 0 ? ` (${packets} packets, ${bytes} bytes)` : '';
	const how = policy === undefined ? (callers.length === 0 ? ', nothing leads here' : `, from ${callers.join(', ')}`) : `, policy ${policy}${counted}`;
	return `chain ${chain}${how}${rules.length === 0 ? ', no rules' : ''}`;
}

/** The rule as `iptables -S` prints it. */
export function textOf(rule: ReadRule): string {
	return commandFor(rule).replace(/^\S+ -t \S+ /, '');
}

function widest<T>(all: readonly T[], text: (one: T) => string, least: number): number {
	return Math.max(least, ...all.map((one) => text(one).length));
}
