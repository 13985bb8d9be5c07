// Mutations for fuzz tests, the same ones each time.

export class Random {
	#state: number;

	constructor(seed: number) {
		this.#state = seed;
	}

	/** From 0 to before 1 (mulberry32). */
	next(): number {
		this.#state = (this.#state + 0x6d_2b_79_f5) | 0;
		let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	}

	/** A whole number from 0 to before `end`. */
	below(end: number): number {
		return Math.floor(this.next() * end);
	}

	pick<Value>(values: readonly [Value, ...Value[]]): Value {
		return values[this.below(values.length)] ?? values[0];
	}
}

/** Values at which lengths, counts and pointers go wrong. */
const edges = [0, 1, 2, 3, 4, 7, 8, 15, 16, 63, 64, 127, 128, 191, 192, 254, 255] as const;

/** The bytes with something else from `start` to before `end`: an edge in the last of them, all of a kind, or anything. */
export function overwritten(random: Random, bytes: Buffer, start: number, end: number): Buffer {
	const changed = Buffer.from(bytes);
	switch (random.below(4)) {
		case 0: {
			changed.fill(random.pick([0, 255, 1]), start, end);
			break;
		}

		case 1: {
			for (let at = start; at < end; at++) {
				changed[at] = random.below(256);
			}

			break;
		}

		default: {
			changed[Math.max(start, end - 1)] = random.pick(edges);
		}
	}

	return changed;
}

/** Cut, made longer, with a part of it twice, or with the end of another. */
export function reshaped(random: Random, bytes: Buffer, other: Buffer): Buffer {
	const at = random.below(bytes.length + 1);
	const to = at + random.below(bytes.length - at + 1);
	switch (random.below(4)) {
		case 0: {
			return bytes.subarray(0, at);
		}

		case 1: {
			return Buffer.concat([bytes, Buffer.alloc(random.below(64), random.below(256))]);
		}

		case 2: {
			return Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)]);
		}

		default: {
			return Buffer.concat([bytes.subarray(0, at), other.subarray(random.below(other.length + 1))]);
		}
	}
}
