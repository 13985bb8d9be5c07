// A capture under way: takes what the rings of several namespaces have, puts it in the order of time, and writes it as pcapng. It holds little, and does
// not read while its client does not: then the kernel's rings fill up, and the kernel drops and counts.
import type {NativeRing} from '../../../native/index.ts';
import type {CaptureTotals} from '../../model/capture.ts';
import {Marks} from './marks.ts';
import {PcapngStream} from './pcapng-stream.ts';
import type {RingBlock} from './ring-block.ts';
import {notWanted, Tap, type Site} from './tap.ts';

/** With more than this, frames are written in whatever order they came. */
const mostHeldBytes = 16 * 1024 * 1024;
/** Of one ring, before the others have their turn. */
const blocksAtOnce = 8;
/** A frame may have been stamped so long before it is in the ring; in milliseconds. */
const stampedBeforeMs = 5;
/** How soon it is looked again whether what waits may be written. */
const againMs = 10;
/** While packets come, the kernel is asked so often what it dropped. */
const countMs = 1000;

export interface CaptureParts {
	/** Gets pieces of the file, each of which holds until it returns. */
	readonly output: (piece: Uint8Array) => void;
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
	packets: number;
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
	#isPaused = false;
	#isPumping = false;
	#isStopped = false;
	#isEnded = false;
	#timer: NodeJS.Timeout | undefined;
	#counting: NodeJS.Timeout | undefined;
	/** Of the drops, those that have been told. */
	#told = 0;

	constructor(parts: CaptureParts) {
		this.#parts = parts;
		this.#stream = new PcapngStream(parts.output);
		this.#stream.flush();
	}

	/** Takes the ring over. Returns the function with which it leaves: what it has is taken at once; resolves when the kernel has let go of it. */
	add(site: Site, ring: NativeRing): () => Promise<void> {
		const tap = new Tap(site, ring, (marker, place, atMs) => {
			this.marks.passed(marker, place, atMs);
		});
		this.#taps.add(tap);
		if (this.#isStopped) {
			void this.#leave(tap);
		} else {
			ring.listen(() => {
				this.#pump();
			});
		}

		return async () => this.#leave(tap);
	}

	/** The client does not read. */
	pause(): void {
		this.#isPaused = true;
	}

	resume(): void {
		this.#isPaused = false;
		this.#pump();
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
		clearTimeout(this.#timer);
		clearTimeout(this.#counting);
		this.marks.end();
		this.#leaveAll();
	}

	#leaveAll(): void {
		for (const tap of this.#taps) {
			void this.#leave(tap);
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
		clearTimeout(this.#timer);
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
		} else if (this.marks.isWaiting || [...this.#taps].some(({isBusy}) => isBusy)) {
			this.#timer = setTimeout(() => {
				this.#pump();
			}, againMs);
		}
	}

	async #write(): Promise<void> {
		const now = Date.now() - stampedBeforeMs;
		for (const tap of this.#taps) {
			tap.read(blocksAtOnce);
		}

		const until = this.#until(now);
		for (let turn = this.#turn(until); turn !== undefined && !this.#isPaused; turn = this.#turn(until)) {
			const {tap, block} = turn;
			if (tap.numbers.has(block.ifindex)) {
				this.#writeWhile(turn);
			} else {
				// oxlint-disable-next-line no-await-in-loop -- no frame comes before the block of its interface
				await this.#number(tap, block.ifindex);
			}
		}

		this.#stream.flush();
		if (!this.#isPaused) {
			this.marks.written(until);
		}
	}

	/** Everything older has been read, from all. */
	#until(now: number): number {
		const taps = [...this.#taps];
		const held = taps.reduce((sum, {heldBytes}) => sum + heldBytes, 0);
		return held > mostHeldBytes ? Number.POSITIVE_INFINITY : Math.min(...taps.map((tap) => tap.readUntil(now)));
	}

	/** Whose frame is the oldest, and when the next of the others is; undefined: it is too early for all of them. */
	#turn(until: number): Turn | undefined {
		let first: {readonly tap: Tap; readonly block: RingBlock} | undefined;
		let limit: RingBlock | undefined;
		for (const tap of this.#taps) {
			const {block} = tap;
			if (block !== undefined && (first === undefined || isBefore(block, first.block))) {
				limit = first?.block;
				first = {tap, block};
			} else if (block !== undefined && (limit === undefined || isBefore(block, limit))) {
				limit = block;
			}
		}

		return first === undefined || millis(first.block) > until ? undefined : {...first, limit, until};
	}

	/** Writes the frames of a block until it is another's turn, or one's whose interface has no number yet. */
	#writeWhile(turn: Turn): void {
		const {tap, block} = turn;
		const {most = Number.POSITIVE_INFINITY} = this.#parts;
		while (isStill(turn)) {
			const index = tap.numbers.get(block.ifindex);
			if (index === undefined) {
				return;
			}

			const written = this.#written[index];
			if (written !== undefined && this.#packets < most) {
				this.#stream.packet(index, block);
				written.packets++;
				this.#packets++;
				if (this.#packets === most) {
					this.stop();
				}
			}

			tap.advance();
		}
	}

	/** Gives an interface that has not been seen before its number in the file. */
	async #number(tap: Tap, ifindex: number): Promise<void> {
		const {site, numbers} = tap;
		// one that is gone already, and its name with it, has a number still
		const names: ReadonlyMap<number, string> = await site.interfaces().catch(() => new Map());
		const name = names.get(ifindex) ?? `if${ifindex}`;
		const full = `${site.name}/${name}`;
		const isWanted = this.#parts.interfaces?.some((wanted) => wanted === name || wanted === full) ?? true;
		numbers.set(ifindex, isWanted ? this.#written.length : notWanted);
		if (isWanted) {
			this.#stream.interface(full, site.description);
			this.#written.push({tap, packets: 0});
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
		for (const [index, {tap, packets}] of this.#written.entries()) {
			// a ring has all interfaces of its namespace, so what it lost is told once
			const drops = told.has(tap) ? 0 : tap.drops;
			told.add(tap);
			const comment = drops === 0 ? '' : `dropped on all interfaces of ${tap.site.name} together`;
			this.#stream.statistics(index, packets, {drops, comment});
		}

		this.#stream.flush();
		this.#parts.ended({packets: this.#packets, drops: this.#drops});
	}
}

interface Turn {
	readonly tap: Tap;
	readonly block: RingBlock;
	readonly limit: RingBlock | undefined;
	readonly until: number;
}

function isStill({tap, block, limit, until}: Turn): boolean {
	return tap.block === block && millis(block) <= until && (limit === undefined || !isBefore(limit, block));
}

function isBefore(a: RingBlock, b: RingBlock): boolean {
	return a.seconds < b.seconds || (a.seconds === b.seconds && a.nanoseconds < b.nanoseconds);
}

function millis({seconds, nanoseconds}: RingBlock): number {
	return seconds * 1e3 + nanoseconds / 1e6;
}
