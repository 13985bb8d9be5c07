// When to paint: keys at once, data and animation at most so many times a second, never while nothing asks. Self-clocked, so that a slow terminal
// or a busy machine makes frames rarer and keys never late.

export interface ClockOptions {
	/** Least time between two frames that no key asked for, in milliseconds. */
	readonly frameMs: number;
	now(): number;
	/** Paints; returns false when it could not, because the last write has not drained. */
	paint(): boolean;
}

export class Clock {
	readonly #options: ClockOptions;
	#timer: NodeJS.Timeout | undefined;
	#isQueued = false;
	#isStopped = false;
	#lastMs = Number.NEGATIVE_INFINITY;

	constructor(options: ClockOptions) {
		this.#options = options;
	}

	/** A key, a click, a resize: paint in this turn of the event loop, once for all that happens in it. */
	soon(): void {
		if (!this.#isQueued && !this.#isStopped) {
			this.#isQueued = true;
			queueMicrotask(() => this.#frame());
		}
	}

	/** Data or animation: paint when the time of a frame has passed since the last one, or `inMs` from now if that is later. */
	later(inMs = 0): void {
		if (this.#timer === undefined && !this.#isQueued && !this.#isStopped) {
			const wait = Math.max(inMs, this.#lastMs + this.#options.frameMs - this.#options.now());
			// The timer is set only after the last frame was painted, and the immediate lets input be read first.
			this.#timer = setTimeout(() => setImmediate(() => this.#frame()), Math.max(0, wait));
		}
	}

	stop(): void {
		this.#isStopped = true;
		clearTimeout(this.#timer);
	}

	#frame(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
		this.#isQueued = false;
		if (!this.#isStopped && this.#options.paint()) {
			this.#lastMs = this.#options.now();
		}
	}
}
