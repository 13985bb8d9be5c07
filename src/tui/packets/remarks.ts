// What was said of packets when they were over, by their first sightings: where they vanished, what they answer.

/** Remarks that many packets have in common are kept once: so many different ones are known again. */
const mostShared = 1024;
/** What is held no more is forgotten when it is so many packets: to ask a Map for its first key takes the longer the more were deleted before it. */
const forgetEvery = 8192;

export class Remarks {
	/** About in the order of the packets. */
	readonly #byHead = new Map<number, readonly string[]>();
	#shared = new Map<string, readonly string[]>();
	/** All before this packet were forgotten. */
	#forgotten = 0;

	of(head: number): readonly string[] | undefined {
		return this.#byHead.get(head);
	}

	set(head: number, remarks: readonly string[]): void {
		const key = remarks.join('\n');
		let known = this.#shared.get(key);
		if (known === undefined) {
			if (this.#shared.size === mostShared) {
				this.#shared = new Map();
			}

			known = remarks;
			this.#shared.set(key, known);
		}

		this.#byHead.set(head, known);
	}

	/** Of packets that are held no more. */
	forgetBefore(first: number): void {
		if (first < this.#forgotten + forgetEvery) {
			return;
		}

		this.#forgotten = first;
		for (const head of this.#byHead.keys()) {
			if (head >= first) {
				return;
			}

			this.#byHead.delete(head);
		}
	}
}
