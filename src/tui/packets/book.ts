// What the Packets screen knows: the packets, which of them are shown, where the person is among them. Filled by live.ts, drawn by screen.ts.
import type {Layer} from '../../watch/decode/walk.ts';
import {checkFilter} from '../../watch/filter/parse.ts';
import type {Arrival, Packet} from '../../watch/files/packet.ts';
import type {PacketStore} from '../../watch/store/store.ts';
import {type Entry, entryOf} from './entry.ts';
import {Folds} from './folds.ts';
import {HeldPackets} from './held.ts';
import type {Hits} from './hits.ts';
import {lineOf, type Line} from './line-edit.ts';
import {Rows} from './rows.ts';
import {Judged} from './judged.ts';
import {RuleFinding} from './rule-finding.ts';
import {type Finding, Search} from './search.ts';
import {Tree} from './tree.ts';
import {Ways} from './ways.ts';

/** How the capture goes. */
export type Phase =
	/** Nobody has looked yet, or the lab is not up. */
	| 'none'
	| 'opening'
	| 'live'
	/** It has ended: `trouble` says why. What was captured stays. */
	| 'over';

export type Pane = 'list' | 'layers' | 'bytes';

export class PacketBook {
	phase: Phase = 'none';
	trouble = '';
	/** Packets that the kernel had no room for. */
	drops = 0;
	isAbsolute = false;
	focus: Pane = 'list';
	isFollowing = true;
	/** Where the packets ended when it stopped to follow. */
	heldFrom = 0;
	/** The number of the packet one is on; while following, of the newest. */
	cursor = 0;
	/** Index of the first row on the screen. */
	top = 0;
	/** Cells that what packets say is moved to the left. */
	shift = 0;
	entry: Entry | undefined;
	search: Finding | undefined;
	/** Only what the search finds is shown. */
	isNarrowed = false;
	/** A row is not a sighting but a packet: its first one. */
	isFolded = false;
	/** Of a folded row: the sighting one is on, if it is one of the row's; and whether it is open, not the way. */
	hop: number | undefined;
	isInHop = false;
	readonly ways = new Ways();
	readonly rows = new Rows();
	readonly tree = new Tree();
	/** First row of the bytes on the screen. */
	bytesTop = 0;
	readonly held: HeldPackets;
	#folds: Folds | undefined;
	#judged: Judged | undefined;
	/** When the first packet of all was seen. */
	#origin: Pick<Packet, 'seconds' | 'nanoseconds'> | undefined;

	/** The layers of the packet that was opened last. */
	#layers: {readonly number: number; readonly layers: readonly Layer[]} | undefined;
	/** Which packet's bytes are shown, and which are marked. */
	#marked = '';

	constructor(store?: PacketStore) {
		this.held = new HeldPackets(store);
	}

	get store(): PacketStore {
		return this.held.store;
	}

	/** Which sightings are of the same packet. */
	get folds(): Folds {
		return (this.#folds ??= new Folds(this.store));
	}

	/** Which rules packets hit. */
	get judged(): Judged {
		return (this.#judged ??= new Judged(this.store, this.folds));
	}

	/** The rule whose packets are shown. */
	get rule(): RuleFinding | undefined {
		return this.isNarrowed && this.search instanceof RuleFinding ? this.search : undefined;
	}

	/** Times are counted from the first packet. */
	get origin(): Pick<Packet, 'seconds' | 'nanoseconds'> {
		return this.#origin ?? {seconds: 0, nanoseconds: 0};
	}

	/** Its bytes are copied. */
	take(packet: Arrival): void {
		this.#origin ??= {seconds: packet.seconds, nanoseconds: packet.nanoseconds};
		this.store.take(packet);
	}

	/** The numbers of those that are shown; undefined: all. */
	get #shown(): Hits | undefined {
		const hits = this.isNarrowed ? this.#found : undefined;
		return hits ?? (this.isFolded ? this.folds.heads : undefined);
	}

	/** What the search found: packets, or folded rows. */
	get #found(): Hits | undefined {
		return this.search === undefined ? undefined : this.isFolded ? this.folds.passing(this.search) : this.search.hits;
	}

	/** Rows that are shown. */
	get count(): number {
		return this.#shown?.count ?? this.store.end - this.store.first;
	}

	/** The numbers of all sightings in the rows that are shown, in order. */
	get sightings(): readonly number[] {
		const numbers = Array.from({length: this.count}, (_, place) => this.numberAt(place) ?? 0);
		return this.isFolded ? numbers.flatMap((head) => this.folds.sightingsOf(head)).toSorted((a, b) => a - b) : numbers;
	}

	/** The number of the packet at this place of the list; undefined: the list is shorter. */
	numberAt(place: number): number | undefined {
		const shown = this.#shown;
		if (shown !== undefined) {
			return shown.at(place);
		}

		return place >= 0 && place < this.count ? this.store.first + place : undefined;
	}

	/** The place of a packet, or of the first that is shown after it. */
	placeOf(number: number): number {
		return this.#shown?.placeOf((this.isFolded ? this.folds.headOf(number) : undefined) ?? number) ?? Math.max(0, number - this.store.first);
	}

	/** Where the cursor is now. */
	get place(): number {
		const last = Math.max(0, this.count - 1);
		return this.isFollowing ? last : Math.min(last, this.placeOf(this.cursor));
	}

	/** The selected packet. */
	get selected(): number | undefined {
		return this.numberAt(this.place);
	}

	/** The sighting that is looked at: of a folded row one of its hops. */
	get opened(): number | undefined {
		const {selected, hop} = this;
		return this.isFolded && hop !== undefined && selected !== undefined && this.folds.headOf(hop) === selected ? hop : selected;
	}

	/** Folds the sightings of each packet into one row, and back. One stays on the packet. */
	fold(): void {
		const {opened} = this;
		this.isFolded = !this.isFolded;
		this.isInHop = false;
		this.focus = this.focus === 'bytes' ? 'layers' : this.focus;
		this.shift = 0;
		this.hop = opened;
		this.cursor = opened ?? this.cursor;
	}

	/** To another sighting of the same packet. */
	moveHop(by: number): void {
		const {selected, opened} = this;
		if (selected !== undefined && opened !== undefined) {
			const numbers = this.folds.sightingsOf(selected);
			this.hop = numbers[Math.max(0, Math.min(numbers.length - 1, numbers.indexOf(opened) + by))];
		}
	}

	/** Before drawing on so many rows: the cursor is where it should be, and on the screen. */
	settle(rows: number): void {
		const place = this.place;
		this.cursor = this.numberAt(place) ?? this.cursor;
		this.top = Math.max(0, Math.min(Math.max(this.top, place - rows + 1), place, this.count - rows));
	}

	/** To another packet; onto the last one follows again. */
	move(by: number): void {
		const last = Math.max(0, this.count - 1);
		const to = Math.max(0, Math.min(last, this.place + by));
		this.follow(by > 0 && to === last);
		this.cursor = this.numberAt(to) ?? this.cursor;
	}

	goTo(number: number): void {
		this.follow(false);
		this.cursor = number;
	}

	follow(isFollowing: boolean): void {
		if (this.isFollowing && !isFollowing) {
			this.cursor = this.selected ?? this.cursor;
			this.heldFrom = this.store.end;
		}

		this.isFollowing = isFollowing;
	}

	/** Packets that came since the list stands still. */
	get meanwhile(): number {
		return this.isFollowing ? 0 : this.store.end - this.heldFrom;
	}

	/** Begins to type a filter, with the one that there is. */
	type(): void {
		this.entry = entryOf(lineOf(this.isNarrowed ? (this.search?.text ?? '') : ''), this.store);
	}

	/** The line after a key. What can be used is used at once. */
	typed(line: Line): void {
		this.entry = entryOf(line, this.store);
		if (this.entry.wrong === undefined && line.text.trim() !== (this.isNarrowed ? this.search?.text : '')) {
			this.filter(line.text);
		}
	}

	/** Goes to another of the words that are offered. */
	choose(by: number): void {
		const {entry} = this;
		if (entry !== undefined && entry.words.length > 0) {
			this.entry = {...entry, chosen: (entry.chosen + by + entry.words.length) % entry.words.length};
		}
	}

	/** Shows only packets that pass; '': all of them. A filter that is wrong changes nothing. */
	filter(text: string): void {
		const checked = checkFilter(text);
		if ('wrong' in checked) {
			return;
		}

		this.cursor = this.selected ?? this.cursor;
		this.isNarrowed = checked.filter.is !== 'all';
		if (this.isNarrowed && this.search?.text !== text.trim()) {
			this.forget();
			const search = new Search(text.trim(), checked.filter, this.store);
			search.catchUp(this.store);
			this.search = search;
		}
	}

	/** Shows only packets that hit a rule, the newest first looked at. */
	showRule(rule: RuleFinding): void {
		this.forget();
		this.entry = undefined;
		this.search = rule;
		this.isNarrowed = true;
		this.focus = 'list';
		this.follow(true);
	}

	/** All packets are shown again; what was found is remembered for going from one to the next. */
	unfilter(): void {
		this.cursor = this.selected ?? this.cursor;
		this.entry = undefined;
		this.isNarrowed = false;
	}

	/** Nothing is searched for any more. */
	forget(): void {
		this.search?.stop();
		this.search = undefined;
	}

	/** The next packet that was found, or the one before; undefined: there is none. */
	hitBeyond(by: 1 | -1): number | undefined {
		const hits = this.#found;
		const from = this.selected;
		if (hits === undefined || from === undefined) {
			return undefined;
		}

		return by === 1 ? hits.at(hits.placeOf(from + 1)) : hits.at(hits.placeOf(from) - 1);
	}

	/** A packet's layers; made once for as long as it is the one that is looked at. */
	layersFor(number: number, make: () => readonly Layer[]): readonly Layer[] {
		this.#layers = this.#layers?.number === number ? this.#layers : {number, layers: make()};
		return this.#layers.layers;
	}

	/** Scrolls the bytes when others are marked than before; `topFor` gives the first row for them. */
	showBytes(number: number | undefined, marked: string | undefined, topFor: (top: number) => number): void {
		const key = `${number} ${marked}`;
		if (this.#marked !== key) {
			this.#marked = key;
			this.bytesTop = topFor(this.bytesTop);
		}
	}
}
