// The headers of one packet as lines that fold: which are open, and which one is on. Both are remembered by name, so that the next packet shows the same.
import type {Layer} from '../../watch/decode/walk.ts';

export interface TreeLine {
	/** "TCP" or "TCP/tcp.flags.syn"; the second of its kind has "2" behind it. */
	readonly key: string;
	readonly layer: string;
	/** Undefined: the line of a layer itself. */
	readonly name: string | undefined;
	readonly text: string;
	readonly isOpen: boolean;
	/** Its bytes in the frame, the second not included. */
	readonly start: number;
	readonly end: number;
}

export class Tree {
	/** By layer; what nobody has folded or unfolded is open when it is the innermost. */
	readonly #open = new Map<string, boolean>();
	/** The key of the line one is on. */
	cursor = '';
	top = 0;
	/** Those that were asked for last. */
	#made: {readonly layers: readonly Layer[]; readonly lines: readonly TreeLine[]} | undefined;

	/** The lines of a packet's layers; the same ones for as long as none is folded or unfolded. */
	linesOf(layers: readonly Layer[]): readonly TreeLine[] {
		this.#made = this.#made?.layers === layers ? this.#made : {layers, lines: this.#make(layers)};
		return this.#made.lines;
	}

	#make(layers: readonly Layer[]): readonly TreeLine[] {
		const seen = new Map<string, number>();
		const unique = (key: string): string => {
			const count = (seen.get(key) ?? 0) + 1;
			seen.set(key, count);
			return count === 1 ? key : `${key} ${count}`;
		};

		return layers.flatMap(({protocol, text, start, end, fields}, index) => {
			const layer = unique(protocol);
			const isOpen = this.#open.get(layer) ?? index === layers.length - 1;
			const head: TreeLine = {key: layer, layer, name: undefined, text: `${protocol}  ${text}`, isOpen, start, end};
			const rest = fields.map((field): TreeLine => {
				const said = field.text ?? String(field.value);
				return {key: unique(`${layer}/${field.name}`), layer, name: field.name, text: said, isOpen: false, start: field.start, end: field.end};
			});
			return isOpen ? [head, ...rest] : [head];
		});
	}

	/** The place of the line one is on; of one that this packet does not have, that of its layer. */
	placeIn(lines: readonly TreeLine[]): number {
		const place = lines.findIndex(({key}) => key === this.cursor);
		return place >= 0
			? place
			: Math.max(
					0,
					lines.findIndex(({key}) => key === this.cursor.split('/')[0]),
				);
	}

	settle(lines: readonly TreeLine[], rows: number): void {
		const place = this.placeIn(lines);
		this.top = Math.max(0, Math.min(Math.max(this.top, place - rows + 1), place, lines.length - rows));
	}

	move(lines: readonly TreeLine[], by: number): void {
		const place = Math.max(0, Math.min(lines.length - 1, this.placeIn(lines) + by));
		this.cursor = lines[place]?.key ?? '';
	}

	/** Opens or folds the layer of the line one is on; a field that is folded away leaves one on its layer. */
	setOpen(lines: readonly TreeLine[], isOpen: boolean): void {
		const line = lines[this.placeIn(lines)];
		if (line !== undefined) {
			this.#open.set(line.layer, isOpen);
			this.#made = undefined;
			this.cursor = isOpen ? line.key : line.layer;
		}
	}
}
