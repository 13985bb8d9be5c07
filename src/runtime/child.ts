// A process that we started: its exit, and signals that can only reach it. Not what runs or where: command.ts, ports.ts, host.ts.
import type {ExitStatus, Native, SpawnOptions} from '../../native/index.ts';

export const signals = {HUP: 1, KILL: 9, TERM: 15, CONT: 18, STOP: 19} as const;

export class Child {
	/** In the box's numbering. */
	readonly pid: number;
	/** Its exit code; 128 + n after signal n, as shells count. */
	readonly ended: Promise<number>;
	readonly #native: Native;
	#pidfd: number | undefined;

	private constructor(native: Native, spawned: {readonly pid: number; readonly pidfd: number}) {
		this.#native = native;
		this.pid = spawned.pid;
		this.#pidfd = spawned.pidfd;
		this.ended = new Promise((resolve) => {
			native.onExit(spawned.pidfd, (status) => {
				// closed here and nowhere else: its number may at once mean another process
				this.#pidfd = undefined;
				native.close(spawned.pidfd);
				resolve(exitCode(status));
			});
		});
	}

	/** Rejects with the addon's error when the program cannot be executed. */
	static async start(native: Native, options: SpawnOptions): Promise<Child> {
		return new Child(native, await native.spawn(options));
	}

	/** Gone is success. */
	signal(signal: number): void {
		if (this.#pidfd === undefined) {
			return;
		}

		try {
			this.#native.pidfdSignal(this.#pidfd, signal);
		} catch (error) {
			if (errorCode(error) !== 'ESRCH') {
				throw error;
			}
		}
	}
}

/** 128 + n after signal n, as shells count. */
export function exitCode(status: ExitStatus): number {
	return status.code ?? 128 + (status.signal ?? 0);
}

/** "ENOENT" and its brothers; undefined for what is not a system call's error. */
export function errorCode(error: unknown): string | undefined {
	return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** What an error says, without its stack. */
export function said(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
