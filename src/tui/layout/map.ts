// The bus layout: LANs are trunks across the screen, hosts are boxes below them, side by side where they fit and stacked where they do not; overlay
// networks are trunks below the hosts.
// Deterministic, in the order of the file. Says where everything is; panes/map.ts adds what moves.
import type {LanView, NetworkView, View} from '../../api/messages.ts';
import {Canvas} from './canvas.ts';
import {spacing, type Detail} from './cards.ts';
import {drawHost} from './draw.ts';
import {planHost, type HostPlan} from './plan.ts';
import type {Scene, Sketch} from './scene.ts';
import {drawSpine, drawDown, drawTrunk, drawUp, lanTrunk, overlayTrunk, type Outside} from './trunks.ts';

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
	/** Overlay networks that reach into this row; their trunks are below the boxes. */
	readonly overlays: readonly NetworkView[];
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

/** Wires that cannot be drawn are worse than rows. */
function isBetter(a: readonly Row[], b: readonly Row[]): boolean {
	const undrawn = (rows: readonly Row[]): number => rows.flatMap(({hosts}) => hosts).reduce((sum, {plan}) => sum + plan.undrawn, 0);
	return undrawn(a) === undrawn(b) ? heightOf(a) < heightOf(b) : undrawn(a) < undrawn(b);
}

/** The best arrangement (all wires drawn, then the fewest rows) among: boxes at their natural widths, and up to four boxes of equal share beside each other. */
function arrange(view: View, columns: number, detail: Detail): Row[] {
	const inner = columns - (view.hosts.length > 1 ? 2 * trunksOf(view) : 0);
	let best = wrap(
		view,
		view.hosts.map((host) => planHost(view, host, inner, detail)),
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
				view.hosts.map((host) => planHost(view, host, host.containers.length === 0 ? inner : most, detail)),
				columns,
				detail,
			);
			best = isBetter(rows, best) ? rows : best;
		}
	}

	return best;
}

/** Fills rows from the left, then moves them all to the middle. With more than one row the right edge is kept free for the LANs' way down. */
function wrap(view: View, plans: readonly HostPlan[], columns: number, detail: Detail): Row[] {
	const gap = spacing[detail].hostGap;
	const total = plans.reduce((sum, plan) => sum + plan.width + gap, -gap);
	const usable = total <= columns ? columns : columns - 2 * trunksOf(view);
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
	const overlays = overlaysOf(view).filter((network) => group.some(({host}) => network.hosts.includes(host.name)));
	const above = lans.length === 0 ? 0 : lans.length + spacing[detail].wire;
	const below = overlays.length === 0 ? 0 : overlays.length + spacing[detail].wire;
	return {hosts, lans, above, overlays, height: above + Math.max(...group.map((plan) => plan.height)) + below};
}

function overlaysOf(view: View): readonly NetworkView[] {
	return view.networks.filter(({driver}) => driver === 'overlay');
}

/** Segments between hosts: each may need a way down along the right edge. */
function trunksOf(view: View): number {
	return view.lans.length + overlaysOf(view).length;
}

function sketchMap(view: View, rows: readonly Row[], columns: number): Scene {
	const idle = view.lans.filter((lan) => !rows.some((row) => row.lans.includes(lan)));
	const sketch: Sketch = {
		canvas: new Canvas(columns, heightOf(rows) + idle.length),
		items: [],
		slots: [],
		trunks: new Map(),
		endpoints: [],
		cables: new Map(),
	};
	const places = new Map<string, number[]>();
	const spines = spinesOf(view, rows, columns);
	let y = 0;
	for (const row of rows) {
		drawRow(sketch, {view, row, y, columns, spines}, places);
		y += row.height;
	}

	for (const lan of idle) {
		drawTrunk(sketch, lanTrunk(lan), {y: y++, right: columns - 1, taken: [], isFirst: true});
	}

	for (const [{id, kind}, x] of spines) {
		drawSpine(sketch.canvas, x, places.get(id) ?? [], kind);
	}

	return sketch;
}

/** The column of the way down, of every trunk that reaches into more than one row. */
function spinesOf(view: View, rows: readonly Row[], columns: number): Map<Outside, number> {
	const many = [
		...view.lans.filter((lan) => rows.filter((row) => row.lans.includes(lan)).length > 1).map((lan) => lanTrunk(lan)),
		...overlaysOf(view)
			.filter((network) => rows.filter((row) => row.overlays.includes(network)).length > 1)
			.map((network) => overlayTrunk(network)),
	];
	return new Map(many.map((trunk, index) => [trunk, columns - 1 - 2 * (many.length - 1 - index)]));
}

interface RowDrawing {
	readonly view: View;
	readonly row: Row;
	readonly y: number;
	readonly columns: number;
	readonly spines: ReadonlyMap<Outside, number>;
}

function drawRow(sketch: Sketch, {view, row, y, columns, spines}: RowDrawing, places: Map<string, number[]>): void {
	const origin = y + row.above;
	const drawn = row.hosts.map(({plan, x}) => drawHost(sketch, view, plan, {x, y: origin}));
	const up = drawn.flatMap((wires) => wires.up);
	const down = drawn.flatMap((wires) => wires.down);
	const right = columns - 1 - 2 * spines.size;
	const draw = (trunk: Outside, at: number, taken: readonly number[]): void => {
		const spine = [...spines].find(([{id}]) => id === trunk.id)?.[1];
		const seen = places.get(trunk.id) ?? [];
		drawTrunk(sketch, trunk, {y: at, right: spine ?? right, taken, isFirst: seen.length === 0});
		places.set(trunk.id, [...seen, at]);
	};

	const lanOf = (name: string): number => row.lans.findIndex((lan) => lan.name === name);
	for (const [index, lan] of row.lans.entries()) {
		const taken = up.filter((wire) => lanOf(wire.lan) <= index).map((wire) => wire.x);
		draw(lanTrunk(lan), y + index, taken);
	}

	for (const wire of up.filter(({lan}) => lanOf(lan) >= 0)) {
		drawUp(sketch, wire, y + lanOf(wire.lan), Math.min(columns, ...up.map((other) => (other.x > wire.x ? other.x : columns))));
	}

	const first = y + row.height - row.overlays.length;
	const overlayOf = (name: string): number => row.overlays.findIndex((network) => network.name === name);
	for (const [index, network] of row.overlays.entries()) {
		draw(
			overlayTrunk(network),
			first + index,
			down.filter((wire) => overlayOf(wire.network) >= index).map((wire) => wire.x),
		);
	}

	for (const wire of down) {
		drawDown(sketch, wire, first + overlayOf(wire.network));
	}
}
