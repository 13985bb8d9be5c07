// The rules of a node at a moment, made ready for being asked about packets: each rule with its test and its target.
import {chainKey, keysOf} from '../../explain/change.ts';
import {cut, type RuleParts, tokens} from '../../explain/tokens.ts';
import type {ObservedRule, ObservedRules} from '../../model/observed.ts';
import type {Address} from '../journey/print.ts';
import type {Test} from './asked.ts';
import {testOf, untoldOf, valuesOf} from './matches.ts';
import {rewrittenTo} from './values.ts';

export type Target =
	| {readonly is: 'accept' | 'drop' | 'return'}
	| {readonly is: 'jump' | 'goto'; readonly chain: string}
	/** NAT. `isHere`: to the node itself. What is undefined stays, or is chosen by the kernel. */
	| {readonly is: 'rewrite'; readonly isHere: boolean; readonly address: Address | undefined; readonly port: number | undefined}
	| {readonly is: 'mark'; readonly value: number; readonly mask: number}
	| {readonly is: 'untrack'}
	/** It goes on to the next rule. */
	| {readonly is: 'pass'}
	/** What becomes of it is not known here. */
	| {readonly is: 'unknown'};

export interface Rule {
	/** As `keysOf` knows it. */
	readonly key: string;
	/** "-A DOCKER-USER -m recent --rcheck -j DROP" */
	readonly text: string;
	/** undefined: a match in it is not known here. */
	readonly test: Test | undefined;
	/** What would have to be known of packets that cannot be judged: "whose process sent it"; undefined: what the rule asks is not known here. */
	readonly untold: string | undefined;
	readonly target: Target;
}

export interface Chain {
	/** As `chainKey` knows it. */
	readonly key: string;
	readonly isDropping: boolean;
	readonly rules: readonly Rule[];
}

/** By `chainKey`. */
export type Ruleset = ReadonlyMap<string, Chain>;

export function rulesetOf({chains, rules}: ObservedRules): Ruleset {
	const keys = keysOf(rules);
	const own = new Map<string, Rule[]>(chains.map((chain) => [chainKey(chain), []]));
	for (const rule of rules) {
		own.get(chainKey(rule))?.push(compiled(rule, keys.get(rule) ?? '', (chain) => own.has(chainKey({...rule, chain}))));
	}

	return new Map(
		chains.map((chain) => {
			const key = chainKey(chain);
			return [key, {key, isDropping: chain.policy === 'DROP', rules: own.get(key) ?? []}];
		}),
	);
}

function compiled({chain, text}: ObservedRule, key: string, isChain: (name: string) => boolean): Rule {
	const parts = cut(text, valuesOf);
	const judging = {test: parts && testOf(parts.options), untold: parts && untoldOf(parts.options)};
	const target = targetOf((parts ?? {target: lastOf(text)}).target, isChain);
	return {key, text: `-A ${chain}${text === '' ? '' : ` ${text}`}`, ...judging, target};
}

/** The target of a rule that cannot be cut: what it leads to is known all the same. */
function lastOf(text: string): RuleParts['target'] {
	const words = tokens(text) ?? [];
	const at = words.findLastIndex((word) => word === '-j' || word === '-g');
	const name = words[at + 1];
	return at === -1 || name === undefined ? undefined : {how: words[at] === '-j' ? 'jump' : 'goto', name, words: words.slice(at + 2)};
}

const pass: Target = {is: 'pass'};
const unknown: Target = {is: 'unknown'};
/** They change nothing that rules ask for. */
const passing = new Set(['LOG', 'NFLOG', 'TRACE', 'TCPMSS', 'CLASSIFY', 'CHECKSUM', 'DSCP', 'TOS', 'TTL', 'HL', 'AUDIT', 'RATEEST']);

function targetOf(target: RuleParts['target'], isChain: (name: string) => boolean): Target {
	if (target === undefined) {
		return pass;
	}

	const {name, how, words} = target;
	if (isChain(name)) {
		return {is: how, chain: name};
	}

	switch (name) {
		case 'ACCEPT': {
			return {is: 'accept'};
		}

		case 'DROP':
		case 'REJECT': {
			return {is: 'drop'};
		}

		case 'RETURN': {
			return {is: 'return'};
		}

		case 'DNAT': {
			return {is: 'rewrite', isHere: false, ...(rewrittenTo(words[1] ?? '') ?? free)};
		}

		case 'SNAT':
		case 'MASQUERADE': {
			return {is: 'rewrite', isHere: false, ...(name === 'SNAT' ? (rewrittenTo(words[1] ?? '') ?? free) : free)};
		}

		case 'REDIRECT': {
			return {is: 'rewrite', isHere: true, ...(rewrittenTo(`:${words[1] ?? ''}`) ?? free)};
		}

		case 'MARK': {
			const [value = 0, mask = 0xff_ff_ff_ff] = (words[1] ?? '').split('/').map(Number);
			return words[0] === '--set-xmark' ? {is: 'mark', value, mask} : unknown;
		}

		case 'CT': {
			return words[0] === '--notrack' ? {is: 'untrack'} : pass;
		}

		case 'NOTRACK': {
			return {is: 'untrack'};
		}

		default: {
			return passing.has(name) ? pass : unknown;
		}
	}
}

const free = {address: undefined, port: undefined};
