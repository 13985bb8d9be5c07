// A terminal that is none, for Ink: it is told a size, and every frame it draws is a list of lines for the painter. Nothing of Ink reaches the real terminal.
// In debug mode Ink writes one whole frame for each commit and no cursor codes.
import {EventEmitter} from 'node:events';

/** Stands for stdout; the last frame is kept. */
export class VirtualOutput extends EventEmitter {
	readonly isTTY = true;
	columns: number;
	rows: number;
	#frame = '';

	constructor(columns: number, rows: number) {
		super();
		this.columns = columns;
		this.rows = rows;
	}

	write(frame: string): boolean {
		this.#frame = frame;
		return true;
	}

	/** The last frame; Ink writes it before `render` returns. */
	get lines(): string[] {
		const lines = this.#frame.split('\n');
		return this.#frame.trim() === '' ? [] : lines;
	}
}

/** Stands for stdin: nothing ever comes, because the decoder hands keys to dialogs as state. */
export class VirtualInput extends EventEmitter {
	readonly isTTY = true;

	setEncoding(): this {
		return this;
	}

	setRawMode(): this {
		return this;
	}

	read(): null {
		return null;
	}

	ref(): this {
		return this;
	}

	unref(): this {
		return this;
	}
}
