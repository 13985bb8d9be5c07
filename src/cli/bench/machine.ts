// How fast the machine is at the moment, by two fixed pieces of work: others share its caches and its processors, and what is measured varies with them.
import {sampleOf} from './statistics.ts';

export interface Speed {
	/** A read from memory that no cache has, in nanoseconds. */
	readonly readNs: number;
	/** A multiplication that waits for the one before it, in nanoseconds. */
	readonly multiplyNs: number;
}

/** Several times what the caches of one core hold, as a power of two of numbers: 64 MiB. */
const numbers = 2 ** 24;
const reads = 100_000;
const multiplications = 1_000_000;
/** The least of so many is what the machine can do. */
const tries = 3;

export class Gauge {
	readonly #memory = new Int32Array(numbers).fill(0);

	/** Takes some 50 ms. */
	read(): Speed {
		const best = (count: number, work: (seed: number) => number): number => {
			const times = Array.from({length: tries}, (_, seed) => {
				const began = performance.now();
				// what nobody looks at V8 would leave out
				if (work(seed) === Number.MIN_VALUE) {
					throw new Error('this cannot be');
				}

				return ((performance.now() - began) * 1e6) / count;
			});
			return sampleOf(times).minimum;
		};
		return {readNs: best(reads, (seed) => this.#wander(seed)), multiplyNs: best(multiplications, multiply)};
	}

	/** From place to place, each of which is known only when the one before it has been read. */
	#wander(seed: number): number {
		const memory = this.#memory;
		let at = seed;
		for (let count = 0; count < reads; count++) {
			// a linear congruential generator with the period of the whole memory (Hull and Dobell)
			at = (Math.imul(at, 1_664_525) + 1_013_904_223 + (memory[at] ?? 0)) & (numbers - 1);
		}

		return at;
	}
}

function multiply(seed: number): number {
	let value = seed | 1;
	for (let count = 0; count < multiplications; count++) {
		value = Math.imul(value, 1_664_525);
	}

	return value;
}
