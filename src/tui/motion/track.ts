// One packet on its way over the map: where it was seen, and when it is there in the slow motion that people see.
import type {Scene, Point, Cable, CableEnd} from '../layout/scene.ts';
import {along} from '../layout/scene.ts';
import type {Glance, Kind} from './glance.ts';

/** Where a packet is, once it has come there. */
interface Stay {
	readonly at: Point;
	/** Cells from `at` that it has yet to pass before anything else: from an interface of a host down to the segment behind it. */
	readonly ahead: readonly Point[];
	/** When the dot is there, in milliseconds of the screen's clock. */
	readonly fromMs: number;
}

/** A way of a dot along a cable. */
export interface Leg {
	readonly cells: readonly Point[];
	/** When it can begin; undefined: where it begins the packet was not seen before. */
	readonly fromMs: number | undefined;
	/** Where it comes from, and which places it leads to. */
	readonly origin: string;
	readonly to: readonly {readonly place: string; readonly at: Point; readonly ahead: readonly Point[]}[];
}

export type Direction = 'in' | 'out';

/** Where a packet is seen. */
export interface Sighting {
	readonly cable: Cable;
	readonly direction: Direction;
	/** Of the addresses and ports that it has there. */
	readonly ends: number;
}

export class Track {
	readonly key: number;
	readonly kind: Kind;
	/** When it was last seen, in milliseconds of the screen's clock. */
	seenMs = 0;
	readonly #firstEnds: number;
	#ends: number;
	readonly #stays = new Map<string, Stay>();
	readonly #passed = new Set<string>();

	constructor({key, kind, ends}: Glance) {
		this.key = key;
		this.kind = kind;
		this.#firstEnds = ends;
		this.#ends = ends;
	}

	/** Its addresses or ports are not those with which it was first seen. */
	get isRewritten(): boolean {
		return this.#ends !== this.#firstEnds;
	}

	/** The way that it goes when it is seen there; undefined: it cannot be this packet, for it was not where the way begins. */
	leg(scene: Scene, {cable, direction, ends}: Sighting): Leg | undefined {
		if (this.#passed.has(`${cable.seenAt} ${direction}`)) {
			return undefined;
		}

		const origin = direction === 'out' ? this.#origin(cable.ends) : cable.trunk;
		const stay = origin === undefined ? undefined : this.#stays.get(origin);
		// on a segment addresses stay as they are
		const isOther = origin === undefined || (ends !== this.#ends && scene.trunks.has(origin));
		return stay === undefined || isOther ? undefined : legFrom(scene, {cable, direction}, {origin, stay});
	}

	/** It has gone that way, and is at its end from then on. */
	pass({cable, direction, ends}: Sighting, leg: Leg, untilMs: number): void {
		this.#passed.add(`${cable.seenAt} ${direction}`);
		this.#ends = ends;
		for (const {place, at, ahead} of leg.to) {
			this.#stays.delete(place);
			this.#stays.set(place, {at, ahead, fromMs: untilMs});
		}
	}

	/** The place where it came last. */
	#origin(ends: readonly CableEnd[]): string | undefined {
		return [...this.#stays.keys()].findLast((place) => ends.some((end) => end.place === place));
	}
}

/** The way of a packet over a cable; without a stay it begins at the cable. */
export function legFrom(scene: Scene, {cable, direction}: Omit<Sighting, 'ends'>, from?: {readonly origin: string; readonly stay: Stay}): Leg {
	const [first] = cable.ends;
	if (direction === 'in') {
		const back = [...(first?.cells ?? [])].toReversed();
		const to = cable.ends.map((end, index) => ({
			place: end.place,
			at: end.from,
			ahead: index === 0 ? [] : [...end.cells.slice(0, end.cells.length - (first?.cells.length ?? 0) + 1).toReversed(), end.from],
		}));
		const cells = from === undefined ? back : [...from.stay.ahead, ...alongTrunk(scene, cable.trunk, from.stay.at, cable.at), ...back];
		return {cells, fromMs: from?.stay.fromMs, origin: cable.trunk, to};
	}

	const end = cable.ends.find(({place}) => place === from?.origin) ?? first;
	const to = [{place: cable.trunk, at: cable.at, ahead: []}];
	const start = end === undefined ? [] : end.cells;
	const before =
		from === undefined || end === undefined || !scene.trunks.has(end.place)
			? []
			: [...from.stay.ahead, ...alongTrunk(scene, end.place, from.stay.at, end.from)];
	return {cells: [...before, ...start], fromMs: from?.stay.fromMs, origin: end?.place ?? cable.trunk, to};
}

function alongTrunk({trunks}: Scene, id: string, from: Point, to: Point): Point[] {
	return along(trunks.get(id) ?? {id, spineX: from.x}, from, to);
}
