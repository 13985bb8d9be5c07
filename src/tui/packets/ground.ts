// What journeys need to know of the lab: how it is wired, whose rules counted what, and connections as they change. Asked only while somebody looks.
import type {Capturing} from '../../api/client.ts';
import type {Event} from '../../api/messages.ts';
import {ownersIn, readWiring} from '../../api/wiring.ts';
import type {ObservedRules} from '../../model/observed.ts';
import type {Session} from '../session.ts';
import type {State} from '../state.ts';

const everyMs = 1000;
/** So long what is known of the lab holds while nobody looks at ways or at what hit a rule, unless its view changes; in milliseconds. */
const seldomMs = 30_000;
/** When nothing has come for so long nothing is on its way here; in milliseconds. */
const quietMs = 500;

export class Ground {
	readonly #session: Session;
	readonly #state: State;
	readonly #changed: () => void;
	#timer: NodeJS.Timeout | undefined;
	#isAsking = false;
	#askedAt = Number.NEGATIVE_INFINITY;
	#askedFor: State['view'] | undefined;
	#lastEnd = 0;
	#quietSince = 0;

	/** `changed` is called when something new is known, and each second while somebody looks: who waits for a packet may have waited long enough. */
	constructor(session: Session, state: State, changed: () => void) {
		this.#session = session;
		this.#state = state;
		this.#changed = changed;
	}

	/** Whether somebody looks, as often as one likes to say it. `capturing`: undefined when there is no capture, or not any more. */
	watch(isWatched: boolean, capturing: Capturing | undefined): void {
		if (!isWatched || capturing === undefined) {
			this.stop();
		} else if (this.#timer === undefined) {
			this.#timer = setInterval(() => this.#tick(capturing), everyMs);
			this.#askWhenDue(capturing);
		}
	}

	/** What changes in connections. */
	hear(event: Event): void {
		const {packets} = this.#state;
		if (event.event === 'flows' && packets.phase !== 'none') {
			packets.folds.journeys.learnFlows(event.news);
			packets.judged.learnFlows(event.news);
		}
	}

	/** Before a capture begins: what rules have counted until then, and what packets meet from now on. */
	async prepare(): Promise<void> {
		const {view, packets} = this.#state;
		await this.#readRules(
			view.hosts.map(({name}) => name),
			(node, rules) => packets.judged.learnRules(node, rules, Date.now()),
		).catch(() => {
			// the engine is gone, which the capture says
		});
	}

	/** A capture has begun: how the lab is wired, once. */
	begin(capturing: Capturing): void {
		this.#ask(capturing, false);
	}

	stop(): void {
		clearInterval(this.#timer);
		this.#timer = undefined;
	}

	#tick(capturing: Capturing): void {
		const {folds, store} = this.#state.packets;
		const now = performance.now();
		if (store.end !== this.#lastEnd || folds.end < store.end) {
			this.#lastEnd = store.end;
			this.#quietSince = now;
		}

		folds.pass(everyMs, now - this.#quietSince < quietMs);
		this.#changed();
		this.#askWhenDue(capturing);
	}

	#askWhenDue(capturing: Capturing): void {
		const {packets, view} = this.#state;
		const holdsMs = packets.isFolded || packets.rule !== undefined ? everyMs : seldomMs;
		// a timer that ticks may be early
		if (view !== this.#askedFor || performance.now() - this.#askedAt > holdsMs - everyMs / 2) {
			this.#ask(capturing);
		}
	}

	#ask(capturing: Capturing, isWithRules = true): void {
		if (!this.#isAsking) {
			this.#isAsking = true;
			this.#askedAt = performance.now();
			this.#askedFor = this.#state.view;
			this.#learn(capturing, isWithRules)
				.catch(() => {
					// the engine is gone, which the capture says
				})
				.finally(() => {
					this.#isAsking = false;
				});
		}
	}

	async #learn({nodes, waiting}: Capturing, isWithRules: boolean): Promise<void> {
		const {folds, judged, rule} = this.#state.packets;
		const {view} = this.#state;
		const wiring = await readWiring(this.#session);
		folds.owners = ownersIn(view);
		const seen = new Set([...nodes, ...waiting].map((name) => folds.owners.get(name) ?? name));
		folds.journeys.learn(wiring, ({node}) => seen.has(node));
		folds.isKnown = true;
		judged.learn(wiring);
		const hosts = view.hosts.map(({name}) => name);
		const ruled = rule === undefined || hosts.includes(rule.id.node) ? hosts : [...hosts, rule.id.node];
		await this.#readRules(isWithRules ? ruled : [], (node, rules) => {
			folds.journeys.learnRules(node, rules, folds.now);
			judged.learnRules(node, rules, Date.now());
		});
		this.#changed();
	}

	async #readRules(nodes: readonly string[], learn: (node: string, rules: ObservedRules) => void): Promise<void> {
		await Promise.all(nodes.map(async (host) => learn(host, await this.#session.call('rules', {host}))));
	}
}
