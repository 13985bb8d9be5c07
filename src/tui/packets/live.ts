// The capture behind the Packets screen and the dots on the map: begins when somebody looks for the first time, and goes on. What comes is held in the
// book; while the map is shown it moves there, too.
import type {Capturing} from '../../api/client.ts';
import {readWiring} from '../../api/wiring.ts';
import {LabError} from '../../base/errors.ts';
import {CaptureReader} from '../../watch/files/index.ts';
import type {Event} from '../../api/messages.ts';
import {Losses} from '../motion/losses.ts';
import type {Session} from '../session.ts';
import {hasDots, sceneOf, type State} from '../state.ts';
import {Ground} from './ground.ts';

export class LiveCapture {
	readonly #session: Session;
	readonly #state: State;
	readonly #changed: () => void;
	readonly #losses: Losses;
	readonly #ground: Ground;
	#capturing: Capturing | undefined;

	/** `changed` is called when there is something new to draw. */
	constructor(session: Session, state: State, changed: () => void) {
		this.#session = session;
		this.#state = state;
		this.#changed = () => {
			// what is not looked at needs no frame
			if (state.screen === 'packets' || hasDots(state)) {
				changed();
			}
		};
		const known = {
			wiring: async () => readWiring(session),
			hosts: () => session.view.hosts.map(({name}) => name),
			rules: async (host: string) => session.call('rules', {host}),
		};
		this.#losses = new Losses(known, (loss) => {
			state.motion.lose(sceneOf(state), loss, performance.now());
			this.#changed();
		});
		this.#ground = new Ground(session, state, () => {
			this.#fold();
			this.#changed();
		});
	}

	/** Before every frame: begins what is to be done. */
	watch(): void {
		const {packets, view, screen} = this.#state;
		if (screen === 'packets') {
			packets.held.visit();
		}

		if ((packets.held.isVisited || hasDots(this.#state)) && packets.phase === 'none' && view.isUp) {
			packets.phase = 'opening';
			this.#open().catch((error: unknown) => this.#over(wordsOf(error)));
		}

		const isLive = packets.phase === 'live';
		this.#losses.watch(isLive && hasDots(this.#state) && !this.#state.isPaused, isLive ? packets.store.end : 0);
		packets.search?.goOn(packets.store, this.#changed);
		const isShown = screen === 'packets';
		this.#ground.watch(isShown, packets.phase === 'live' ? this.#capturing : undefined);
		if (isShown) {
			this.#fold();
		}
	}

	/** What changes in connections tells where packets go. */
	hear(event: Event): void {
		this.#ground.hear(event);
	}

	end(): void {
		this.#losses.watch(false, 0);
		this.#ground.stop();
		this.#state.packets.folds.stop();
		this.#state.packets.judged.stop();
		this.#state.packets.forget();
		this.#capturing?.end();
	}

	async #open(): Promise<void> {
		const {packets} = this.#state;
		await this.#ground.prepare();
		const capturing = await this.#session.capture({nodes: [], interfaces: [], filter: undefined, count: undefined});
		this.#capturing = capturing;
		packets.phase = 'live';
		this.#ground.begin(capturing);
		this.#changed();
		const reader = new CaptureReader('the capture');
		capturing.onData((piece) => this.#take(piece, reader));
		capturing.onTotals(({drops}) => this.#tellDrops(drops));
		const {drops} = await capturing.ended;
		this.#tellDrops(drops);
		this.#over('the capture has ended');
	}

	#take(piece: Uint8Array, reader: CaptureReader): void {
		const {packets} = this.#state;
		if (packets.phase !== 'live') {
			return;
		}

		const before = packets.store.end;
		const {motion, dialog, isPaused} = this.#state;
		const isMap = hasDots(this.#state) && !isPaused;
		const scene = isMap && dialog === undefined ? sceneOf(this.#state) : undefined;
		const nowMs = performance.now();
		try {
			reader.push(Buffer.from(piece.buffer, piece.byteOffset, piece.length));
			for (let packet = reader.next(); packet !== undefined; packet = reader.next()) {
				packets.take(packet);
				if (scene !== undefined) {
					motion.see(scene, packet, nowMs);
				}

				// also behind a dialog: an answer that it did not see would be missed
				if (isMap) {
					this.#losses.see(packet, nowMs);
				}
			}
		} catch (error) {
			this.#over(wordsOf(error));
			this.#capturing?.end();
		}

		if (packets.store.end !== before) {
			packets.search?.goOn(packets.store, this.#changed);
			this.#fold();
			if (scene === undefined || motion.isMoving) {
				this.#changed();
			}
		}
	}

	/** Sightings are joined while somebody looks; what came meanwhile is joined then. */
	#fold(): void {
		const {packets, screen} = this.#state;
		if (screen === 'packets' && packets.phase !== 'none') {
			packets.folds.goOn(this.#changed);
		}
	}

	#tellDrops(drops: number): void {
		if (this.#state.packets.drops !== drops) {
			this.#state.packets.drops = drops;
			this.#changed();
		}
	}

	#over(why: string): void {
		const {packets} = this.#state;
		if (packets.phase !== 'over') {
			packets.phase = 'over';
			packets.trouble = why;
			packets.folds.endOfCapture();
			this.#changed();
		}
	}
}

function wordsOf(error: unknown): string {
	return error instanceof LabError ? (error.code === 'E_ENGINE_DEAD' ? 'the lab has ended' : (error.said ?? error.message)) : String(error);
}
