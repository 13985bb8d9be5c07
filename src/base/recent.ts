// A map that forgets: of more than so many entries those that were set the longest ago.
import {Linked, type Link} from './linked.ts';

interface Entry<K, V> extends Link<Entry<K, V>> {
	key: K;
	/** Undefined: it is not in use any more. */
	value: V | undefined;
}

/** Entries are linked in the order in which they were set: to ask a Map for its first key takes the longer the more were deleted before it. */
export class Recent<K, V> {
	readonly #most: number;
	/** One that was deleted, and by `newer` all others: for those that come. */
	#spare: Entry<K, V> | undefined = undefined;
	readonly #entries = new Map<K, Entry<K, V>>();
	readonly #order = new Linked<Entry<K, V>>();

	constructor(most: number) {
		this.#most = most;
	}

	get size(): number {
		return this.#entries.size;
	}

	get(key: K): V | undefined {
		return this.#entries.get(key)?.value;
	}

	/** What is forgotten for it. */
	set(key: K, value: V): V | undefined {
		const known = this.#entries.get(key);
		if (known !== undefined) {
			known.value = value;
			this.#order.remove(known);
			this.#order.add(known);
			return undefined;
		}

		const oldest = this.#entries.size < this.#most ? undefined : this.#order.oldest;
		const forgotten = oldest?.value;
		if (oldest !== undefined) {
			this.#drop(oldest);
		}

		const entry = this.#spared(key);
		entry.value = value;
		this.#entries.set(key, entry);
		this.#order.add(entry);
		return forgotten;
	}

	delete(key: K): void {
		const entry = this.#entries.get(key);
		if (entry !== undefined) {
			this.#drop(entry);
		}
	}

	#spared(key: K): Entry<K, V> {
		const entry = this.#spare;
		if (entry === undefined) {
			return {key, value: undefined, older: undefined, newer: undefined};
		}

		this.#spare = entry.newer;
		entry.newer = undefined;
		entry.key = key;
		return entry;
	}

	/** Lets go of it. It is used again: it is old, and what V8 finds nobody uses any more keeps what it holds until all memory is looked through. */
	#drop(entry: Entry<K, V>): void {
		this.#order.remove(entry);
		this.#entries.delete(entry.key);
		entry.value = undefined;
		entry.newer = this.#spare;
		this.#spare = entry;
	}
}
