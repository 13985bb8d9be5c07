// The Packets screen as layers: the filter, the list, and the selected packet's headers and bytes. Sizes are decided here, nowhere else.
import {layersOf, type Frame} from '../../watch/decode/index.ts';
import type {Packet} from '../../watch/files/packet.ts';
import type {Layer} from '../host/painter.ts';
import {bytesColumns, bytesTopFor, drawBytes} from '../panes/bytes.ts';
import {drawFilter, filterRows, type FilterFrame} from '../panes/filter-line.ts';
import {drawLayers} from '../panes/layers.ts';
import {absoluteTime, drawPackets, grouped, packetsFrameRows, relativeTime, type PacketsFrame} from '../panes/packets.ts';
import {bodyRows, type State} from '../state.ts';
import type {Theme} from '../theme.ts';
import type {Pane} from './book.ts';
import {hopsLayer, hopText, isOnHops} from './hops.ts';
import {pointText} from './ports.ts';
import type {PacketRow} from './rows.ts';
import type {RuleFinding} from './rule-finding.ts';
import type {TreeLine} from './tree.ts';

export interface Place {
	readonly x: number;
	readonly y: number;
	readonly columns: number;
	readonly rows: number;
}

/** Below so many rows, or so many columns, there is one pane at a time where two would stand. */
const rowsForTwo = 16;
const columnsForTwo = 80;
/** Fewer packets that are not joined yet are not worth a word. */
const mostWaiting = 2000;
/** From so many columns on there are 16 bytes in a row. */
const columnsForWideBytes = 118;

function filterFrame({columns, packets}: State): FilterFrame {
	const {entry, search, isNarrowed, rule} = packets;
	const found = {hits: search?.hits.count ?? 0, tookMs: search?.tookMs, percent: search?.percent ?? 0};
	return {columns, entry, text: search?.text ?? '', isNarrowed, ...found, rule: rule?.shown};
}

/** Where each pane is; one that is not there has no room now. */
export function placesOf(state: State): Readonly<Partial<Record<Pane, Place>>> {
	const {columns, packets} = state;
	const above = filterRows(filterFrame(state));
	const y = 1 + above;
	const rows = bodyRows(state) - above;
	if (rows < rowsForTwo) {
		return {[packets.focus]: {x: 0, y, columns, rows}};
	}

	const high = Math.ceil(rows * 0.55);
	const list = {x: 0, y, columns, rows: high};
	const below = {x: 0, y: y + high, columns, rows: rows - high};
	if (isOnHops(state)) {
		return {list, layers: below};
	}

	if (columns < columnsForTwo) {
		return {list, [packets.focus === 'bytes' ? 'bytes' : 'layers']: below};
	}

	const right = bytesColumns(columns < columnsForWideBytes ? 8 : 16);
	return {list, layers: {...below, columns: columns - right}, bytes: {...below, x: columns - right, columns: right}};
}

/** The packet that headers and bytes are shown of, and the line of its headers that one is on. */
export interface Opened {
	readonly packet: Packet;
	readonly number: number;
	readonly lines: readonly TreeLine[];
	readonly line: TreeLine | undefined;
}

export function frameOf({bytes, wireBytes, point}: Packet): Frame {
	return {bytes, wireBytes, linkType: point.linkType};
}

export function openedOf({packets}: State): Opened | undefined {
	const number = packets.opened;
	const packet = number === undefined ? undefined : packets.rows.of(packets.store, number, packets.folds)?.packet;
	if (packet === undefined || number === undefined) {
		return undefined;
	}

	const lines = packets.tree.linesOf(packets.layersFor(number, () => layersOf(frameOf(packet))));
	return {packet, number, lines, line: lines[packets.tree.placeIn(lines)]};
}

export function packetsLayers(state: State, theme: Theme): Layer[] {
	const {drawn} = state;
	const frame = filterFrame(state);
	const above = filterRows(frame);
	const {list, layers, bytes} = placesOf(state);
	if (list !== undefined) {
		state.packets.settle(Math.max(1, list.rows - packetsFrameRows));
	}

	const isHops = isOnHops(state);
	// to read all layers of a packet takes a while
	const opened = (layers === undefined || isHops) && bytes === undefined ? undefined : openedOf(state);
	return [
		...(above === 0 ? [] : [{x: 0, y: 1, lines: drawn.lines('filter', frame, theme, drawFilter)}]),
		...(list === undefined
			? []
			: [{x: list.x, y: list.y, lines: drawn.lines('packets', listFrame(state, list, layers === undefined), theme, drawPackets)}]),
		...(layers === undefined ? [] : [isHops ? hopsLayer(state, theme, layers) : layersLayer(state, theme, {place: layers, opened})]),
		...(bytes === undefined ? [] : [bytesLayer(state, theme, {place: bytes, opened})]),
	];
}

function listFrame(state: State, {columns, rows}: Place, isAlone: boolean): PacketsFrame {
	const {packets} = state;
	const room = Math.max(0, rows - packetsFrameRows);
	const shown: PacketRow[] = [];
	for (let place = packets.top; place < packets.top + room; place++) {
		const number = packets.numberAt(place);
		const row =
			number === undefined
				? undefined
				: packets.isFolded
					? packets.rows.folded(packets.store, number, {way: packets.ways.of(packets.folds, number), folds: packets.folds})
					: packets.rows.of(packets.store, number, packets.folds);
		if (row !== undefined) {
			shown.push(row);
		}
	}

	const [foot, isFootBad] = footOf(state, isAlone);
	return {
		columns,
		rows,
		packets: shown,
		cursor: packets.place - packets.top,
		widths: packets.rows.widths,
		digits: String(packets.store.end).length,
		originSeconds: packets.origin.seconds,
		originNanoseconds: packets.origin.nanoseconds,
		isAbsolute: packets.isAbsolute,
		isFolded: packets.isFolded,
		shift: packets.focus === 'list' ? packets.shift : 0,
		isFocused: packets.focus === 'list' && packets.entry === undefined,
		state: stateOf(state),
		foot,
		isFootBad,
		empty: emptyText(state),
	};
}

function stateOf({packets, columns}: State): string {
	const {count, isFollowing, phase, meanwhile, place} = packets;
	if (phase === 'over') {
		return `${columns < 60 ? '✗ over' : `✗ ${packets.trouble}`} · ${grouped(Math.min(count, place + 1))} of ${grouped(count)}`;
	}

	if (phase !== 'live') {
		return '';
	}

	if (isFollowing) {
		return `follow ${grouped(count)}`;
	}

	const came = `⏸ ${grouped(meanwhile)} came meanwhile`;
	return columns < 60 ? came : `${came} · ${grouped(Math.min(count, place + 1))} of ${grouped(count)}`;
}

function footOf({packets, columns}: State, isAlone: boolean): readonly [text: string, isBad: boolean] {
	const {store, drops, folds} = packets;
	const waiting = store.end - folds.end;
	const parts = [
		...(packets.rule === undefined ? [] : ['Esc: its rule']),
		...(packets.isFolded && folds.isKnown && waiting > mostWaiting ? [`${grouped(waiting)} not joined yet`] : []),
		...(drops > 0 ? [`✗ ${grouped(drops)} not shown: the kernel dropped them`] : []),
		...(store.first > 0 ? [columns < 60 ? 'the oldest go' : `${grouped(store.end - store.first)} held: the oldest go`] : []),
	];
	return [parts.length > 0 ? parts.join(' · ') : isAlone ? 'Enter layers' : '', drops > 0];
}

function noneText({shown: {counted = 0}}: RuleFinding): string {
	return counted === 0 ? 'no packet hit this rule' : 'no packet that was captured hit this rule';
}

function emptyText({packets, view}: State): string {
	if (packets.isFolded && packets.store.end > 0 && !packets.folds.isKnown) {
		return packets.phase === 'over' ? 'how the lab was wired is not known: nothing can be folded' : 'asking how the lab is wired';
	}

	if (packets.count === 0 && packets.isNarrowed) {
		return packets.search?.tookMs === undefined ? 'searching' : packets.rule === undefined ? 'no packet passes the filter' : noneText(packets.rule);
	}

	switch (packets.phase) {
		case 'none': {
			return view.isUp ? 'opening a capture' : 'the lab is being built: packets are captured when it is up';
		}

		case 'opening': {
			return 'opening a capture';
		}

		case 'live': {
			return 'no packet yet: the lab is quiet';
		}

		case 'over': {
			return packets.trouble;
		}
	}
}

interface Below {
	readonly place: Place;
	readonly opened: Opened | undefined;
}

function layersLayer(state: State, theme: Theme, {place, opened}: Below): Layer {
	const {packets, drawn} = state;
	const lines = opened?.lines ?? [];
	packets.tree.settle(lines, Math.max(1, place.rows - 2));
	const frame = {
		columns: place.columns,
		rows: place.rows,
		title: opened === undefined ? 'layers' : titleOf(state, opened, place.columns),
		lines,
		top: packets.tree.top,
		cursor: packets.tree.placeIn(lines),
		isFocused: packets.focus === 'layers' && packets.entry === undefined,
		foot: packets.focus === 'layers' ? (place.columns < 60 ? 'Tab bytes' : '← → fold · Esc list') : '',
	};
	return {x: place.x, y: place.y, lines: drawn.lines('layers', frame, theme, drawLayers)};
}

function titleOf({packets}: State, {packet, number}: Opened, columns: number): string {
	const time = packets.isAbsolute
		? absoluteTime(packet)
		: relativeTime(packet, {originSeconds: packets.origin.seconds, originNanoseconds: packets.origin.nanoseconds});
	const name = `packet ${grouped(number + 1)}`;
	const hop = hopText(packets, number);
	if (columns < 60) {
		return columns < 36 ? name : `${name} · ${hop === '' ? time : hop}`;
	}

	const at = pointText(packet.point.name, packets.rows.ports.of(packet.point.name, packets.folds), columns);
	return [name, time, at, ...(hop === '' ? [] : [hop])].join(' · ');
}

function bytesLayer(state: State, theme: Theme, {place, opened}: Below): Layer {
	const {packets, drawn} = state;
	const frame = {
		columns: place.columns,
		rows: place.rows,
		bytes: opened?.packet.bytes ?? new Uint8Array(),
		start: opened?.line?.start ?? 0,
		end: opened?.line?.end ?? 0,
	};
	packets.showBytes(opened?.number, opened?.line?.key, (top) => bytesTopFor(top, frame));
	const {length} = frame.bytes;
	const wire = opened?.packet.wireBytes ?? 0;
	const title = opened === undefined ? 'bytes' : wire > length ? `bytes · ${length} of ${wire} captured` : `bytes · ${length}`;
	const all = {...frame, title, top: packets.bytesTop, isFocused: packets.focus === 'bytes' && packets.entry === undefined};
	return {x: place.x, y: place.y, lines: drawn.lines('bytes', all, theme, drawBytes)};
}
