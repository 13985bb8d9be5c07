// One captured namespace: its ring, and the blocks that were read from it and are not yet written.
import {ringBlockBytes, type NativeRing} from '../../../native/index.ts';
import type {MarkedPlace} from './marks.ts';
import {RingBlock} from './ring-block.ts';

export const notWanted = -1;

/** A namespace that is captured. */
export interface Site {
	/** "web" */
	readonly name: string;
	/** "container web on h1" */
	readonly description: string;
	/** The names of its interfaces by their number. */
	readonly interfaces: () => Promise<ReadonlyMap<number, string>>;
	/** Called once, when its ring is read no more. */
	readonly left: () => void;
}

/** Is told of markers that come through an interface. */
export type Passed = (marker: number, place: MarkedPlace, atMs: number) => void;

export class Tap {
	readonly site: Site;
	/** The number of each of its interfaces in the file, or `notWanted`. */
	readonly numbers = new Map<number, number>();
	readonly #ring: NativeRing;
	readonly #passed: Passed;
	readonly #blocks: RingBlock[] = [];
	/** Memory for the next block: that of one which is written is used again. */
	#spare: ArrayBuffer | undefined;
	#isOver = false;
	#heldBytes = 0;
	#drops = 0;

	constructor(site: Site, ring: NativeRing, passed: Passed) {
		this.site = site;
		this.#ring = ring;
		this.#passed = passed;
	}

	/** Its oldest block that is not yet written, which stands at a frame. */
	get block(): RingBlock | undefined {
		return this.#blocks[0];
	}

	get heldBytes(): number {
		return this.#heldBytes;
	}

	/** Nothing will come any more, and all is written. */
	get isDone(): boolean {
		return this.#isOver && this.#blocks.length === 0;
	}

	/** Frames that the kernel had no room for, when it was last asked. */
	get drops(): number {
		return this.#drops;
	}

	/** Asks the kernel, which begins anew with every answer (packet(7), PACKET_STATISTICS). */
	countDrops(): void {
		if (!this.#isOver) {
			this.#drops += this.#ring.statistics().drops;
		}
	}

	/** Whether something waits to be read or written. */
	get isBusy(): boolean {
		return this.#blocks.length > 0 || (!this.#isOver && this.#ring.since() !== undefined);
	}

	/** What has not been read yet is younger than this, in milliseconds; `now`: everything that was stamped until then has been read. */
	readUntil(now: number): number {
		return this.#isOver ? Number.POSITIVE_INFINITY : (this.#ring.since() ?? now);
	}

	/** Reads so many blocks at most. */
	read(most: number): void {
		for (let count = 0; count < most && !this.#isOver; count++) {
			if (!this.#hold((into) => this.#ring.read(into))) {
				return;
			}
		}
	}

	/** Goes to the next frame. */
	advance(): void {
		const [block] = this.#blocks;
		if (block?.next() === false) {
			this.#blocks.shift();
			this.#heldBytes -= block.bytes.length;
			this.#spare = block.bytes.buffer;
		}
	}

	/** Takes what is left in the ring and closes it; resolves when the kernel has let go of it. */
	async leave(): Promise<void> {
		if (!this.#isOver) {
			this.countDrops();
			this.#isOver = true;
			while (this.#hold((into) => this.#ring.drain(into))) {
				// until nothing is left
			}

			this.site.left();
			await this.#ring.close();
		}
	}

	/** Holds the block that `copy` gives; false: it gives none. */
	#hold(copy: (into: Uint8Array) => number): boolean {
		const memory = this.#spare ?? new ArrayBuffer(ringBlockBytes);
		this.#spare = memory;
		const length = copy(new Uint8Array(memory));
		const block = new RingBlock(memory, length, (marker, {ifindex, seconds, nanoseconds}) => {
			this.#passed(marker, {site: this.site.name, ifindex}, seconds * 1e3 + nanoseconds / 1e6);
		});
		if (block.next()) {
			this.#spare = undefined;
			this.#blocks.push(block);
			this.#heldBytes += length;
		}

		return length > 0;
	}
}
