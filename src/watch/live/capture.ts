// A capture under way: takes what the rings of several namespaces have, puts it in the order of time, and writes it as pcapng. It holds little, and does
// not read while its client does not: then the kernel's rings fill up, and the kernel drops and counts.
import type {Native, NativeRing, RingMark} from '../../../native/index.ts';
import type {CaptureTotals} from '../../model/capture.ts';
import {Marks} from './marks.ts';
import {PcapngStream, type PieceOutput} from './pcapng-stream.ts';
import {type Site, Tap, untilOf} from './tap.ts';

/** How soon it is looked again whether there is more, or what waits may be written; and how soon while many packets come, in rings with much room for them. */
const againMs = 10;
const againManyMs = 40;
/** So many in one round are many. */
const manyPackets = 1000;
/** While packets come, the kernel is asked so often what it dropped. */
const countMs = 1000;
const notWanted = -1;

export interface CaptureParts extends PieceOutput {
	readonly native: Pick<Native, 'writeFrames'>;
	/** Called once, after the last piece. */
	readonly ended: (totals: CaptureTotals) => void;
	/** Called when more was dropped. */
	readonly dropped: (totals: CaptureTotals) => void;
	/** Only interfaces of these names, "eth0" or "web/eth0"; undefined: all. */
	readonly interfaces: readonly string[] | undefined;
	/** Ends after so many packets. */
	readonly most: number | undefined;
}

/** An interface in the file. */
interface Written {
	readonly tap: Tap;
	readonly ifindex: number;
}

export class Capture {
	/** Markers that go through captured interfaces: when one has come, everything older has been handed out. */
	readonly marks = new Marks(() => {
		this.#pump();
	});
	readonly #parts: CaptureParts;
	readonly #stream: PcapngStream;
	readonly #taps = new Set<Tap>();
	readonly #written: Written[] = [];
	#packets = 0;
	/** In namespaces that have left. */
	#drops = 0;
	/** The client does not read, or not all rings are there that are to be there from the beginning. */
	#isPaused = true;
	#isPumping = false;
	#isStopped = false;
	#isEnded = false;
	#again = againMs;
	#timer: NodeJS.Timeout | undefined;
	#counting: NodeJS.Timeout | undefined;
	/** Of the drops, those that have been told. */
	#told = 0;

	constructor(parts: CaptureParts) {
		this.#parts = parts;
		this.#stream = new PcapngStream(parts.native, parts);
		this.#stream.flush();
	}

	/** Takes the ring over. Returns the function with which it leaves: what it has is taken at once; resolves when the kernel has let go of it. */
	add(site: Site, ring: NativeRing): () => Promise<void> {
		const tap = new Tap(site, ring, () => {
			if (this.#timer === undefined) {
				this.#pump();
			}
		});
		this.#taps.add(tap);
		if (this.#isStopped) {
			void this.#leave(tap);
		}

		return async () => this.#leave(tap);
	}

	/**
	 * All rings are there that are to be there from the beginning: what was stamped before is left out. Else of packets that were on their way while one ring
	 * was opened after the other only the second half of it would be seen. Nothing is written before.
	 */
	begin(fromMs = Date.now()): void {
		for (const tap of this.#taps) {
			tap.begin(fromMs);
		}

		this.resume();
	}

	/** The client does not read. */
	pause(): void {
		this.#isPaused = true;
	}

	resume(): void {
		if (this.#isPaused) {
			this.#isPaused = false;
			this.#pump();
		}
	}

	/** Writes what was captured until now, and ends. */
	stop(): void {
		if (!this.#isStopped) {
			this.#isStopped = true;
			this.#leaveAll();
			this.#pump();
		}
	}

	/** Ends without another word: nobody listens. */
	abandon(): void {
		this.#isStopped = true;
		this.#isEnded = true;
		this.#sleep();
		clearTimeout(this.#counting);
		this.marks.end();
		this.#dropAll();
	}

	#leaveAll(): void {
		for (const tap of this.#taps) {
			void this.#leave(tap);
		}
	}

	#dropAll(): void {
		for (const tap of this.#taps) {
			void tap.drop();
		}
	}

	async #leave(tap: Tap): Promise<void> {
		const left = tap.leave();
		this.#pump();
		await left;
	}

	#pump(): void {
		if (this.#isPumping || this.#isPaused || this.#isEnded) {
			return;
		}

		this.#isPumping = true;
		this.#sleep();
		void this.#write().then(() => {
			this.#isPumping = false;
			this.#goOn();
		});
	}

	/** What comes after a round. */
	#goOn(): void {
		for (const tap of this.#taps) {
			if (tap.isDone) {
				this.#taps.delete(tap);
				this.#drops += tap.drops;
			}
		}

		if (this.#isPaused || this.#isEnded) {
			return;
		}

		this.#counting ??= setTimeout(() => {
			this.#countDrops();
		}, countMs);
		if (this.#isStopped && this.#taps.size === 0) {
			this.#end();
		} else if (this.#listenAgain() || this.marks.isWaiting) {
			this.#sleep(
				setTimeout(() => {
					this.#pump();
				}, this.#again),
			);
		}
	}

	/** Has those tell that have nothing now. Whether others have. */
	#listenAgain(): boolean {
		let isBusy = false;
		for (const tap of this.#taps) {
			if (tap.isBusy) {
				isBusy = true;
			} else {
				tap.listenAgain();
			}
		}

		return isBusy;
	}

	/** Until this timer ends; without one: not any more. */
	#sleep(timer?: NodeJS.Timeout): void {
		clearTimeout(this.#timer);
		this.#timer = timer;
	}

	async #write(): Promise<void> {
		const taps = [...this.#taps];
		const rings = taps.map(({ring}) => ring.number);
		const until = untilOf(taps);
		const hasRoom = taps.every((tap) => tap.hasRoom);
		const before = this.#packets;
		while (!this.#isPaused && !this.#isEnded) {
			const written = this.#stream.frames(rings, until, (this.#parts.most ?? Number.POSITIVE_INFINITY) - this.#packets);
			this.#packets += written.packets;
			this.#marked(taps, written.marks);
			if (this.#packets === this.#parts.most) {
				this.#isStopped = true;
				this.#dropAll();
				break;
			}

			const tap = written.why === 'interface' ? taps[written.ring] : undefined;
			if (written.why === 'interface' && tap !== undefined) {
				// oxlint-disable-next-line no-await-in-loop -- no frame comes before the block of its interface
				await this.#number(tap, written.ifindex);
			} else if (written.why === 'full') {
				this.#stream.flush();
			} else {
				break;
			}
		}

		this.#again = hasRoom && this.#packets - before >= manyPackets && !this.marks.isWaiting ? againManyMs : againMs;
		if (!this.#isPaused && !this.#isEnded) {
			this.#stream.flush();
			this.marks.written(until);
			taps.forEach((tap) => {
				tap.relieve();
			});
		}
	}

	#marked(taps: readonly Tap[], marks: readonly RingMark[]): void {
		for (const {ring, id, ifindex, atMs} of marks) {
			const site = taps[ring]?.site.name;
			if (site !== undefined) {
				this.marks.passed(id, {site, ifindex}, atMs);
			}
		}
	}

	/** Gives an interface that has not been seen before its number in the file. */
	async #number(tap: Tap, ifindex: number): Promise<void> {
		const {site, ring} = tap;
		// one that is gone already, and its name with it, has a number still
		const names: ReadonlyMap<number, string> = await site.interfaces().catch(() => new Map());
		const name = names.get(ifindex) ?? `if${ifindex}`;
		const full = `${site.name}/${name}`;
		const isWanted = this.#parts.interfaces?.some((wanted) => wanted === name || wanted === full) ?? true;
		ring.know(ifindex, isWanted ? this.#written.length : notWanted);
		if (isWanted) {
			this.#stream.interface(full, site.description);
			this.#written.push({tap, ifindex});
		}
	}

	#countDrops(): void {
		this.#counting = undefined;
		let drops = this.#drops;
		for (const tap of this.#taps) {
			tap.countDrops();
			drops += tap.drops;
		}

		if (drops > this.#told) {
			this.#told = drops;
			this.#parts.dropped({packets: this.#packets, drops});
		}
	}

	#end(): void {
		this.#isEnded = true;
		clearTimeout(this.#counting);
		this.marks.end();
		const told = new Set<Tap>();
		for (const [index, {tap, ifindex}] of this.#written.entries()) {
			// a ring has all interfaces of its namespace, so what it lost is told once
			const drops = told.has(tap) ? 0 : tap.drops;
			told.add(tap);
			const comment = drops === 0 ? '' : `dropped on all interfaces of ${tap.site.name} together`;
			this.#stream.statistics(index, tap.ring.packets(ifindex), {drops, comment});
		}

		this.#stream.flush();
		this.#parts.ended({packets: this.#packets, drops: this.#drops});
	}
}
