// The segments between hosts: LANs above the boxes, overlay networks below them, joined along the right edge where the boxes need more than one row.
import type {LanView, NetworkView} from '../../api/messages.ts';
import {clip, subnetOf, width} from '../text.ts';
import type {Canvas} from './canvas.ts';
import type {OverlayWire} from './draw-bus.ts';
import type {LanWire} from './draw.ts';
import {sides} from './masks.ts';
import {straight, type Item, type Sketch} from './scene.ts';

export interface Outside extends Pick<Item, 'id' | 'name'> {
	readonly kind: 'lan' | 'overlay';
	readonly label: string;
}

export function lanTrunk({name, subnet}: LanView): Outside {
	return {id: `lan:${name}`, name, kind: 'lan', label: `${name} ${subnet}`};
}

export function overlayTrunk(network: NetworkView): Outside {
	const {name, vni, internal} = network;
	return {id: `overlay:${name}`, name, kind: 'overlay', label: `${name} ${subnetOf(network)} VXLAN ${vni ?? ''}`.trimEnd() + (internal ? ' internal' : '')};
}

export interface TrunkDrawing {
	readonly y: number;
	readonly right: number;
	/** Columns of wires that end at it or cross it. */
	readonly taken: readonly number[];
	readonly isFirst: boolean;
}

export function drawTrunk(sketch: Sketch, {id, name, kind, label}: Outside, {y, right, taken, isFirst}: TrunkDrawing): void {
	const {canvas} = sketch;
	canvas.across(0, right, y, {weight: 2, role: kind});
	const cells = width(label) + 2;
	let x = 5;
	while (taken.some((column) => column >= x - 1 && column <= x + cells)) {
		x++;
	}

	canvas.text(x, y, clip(` ${label} `, right - x), kind);
	sketch.trunks.set(id, {id, spineX: right});
	if (isFirst) {
		sketch.items.push({
			id,
			kind: kind === 'lan' ? 'lan' : 'network',
			name,
			rect: {x: 0, y, width: right + 1, height: 1},
			box: undefined,
			label: {x: x + 1, y, width: width(label), height: 1},
		});
	}
}

/** A wire from a box up to its LAN; LANs between go under it. `end`: the first column that its label must leave free. */
export function drawUp({canvas}: Sketch, wire: LanWire, lanY: number, end: number): void {
	for (let y = lanY + 1; y < wire.y; y++) {
		canvas.cross(wire.x, y, sides(1, 0, 1, 0), 'wire');
	}

	canvas.line(wire.x, lanY, sides(0, 0, 1, 0), 'lan');
	canvas.line(wire.x, wire.y, sides(1, 0, 0, 0), 'host');
	canvas.text(wire.x + 1, wire.y - 1, clip(wire.label, end - wire.x - 2), 'veth');
	wire.join({at: {x: wire.x, y: lanY}, cells: straight({x: wire.x, y: wire.y + 1}, {x: wire.x, y: lanY})});
}

/** A wire from a box down to its overlay network; others between go under it. */
export function drawDown({canvas}: Sketch, wire: OverlayWire, trunkY: number): void {
	for (let y = wire.y + 1; y < trunkY; y++) {
		canvas.cross(wire.x, y, sides(1, 0, 1, 0), 'wire');
	}

	const label = 'vxlan0';
	canvas.line(wire.x, trunkY, sides(1, 0, 0, 0), 'overlay');
	canvas.text(wire.x - label.length, wire.y + 1, label, 'veth');
	wire.join({x: wire.x, y: trunkY});
}

/** A trunk's way down along the right edge; where it crosses another one it goes over it. `rows`: where its own lines are. */
export function drawSpine(canvas: Canvas, x: number, rows: readonly number[], role: Outside['kind']): void {
	const first = Math.min(...rows);
	const last = Math.max(...rows);
	for (let y = first; y <= last; y++) {
		const mask = sides(y > first ? 2 : 0, 0, y < last ? 2 : 0, 0);
		if (rows.includes(y)) {
			canvas.line(x, y, mask, role);
		} else {
			canvas.cross(x, y, mask, role);
		}
	}
}
