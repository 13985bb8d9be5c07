// Journeys and hops while they grow.
import type {Summary} from '../decode/index.ts';
import type {Hop, Journey, Proxied, Relation, Rewrite} from './journey.ts';
import type {Place, Step} from './places.ts';
import type {Print} from './print.ts';

export class OpenHop implements Hop {
	journey: OpenJourney;
	readonly place: Place;
	readonly at: number;
	readonly print: Print;
	readonly number: number;
	from: {readonly hop: OpenHop; readonly step: Step} | undefined = undefined;
	readonly next: OpenHop[] = [];
	rewrite: Rewrite | undefined = undefined;
	became: OpenHop | undefined = undefined;

	constructor(journey: OpenJourney, {place, at, print, number}: Pick<Hop, 'place' | 'at' | 'print' | 'number'>) {
		this.journey = journey;
		this.place = place;
		this.at = at;
		this.print = print;
		this.number = number;
	}
}

export class OpenJourney implements Journey {
	readonly number: number;
	readonly about: Summary;
	hops: OpenHop[] = [];
	readonly links: {is: Relation; to: OpenJourney}[] = [];
	readonly linked: {is: Relation; by: OpenJourney}[] = [];
	proxied: Proxied | undefined = undefined;
	/** Whether it is a proxied datagram is not known yet. */
	awaitsRecord = false;
	/** When it was last seen. */
	lastAt: number;
	isOpen = true;
	/** When it is over, if it is not seen again, and at which sighting that was looked for. */
	dueAt = 0;
	lookedAt = -1;
	/** At which sighting it was known that there are no more. */
	#vanishedAt = -1;
	/** Under which others may ask for it: what has to be forgotten with it. */
	readonly keys: string[] = [];

	constructor(number: number, at: number, about: Summary) {
		this.number = number;
		this.lastAt = at;
		this.about = about;
	}

	link(is: Relation, to: OpenJourney): void {
		this.links.push({is, to});
		to.linked.push({is, by: this});
		// an answer may show that it has come where it was going
		to.lookedAt = -1;
	}

	/** It is known that it will not be seen again. */
	vanish(): void {
		this.#vanishedAt = this.lastAt;
		this.lookedAt = -1;
	}

	get hasVanished(): boolean {
		return this.#vanishedAt === this.lastAt;
	}

	/** The record of a proxy tells of it. */
	joinProxied(proxied: Proxied | undefined): void {
		this.proxied ??= proxied;
		this.awaitsRecord = false;
		this.lookedAt = -1;
	}
}
