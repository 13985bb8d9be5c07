// Draws one planned host onto the map and notes what is where. Places come from `plan.ts`; what moves or counts is added by panes/map.ts.
import type {View} from '../../api/messages.ts';
import {drawBus, type OverlayWire, type Through} from './draw-bus.ts';
import {drawCard} from './draw-card.ts';
import {sides} from './masks.ts';
import {hostTitle, laneX, wireX, type HostPlan, type PlacedCard} from './plan.ts';
import type {Point, Sketch, Way} from './scene.ts';
import {meterOf} from './segments.ts';
import {clip, width} from '../text.ts';

/** A wire that must still be drawn up to a LAN: from the cell (x, y), which it touches from above. */
export interface LanWire extends Point {
	readonly lan: string;
	readonly label: string;
	/** Called with the rest of the way once it is drawn. */
	join(way: Pick<Way, 'at' | 'cells'>): void;
}

/** What leaves a host. */
export interface HostWires {
	readonly up: readonly LanWire[];
	readonly down: readonly OverlayWire[];
}

/** Draws the host with its upper left corner at `origin`; returns what leaves it. */
export function drawHost(sketch: Sketch, view: View, plan: HostPlan, origin: Point): HostWires {
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

	const through: Through = {uplinks: [], passing: [], behind: new Map()};
	const up = drawNics(sketch, plan, origin, through);
	drawLane(sketch, plan, origin);
	const down = plan.buses.flatMap((bus) => drawBus(sketch, {view, plan, bus, origin, ...through}));
	for (const placed of plan.loose) {
		up.push(...drawLoose(sketch, {view, plan, origin}, placed));
	}

	drawUplinkRow(sketch, plan, origin);
	return {up, down};
}

/** A line from the first interface through the containers that use the host's own interfaces: they are on its uplink, not behind it. */
function drawUplinkRow({canvas}: Sketch, plan: HostPlan, origin: Point): void {
	const last = plan.nics.at(-1);
	let x = last === undefined ? undefined : last.x + width(last.text) + 1;
	for (const {card, rect} of plan.loose) {
		if (card.isOnHost && rect.y === 1 && x !== undefined) {
			canvas.across(origin.x + x, origin.x + rect.x, origin.y + 1, {weight: 1, role: 'wire'});
			x = rect.x + rect.width - 1;
		}
	}
}

/** Whether a person wired it to a LAN; only in the first row is there a way for that wire. */
function isOnLan({card, rect}: PlacedCard): boolean {
	return card.wires.length > 0 && !card.isOnHost && rect.y === 1;
}

function isPort(plan: HostPlan, dev: string): boolean {
	return plan.buses[0]?.segment.ports.includes(dev) ?? false;
}

/** Writes the interfaces and their counters. */
function drawNics(sketch: Sketch, plan: HostPlan, origin: Point, {uplinks, passing, behind}: Through): LanWire[] {
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
				const {trunk, cells} = whole;
				const seenAt = `${host.name}/${nic.dev}`;
				const ports = behind.get(nic.dev) ?? [];
				const ends = [{place: `host:${host.name}`, from: at, cells}, ...ports.map((port) => ({...port, cells: [...port.cells, ...cells.slice(1)]}))];
				sketch.cables.set(seenAt, {seenAt, trunk, at: way.at, ends});
			},
		};
	});
}

/** The way from the first interface down to the bridges: a line to those that it is a port of, dots where packets are routed. */
function drawLane({canvas}: Sketch, plan: HostPlan, origin: Point): void {
	const last = plan.buses.findLast(({isJoined}) => isJoined)?.rows[0]?.y;
	const firstBus = plan.buses[0]?.rows[0]?.y;
	if (last === undefined || firstBus === undefined || plan.nics.length === 0) {
		return;
	}

	const x = origin.x + laneX;
	const dev = plan.nics[0]?.nic.dev ?? '';
	const lastBridged = plan.buses.findLast(({segment}) => segment.ports.includes(dev))?.rows[0]?.y ?? 0;
	for (let y = 2; y < last; y++) {
		if (y < lastBridged) {
			canvas.line(x, origin.y + y, sides(1, 0, 1, 0), 'wire');
		} else {
			canvas.text(x, origin.y + y, '┊', 'routed');
		}
	}

	for (const {nic, x: nicX} of plan.nics.slice(1)) {
		if (isPort(plan, nic.dev)) {
			canvas.upright(origin.x + nicX, origin.y + 2, origin.y + firstBus, {weight: 1, role: 'wire'});
		}
	}
}

/** A card that hangs from no bridge; one that a person wired to a LAN returns that wire. */
function drawLoose(
	sketch: Sketch,
	{view, plan, origin}: {readonly view: View; readonly plan: HostPlan; readonly origin: Point},
	placed: PlacedCard,
): LanWire[] {
	drawCard(sketch, placed, origin);
	const {hangs: wire} = placed;
	if (wire === undefined || !isOnLan(placed)) {
		return [];
	}

	const x = origin.x + placed.rect.x + wireX;
	const name = placed.card.names[0] ?? '';
	const meter = meterOf(view, plan.host, name, wire);
	const ways: Way[] = [];
	sketch.endpoints.push({id: `container:${name}`, meter, passing: [], ways});
	sketch.canvas.line(x, origin.y + 1, sides(1, 0, 0, 0), 'wire');
	return [
		{
			x,
			y: origin.y,
			lan: wire.bridge,
			label: wire.veth,
			join: ({at, cells}) => {
				const trunk = `lan:${wire.bridge}`;
				const seenAt = `${name}/${wire.dev}`;
				ways.push({trunk, at, cells, meters: [meter]});
				sketch.cables.set(seenAt, {seenAt, trunk, at, ends: [{place: `container:${name}`, from: {x, y: origin.y + placed.rect.y}, cells}]});
			},
		},
	];
}
