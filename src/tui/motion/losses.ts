// Packets that did not come where they were going, as marks on the map: only those of which something is known, such as a rule that counted them, an error
// that came back, a question without an answer. Each packet is followed in full for that (watch/journey), which takes its time: while there are very many
// nothing is marked.
import type {ObservedRules} from '../../model/observed.ts';
import type {NodeWiring} from '../../model/wiring.ts';
import {endpoint} from '../../watch/decode/walk.ts';
import type {Arrival} from '../../watch/files/packet.ts';
import {endOf, reasonsOf} from '../../watch/journey/ends.ts';
import type {Hop, Journey} from '../../watch/journey/journey.ts';
import {Journeys} from '../../watch/journey/journeys.ts';

/** A packet that was lost. */
export interface Loss {
	/** Where it was seen, the last place first: "h1/eth0", and which way it went there. */
	readonly at: readonly {readonly at: string; readonly direction: 'in' | 'out'}[];
	/** What is known of it, and which it was: "h1 refuses it (RST) · TCP 192.168.50.12:42978 → 192.168.50.10:8081" */
	readonly words: string;
}

/** The lab, which is asked. */
export interface Known {
	wiring(): Promise<readonly NodeWiring[]>;
	hosts(): readonly string[];
	rules(host: string): Promise<ObservedRules>;
}

/** How often the rules' counters are read while there are packets, and how often it is looked which packets are lost; in milliseconds. */
const every = {lookMs: 1000, takeMs: 250} as const;
/** What was captured has come here after so long, in milliseconds. */
const lateMs = 500;
/** Sightings in a second, from which on they are too many to be followed. */
const mostASecond = 6000;
/** A packet is waited for so long (watch/journey), and its rules are read once more after it; in milliseconds. */
const waitMs = 6000;

export class Losses {
	readonly #known: Known;
	readonly #lost: (loss: Loss) => void;
	#journeys = new Journeys();
	#wiring: readonly NodeWiring[] | undefined;
	#isWatched = false;
	/** They run only while there are packets. */
	#timers: readonly NodeJS.Timeout[] = [];
	#isLooking = false;
	#seenMs = Number.NEGATIVE_INFINITY;
	/** How many packets had been captured when this frame began, and when the rules were read last. */
	#captured = 0;
	#capturedThen: number | undefined;
	#inSecond = 0;
	#isTooMuch = false;

	/** `lost` is called when a packet is known to be lost. */
	constructor(known: Known, lost: (loss: Loss) => void) {
		this.#known = known;
		this.#lost = lost;
	}

	/** Whether somebody looks, as often as one likes to say it; `captured`: how many packets have been captured until now, at all. */
	watch(isWatched: boolean, captured: number): void {
		this.#captured = captured;
		const hasWatched = this.#isWatched;
		this.#isWatched = isWatched;
		if (hasWatched && !isWatched) {
			this.#rest();
			this.#journeys.take(Number.POSITIVE_INFINITY);
		} else if (!hasWatched && isWatched && captured !== this.#capturedThen) {
			// counters are as they were if no packet has come
			this.#look(true);
		}
	}

	/** Takes a packet that was captured. What is between two looks is not followed when it is too much. */
	see(arrival: Arrival, nowMs: number): void {
		const {point, direction} = arrival;
		this.#seenMs = nowMs;
		this.#inSecond++;
		if (this.#isWatched && this.#timers.length === 0) {
			this.#timers = [setInterval(() => this.#look(), every.lookMs), setInterval(() => this.#take(), every.takeMs)];
		}

		if (this.#isTooMuch || this.#wiring === undefined || direction === undefined || point.linkType !== 1) {
			return;
		}

		if (this.#inSecond > mostASecond) {
			this.#isTooMuch = true;
			this.#begin();
			return;
		}

		this.#journeys.see(arrival, this.#journeys.places.at(point.name, direction));
	}

	/** Nothing is known of packets from before. */
	#begin(): void {
		this.#journeys = new Journeys();
		if (this.#wiring !== undefined) {
			this.#journeys.learn(this.#wiring, () => true);
		}
	}

	/** Nanoseconds since the second from which the journeys count. */
	#now(agoMs: number): number {
		return this.#journeys.epoch === 0 ? 0 : (Date.now() - agoMs - this.#journeys.epoch * 1000) * 1e6;
	}

	/** No packet is waited for. */
	#rest(): void {
		this.#timers.forEach((timer) => {
			clearInterval(timer);
		});
		this.#timers = [];
	}

	/** Once a second while there are packets. */
	#look(isFirst = false): void {
		this.#isTooMuch = this.#inSecond > mostASecond;
		this.#inSecond = 0;
		const isOver = performance.now() >= this.#seenMs + waitMs;
		if (isOver) {
			this.#rest();
		}

		if (!this.#isLooking && (isFirst || !(isOver || this.#isTooMuch))) {
			this.#isLooking = true;
			this.#learn(isFirst)
				.catch(() => {
					// the engine is gone, which the capture says
				})
				.finally(() => {
					this.#isLooking = false;
				});
		}
	}

	/** `isFirst`: who comes back to the map finds the lab as it was, until packets come. */
	async #learn(isFirst: boolean): Promise<void> {
		const journeys = this.#journeys;
		const captured = this.#captured;
		if (!isFirst || this.#wiring === undefined) {
			const wiring = await this.#known.wiring();
			this.#wiring = wiring;
			journeys.learn(wiring, () => true);
		}

		await Promise.all(
			this.#known.hosts().map(async (name) => {
				journeys.learnRules(name, await this.#known.rules(name), this.#now(0));
			}),
		);
		this.#capturedThen = captured;
	}

	#take(): void {
		for (const journey of this.#journeys.take(this.#now(lateMs))) {
			const [reason] = reasonsOf(journey, this.#journeys);
			if (reason !== undefined) {
				this.#lost({at: wayBack(endOf(journey, this.#journeys).at[0]), words: `${reason} · ${wordsOf(journey)}`});
			}
		}
	}
}

function wordsOf({about: {protocol, source, destination, sourcePort, destinationPort, info}}: Journey): string {
	return protocol === 'ARP' ? `ARP ${info}` : `${protocol} ${endpoint(source, sourcePort)} → ${endpoint(destination, destinationPort)}`;
}

function wayBack(last: Hop | undefined): Loss['at'] {
	const way: {at: string; direction: 'in' | 'out'}[] = [];
	for (let hop = last; hop !== undefined; hop = hop.from?.hop) {
		way.push({at: hop.place.at, direction: hop.place.direction});
	}

	return way;
}
