// What is heard of a small lab, put together packet by packet: sightings in the order of time, ten thousand a second. Pure.
import type {Buffer} from 'node:buffer';
import type {FlowNews} from '../../model/connections/news.ts';
import type {Packet, Point} from '../../watch/files/index.ts';

/** What comes of a capture: a packet, or what a host's table of connections tells. */
export type Heard = {readonly is: 'packet'; readonly packet: Packet} | {readonly is: 'flows'; readonly news: FlowNews};

/** Places, "h1/eth0 in", and the frame that is seen there. */
type Leg = readonly [places: readonly string[], frame: Buffer];

const firstSecond = 1_700_000_000;
/** Between two sightings of a packet, and between two sightings at all when there are ten thousand a second; in nanoseconds. */
const hopNs = 7000;
const meanNs = 100_000;

/** Builds a capture packet by packet. */
export class JourneyCapture {
	readonly #points = new Map<string, Point>();
	readonly #heard: {readonly at: number; readonly what: Heard}[] = [];
	#sightings = 0;
	#id = 0;

	get sightings(): number {
		return this.#sightings;
	}

	/** A packet on its way, which begins when its turn is; all that it carries is the same on each leg. */
	pass(...legs: readonly Leg[]): void {
		const began = this.#sightings * meanNs;
		let count = 0;
		for (const [places, bytes] of legs) {
			for (const place of places) {
				this.#see(place, bytes, began + count * hopNs);
				count++;
			}
		}
	}

	/** Frames of one packet have the same identification. */
	nextId(): number {
		this.#id = (this.#id + 1) & 0xff_ff;
		return this.#id;
	}

	learn(news: FlowNews): void {
		this.#heard.push({at: this.#sightings * meanNs, what: {is: 'flows', news}});
	}

	/** In the order of time. */
	all(): readonly Heard[] {
		return this.#heard.toSorted((a, b) => a.at - b.at).map(({what}) => what);
	}

	#see(place: string, bytes: Buffer, at: number): void {
		const [name = '', direction] = place.split(' ');
		const point = this.#points.get(name) ?? {name, description: '', linkType: 1};
		this.#points.set(name, point);
		this.#sightings++;
		const packet: Packet = {
			point,
			seconds: firstSecond + Math.floor(at / 1e9),
			nanoseconds: at % 1e9,
			bytes,
			wireBytes: bytes.length,
			direction: direction === 'out' ? 'out' : 'in',
			comment: undefined,
		};
		this.#heard.push({at, what: {is: 'packet', packet}});
	}
}
