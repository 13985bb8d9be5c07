// What the panes drew last. A pane whose frame says the same again is not drawn again: with a key or a new reading only little changes.
import type {Theme} from './theme.ts';

interface Pane {
	readonly theme: Theme;
	readonly frame: object;
	readonly lines: readonly string[];
}

export class Drawn {
	readonly #panes = new Map<string, Pane>();

	/**
	 * The lines of a pane: the last ones when every field of its frame is the same value as then, or a list of the same values.
	 * So a frame may hold nothing that is changed in place.
	 */
	lines<F extends object>(pane: string, frame: F, theme: Theme, draw: (frame: F, theme: Theme) => readonly string[]): readonly string[] {
		const last = this.#panes.get(pane);
		if (last?.theme === theme && isSame(last.frame, frame)) {
			return last.lines;
		}

		const lines = draw(frame, theme);
		this.#panes.set(pane, {theme, frame, lines});
		return lines;
	}
}

function isSame(a: object, b: object): boolean {
	const fields = Object.entries(a);
	const others = new Map<string, unknown>(Object.entries(b));
	return fields.length === others.size && fields.every(([name, value]) => isSameValue(value, others.get(name)));
}

function isSameValue(a: unknown, b: unknown): boolean {
	return a === b || (Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, index) => item === b[index]));
}
