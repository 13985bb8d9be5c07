// What is known of one namespace's connections: readings of the table and events of the kernel, brought together into changes.
import {merged, type FlowChange} from '../../model/connections/news.ts';
import type {FlowEvent, ObservedFlow} from '../../model/observed.ts';

interface Known {
	readonly flow: ObservedFlow;
	/** When it goes, if no packet comes. */
	readonly expiresMs: number;
}

/** The kernel tells whole seconds: a timeout that nothing has moved differs by less than this between two readings. */
const sameTimeoutMs = 2000;

export class FlowTable {
	readonly #known = new Map<number, Known>();
	/** Entries that events came for since a reading was asked for; its answer may be older than those. */
	#touched: Set<number> | undefined;

	get flows(): readonly ObservedFlow[] {
		return [...this.#known.values()].map(({flow}) => flow);
	}

	/** A reading is asked for now. */
	begin(): void {
		this.#touched = new Set();
	}

	/** Takes what `begin` asked for. */
	read(flows: readonly ObservedFlow[], nowMs: number): readonly FlowChange[] {
		const touched = this.#touched ?? new Set<number>();
		this.#touched = undefined;
		const changes: FlowChange[] = [];
		const seen = new Set<number>();
		for (const flow of flows) {
			seen.add(flow.id);
			if (touched.has(flow.id)) {
				this.#complete(flow, nowMs);
				continue;
			}

			const is = this.#compare(flow, nowMs);
			if (is !== undefined) {
				this.#keep(flow, nowMs);
				changes.push({is, by: 'reading', flow});
			}
		}

		for (const [id, {flow}] of this.#known) {
			if (!seen.has(id) && !touched.has(id)) {
				this.#known.delete(id);
				changes.push({is: 'destroy', by: 'reading', flow});
			}
		}

		return changes;
	}

	hear(events: readonly FlowEvent[], nowMs: number): readonly FlowChange[] {
		return events.map(({is, flow: told}): FlowChange => {
			this.#touched?.add(told.id);
			const flow = merged(this.#known.get(told.id)?.flow, told);
			if (is === 'destroy') {
				this.#known.delete(told.id);
			} else {
				this.#keep(flow, nowMs);
			}

			return {is, by: 'event', flow};
		});
	}

	/** An event that may be newer has been heard of this entry: the reading adds only what the event did not say. */
	#complete(flow: ObservedFlow, nowMs: number): void {
		const known = this.#known.get(flow.id)?.flow;
		if (known !== undefined) {
			this.#keep(merged(flow, known), nowMs);
		}
	}

	#keep(flow: ObservedFlow, nowMs: number): void {
		this.#known.set(flow.id, {flow, expiresMs: nowMs + flow.timeoutSeconds * 1000});
	}

	/** What is new about an entry that was read; undefined: nothing. */
	#compare(flow: ObservedFlow, nowMs: number): FlowChange['is'] | undefined {
		const known = this.#known.get(flow.id);
		if (known === undefined) {
			return 'new';
		}

		const {flow: was} = known;
		if (was.state !== flow.state || was.hasReply !== flow.hasReply || was.isAssured !== flow.isAssured || was.mark !== flow.mark) {
			return 'update';
		}

		const isMoved = Math.abs(known.expiresMs - nowMs - flow.timeoutSeconds * 1000) >= sameTimeoutMs;
		const isCounted = was.counters?.orig.packets !== flow.counters?.orig.packets || was.counters?.reply.packets !== flow.counters?.reply.packets;
		return isMoved || isCounted ? 'counted' : undefined;
	}
}
