// Rules that drop packets, and when their counters grew: evidence of what became of packets that were not seen again.
import type {ObservedRules} from '../../model/observed.ts';

/** A rule whose counter grew between two looks. */
export interface Drop {
	/** "-A DOCKER-USER -s 192.168.50.12/32 -j DROP" */
	readonly rule: string;
	readonly packets: number;
}

interface Look {
	readonly at: number;
	readonly packets: ReadonlyMap<string, number>;
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
	learn(host: string, {rules}: ObservedRules, at: number): void {
		const packets = new Map(rules.filter(({text}) => dropping.test(text)).map((rule) => [`-A ${rule.chain} ${rule.text}`, rule.packets]));
		const before = this.#looks.get(host);
		this.#looks.set(host, {at, packets});
		if (before !== undefined) {
			const grown = [...packets].flatMap(([rule, count]): readonly Growth[] => {
				const more = count - (before.packets.get(rule) ?? 0);
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
