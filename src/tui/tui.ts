// The terminal UI at work: events of the lab and of the terminal change the state, the clock paints it. Made and ended by app.ts.
import process from 'node:process';
import type {Event} from '../api/messages.ts';
import type {Stage} from './dialogs/stage.tsx';
import {Clock} from './host/clock.ts';
import {Decoder} from './host/decoder.ts';
import {Painter} from './host/painter.ts';
import {Terminal, type TerminalInput, type TerminalOutput} from './host/terminal.ts';
import {ConnsFollower, topics} from './conns/follower.ts';
import {receive, type Leaving, type Receiver} from './input.ts';
import {RulesSampler} from './rules/sampler.ts';
import {screenLayers} from './screen.ts';
import type {Session} from './session.ts';
import {Shells} from './shells.ts';
import {loadLogs, loadOplog} from './history.ts';
import {saveScreen} from './save.ts';
import {initialState, keepSelection, takeEvent, type State} from './state.ts';
import {clip} from './text.ts';
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
	readonly #options: TuiOptions;
	readonly #theme: Theme;
	readonly #terminal: Terminal;
	readonly #painter: Painter;
	readonly #clock: Clock;
	readonly #decoder: Decoder;
	readonly #shells: Shells;
	readonly #receiver: Receiver;
	readonly #rules: RulesSampler;
	readonly #conns: ConnsFollower;
	#stage: Stage | undefined;
	#messageTimer: NodeJS.Timeout | undefined;
	#stopListening: () => void = () => {};
	#isSuspended = false;
	#isStopped = false;
	#settle: {resolve(how: Ending): void; reject(error: unknown): void} | undefined;

	constructor(session: Session, options: TuiOptions) {
		const isFar = (options.env['SSH_CONNECTION'] ?? '') !== '';
		this.#session = session;
		this.#options = options;
		this.#theme = themeFor(options.env, options.ascii);
		this.#terminal = new Terminal(options.stdin, options.stdout);
		this.#painter = new Painter((text) => this.#terminal.write(text));
		this.#clock = new Clock({
			frameMs: isFar ? frameMs.ssh : frameMs.local,
			now: () => performance.now(),
			paint: () => this.#guarded(() => this.#paint(), false),
		});
		this.#decoder = new Decoder((input) => this.#guarded(() => this.#receive(input), undefined));
		this.state = initialState(session.view, this.#terminal.size, !isFar);
		this.#shells = new Shells({session, terminal: this.#terminal, term: options.env['TERM'] ?? 'xterm', back: (how) => this.#back(how)});
		this.#receiver = this.#effects();
		this.#rules = new RulesSampler(session, this.state, () => this.#clock.later());
		this.#conns = new ConnsFollower(session, this.state, {changed: () => this.#clock.later(), failed: (error) => this.#say(wordsOf(error))});
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
			this.#session.closed.then(
				() => this.end('engine-gone'),
				() => this.end('engine-gone'),
			);
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

	#stop(): void {
		this.#isStopped = true;
		clearTimeout(this.#messageTimer);
		this.#stopListening();
		this.#clock.stop();
		this.#rules.watch(false);
		this.#conns.stop();
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
		this.#conns.watch(this.state.screen === 'conns' && !this.state.isPaused && !isHidden);
		if (isHidden) {
			return true;
		}

		if (this.#terminal.isDraining) {
			return false;
		}

		const now = performance.now();
		const {state} = this;
		keepSelection(state);
		const layers = screenLayers(state, this.#theme, now);
		const dialog = this.#stage?.layer(state);
		this.#painter.paint(dialog === undefined ? layers : [...layers, dialog], state.rows, now);
		const isMoving = state.traffic.isMoving && state.screen === 'map' && state.dialog === undefined;
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

	#effects(): Receiver {
		return {
			state: this.state,
			// OSC 52: the terminal sets the clipboard, also of a machine far away (xterm's ctlseqs).
			copy: (text, what) => {
				this.#terminal.write(`\u001B]52;c;${Buffer.from(text).toString('base64')}\u0007`);
				this.#say(`copied ${what}`);
			},
			writeScreen: () => {
				saveScreen(this.state, this.#theme.isAscii).then(
					(path) => this.#say(`wrote ${path}`),
					(error: unknown) => this.#say(wordsOf(error)),
				);
			},
			openShell: (node) => this.#shells.open(node),
			loadLogs: (node) => {
				loadLogs(this.#session, this.state, node, () => this.#clock.later()).catch((error: unknown) => this.#say(wordsOf(error)));
			},
			act: (action, service) => {
				const done = {start: 'started', stop: 'stopped', restart: 'restarted'}[action];
				this.#session.call('act', {action: {do: action, service, at: {line: 0, column: 0}}}).then(
					() => this.#say(`${done} ${service}`),
					(error: unknown) => this.#say(wordsOf(error)),
				);
			},
			setMouse: (isOn) => this.#terminal.mouse(isOn),
			suspend: () => process.kill(process.pid, 'SIGTSTP'),
			askToLeave: () => {
				if (this.#options.wasRunning) {
					this.end('quit');
				} else {
					this.state.dialog = {kind: 'quit'};
				}
			},
			say: (text) => this.#say(text),
			leave: (how) => this.end(how),
			mostHelpTop: () => this.#stage?.mostHelpTop(this.state) ?? 0,
		};
	}
}

function wordsOf(error: unknown): string {
	return clip(error instanceof Error ? error.message : String(error), 200);
}
