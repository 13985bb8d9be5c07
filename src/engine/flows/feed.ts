// The connections of one node as they change, for everybody who follows them: events of the kernel at once, and every two seconds the table anew,
// for what no event tells: counters, timeouts, entries older than the listening, and what an overrun has cost. A table that takes long to read is read
// more seldom: following costs a part of the time, however many entries there are.
import type {FlowNews, NodeFlows} from '../../model/connections/news.ts';
import type {ProxiedHalf} from '../../model/connections/proxied.ts';
import type {FlowEvent, ObservedFlow} from '../../model/observed.ts';
import type {FlowListener} from '../../kernel/flows.ts';
import {FlowTable} from './table.ts';

/** A docker-proxy takes a call up after the kernel has told of it. */
const halvesAfterMs = 100;

/** After a reading so many times as long as it has taken none is made: a fiftieth of the time at the most. */
const restTimes = 49;

/** How a feed reaches its node. */
export interface FlowSource {
	readonly node: string;
	read(): Promise<readonly ObservedFlow[]>;
	listen(listener: FlowListener): Promise<() => void>;
	/** Those of these connections that are halves of calls through a docker-proxy. */
	halves(flows: readonly ObservedFlow[]): Promise<readonly ProxiedHalf[]>;
}

export class FlowFeed {
	readonly #source: FlowSource;
	readonly #tell: (news: FlowNews) => void;
	readonly #now: () => number;
	readonly #table = new FlowTable();
	#halves = new Map<number, ProxiedHalf>();
	#stop: (() => void) | undefined;
	#isEnded = false;
	#isReading = false;
	#halvesTimer: NodeJS.Timeout | undefined;
	/** Who follows hears of a table before he hears of its changes. */
	#isKnown = false;
	/** No reading before then, unless events were lost. */
	#restsUntilMs = 0;
	#isLossy = false;

	/** `now`: milliseconds since 1970. */
	constructor(source: FlowSource, tell: (news: FlowNews) => void, now: () => number) {
		this.#source = source;
		this.#tell = tell;
		this.#now = now;
	}

	/** Listens first and reads then, so that nothing happens in between. Rejects when the node cannot be read. */
	async start(): Promise<void> {
		this.#table.begin();
		const stop = await this.#source.listen({
			heard: (events) => this.#hear(events),
			overrun: () => {
				this.#isLossy = true;
				this.#tell({is: 'lost', node: this.#source.node, atMs: this.#now()});
			},
		});
		if (this.#isEnded) {
			stop();
			return;
		}

		this.#stop = stop;
		const began = this.#now();
		this.#table.read(await this.#source.read(), this.#now());
		await this.#compareHalves();
		this.#rest(began);
		this.#isKnown = true;
		this.#tell({is: 'table', ...this.known()});
	}

	/** What is known now. */
	known(): NodeFlows {
		return {node: this.#source.node, atMs: this.#now(), flows: this.#table.flows, halves: [...this.#halves.values()]};
	}

	/** Whether `known` says something. */
	get isKnown(): boolean {
		return this.#isKnown;
	}

	/** Reads the table again, if it is time for that, and tells what is not as it was. Rejects when the node is gone. */
	async refresh(): Promise<void> {
		const began = this.#now();
		if (!this.#isKnown || this.#isReading || (began < this.#restsUntilMs && !this.#isLossy)) {
			return;
		}

		this.#isReading = true;
		this.#isLossy = false;
		try {
			this.#table.begin();
			const changes = this.#table.read(await this.#source.read(), this.#now());
			const halves = await this.#compareHalves();
			this.#rest(began);
			if (changes.length + halves.length > 0 && !this.#isEnded) {
				this.#tell({is: 'changes', node: this.#source.node, atMs: this.#now(), changes, halves});
			}
		} finally {
			this.#isReading = false;
		}
	}

	#rest(beganMs: number): void {
		const now = this.#now();
		this.#restsUntilMs = now + (now - beganMs) * restTimes;
	}

	/** Which halves are new, or not what they were. */
	async #compareHalves(): Promise<readonly ProxiedHalf[]> {
		const now = new Map((await this.#source.halves(this.#table.flows)).map((half) => [half.id, half]));
		const changed = [...now.values()].filter((half) => {
			const was = this.#halves.get(half.id);
			return was?.is !== half.is || was.other !== half.other;
		});
		this.#halves = now;
		return changed;
	}

	end(): void {
		this.#isEnded = true;
		clearTimeout(this.#halvesTimer);
		this.#stop?.();
	}

	#hear(events: readonly FlowEvent[]): void {
		const changes = this.#table.hear(events, this.#now());
		if (this.#isKnown && changes.length > 0) {
			this.#tell({is: 'changes', node: this.#source.node, atMs: this.#now(), changes, halves: []});
		}

		if (changes.some(({is}) => is === 'new')) {
			this.#halvesTimer ??= setTimeout(() => this.#tellHalves(), halvesAfterMs);
		}
	}

	#tellHalves(): void {
		this.#halvesTimer = undefined;
		this.#compareHalves().then(
			(halves) => {
				if (this.#isKnown && !this.#isEnded && halves.length > 0) {
					this.#tell({is: 'changes', node: this.#source.node, atMs: this.#now(), changes: [], halves});
				}
			},
			() => {
				// the node went; the next reading tells
			},
		);
	}
}
