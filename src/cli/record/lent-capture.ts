// A capture that this process does itself, from rings that the engine lends (`lend`, api/messages.ts): however fast packets come, they are no work of the lab's.
// Rings are let go of as soon as the engine says that their namespace goes, or when it ends: a ring keeps its namespace alive.
import {setTimeout} from 'node:timers/promises';
import type {Native} from '../../../native/index.ts';
import type {Event, Methods} from '../../api/messages.ts';
import {LabError, toLabError} from '../../base/errors.ts';
import type {CaptureTotals, CaptureWish, LentSite} from '../../model/capture.ts';
import {Capture} from '../../watch/live/capture.ts';
import type {PieceOutput} from '../../watch/live/pcapng-stream.ts';
import {Borrower, type ReceivingNative} from './borrower.ts';

type LentNative = ReceivingNative & Pick<Native, 'ringMap' | 'writeFrames'>;
type Names = Methods['link_names']['result'];

/** How long an engine is waited for at the end. */
const patienceMs = 5000;
/** The only one of its connection. */
const channel = 1;

/** A site as the engine told of it. */
interface Place {
	/** As they were last told. */
	names: Names;
	isGone: boolean;
	leave?: () => void;
}

export class LentCapture {
	/** Which are being captured, and which will be when they are started. */
	nodes: readonly string[] = [];
	waiting: readonly string[] = [];
	/** When the last piece has been handed out. */
	readonly ended: Promise<CaptureTotals>;
	/** Why it ended, when nobody wanted it to: E_ENGINE_DEAD, E_KERNEL. */
	failure: LabError | undefined;
	readonly #native: LentNative;
	readonly #borrower: Borrower;
	readonly #capture: Capture;
	#isOver = false;
	readonly #places = new Map<number, Place>();
	/** One ring is asked for at a time, so that what comes with an answer is its. */
	#taken: Promise<void> = Promise.resolve();

	private constructor(native: LentNative, borrower: Borrower, {interfaces, count}: CaptureWish, output: PieceOutput) {
		this.#native = native;
		this.#borrower = borrower;
		let tellEnded: (totals: CaptureTotals) => void = () => undefined;
		this.ended = new Promise((resolve) => {
			tellEnded = resolve;
		});
		this.#capture = new Capture({
			...output,
			native,
			ended: (totals) => {
				this.#isOver = true;
				this.#borrower.close();
				tellEnded(totals);
			},
			dropped: () => undefined,
			interfaces: interfaces.length === 0 ? undefined : interfaces,
			most: count,
		});
	}

	/** Resolves when it captures. Rejects as `Client.capture` does. */
	static async begin(native: LentNative, socket: string, wish: CaptureWish, output: PieceOutput): Promise<LentCapture> {
		const borrower = await Borrower.connect(native, socket);
		const capture = new LentCapture(native, borrower, wish, output);
		try {
			await capture.#begin(wish);
		} catch (error) {
			capture.abandon();
			throw error;
		}

		return capture;
	}

	/** Writes what was captured until now, and ends. Rings that the engine has opened and that were not taken yet are a part of it, as long as it answers. */
	async end(): Promise<void> {
		const patience = new AbortController();
		await Promise.race([this.#takeRest(), setTimeout(patienceMs, undefined, {signal: patience.signal})]).finally(() => {
			patience.abort();
			this.#capture.stop();
		});
	}

	/** Ends without another word. */
	abandon(): void {
		this.#isOver = true;
		this.#capture.abandon();
		this.#borrower.close();
	}

	/** Writes no more until `resume`: then the rings fill up, and the kernel drops and counts. */
	pause(): void {
		this.#capture.pause();
	}

	resume(): void {
		this.#capture.resume();
	}

	async #begin({nodes, filter, snaplen}: CaptureWish): Promise<void> {
		const {client} = this.#borrower;
		client.onEvent((event) => {
			this.#hear(event);
		});
		const lent = await client.call('lend', {channel, nodes, filter, ...(snaplen === undefined ? {} : {snaplen})});
		this.nodes = lent.nodes;
		this.waiting = lent.waiting;
		await Promise.all(lent.sites.map(async (site) => this.#take(site)));
		this.#capture.begin();
		void client.closed.then(() => {
			this.#fail(new LabError('E_ENGINE_DEAD', {doing: 'capture'}));
		});
	}

	/** Whatever the engine answers comes after all that it told before. */
	async #takeRest(): Promise<void> {
		await this.#borrower.client.call('subscribe', {topics: []}).catch(() => undefined);
		await this.#taken;
	}

	#hear(event: Event): void {
		if (event.event === 'site') {
			this.#take(event.site).catch((error: unknown) => {
				this.#fail(toLabError(error, `capture ${event.site.name}`));
			});
		} else if (event.event === 'site_gone') {
			const place = this.#place(event.site);
			place.names = event.names;
			place.isGone = true;
			place.leave?.();
		}
	}

	#fail(failure: LabError): void {
		if (!this.#isOver) {
			this.failure ??= failure;
			this.#capture.stop();
		}
	}

	#place(site: number): Place {
		const place = this.#places.get(site) ?? {names: [], isGone: false};
		this.#places.set(site, place);
		return place;
	}

	/** Takes the ring of a site into the capture; of one that has gone meanwhile there is none. */
	async #take(site: LentSite): Promise<void> {
		const taken = this.#taken.then(async () => this.#takeNow(site));
		this.#taken = taken.catch(() => undefined);
		await taken;
	}

	async #takeNow({number, name, description}: LentSite): Promise<void> {
		const {client} = this.#borrower;
		const place = this.#place(number);
		const answer = await client.call('take', {channel, site: number}).catch((error: unknown) => {
			if (error instanceof LabError && error.code === 'E_NAME_UNKNOWN') {
				return undefined;
			}

			throw error;
		});
		const descriptor = this.#borrower.take();
		if (answer === undefined || descriptor === undefined) {
			return;
		}

		if (!place.isGone) {
			place.names = answer.names;
		}

		const ring = await this.#native.ringMap(descriptor, answer.blocks).catch((error: unknown) => {
			throw new LabError('E_KERNEL', {doing: `map the capture ring of ${name}`, said: error instanceof Error ? error.message : undefined, cause: error});
		});
		const interfaces = async (): Promise<ReadonlyMap<number, string>> => {
			// of a site or an engine that goes meanwhile they are what they were last
			const names = place.isGone ? [] : await client.call('link_names', {channel, site: number}).catch(() => []);
			return new Map([...place.names, ...names]);
		};
		const leave = this.#capture.add({name, description, interfaces, left: () => this.#places.delete(number)}, ring);
		place.leave = () => void leave();
		if (place.isGone) {
			place.leave();
		}
	}
}
