// Who follows the connections of which nodes. A node is listened to while somebody follows it, and no longer.
import type {Connection} from '../connection.ts';
import type {FlowNews, NodeFlows} from '../../model/connections/news.ts';
import {FlowFeed, type FlowSource} from './feed.ts';

/** How often the tables are read anew. */
const everyMs = 2000;

/** A client that follows for as long as it is subscribed to the topic. */
export type Follower = Pick<Connection, 'hears' | 'tell'>;

export interface FeedParts {
	/** All nodes that have connections of their own, now. */
	readonly all: () => readonly string[];
	/** Throws E_NAME_UNKNOWN, E_CONFLICT. */
	readonly source: (node: string) => FlowSource;
	/** Milliseconds since 1970. */
	readonly now: () => number;
}

export class FlowFeeds {
	readonly #parts: FeedParts;
	readonly #feeds = new Map<string, FlowFeed>();
	/** What each follows; empty: all nodes, also those to come. */
	readonly #followers = new Map<Follower, readonly string[]>();
	#timer: NodeJS.Timeout | undefined;

	constructor(parts: FeedParts) {
		this.#parts = parts;
	}

	/** Tables once, for who does not stay. Throws as `source`. */
	async read(nodes: readonly string[]): Promise<readonly NodeFlows[]> {
		const sources = (nodes.length === 0 ? this.#parts.all() : nodes).map((node) => this.#parts.source(node));
		return Promise.all(
			sources.map(async (source) => {
				const flows = await source.read();
				return {node: source.node, atMs: this.#parts.now(), flows, halves: await source.halves(flows)};
			}),
		);
	}

	/** The follower hears the tables of these nodes (none named: of all), and what changes in them, until it does not want to hear. Throws as `source`. */
	follow(follower: Follower, nodes: readonly string[]): void {
		nodes.forEach((node) => this.#parts.source(node));
		this.#followers.set(follower, nodes);
		for (const node of this.#wanted(nodes)) {
			const feed = this.#feeds.get(node);
			if (feed === undefined) {
				this.#open(node);
			} else if (feed.isKnown) {
				tellNews(follower, {is: 'table', ...feed.known()});
			}
		}

		this.#timer ??= setInterval(() => this.#round(), everyMs);
	}

	#wanted(nodes: readonly string[]): readonly string[] {
		return nodes.length === 0 ? this.#parts.all() : nodes;
	}

	#open(node: string): void {
		let feed: FlowFeed;
		try {
			feed = new FlowFeed(this.#parts.source(node), (news) => this.#tell(node, news), this.#parts.now);
		} catch {
			// it stopped since it was named; a later round finds it again
			return;
		}

		this.#feeds.set(node, feed);
		feed.start().catch(() => this.#close(node, feed));
	}

	#close(node: string, feed: FlowFeed): void {
		feed.end();
		if (this.#feeds.get(node) === feed) {
			this.#feeds.delete(node);
			this.#tell(node, {is: 'gone', node, atMs: this.#parts.now()});
		}
	}

	#tell(node: string, news: FlowNews): void {
		for (const [follower, nodes] of this.#followers) {
			if (nodes.length === 0 || nodes.includes(node)) {
				tellNews(follower, news);
			}
		}
	}

	/** Lets go of who has gone, follows who has come, and reads the tables. */
	#round(): void {
		for (const follower of this.#followers.keys()) {
			if (!follower.hears('flows')) {
				this.#followers.delete(follower);
			}
		}

		const all = new Set(this.#parts.all());
		const wanted = new Set([...this.#followers.values()].flatMap((nodes) => this.#wanted(nodes)).filter((node) => all.has(node)));
		for (const [node, feed] of this.#feeds) {
			if (wanted.has(node)) {
				feed.refresh().catch(() => this.#close(node, feed));
			} else {
				this.#close(node, feed);
			}
		}

		for (const node of wanted) {
			if (!this.#feeds.has(node)) {
				this.#open(node);
			}
		}

		if (this.#followers.size === 0) {
			clearInterval(this.#timer);
			this.#timer = undefined;
		}
	}
}

function tellNews(follower: Follower, news: FlowNews): void {
	follower.tell('flows', {event: 'flows', news});
}
