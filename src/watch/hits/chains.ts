// A packet through one table's chain at a hook: rule by rule, into chains and back, to a verdict. Source: iptables(8), TARGETS.
import type {Asked} from './asked.ts';
import type {Rule, Ruleset, Target} from './ruleset.ts';

/** What a packet met on its way through a chain. */
export type Met =
	/** It hit a rule, or the policy of the chain that it came to the end of. `isSure`: false when a rule before could not be judged. */
	| {readonly is: 'hit'; readonly key: string; readonly isSure: boolean}
	/** Whether it hit this one cannot be judged. */
	| {readonly is: 'unknown'; readonly rule: Rule};

export type Verdict = 'accept' | 'drop' | 'untrack' | Extract<Target, {is: 'rewrite'}>;

/** As many chains as the kernel lets a packet be in at a time (NFT_JUMP_STACK_SIZE); user space refuses loops. */
const deepest = 16;

/** Where a packet is: in a chain, and where it goes back to. */
class Position {
	readonly #back: {readonly rules: readonly Rule[]; readonly at: number}[] = [];
	#rules: readonly Rule[];
	#at = 0;

	constructor(rules: readonly Rule[]) {
		this.#rules = rules;
	}

	/** The next rule; undefined: it has come to the end of the first chain. */
	next(): Rule | undefined {
		for (;;) {
			const rule = this.#rules[this.#at];
			this.#at++;
			if (rule !== undefined || !this.return()) {
				return rule;
			}
		}
	}

	enter(rules: readonly Rule[], isComingBack: boolean): void {
		if (isComingBack && this.#back.length < deepest) {
			this.#back.push({rules: this.#rules, at: this.#at});
		}

		this.#rules = rules;
		this.#at = 0;
	}

	/** Back to where it came from; false: of a built-in chain it leaves it to the policy. */
	return(): boolean {
		const back = this.#back.pop();
		this.#rules = back?.rules ?? [];
		this.#at = back?.at ?? 0;
		return back !== undefined;
	}
}

/** `taken`: a rule that cannot be judged, of which it is assumed that it was hit. */
interface Question extends Asked {
	readonly taken?: Rule;
}

/** Through the chain of that key ("4 filter FORWARD") and all that it leads to. A chain that is not there lets everything pass. `met`: what it meets is put behind. */
export function walk(rules: Ruleset, key: string, asked: Question, met: Met[]): Verdict {
	const [family, table] = key.split(' ');
	const {taken} = asked;
	const first = rules.get(key);
	if (first === undefined) {
		return 'accept';
	}

	const position = new Position(first.rules);
	let isSure = true;
	for (let rule = position.next(); rule !== undefined; rule = position.next()) {
		const {target} = rule;
		const is = rule === taken ? true : rule.test?.(asked);
		if (is === false || (is === undefined && target.is === 'drop' && asked.isPast)) {
			continue;
		}

		if (is === undefined) {
			met.push({is: 'unknown', rule});
			isSure &&= target.is === 'pass';
			continue;
		}

		met.push({is: 'hit', key: rule.key, isSure});
		switch (target.is) {
			case 'accept':
			case 'drop':
			case 'untrack': {
				return target.is;
			}

			case 'rewrite': {
				return target;
			}

			case 'jump':
			case 'goto': {
				position.enter(rules.get(`${family} ${table} ${target.chain}`)?.rules ?? [], target.is === 'jump');
				break;
			}

			case 'return': {
				position.return();
				break;
			}

			case 'mark': {
				asked.packet.mark = ((asked.packet.mark & ~target.mask) ^ target.value) >>> 0;
				break;
			}

			default: {
				isSure &&= target.is === 'pass';
			}
		}
	}

	met.push({is: 'hit', key, isSure});
	return first.isDropping ? 'drop' : 'accept';
}

/**
 * What it met when it was seen to go on, although it should have been dropped: a rule that cannot be judged took it. `met`: what it seemed to meet.
 * undefined: no rule explains it. If several can, nothing is said of what came behind the first of them.
 */
export function explained(rules: Ruleset, key: string, asked: Asked, met: readonly Met[]): Explanation | undefined {
	const mark = asked.packet.mark;
	const unknown = met.flatMap((one) => (one.is === 'unknown' && one.rule.target.is !== 'pass' ? [one.rule] : []));
	const ways = unknown.flatMap((taken): readonly Explanation[] => {
		const other: Met[] = [];
		asked.packet.mark = mark;
		const verdict = walk(rules, key, {...asked, taken}, other);
		return verdict === 'drop' ? [] : [{met: other, verdict}];
	});
	const [way] = ways;
	return way === undefined || ways.length === 1
		? way
		: {
				met: met.slice(
					0,
					met.findIndex(({is}) => is === 'unknown'),
				),
				verdict: 'accept',
			};
}

export interface Explanation {
	readonly met: readonly Met[];
	readonly verdict: Verdict;
}
