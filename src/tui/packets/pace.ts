// How much time joining sightings may take: while thousands of packets come every second a small part of it, and the rest is joined when they have passed.

/** In a second in which more packets came than that, so many milliseconds; they are about two thousand packets. */
const busy = {packets: 1000, ms: 20} as const;

export class Pace {
	readonly #now: () => number;
	/** The second that is counted. */
	#began = Number.NEGATIVE_INFINITY;
	#endThen = 0;
	#asked = 0;
	#spentMs = 0;

	/** `now`: a clock in milliseconds. */
	constructor(now: () => number = () => performance.now()) {
		this.#now = now;
	}

	/** Whether there is time for it now. `end`: so many packets there were until now. To be followed by the work, and by `spent`. */
	isFree(end: number): boolean {
		this.#asked = this.#now();
		if (this.#asked - this.#began >= 1000) {
			this.#began = this.#asked;
			this.#endThen = end;
			this.#spentMs = 0;
		}

		return this.#spentMs < busy.ms || end - this.#endThen <= busy.packets;
	}

	spent(): void {
		this.#spentMs += this.#now() - this.#asked;
	}
}
