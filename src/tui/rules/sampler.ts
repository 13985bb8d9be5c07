// Reads the rules of the node on the Rules screen once a second, and only while somebody looks at them.
import {LabError} from '../../base/errors.ts';
import type {ObservedRules} from '../../model/observed.ts';
import type {Session} from '../session.ts';
import type {State} from '../state.ts';

const everyMs = 1000;

export class RulesSampler {
	readonly #session: Session;
	readonly #state: State;
	readonly #changed: () => void;
	#timer: NodeJS.Timeout | undefined;
	/** The node of the reading that is under way. */
	#asked: string | undefined;
	#shown: string | undefined;

	/** `changed` is called after every reading. */
	constructor(session: Session, state: State, changed: () => void) {
		this.#session = session;
		this.#state = state;
		this.#changed = changed;
	}

	/** Whether somebody looks, as often as one likes to say it. Another node is read at once. */
	watch(isWatched: boolean): void {
		if (!isWatched) {
			clearInterval(this.#timer);
			this.#timer = undefined;
			this.#shown = undefined;
		} else if (this.#timer === undefined || this.#shown !== this.#state.rules.node) {
			clearInterval(this.#timer);
			this.#timer = setInterval(() => this.#read(), everyMs);
			this.#shown = this.#state.rules.node;
			this.#read();
		}
	}

	#read(): void {
		const {node} = this.#state.rules;
		if (node === undefined || this.#asked === node) {
			return;
		}

		this.#asked = node;
		this.#session
			.call('rules', {host: node})
			.then(
				(rules) => this.#tell(node, () => takeRules(this.#state, node, rules)),
				(error: unknown) => this.#tell(node, () => this.#state.rules.fail(wordsOf(error))),
			)
			.finally(() => {
				this.#asked = this.#asked === node ? undefined : this.#asked;
			});
	}

	#tell(node: string, change: () => void): void {
		if (this.#state.rules.node === node) {
			change();
			this.#changed();
		}
	}
}

function takeRules({rules, packets, view}: State, node: string, read: ObservedRules): void {
	const now = Date.now();
	rules.take(read, view, now);
	if (packets.phase === 'live') {
		packets.judged.learnRules(node, read, now);
	}
}

function wordsOf(error: unknown): string {
	return error instanceof LabError ? (error.said ?? error.message) : String(error);
}
