// The packets that hit one rule, in the place of a filter's.
import type {Hits} from './hits.ts';
import type {Judged, RuleId} from './judged.ts';
import type {Finding} from './search.ts';
import type {ShownRule} from '../panes/filter-line.ts';

/** More of what cannot be judged is not named. */
const mostNamed = 2;

/** Packets are judged, and counters read, so long after they came at the latest, in milliseconds. */
const settlesMs = 4000;

export class RuleFinding implements Finding {
	readonly text = '';
	/** "h1 nat DOCKER #2 · destination becomes 172.17.0.2:80 (web)" */
	readonly title: string;
	readonly id: RuleId;
	readonly #judged: Judged;
	readonly #now: () => number;
	/** What was found and what was counted, and since when it is that. */
	#compared = {hits: 0, counted: 0, sinceMs: 0};
	#beganMs: number | undefined;
	#tookMs: number | undefined;
	#shown: ShownRule | undefined;

	/** `now`: milliseconds that only rise. */
	constructor(id: RuleId, title: string, judged: Judged, now: () => number = () => performance.now()) {
		this.id = id;
		this.title = title;
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
		const shown = {title: this.title, counted, remarks: [...this.#missing(counted), ...this.#remarks()]};
		const was = this.#shown;
		if (was === undefined || was.counted !== shown.counted || was.remarks.join('\n') !== shown.remarks.join('\n')) {
			this.#shown = shown;
			return shown;
		}

		return was;
	}

	/** Packets that the kernel counted and that were not captured, when that has not changed for a while. */
	#missing(counted = 0): readonly string[] {
		const hits = this.hits.count;
		if (hits !== this.#compared.hits || counted !== this.#compared.counted) {
			this.#compared = {hits, counted, sinceMs: this.#now()};
		}

		return counted > hits && this.#now() - this.#compared.sinceMs > settlesMs
			? [`the kernel counted ${counted - hits} more: they came to no interface, or before the capture`]
			: [];
	}

	/** What is to be said so that nobody takes the list for more than it is; a line each. */
	#remarks(): readonly string[] {
		const {unsure, unjudged, contradictions} = this.#judged.doubtsOf(this.id);
		const own = unjudged.find(({key}) => key === this.id.key);
		const others = unjudged.filter(({key}) => key !== this.id.key);
		const named = others.slice(0, mostNamed).map(({text}) => text);
		return [
			...(own === undefined ? [] : [`what this rule asks is not understood here: which of ${own.packets} packets hit it is not known`]),
			...(others.length === 0
				? []
				: [
						`${others.length} ${others.length === 1 ? 'rule' : 'rules'} of this table ${others.length === 1 ? 'asks' : 'ask'} what is not understood here: ${named.join('; ')}${others.length > mostNamed ? ' …' : ''}`,
					]),
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
