// Two pieces of memory, one of which is written while the other is filled. When both wait to be written nothing more is taken until one is.
/** How what comes is told to wait, and to go on. */
export interface Flow {
	readonly pause: () => void;
	readonly resume: () => void;
	/** Writing failed: nothing more is written. */
	readonly stop: () => void;
}

const pieceBytes = 1024 * 1024;
const most = 2;

export class Pieces {
	readonly #write: (piece: Uint8Array) => Promise<void>;
	readonly #flow: Flow;
	readonly #free: Uint8Array[] = [];
	#made = 0;
	/** How many wait to be written. */
	#waiting = 0;
	#written = Promise.resolve();
	#failure: Error | undefined;

	/** `write` resolves when the memory of a piece may be written anew; one piece at a time is given to it. */
	constructor(write: (piece: Uint8Array) => Promise<void>, flow: Flow) {
		this.#write = write;
		this.#flow = flow;
	}

	/** Memory for the next piece. There is some as long as nothing comes while it is to wait; else more is made. */
	memory(): Uint8Array {
		const free = this.#free.pop();
		if (free !== undefined) {
			return free;
		}

		this.#made++;
		return new Uint8Array(pieceBytes);
	}

	/** Takes a piece, which is the beginning of such memory. */
	output(piece: Uint8Array): void {
		this.#waiting++;
		if (this.#waiting >= most) {
			this.#flow.pause();
		}

		this.#written = this.#written.then(async () => this.#one(piece));
	}

	/** When everything is written. Rejects with what went wrong. */
	async done(): Promise<void> {
		await this.#written;
		if (this.#failure !== undefined) {
			throw this.#failure;
		}
	}

	async #one(piece: Uint8Array): Promise<void> {
		try {
			if (this.#failure === undefined) {
				await this.#write(piece);
			}
		} catch (error) {
			this.#failure = error instanceof Error ? error : new Error(String(error));
			this.#flow.stop();
		}

		this.#waiting--;
		if (this.#made <= most) {
			this.#free.push(new Uint8Array(piece.buffer));
		} else {
			this.#made--;
		}

		this.#flow.resume();
	}
}
