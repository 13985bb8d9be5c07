// Draws a container's card and notes where its names and counters stand. What is written in it comes from `cards.ts`.
import {clip, width} from '../text.ts';
import type {PlacedCard} from './plan.ts';
import type {Point, Sketch} from './scene.ts';

/** Draws a card at its place in the host whose corner is at `origin`. Each of its names is a thing of its own on the map. */
export function drawCard(sketch: Sketch, {card, rect, hangs}: PlacedCard, origin: Point): void {
	const {canvas} = sketch;
	const box = {...rect, x: origin.x + rect.x, y: origin.y + rect.y};
	const right = box.x + box.width - 1;
	canvas.box(box, {weight: 1, role: card.isRunning ? 'card' : 'dim'});
	if (card.title !== '') {
		canvas.text(box.x + 2 + (hangs === undefined ? 0 : 2), box.y, ` ${card.title} `, 'dim');
	}

	for (const [index, name] of card.names.entries()) {
		const y = box.y + 1 + index;
		const x = index === 0 ? box.x + 2 : canvas.text(box.x + 2, y, '+ ', 'dim');
		canvas.text(x, y, clip(name, right - x - 1), card.isRunning ? 'title' : 'dim');
		const isLast = index === card.names.length - 1;
		const top = index === 0 ? box.y : y;
		const bottom = isLast ? box.y + box.height : y + 1;
		sketch.items.push({
			id: `container:${name}`,
			kind: 'container',
			name,
			rect: {x: box.x, y: top, width: box.width, height: bottom - top},
			box,
			label: {x, y, width: width(name), height: 1},
		});
	}

	let y = box.y + 1 + card.names.length;
	for (const line of card.lines) {
		if ('meter' in line) {
			sketch.slots.push({x: box.x + 2, y, meter: line.meter});
		} else {
			canvas.text(box.x + 2, y, clip(line.text, box.width - 4), line.role);
		}

		y++;
	}
}
