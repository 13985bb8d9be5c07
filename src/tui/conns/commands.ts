// What the keys do on the Connections screen.
import type {ScreenCommands} from '../screens.ts';
import {bodyRows, itemsOf, select, type State} from '../state.ts';
import type {View} from '../../api/messages.ts';
import {destinationText, sourceText} from '../../model/connections/words.ts';
import {sorts} from './conn.ts';
import {connDetailsRows, connRows, mostConnTop} from './screen.ts';

/** Nodes whose connections can be shown, in the lab's order: hosts, each before its containers that have a network namespace of their own. */
function nodesOf(view: View): readonly string[] {
	return view.hosts.flatMap(({name, containers}) => [
		name,
		...containers.filter(({mode, state}) => mode !== 'host' && mode !== 'container' && state === 'running').map((container) => container.name),
	]);
}

/** Shows the connections of the host that is selected, or that the selected container runs on: there its packets are tracked. What was shown of that host last stays. */
export function openConns(state: State): void {
	const {view, selected, conns} = state;
	const chosen = hostOf(view, selected.replace(/^\w+:/, '').split('/')[0] ?? '');
	if (conns.node === '') {
		conns.show(chosen);
	} else if (conns.node !== undefined && chosen !== undefined && hostOf(view, conns.node) !== chosen) {
		conns.show(chosen);
	}

	state.screen = 'conns';
}

function hostOf(view: View, node: string): string | undefined {
	return view.hosts.find(({name, containers}) => name === node || containers.some((container) => container.name === node))?.name;
}

export function showAllConns(state: State): void {
	state.conns.show(undefined);
}

/** What there is to say of the selected one, or not. */
export function toggleConn(state: State): void {
	state.conns.isOpen = !state.conns.isOpen;
	state.conns.detailsTop = 0;
}

/** Sorts by the next column. */
export function sortConns(state: State): void {
	const {conns} = state;
	conns.sortBy(sorts[(sorts.indexOf(conns.sort) + 1) % sorts.length] ?? 'begun');
}

function scrollDetails(state: State, by: number): void {
	const {conns} = state;
	conns.detailsTop = conns.isOpen ? Math.max(0, Math.min(conns.detailsTop + by, mostConnTop(state))) : 0;
}

export const connsCommands: ScreenCommands = {
	move: (state, by) => {
		// on a low screen the details stand in the list's place
		if (connDetailsRows(state) === bodyRows(state)) {
			scrollDetails(state, by);
		} else {
			state.conns.move(by);
		}
	},
	page: (state, direction) => {
		scrollDetails(state, direction * Math.max(1, connDetailsRows(state) - 3));
		return state.conns.isOpen;
	},
	sideways: (state, by) => {
		const nodes = nodesOf(state.view);
		const at = state.conns.node === undefined ? -1 : nodes.indexOf(state.conns.node);
		const node = nodes[Math.max(0, Math.min(nodes.length - 1, at + by))];
		if (node === undefined || node === state.conns.node) {
			return;
		}

		state.conns.show(node);
		const item = itemsOf(state).find(({id}) => id === `host:${node}` || id === `container:${node}`);
		if (item !== undefined) {
			select(state, item);
		}
	},
	pageRows: (state) => connRows(state) - 1,
	back: (state) => {
		const {conns} = state;
		if (conns.isOpen) {
			conns.isOpen = false;
		} else if (conns.box.filter === '') {
			return false;
		} else {
			conns.box.filter = '';
		}

		return true;
	},
	copied: (state) => {
		const flow = state.conns.selected?.flow;
		return flow === undefined ? undefined : `${sourceText(flow.orig)} ${destinationText(flow.orig)}`;
	},
};
