// `vethlab rules --follow`: each second what packets have hit since the last one, and which rules came and went.
import {setTimeout as wait} from 'node:timers/promises';
import type {Client} from '../api/client.ts';
import {LabError} from '../base/errors.ts';
import {chainKey, changeBetween, keysOf, type Growth} from '../explain/change.ts';
import {hostOf, namesOn, readRules, type ReadRule} from '../explain/reading.ts';
import type {ObservedRules} from '../model/observed.ts';
import {unseenText, type Unseen} from '../explain/unseen.ts';
import {type Io, type Output, print} from './command.ts';
import type {Wanted} from './commands/rules.ts';
import {textOf} from './rules-text.ts';
import {table as inColumns} from './table.ts';

const everyMs = 1000;

/** One line of the answer. */
export interface RuleEvent {
	readonly node: string;
	readonly family: 4 | 6;
	readonly table: string;
	readonly chain: string;
	/** `policy`: packets that no rule of the chain decided on. */
	readonly event: 'hit' | 'policy' | 'new' | 'gone';
	/** Place in the chain, from 1; of a policy undefined. */
	readonly number: number | undefined;
	/** Counted since the last second. */
	readonly packets: number;
	readonly bytes: number;
	/** As `iptables -S` prints it; a policy by its name. */
	readonly text: string;
	readonly words: ReadRule['words'];
	/** Of the packets that it dropped: `all` came to no interface, or those that the node itself sent (`own`) did not, and no capture shows them. */
	readonly unseen: Unseen | undefined;
}

/** Goes on until the lab ends; whoever follows is interrupted. */
export async function followRules(io: Output & Pick<Io, 'stderr'>, client: Client, {view, nodes, only, isJson}: Wanted): Promise<void> {
	const last = new Map<string, ObservedRules>();
	const isOver = client.closed.then(() => true);
	if (io.stdout.isTTY && !isJson) {
		io.stderr.write(`what packets hit in ${nodes.join(', ')} is shown each second; Ctrl-C ends it\n`);
	}

	do {
		// oxlint-disable-next-line no-await-in-loop -- each second one look
		await Promise.all(
			nodes.map(async (node) => {
				const now = await look(client, node);
				const before = last.get(node);
				last.delete(node);
				if (now !== undefined) {
					const rules = only(now);
					last.set(node, rules);
					const events =
						before === undefined ? [] : eventsBetween(node, before, rules, (all) => readRules(all, namesOn(view, hostOf(view, node) ?? '')));
					if (events.length > 0) {
						print(io, isJson ? events.map((event) => JSON.stringify(event)).join('\n') : eventsText(events, new Date()));
					}
				}
			}),
		);
		// oxlint-disable-next-line no-await-in-loop -- each second one look
	} while (!(await Promise.race([isOver, wait(everyMs, false)])));
}

/** undefined: it does not run at the moment, or the lab has ended. */
async function look(client: Client, node: string): Promise<ObservedRules | undefined> {
	try {
		return await client.call('rules', {host: node});
	} catch (error) {
		if (error instanceof LabError && ['E_CONFLICT', 'E_NAME_UNKNOWN', 'E_ENGINE_DEAD'].includes(error.code)) {
			return undefined;
		}

		throw error;
	}
}

/** In the order in which one reads the rules; what is gone comes first. */
export function eventsBetween(
	node: string,
	before: ObservedRules,
	after: ObservedRules,
	read: (rules: ObservedRules) => ReturnType<typeof readRules>,
): readonly RuleEvent[] {
	const {grown, policies, added, removed} = changeBetween(before, after);
	const keys = new Map([...keysOf(after.rules)].map(([rule, key]) => [placeOf(rule), key]));
	const isNew = new Set(added.map((rule) => placeOf(rule)));
	const isGone = new Set(removed.map((rule) => placeOf(rule)));
	const of = (event: RuleEvent['event'], rule: ReadRule, {packets, bytes}: Growth): RuleEvent => {
		const {family, table, chain, number, words, unseen} = rule;
		return {node, family, table, chain, event, number, packets, bytes, text: textOf(rule), words, unseen};
	};
	const gone = read(before).flatMap(({chains}) =>
		chains.flatMap(({rules}) => rules.filter((rule) => isGone.has(placeOf(rule))).map((rule) => of('gone', rule, {packets: 0, bytes: 0}))),
	);
	const there = read(after).flatMap(({chains}) =>
		chains.flatMap((chain) => {
			const hits = chain.rules.flatMap((rule): RuleEvent[] => {
				const growth = grown.get(keys.get(placeOf(rule)) ?? '');
				return isNew.has(placeOf(rule)) ? [of('new', rule, growth ?? {packets: 0, bytes: 0})] : growth === undefined ? [] : [of('hit', rule, growth)];
			});
			const policy = policies.get(chainKey(chain));
			const {family, table, policy: text = '', unseen} = chain;
			return policy === undefined
				? hits
				: [...hits, {node, family, table, chain: chain.chain, event: 'policy' as const, number: undefined, ...policy, text, words: undefined, unseen}];
		}),
	);
	return [...gone, ...there];
}

function placeOf(rule: ReadRule | ObservedRules['rules'][number]): string {
	return `${chainKey(rule)} ${rule.number}`;
}

/** Lines in columns: "14:40:01  h1 IPv4 nat DOCKER 2  +3 packets  +180 bytes  destination becomes 172.17.0.2:80 (web): tcp to port 8080". */
export function eventsText(events: readonly RuleEvent[], at: Date): string {
	return inColumns(
		events.map(({node, family, table, chain, event, number, packets, bytes, text, words, unseen}) => [
			at.toTimeString().slice(0, 8),
			`${node} IPv${family} ${table} ${chain}${number === undefined ? '' : ` ${number}`}`,
			packets > 0 ? `+${packets} packet${packets === 1 ? '' : 's'}` : event,
			packets > 0 ? `+${bytes} bytes` : '',
			`${packets > 0 && event === 'new' ? 'new: ' : ''}${event === 'policy' ? `policy ${text}` : words === undefined || event !== 'hit' ? text : `${words.action}: ${words.packets}`}${packets > 0 && unseen !== undefined ? ` · ${unseenText(unseen, node)}` : ''}`,
		]),
	);
}
