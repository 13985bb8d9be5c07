// The Connections screen as layers: the list, and after Enter what there is to say of the selected one. Sizes are decided here.
import type {Layer} from '../host/painter.ts';
import {drawConns} from '../panes/conns.ts';
import {detailLines, drawDetails, type DetailsFrame} from '../panes/details.ts';
import {bodyRows, type State} from '../state.ts';
import type {Theme} from '../theme.ts';
import type {Conn} from './conn.ts';
import {connFacts} from './facts.ts';

/** Rows of the details, border included; on a low screen they take the list's place. */
export function connDetailsRows(state: State): number {
	const body = bodyRows(state);
	return !state.conns.isOpen ? 0 : body < 18 ? body : Math.min(16, Math.max(11, Math.floor(body * 0.45)));
}

/** Lines of the list that are on the screen: without its border and its heading. */
export function connRows(state: State): number {
	const left = bodyRows(state) - connDetailsRows(state);
	return Math.max(1, (left === 0 ? bodyRows(state) : left) - 3);
}

export function connsLayers(state: State, theme: Theme): Layer[] {
	const {conns, columns, isPaused} = state;
	const nowMs = conns.now();
	const shown = conns.settle(state, connRows(state));
	const below = connDetailsRows(state);
	const rows = bodyRows(state) - below;
	const {top} = conns.box;
	const frame = {book: conns, lines: shown.slice(top, top + connRows(state)), count: shown.length, columns, rows, isPaused, isFocused: false, nowMs};
	const list: Layer[] = rows === 0 ? [] : [{x: 0, y: 1, lines: drawConns(frame, theme)}];
	const {selected} = conns;
	return below === 0 ? list : [...list, {x: 0, y: 1 + rows, lines: drawDetails(detailsFrame(state, selected, nowMs), theme)}];
}

function detailsFrame(state: State, conn: Conn | undefined, nowMs: number): DetailsFrame {
	const {columns, conns} = state;
	const facts = conn === undefined ? undefined : connFacts(conn, conns, nowMs);
	return {
		what: 'facts',
		columns,
		rows: connDetailsRows(state),
		facts,
		steps: [],
		isFocused: true,
		top: conns.detailsTop,
		speed: '',
		curve: [],
		keys: 'Enter closes · y copies',
	};
}

/** How far the opened details can be scrolled. */
export function mostConnTop(state: State): number {
	const frame = detailsFrame(state, state.conns.selected, state.conns.now());
	return Math.max(0, detailLines(frame).length - (frame.rows - 2));
}
