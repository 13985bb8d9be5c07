// A map that forgets: of more than so many entries those that were set the longest ago.

export class Recent<V> {
	readonly #most: number;
	readonly #entries = new Map<string, V>();

	constructor(most: number) {
		this.#most = most;
	}

	get size(): number {
		return this.#entries.size;
	}

	get(key: string): V | undefined {
		return this.#entries.get(key);
	}

	/** What is forgotten for it. */
	set(key: string, value: V): V | undefined {
		this.#entries.delete(key);
		this.#entries.set(key, value);
		if (this.#entries.size <= this.#most) {
			return undefined;
		}

		const [[oldest, forgotten] = ['', undefined]] = this.#entries;
		this.#entries.delete(oldest);
		return forgotten;
	}

	delete(key: string): void {
		this.#entries.delete(key);
	}
}
