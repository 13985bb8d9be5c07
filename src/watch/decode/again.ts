// What was made of the last few frames. A packet is seen at one interface after the other, mostly with the same bytes; who reads captures gives them at the
// same place again (files/repeats.ts), and then what was read of them once need not be read again.
import type {Lasting} from './index.ts';

/** Between two sightings of a packet may be others: as many as there are processors that send. */
export const lastFrames = 4;

export class Again<T> {
	readonly #sources: unknown[] = Array.from({length: lastFrames});
	readonly #starts = new Float64Array(lastFrames).fill(-1);
	readonly #lengths = new Float64Array(lastFrames);
	readonly #wireBytes = new Float64Array(lastFrames);
	readonly #linkTypes = new Int32Array(lastFrames);
	readonly #values: (T | undefined)[] = Array.from({length: lastFrames});
	#newest = 0;

	/** What was made of this frame; undefined: it is not among the last. */
	of({source, start, length, wireBytes}: Lasting, linkType: number): T | undefined {
		for (let back = 0; back < lastFrames; back++) {
			const at = (this.#newest - back) & (lastFrames - 1);
			if (
				this.#starts[at] === start &&
				this.#lengths[at] === length &&
				this.#sources[at] === source &&
				this.#wireBytes[at] === wireBytes &&
				this.#linkTypes[at] === linkType
			) {
				return this.#values[at];
			}
		}

		return undefined;
	}

	/** Remembers it, instead of the oldest. */
	set({source, start, length, wireBytes}: Lasting, linkType: number, value: T): void {
		const at = (this.#newest + 1) & (lastFrames - 1);
		this.#sources[at] = source;
		this.#starts[at] = start;
		this.#lengths[at] = length;
		this.#wireBytes[at] = wireBytes;
		this.#linkTypes[at] = linkType;
		this.#values[at] = value;
		this.#newest = at;
	}
}
