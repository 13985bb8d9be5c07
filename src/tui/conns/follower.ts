// Asks the engine for connections while somebody looks at them, and for nothing when nobody does.
import type {Event, Topic} from '../../api/messages.ts';
import type {Session} from '../session.ts';
import type {State} from '../state.ts';

/** What the UI hears of whatever screen one is on. */
export const topics: readonly Topic[] = ['view', 'counters', 'oplog', 'logs'];
/** Timeouts run down and marks fade without the engine. */
const tickMs = 1000;

export class ConnsFollower {
	readonly #session: Session;
	readonly #state: State;
	readonly #parts: {readonly changed: () => void; readonly failed: (error: unknown) => void};
	#timer: NodeJS.Timeout | undefined;
	#followed: string | undefined;

	/** `changed` is called when the screen may look different by itself. */
	constructor(session: Session, state: State, parts: {readonly changed: () => void; readonly failed: (error: unknown) => void}) {
		this.#session = session;
		this.#state = state;
		this.#parts = parts;
	}

	/** Whether somebody looks, as often as one likes to say it. */
	watch(isWatched: boolean): void {
		if (!isWatched) {
			this.#leave();
		} else if (this.#timer === undefined || this.#followed !== this.#state.conns.node) {
			clearInterval(this.#timer);
			this.#timer = setInterval(this.#parts.changed, tickMs);
			this.#follow();
		}
	}

	/** When news were missed, the tables come anew. */
	hear(event: Event): void {
		if (event.event === 'missed' && event.topic === 'flows' && this.#timer !== undefined) {
			this.#follow();
		}
	}

	/** Ends without a word to the engine, which may be gone. */
	stop(): void {
		clearInterval(this.#timer);
		this.#timer = undefined;
	}

	#follow(): void {
		const {node} = this.#state.conns;
		this.#followed = node;
		const ask = async (): Promise<void> => {
			await this.#session.call('subscribe', {topics: [...topics, 'flows']});
			await this.#session.call('follow_flows', {nodes: node === undefined ? [] : [node]});
		};
		ask().catch(this.#parts.failed);
	}

	#leave(): void {
		if (this.#timer !== undefined) {
			this.stop();
			this.#session.call('subscribe', {topics}).catch(this.#parts.failed);
		}
	}
}
