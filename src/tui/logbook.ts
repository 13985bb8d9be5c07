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
	/** By node: the number of the last line of its history. */
	readonly #loaded = new Map<string, number>();

	add(lines: readonly LogLine[]): void {
		// what was on its way when a history was fetched may be in that
		for (const line of lines.filter(({node, number}) => number > (this.#loaded.get(node) ?? -1))) {
			this.#lines.push({...line, text: plain(line.text)});
		}

		if (this.#lines.length > mostLines) {
			this.#lines = this.#lines.slice(-mostLines / 2);
			this.#restart();
		}
	}

	/** Puts a node's history in place of what was known of it until then. */
	load(node: string, history: readonly LogLine[]): void {
		const last = history.at(-1)?.number ?? -1;
		this.#loaded.set(node, last);
		const others = this.#lines.filter((line) => line.node !== node || line.number > last);
		this.#lines = [...others, ...history.map((line) => ({...line, text: plain(line.text)}))].toSorted((a, b) => a.number - b.number);
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
