// A map that forgets: of more than so many entries those that were set the longest ago.

export class Recent<K, V> {
	readonly #most: number;
	readonly #entries = new Map<K, V>();

	constructor(most: number) {
		this.#most = most;
	}

	get size(): number {
		return this.#entries.size;
	}

	get(key: K): V | undefined {
		return this.#entries.get(key);
	}

	/** What is forgotten for it. */
	set(key: K, value: V): V | undefined {
		this.#entries.delete(key);
		this.#entries.set(key, value);
		if (this.#entries.size > this.#most) {
			for (const [oldest, forgotten] of this.#entries) {
				this.#entries.delete(oldest);
				return forgotten;
			}
		}

		return undefined;
	}

	delete(key: K): void {
		this.#entries.delete(key);
	}
}
