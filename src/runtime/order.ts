// Runs ops of one call at the same time, except those that touch the same thing: they keep the call's order. Knows no op.
import {toLabError} from '../base/errors.ts';
import type {Outcome} from '../kernel/machine.ts';

/** What an op touches, as names that only need to be equal for equal things. */
export interface Touches {
	readonly reads: readonly string[];
	readonly writes: readonly string[];
}

interface Task extends Touches {
	readonly doing: string;
	readonly run: () => Promise<void>;
}

/**
 * Runs the tasks and returns their outcomes in order. A task waits for each earlier one that touches the same thing, unless both only read it.
 * With `isStopping`, tasks that have not begun when one fails are skipped; otherwise all are tried.
 */
export async function runInOrder(tasks: readonly Task[], isStopping: boolean): Promise<readonly Outcome[]> {
	const writers = new Map<string, Promise<Outcome>>();
	const readers = new Map<string, Promise<Outcome>[]>();
	let hasFailed = false;
	return Promise.all(
		tasks.map(async (task) => {
			const before = [...task.writes, ...task.reads]
				.flatMap((name) => writers.get(name) ?? [])
				.concat(task.writes.flatMap((name) => readers.get(name) ?? []));
			const outcome = (async (): Promise<Outcome> => {
				await Promise.all(before);
				if (hasFailed && isStopping) {
					return {is: 'skipped'};
				}

				try {
					await task.run();
					return {is: 'done'};
				} catch (error) {
					hasFailed = true;
					return {is: 'failed', error: toLabError(error, task.doing)};
				}
			})();
			for (const name of task.writes) {
				writers.set(name, outcome);
				readers.delete(name);
			}

			for (const name of task.reads) {
				const others = readers.get(name);
				if (others === undefined) {
					readers.set(name, [outcome]);
				} else {
					others.push(outcome);
				}
			}

			return outcome;
		}),
	);
}

/** Lets `most` of many run at once. */
export class Turnstile {
	readonly #waiting: (() => void)[] = [];
	#free: number;

	constructor(most: number) {
		this.#free = most;
	}

	async pass<T>(work: () => Promise<T>): Promise<T> {
		if (this.#free === 0) {
			await new Promise<void>((resolve) => {
				this.#waiting.push(resolve);
			});
		} else {
			this.#free--;
		}

		try {
			return await work();
		} finally {
			const next = this.#waiting.shift();
			if (next === undefined) {
				this.#free++;
			} else {
				next();
			}
		}
	}
}
