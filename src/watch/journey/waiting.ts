// Where packets were seen that can still go on, by what of them stays the same.
import type {OpenHop} from './open.ts';
import type {Print} from './print.ts';

/** Equal packets: no more of a kind. */
const mostAlike = 256;

export class Waiting {
	/** By mark, in the order in which they were seen. */
	readonly #hops = new Map<number, OpenHop[]>();

	/** Those that may be of the same packet; undefined: there are none. */
	like({mark}: Print): readonly OpenHop[] | undefined {
		return this.#hops.get(mark);
	}

	add(hop: OpenHop): void {
		const alike = this.#hops.get(hop.print.mark);
		if (alike === undefined) {
			this.#hops.set(hop.print.mark, [hop]);
			return;
		}

		alike.push(hop);
		if (alike.length > mostAlike) {
			const seenAgain = alike.findIndex(({next}) => next.length > 0);
			alike.splice(Math.max(0, seenAgain), 1);
		}
	}

	remove(hop: OpenHop): void {
		const alike = this.#hops.get(hop.print.mark) ?? [];
		const index = alike.indexOf(hop);
		if (index !== -1) {
			alike.splice(index, 1);
		}

		if (alike.length === 0) {
			this.#hops.delete(hop.print.mark);
		}
	}
}
