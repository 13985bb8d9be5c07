// A map that forgets: of more than so many entries those that were set the longest ago.
import {Linked, type Link} from './linked.ts';

interface Entry<K, V> extends Link<Entry<K, V>> {
	key: K;
	value: V;
}

/** Entries are linked in the order in which they were set: to ask a Map for its first key takes the longer the more were deleted before it. */
export class Recent<K, V> {
	readonly #most: number;
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
		if (oldest === undefined) {
			const entry = {key, value, older: undefined, newer: undefined};
			this.#entries.set(key, entry);
			this.#order.add(entry);
			return undefined;
		}

		// the same object again: one that is left would keep what it is of until all memory is looked through
		const forgotten = oldest.value;
		this.#order.remove(oldest);
		this.#entries.delete(oldest.key);
		oldest.key = key;
		oldest.value = value;
		this.#entries.set(key, oldest);
		this.#order.add(oldest);
		return forgotten;
	}

	delete(key: K): void {
		const entry = this.#entries.get(key);
		if (entry !== undefined) {
			this.#order.remove(entry);
			this.#entries.delete(key);
		}
	}
}
