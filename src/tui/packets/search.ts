// A filter at work on the packets that are held: what it has found, and how long that took. New packets are looked at as they come.
import type {Filter} from '../../watch/filter/parse.ts';
import type {PacketStore} from '../../watch/store/store.ts';
import {Hits} from './hits.ts';

/** So many packets are looked at at once, whatever is asked of them: ten milliseconds if all must be decoded. */
const mostAtOnce = 2000;

/** What finds packets: a filter, or a rule. */
export interface Finding {
	/** Of a filter its words; '' of another. */
	readonly text: string;
	/** Sightings. */
	readonly hits: Hits;
	/** First sightings of the packets found, where that is known without looking for them. */
	readonly heads?: Hits;
	/** For the packets that there were at its beginning, in milliseconds; undefined: it is still at that. */
	readonly tookMs: number | undefined;
	/** How far it is with them, in percent. */
	readonly percent: number;
	/** Looks at all that it has not seen, with time for other work meanwhile; `changed` is called when there is something to tell. */
	goOn(store: PacketStore, changed: () => void): void;
	/** Nobody wants to know any more. */
	stop(): void;
}

export class Search implements Finding {
	readonly text: string;
	readonly hits = new Hits();
	readonly #filter: Filter;
	readonly #aborter = new AbortController();
	/** All before have been looked at. */
	#next: number;
	/** Of those that there were at the beginning, how many have been looked at: 0 to 1. */
	#done = 0;
	#tookMs: number | undefined;
	#isSearching = false;

	constructor(text: string, filter: Filter, store: PacketStore) {
		this.text = text;
		this.#filter = filter;
		this.#next = store.first;
	}

	get tookMs(): number | undefined {
		return this.#tookMs;
	}

	get percent(): number {
		return Math.floor(this.#done * 100);
	}

	/** Looks at what it has not seen, if that is soon done. Returns whether it was. */
	catchUp(store: PacketStore): boolean {
		this.hits.dropBefore(store.first);
		const from = Math.max(this.#next, store.first);
		if (this.#isSearching || store.end - from > mostAtOnce) {
			return false;
		}

		const began = performance.now();
		this.#found(store.end, from < store.end ? store.find(this.#filter, from) : []);
		this.#tookMs ??= performance.now() - began;
		return true;
	}

	goOn(store: PacketStore, changed: () => void): void {
		if (this.#isSearching || this.#aborter.signal.aborted || this.catchUp(store)) {
			return;
		}

		const began = performance.now();
		const [from, end] = [Math.max(this.#next, store.first), store.end];
		const progress = (number: number): void => {
			this.#done = (number - from) / (end - from);
			changed();
		};
		this.#isSearching = true;
		store.search(this.#filter, {from, signal: this.#aborter.signal, progress}).then(
			(numbers) => {
				this.#isSearching = false;
				this.#found(end, numbers);
				this.#tookMs ??= performance.now() - began;
				changed();
			},
			() => {
				// another filter took its place
			},
		);
	}

	stop(): void {
		this.#aborter.abort();
	}

	#found(end: number, numbers: Iterable<number>): void {
		this.#next = end;
		for (const number of numbers) {
			this.hits.push(number);
		}
	}
}
