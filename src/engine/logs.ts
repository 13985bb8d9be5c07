// What the lab's processes printed: the last lines of each node, and news to whoever listens, several lines at a time.
import type {LogLine} from '../api/messages.ts';

const mostLines = 1000;
/** Lines that come within so many milliseconds travel together. */
const gatherMs = 30;

export class Logs {
	readonly #lines = new Map<string, LogLine[]>();
	readonly #tell: (lines: readonly LogLine[]) => void;
	#fresh: LogLine[] = [];
	#count = 0;

	constructor(tell: (lines: readonly LogLine[]) => void) {
		this.#tell = tell;
	}

	add(printed: Omit<LogLine, 'number'>): void {
		const line = {...printed, number: this.#count};
		this.#count++;
		const lines = this.#lines.get(line.node) ?? [];
		this.#lines.set(line.node, lines);
		lines.push(line);
		if (lines.length > 2 * mostLines) {
			lines.splice(0, lines.length - mostLines);
		}

		this.#fresh.push(line);
		if (this.#fresh.length === 1) {
			setTimeout(() => {
				this.#tell(this.#fresh);
				this.#fresh = [];
			}, gatherMs).unref();
		}
	}

	/** The last lines of a node, oldest first. */
	of(node: string): readonly LogLine[] {
		return (this.#lines.get(node) ?? []).slice(-mostLines);
	}
}
