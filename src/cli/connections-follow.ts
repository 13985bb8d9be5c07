// News of connections as lines, for `vethlab conntrack --follow`: one after the other, each with what is known when it is printed.
import type {FlowNews} from '../model/connections/news.ts';
import type {ProxiedHalf} from '../model/connections/proxied.ts';
import {isMeant, type WantedFlow} from '../model/connections/match.ts';
import type {ObservedFlow, ObservedRules} from '../model/observed.ts';
import {changeLine, connectionJson, type Explained, lossLine, type Told} from './connections.ts';

/** A node's rules are read no more often; in milliseconds. */
const readEveryMs = 1000;

export interface FollowParts {
	readonly wanted: WantedFlow;
	readonly explained: Explained;
	readonly asJson: boolean;
	readonly print: (line: string) => void;
	/** The node's rules as they are now. */
	readonly rules: (node: string) => Promise<ObservedRules>;
	/** Milliseconds that only rise. */
	readonly now: () => number;
}

/** What is known of a node. */
interface Known {
	readonly flows: Map<number, ObservedFlow>;
	readonly halves: Map<number, ProxiedHalf>;
	readMs: number;
}

export class ConnectionsFollower {
	readonly #parts: FollowParts;
	readonly #nodes = new Map<string, Known>();

	constructor(parts: FollowParts) {
		this.#parts = parts;
	}

	/** Prints news. The next ones only when this has resolved, or lines would change their order. */
	async tell(news: FlowNews): Promise<void> {
		const {asJson, print} = this.#parts;
		switch (news.is) {
			case 'lost': {
				print(asJson ? JSON.stringify(news) : lossLine(news));
				break;
			}

			case 'table': {
				const halves = new Map(news.halves.map((half) => [half.id, half]));
				this.#nodes.set(news.node, {flows: new Map(news.flows.map((flow) => [flow.id, flow])), halves, readMs: Number.NEGATIVE_INFINITY});
				break;
			}

			case 'changes': {
				await this.#tellChanges(news);
				break;
			}

			case 'gone': {
				this.#nodes.delete(news.node);
			}
		}
	}

	async #tellChanges({node, atMs, changes, halves}: Extract<FlowNews, {readonly is: 'changes'}>): Promise<void> {
		const known: Known = this.#nodes.get(node) ?? {flows: new Map(), halves: new Map(), readMs: Number.NEGATIVE_INFINITY};
		this.#nodes.set(node, known);
		for (const change of changes) {
			const {flow} = change;
			known.flows.set(flow.id, flow);
			// oxlint-disable-next-line no-await-in-loop -- lines stay in their order
			await this.#tellOne(node, atMs, {...change, half: known.halves.get(flow.id)});
			if (change.is === 'destroy') {
				known.flows.delete(flow.id);
				known.halves.delete(flow.id);
			}
		}

		for (const half of inPairs(halves)) {
			const flow = known.flows.get(half.id);
			if (flow !== undefined) {
				known.halves.set(half.id, half);
				// oxlint-disable-next-line no-await-in-loop -- lines stay in their order
				await this.#tellOne(node, atMs, {is: 'proxied', by: 'reading', flow, half});
			}
		}
	}

	async #tellOne(node: string, atMs: number, told: Told): Promise<void> {
		const {wanted, explained, asJson, print} = this.#parts;
		const {is, by, flow, half} = told;
		if (is === 'counted' || !isMeant(flow, wanted)) {
			return;
		}

		await this.#explain(node, flow);
		const json = (): string => JSON.stringify({is, by, node, atMs, ...connectionJson(flow, explained.of(node), half)});
		print(asJson ? json() : changeLine(node, atMs, told, explained));
	}

	/** NAT that no rule explains that is known may be that of one that came since. */
	async #explain(node: string, flow: ObservedFlow): Promise<void> {
		const {explained, rules, now} = this.#parts;
		const known = this.#nodes.get(node);
		if (known !== undefined && !explained.covers(node, flow) && now() - known.readMs >= readEveryMs) {
			known.readMs = now();
			try {
				explained.learn(node, await rules(node));
			} catch {
				// the node is going: what is known is told
			}
		}
	}
}

/** The container's half of a call directly after the client's. */
function inPairs(halves: readonly ProxiedHalf[]): readonly ProxiedHalf[] {
	const byId = new Map(halves.map((half) => [half.id, half]));
	return halves.flatMap((half) => {
		const other = half.is === 'joined' ? byId.get(half.other ?? 0) : undefined;
		return other === undefined ? [half] : half.half === 'client' ? [half, other] : [];
	});
}
