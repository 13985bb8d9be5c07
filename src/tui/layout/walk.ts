// From one thing on the map to its neighbour in a direction. The caret remembers the column while one walks up and down, as in an editor.
import type {Rect} from './canvas.ts';
import type {Item, Point} from './scene.ts';

export type Direction = 'left' | 'right' | 'up' | 'down';

/** The nearest item in that direction, or undefined at the edge. */
export function neighbour(items: readonly Item[], from: Item, direction: Direction, caret: Point): Item | undefined {
	let best: Item | undefined;
	let least = Number.POSITIVE_INFINITY;
	for (const item of items) {
		const cost = item === from ? undefined : costOf(item.rect, from.rect, direction, caret);
		if (cost !== undefined && cost < least) {
			best = item;
			least = cost;
		}
	}

	return best;
}

function costOf(to: Rect, from: Rect, direction: Direction, caret: Point): number | undefined {
	const ahead = {
		left: from.x - (to.x + to.width),
		right: to.x - (from.x + from.width),
		up: from.y - (to.y + to.height),
		down: to.y - (from.y + from.height),
	}[direction];
	if (ahead < 0) {
		return undefined;
	}

	const isUpright = direction === 'up' || direction === 'down';
	const beside = isUpright ? outside(caret.x, to.x, to.width) : apart(from.y, from.height, to.y, to.height);
	return isUpright ? ahead * 4 + beside : ahead + beside * 8;
}

function outside(at: number, start: number, length: number): number {
	return Math.max(0, start - at, at - (start + length - 1));
}

function apart(a: number, aLength: number, b: number, bLength: number): number {
	return Math.max(0, b - (a + aLength - 1), a - (b + bLength - 1));
}

/** The caret after walking to an item. */
export function caretOn(item: Item, direction: Direction | undefined, caret: Point): Point {
	const {x, y, width, height} = item.rect;
	const isUpright = direction === 'up' || direction === 'down';
	return {x: isUpright ? Math.min(Math.max(caret.x, x), x + width - 1) : x + Math.min(Math.floor(width / 2), 8), y: y + Math.floor(height / 2)};
}

/** What a click on a cell means: the smallest thing there. */
export function itemAt(items: readonly Item[], {x, y}: Point): Item | undefined {
	const size = ({box, rect}: Item): number => (box ?? rect).width * (box ?? rect).height;
	const isIn = (rect: Rect): boolean => x >= rect.x && x < rect.x + rect.width && y >= rect.y && y < rect.y + rect.height;
	const hits = items.filter((item) => isIn(item.rect) || isIn(item.label) || (item.kind === 'host' && item.box !== undefined && isIn(item.box)));
	return hits.toSorted((a, b) => size(a) - size(b) || a.rect.height - b.rect.height)[0];
}
