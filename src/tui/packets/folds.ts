// Which sightings are of the same packet. They are joined as they come (watch/journey); of what was found a few numbers are kept for each packet that is
// held, and the rest is read again from its bytes when somebody looks. Nothing is joined before it is known how the lab is wired.
import type {Hop, Journey} from '../../watch/journey/journey.ts';
import {Journeys} from '../../watch/journey/journeys.ts';
import {endOf} from '../../watch/journey/ends.ts';
import {Arriving} from '../../watch/files/packet.ts';
import {type OpenHop, OpenJourney} from '../../watch/journey/open.ts';
import {remarksOf} from '../../watch/journey/text.ts';
import type {PacketStore} from '../../watch/store/store.ts';
import {FoldColumns} from './fold-columns.ts';
import {readHops, summaryOf} from './fold-hops.ts';
import {Hits} from './hits.ts';
import {Owned} from './owned.ts';
import {Pace} from './pace.ts';
import {Remarks} from './remarks.ts';
import type {Finding} from './search.ts';

/** Packets between two looks at the clock, and for how long others wait; in milliseconds. */
const slice = {packets: 128, ms: 2} as const;
/** How often it is looked which journeys are over, in nanoseconds of the packets' time. */
const takeEvery = 2.5e8;
/** A packet that was not seen for so long, in nanoseconds, waits for a MAC address at the most: where it goes is known. */
const stillFor = 5e8;
/** So many packets are under way at a time: what more are lost within a second than these is said to be lost sooner. */
const mostOpen = 2048;

export class Folds {
	readonly journeys: Journeys;
	/** The first sightings. */
	readonly heads = new Hits();
	/** The lab is known. */
	isKnown = false;
	readonly #owned: Owned;
	/** The sighting that is joined. */
	readonly #packet = new Arriving();
	readonly #columns: FoldColumns;
	readonly #store: PacketStore;
	readonly #remarks = new Remarks();
	/** First sightings of packets that pass a search anywhere, and up to where its hits were asked. */
	#passing: {readonly search: Finding; readonly heads: Hits; next: number} | undefined;
	#next: number;
	readonly #pace = new Pace();
	#isBusy = false;
	#isStopped = false;
	#isLast = false;
	/** Times of the last sighting and of the last look which journeys are over; for how many milliseconds none has come. */
	#last = 0;
	#took = 0;
	#idleMs = 0;

	constructor(store: PacketStore) {
		this.#store = store;
		this.journeys = new Journeys({most: mostOpen}, (number) => summaryOf(store, number));
		this.#owned = new Owned(this.journeys.places);
		this.#columns = new FoldColumns(store.most);
		this.#next = store.first;
	}

	/** By the name of a container that has no namespace of its own: whose it shares. */
	get owners(): ReadonlyMap<string, string> {
		return this.#owned.owners;
	}

	set owners(owners: ReadonlyMap<string, string>) {
		this.#owned.owners = owners;
	}

	/** All before have been joined. */
	get end(): number {
		return Math.max(this.#next, this.#store.first);
	}

	/** The time as packets have it, which goes on when none comes. */
	get now(): number {
		return this.#last + this.#idleMs * 1e6;
	}

	/** Joins what is new, with time for other work meanwhile; `changed` is called when there is something to tell. */
	goOn(changed: () => void): void {
		if (!this.isKnown || this.#isBusy || this.#isStopped || !this.#pace.isFree(this.#store.end)) {
			return;
		}

		const isAll = this.join(slice.ms);
		this.#pace.spent();
		if (!isAll) {
			this.#isBusy = true;
			setImmediate(() => {
				this.#isBusy = false;
				this.goOn(changed);
				changed();
			});
		}
	}

	/** Joins what is new, for so many milliseconds; whether that was all. */
	join(mostMs: number): boolean {
		const store = this.#store;
		const began = performance.now();
		this.#forget();
		while (this.#next < store.end && performance.now() - began < mostMs) {
			const to = Math.min(store.end, this.#next + slice.packets);
			while (this.#next < to) {
				this.#see(this.#next);
				this.#next++;
			}
		}

		const isAll = this.#next === store.end;
		if (isAll && this.#isLast) {
			this.#settle(Number.POSITIVE_INFINITY);
		}

		return isAll;
	}

	/** So many milliseconds have passed: who waits without packets may have waited long enough. `isLate`: packets may still be on their way here. */
	pass(ms: number, isLate: boolean): void {
		this.#idleMs = isLate ? 0 : this.#idleMs + ms;
		this.#settle(this.now);
	}

	/** No packet comes any more: what has not come farther when all are joined never will. */
	endOfCapture(): void {
		this.#isLast = true;
		if (this.#next === this.#store.end) {
			this.#settle(Number.POSITIVE_INFINITY);
		}
	}

	stop(): void {
		this.#isStopped = true;
	}

	/** The first sighting of the packet that was seen as this number; undefined: it has not been joined, or is held no more. */
	headOf(number: number): number | undefined {
		return number >= this.#store.first && number < this.#next ? this.#columns.first(number) : undefined;
	}

	/** All sightings of the packet, in the order in which they came. Those that are held no more are left out. */
	sightingsOf(head: number): readonly number[] {
		const numbers: number[] = [];
		for (let at: number | undefined = this.headOf(head); at !== undefined; at = this.#columns.next(at)) {
			numbers.push(at);
		}

		return numbers;
	}

	/** The packet's way, read anew from what is held of it. */
	journeyOf(head: number): Journey | undefined {
		if (this.headOf(head) === undefined) {
			return undefined;
		}

		const journey = new OpenJourney(head + 1, 0, (number) => summaryOf(this.#store, number), head);
		this.#readHops(journey, head);
		return journey;
	}

	/** Its sightings alone. */
	hopsOf(head: number): readonly Hop[] {
		return this.journeyOf(head)?.hops ?? [];
	}

	/** All packets that began before this one are where they go, or have not been seen for a while. */
	get settled(): number {
		const late = this.now - stillFor;
		return this.journeys.open.find(({lastAt}) => lastAt > late)?.hops[0]?.number ?? this.end;
	}

	/** Where it vanished and why, what it answers: known when it is over. */
	remarksOf(head: number): readonly string[] | undefined {
		return this.#remarks.of(head);
	}

	/** First sightings of the packets that pass the search at any place. */
	passing(search: Finding): Hits {
		if (search.heads !== undefined) {
			return search.heads;
		}

		if (this.#passing?.search !== search) {
			this.#passing = {search, heads: new Hits(), next: 0};
		}

		const {heads} = this.#passing;
		heads.dropBefore(this.#store.first);
		for (let place = search.hits.placeOf(this.#passing.next); ; place++) {
			const number = search.hits.at(place);
			if (number === undefined || number >= this.#next) {
				return heads;
			}

			const head = this.headOf(number);
			this.#passing.next = number + 1;
			// of one that began before the oldest that is held the rest is not shown either
			if (head !== undefined && head >= this.#store.first) {
				heads.insert(head);
			}
		}
	}

	/** The name of a place by whose namespace it is. */
	readonly ownedName = (name: string): string => this.#owned.name(name);

	#readHops(journey: OpenJourney, head: number): void {
		readHops(journey, this.sightingsOf(head), {
			columns: this.#columns,
			packet: (number) => this.#store.at(number),
			place: (packet) => this.#owned.place(packet),
			time: ({seconds, nanoseconds}) => this.journeys.timeOf(seconds, nanoseconds),
		});
	}

	#forget(): void {
		const {first} = this.#store;
		this.#next = Math.max(this.#next, first);
		this.heads.dropBefore(first);
		this.#remarks.forgetBefore(first);
	}

	#see(number: number): void {
		const packet = this.#packet;
		if (!this.#store.read(number, packet)) {
			return;
		}

		const hop = this.journeys.see(packet, this.#owned.place(packet), number);
		const {journey} = hop;
		this.#columns.begin(number);
		if (!hop.isLast) {
			this.#joinAgain(journey);
		} else {
			const last = journey.hops.at(-2);
			this.#append(hop, last);
			if (last === undefined) {
				this.heads.push(number);
			}
		}

		this.#last = Math.max(this.#last, hop.at);
		this.#idleMs = 0;
		if (this.#last > this.#took + takeEvery) {
			this.#settle(this.#last);
		}
	}

	/** A sighting that came late has joined others to it. */
	#joinAgain({hops}: OpenJourney): void {
		let wasPassing = false;
		for (const {number} of hops) {
			this.heads.remove(number);
			wasPassing = (this.#passing?.heads.remove(number) ?? false) || wasPassing;
		}

		for (const [index, hop] of hops.entries()) {
			this.#append(hop, hops[index - 1]);
		}

		const [first] = hops;
		if (first !== undefined && first.number >= this.#store.first) {
			this.heads.insert(first.number);
			if (wasPassing) {
				this.#passing?.heads.insert(first.number);
			}
		}
	}

	/** Behind the last; its row may be another packet's already. */
	#append({number, from, rewrite}: OpenHop, last: OpenHop | undefined): void {
		const isHeld = (one: OpenHop): boolean => one.number >= this.#store.first;
		const before = last === undefined || !isHeld(last) ? undefined : last.number;
		this.#columns.append(number, before);
		this.#columns.setStep(number, {from: from?.hop.number, rewrite, isGap: from?.step.isGap === true});
	}

	#settle(now: number): void {
		this.#took = this.#last;
		for (const journey of this.journeys.take(now)) {
			const head = journey.hops[0]?.number;
			const {links, proxied, hops} = journey;
			const [first] = hops;
			// most packets come where they are going, and there is no more to say of them
			const isPlain = links.length === 0 && journey.linked.length === 0 && proxied === undefined && first?.print.isFragment !== true;
			if (head === undefined || (isPlain && journey.hasArrived)) {
				continue;
			}

			const ending = endOf(journey, this.journeys);
			const numberOf = ({hops: [other], number}: Journey): number => (other?.number ?? number - 1) + 1;
			const remarks = remarksOf(journey, this.journeys, {numberOf, nameOf: (place) => this.journeys.places.nameOf(place), ending});
			if (remarks.length > 0) {
				this.#remarks.set(head, remarks);
			}
		}
	}
}
