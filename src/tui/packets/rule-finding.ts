// The packets that hit one rule, in the place of a filter's.
import type {Hits} from './hits.ts';
import type {Judged, RuleId, Unjudged} from './judged.ts';
import {unseenText, type Unseen} from '../../explain/unseen.ts';
import type {Finding} from './search.ts';
import type {ShownRule} from '../panes/filter-line.ts';

/** More of what cannot be judged is not named. */
const mostNamed = 2;

/** Packets are judged, and counters read, so long after they came at the latest, in milliseconds. */
const settlesMs = 4000;

/** What is known of a rule. */
interface Known {
	/** "h1 nat DOCKER #2 · destination becomes 172.17.0.2:80 (web)" */
	readonly title: string;
	/** Of what it drops, as explain/reading.ts knows it. */
	readonly unseen?: Unseen | undefined;
}

export class RuleFinding implements Finding {
	readonly text = '';
	readonly title: string;
	readonly unseen: Unseen | undefined;
	readonly id: RuleId;
	readonly #judged: Judged;
	readonly #now: () => number;
	/** What was found and what was counted, and since when it is that. */
	#compared = {hits: 0, counted: 0, sinceMs: 0};
	#beganMs: number | undefined;
	#tookMs: number | undefined;
	#shown: ShownRule | undefined;

	/** `now`: milliseconds that only rise. */
	constructor(id: RuleId, {title, unseen}: Known, judged: Judged, now: () => number = () => performance.now()) {
		this.id = id;
		this.title = title;
		this.unseen = unseen;
		this.#judged = judged;
		this.#now = now;
	}

	get hits(): Hits {
		return this.#judged.hitsOf(this.id);
	}

	get heads(): Hits {
		return this.#judged.headsOf(this.id);
	}

	get tookMs(): number | undefined {
		return this.#tookMs;
	}

	get percent(): number {
		return Math.floor(this.#judged.done * 100);
	}

	/** For the line above the packets; the same object for as long as it says the same. */
	get shown(): ShownRule {
		const counted = this.#judged.countedBy(this.id);
		const doubts = this.#judged.doubtsOf(this.id);
		const own = doubts.unjudged.find(({key}) => key === this.id.key);
		const possible = own?.numbers.count ?? 0;
		const settled = this.#isSettled(counted) && this.#judged.isCounted(this.id) ? counted : undefined;
		// of what comes to no interface nothing is on its way here
		const remarks = [
			...this.#missing(this.unseen === 'all' ? counted : settled),
			...(own === undefined ? [] : [this.#open(own, settled, doubts.unsure)]),
			...this.#remarks(doubts),
		];
		const shown = {title: this.title, counted, possible, remarks};
		const was = this.#shown;
		if (was === undefined || was.counted !== counted || was.possible !== possible || was.remarks.join('\n') !== remarks.join('\n')) {
			this.#shown = shown;
			return shown;
		}

		return was;
	}

	/** What was found and what was counted has not changed for a while: no packet is on its way that only one of them knows. */
	#isSettled(counted = 0): boolean {
		const hits = this.hits.count;
		if (hits !== this.#compared.hits || counted !== this.#compared.counted) {
			this.#compared = {hits, counted, sinceMs: this.#now()};
		}

		return this.#now() - this.#compared.sinceMs > settlesMs;
	}

	/** Packets that the kernel counted and that were not captured. */
	#missing(counted = 0): readonly string[] {
		const more = counted - this.hits.count;
		const why = this.unseen === undefined ? 'they came to no interface, or before the capture' : unseenText(this.unseen, this.id.node);
		return more > 0 ? [`the kernel counted ${more} more: ${why}`] : [];
	}

	/** Packets of which nobody can tell whether they hit the rule; how many at the most, the kernel's counter tells. */
	#open({numbers, untold}: Unjudged, counted: number | undefined, unsure: number): string {
		const why = untold === undefined ? 'what this rule asks is not understood here' : `packets do not tell ${untold}`;
		const {count} = numbers;
		const these = count === 1 ? 'this packet' : `these ${count} packets`;
		if (counted === undefined || unsure > 0) {
			return `${why}: ${count === 1 ? `whether ${these}` : `which of ${these}`} hit the rule is not known`;
		}

		const most = counted - (this.hits.count - count);
		return most <= 0
			? `${why}, but the kernel counted ${counted}: none of ${these} hit the rule`
			: `${why}: the kernel counted ${counted}, so ${most >= count ? `${these} may all have` : `${most} of ${these} may have`} hit the rule`;
	}

	/** What is to be said so that nobody takes the list for more than it is; a line each. */
	#remarks({unsure, unjudged, contradictions}: ReturnType<Judged['doubtsOf']>): readonly string[] {
		const others = unjudged.filter(({key}) => key !== this.id.key);
		const named = others.slice(0, mostNamed).map(({text}) => text);
		const [rules, ask] = others.length === 1 ? ['rule', 'asks'] : ['rules', 'ask'];
		return [
			...(others.length === 0
				? []
				: [`${others.length} ${rules} of this table ${ask} what packets do not tell: ${named.join('; ')}${others.length > mostNamed ? ' …' : ''}`]),
			...(unsure === 0
				? []
				: [`${unsure} of these packets are not certain: ${others.length > 0 ? 'such a rule came before' : 'the rules were changed at that time'}`]),
			...(contradictions === 0 ? [] : [`${contradictions} packets went on although rules of ${this.id.node} drop them: the rules were others then`]),
		];
	}

	goOn(_store: unknown, changed: () => void): void {
		this.#beganMs ??= performance.now();
		this.#judged.goOn(changed);
		if (!this.#judged.isBehind) {
			this.#tookMs ??= performance.now() - this.#beganMs;
		}
	}

	stop(): void {
		// what was found is kept: the next rule is shown at once
	}
}
