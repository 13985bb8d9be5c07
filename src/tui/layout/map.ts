// The bus layout: LANs are trunks across the screen, hosts are boxes below them, side by side where they fit and stacked where they do not.
// Deterministic, in the order of the file. Says where everything is; panes/map.ts adds what moves.
import type {LanView, View} from '../../api/messages.ts';
import {clip, width} from '../text.ts';
import {Canvas} from './canvas.ts';
import {spacing, type Detail} from './cards.ts';
import {drawHost, type LanWire} from './draw.ts';
import {sides} from './masks.ts';
import {planHost, type HostPlan} from './plan.ts';
import {straight, type Scene, type Sketch} from './scene.ts';

interface PlacedHost {
	readonly plan: HostPlan;
	readonly x: number;
}

interface Row {
	readonly hosts: readonly PlacedHost[];
	/** LANs that reach into this row. */
	readonly lans: readonly LanView[];
	/** Rows above the boxes. */
	readonly above: number;
	readonly height: number;
}

/** Lays a lab out for a screen of that size, with the most detail and room that fit without scrolling. The picture may be higher than the screen. */
export function layoutMap(view: View, columns: number, rows: number): Scene {
	for (const detail of ['airy', 'full'] as const) {
		const arranged = arrange(view, columns, detail);
		if (heightOf(arranged) <= rows) {
			return sketchMap(view, arranged, columns);
		}
	}

	return sketchMap(view, arrange(view, columns, 'short'), columns);
}

function heightOf(rows: readonly Row[]): number {
	return rows.reduce((sum, row) => sum + row.height, 0);
}

/** The arrangement with the fewest rows among: boxes at their natural widths, and up to four boxes of equal share beside each other. */
function arrange(view: View, columns: number, detail: Detail): Row[] {
	const inner = columns - (view.hosts.length > 1 ? 2 * view.lans.length : 0);
	let best = wrap(
		view,
		view.hosts.map((host) => planHost(host, inner, detail)),
		columns,
		detail,
	);
	const plain = best.flatMap((row) => row.hosts).filter(({plan}) => plan.host.containers.length === 0);
	const busy = view.hosts.length - plain.length;
	const left = inner - plain.reduce((sum, {plan}) => sum + plan.width + spacing[detail].hostGap, 0);
	for (let share = 1; share <= Math.min(4, busy); share++) {
		const most = Math.floor(left / share) - spacing[detail].hostGap;
		if (most >= 40 && view.hosts.length > 1) {
			const rows = wrap(
				view,
				view.hosts.map((host) => planHost(host, host.containers.length === 0 ? inner : most, detail)),
				columns,
				detail,
			);
			best = heightOf(rows) < heightOf(best) ? rows : best;
		}
	}

	return best;
}

/** Fills rows from the left, then moves them all to the middle. With more than one row the right edge is kept free for the LANs' way down. */
function wrap(view: View, plans: readonly HostPlan[], columns: number, detail: Detail): Row[] {
	const gap = spacing[detail].hostGap;
	const total = plans.reduce((sum, plan) => sum + plan.width + gap, -gap);
	const usable = total <= columns ? columns : columns - 2 * view.lans.length;
	const groups: HostPlan[][] = [];
	let used = 0;
	let widest = 0;
	for (const plan of plans) {
		const group = groups.at(-1);
		if (group === undefined || used + gap + plan.width > usable) {
			groups.push([plan]);
			used = plan.width;
		} else {
			group.push(plan);
			used += gap + plan.width;
		}

		widest = Math.max(widest, used);
	}

	const left = Math.max(0, Math.floor((usable - widest) / 2));
	return groups.map((group) => makeRow(view, group, left, detail));
}

function makeRow(view: View, group: readonly HostPlan[], left: number, detail: Detail): Row {
	const hosts: PlacedHost[] = [];
	let x = left;
	for (const plan of group) {
		hosts.push({plan, x});
		x += plan.width + spacing[detail].hostGap;
	}

	const isIn = (lan: LanView): boolean =>
		group.some(
			({host}) =>
				host.nics.some((nic) => nic.lan === lan.name) ||
				host.containers.some((container) => container.interfaces.some((one) => one.bridge === lan.name)),
		);
	const lans = view.lans.filter((lan) => isIn(lan));
	const above = lans.length === 0 ? 0 : lans.length + spacing[detail].wire;
	return {hosts, lans, above, height: above + Math.max(...group.map((plan) => plan.height))};
}

function sketchMap(view: View, rows: readonly Row[], columns: number): Scene {
	const idle = view.lans.filter((lan) => !rows.some((row) => row.lans.includes(lan)));
	const sketch: Sketch = {canvas: new Canvas(columns, heightOf(rows) + idle.length), items: [], slots: [], trunks: new Map(), endpoints: []};
	const places = new Map<string, number[]>();
	let y = 0;
	for (const row of rows) {
		drawRow(sketch, {row, y, columns, spines: spinesOf(view, rows, columns)}, places);
		y += row.height;
	}

	for (const lan of idle) {
		drawTrunk(sketch, lan, {y: y++, right: columns - 1, taken: [], isFirst: true});
	}

	drawSpines(sketch, places, spinesOf(view, rows, columns));
	return sketch;
}

/** LAN -> the column of its way down, for those that reach into more than one row. */
function spinesOf(view: View, rows: readonly Row[], columns: number): Map<string, number> {
	const many = view.lans.filter((lan) => rows.filter((row) => row.lans.includes(lan)).length > 1);
	return new Map(many.map((lan, index) => [lan.name, columns - 1 - 2 * (many.length - 1 - index)]));
}

interface RowDrawing {
	readonly row: Row;
	readonly y: number;
	readonly columns: number;
	readonly spines: ReadonlyMap<string, number>;
}

function drawRow(sketch: Sketch, {row, y, columns, spines}: RowDrawing, places: Map<string, number[]>): void {
	const hostsY = y + row.above;
	const wires = row.hosts.flatMap(({plan, x}) => drawHost(sketch, plan, {x, y: hostsY}));
	const right = columns - 1 - (spines.size > 0 ? 2 * spines.size : 0);
	for (const [index, lan] of row.lans.entries()) {
		const lanY = y + index;
		const seen = places.get(lan.name) ?? [];
		const taken = wires.filter((wire) => row.lans.findIndex((one) => one.name === wire.lan) <= index).map((wire) => wire.x);
		drawTrunk(sketch, lan, {y: lanY, right: spines.get(lan.name) ?? right, taken, isFirst: seen.length === 0});
		places.set(lan.name, [...seen, lanY]);
	}

	for (const wire of wires) {
		const index = row.lans.findIndex((lan) => lan.name === wire.lan);
		if (index >= 0) {
			drawWire(sketch, wire, y + index, Math.min(columns, ...wires.map((other) => (other.x > wire.x ? other.x : columns))));
		}
	}
}

/** A wire from a box up to its LAN; LANs between go under it. */
function drawWire({canvas}: Sketch, wire: LanWire, lanY: number, end: number): void {
	for (let y = lanY + 1; y < wire.y; y++) {
		canvas.cross(wire.x, y, sides(1, 0, 1, 0), 'wire');
	}

	canvas.line(wire.x, lanY, sides(0, 0, 1, 0), 'lan');
	canvas.line(wire.x, wire.y, sides(1, 0, 0, 0), 'host');
	canvas.text(wire.x + 1, wire.y - 1, clip(wire.label, end - wire.x - 2), 'veth');
	wire.join({at: {x: wire.x, y: lanY}, cells: straight({x: wire.x, y: wire.y + 1}, {x: wire.x, y: lanY})});
}

interface TrunkDrawing {
	readonly y: number;
	readonly right: number;
	/** Columns of wires that end at it or cross it. */
	readonly taken: readonly number[];
	readonly isFirst: boolean;
}

function drawTrunk(sketch: Sketch, lan: LanView, {y, right, taken, isFirst}: TrunkDrawing): void {
	const {canvas} = sketch;
	canvas.across(0, right, y, {weight: 2, role: 'lan'});
	const label = `${lan.name} ${lan.subnet}`;
	const cells = width(label) + 2;
	let x = 5;
	while (taken.some((column) => column >= x - 1 && column <= x + cells)) {
		x++;
	}

	canvas.text(x, y, clip(` ${label} `, right - x), 'lan');
	sketch.trunks.set(`lan:${lan.name}`, {id: `lan:${lan.name}`, spineX: right});
	if (isFirst) {
		sketch.items.push({
			id: `lan:${lan.name}`,
			kind: 'lan',
			name: lan.name,
			rect: {x: 0, y, width: right + 1, height: 1},
			box: undefined,
			label: {x: x + 1, y, width: width(label), height: 1},
		});
	}
}

/** The LANs' way down along the right edge; where one crosses another LAN it goes over it. */
function drawSpines({canvas}: Sketch, places: ReadonlyMap<string, readonly number[]>, spines: ReadonlyMap<string, number>): void {
	for (const [lan, x] of spines) {
		const rows = places.get(lan) ?? [];
		const first = Math.min(...rows);
		const last = Math.max(...rows);
		for (let y = first; y <= last; y++) {
			const mask = sides(y > first ? 2 : 0, 0, y < last ? 2 : 0, 0);
			if (rows.includes(y)) {
				canvas.line(x, y, mask, 'lan');
			} else {
				canvas.cross(x, y, mask, 'lan');
			}
		}
	}
}
