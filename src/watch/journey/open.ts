// Journeys and hops while they grow. There is a hop for every sighting, so it is kept small: those that came from one place are linked to each other, and lists
// are made when there is something to put into them.
import type {Summary} from '../decode/index.ts';
import type {Hop, Journey, Proxied, Relation, Rewrite} from './journey.ts';
import type {Place, Step} from './places.ts';
import type {Print} from './print.ts';

const none: readonly never[] = [];
/**
 * Lists of a journey are copies of these, which are lists of objects for V8 from the beginning. They are not made by literals: if most of what one makes lives
 * long, V8 puts all of it where it is seldom cleared, and with these lists all that is in them: journeys, and by them others.
 */
const noHops = emptied<OpenHop>();
const noLinks = emptied<Link>();

function emptied<T>(): T[] {
	const list = [undefined as T];
	list.pop();
	return list;
}

/** What the packet of one journey is to that of another. */
class Link {
	readonly is: Relation;
	readonly by: OpenJourney;
	readonly to: OpenJourney;

	constructor(is: Relation, by: OpenJourney, to: OpenJourney) {
		this.is = is;
		this.by = by;
		this.to = to;
	}
}

export class OpenHop implements Hop {
	journey: OpenJourney;
	readonly place: Place;
	readonly at: number;
	/** Of those that it went on from as it was, too, if they are the same in all. */
	readonly print: Print;
	number = 0;
	/** Where the packet was seen before, and how it came from there. */
	before: OpenHop | undefined = undefined;
	step: Step | undefined = undefined;
	/** The first that came from here, and another that came from where this one did. */
	onward: OpenHop | undefined = undefined;
	beside: OpenHop | undefined = undefined;
	/** So many came from here. */
	branches = 0;
	rewrite: Rewrite | undefined = undefined;
	became: OpenHop | undefined = undefined;
	/** It can go on. Then it has neighbours among those that can. */
	isWaiting = false;
	older: OpenHop | undefined = undefined;
	newer: OpenHop | undefined = undefined;
	/** Its place among the last sightings. */
	seenAs = 0;

	constructor(journey: OpenJourney, place: Place, at: number, print: Print) {
		this.journey = journey;
		this.place = place;
		this.at = at;
		this.print = print;
	}

	get from(): {readonly hop: OpenHop; readonly step: Step} | undefined {
		return this.before === undefined || this.step === undefined ? undefined : {hop: this.before, step: this.step};
	}

	get next(): readonly OpenHop[] {
		const next: OpenHop[] = [];
		for (let hop = this.onward; hop !== undefined; hop = hop.beside) {
			next.push(hop);
		}

		return next;
	}

	get isLast(): boolean {
		return this.onward === undefined;
	}

	/** It came from there. */
	follow(before: OpenHop, step: Step): void {
		this.before = before;
		this.step = step;
		before.branches++;
		if (before.onward === undefined) {
			before.onward = this;
			return;
		}

		let last = before.onward;
		while (last.beside !== undefined) {
			last = last.beside;
		}

		last.beside = this;
	}
}

export class OpenJourney implements Journey {
	readonly number: number;
	hops: OpenHop[] = noHops.slice();
	proxied: Proxied | undefined = undefined;
	/** Whether it is a proxied datagram is not known yet. */
	awaitsRecord = false;
	/** It came where it was going, and asks for an answer that has not been seen. */
	awaitsAnswer = false;
	/** When it was last seen. */
	lastAt: number;
	/** When it is over, if it is not seen again, and of how many sightings that was said; -1: it is to be looked for. */
	dueAt = 0;
	#lookedAt = -1;
	/** With how many sightings it had come where it was going, and with how many it was known that there are no more. */
	#arrivedAt = -1;
	#vanishedAt = -1;
	#links: Link[] | undefined = undefined;
	#linked: Link[] | undefined = undefined;
	#keys: string[] | undefined = undefined;
	/** What it says is read when somebody asks. */
	#about: Summary | undefined = undefined;
	readonly #summaryOf: (sighting: number) => Summary;
	readonly #sighting: number;

	/** `summaryOf` says what the sighting with this number was. */
	constructor(number: number, at: number, summaryOf: (sighting: number) => Summary, sighting: number) {
		this.number = number;
		this.lastAt = at;
		this.#summaryOf = summaryOf;
		this.#sighting = sighting;
	}

	get about(): Summary {
		const summaryOf = this.#summaryOf;
		this.#about ??= summaryOf(this.#sighting);
		return this.#about;
	}

	get links(): readonly Link[] {
		return this.#links ?? none;
	}

	get linked(): readonly Link[] {
		return this.#linked ?? none;
	}

	/** Under which others may ask for it: what has to be forgotten with it. */
	get keys(): readonly string[] {
		return this.#keys ?? none;
	}

	link(is: Relation, to: OpenJourney): void {
		const link = new Link(is, this, to);
		this.#links ??= noLinks.slice();
		this.#links.push(link);
		to.#linked ??= noLinks.slice();
		to.#linked.push(link);
		// an answer may show that it has come where it was going
		to.#lookedAt = -1;
	}

	addKeys(...keys: readonly string[]): void {
		this.#keys ??= [];
		this.#keys.push(...keys);
	}

	/** It was looked for: whether it has come where it was going, and when it is over. */
	look(hasArrived: boolean, dueAt: number): void {
		this.#lookedAt = this.hops.length;
		this.#arrivedAt = hasArrived ? this.hops.length : -1;
		this.dueAt = dueAt;
	}

	/** `dueAt` and `hasArrived` are of all its sightings. */
	get isLookedAt(): boolean {
		return this.#lookedAt === this.hops.length;
	}

	get hasArrived(): boolean {
		return this.#arrivedAt === this.hops.length;
	}

	/** It is known that it will not be seen again. */
	vanish(): void {
		this.#vanishedAt = this.hops.length;
		this.#lookedAt = -1;
	}

	get hasVanished(): boolean {
		return this.#vanishedAt === this.hops.length;
	}

	/** The record of a proxy tells of it. */
	joinProxied(proxied: Proxied | undefined): void {
		this.proxied ??= proxied;
		this.awaitsRecord = false;
		this.#lookedAt = -1;
	}
}
