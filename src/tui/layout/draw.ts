// Draws one planned host onto the map and notes what is where. Places come from `plan.ts`; what moves or counts is added by panes/map.ts.
import type {Stroke} from './canvas.ts';
import {drawCard} from './draw-card.ts';
import {sides} from './masks.ts';
import {hostTitle, laneX, wireX, type Bus, type HostPlan, type PlacedCard} from './plan.ts';
import {along, straight, type Meter, type Point, type Sketch, type Way} from './scene.ts';
import {clip, width} from '../text.ts';

const cable: Stroke = {weight: 1, role: 'wire'};
const segment: Stroke = {weight: 2, role: 'bridge'};

/** A wire that must still be drawn up to a LAN: from the cell (x, y), which it touches from above. */
export interface LanWire extends Point {
	readonly lan: string;
	readonly label: string;
	/** Called with the rest of the way once it is drawn. */
	join(way: Pick<Way, 'at' | 'cells'>): void;
}

/** Draws the host with its upper left corner at `origin`; returns its wires to LANs. */
export function drawHost(sketch: Sketch, plan: HostPlan, origin: Point): LanWire[] {
	const {canvas} = sketch;
	const {host} = plan;
	const box = {...origin, width: plan.width, height: plan.height};
	canvas.box(box, {weight: 1, role: 'host'});
	const titleX = origin.x + (plan.nics.length > 0 ? 4 : 2);
	const holes = [
		...plan.nics.slice(1).map((nic) => nic.x),
		...plan.loose.filter((placed) => isOnLan(placed)).map(({rect}) => rect.x + wireX),
		plan.width - 1,
	];
	const titleEnd = origin.x + Math.min(...holes) - 1;
	const afterName = canvas.text(titleX, origin.y, ` ${clip(host.name, titleEnd - titleX - 2)} `, 'title');
	if (host.engine !== undefined && afterName < titleEnd - 3) {
		canvas.text(afterName - 1, origin.y, ` ${clip(hostTitle(host).slice(host.name.length + 1), titleEnd - afterName - 1)} `, 'dim');
	}

	const lastNic = plan.nics.at(-1);
	const right = lastNic === undefined ? afterName - origin.x : Math.max(afterName - origin.x, lastNic.x + width(lastNic.text));
	sketch.items.push({
		id: `host:${host.name}`,
		kind: 'host',
		name: host.name,
		rect: {...origin, width: right, height: lastNic === undefined ? 1 : 3},
		box,
		label: {x: titleX + 1, y: origin.y, width: width(host.name), height: 1},
	});
	for (const line of plan.texts) {
		canvas.text(origin.x + line.x, origin.y + line.y, clip(line.text, box.width - line.x - 2), line.role);
	}

	const uplinks: Way[] = [];
	const passing: Meter[] = [];
	const wires = drawNics(sketch, plan, origin, {uplinks, passing});
	drawLane(sketch, plan, origin);
	for (const [index, bus] of plan.buses.entries()) {
		drawBus(sketch, {plan, bus, origin, isLast: index === plan.buses.length - 1, uplinks, passing});
	}

	for (const placed of plan.loose) {
		wires.push(...drawLoose(sketch, plan, placed, origin));
	}

	return wires;
}

/** Whether a person wired it to a LAN; only in the first row is there a way for that wire. */
function isOnLan({card, rect}: PlacedCard): boolean {
	return card.wire !== undefined && !card.isOnHost && rect.y === 1;
}

function isPort(plan: HostPlan, dev: string): boolean {
	return plan.buses[0]?.bridge.ports.includes(dev) ?? false;
}

/** What a host's traffic is made of, filled while it is drawn. */
interface Through {
	/** Ways from the host to its LANs. */
	readonly uplinks: Way[];
	/** What only passes through the host. */
	readonly passing: Meter[];
}

/** Writes the interfaces and their counters. */
function drawNics(sketch: Sketch, plan: HostPlan, origin: Point, {uplinks, passing}: Through): LanWire[] {
	const {host} = plan;
	const own: Way[] = [];
	const [first, ...others] = plan.nics;
	if (first !== undefined) {
		passing.push(...others.map(({nic}) => ({node: host.name, dev: nic.dev, isTurned: true})));
		sketch.endpoints.push({id: `host:${host.name}`, meter: {node: host.name, dev: first.nic.dev, isTurned: false}, passing, ways: own});
	}

	return plan.nics.map(({nic, x, text}, index) => {
		const at = {x: origin.x + x, y: origin.y + 1};
		const right = origin.x + plan.width - 2;
		const end = sketch.canvas.text(at.x, at.y, clip(nic.dev, right - at.x), 'title');
		sketch.canvas.text(end, at.y, clip(text.slice(nic.dev.length), right - end), 'none');
		const meter = {node: host.name, dev: nic.dev, isTurned: false};
		const isOnLane = plan.buses.length > 0 && (index === 0 || isPort(plan, nic.dev));
		sketch.slots.push({x: at.x + (isOnLane ? 2 : 0), y: at.y + 1, meter});
		return {
			x: at.x,
			y: origin.y,
			lan: nic.lan,
			label: nic.peer,
			join: (way): void => {
				const whole: Way = {trunk: `lan:${nic.lan}`, at: way.at, cells: [at, ...way.cells], meters: [meter]};
				own.push(whole);
				uplinks.push(whole);
			},
		};
	});
}

/** The way from the first interface down to the bridges: a line where it is a port of the first, dots where packets are routed. */
function drawLane({canvas}: Sketch, plan: HostPlan, origin: Point): void {
	const last = plan.buses.at(-1)?.rows[0]?.y;
	const firstBus = plan.buses[0]?.rows[0]?.y;
	if (last === undefined || firstBus === undefined || plan.nics.length === 0) {
		return;
	}

	const x = origin.x + laneX;
	const isBridged = isPort(plan, plan.nics[0]?.nic.dev ?? '');
	for (let y = 2; y < last; y++) {
		if (isBridged && y < firstBus) {
			canvas.line(x, origin.y + y, sides(1, 0, 1, 0), 'wire');
		} else {
			canvas.text(x, origin.y + y, '┊', 'routed');
		}
	}

	for (const {nic, x: nicX} of plan.nics.slice(1)) {
		if (isPort(plan, nic.dev)) {
			canvas.upright(origin.x + nicX, origin.y + 2, origin.y + firstBus, cable);
		}
	}
}

interface BusDrawing extends Through {
	readonly plan: HostPlan;
	readonly bus: Bus;
	readonly origin: Point;
	readonly isLast: boolean;
}

function drawBus(sketch: Sketch, drawing: BusDrawing): void {
	const {canvas} = sketch;
	const {plan, bus, origin, isLast} = drawing;
	const id = `bridge:${plan.host.name}/${bus.bridge.dev}`;
	const left = origin.x + laneX;
	const right = origin.x + plan.width - 3;
	const y = origin.y + (bus.rows[0]?.y ?? 0);
	const hasLane = plan.nics.length > 0;
	canvas.across(left, right, y, segment);
	canvas.line(left, y, sides(hasLane ? 1 : 0, 2, hasLane && !isLast ? 1 : 0, 0), 'bridge');
	const lastRow = bus.rows.at(-1);
	if (lastRow !== undefined && bus.rows.length > 1) {
		canvas.upright(left + 1, y, origin.y + lastRow.y, segment);
	}

	sketch.trunks.set(id, {id, spineX: left + 1});
	if (bus.bridge.ports.length === 0) {
		drawing.passing.push({node: plan.host.name, dev: bus.bridge.dev, isTurned: true});
	}

	for (const row of bus.rows) {
		if (row.y + origin.y !== y) {
			canvas.across(left + 1, right, origin.y + row.y, segment);
		}

		for (const placed of row.cards) {
			drawHung(sketch, drawing, placed, origin.y + row.y);
		}
	}

	const labelX = bus.isCaption ? left + 2 : right - width(bus.label) - 3;
	const labelY = bus.isCaption ? y - 1 : y;
	canvas.text(labelX, labelY, bus.isCaption ? bus.label : ` ${bus.label} `, 'bridge');
	sketch.items.push({
		id,
		kind: 'bridge',
		name: bus.bridge.dev,
		rect: {x: left, y, width: right - left + 1, height: 1},
		box: undefined,
		label: {x: labelX + (bus.isCaption ? 0 : 1), y: labelY, width: width(bus.label), height: 1},
	});
}

/** A card on a bridge, with its veth. */
function drawHung(sketch: Sketch, {plan, bus, origin, uplinks, passing}: BusDrawing, placed: PlacedCard, busY: number): void {
	const {canvas} = sketch;
	const {wire} = placed.card;
	const x = origin.x + placed.rect.x + wireX;
	const top = origin.y + placed.rect.y;
	drawCard(sketch, plan, placed, origin);
	if (wire === undefined) {
		return;
	}

	canvas.upright(x, busY, top, cable);
	canvas.line(x, busY, sides(0, 0, 1, 0), 'bridge');
	canvas.text(x + 1, busY + 1, clip(wire.veth, placed.rect.width - wireX), 'veth');
	const meter = {node: plan.host.name, dev: wire.veth, isTurned: true};
	const trunk = `bridge:${plan.host.name}/${bus.bridge.dev}`;
	const at = {x, y: busY};
	const own: Way = {trunk, at, cells: straight({x, y: top}, at), meters: [meter]};
	const lane = {x: origin.x + laneX, y: origin.y + (bus.rows[0]?.y ?? 0)};
	const isBridged = bus.bridge.ports.length > 0;
	const toHost = [...own.cells, ...along({id: trunk, spineX: origin.x + laneX + 1}, at, lane), ...straight(lane, {x: lane.x, y: origin.y + 1})];
	const meters = isBridged ? [meter] : [meter, {node: plan.host.name, dev: bus.bridge.dev, isTurned: true}];
	if (isBridged) {
		passing.push(meter);
	}

	let ways: readonly Way[] | undefined;
	sketch.endpoints.push({
		id: `container:${placed.card.names[0] ?? ''}`,
		meter,
		passing: [],
		// Asked for when the whole map is drawn: only then are the host's wires to its LANs known.
		get ways() {
			ways ??= [
				own,
				{trunk: `host:${plan.host.name}`, at: {x: lane.x, y: origin.y + 1}, cells: toHost, meters},
				...uplinks.map((up) => ({...up, cells: [...toHost, ...up.cells], meters: [...meters, ...up.meters]})),
			];
			return ways;
		},
	});
}

/** A card that hangs from no bridge; one that a person wired to a LAN returns that wire. */
function drawLoose(sketch: Sketch, plan: HostPlan, placed: PlacedCard, origin: Point): LanWire[] {
	drawCard(sketch, plan, placed, origin);
	const {wire} = placed.card;
	if (wire === undefined || !isOnLan(placed)) {
		return [];
	}

	const x = origin.x + placed.rect.x + wireX;
	const meter = {node: plan.host.name, dev: wire.veth, isTurned: true};
	const ways: Way[] = [];
	sketch.endpoints.push({id: `container:${placed.card.names[0] ?? ''}`, meter, passing: [], ways});
	sketch.canvas.line(x, origin.y + 1, sides(1, 0, 0, 0), 'wire');
	return [
		{
			x,
			y: origin.y,
			lan: wire.bridge,
			label: wire.veth,
			join: (way) => ways.push({trunk: `lan:${wire.bridge}`, at: way.at, cells: way.cells, meters: [meter]}),
		},
	];
}
