// What each command of the key table does. To add one: a row in keys.ts and its function here.
import {openConns, showAllConns, sortConns, toggleConn} from './conns/commands.ts';
import type {Command} from './keys.ts';
import {caretOn, neighbour, type Direction} from './layout/walk.ts';
import {copyAll, copySelected} from './copying.ts';
import {askToSave, followConnection, openPacket, packetsOfSelected, toHit, toPane} from './packets/commands.ts';
import {openRules, packetsOfRule, toTable} from './rules/commands.ts';
import {filteredList, screens} from './screens.ts';
import {listRows, mostDetailsTop, shownLogs, shownOplog} from './screen.ts';
import {clampMapTop, detailsRows, isTree, itemsOf, mapRows, select, selectedItem, selectedNode, showSelected, type State} from './state.ts';

/** What commands may do beyond changing the state. */
export interface Effects {
	readonly state: State;
	/** To the clipboard; `what` names it in the message. */
	copy(text: string, what: string): void;
	writeScreen(): void;
	openShell(node: string): void;
	loadLogs(node: string | undefined): void;
	/** The packets that are shown, into a file. */
	savePackets(path: string, isReplacing: boolean): void;
	act(action: 'start' | 'stop' | 'restart', container: string): void;
	setMouse(isOn: boolean): void;
	suspend(): void;
	askToLeave(): void;
	say(text: string): void;
}

export const commands: Readonly<Record<Command, (effects: Effects) => void>> = {
	help: ({state}) => (state.dialog = {kind: 'help', top: 0}),
	palette: ({state}) => (state.dialog = {kind: 'palette', query: '', selected: 0}),
	open: ({state}) => (state.screen === 'conns' ? toggleConn(state) : showDetails(state, state.details === 'facts' ? 'closed' : 'facts')),
	explain: ({state}) => {
		if (state.screen === 'rules') {
			state.rules.isCommands = !state.rules.isCommands;
		} else {
			showDetails(state, state.details === 'commands' ? 'closed' : 'commands');
		}
	},
	shell: onNode((effects, node) => effects.openShell(node)),
	logs: onNode(({state, loadLogs}, node) => {
		state.screen = 'logs';
		state.focus = 'logs';
		showLogsOf(state, node);
		loadLogs(node);
	}),
	filter: ({state}) => (state.entry = filteredList(state).filter),
	next: (effects) => next(effects, 1),
	previous: (effects) => next(effects, -1),
	copy: copySelected,
	'copy.all': copyAll,
	pane: ({state}) => (state.focus = state.focus === 'logs' ? 'oplog' : 'logs'),
	table: ({state}) => toTable(state, 1),
	'table.back': ({state}) => toTable(state, -1),
	zero: ({state}) => state.rules.count(Date.now()),
	pause: ({state}) => {
		if (state.screen === 'packets') {
			state.packets.follow(!state.packets.isFollowing);
		} else if (state.screen !== 'logs') {
			state.isPaused = !state.isPaused;
			state.traffic.clear();
		} else {
			const box = state.lists[state.focus];
			box.isFollowing = !box.isFollowing;
		}
	},
	all: ({state, loadLogs}) => {
		if (state.screen === 'conns') {
			showAllConns(state);
			return;
		}

		showLogsOf(state, undefined);
		loadLogs(undefined);
	},
	sort: ({state}) => sortConns(state),
	quit: (effects) => effects.askToLeave(),
	write: (effects) => effects.writeScreen(),
	'screen.map': ({state}) => (state.screen = 'map'),
	'screen.packets': ({state}) => (state.screen = 'packets'),
	'screen.rules': ({state}) => openRules(state),
	'screen.conns': ({state}) => openConns(state),
	'packets.of': (effects) => packetsOfSelected(effects),
	'rule.packets': (effects) => packetsOfRule(effects),
	'packets.filter': ({state}) => state.packets.type(),
	'packets.pane': ({state}) => toPane(state, 1),
	'packets.pane.back': ({state}) => toPane(state, -1),
	fold: ({state}) => state.packets.fold(),
	'packets.save': (effects) => askToSave(effects),
	'packet.open': ({state}) => openPacket(state),
	connection: (effects) => followConnection(effects),
	time: ({state}) => (state.packets.isAbsolute = !state.packets.isAbsolute),
	'screen.logs': ({state, loadLogs}) => {
		state.screen = 'logs';
		loadLogs(state.logsOf);
	},
	up: ({state}) => go(state, 'up'),
	down: ({state}) => go(state, 'down'),
	left: ({state}) => go(state, 'left'),
	right: ({state}) => go(state, 'right'),
	'page.up': ({state}) => page(state, -1),
	'page.down': ({state}) => page(state, 1),
	first: ({state}) => edge(state, 'first'),
	last: ({state}) => edge(state, 'last'),
	back,
	mouse: ({state, setMouse, say}) => {
		state.isMouseOn = !state.isMouseOn;
		setMouse(state.isMouseOn);
		say(state.isMouseOn ? 'mouse on: wheel scrolls, click selects' : 'mouse off: the terminal selects text');
	},
	start: onContainer((effects, name) => effects.act('start', name)),
	stop: onContainer((effects, name) => effects.act('stop', name)),
	restart: onContainer((effects, name) => effects.act('restart', name)),
	suspend: (effects) => effects.suspend(),
};

function onNode(run: (effects: Effects, node: string) => void): (effects: Effects) => void {
	return (effects) => {
		const node = selectedNode(effects.state);
		if (node === undefined) {
			effects.say('select a container or a host for that');
		} else {
			run(effects, node.name);
		}
	};
}

function onContainer(run: (effects: Effects, name: string) => void): (effects: Effects) => void {
	return (effects) => {
		const node = selectedNode(effects.state);
		if (node?.kind === 'container') {
			run(effects, node.name);
		} else {
			effects.say('select a container for that');
		}
	};
}

function showDetails(state: State, what: State['details']): void {
	state.details = what;
	state.detailsTop = 0;
	showSelected(state);
}

function showLogsOf(state: State, node: string | undefined): void {
	state.logsOf = node;
	state.lists.logs.isFollowing = true;
	state.lists.logs.shift = 0;
}

function go(state: State, direction: Direction): void {
	const other = screens[state.screen];
	if (other !== undefined) {
		if (direction === 'left' || direction === 'right') {
			other.sideways(state, direction === 'left' ? -1 : 1);
		} else {
			other.move(state, direction === 'up' ? -1 : 1);
		}

		return;
	}

	if (state.screen === 'logs') {
		const box = state.lists[state.focus];
		if (direction === 'left' || direction === 'right') {
			box.sideways(direction === 'left' ? -8 : 8);
		} else {
			moveList(state, direction === 'up' ? -1 : 1);
		}

		return;
	}

	const from = selectedItem(state);
	if (from === undefined) {
		return;
	}

	const items = itemsOf(state);
	const to = isTree(state) ? branch(state, direction) : neighbour(items, from, direction, state.caret);
	if (to === undefined) {
		state.caret = caretOn(from, undefined, state.caret);
	} else {
		select(state, to, direction);
	}
}

/** In the tree, left and right go from host to host. */
function branch(state: State, direction: Direction) {
	const items = itemsOf(state);
	const at = items.findIndex((item) => item.id === state.selected);
	switch (direction) {
		case 'up': {
			return items[at - 1];
		}

		case 'down': {
			return items[at + 1];
		}

		case 'left': {
			return items.slice(0, Math.max(0, at)).findLast((item) => item.kind === 'host') ?? items[0];
		}

		case 'right': {
			return items.slice(at + 1).find((item) => item.kind === 'host');
		}
	}
}

/** Scrolls what has the focus by lines. */
export function scroll(state: State, by: number): void {
	const other = screens[state.screen];
	if (other !== undefined) {
		other.move(state, by);
	} else if (state.screen === 'logs') {
		moveList(state, by);
	} else if (state.details === 'closed') {
		const top = state.mapTop + by;
		state.mapTop = isTree(state) ? Math.max(0, Math.min(top, itemsOf(state).length + 2 - mapRows(state))) : clampMapTop(state, top);
	} else {
		state.detailsTop = Math.max(0, Math.min(state.detailsTop + by, mostDetailsTop(state)));
	}
}

function page(state: State, direction: 1 | -1): void {
	if (screens[state.screen]?.page?.(state, direction) === true) {
		return;
	}

	const rows =
		screens[state.screen]?.pageRows(state) ??
		(state.screen === 'logs' ? listRows(state)[state.focus] - 3 : state.details === 'closed' ? mapRows(state) - 2 : detailsRows(state) - 3);
	scroll(state, direction * Math.max(1, rows));
}

function next(effects: Effects, by: 1 | -1): void {
	if (effects.state.screen === 'packets') {
		toHit(effects, by);
	} else {
		moveList(effects.state, by);
	}
}

function moveList(state: State, by: number): void {
	const count = state.focus === 'logs' ? shownLogs(state).length : shownOplog(state).length;
	state.lists[state.focus].move(by, count);
}

function edge(state: State, which: 'first' | 'last'): void {
	if (state.screen !== 'map') {
		scroll(state, which === 'first' ? -Number.MAX_SAFE_INTEGER : Number.MAX_SAFE_INTEGER);
		return;
	}

	const items = itemsOf(state);
	const item = which === 'first' ? items[0] : items.at(-1);
	if (item !== undefined) {
		select(state, item);
	}
}

function back({state}: Effects): void {
	const box = state.lists[state.focus];
	const other = screens[state.screen];
	if (other !== undefined) {
		state.screen = other.back(state) ? state.screen : 'map';
	} else if (state.screen === 'map') {
		showDetails(state, 'closed');
	} else if (box.filter === '') {
		state.screen = 'map';
	} else {
		box.filter = '';
	}
}
