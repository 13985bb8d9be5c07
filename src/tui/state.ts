// What the terminal UI shows and where the person is in it. Plain data that commands change and panes read; no I/O, no terminal.
import type {Counters, OpLogEntry, View} from '../api/messages.ts';
import type {Facts} from './facts.ts';
import type {Screen} from './keys.ts';
import {layoutMap} from './layout/map.ts';
import type {Item, ItemId, Point, Scene} from './layout/scene.ts';
import {Traffic} from './layout/traffic.ts';
import {caretOn} from './layout/walk.ts';
import {Motion} from './motion/motion.ts';
import {ListBox} from './list.ts';
import {Drawn} from './drawn.ts';
import {ConnsBook} from './conns/book.ts';
import {LogBook} from './logbook.ts';
import {PacketBook} from './packets/book.ts';
import type {Line} from './packets/line-edit.ts';
import {RulesBook} from './rules/book.ts';
import type {Rates} from './rates.ts';
import {treeItems} from './panes/tree.ts';

export type Dialog =
	| {readonly kind: 'help'; readonly top: number}
	| {readonly kind: 'palette'; readonly query: string; readonly selected: number}
	| {readonly kind: 'save'; readonly line: Line; readonly isTaken: boolean; readonly problem: string}
	| {readonly kind: 'quit'};

export type ListName = 'logs' | 'oplog';

export interface State {
	view: View;
	columns: number;
	rows: number;
	screen: Screen;
	selected: ItemId;
	caret: Point;
	/** First row of the map, or of the tree, on the screen. */
	mapTop: number;
	details: 'closed' | 'facts' | 'commands';
	detailsTop: number;
	rates: Rates;
	ratesSeconds: number;
	counters: Counters | undefined;
	readonly history: Map<string, readonly number[]>;
	/** Dots by the counters, where packets cannot be captured. */
	readonly traffic: Traffic;
	/** Dots by the packets. */
	readonly motion: Motion;
	readonly logs: LogBook;
	readonly oplog: OpLogEntry[];
	readonly rules: RulesBook;
	readonly conns: ConnsBook;
	readonly packets: PacketBook;
	/** Its engine is gone; what is known stays. */
	isOver: boolean;
	/** Whose logs are shown; undefined: everybody's. */
	logsOf: string | undefined;
	readonly lists: Readonly<Record<ListName, ListBox>>;
	focus: ListName;
	/** The filter while it is typed. */
	entry: string | undefined;
	dialog: Dialog | undefined;
	message: string;
	isPaused: boolean;
	isMouseOn: boolean;
	/** Whether dots move. */
	readonly isAnimated: boolean;
	/** Events that the engine did not send because we were slow. */
	missed: number;
	/** The picture for `sceneOf`. */
	scene: Scene | undefined;
	sceneOf: {view: View; columns: number; rows: number} | undefined;
	readonly drawn: Drawn;
	subject: Subject | undefined;
	/** What the selection was last checked against. */
	kept: {view: View; columns: number; rows: number} | undefined;
}

/** What is known of the selected thing, from a view and so many steps of the command log. */
export interface Subject {
	readonly view: View;
	readonly selected: ItemId;
	readonly known: number;
	readonly facts: Facts | undefined;
	readonly steps: readonly OpLogEntry[];
}

export function initialState(view: View, size: {readonly columns: number; readonly rows: number}, isAnimated: boolean): State {
	const state: State = {
		view,
		...size,
		screen: 'map',
		selected: '',
		caret: {x: 0, y: 0},
		mapTop: 0,
		details: 'closed',
		detailsTop: 0,
		rates: new Map(),
		ratesSeconds: 1,
		counters: undefined,
		history: new Map(),
		traffic: new Traffic(),
		motion: new Motion(),
		logs: new LogBook(),
		oplog: [],
		rules: new RulesBook(),
		conns: new ConnsBook(),
		packets: new PacketBook(),
		isOver: false,
		logsOf: undefined,
		lists: {logs: new ListBox(), oplog: new ListBox()},
		focus: 'logs',
		entry: undefined,
		dialog: undefined,
		message: '',
		isPaused: false,
		isMouseOn: true,
		isAnimated,
		missed: 0,
		scene: undefined,
		sceneOf: undefined,
		drawn: new Drawn(),
		subject: undefined,
		kept: undefined,
	};
	keepSelection(state);
	return state;
}

/** Whether the map is a tree: there is no room for boxes. */
export function isTree(state: State): boolean {
	return state.columns < 80;
}

/** Whether the map is one on which dots move. */
export function hasDots(state: State): boolean {
	return state.isAnimated && state.screen === 'map' && !isTree(state);
}

/** Rows between header and hint bar. */
export function bodyRows(state: State): number {
	return Math.max(0, state.rows - 2);
}

/** Rows that the summary of the selected thing takes; on a low screen there is none. */
function summaryRows(state: State): number {
	return bodyRows(state) >= 20 ? 4 : 0;
}

/** Rows of the details below the map: opened, or as many as the map leaves free, or a summary. */
export function detailsRows(state: State): number {
	const body = bodyRows(state);
	if (state.details !== 'closed') {
		return Math.max(Math.min(Math.max(6, Math.floor(body * 0.45)), 16), freeRows(state));
	}

	return Math.max(summaryRows(state), freeRows(state));
}

/** The row that says what the dots on the map are. */
export function legendRows(state: State): number {
	return state.isAnimated && !isTree(state) ? 1 : 0;
}

/** Rows of the map, or of the tree. */
export function mapRows(state: State): number {
	return bodyRows(state) - detailsRows(state) - legendRows(state);
}

/** Rows below the map, up to what details can use, if they are enough for more than a summary. */
function freeRows(state: State): number {
	const free = isTree(state) ? 0 : bodyRows(state) - legendRows(state) - sceneOf(state).canvas.height - 1;
	return free < 11 ? 0 : Math.min(free, 18);
}

/** Whether the details show everything without being opened, because there is room. */
export function isRoomy(state: State): boolean {
	return freeRows(state) > 0;
}

/** The map's picture; made anew only when the lab or the screen changed. */
export function sceneOf(state: State): Scene {
	const rows = bodyRows(state) - summaryRows(state) - legendRows(state);
	const made = state.sceneOf;
	if (state.scene !== undefined && made?.view === state.view && made.columns === state.columns && made.rows === rows) {
		return state.scene;
	}

	const scene = layoutMap(state.view, state.columns, rows);
	state.traffic.clear();
	state.motion.clear();
	state.scene = scene;
	state.sceneOf = {view: state.view, columns: state.columns, rows};
	return scene;
}

/** Items in the order of the lab: what Home and End mean, and what the palette lists. */
export function itemsOf(state: State): readonly Item[] {
	return isTree(state) ? treeItems(state.view, state.columns) : sceneOf(state).items;
}

export function selectedItem(state: State): Item | undefined {
	return itemsOf(state).find((item) => item.id === state.selected);
}

/** Before painting a new view or size: what is gone cannot stay selected, and the selected thing stays on the screen. */
export function keepSelection(state: State): void {
	const kept = state.kept;
	if (kept?.view === state.view && kept.columns === state.columns && kept.rows === state.rows) {
		return;
	}

	state.kept = {view: state.view, columns: state.columns, rows: state.rows};
	const items = itemsOf(state);
	if (!items.some((item) => item.id === state.selected)) {
		const first = items.find((item) => item.kind === 'container') ?? items.find((item) => item.kind === 'host') ?? items[0];
		if (first !== undefined) {
			select(state, first);
		}
	}

	showSelected(state);
	const node = state.logsOf;
	if (node !== undefined && !state.view.hosts.some((host) => host.name === node || host.containers.some((container) => container.name === node))) {
		state.logsOf = undefined;
	}
}

/** Selects an item and scrolls so that it is on the screen. */
export function select(state: State, item: Item, direction?: 'left' | 'right' | 'up' | 'down'): void {
	state.selected = item.id;
	state.caret = caretOn(item, direction, state.caret);
	state.detailsTop = 0;
	showSelected(state);
}

/** Scrolls the map so that the selected thing is on the screen, with a little around it where there is room. */
export function showSelected(state: State): void {
	const item = selectedItem(state);
	if (item === undefined) {
		return;
	}

	const isWood = isTree(state);
	const height = mapRows(state) - (isWood ? 2 : 0);
	const total = isWood ? treeItems(state.view, state.columns).length : sceneOf(state).canvas.height;
	const around = isWood ? 0 : Math.max(0, Math.min(3, Math.floor((height - item.rect.height) / 2)));
	const lowest = item.rect.y + item.rect.height + around - height;
	const wanted = Math.min(Math.max(state.mapTop, lowest), item.rect.y - around);
	state.mapTop = isWood ? Math.max(0, Math.min(wanted, total - height)) : clampMapTop(state, wanted);
}

/** Where the map may be scrolled to; one that is lower than its room stands a little below the top. */
export function clampMapTop(state: State, top: number): number {
	const free = mapRows(state) - sceneOf(state).canvas.height;
	return free >= 0 ? -Math.min(2, Math.floor(free / 3)) : Math.max(0, Math.min(top, -free));
}

/** The container or host that a command is about. */
export function selectedNode(state: State): {readonly kind: 'host' | 'container'; readonly name: string} | undefined {
	const [kind, name] = state.selected.split(':');
	return (kind === 'host' || kind === 'container') && name !== undefined ? {kind, name} : undefined;
}
