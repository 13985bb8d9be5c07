// The order of netlink and sysctl ops: each namespace is a lane whose order is kept; what lanes have in front is taken together, round by round.
// The other end of a veth, a macvlan and a VXLAN belong to another lane: ops there that come later in the list wait until they are made. Pure.
import type {NetnsName, Op, OpOf} from '../plan/op.ts';
import {endsOf, namespacesOf} from './ends.ts';
import {linksNeeded, type NetlinkOp} from './requests.ts';

export type LaneOp = NetlinkOp | OpOf<'sysctl.set'>;

export type Direction = 'do' | 'undo';

/** An op and its place in the caller's list. */
export interface Step<O> {
	readonly index: number;
	readonly op: O;
}

/** Ops of one namespace that can be done with one request. */
export interface Run<O> {
	readonly netns: NetnsName;
	readonly steps: readonly Step<O>[];
}

export type Round =
	| {readonly kind: 'netlink'; readonly runs: readonly Run<NetlinkOp>[]}
	| {readonly kind: 'sysctl'; readonly runs: readonly Run<OpOf<'sysctl.set'>>[]};

type Item = Step<LaneOp> | {readonly waitFor: number};

export class Lanes {
	/** Last first, so that the front is cheap to take. */
	readonly #lanes = new Map<NetnsName, Item[]>();
	readonly #taken = new Set<number>();

	constructor(steps: readonly Step<LaneOp>[], direction: Direction) {
		for (const step of steps) {
			const own = laneOf(step.op, direction);
			this.#lane(own).push(step);
			for (const other of namespacesOf(step.op).filter((netns) => netns !== own)) {
				this.#lane(other).push({waitFor: step.index});
			}
		}

		for (const lane of this.#lanes.values()) {
			lane.reverse();
		}
	}

	/** What can be done now; the round before it must be over. undefined: everything was taken. Netlink goes first, alone: sysctls under RTNL spin while another holds it. */
	next(): Round | undefined {
		const netlink = this.#takeRuns((op): op is NetlinkOp => op.do !== 'sysctl.set');
		if (netlink.length > 0) {
			return {kind: 'netlink', runs: netlink};
		}

		const sysctl = this.#takeRuns((op): op is OpOf<'sysctl.set'> => op.do === 'sysctl.set');
		return sysctl.length > 0 ? {kind: 'sysctl', runs: sysctl} : undefined;
	}

	#lane(netns: NetnsName): Item[] {
		const known = this.#lanes.get(netns);
		if (known !== undefined) {
			return known;
		}

		const lane: Item[] = [];
		this.#lanes.set(netns, lane);
		return lane;
	}

	#takeRuns<O extends LaneOp>(isWanted: (op: LaneOp) => op is O): readonly Run<O>[] {
		const runs: Run<O>[] = [];
		for (const [netns, lane] of this.#lanes) {
			const steps = this.#takeRun(lane, isWanted);
			if (steps.length > 0) {
				runs.push({netns, steps});
			}
		}

		// only now: what was taken in this round is not done before its end
		for (const {steps} of runs) {
			for (const {index} of steps) {
				this.#taken.add(index);
			}
		}

		return runs;
	}

	#takeRun<O extends LaneOp>(lane: Item[], isWanted: (op: LaneOp) => op is O): readonly Step<O>[] {
		const steps: Step<O>[] = [];
		const made = new Set<string>();
		for (let item = lane.at(-1); item !== undefined; item = lane.at(-1)) {
			if ('waitFor' in item) {
				if (!this.#taken.has(item.waitFor)) {
					break;
				}

				lane.pop();
				continue;
			}

			const {index, op} = item;
			// the number of a link that this very run makes is known only afterwards
			const isTooEarly = op.do !== 'sysctl.set' && linksNeeded(op).some((name) => made.has(name));
			if (isTooEarly || !isWanted(op)) {
				break;
			}

			for (const name of linksMade(op)) {
				made.add(name);
			}

			steps.push({index, op});
			lane.pop();
		}

		return steps;
	}
}

/** The namespace whose kernel socket takes the op. A macvlan is made beside its parent, a VXLAN beside its wire; both are deleted where they live. */
export function laneOf(op: Extract<Op, {readonly netns: NetnsName}>, direction: Direction): NetnsName {
	return direction === 'undo' && op.do === 'link.add' && 'into' in op.link ? op.link.into : op.netns;
}

/** The links of the op's own namespace that it makes. */
function linksMade(op: LaneOp): readonly string[] {
	return op.do === 'link.add' ? endsOf(op).flatMap(({netns, name}) => (netns === op.netns ? [name] : [])) : [];
}
