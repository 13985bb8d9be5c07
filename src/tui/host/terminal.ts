// The only owner of the real terminal: raw mode, alternate screen, mouse and paste modes, sizes, and all of it undone again.

export interface TerminalInput {
	readonly isTTY?: boolean;
	setRawMode?(isRaw: boolean): unknown;
	on(event: 'data', listener: (bytes: Uint8Array) => void): unknown;
	on(event: 'end', listener: () => void): unknown;
	off(event: 'data', listener: (bytes: Uint8Array) => void): unknown;
	off(event: 'end', listener: () => void): unknown;
	resume(): unknown;
	pause(): unknown;
}

export interface TerminalOutput {
	readonly columns?: number;
	readonly rows?: number;
	write(text: string | Uint8Array): boolean;
	on(event: 'resize' | 'drain', listener: () => void): unknown;
	off(event: 'resize' | 'drain', listener: () => void): unknown;
}

// Alternate screen 1049, cursor 25, autowrap 7, bracketed paste 2004; mouse 1000 presses, 1002 drags, 1006 SGR reports (xterm's ctlseqs).
const enter = '\u001B[?1049h\u001B[?25l\u001B[?7l\u001B[?2004h\u001B[0m\u001B[2J';
const leave = '\u001B[0m\u001B[?2004l\u001B[?7h\u001B[?25h\u001B[?1049l';
const mouseOn = '\u001B[?1000h\u001B[?1002h\u001B[?1006h';
const mouseOff = '\u001B[?1006l\u001B[?1002l\u001B[?1000l';

export class Terminal {
	readonly #input: TerminalInput;
	readonly #output: TerminalOutput;
	#isScreenOurs = false;
	#isMouseOn = true;
	#isDraining = false;
	#undo: (() => void)[] = [];

	constructor(input: TerminalInput, output: TerminalOutput) {
		this.#input = input;
		this.#output = output;
	}

	/** Columns and rows; 80 by 24 where the terminal does not say. */
	get size(): {readonly columns: number; readonly rows: number} {
		return {columns: positive(this.#output.columns, 80), rows: positive(this.#output.rows, 24)};
	}

	/** Whether the last write is still on its way: do not add to it. */
	get isDraining(): boolean {
		return this.#isDraining;
	}

	start(listeners: {data(bytes: Uint8Array): void; resize(): void; drain(): void; /** The terminal was closed. */ end(): void}): void {
		const drain = (): void => {
			this.#isDraining = false;
			listeners.drain();
		};

		this.#input.on('data', listeners.data);
		this.#input.on('end', listeners.end);
		this.#output.on('resize', listeners.resize);
		this.#output.on('drain', drain);
		this.#undo = [
			(): unknown => this.#input.off('data', listeners.data),
			(): unknown => this.#input.off('end', listeners.end),
			(): unknown => this.#output.off('resize', listeners.resize),
			(): unknown => this.#output.off('drain', drain),
		];
		this.#raw(true);
		this.#input.resume();
		this.takeScreen();
	}

	/** Gives everything back. May be called again. */
	stop(): void {
		this.leaveScreen();
		this.#raw(false);
		for (const undo of this.#undo.splice(0)) {
			undo();
		}

		this.#input.pause();
	}

	/** To the alternate screen, with our modes. */
	takeScreen(): void {
		if (!this.#isScreenOurs) {
			this.#isScreenOurs = true;
			this.write(enter + (this.#isMouseOn ? mouseOn : ''));
		}
	}

	/** Back to the person's own screen; raw mode stays. */
	leaveScreen(): void {
		if (this.#isScreenOurs) {
			this.#isScreenOurs = false;
			this.write(mouseOff + leave);
		}
	}

	/** For Ctrl-Z: screen and modes back, listeners stay. */
	suspend(): void {
		this.leaveScreen();
		this.#raw(false);
	}

	resume(): void {
		this.#raw(true);
		this.takeScreen();
	}

	mouse(isOn: boolean): void {
		this.#isMouseOn = isOn;
		if (this.#isScreenOurs) {
			this.write(isOn ? mouseOn : mouseOff);
		}
	}

	write(text: string | Uint8Array): void {
		if (!this.#output.write(text)) {
			this.#isDraining = true;
		}
	}

	#raw(isRaw: boolean): void {
		if (this.#input.isTTY === true) {
			this.#input.setRawMode?.(isRaw);
		}
	}
}

/** Some terminals say 0 before they know. */
function positive(value: number | undefined, otherwise: number): number {
	return value !== undefined && value > 0 ? value : otherwise;
}
