// The store of an engine that is alone: in its memory, gone with it. Not durable, and nobody else can reach it.
import type {Answer, Change, Entry, Guard, Listing, Store, Transaction, Watcher} from './store.ts';

interface Revision {
	readonly rev: number;
	readonly changes: readonly Change[];
}

interface Watch {
	readonly prefix: string;
	readonly watcher: Watcher;
	/** The last revision that it was told. */
	told: number;
}

export class EmbeddedStore implements Store {
	readonly #values = new Map<string, string>();
	readonly #kept: number;
	/** The last ones, oldest first, without gaps. */
	readonly #history: Revision[] = [];
	readonly #watches = new Set<Watch>();
	#rev = 0;

	/** `kept`: how many revisions are remembered for those who watch from earlier ones. */
	constructor(kept = 1000) {
		this.#kept = kept;
	}

	async list(prefix: string): Promise<Listing> {
		const entries = [...this.#values].map(([key, value]): Entry => ({key, value})).filter(({key}) => key.startsWith(prefix));
		return {rev: this.#rev, entries: entries.toSorted((a, b) => (a.key < b.key ? -1 : 1))};
	}

	async transact({guards, changes: wanted}: Transaction): Promise<Answer> {
		if (!guards.every((guard) => this.#holds(guard))) {
			return {ok: false, rev: this.#rev, found: guards.flatMap(({key}) => this.#entry(key))};
		}

		const changes = wanted.filter((change) => change.do === 'put' || this.#values.has(change.key));
		if (changes.length > 0) {
			this.#rev++;
			this.#change(changes);
		}

		return {ok: true, rev: this.#rev};
	}

	watch(prefix: string, after: number, watcher: Watcher): () => void {
		const watch: Watch = {prefix, watcher, told: after};
		this.#watches.add(watch);
		queueMicrotask(() => this.#tell(watch));
		return () => {
			this.#watches.delete(watch);
		};
	}

	#holds(guard: Guard): boolean {
		const value = this.#values.get(guard.key);
		return guard.is === 'absent' ? value === undefined : value === guard.value;
	}

	#entry(key: string): readonly Entry[] {
		const value = this.#values.get(key);
		return value === undefined ? [] : [{key, value}];
	}

	#change(changes: readonly Change[]): void {
		for (const change of changes) {
			if (change.do === 'put') {
				this.#values.set(change.key, change.value);
			} else {
				this.#values.delete(change.key);
			}
		}

		this.#history.push({rev: this.#rev, changes});
		this.#history.splice(0, this.#history.length - this.#kept);
		for (const watch of this.#watches) {
			// whoever makes the change has its answer before others hear of it
			queueMicrotask(() => this.#tell(watch));
		}
	}

	#tell(watch: Watch): void {
		const {prefix, watcher} = watch;
		if (!this.#watches.has(watch)) {
			return;
		}

		const oldest = this.#rev - this.#history.length;
		if (watch.told > this.#rev || watch.told < oldest) {
			this.#watches.delete(watch);
			watcher.lost();
			return;
		}

		for (const {rev, changes} of this.#history.slice(watch.told - oldest)) {
			watch.told = rev;
			const mine = changes.filter(({key}) => key.startsWith(prefix));
			if (mine.length > 0 && this.#watches.has(watch)) {
				watcher.changed(rev, mine);
			}
		}
	}
}
