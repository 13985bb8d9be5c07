// All that there is to say of one line of the Rules screen.
import type {OpLogEntry} from '../../api/messages.ts';
import {commandFor} from '../../explain/made-by.ts';
import type {ReadChain, ReadRule} from '../../explain/reading.ts';
import {unseenText, type Unseen} from '../../explain/unseen.ts';
import type {Facts} from '../facts.ts';
import {timeOfDay} from '../text.ts';
import type {Live} from './book.ts';
import type {RuleLine} from './lines.ts';

/** What a table is for (iptables(8)). */
const purposes: Readonly<Record<string, string>> = {
	raw: 'before connections are tracked: what is dropped here costs least',
	mangle: 'changes marks and fields of packets',
	nat: 'rewrites addresses: asked once for each connection, by its first packet; the packets after it go the same way unasked',
	filter: 'lets packets through, or not',
	security: 'for mandatory access control (SELinux)',
};

/** When a packet comes to a built-in chain. */
const hooks: Readonly<Record<string, string>> = {
	PREROUTING: 'what arrives, before it is decided where it goes',
	INPUT: 'what is for a process of this host itself',
	FORWARD: 'what arrives and is sent on, to a container or to another machine',
	OUTPUT: 'what processes of this host send',
	POSTROUTING: 'what is about to leave',
};

/** `step`: the one that made it; undefined: none did. */
export function lineFacts(node: string, line: RuleLine, live: Live, step: OpLogEntry | undefined): Facts {
	switch (line.is) {
		case 'table': {
			const {family, table} = line;
			return facts(`${node} · IPv${family} · table ${table}`, [['table', `${table}: ${purposes[table] ?? 'made by somebody else'}`]]);
		}

		case 'chain': {
			return chainFacts(node, line.chain, live);
		}

		case 'open': {
			const [first] = line.chains;
			return facts(
				`${node} · IPv${first?.family ?? 4} · table ${first?.table ?? ''}`,
				line.chains.map(({chain}) => [chain, `${hooks[chain] ?? ''}: no rules, and its policy accepts`]),
			);
		}

		case 'rule': {
			return ruleFacts(node, line.rule, live, step);
		}
	}
}

function chainFacts(node: string, {family, table, chain, policy, callers, rules, unseen}: ReadChain, live: Live): Facts {
	const called = callers.length === 0 ? 'no rule leads here: nothing comes' : `rules that lead here: ${callers.join(', ')}`;
	return facts(`${node} · IPv${family} · ${table} ${chain}`, [
		['packets', policy === undefined ? called : (hooks[chain] ?? '')],
		['at its end', policy === undefined ? 'back to the rule after the one that led here' : `policy ${policy}`],
		...(rules.length === 0 ? [['rules', 'none'] as const] : []),
		...(policy === undefined || live.packets === 0 ? [] : [['policy', countText(live)] as const]),
		...unseenRow(unseen, node),
	]);
}

function unseenRow(unseen: Unseen | undefined, node: string): readonly (readonly [label: string, value: string])[] {
	return unseen === undefined ? [] : [['captures', unseenText(unseen, node)]];
}

function ruleFacts(node: string, rule: ReadRule, live: Live, step: OpLogEntry | undefined): Facts {
	const {family, table, chain, number, words, unseen} = rule;
	return facts(`${node} · IPv${family} · ${table} ${chain} ${number}`, [
		...(words === undefined ? [] : [['does', `${words.action}: ${words.packets}`] as const]),
		['iptables', commandFor(rule)],
		['why', step?.why ?? 'no step of this lab made it: it was added by hand, or by a program'],
		['counted', countText(live)],
		...unseenRow(unseen, node),
	]);
}

function countText({packets, bytes, hitMs}: Live): string {
	return `${packets} packets, ${bytes} bytes${hitMs === undefined ? '' : ` · last hit ${timeOfDay(hitMs).slice(0, 8)}`}`;
}

function facts(title: string, rows: readonly (readonly [label: string, value: string])[]): Facts {
	return {title, summary: '', facts: rows.map(([label, value]) => ({label, value})), meter: undefined};
}
