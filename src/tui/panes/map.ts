// The map on the screen: the picture of layout/map.ts with what moves laid on it: counters, packets on their way, the selection.
import type {Item, ItemId, Point, Scene} from '../layout/scene.ts';
import type {Look} from '../motion/motion.ts';
import {read, type Rates} from '../rates.ts';
import {clip, short} from '../text.ts';
import type {Role, Theme} from '../theme.ts';

/** A packet on its way. */
export interface MapDot extends Point {
	/** `counted`: by the counters, which do not tell what it is. */
	readonly look: Look | 'counted';
}

/** What dots look like; none is told from another by its colour alone. */
export const dotLooks: Readonly<Record<MapDot['look'], {readonly glyph: string; readonly role: Role}>> = {
	tcp: {glyph: '●', role: 'tcp'},
	udp: {glyph: '■', role: 'udp'},
	icmp: {glyph: '◆', role: 'icmp'},
	arp: {glyph: '◇', role: 'arp'},
	rewritten: {glyph: '◎', role: 'rewritten'},
	other: {glyph: '□', role: 'dot'},
	lost: {glyph: '✗', role: 'dropped'},
	counted: {glyph: '●', role: 'dot'},
};

export interface MapFrame {
	readonly scene: Scene;
	/** First row of the picture to show. */
	readonly top: number;
	readonly rows: number;
	readonly selected: ItemId;
	readonly rates: Rates;
	readonly dots: readonly MapDot[];
	/** What to say where there is nothing to draw. */
	readonly empty: string;
}

export function drawMap({scene, top, rows, selected, rates, dots, empty}: MapFrame, theme: Theme): string[] {
	const canvas = scene.canvas.slice(top, rows);
	for (const {x, y, meter} of scene.slots) {
		if (y >= top && y < top + rows) {
			const {inBytes, outBytes, dropped} = read(rates, meter);
			const end = canvas.text(x, y - top, rateText(inBytes, outBytes), inBytes + outBytes > 0 ? 'rate' : 'dim');
			if (dropped > 0) {
				canvas.text(end, y - top, '✗', 'dropped');
			}
		}
	}

	if (scene.items.length === 0) {
		canvas.text(2, 1, clip(empty, canvas.width - 4), 'dim');
	}

	const item = scene.items.find(({id}) => id === selected);
	if (item !== undefined) {
		mark(canvas, item, top);
	}

	for (const {x, y, look} of dots) {
		if (canvas.isLine(x, y - top)) {
			canvas.text(x, y - top, dotLooks[look].glyph, dotLooks[look].role);
		}
	}

	if (top > 0) {
		canvas.text(canvas.width - 8, 0, ' ▲ more ', 'dim');
	}

	if (top + rows < scene.canvas.height) {
		canvas.text(canvas.width - 8, rows - 1, ' ▼ more ', 'dim');
	}

	return canvas.rows(theme);
}

/** Bytes per second in and out, eleven cells: `▼1.2k ▲900 `. */
export function rateText(inBytes: number, outBytes: number): string {
	return `▼${short(inBytes).padEnd(4)} ▲${short(outBytes).padEnd(4)}`;
}

/** Boxes turn heavy; a line of a segment gets brackets around its name. The mark is there without colours too. */
function mark(canvas: ReturnType<Scene['canvas']['slice']>, {kind, box, label}: Item, top: number): void {
	if (box !== undefined) {
		canvas.emphasize({...box, y: box.y - top}, 'selected');
	}

	canvas.recolour(label.x, label.y - top, label.width, 'selected');
	if (kind === 'container') {
		canvas.text(label.x - 1, label.y - top, '▌', 'selected');
	}

	if (box === undefined) {
		canvas.text(label.x - 1, label.y - top, '[', 'selected');
		canvas.text(label.x + label.width, label.y - top, ']', 'selected');
	}
}
