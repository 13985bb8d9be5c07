// How much time joining sightings may take: while thousands of packets come every second a small part of it, and the rest is joined when they have passed.

/** While more packets come in a window than that, so many milliseconds of it: about what so many packets take, which is sixteen hundred in a second. */
const busy = {windowMs: 250, packets: 400, ms: 1.2} as const;

export class Pace {
	readonly #now: () => number;
	/** The window that is counted. */
	#began = Number.NEGATIVE_INFINITY;
	#endThen = 0;
	/** How many came in the window before it. */
	#before = 0;
	#asked = 0;
	#spentMs = 0;

	/** `now`: a clock in milliseconds. */
	constructor(now: () => number = () => performance.now()) {
		this.#now = now;
	}

	/** Whether there is time for it now. `end`: so many packets there were until now. To be followed by the work, and by `spent`. */
	isFree(end: number): boolean {
		this.#asked = this.#now();
		if (this.#asked - this.#began >= busy.windowMs) {
			// one that has just begun knows nothing yet; of a long time it is not known when they came
			this.#before = end - this.#endThen;
			this.#began = this.#asked;
			this.#endThen = end;
			this.#spentMs = 0;
		}

		return this.#spentMs < busy.ms || Math.max(this.#before, end - this.#endThen) <= busy.packets;
	}

	spent(): void {
		this.#spentMs += this.#now() - this.#asked;
	}
}
