// A shell with the whole terminal: bytes go to the node and back untouched, until Ctrl-] or the shell's end. A shell that was left goes on,
// and what it printed meanwhile is shown on return.
import type {Session, Shell} from './session.ts';
import type {Terminal} from './host/terminal.ts';
import {wrap} from './text.ts';

/** Ctrl-], as telnet has it. */
const detachByte = 0x1d;
const mostKeptBytes = 64 * 1024;

interface Kept {
	readonly shell: Shell;
	/** What it printed while nobody looked. */
	unseen: Uint8Array[];
	isEnded: boolean;
}

export interface ShellsOptions {
	readonly session: Session;
	readonly terminal: Terminal;
	readonly term: string;
	/** The terminal is ours again; `how` in words. */
	back(how: string): void;
}

export class Shells {
	readonly #options: ShellsOptions;
	readonly #kept = new Map<string, Kept>();
	#open: {readonly node: string; readonly shell: Shell} | undefined;

	constructor(options: ShellsOptions) {
		this.#options = options;
	}

	/** Whether a shell has the terminal now. */
	get isOpen(): boolean {
		return this.#open !== undefined;
	}

	/** Gives the terminal to the node's shell, the one that was left or a new one. */
	open(node: string): void {
		const {session, terminal, term} = this.#options;
		terminal.leaveScreen();
		const banner = wrap(`-- ${node}: Ctrl-] comes back and the shell goes on, exit ends it --`, terminal.size.columns);
		terminal.write(`\r\n${banner.join('\r\n')}\r\n`);
		const known = this.#kept.get(node);
		if (known !== undefined) {
			this.#open = {node, shell: known.shell};
			for (const bytes of known.unseen.splice(0)) {
				terminal.write(bytes);
			}

			known.shell.resize(terminal.size.columns, terminal.size.rows);
			known.shell.onData((bytes) => terminal.write(bytes));
			return;
		}

		const shell = session.attach({where: node, command: [], terminal: {...terminal.size, term}});
		const kept: Kept = {shell, unseen: [], isEnded: false};
		this.#kept.set(node, kept);
		this.#open = {node, shell};
		shell.onData((bytes) => terminal.write(bytes));
		const end = (how: string): void => {
			kept.isEnded = true;
			this.#kept.delete(node);
			if (this.#open?.shell === shell) {
				this.#open = undefined;
				this.#options.back(how);
			}
		};

		shell.ended.then(
			(exit) => end(exit === 0 ? '' : `the shell in ${node} ended with ${exit}`),
			(error: unknown) => end(`no shell in ${node}: ${error instanceof Error ? error.message : String(error)}`),
		);
	}

	/** Bytes from the terminal while a shell has it. */
	write(bytes: Uint8Array): void {
		const open = this.#open;
		if (open === undefined) {
			return;
		}

		const end = bytes.indexOf(detachByte);
		if (end !== 0) {
			open.shell.write(end < 0 ? bytes : bytes.subarray(0, end));
		}

		if (end >= 0) {
			this.#leave(open.node);
		}
	}

	resize(columns: number, rows: number): void {
		this.#open?.shell.resize(columns, rows);
	}

	/** Ends all that are left. */
	end(): void {
		this.#open = undefined;
		for (const {shell} of this.#kept.values()) {
			shell.detach();
		}

		this.#kept.clear();
	}

	#leave(node: string): void {
		this.#open = undefined;
		const kept = this.#kept.get(node);
		if (kept !== undefined) {
			kept.shell.onData((bytes) => {
				kept.unseen.push(Uint8Array.from(bytes));
				let size = kept.unseen.reduce((sum, part) => sum + part.length, 0);
				while (size > mostKeptBytes) {
					size -= kept.unseen.shift()?.length ?? 0;
				}
			});
		}

		this.#options.back(`the shell in ${node} goes on; s returns to it`);
	}
}
