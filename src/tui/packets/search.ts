// A filter at work on the packets that are held: what it has found, and how long that took. New packets are looked at as they come.
import type {Filter} from '../../watch/filter/parse.ts';
import {passes} from '../../watch/filter/match.ts';
import type {PacketStore} from '../../watch/store/store.ts';
import {Hits} from './hits.ts';

/** So many packets are looked at before the clock is. */
const atOnce = 64;

export class Search {
	readonly text: string;
	readonly hits = new Hits();
	readonly #filter: Filter;
	/** The first that has not been looked at. */
	#next: number;
	/** When it was first done with all that there were then. */
	#tookMs = 0;
	#isThrough = false;

	constructor(text: string, filter: Filter, store: PacketStore) {
		this.text = text;
		this.#filter = filter;
		this.#next = store.first;
	}

	/** For the packets that there were at its beginning, in milliseconds; undefined: it is still at that. */
	get tookMs(): number | undefined {
		return this.#isThrough ? this.#tookMs : undefined;
	}

	/** Goes on for so many milliseconds at the most. Returns whether it has seen all. */
	goOn(store: PacketStore, forMs: number): boolean {
		const began = performance.now();
		this.#next = Math.max(this.#next, store.first);
		this.hits.dropBefore(store.first);
		while (this.#next < store.end && performance.now() - began < forMs) {
			const end = Math.min(store.end, this.#next + atOnce);
			for (; this.#next < end; this.#next++) {
				const packet = store.at(this.#next);
				if (packet !== undefined && passes(this.#filter, {bytes: packet.bytes, wireBytes: packet.wireBytes, linkType: packet.point.linkType})) {
					this.hits.push(this.#next);
				}
			}
		}

		this.#tookMs += this.#isThrough ? 0 : performance.now() - began;
		this.#isThrough ||= this.#next >= store.end;
		return this.#next >= store.end;
	}
}
