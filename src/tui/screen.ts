// The whole screen as layers for the painter: header, the panes of the screen one is on, the hint bar. Sizes are decided here, nowhere else.
import {connsLayers} from './conns/screen.ts';
import {factsOf, stepsOf} from './facts.ts';
import type {Layer} from './host/painter.ts';
import {Canvas} from './layout/canvas.ts';
import {matcher, type ListBox, type ListPlace} from './list.ts';
import {detailLines, drawDetails, speedText, type DetailsFrame} from './panes/details.ts';
import {drawHeader} from './panes/header.ts';
import {drawHints} from './panes/hints.ts';
import {drawLogs} from './panes/logs.ts';
import {drawLegend, type LegendFrame} from './panes/legend.ts';
import {drawMap, type MapDot} from './panes/map.ts';
import {drawOplog, oplogText} from './panes/oplog.ts';
import {packetsLayers} from './packets/screen.ts';
import {rulesLayers} from './rules/screen.ts';
import {drawTree} from './panes/tree.ts';
import {bodyRows, detailsRows, isRoomy, isTree, legendRows, mapRows, sceneOf, type ListName, type State, type Subject} from './state.ts';
import type {LogLine, OpLogEntry} from '../api/messages.ts';
import type {Screen} from './keys.ts';
import {clip} from './text.ts';
import type {Theme} from './theme.ts';

/** The smallest screen with panes; below there is one line. */
export const leastColumns = 40;
export const leastRows = 12;

/** The layers below a dialog; together they cover every row. */
export function screenLayers(state: State, theme: Theme, nowMs: number): Layer[] {
	const {columns, rows} = state;
	if (columns < leastColumns || rows < leastRows) {
		return [{x: 0, y: 0, lines: tooSmall(state, theme)}];
	}

	const header = state.drawn.lines(
		`header of ${state.screen}`,
		{
			view: state.view,
			screen: state.screen,
			rates: state.rates,
			seconds: state.ratesSeconds,
			isPaused: state.isPaused,
			isOver: state.isOver,
			columns,
			steps: state.oplog.length,
			missed: state.missed,
		},
		theme,
		drawHeader,
	);
	const {screen, entry, message, packets} = state;
	const isCompleting = screen === 'packets' && packets.entry !== undefined;
	const hints = state.drawn.lines(`hints of ${screen}`, {screen, columns, entry, message, isCompleting}, theme, drawHints);
	const body = bodies[state.screen](state, theme, nowMs);
	return [{x: 0, y: 0, lines: header}, ...body, {x: 0, y: rows - 1, lines: hints}];
}

/** What stands between header and hints on each screen. */
const bodies: Readonly<Record<Screen, (state: State, theme: Theme, nowMs: number) => Layer[]>> = {
	map: mapLayers,
	packets: packetsLayers,
	rules: rulesLayers,
	conns: connsLayers,
	logs: logsLayers,
};

function tooSmall({view, columns, rows}: State, theme: Theme): string[] {
	const canvas = new Canvas(columns, rows);
	canvas.text(0, 0, clip(`q leaves · needs ${leastColumns}x${leastRows} · ${view.isUp ? '● live' : '○ building'} · vethlab ${view.lab}`, columns));
	return canvas.rows(theme);
}

function mapLayers(state: State, theme: Theme, nowMs: number): Layer[] {
	const {columns, view, selected, rates, drawn} = state;
	const below = detailsRows(state);
	const rows = mapRows(state);
	const top = state.mapTop;
	const legend = legendRows(state) === 0 ? [] : [{x: 0, y: 1 + rows, lines: drawn.lines('legend', legendFrame(state, nowMs), theme, drawLegend)}];
	const map = isTree(state)
		? drawn.lines('tree', {view, columns, rows, top, selected, rates}, theme, drawTree)
		: drawn.lines('map', {scene: sceneOf(state), top, rows, selected, rates, dots: dotsAt(state, nowMs), empty: emptyText(state)}, theme, drawMap);
	if (below === 0) {
		return [{x: 0, y: 1, lines: map}, ...legend];
	}

	const panes = detailsPanes(state).map((pane): Layer => ({
		x: pane.x,
		y: 1 + bodyRows(state) - below,
		lines: drawn.lines(`details at ${pane.x}`, detailsFrame(state, pane), theme, drawDetails),
	}));
	return [{x: 0, y: 1, lines: map}, ...legend, ...panes];
}

/** Where packets can be captured the dots are packets, else the counters'. */
function dotsAt({motion, traffic, packets}: State, nowMs: number): readonly MapDot[] {
	return packets.phase === 'over' ? traffic.at(nowMs).map((dot) => ({...dot, look: 'counted'})) : motion.at(nowMs);
}

function legendFrame({columns, packets, motion, isOver}: State, nowMs: number): LegendFrame {
	return {
		columns,
		from: packets.phase === 'live' ? 'packets' : packets.phase === 'over' && !isOver ? 'counters' : 'nothing',
		oneIn: motion.oneIn,
		loss: motion.lossAt(nowMs),
		trouble: packets.trouble,
	};
}

/** Before the first host stands: what is being done. */
function emptyText({view, oplog}: State): string {
	const last = oplog.at(-1);
	return view.isUp ? 'this lab has no host and no LAN' : `being built: ${last === undefined ? 'the first step' : `${last.where}# ${last.command}`}`;
}

interface DetailsPane {
	readonly x: number;
	readonly columns: number;
	readonly what: State['details'];
}

/** From so many columns on, facts and commands stand side by side. */
const widthForBoth = 120;

function detailsPanes(state: State): DetailsPane[] {
	const {columns, details} = state;
	const half = Math.floor(columns / 2);
	if (columns >= widthForBoth && (isRoomy(state) || details !== 'closed')) {
		return [
			{x: 0, columns: half, what: 'facts'},
			{x: half, columns: columns - half, what: 'commands'},
		];
	}

	return [{x: 0, columns, what: details === 'closed' && isRoomy(state) ? 'facts' : details}];
}

function detailsFrame(state: State, {columns, what}: DetailsPane): DetailsFrame {
	const {facts, steps} = subjectOf(state);
	const meter = facts?.meter;
	const isFocused = state.details === what && what !== 'closed';
	return {
		what,
		columns,
		rows: detailsRows(state),
		facts,
		steps: what === 'commands' ? steps : [],
		isFocused,
		top: isFocused ? state.detailsTop : 0,
		speed: what === 'commands' ? '' : speedText(facts, state.rates, state.ratesSeconds),
		curve: meter === undefined || what !== 'closed' ? [] : (state.history.get(`${meter.node} ${meter.dev}`) ?? []),
	};
}

/** The selected thing; looked up again when it is another one, or when there is more to know. */
function subjectOf(state: State): Subject {
	const {view, selected, oplog, subject} = state;
	if (subject?.view === view && subject.selected === selected && subject.known === oplog.length) {
		return subject;
	}

	return (state.subject = {view, selected, known: oplog.length, facts: factsOf(view, selected), steps: stepsOf(view, selected, oplog)});
}

/** How far the opened details can be scrolled. */
export function mostDetailsTop(state: State): number {
	const pane = detailsPanes(state).find(({what}) => what === state.details);
	return pane === undefined ? 0 : Math.max(0, detailLines(detailsFrame(state, pane)).length - (detailsRows(state) - 2));
}

/** The lines of a list as its filter lets them through. */
export function shownLogs(state: State): readonly LogLine[] {
	return state.logs.matching(state.logsOf, state.lists.logs.filter);
}

export function shownOplog(state: State): readonly OpLogEntry[] {
	const {filter} = state.lists.oplog;
	const lets = matcher(filter);
	return filter === '' ? state.oplog : state.oplog.filter((entry) => lets(oplogText(entry)));
}

/** Rows of each list with its border; on a low screen only the one that has the focus. */
export function listRows(state: State): Readonly<Record<ListName, number>> {
	const body = bodyRows(state);
	if (body < 18) {
		return state.focus === 'logs' ? {logs: body, oplog: 0} : {logs: 0, oplog: body};
	}

	const large = Math.ceil(body * 0.55);
	return state.focus === 'logs' ? {logs: large, oplog: body - large} : {logs: body - large, oplog: large};
}

function logsLayers(state: State, theme: Theme): Layer[] {
	const {columns, drawn, focus, logsOf, lists} = state;
	const rows = listRows(state);
	const layers: Layer[] = [];
	if (rows.logs > 0) {
		const all = shownLogs(state);
		const frame = {...visible(lists.logs, all.length, rows.logs), node: logsOf, columns, rows: rows.logs, isFocused: focus === 'logs'};
		const lines = all.slice(frame.top, frame.top + rows.logs);
		layers.push({x: 0, y: 1, lines: drawn.lines('logs', {...frame, lines}, theme, drawLogs)});
	}

	if (rows.oplog > 0) {
		const all = shownOplog(state);
		const frame = {...visible(lists.oplog, all.length, rows.oplog), columns, rows: rows.oplog, isFocused: focus === 'oplog'};
		const entries = all.slice(frame.top, frame.top + rows.oplog);
		layers.push({x: 0, y: 1 + rows.logs, lines: drawn.lines('oplog', {...frame, entries}, theme, drawOplog)});
	}

	return layers;
}

/** Where a list stands once it fits into a pane of so many rows. */
function visible(box: ListBox, count: number, rows: number): ListPlace & {readonly count: number} {
	box.settle(count, Math.max(1, rows - 2));
	return {...box.place, count};
}
