// One captured namespace: its ring, as long as it is read.
import type {NativeRing} from '../../../native/index.ts';

/** A frame may have been stamped so long before it is in the ring; in milliseconds. */
const stampedBeforeMs = 5;
/** With more than this out of the rings, frames are written in whatever order they came. */
const mostSavedBytes = 16 * 1024 * 1024;

/** A namespace that is captured. */
export interface Site {
	/** "web" */
	readonly name: string;
	/** "container web on h1" */
	readonly description: string;
	/** The names of its interfaces by their number. */
	readonly interfaces: () => Promise<ReadonlyMap<number, string>>;
	/** Called once, when nothing more comes into its ring. */
	readonly left: () => void;
}

export class Tap {
	readonly site: Site;
	readonly ring: NativeRing;
	#isListening = true;
	#isOver = false;
	#drops = 0;

	/** `readable` is called when there is something to read, once until `listenAgain`. */
	constructor(site: Site, ring: NativeRing, readable: () => void) {
		this.site = site;
		this.ring = ring;
		ring.listen(() => {
			this.#isListening = false;
			readable();
		});
	}

	/** Nothing will come any more, and all is written. */
	get isDone(): boolean {
		return this.#isOver && this.#isEmpty;
	}

	/** Whether something waits to be written. */
	get isBusy(): boolean {
		return !this.#isEmpty || this.ring.since() !== undefined;
	}

	get #isEmpty(): boolean {
		return this.ring.finished() === 0 && this.ring.saved() === 0;
	}

	/** Bytes that were moved out of the ring and wait. */
	get savedBytes(): number {
		return this.ring.saved();
	}

	/** Makes room in a ring half of which waits, so that the kernel need not drop. */
	relieve(): void {
		if (this.ring.finished() > this.ring.blocks / 2) {
			this.ring.save();
		}
	}

	/** It would take far longer than since the last round for it to fill up. */
	get hasRoom(): boolean {
		return this.ring.finished() <= this.ring.blocks / 8;
	}

	/** Frames that the kernel had no room for, when it was last asked. */
	get drops(): number {
		return this.#drops;
	}

	/** From then on frames are wanted. Of those before nobody is told, and so not how many of them were lost while the other rings were being opened. */
	begin(fromMs: number): void {
		this.countDrops();
		this.#drops = 0;
		this.ring.begin(fromMs);
	}

	/** Asks the kernel, which begins anew with every answer (packet(7), PACKET_STATISTICS). */
	countDrops(): void {
		if (!this.#isOver) {
			this.#drops += this.ring.statistics().drops;
		}
	}

	/** What is in no finished block is younger than this, in milliseconds; `now`: everything that was stamped until then is in the ring. */
	readUntil(now: number): number {
		return this.#isOver ? Number.POSITIVE_INFINITY : (this.ring.since() ?? now);
	}

	listenAgain(): void {
		if (!this.#isListening && !this.#isOver) {
			this.#isListening = true;
			this.ring.listenAgain();
		}
	}

	/** Has nothing more come in, and lets go of the namespace; what is in the ring can be written still. Resolves when the kernel has closed it. */
	async leave(): Promise<void> {
		await this.#end(async () => this.ring.leave());
	}

	/** The same, and what is in the ring is nobody's any more. */
	async drop(): Promise<void> {
		await this.#end(async () => this.ring.close());
	}

	async #end(close: () => Promise<void>): Promise<void> {
		if (!this.#isOver) {
			this.countDrops();
			this.#isOver = true;
			const closed = close();
			this.site.left();
			await closed;
		}
	}
}

/** Everything older is in finished blocks, of all; in milliseconds since the epoch. */
export function untilOf(taps: readonly Tap[]): number {
	const now = Date.now() - stampedBeforeMs;
	const saved = taps.reduce((sum, {savedBytes}) => sum + savedBytes, 0);
	return saved > mostSavedBytes ? Number.POSITIVE_INFINITY : Math.min(...taps.map((tap) => tap.readUntil(now)));
}
