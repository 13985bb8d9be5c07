// Asks the engine for connections while somebody looks at them, at packets, whose ways they tell, or at the rules that those meet; and for nothing when nobody does.
import type {Event, Topic} from '../../api/messages.ts';
import type {Session} from '../session.ts';
import type {State} from '../state.ts';

/** What the UI hears of whatever screen one is on. */
export const topics: readonly Topic[] = ['view', 'counters', 'oplog', 'logs'];
/** Timeouts run down and marks fade without the engine. */
const tickMs = 1000;
/** Who looks away is back soon: so long what is known stays up to date. */
const lingerMs = 3000;

/** The nodes whose connections are wanted for what is on the screen, none: all; undefined: nobody wants any. */
export function followedNodes({screen, conns, packets, isPaused, isOver}: State): readonly string[] | undefined {
	if ((screen === 'packets' || screen === 'rules') && packets.phase !== 'none' && !isOver) {
		return [];
	}

	return screen === 'conns' && !isPaused ? (conns.node === undefined ? [] : [conns.node]) : undefined;
}

export class ConnsFollower {
	readonly #session: Session;
	readonly #parts: {readonly tick: () => void; readonly failed: (error: unknown) => void};
	#timer: NodeJS.Timeout | undefined;
	/** Until it is left. */
	#leaving: NodeJS.Timeout | undefined;
	#followed: readonly string[] = [];

	/** `tick` is called when what is known of connections may look different by itself. */
	constructor(session: Session, parts: {readonly tick: () => void; readonly failed: (error: unknown) => void}) {
		this.#session = session;
		this.#parts = parts;
	}

	/** Whose connections are wanted (`followedNodes`), as often as one likes to say it. */
	watch(nodes: readonly string[] | undefined): void {
		if (nodes === undefined) {
			this.#leaving ??= this.#timer && setTimeout(() => this.#leave(), lingerMs);
			return;
		}

		clearTimeout(this.#leaving);
		this.#leaving = undefined;
		if (this.#timer === undefined || this.#followed.join(' ') !== nodes.join(' ')) {
			clearInterval(this.#timer);
			this.#timer = setInterval(this.#parts.tick, tickMs);
			this.#followed = nodes;
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
		clearTimeout(this.#leaving);
		this.#timer = undefined;
		this.#leaving = undefined;
	}

	#follow(): void {
		const nodes = this.#followed;
		const ask = async (): Promise<void> => {
			await this.#session.call('subscribe', {topics: [...topics, 'flows']});
			await this.#session.call('follow_flows', {nodes});
		};
		ask().catch(this.#parts.failed);
	}

	#leave(): void {
		this.stop();
		this.#session.call('subscribe', {topics}).catch(this.#parts.failed);
	}
}
