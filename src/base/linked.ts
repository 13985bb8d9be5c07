// Things linked to each other in the order in which they came: each comes and goes in the same time, however many there are.

/** What can be in one list at a time. */
export interface Link<T> {
	/** Its neighbours there. */
	older: T | undefined;
	newer: T | undefined;
}

/** From the oldest by `newer` to the newest. */
export class Linked<T extends Link<T>> {
	oldest: T | undefined = undefined;
	newest: T | undefined = undefined;

	/** As the newest. One that is in no list. */
	add(one: T): void {
		one.older = this.newest;
		if (this.newest === undefined) {
			this.oldest = one;
		} else {
			this.newest.newer = one;
		}

		this.newest = one;
	}

	/** One that is in this list. */
	remove(one: T): void {
		const {older, newer} = one;
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

		one.older = undefined;
		one.newer = undefined;
	}
}
