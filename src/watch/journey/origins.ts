// Which packet a sighting is of: where it was seen before. How that is told is said in journeys.ts.
import {Fit, isFree, likeliest} from './fit.ts';
import type {Fragments} from './fragments.ts';
import type {Nat} from './nat.ts';
import type {OpenHop} from './open.ts';
import type {Place, Places, Step} from './places.ts';
import type {Print} from './print.ts';

/** Of equal packets the one that waits longest is next, if it has not waited so much longer than the one that waits least; the second in nanoseconds. */
const patience = {times: 16, extra: 1e6} as const;
/** A stamp may be so much older than that of the packet's last sighting, in nanoseconds. */
const disorder = 1e6;
/** In place of a doubt: it is another packet. */
const never = 1000;
/** Of most packets. */
const none: readonly OpenHop[] = [];

export class Origins {
	readonly #places: Places;
	readonly #nat: Nat;
	readonly #fragments: Fragments;
	readonly #fit: Fit;

	constructor(places: Places, nat: Nat, fragments: Fragments) {
		this.#places = places;
		this.#nat = nat;
		this.#fragments = fragments;
		this.#fit = new Fit(nat, fragments);
	}

	/** Where the packet was seen before; undefined: it is seen for the first time. `oldest`: of those that may be of the same packet. */
	of(oldest: OpenHop | undefined, place: Place, at: number, print: Print): OpenHop | undefined {
		return (oldest === undefined ? undefined : this.#amongAlike(oldest, place, at, print)) ?? this.#remade(place, at, print);
	}

	/** Fragments from where a step leads here: iptables sees whole packets, on a bridge, too. */
	parts(place: Place, print: Print): readonly OpenHop[] {
		const parts = (print.canBeCut || print.head !== 0) && place.direction === 'in' ? this.#fragments.partsOf(place.node, print) : none;
		return parts.every((part) => this.#places.step(part.place, place) !== undefined) ? parts : none;
	}

	/** The step to a hop of a journey that begins where none can, because what was before it, this hop, came later; undefined: it is no such journey. */
	stepToOrphan(hop: OpenHop, {place, print, before, journey, at}: OpenHop): Step | undefined {
		const isOrphan = before === undefined && at + disorder >= hop.at && journey !== hop.journey && isAlike(print, hop.print) && this.#cannotBegin(place);
		const step = isOrphan ? this.#places.step(hop.place, place) : undefined;
		return step !== undefined && isFree(hop, place, step) && this.#fit.doubt(hop, print, step, place) !== undefined ? step : undefined;
	}

	/** Which of the packets that look alike came here. */
	#amongAlike(oldest: OpenHop, place: Place, at: number, print: Print): OpenHop | undefined {
		let best: OpenHop | undefined;
		let least: number = never;
		let youngest = 0;
		for (let hop: OpenHop | undefined = oldest; hop !== undefined; hop = hop.newer) {
			const doubt = this.#doubt(hop, place, at, print);
			if (doubt < least) {
				best = hop;
				least = doubt;
				youngest = hop.at;
			} else if (doubt === least && hop.at > youngest) {
				youngest = hop.at;
			}
		}

		// the first of them that has not waited far too long; the youngest has not
		const patient = youngest - Math.max(0, at - youngest) * patience.times - patience.extra;
		while (best !== undefined && best.at < patient) {
			do {
				best = best.newer;
			} while (best !== undefined && this.#doubt(best, place, at, print) !== least);
		}

		return best;
	}

	/** How well what came here fits to what was seen there, or `never`. */
	#doubt(hop: OpenHop, place: Place, at: number, print: Print): number {
		const step = isAlike(hop.print, print) ? this.#places.step(hop.place, place) : undefined;
		return step === undefined || hop.at > at + disorder || !isFree(hop, place, step) ? never : (this.#fit.doubt(hop, print, step, place) ?? never);
	}

	/** The packet that a node has cut into this one, or put this one together of. */
	#remade(place: Place, at: number, print: Print): OpenHop | undefined {
		if (!print.isFragment) {
			return this.parts(place, print)[0];
		}

		const wholes = place.direction === 'out' ? this.#fragments.wholesOf(place.node, at, print) : none;
		return likeliest(wholes, print, place.node, this.#nat);
	}

	/** Only interfaces with addresses send packets of their own. */
	#cannotBegin(place: Place): boolean {
		return place.direction === 'in' ? place.dev !== 'lo' : this.#places.link(place)?.master !== undefined;
	}
}

/** All that no bridge, router, NAT or tunnel changes is the same. */
function isAlike(one: Print, other: Print): boolean {
	return one.check === other.check && one.mark === other.mark;
}
