// Draws one segment inside a host with the cards on it: a bridge as a double line, a macvlan's parent as waves, an overlay network with its way out below.
import type {View} from '../../api/messages.ts';
import {clip, width} from '../text.ts';
import type {Role} from '../theme.ts';
import type {Stroke} from './canvas.ts';
import {drawCard} from './draw-card.ts';
import {sides} from './masks.ts';
import {dropX, laneX, wireX, type Bus, type HostPlan, type PlacedCard} from './plan.ts';
import {along, straight, tunnelName, type CableEnd, type Meter, type Point, type Sketch, type Trunk, type Way} from './scene.ts';
import {meterOf, type Segment} from './segments.ts';

const cable: Stroke = {weight: 1, role: 'wire'};

/** What a host's traffic is made of, filled while it is drawn. */
export interface Through {
	/** Ways from the host to its LANs. */
	readonly uplinks: Way[];
	/** What only passes through the host. */
	readonly passing: Meter[];
	/** Segments that its interfaces are ports of, or that are on them, by the interface: frames go on there. */
	readonly behind: Map<string, CableEnd[]>;
}

/** The wire of an overlay network from a host's lower border, which it touches at (x, y), to be drawn down to the network's trunk. */
export interface OverlayWire extends Point {
	readonly network: string;
	/** Called with the trunk's cell once it is drawn. */
	join(at: Point): void;
}

export interface BusDrawing extends Through {
	readonly view: View;
	readonly plan: HostPlan;
	readonly bus: Bus;
	readonly origin: Point;
}

/** Draws a bus; returns its way out of the host, if it is an overlay network's. */
export function drawBus(sketch: Sketch, drawing: BusDrawing): OverlayWire[] {
	const {canvas} = sketch;
	const {plan, bus, origin} = drawing;
	const {segment} = bus;
	const {id} = segment;
	const left = origin.x + laneX + (bus.isJoined ? 0 : 2);
	const right = origin.x + (bus.riserX ?? plan.busRight);
	const y = origin.y + (bus.rows[0]?.y ?? 0);
	const spineX = left + (bus.isJoined ? 1 : 0);
	drawLine(sketch, segment, {x: left, y}, right);
	if (bus.isJoined && plan.nics.length > 0) {
		const isLast = bus === plan.buses.findLast(({isJoined}) => isJoined);
		canvas.line(left, y, sides(1, segment.kind === 'macvlan' ? 1 : 2, isLast ? 0 : 1, 0), roleOf(segment));
	}

	const lastRow = bus.rows.at(-1);
	if (lastRow !== undefined && bus.rows.length > 1) {
		canvas.upright(spineX, y, origin.y + lastRow.y, {weight: 2, role: roleOf(segment)});
	}

	sketch.trunks.set(id, {id, spineX});
	if (segment.isRouted) {
		drawing.passing.push({node: plan.host.name, dev: segment.dev, isTurned: true});
	}

	noteLane(sketch, drawing, y);
	const far: FarWay[] = [];
	for (const row of bus.rows) {
		if (row.y + origin.y !== y) {
			drawLine(sketch, segment, {x: spineX, y: origin.y + row.y}, origin.x + plan.busRight);
		}

		for (const placed of row.cards) {
			drawCard(sketch, placed, origin);
			drawPlug(sketch, drawing, placed, {x: origin.x + placed.rect.x + wireX, busY: origin.y + row.y, far});
		}
	}

	for (const placed of bus.above) {
		drawPlug(sketch, drawing, placed, {x: origin.x + placed.rect.x + dropX, busY: y, far, isDrop: true});
	}

	const label = writeLabel(sketch, bus, {left, right, y});
	sketch.items.push({
		id,
		kind: segment.kind === 'bridge' ? 'bridge' : 'network',
		name: segment.name,
		rect: {x: left, y, width: right - left + 1, height: 1},
		box: undefined,
		label,
	});
	return bus.riserX === undefined ? [] : [drawRiser(sketch, drawing, {x: right, y, far})];
}

/** Where frames and packets pass between a bus and its host: the bridge's own interface, and the host's interfaces that are ports. */
function noteLane(sketch: Sketch, {plan, bus, origin, behind}: BusDrawing, y: number): void {
	const {segment, isJoined} = bus;
	const {host, nics} = plan;
	if (!isJoined) {
		return;
	}

	const at = {x: origin.x + laneX, y};
	const top = {x: at.x, y: origin.y + 1};
	if (segment.kind === 'bridge') {
		const seenAt = `${host.name}/${segment.dev}`;
		sketch.cables.set(seenAt, {seenAt, trunk: segment.id, at, ends: [{place: `host:${host.name}`, from: top, cells: straight(top, at)}]});
	}

	for (const port of segment.ports) {
		const nic = nics.find((one) => one.nic.dev === port);
		const from = nic !== undefined && nic !== nics[0] && bus === plan.buses[0] ? {x: origin.x + nic.x, y} : at;
		const up = straight(from, {x: from.x, y: top.y});
		behind.set(port, [...(behind.get(port) ?? []), {place: segment.id, from, cells: up}]);
	}
}

function roleOf({kind}: Segment): Role {
	return kind === 'overlay' ? 'overlay' : 'bridge';
}

/** The line of a segment from a cell to the right, both ends included. */
function drawLine({canvas}: Sketch, segment: Segment, {x, y}: Point, right: number): void {
	if (segment.kind === 'macvlan') {
		canvas.text(x, y, '≈'.repeat(Math.max(0, right - x + 1)), 'bridge');
	} else {
		canvas.across(x, right, y, {weight: 2, role: roleOf(segment)});
	}
}

function writeLabel({canvas}: Sketch, {segment, isCaption}: Bus, {left, right, y}: {readonly left: number; readonly right: number; readonly y: number}) {
	const cells = width(segment.label);
	const labelX = isCaption ? left + 2 : right - cells - 3;
	const labelY = isCaption ? y - 1 : y;
	canvas.text(labelX, labelY, isCaption ? segment.label : ` ${segment.label} `, roleOf(segment));
	return {x: labelX + (isCaption ? 0 : 1), y: labelY, width: cells, height: 1};
}

/** A way out of the host from the end of a bus, at `start`. */
interface FarWay {
	readonly start: Point;
	readonly way: Omit<Way, 'meters'>;
}

interface PlugDrawing {
	readonly x: number;
	readonly busY: number;
	/** Ways that lead out of the host by the segment, filled when that is drawn. */
	readonly far: readonly FarWay[];
	/** Whether the card is above the bus. */
	readonly isDrop?: boolean;
}

/** A card's wire to a bus, and what can go over it. */
function drawPlug(sketch: Sketch, drawing: BusDrawing, placed: PlacedCard, {x, busY, far, isDrop = false}: PlugDrawing): void {
	const {canvas} = sketch;
	const {view, plan, bus, origin, passing} = drawing;
	const {segment} = bus;
	const wire = isDrop ? placed.drops : placed.hangs;
	if (wire === undefined) {
		return;
	}

	const end = origin.y + placed.rect.y + (isDrop ? placed.rect.height - 1 : 0);
	const across = segment.kind === 'macvlan' ? 1 : 0;
	canvas.upright(x, Math.min(busY, end), Math.max(busY, end), cable);
	canvas.line(x, busY, sides(isDrop ? 1 : 0, across, isDrop ? 0 : 1, across), roleOf(segment));
	canvas.text(x + 1, isDrop ? busY - 1 : busY + 1, clip(segment.kind === 'macvlan' ? 'macvlan' : wire.veth, placed.rect.width - wireX), 'veth');
	const name = placed.card.names[0] ?? '';
	const meter = meterOf(view, plan.host, name, wire);
	const at = {x, y: busY};
	const own: Way = {trunk: segment.id, at, cells: straight({x, y: end}, at), meters: [meter]};
	const seenAt = `${name}/${wire.dev}`;
	sketch.cables.set(seenAt, {seenAt, trunk: segment.id, at, ends: [{place: `container:${name}`, from: {x, y: end}, cells: own.cells}]});
	if (segment.ports.length > 0) {
		passing.push(meter);
	}

	let ways: readonly Way[] | undefined;
	sketch.endpoints.push({
		id: `container:${name}`,
		meter,
		passing: [],
		// Asked for when the whole map is drawn: only then are the wires that leave the host known.
		get ways() {
			const trunk = sketch.trunks.get(segment.id) ?? {id: segment.id, spineX: x};
			ways ??= [
				own,
				...waysThroughHost(drawing, own, trunk),
				...far.map(({start, way}) => ({...way, cells: [...own.cells, ...along(trunk, at, start), ...way.cells], meters: own.meters})),
			];
			return ways;
		},
	});
}

/** From a container over its bus to the host's own IP stack, or to its interface, and on to its LANs. */
function waysThroughHost({plan, bus, origin, uplinks}: BusDrawing, own: Way, trunk: Trunk): Way[] {
	const {segment, isJoined, rows} = bus;
	if (!isJoined) {
		return [];
	}

	const lane = {x: origin.x + laneX, y: origin.y + (rows[0]?.y ?? 0)};
	const top = {x: lane.x, y: origin.y + 1};
	const cells = [...own.cells, ...along(trunk, own.at, lane), ...straight(lane, top)];
	const meters = segment.isRouted ? [...own.meters, {node: plan.host.name, dev: segment.dev, isTurned: true}] : own.meters;
	return [
		// A macvlan never hands a frame up to its own parent: its host cannot be reached.
		...(segment.kind === 'macvlan' ? [] : [{trunk: `host:${plan.host.name}`, at: top, cells, meters}]),
		...uplinks.map((up) => ({...up, cells: [...cells, ...up.cells], meters: [...meters, ...up.meters]})),
	];
}

/** From the end of an overlay network's bus down through the host's border. */
function drawRiser({canvas, cables}: Sketch, {plan, bus, origin}: BusDrawing, {x, y, far}: Point & {readonly far: FarWay[]}): OverlayWire {
	const bottom = origin.y + plan.height - 1;
	const network = bus.segment.network?.name ?? '';
	canvas.upright(x, y, bottom, cable);
	canvas.line(x, y, sides(0, 0, 1, 2), 'overlay');
	return {
		x,
		y: bottom,
		network,
		join: (at): void => {
			canvas.line(x, bottom, sides(1, 0, 1, 0), 'host');
			const trunk = `overlay:${network}`;
			const cells = straight({x, y}, at);
			far.push({start: {x, y}, way: {trunk, at, cells}});
			const seenAt = tunnelName(plan.host.name, bus.segment.network?.vni ?? 0);
			cables.set(seenAt, {seenAt, trunk, at, ends: [{place: bus.segment.id, from: {x, y}, cells}]});
		},
	};
}
