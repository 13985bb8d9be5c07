// What conntrack and docker-proxy tell of connections, for those who follow packets: what NAT makes of them, which two are one call through a proxy.
import type {FlowNews} from '../../model/connections/news.ts';
import type {ProxiedHalf} from '../../model/connections/proxied.ts';
import type {ObservedFlow} from '../../model/observed.ts';
import {type Ends, endsOf, type Nat} from './nat.ts';
import type {Proxies} from './proxies.ts';

export class Connections {
	readonly #nat: Nat;
	readonly #proxies: Proxies;
	/** By node: its entries, by their ids. */
	readonly #flows = new Map<string, Map<number, ObservedFlow>>();

	constructor(nat: Nat, proxies: Proxies) {
		this.#nat = nat;
		this.#proxies = proxies;
	}

	learn(news: FlowNews): void {
		const {node} = news;
		switch (news.is) {
			case 'table': {
				this.#flows.set(node, new Map(news.flows.map((flow) => [flow.id, flow])));
				this.#nat.learn(node, news.flows);
				this.#pair(node, news.halves);
				break;
			}

			case 'changes': {
				const flows = this.#flows.get(node) ?? new Map<number, ObservedFlow>();
				this.#flows.set(node, flows);
				for (const {is, flow} of news.changes) {
					if (is === 'destroy') {
						flows.delete(flow.id);
						this.#nat.end(node, flow);
					} else if (is !== 'counted') {
						flows.set(flow.id, flow);
						this.#nat.begin(node, flow);
					}
				}

				this.#pair(node, news.halves);
				break;
			}

			case 'gone': {
				this.#flows.delete(node);
				this.#nat.learn(node, []);
				break;
			}

			default: {
				// lost events: a table follows
			}
		}
	}

	#pair(node: string, halves: readonly ProxiedHalf[]): void {
		const flows = this.#flows.get(node);
		for (const {id, half, other} of halves) {
			const [one, two] = [endsOfOriginal(flows?.get(id)), endsOfOriginal(other === undefined ? undefined : flows?.get(other))];
			if (one !== undefined && two !== undefined) {
				this.#proxies.learn(node, half === 'client' ? one : two, half === 'client' ? two : one);
			}
		}
	}
}

function endsOfOriginal(flow: ObservedFlow | undefined): Ends | undefined {
	return flow && endsOf(flow, flow.orig);
}
