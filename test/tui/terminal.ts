// A terminal for tests: keys go in, what the UI writes goes to @xterm/headless, so that the screen can be read as a person sees it.
import {EventEmitter} from 'node:events';
import xterm from '@xterm/headless';

export class Screen {
	readonly xterm: InstanceType<typeof xterm.Terminal>;

	constructor(columns: number, rows: number) {
		this.xterm = new xterm.Terminal({cols: columns, rows, allowProposedApi: true});
	}

	async write(text: string | Uint8Array): Promise<void> {
		await new Promise<void>((resolve) => {
			this.xterm.write(text, resolve);
		});
	}

	/** Every row as text. */
	text(): string[] {
		const buffer = this.xterm.buffer.active;
		return Array.from({length: this.xterm.rows}, (_, row) => buffer.getLine(buffer.viewportY + row)?.translateToString(true) ?? '');
	}

	/** Every cell with its colour and weight, one string for each row. */
	cells(): string[] {
		const buffer = this.xterm.buffer.active;
		return Array.from({length: this.xterm.rows}, (_, row) => {
			const line = buffer.getLine(buffer.viewportY + row);
			return Array.from({length: this.xterm.cols}, (_unused, column) => {
				const cell = line?.getCell(column);
				const isBlank = (cell?.getChars() ?? '').trim() === '' && cell?.isInverse() === 0;
				return isBlank ? '_' : `${cell?.getChars() ?? ''}${cell?.getFgColor() ?? ''}${cell?.isBold() ?? ''}${cell?.isInverse() ?? ''}`;
			}).join('|');
		});
	}
}

export class FakeInput extends EventEmitter {
	readonly isTTY = true;
	isRaw = false;
	isFlowing = false;

	setRawMode(isRaw: boolean): this {
		this.isRaw = isRaw;
		return this;
	}

	resume(): this {
		this.isFlowing = true;
		return this;
	}

	pause(): this {
		this.isFlowing = false;
		return this;
	}

	press(keys: string): void {
		this.emit('data', Buffer.from(keys));
	}
}

export class FakeOutput extends EventEmitter {
	columns: number;
	rows: number;
	bytes = 0;
	written = '';
	/** What `write` says: false, and nothing more is taken until `drain`. */
	takesMore = true;
	readonly screen: Screen;

	constructor(columns: number, rows: number) {
		super();
		this.columns = columns;
		this.rows = rows;
		this.screen = new Screen(columns, rows);
	}

	write(text: string | Uint8Array): boolean {
		this.bytes += Buffer.byteLength(text);
		this.written += typeof text === 'string' ? text : Buffer.from(text).toString();
		this.screen.xterm.write(text);
		return this.takesMore;
	}

	resize(columns: number, rows: number): void {
		this.columns = columns;
		this.rows = rows;
		this.screen.xterm.resize(columns, rows);
		this.emit('resize');
	}

	/** Which screen is shown once everything written is there. */
	async buffer(): Promise<'normal' | 'alternate'> {
		await this.screen.write('');
		return this.screen.xterm.buffer.active.type;
	}

	/** The screen once everything written is on it. */
	async text(): Promise<string> {
		await this.screen.write('');
		return this.screen.text().join('\n');
	}
}

/** Waits until something holds; gives up after half a minute, far more than it takes. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<boolean> {
	const deadline = performance.now() + 30_000;
	while (performance.now() < deadline) {
		// oxlint-disable-next-line no-await-in-loop -- looked at again and again
		if (await holds()) {
			return true;
		}

		// oxlint-disable-next-line no-await-in-loop -- as above
		await new Promise((resolve) => setTimeout(resolve, 5));
	}

	return false;
}

/** A row without escape sequences. */
export function stripped(row: string): string {
	return row.replaceAll(/\u001B\[[\d;]*m/g, '');
}
