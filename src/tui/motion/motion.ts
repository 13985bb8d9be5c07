// Captured packets as dots on the map, in slow motion: microseconds become parts of a second, so that eyes can follow a packet from cable to cable.
// What is seen at an interface moves a dot along its cable. Times are stretched, order is kept: a packet goes on from where it came to, when it has come
// there, and nothing leaves a place before what had come there first. A map full of dots tells nothing, so of many packets some are shown, each on its
// whole way.
import type {Arrival} from '../../watch/files/packet.ts';
import type {Cable, Point, Scene} from '../layout/scene.ts';
import {tunnelName} from '../layout/scene.ts';
import {Glance, type Kind} from './glance.ts';
import type {Loss} from './losses.ts';
import {legFrom, Track, type Direction, type Leg, type Sighting} from './track.ts';

/** `lost`: it was seen there last. */
export type Look = Kind | 'rewritten' | 'lost';

export interface Dot extends Point {
	readonly look: Look;
}

/** A packet that was lost, where it was seen last, for a moment. */
interface Mark {
	readonly at: Point;
	readonly words: string;
	readonly fromMs: number;
	readonly untilMs: number;
}

interface Move {
	readonly cells: readonly Point[];
	readonly look: Look;
	readonly fromMs: number;
	readonly untilMs: number;
}

/** Dots on the map at a time. */
export const mostDots = 60;
/** Ways that are still to be gone, when no packet begins any more; those that are on their way go on. */
const mostMoves = 4 * mostDots;
const msPerCell = 28;
const leastMs = 220;
const longestMs = 500;
/** Between two dots on the same cable. */
const betweenMs = 140;
/** Nothing begins that would be shown so much later than it was seen: a page that is asked for fits in. */
const mostLagMs = 10_000;
/** How much less time a way takes, as a share, when the slow motion is that far behind. */
const hurry = 0.6;
/** What passes a host waits there so long at most for what had come there before, such as the answer to who has an address. */
const patienceMs = 2000;
/** A packet that was not seen for so long is not waited for; a capture hands over what it has several times a second. */
const forgetMs = 1500;
/** How long a lost packet is marked. */
const markMs = 4000;
/** Lost packets that are marked at a time; more are told of no more. */
const mostMarks = 8;
/** How often it is counted how many are shown. */
const countMs = 1000;

export class Motion {
	readonly #glance = new Glance();
	#scene: Scene | undefined;
	#moves: Move[] = [];
	#marks: Mark[] = [];
	readonly #tracks = new Map<number, Track[]>();
	/** When all that came to a place has come there on the screen. */
	readonly #settledMs = new Map<string, number>();
	/** When the next dot may begin on a cable, by direction. */
	readonly #freeMs = new Map<string, number>();
	#seen = 0;
	#shown = 0;
	#countedMs = 0;
	#oneIn = 1;
	/** Dots of the last moment that was asked for. */
	#visible = 0;

	/** Takes a packet that was seen now. Nothing is kept of it. */
	see(scene: Scene, {source, start, length, point, direction}: Arrival, nowMs: number): void {
		this.#on(scene);
		const cable = scene.cables.get(point.name);
		if (cable === undefined || direction === undefined || point.linkType !== 1) {
			return;
		}

		const glance = this.#glance;
		glance.read(source, start, length);
		this.#move(cable, direction, glance, nowMs);
		if (glance.vni !== undefined) {
			const tunnel = scene.cables.get(tunnelName(point.name.slice(0, point.name.indexOf('/')), glance.vni));
			if (tunnel !== undefined) {
				this.#move(tunnel, direction, glance.inner, nowMs);
			}
		}
	}

	/** The dots of this moment. What has arrived is forgotten. */
	at(nowMs: number): readonly Dot[] {
		this.#forget(nowMs);
		const dots: Dot[] = [];
		for (const {cells, look, fromMs, untilMs} of this.#moves) {
			const cell = nowMs < fromMs ? undefined : cells[Math.floor(((nowMs - fromMs) / (untilMs - fromMs)) * cells.length)];
			if (cell !== undefined && dots.length < mostDots) {
				dots.push({...cell, look});
			}
		}

		this.#visible = dots.length;
		return [...dots, ...this.#marks.filter(({fromMs}) => nowMs >= fromMs).map(({at}): Dot => ({...at, look: 'lost'}))];
	}

	/** Whether the next moment may look different. */
	get isMoving(): boolean {
		return this.#moves.length > 0 || this.#marks.length > 0 || this.#oneIn > 1;
	}

	/** Marks a lost packet where it was seen last on the map, when its dot has come there. */
	lose(scene: Scene, {at: way, words}: Loss, nowMs: number): void {
		this.#on(scene);
		const seen = way.find(({at}) => scene.cables.has(at));
		const cable = seen === undefined ? undefined : scene.cables.get(seen.at);
		const [end] = cable?.ends ?? [];
		if (seen === undefined || cable === undefined || end === undefined || this.#marks.length >= mostMarks) {
			return;
		}

		const isIn = seen.direction === 'in';
		const cells = isIn ? end.cells : [cable.at];
		const at = cells.find(({x, y}) => scene.canvas.isLine(x, y)) ?? cable.at;
		const fromMs = Math.max(nowMs, this.#settledMs.get(isIn ? end.place : cable.trunk) ?? 0, (this.#marks.at(-1)?.fromMs ?? -markMs) + markMs / 2);
		this.#marks.push({at, words, fromMs, untilMs: fromMs + markMs});
	}

	/** What is known of the packet that was marked last; '': none is marked. */
	lossAt(nowMs: number): string {
		return this.#marks.findLast(({fromMs, untilMs}) => nowMs >= fromMs && nowMs < untilMs)?.words ?? '';
	}

	/** Of so many sightings one is shown, about: 1, 2, 5, 10, 20, … */
	get oneIn(): number {
		return this.#oneIn;
	}

	clear(): void {
		this.#moves = [];
		this.#marks = [];
		this.#tracks.clear();
		this.#settledMs.clear();
		this.#freeMs.clear();
		this.#seen = 0;
		this.#shown = 0;
		this.#oneIn = 1;
		this.#visible = 0;
	}

	/** Another map has other ways. */
	#on(scene: Scene): void {
		if (this.#scene !== scene) {
			this.clear();
			this.#scene = scene;
		}
	}

	#move(cable: Cable, direction: Direction, glance: Glance, nowMs: number): void {
		const scene = this.#scene;
		if (scene === undefined || glance.isHousekeeping) {
			return;
		}

		this.#seen++;
		const sighting = {cable, direction, ends: glance.ends};
		const alike = this.#tracks.get(glance.key) ?? [];
		for (const track of alike) {
			const leg = track.leg(scene, sighting);
			if (leg !== undefined) {
				const cameMs = leg.fromMs ?? nowMs;
				const settledMs = scene.trunks.has(leg.origin) ? 0 : (this.#settledMs.get(leg.origin) ?? 0);
				this.#go(track, sighting, {leg, readyMs: Math.max(cameMs, Math.min(settledMs, cameMs + patienceMs)), nowMs});
				return;
			}
		}

		const leg = legFrom(scene, sighting);
		const readyMs = Math.max(nowMs, this.#settledMs.get(leg.origin) ?? 0);
		const isFull = this.#visible >= mostDots || this.#moves.length >= mostMoves;
		if (!isFull && Math.max(readyMs, this.#freeMs.get(laneOf(sighting)) ?? 0) <= nowMs + mostLagMs) {
			const track = new Track(glance);
			this.#tracks.set(glance.key, [...alike, track]);
			this.#go(track, sighting, {leg, readyMs, nowMs});
		}
	}

	#go(track: Track, sighting: Sighting, {leg, readyMs, nowMs}: {readonly leg: Leg; readonly readyMs: number; readonly nowMs: number}): void {
		const lane = laneOf(sighting);
		const fromMs = Math.max(nowMs, readyMs, this.#freeMs.get(lane) ?? 0);
		const pace = 1 - hurry * Math.min(1, (fromMs - nowMs) / mostLagMs);
		const untilMs = fromMs + pace * Math.min(longestMs, Math.max(leastMs, leg.cells.length * msPerCell));
		this.#freeMs.set(lane, fromMs + betweenMs);
		this.#shown++;
		track.seenMs = nowMs;
		track.pass(sighting, leg, untilMs);
		for (const {place} of leg.to) {
			this.#settledMs.set(place, Math.max(untilMs, this.#settledMs.get(place) ?? 0));
		}

		if (this.#moves.length < 2 * mostMoves) {
			this.#moves.push({cells: leg.cells, look: track.isRewritten ? 'rewritten' : track.kind, fromMs, untilMs});
		}
	}

	#forget(nowMs: number): void {
		this.#moves = this.#moves.filter(({untilMs}) => nowMs < untilMs);
		this.#marks = this.#marks.filter(({untilMs}) => nowMs < untilMs);
		for (const [key, tracks] of this.#tracks) {
			const kept = tracks.filter(({seenMs}) => nowMs < seenMs + forgetMs);
			if (kept.length === 0) {
				this.#tracks.delete(key);
			} else if (kept.length < tracks.length) {
				this.#tracks.set(key, kept);
			}
		}

		if (nowMs >= this.#countedMs + countMs) {
			this.#oneIn = rounded(this.#seen / Math.max(1, this.#shown));
			this.#seen = 0;
			this.#shown = 0;
			this.#countedMs = nowMs;
		}
	}
}

/** The number of the row 1, 2, 5, 10, 20, … that is not above. */
function rounded(ratio: number): number {
	const power = 10 ** Math.floor(Math.log10(Math.max(1, ratio)));
	return power * (ratio >= 5 * power ? 5 : ratio >= 2 * power ? 2 : 1);
}

/** The cable and the way along it. */
function laneOf({cable, direction}: Sighting): string {
	return `${cable.seenAt} ${direction}`;
}
