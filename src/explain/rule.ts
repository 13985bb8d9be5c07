// A rule of iptables in plain words: what it does, and with which packets. Pure. Nothing is guessed: a rule with one word that is not in the tables of
// matches.ts and targets.ts has no words, and its text is shown instead.
import type {ObservedRule} from '../model/observed.ts';
import {partsOf, valuesOf, type Naming} from './matches.ts';
import {phrase} from './packets.ts';
import {actionOf, type Action} from './targets.ts';
import {cut, type RuleParts} from './tokens.ts';

export interface RuleWords {
	/** "accept", "destination becomes 172.17.0.2:80 (web)". */
	readonly action: string;
	readonly fate: Action['fate'];
	/** "tcp to 172.17.0.2 (web) port 80, in by any but docker0"; "all packets". */
	readonly packets: string;
}

export interface Surroundings {
	/** Whether the rule's table has a chain of that name. */
	readonly isChain: (name: string) => boolean;
	/** The policy of the rule's own chain; undefined: it is not built in. */
	readonly policy: string | undefined;
	readonly names: Naming;
}

/** undefined: something in it is not known here. */
export function explainRule({text}: Pick<ObservedRule, 'text'>, around: Surroundings): RuleWords | undefined {
	const parts = cut(text, valuesOf);
	const asked = parts === undefined ? undefined : partsOf(parts.options, around.names);
	const action = parts === undefined ? undefined : actionFor(parts.target, around);
	if (asked === undefined || action === undefined) {
		return undefined;
	}

	const all = asked.every(({is}) => is === 'comment') ? ['all packets'] : [];
	return {action: action.text, fate: action.fate, packets: [...all, phrase(asked)].filter((words) => words !== '').join(', ')};
}

function actionFor(target: RuleParts['target'], {isChain, policy, names}: Surroundings): Action | undefined {
	if (target === undefined) {
		return {fate: 'pass', text: 'count'};
	}

	const {how, name, words} = target;
	const isBare = words.length === 0;
	if (isChain(name)) {
		return isBare ? {fate: 'go', text: how === 'jump' ? `go to ${name}` : `go to ${name}, not back`} : undefined;
	}

	if (name === 'RETURN' && isBare) {
		return {fate: 'return', text: policy === undefined ? 'go back' : `leave it to the policy, ${policy}`};
	}

	return actionOf(name, words, names);
}
