// Markers that a capture waits for: which interfaces each has not come through yet. Not what a marker is: marker.ts.
interface Waiting {
	/** Interfaces, "web/2". */
	readonly missing: Set<string>;
	/** When the last of them was stamped, in milliseconds. */
	lastMs: number;
	readonly resolve: () => void;
}

/** An interface of a captured namespace. */
export interface MarkedPlace {
	/** The name of its site. */
	readonly site: string;
	readonly ifindex: number;
}

/** How a marker is sent: so many times, until it has come everywhere. */
export interface Sending {
	readonly send: () => void;
	readonly times: number;
	readonly everyMs: number;
}

export class Marks {
	readonly #waiting = new Map<number, Waiting>();
	readonly #sent: () => void;
	#isOver = false;

	/** `sent` is called when a marker may have come. */
	constructor(sent: () => void) {
		this.#sent = sent;
	}

	/** Whether any is waited for. */
	get isWaiting(): boolean {
		return this.#waiting.size > 0;
	}

	/**
	 * Sends a marker, again every `everyMs` milliseconds, `times` in all. Resolves when it has come through all of these places and what is older is
	 * written, or when it is given up: to the places where it has not come, as `keyOf` writes them.
	 */
	async send(id: number, places: readonly MarkedPlace[], {send, times, everyMs}: Sending): Promise<ReadonlySet<string>> {
		const missing = new Set(places.map(keyOf));
		if (this.#isOver) {
			return missing;
		}

		let left = times;
		const again = (): void => {
			if (left === 0) {
				this.#giveUp(id);
			} else {
				left--;
				send();
				this.#sent();
			}
		};
		const timer = setInterval(again, everyMs);
		const over = new Promise<void>((resolve) => {
			this.#waiting.set(id, {missing, lastMs: 0, resolve});
		});
		again();
		await over;
		clearInterval(timer);
		return missing;
	}

	/** A marker was seen. */
	passed(id: number, place: MarkedPlace, atMs: number): void {
		const waiting = this.#waiting.get(id);
		if (waiting?.missing.delete(keyOf(place)) === true) {
			waiting.lastMs = Math.max(waiting.lastMs, atMs);
		}
	}

	/** Everything that was stamped until then is written. */
	written(untilMs: number): void {
		for (const [id, {missing, lastMs}] of this.#waiting) {
			if (missing.size === 0 && lastMs <= untilMs) {
				this.#giveUp(id);
			}
		}
	}

	/** Nothing more will be seen. */
	end(): void {
		this.#isOver = true;
		for (const id of this.#waiting.keys()) {
			this.#giveUp(id);
		}
	}

	#giveUp(id: number): void {
		this.#waiting.get(id)?.resolve();
		this.#waiting.delete(id);
	}
}

export function keyOf({site, ifindex}: MarkedPlace): string {
	return `${site}/${ifindex}`;
}
