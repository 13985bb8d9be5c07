// The map as drawn once per change of the lab: the picture, the things to select, the places of counters, the ways of packets.
import type {Canvas, Rect} from './canvas.ts';

export interface Point {
	readonly x: number;
	readonly y: number;
}

/** `lan:office`, `host:h1`, `bridge:h1/docker0`, `network:h1/ov0` (a network on one host), `overlay:ov0` (between its hosts), `container:web` */
export type ItemId = string;

export interface Item {
	readonly id: ItemId;
	readonly kind: 'lan' | 'host' | 'bridge' | 'network' | 'container';
	readonly name: string;
	/** The part of the picture that is it, for clicks and for walking. */
	readonly rect: Rect;
	/** The box that turns heavy when it is selected; LANs, bridges and networks have none. */
	readonly box: Rect | undefined;
	/** Where its name stands. */
	readonly label: Rect;
}

/** A link's counters as its owner sees them: `isTurned` for a veth's outer end, whose "in" is the container's "out". */
export interface Meter {
	readonly node: string;
	readonly dev: string;
	readonly isTurned: boolean;
}

export interface Slot extends Point {
	readonly meter: Meter;
}

/** A segment that others hang from: a bridge in a host, or a LAN. Its rows are joined at column `spineX`. */
export interface Trunk {
	readonly id: string;
	readonly spineX: number;
}

/** The way from something to a trunk, and the meters on it whose "out" counts what goes that way. */
export interface Way {
	readonly trunk: string;
	readonly at: Point;
	readonly cells: readonly Point[];
	readonly meters: readonly Meter[];
}

/** Something that sends and receives, with its ways out, nearest trunk first. */
export interface Endpoint {
	readonly id: ItemId;
	readonly meter: Meter;
	/** What `meter` counts but only passes through: a host's bridges and further interfaces. */
	readonly passing: readonly Meter[];
	readonly ways: readonly Way[];
}

/** Where a packet comes from, or goes to, that is seen at a cable: what the cable belongs to, or a segment that the host passes frames on from. */
export interface CableEnd {
	/** An item's id, or a trunk's. */
	readonly place: string;
	/** Where the way leaves it. */
	readonly from: Point;
	/** From there to the cable's trunk. */
	readonly cells: readonly Point[];
}

/** An interface on the way from something to a segment, where packets are seen. `out` of it is towards the trunk. */
export interface Cable {
	/** As captures name it, "web/eth0"; a tunnel by its host and number, "h1/vxlan4097". */
	readonly seenAt: string;
	readonly trunk: string;
	/** On the trunk. */
	readonly at: Point;
	/** What it belongs to first. */
	readonly ends: readonly CableEnd[];
}

/** What a tunnel between hosts is called among cables, by its VXLAN number. */
export function tunnelName(host: string, vni: number): string {
	return `${host}/vxlan${vni}`;
}

export interface Scene {
	readonly canvas: Canvas;
	readonly items: readonly Item[];
	readonly slots: readonly Slot[];
	readonly trunks: ReadonlyMap<string, Trunk>;
	readonly endpoints: readonly Endpoint[];
	/** By where packets are seen. */
	readonly cables: ReadonlyMap<string, Cable>;
}

/** A scene while it is drawn. */
export interface Sketch {
	readonly canvas: Canvas;
	readonly items: Item[];
	readonly slots: Slot[];
	readonly trunks: Map<string, Trunk>;
	readonly endpoints: Endpoint[];
	readonly cables: Map<string, Cable>;
}

/** Cells from a to b in a straight line, a left out, b included. */
export function straight(a: Point, b: Point): Point[] {
	const length = Math.max(Math.abs(b.x - a.x), Math.abs(b.y - a.y));
	return Array.from({length}, (_, index) => ({x: a.x + Math.sign(b.x - a.x) * (index + 1), y: a.y + Math.sign(b.y - a.y) * (index + 1)}));
}

/** Cells along a trunk from a to b, both on it, a left out. */
export function along(trunk: Trunk, a: Point, b: Point): Point[] {
	if (a.y === b.y) {
		return straight(a, b);
	}

	const turn = {x: trunk.spineX, y: a.y};
	const back = {x: trunk.spineX, y: b.y};
	return [...straight(a, turn), ...straight(turn, back), ...straight(back, b)];
}
