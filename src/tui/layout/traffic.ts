// Packets on their way: samples from real counters, never more than sixty, drawn only where counters on the whole way grew.
// Which sender belongs to which receiver no counter tells; those whose packet counts are closest are joined.
import {read, type Rates} from '../rates.ts';
import {along, type Endpoint, type Point, type Scene, type Way} from './scene.ts';

interface Dot {
	readonly cells: readonly Point[];
	readonly bornMs: number;
	readonly lifeMs: number;
}

export const mostDots = 60;
const cellsPerSecond = 45;
/** Between two dots of the same pair. */
const betweenMs = 220;
/** How many senders are looked at in one reading; the next reading goes on where this one ended. */
const mostSenders = 40;
const mostReceivers = 100;

export class Traffic {
	#dots: Dot[] = [];
	#turn = 0;

	/** Starts the dots of a new reading. */
	add(scene: Scene, rates: Rates, nowMs: number): void {
		const senders = scene.endpoints.filter((endpoint) => own(rates, endpoint).sent > 0);
		const receivers = scene.endpoints.filter((endpoint) => own(rates, endpoint).received > 0);
		const count = Math.min(mostSenders, senders.length);
		for (let index = 0; index < count && this.#dots.length < mostDots; index++) {
			const sender = senders[(this.#turn + index) % senders.length];
			const cells = sender === undefined ? undefined : (wayToClosest(scene, rates, sender, receivers) ?? wayToHost(rates, sender));
			if (sender !== undefined && cells !== undefined) {
				this.#start(cells, own(rates, sender).sent, nowMs + (index % 4) * 60);
			}
		}

		this.#turn += count;
	}

	/** The dots' cells now; those that arrived are forgotten. */
	at(nowMs: number): Point[] {
		this.#dots = this.#dots.filter((dot) => nowMs < dot.bornMs + dot.lifeMs);
		return this.#dots
			.filter((dot) => nowMs >= dot.bornMs)
			.flatMap((dot) => dot.cells[Math.floor(((nowMs - dot.bornMs) / dot.lifeMs) * dot.cells.length)] ?? []);
	}

	get isMoving(): boolean {
		return this.#dots.length > 0;
	}

	clear(): void {
		this.#dots = [];
	}

	#start(cells: readonly Point[], packets: number, nowMs: number): void {
		const lifeMs = Math.min(1600, Math.max(350, (cells.length / cellsPerSecond) * 1000));
		const count = Math.min(1 + Math.floor(Math.log10(packets)), 3, mostDots - this.#dots.length);
		for (let index = 0; index < count; index++) {
			this.#dots.push({cells, bornMs: nowMs + index * betweenMs, lifeMs});
		}
	}
}

/** Packets that an endpoint sent and received itself: without those that only passed through it. */
function own(rates: Rates, {meter, passing}: Endpoint): {readonly sent: number; readonly received: number} {
	let {outPackets: sent, inPackets: received} = read(rates, meter);
	for (const through of passing) {
		const {outPackets, inPackets} = read(rates, through);
		sent -= outPackets;
		received -= inPackets;
	}

	return {sent, received};
}

function wayToClosest(scene: Scene, rates: Rates, sender: Endpoint, receivers: readonly Endpoint[]): Point[] | undefined {
	const {sent} = own(rates, sender);
	let best: Point[] | undefined;
	let least = Number.POSITIVE_INFINITY;
	for (const receiver of receivers.slice(0, mostReceivers)) {
		const difference = Math.abs(Math.log(sent / own(rates, receiver).received));
		const cells = receiver === sender || difference >= least ? undefined : wayBetween(scene, rates, sender, receiver);
		if (cells !== undefined) {
			best = cells;
			least = difference;
		}
	}

	return best;
}

function wayBetween(scene: Scene, rates: Rates, from: Endpoint, to: Endpoint): Point[] | undefined {
	for (const out of from.ways) {
		const back = to.ways.find((way) => way.trunk === out.trunk);
		if (back !== undefined) {
			const isActive = out.meters.every((meter) => read(rates, meter).outPackets > 0) && back.meters.every((meter) => read(rates, meter).inPackets > 0);
			const trunk = scene.trunks.get(out.trunk) ?? {id: out.trunk, spineX: out.at.x};
			return isActive ? [...out.cells, ...along(trunk, out.at, back.at), ...back.cells.toReversed()] : undefined;
		}
	}

	return undefined;
}

/** A container that talks to its own host: up the bridge and no farther. */
function wayToHost(rates: Rates, sender: Endpoint): readonly Point[] | undefined {
	const way: Way | undefined = sender.ways.find(({trunk}) => trunk.startsWith('host:'));
	return way?.meters.every((meter) => read(rates, meter).outPackets > 0) === true ? way.cells : undefined;
}
