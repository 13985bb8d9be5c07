// Where packets were seen that can still go on, by what of them stays the same. Hops that are alike are linked to each other, because with almost every
// sighting one comes and one goes.
import type {OpenHop} from './open.ts';
import type {Print} from './print.ts';

/** Equal packets: no more of a kind. */
const mostAlike = 256;

/** Hops whose marks are equal, in the order in which they were seen: from the oldest by `newer` to the newest. */
export class Alike {
	readonly mark: number;
	oldest: OpenHop | undefined = undefined;
	newest: OpenHop | undefined = undefined;
	count = 0;

	constructor(mark: number) {
		this.mark = mark;
	}

	add(hop: OpenHop): void {
		hop.alike = this;
		hop.isWaiting = true;
		hop.older = this.newest;
		if (this.newest === undefined) {
			this.oldest = hop;
		} else {
			this.newest.newer = hop;
		}

		this.newest = hop;
		this.count++;
	}

	remove(hop: OpenHop): void {
		const {older, newer} = hop;
		if (older === undefined) {
			this.oldest = newer;
		} else {
			older.newer = newer;
		}

		if (newer === undefined) {
			this.newest = older;
		} else {
			newer.older = older;
		}

		hop.isWaiting = false;
		hop.older = undefined;
		hop.newer = undefined;
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
