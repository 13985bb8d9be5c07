// A map that forgets: of more than so many entries those that were set the longest ago.

interface Entry<K, V> {
	key: K;
	value: V;
	/** Those that were set just before and after it. */
	older: Entry<K, V> | undefined;
	newer: Entry<K, V> | undefined;
}

/** Entries are linked in the order in which they were set: to ask a Map for its first key takes the longer the more were deleted before it. */
export class Recent<K, V> {
	readonly #most: number;
	readonly #entries = new Map<K, Entry<K, V>>();
	#oldest: Entry<K, V> | undefined;
	#newest: Entry<K, V> | undefined;

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
			this.#unlink(known);
			this.#link(known);
			return undefined;
		}

		const oldest = this.#entries.size < this.#most ? undefined : this.#oldest;
		if (oldest === undefined) {
			const entry = {key, value, older: undefined, newer: undefined};
			this.#entries.set(key, entry);
			this.#link(entry);
			return undefined;
		}

		// the same object again: one that is left would keep what it is of until all memory is looked through
		const forgotten = oldest.value;
		this.#unlink(oldest);
		this.#entries.delete(oldest.key);
		oldest.key = key;
		oldest.value = value;
		this.#entries.set(key, oldest);
		this.#link(oldest);
		return forgotten;
	}

	delete(key: K): void {
		const entry = this.#entries.get(key);
		if (entry !== undefined) {
			this.#unlink(entry);
			this.#entries.delete(key);
		}
	}

	#link(entry: Entry<K, V>): void {
		entry.older = this.#newest;
		if (this.#newest === undefined) {
			this.#oldest = entry;
		} else {
			this.#newest.newer = entry;
		}

		this.#newest = entry;
	}

	#unlink(entry: Entry<K, V>): void {
		const {older, newer} = entry;
		if (older === undefined) {
			this.#oldest = newer;
		} else {
			older.newer = newer;
		}

		if (newer === undefined) {
			this.#newest = older;
		} else {
			newer.older = older;
		}

		entry.older = undefined;
		entry.newer = undefined;
	}
}
