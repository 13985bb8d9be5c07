// What was said of packets when they were over, by their first sightings: where they vanished, what they answer.

/** Remarks that many packets have in common are kept once: so many different ones are known again. */
const mostShared = 1024;

export class Remarks {
	/** About in the order of the packets. */
	readonly #byHead = new Map<number, readonly string[]>();
	#shared = new Map<string, readonly string[]>();

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
		for (const head of this.#byHead.keys()) {
			if (head >= first) {
				return;
			}

			this.#byHead.delete(head);
		}
	}
}
