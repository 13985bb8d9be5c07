// A command on a pseudo terminal, as a person has it: keys go in, what it shows comes out.
import {openSync} from 'node:fs';
import {ReadStream} from 'node:tty';
import {loadNative} from '../../native/index.ts';
import {eventually} from './lab.ts';

export interface OnTerminal {
	/** Keys, as a terminal sends them. */
	write(keys: string): void;
	resize(columns: number, rows: number): void;
	/** Everything that it has shown. */
	text(): string;
	/** Whether it comes to show this; with what was shown before it counted too. */
	shows(pattern: RegExp, mostWaitMs?: number): Promise<boolean>;
	/** Its exit code; 128 + n after signal n. */
	readonly ended: Promise<number>;
	/** Ends it if it still runs. */
	close(): void;
}

/** Runs a command (its first word an absolute path) on a new terminal. */
export async function openTerminal(
	command: readonly string[],
	env: Readonly<Record<string, string>>,
	size: {readonly columns: number; readonly rows: number},
): Promise<OnTerminal> {
	const native = loadNative();
	const {master, slave} = native.openTerminal('/dev/ptmx', size.columns, size.rows);
	const variables = Object.entries({...process.env, TERM: 'xterm', ...env}).map(([name, value]) => `${name}=${value}`);
	const {pidfd} = await native.spawn({file: command[0] ?? '', args: command, env: variables, stdio: [slave, slave, slave], session: true, terminal: true});
	const keep = openSync(`/proc/self/fd/${slave}`, 'r+');
	native.close(slave);
	const stream = new ReadStream(master);
	let shown = '';
	stream.setEncoding('utf8').on('data', (text: string) => {
		shown += text;
	});
	stream.on('error', () => {
		// EIO: its end
	});
	let isOver = false;
	const ended = new Promise<number>((resolve) => {
		native.onExit(pidfd, ({code, signal}) => {
			isOver = true;
			native.close(keep);
			resolve(code ?? 128 + (signal ?? 0));
		});
	});
	return {
		write(keys) {
			stream.write(keys);
		},
		resize(columns, rows) {
			native.resizeTerminal(master, columns, rows);
		},
		text: () => shown,
		shows: async (pattern, mostWaitMs = 20_000) => eventually(() => pattern.test(shown), mostWaitMs),
		ended,
		close() {
			if (!isOver) {
				native.pidfdSignal(pidfd, 9);
			}

			stream.destroy();
		},
	};
}
