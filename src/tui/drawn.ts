// What the panes drew last. A pane whose frame says the same again is not drawn again: with a key or a new reading only little changes.
import type {Theme} from './theme.ts';

interface Pane {
	readonly theme: Theme;
	/** The values of its frame, in the order of its fields. */
	readonly values: readonly unknown[];
	readonly lines: readonly string[];
}

export class Drawn {
	readonly #panes = new Map<string, Pane>();

	/**
	 * The lines of a pane: the last ones when every field of its frame is the same value as then, or a list of the same values.
	 * So a frame may hold nothing that is changed in place, and those of a pane have the same fields in the same order.
	 */
	lines<F extends object>(pane: string, frame: F, theme: Theme, draw: (frame: F, theme: Theme) => readonly string[]): readonly string[] {
		const last = this.#panes.get(pane);
		const values: readonly unknown[] = Object.values(frame);
		if (last?.theme === theme && isSameList(last.values, values, isSame)) {
			return last.lines;
		}

		const lines = draw(frame, theme);
		this.#panes.set(pane, {theme, values, lines});
		return lines;
	}
}

function isSame(a: unknown, b: unknown): boolean {
	return a === b || (Array.isArray(a) && Array.isArray(b) && isSameList(a, b, Object.is));
}

function isSameList(a: readonly unknown[], b: readonly unknown[], isSameItem: (a: unknown, b: unknown) => boolean): boolean {
	return a.length === b.length && a.every((item, index) => isSameItem(item, b[index]));
}
