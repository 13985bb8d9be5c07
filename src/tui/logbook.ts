// The last lines that containers printed, and the ones among them that a filter lets through. Old lines go when there are too many.
import type {LogLine} from '../api/messages.ts';
import {matcher} from './list.ts';
import {plain} from './text.ts';

const mostLines = 20_000;

export class LogBook {
	#lines: LogLine[] = [];
	#shown: LogLine[] = [];
	/** How many of #lines the filter has seen. */
	#seen = 0;
	#node: string | undefined;
	#filter = '';
	readonly #loaded = new Set<string>();

	add(lines: readonly LogLine[]): void {
		for (const line of lines) {
			this.#lines.push({...line, text: plain(line.text)});
		}

		if (this.#lines.length > mostLines) {
			this.#lines = this.#lines.slice(-mostLines / 2);
			this.#restart();
		}
	}

	/** Puts a node's history in place of what was known of it, in the order of time. */
	load(node: string, history: readonly LogLine[]): void {
		this.#loaded.add(node);
		const others = this.#lines.filter((line) => line.node !== node);
		this.#lines = [...others, ...history.map((line) => ({...line, text: plain(line.text)}))].toSorted((a, b) => a.atMs - b.atMs);
		this.#restart();
	}

	isLoaded(node: string): boolean {
		return this.#loaded.has(node);
	}

	/** The lines of a node (undefined: of all) that the filter lets through. */
	matching(node: string | undefined, filter: string): readonly LogLine[] {
		if (node !== this.#node || filter !== this.#filter) {
			this.#node = node;
			this.#filter = filter;
			this.#restart();
		}

		const lets = matcher(filter);
		for (; this.#seen < this.#lines.length; this.#seen++) {
			const line = this.#lines[this.#seen];
			if (line !== undefined && (node === undefined || line.node === node) && lets(`${line.node} ${line.text}`)) {
				this.#shown.push(line);
			}
		}

		return this.#shown;
	}

	#restart(): void {
		this.#shown = [];
		this.#seen = 0;
	}
}
