// Where packets were seen that can still go on, by what of them stays the same. With almost every sighting one comes and one goes: those of a bucket are linked
// to each other, and of a bucket there are no more than can be looked through.
import {Linked} from '../../base/linked.ts';
import type {OpenHop} from './open.ts';

const buckets = {bits: 12, most: 256} as const;

/** Hops in the order in which they were seen. Those that may be of the same packet are in the same bucket; others may be, too. */
class Bucket extends Linked<OpenHop> {
	#count = 0;

	override add(hop: OpenHop): void {
		super.add(hop);
		hop.isWaiting = true;
		this.#count++;
		const one = this.#count > buckets.most ? this.#dispensable : undefined;
		if (one !== undefined) {
			this.remove(one);
		}
	}

	override remove(hop: OpenHop): void {
		super.remove(hop);
		hop.isWaiting = false;
		this.#count--;
	}

	/** The one that is missed the least. */
	get #dispensable(): OpenHop | undefined {
		for (let hop = this.oldest; hop !== undefined; hop = hop.newer) {
			if (!hop.isLast) {
				return hop;
			}
		}

		return this.oldest;
	}
}

export class Waiting {
	readonly #buckets = Array.from({length: 2 ** buckets.bits}, () => new Bucket());

	/** The oldest of those that may have this mark, and by `newer` all the others; undefined: there are none. */
	oldest(mark: number): OpenHop | undefined {
		return this.#of(mark)?.oldest;
	}

	add(hop: OpenHop): void {
		this.#of(hop.print.mark)?.add(hop);
	}

	/** It does not go on any more. */
	leave(hop: OpenHop): void {
		if (hop.isWaiting) {
			this.#of(hop.print.mark)?.remove(hop);
		}
	}

	#of(mark: number): Bucket | undefined {
		return this.#buckets[mark >>> (32 - buckets.bits)];
	}
}
