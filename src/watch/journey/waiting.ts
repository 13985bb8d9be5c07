// Where packets were seen that can still go on, by what of them stays the same. Hops that are alike are linked to each other, because with almost every
// sighting one comes and one goes.
import {Linked} from '../../base/linked.ts';
import type {OpenHop} from './open.ts';
import type {Print} from './print.ts';

/** Equal packets: no more of a kind. */
const mostAlike = 256;

/** Hops whose marks are equal, in the order in which they were seen. */
export class Alike extends Linked<OpenHop> {
	readonly mark: number;
	count = 0;

	constructor(mark: number) {
		super();
		this.mark = mark;
	}

	override add(hop: OpenHop): void {
		super.add(hop);
		hop.alike = this;
		hop.isWaiting = true;
		this.count++;
	}

	override remove(hop: OpenHop): void {
		super.remove(hop);
		hop.isWaiting = false;
		this.count--;
	}

	/** The one that is missed the least. */
	get dispensable(): OpenHop | undefined {
		for (let hop = this.oldest; hop !== undefined; hop = hop.newer) {
			if (!hop.isLast) {
				return hop;
			}
		}

		return this.oldest;
	}
}

export class Waiting {
	readonly #byMark = new Map<number, Alike>();

	/** Those that may be of the same packet; undefined: there are none. */
	like({mark}: Print): Alike | undefined {
		return this.#byMark.get(mark);
	}

	add(hop: OpenHop): void {
		const {mark} = hop.print;
		let alike = this.#byMark.get(mark);
		if (alike === undefined) {
			alike = new Alike(mark);
			this.#byMark.set(mark, alike);
		}

		alike.add(hop);
		if (alike.count > mostAlike) {
			const one = alike.dispensable;
			if (one !== undefined) {
				alike.remove(one);
			}
		}
	}

	/** It does not go on any more. The list stays, if it is empty, too: the packet comes again in a moment. */
	leave(hop: OpenHop): void {
		if (hop.isWaiting) {
			hop.alike?.remove(hop);
		}
	}

	/** Its packet is over. */
	forget(hop: OpenHop): void {
		const {alike} = hop;
		this.leave(hop);
		if (alike?.count === 0 && this.#byMark.get(alike.mark) === alike) {
			this.#byMark.delete(alike.mark);
		}
	}
}
