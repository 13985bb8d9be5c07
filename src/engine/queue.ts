// One after the other: changes of a lab never overlap, whoever asks for them.

export class Queue {
	#tail: Promise<unknown> = Promise.resolve();

	/** Runs `work` when everything before it has ended, however it ended. */
	async run<T>(work: () => Promise<T>): Promise<T> {
		const result = this.#tail.then(work);
		this.#tail = result.catch(() => {
			// whoever asked hears of it
		});
		return result;
	}
}
