// Rules that drop packets, policies of chains that do, and when their counters grew: evidence of what became of packets that were not seen again.
import type {ObservedChain, ObservedRules} from '../../model/observed.ts';

/** A rule whose counter grew between two looks. */
export interface Drop {
	/** "-A DOCKER-USER -s 192.168.50.12/32 -j DROP", "-P FORWARD DROP" */
	readonly rule: string;
	readonly packets: number;
}

/** One counter, as it was read. */
interface Counter extends Drop {
	readonly isPolicy: boolean;
}

interface Look {
	readonly at: number;
	readonly counters: ReadonlyMap<string, Counter>;
}

interface Growth extends Drop {
	readonly from: number;
	readonly to: number;
}

/** What all rules of a host that drop packets counted between two looks; times in nanoseconds. */
export interface Dropped {
	readonly host: string;
	readonly packets: number;
	readonly from: number;
	readonly to: number;
}

const dropping = /-j (?:DROP|REJECT)\b/;
/** So many are remembered for a host. */
const most = 256;

export class Drops {
	readonly #looks = new Map<string, Look>();
	readonly #grown = new Map<string, readonly Growth[]>();
	/** Not asked for yet. */
	#dropped: readonly Dropped[] = [];

	/** Takes a host's rules as they were at this time, in nanoseconds. The first look tells what is counted from. */
	learn(host: string, rules: ObservedRules, at: number): void {
		const counters = countersOf(rules);
		const before = this.#looks.get(host);
		this.#looks.set(host, {at, counters});
		if (before !== undefined) {
			const grown = [...counters].flatMap(([key, {rule, packets, isPolicy}]): readonly Growth[] => {
				// a policy that is new goes on from what the one before it has counted
				const more = packets - (before.counters.get(key)?.packets ?? (isPolicy ? packets : 0));
				return more > 0 ? [{rule, packets: more, from: before.at, to: at}] : [];
			});
			this.#grown.set(host, [...(this.#grown.get(host) ?? []), ...grown].slice(-most));
			if (grown.length > 0) {
				const sum = grown.reduce((all, one) => all + one.packets, 0);
				this.#dropped = [...this.#dropped, {host, packets: sum, from: before.at, to: at}].slice(-most);
			}
		}
	}

	/** What was dropped between two looks until this time; each is told of once. */
	settled(now: number): readonly Dropped[] {
		const settled = this.#dropped.filter(({to}) => to <= now);
		this.#dropped = this.#dropped.filter(({to}) => to > now);
		return settled;
	}

	/** What grew between the looks before and after this time. */
	around(host: string, at: number): readonly Drop[] {
		return (this.#grown.get(host) ?? []).filter(({from, to}) => from <= at && at <= to);
	}
}

/** By family, table and what it is. */
function countersOf({chains, rules}: ObservedRules): ReadonlyMap<string, Counter> {
	const counters = new Map<string, Counter>();
	const add = ({family, table, packets}: Pick<ObservedChain, 'family' | 'table' | 'packets'>, rule: string, isPolicy: boolean): void => {
		counters.set(`${family} ${table} ${rule}`, {rule, packets, isPolicy});
	};
	for (const rule of rules.filter(({text}) => dropping.test(text))) {
		add(rule, `-A ${rule.chain} ${rule.text}`, false);
	}

	for (const chain of chains.filter(({policy}) => policy === 'DROP')) {
		add(chain, `-P ${chain.chain} DROP`, true);
	}

	return counters;
}
