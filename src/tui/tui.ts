// The terminal UI at work: events of the lab and of the terminal change the state, the clock paints it. Made and ended by app.ts.
import process from 'node:process';
import type {Event} from '../api/messages.ts';
import type {Stage} from './dialogs/stage.tsx';
import {Clock} from './host/clock.ts';
import {Decoder} from './host/decoder.ts';
import {type Paint, paintCounted} from './host/frame-costs.ts';
import {Painter} from './host/painter.ts';
import {Terminal, type TerminalInput, type TerminalOutput} from './host/terminal.ts';
import {ConnsFollower, followedNodes, topics} from './conns/follower.ts';
import {receive, type Leaving, type Receiver} from './input.ts';
import {LiveCapture} from './packets/live.ts';
import {RulesSampler} from './rules/sampler.ts';
import {screenLayers} from './screen.ts';
import type {Session} from './session.ts';
import {Shells} from './shells.ts';
import {receiverFor, wordsOf} from './effects.ts';
import {loadOplog} from './history.ts';
import {takeEvent} from './events.ts';
import {initialState, keepSelection, type State} from './state.ts';
import {themeFor, type Theme} from './theme.ts';

export interface TuiOptions {
	readonly stdin: TerminalInput;
	readonly stdout: TerminalOutput;
	readonly env: Readonly<Record<string, string | undefined>>;
	/** Only ASCII on the screen. */
	readonly ascii: boolean;
	/** Whether the lab was there before, so that leaving needs no question. */
	readonly wasRunning: boolean;
}

export type Ending = Leaving | 'engine-gone';

/** How long a message stays in place of the hint bar. */
const messageMs = 3500;
const frameMs = {local: 100, ssh: 200};

export class Tui {
	readonly state: State;
	readonly #session: Session;
	readonly #theme: Theme;
	readonly #terminal: Terminal;
	readonly #painter: Painter;
	readonly #clock: Clock;
	readonly #decoder: Decoder;
	readonly #shells: Shells;
	readonly #receiver: Receiver;
	readonly #rules: RulesSampler;
	readonly #conns: ConnsFollower;
	readonly #packets: LiveCapture;
	#stage: Stage | undefined;
	#messageTimer: NodeJS.Timeout | undefined;
	#stopListening: () => void = () => {};
	#isSuspended = false;
	#isStopped = false;
	#settle: {resolve(how: Ending): void; reject(error: unknown): void} | undefined;

	constructor(session: Session, options: TuiOptions) {
		const isFar = (options.env['SSH_CONNECTION'] ?? '') !== '';
		this.#session = session;
		this.#theme = themeFor(options.env, options.ascii);
		this.#terminal = new Terminal(options.stdin, options.stdout);
		this.#painter = new Painter((text) => this.#terminal.write(text));
		const costs = options.env['VETHLAB_FRAME_COSTS'];
		const painted: Paint = costs === undefined ? (paint) => paint() : paintCounted(costs);
		this.#clock = new Clock({
			frameMs: isFar ? frameMs.ssh : frameMs.local,
			now: () => performance.now(),
			paint: () => painted(() => this.#guarded(() => this.#paint(), false)),
		});
		this.#decoder = new Decoder((input) => this.#guarded(() => this.#receive(input), undefined));
		this.state = initialState(session.view, this.#terminal.size, !isFar);
		this.#shells = new Shells({session, terminal: this.#terminal, term: options.env['TERM'] ?? 'xterm', back: (how) => this.#back(how)});
		this.#receiver = receiverFor({
			session,
			state: this.state,
			terminal: this.#terminal,
			shells: this.#shells,
			isAscii: this.#theme.isAscii,
			wasRunning: options.wasRunning,
			changed: () => this.#clock.later(),
			say: (text) => this.#say(text),
			end: (how) => this.end(how),
			fail: (error) => this.#settle?.reject(error),
			mostHelpTop: () => this.#stage?.mostHelpTop(this.state) ?? 0,
		});
		this.#rules = new RulesSampler(session, this.state, () => this.#clock.later());
		this.#conns = new ConnsFollower(session, {
			tick: () => {
				if (this.state.screen === 'conns') {
					this.#clock.later();
				}
			},
			failed: (error) => this.#say(wordsOf(error)),
		});
		this.#packets = new LiveCapture(session, this.state, () => this.#clock.later());
	}

	/** Runs until the person leaves or the engine is gone; the terminal is as it was before then. */
	async run(): Promise<Ending> {
		const ended = new Promise<Ending>((resolve, reject) => {
			this.#settle = {resolve, reject};
		});
		try {
			this.#terminal.start({
				data: (bytes) => this.#data(bytes),
				resize: () => this.#resize(),
				drain: () => this.#clock.soon(),
				end: () => this.end('quit'),
			});
			this.#stopListening = this.#session.onEvent((event) => this.#guarded(() => this.#event(event), undefined));
			const gone = (): void => this.#gone();
			this.#session.closed.then(gone, gone);
			this.#clock.soon();
			this.#connect().catch((error: unknown) => this.#settle?.reject(error));
			return await ended;
		} finally {
			this.#stop();
		}
	}

	end(how: Ending): void {
		this.#settle?.resolve(how);
	}

	/** Gives the terminal back at once; for signals and for a crash. */
	restore(): void {
		this.#terminal.stop();
	}

	/** To the person's own shell, as Ctrl-Z does everywhere; `resume` comes back. */
	suspend(): void {
		if (!this.#isSuspended && !this.#shells.isOpen) {
			this.#isSuspended = true;
			this.#terminal.suspend();
		}
	}

	resume(): void {
		if (this.#isSuspended) {
			this.#isSuspended = false;
			this.#terminal.resume();
			this.#repaint();
		}
	}

	async #connect(): Promise<void> {
		const load = async (): Promise<void> => {
			await this.#session.call('subscribe', {topics});
			await loadOplog(this.#session, this.state);
			this.#clock.later();
		};

		load().catch((error: unknown) => this.#say(wordsOf(error)));
		// React and Ink are loaded behind the first screen. They must see production mode, or every commit costs memory for good.
		process.env['NODE_ENV'] ??= 'production';
		const {Stage} = await import('./dialogs/stage.tsx');
		if (this.#isStopped) {
			return;
		}

		this.#stage = new Stage(this.#theme);
		if (this.state.dialog !== undefined) {
			this.#clock.soon();
		}
	}

	/** Packets that were captured are worth to be looked at without their lab. */
	#gone(): void {
		this.state.isOver = this.state.packets.held.isVisited && this.state.packets.store.end > 0;
		if (this.state.isOver) {
			this.#conns.stop();
			this.#clock.soon();
		} else {
			this.end('engine-gone');
		}
	}

	#stop(): void {
		this.#isStopped = true;
		clearTimeout(this.#messageTimer);
		this.#stopListening();
		this.#clock.stop();
		this.#rules.watch(false);
		this.#conns.stop();
		this.#packets.end();
		this.#shells.end();
		this.#stage?.end();
		this.#terminal.stop();
	}

	/** Runs something of ours; what it throws ends the UI in order, with the terminal given back. */
	#guarded<T>(run: () => T, otherwise: T): T {
		try {
			return run();
		} catch (error) {
			this.#settle?.reject(error);
			return otherwise;
		}
	}

	#paint(): boolean {
		const isHidden = this.#shells.isOpen || this.#isSuspended;
		this.#rules.watch(this.state.screen === 'rules' && !this.state.isPaused && !isHidden);
		this.#conns.watch(isHidden ? undefined : followedNodes(this.state));
		if (isHidden) {
			return true;
		}

		if (this.#terminal.isDraining) {
			return false;
		}

		const now = performance.now();
		const {state} = this;
		keepSelection(state);
		this.#packets.watch();
		const layers = screenLayers(state, this.#theme, now);
		const dialog = this.#stage?.layer(state);
		this.#painter.paint(dialog === undefined ? layers : [...layers, dialog], state.rows, now);
		const isMoving = (state.traffic.isMoving || state.motion.isMoving) && state.screen === 'map' && state.dialog === undefined;
		if (isMoving || this.#painter.settlesAtMs(now) !== undefined) {
			this.#clock.later();
		}

		return true;
	}

	#repaint(): void {
		this.#painter.invalidate(performance.now());
		this.#clock.soon();
	}

	#data(bytes: Uint8Array): void {
		if (this.#shells.isOpen) {
			this.#shells.write(bytes);
		} else {
			this.#decoder.write(bytes);
		}
	}

	#receive(input: Parameters<typeof receive>[1]): void {
		this.#say('');
		receive(this.#receiver, input);
		this.#clock.soon();
	}

	#resize(): void {
		const {columns, rows} = this.#terminal.size;
		this.#shells.resize(columns, rows);
		this.state.columns = columns;
		this.state.rows = rows;
		this.#repaint();
	}

	#event(event: Event): void {
		if (takeEvent(this.state, event, performance.now())) {
			this.#clock.later();
		}

		this.#conns.hear(event);
		this.#packets.hear(event);
		if (event.event === 'missed' && event.topic === 'oplog') {
			loadOplog(this.#session, this.state).then(
				() => this.#clock.later(),
				(error: unknown) => this.#say(wordsOf(error)),
			);
		}
	}

	/** The terminal is ours again after a shell. */
	#back(how: string): void {
		this.#terminal.takeScreen();
		this.#say(how);
		this.#repaint();
	}

	#say(text: string): void {
		if (text === '' && this.state.message === '') {
			return;
		}

		clearTimeout(this.#messageTimer);
		this.state.message = text;
		this.#clock.soon();
		if (text !== '') {
			this.#messageTimer = setTimeout(() => this.#say(''), messageMs);
		}
	}
}
