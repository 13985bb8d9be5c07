// A program in a pseudo terminal of its own, as a person starts it. What it draws is for the caller to look at.
import {ReadStream} from 'node:tty';
import {loadNative, type Native} from '../../../native/index.ts';

const sigterm = 15;
/** How often Node is kept from ending meanwhile; in milliseconds. */
const aliveMs = 10_000;

export interface Started {
	/** The program and its words. */
	readonly command: readonly [string, ...string[]];
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly columns: number;
	readonly rows: number;
}

/** Starts the program, lets `work` have its terminal, and ends it whatever happens. */
export async function inTerminal<T>({command, env, columns, rows}: Started, work: (terminal: ReadStream, pid: number) => Promise<T>): Promise<T> {
	const native = loadNative();
	const {master, slave} = native.openTerminal('/dev/ptmx', columns, rows);
	const {pid, pidfd} = await native.spawn({
		file: command[0],
		args: command,
		env: [...Object.entries(env).flatMap(([key, value]) => (value === undefined || key === 'CI' ? [] : [`${key}=${value}`])), 'TERM=xterm-256color'],
		stdio: [slave, slave, slave],
		session: true,
		terminal: true,
		dieWithParent: true,
	});
	native.close(slave);
	const ended = new Promise<void>((resolve) => {
		// onExit by itself does not keep Node running
		const alive = setInterval(() => undefined, aliveMs);
		native.onExit(pidfd, () => {
			clearInterval(alive);
			resolve();
		});
	});
	const terminal = new ReadStream(master);
	// its end shows as EIO (pty(7))
	terminal.on('error', () => undefined);
	try {
		return await work(terminal, pid);
	} finally {
		end(native, pidfd);
		await ended;
		native.close(pidfd);
		terminal.destroy();
	}
}

function end(native: Native, pidfd: number): void {
	try {
		native.pidfdSignal(pidfd, sigterm);
	} catch {
		// it has ended
	}
}
