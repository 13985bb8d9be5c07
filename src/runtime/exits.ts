// Exits of a lab host's processes by PID, told to whoever asks, before or after. Where they come from: host.ts.
import type {ExitStatus} from '../../native/index.ts';

export class Exits {
	readonly #waiting = new Map<number, (status: ExitStatus) => void>();
	readonly #early = new Map<number, ExitStatus>();
	#expected = 0;

	tell(pid: number, status: ExitStatus): void {
		const waiting = this.#waiting.get(pid);
		this.#waiting.delete(pid);
		if (waiting !== undefined) {
			waiting(status);
		} else if (this.#expected > 0) {
			this.#early.set(pid, status);
		}
	}

	/** Resolves when the process has ended. */
	async of(pid: number): Promise<ExitStatus> {
		const early = this.#early.get(pid);
		if (early !== undefined) {
			this.#early.delete(pid);
			return early;
		}

		return new Promise((resolve) => {
			this.#waiting.set(pid, resolve);
		});
	}

	/** Until the returned function is called, exits that nobody waits for yet are kept: a process may end before its PID is known. */
	expect(): () => void {
		this.#expected++;
		return () => {
			this.#expected--;
			if (this.#expected === 0) {
				this.#early.clear();
			}
		};
	}

	/** Everything ended at once, by SIGKILL. */
	endAll(): void {
		for (const waiting of this.#waiting.values()) {
			waiting({code: undefined, signal: 9});
		}

		this.#waiting.clear();
	}
}
