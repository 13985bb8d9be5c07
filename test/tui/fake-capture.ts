// A capture without an engine: packets come when they are told to.
import type {Capturing} from '../../src/api/client.ts';
import type {CaptureTotals, Marked} from '../../src/model/capture.ts';
import {PcapngWriter, type Packet} from '../../src/watch/files/index.ts';

export class FakeCapture implements Capturing {
	readonly nodes = ['office', 'laptop', 'h1', 'web', 'cli'];
	readonly waiting = [];
	readonly ended: Promise<CaptureTotals>;
	isEnded = false;
	readonly #writer = new PcapngWriter();
	#data: (bytes: Uint8Array, stream: 'stdout' | 'stderr') => void = () => {};
	#totals: (totals: CaptureTotals) => void = () => {};
	#settle: {resolve(totals: CaptureTotals): void; reject(error: unknown): void} | undefined;
	#isBegun = false;

	constructor() {
		this.ended = new Promise((resolve, reject) => {
			this.#settle = {resolve, reject};
		});
	}

	end(): void {
		this.isEnded = true;
		this.#settle?.resolve({packets: 0, drops: 0});
	}

	/** The engine dies. */
	fail(error: unknown): void {
		this.#settle?.reject(error);
	}

	async mark(): Promise<Marked> {
		return {lost: [], absent: []};
	}

	onData(listener: (bytes: Uint8Array, stream: 'stdout' | 'stderr') => void): void {
		this.#data = listener;
	}

	onTotals(listener: (totals: CaptureTotals) => void): void {
		this.#totals = listener;
	}

	/** In one piece, with what a file begins with before the first of all. */
	put(packets: readonly Packet[]): void {
		const head = this.#isBegun ? [] : [this.#writer.begin()];
		this.#isBegun = true;
		this.#data(Buffer.concat([...head, ...packets.flatMap((packet) => this.#writer.packet(packet))]), 'stdout');
	}

	drop(drops: number): void {
		this.#totals({packets: 0, drops});
	}
}
