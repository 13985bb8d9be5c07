// What keys do on the Packets screen.
import {absoluteTime, packetsFrameRows} from '../panes/packets.ts';
import {bytesPerRow} from '../panes/bytes.ts';
import type {Effects} from '../commands.ts';
import type {ScreenCommands} from '../screens.ts';
import {selectedNode, type State} from '../state.ts';
import type {Pane} from './book.ts';
import {connectionOf} from './connection.ts';
import {isOnHops} from './hops.ts';
import {frameOf, openedOf, placesOf} from './screen.ts';
import {lineText, treeText} from './text.ts';

const panes: readonly Pane[] = ['list', 'layers', 'bytes'];

export const packetsCommands: ScreenCommands = {
	move: (state, by) => {
		const {packets} = state;
		switch (packets.focus) {
			case 'list': {
				packets.move(by);
				return;
			}

			case 'layers': {
				if (isOnHops(state)) {
					packets.moveHop(by);
					return;
				}

				packets.tree.move(openedOf(state)?.lines ?? [], by);
				return;
			}

			case 'bytes': {
				moveBytes(state, by);
			}
		}
	},
	sideways: (state, by) => {
		const {packets} = state;
		if (packets.focus === 'layers' && !isOnHops(state)) {
			packets.tree.setOpen(openedOf(state)?.lines ?? [], by === 1);
		} else if (packets.focus !== 'bytes') {
			packets.shift = Math.max(0, packets.shift + by * 8);
		}
	},
	pageRows: (state) => {
		const rows = placesOf(state)[state.packets.focus]?.rows ?? 0;
		return rows - (state.packets.focus === 'list' ? packetsFrameRows : 2) - 1;
	},
	back: (state) => {
		const {packets} = state;
		if (packets.focus !== 'list' && packets.isFolded && packets.isInHop) {
			packets.focus = 'layers';
			packets.isInHop = false;
		} else if (packets.focus !== 'list') {
			packets.focus = 'list';
			packets.shift = 0;
		} else if (packets.rule !== undefined) {
			packets.unfilter();
			packets.forget();
			state.screen = 'rules';
		} else if (packets.isNarrowed) {
			packets.unfilter();
		} else if (packets.search === undefined) {
			return false;
		} else {
			packets.forget();
		}

		return true;
	},
	copied: (state) => {
		const opened = openedOf(state);
		const {packets} = state;
		if (opened === undefined) {
			return undefined;
		}

		const way = isOnHops(state) && packets.selected !== undefined ? packets.ways.of(packets.folds, packets.selected) : undefined;
		if (way !== undefined) {
			const line = `${absoluteTime(opened.packet)}  ${way.text}`;
			return packets.focus === 'list' ? line : [line, ...way.hops].join('\n');
		}

		const row = packets.rows.of(packets.store, opened.number, packets.folds);
		return packets.focus === 'list' ? row && lineText(row) : treeText(opened.packet, opened.number);
	},
};

function moveBytes(state: State, by: number): void {
	const place = placesOf(state).bytes;
	const bytes = openedOf(state)?.packet.bytes.length ?? 0;
	const rows = place === undefined ? 0 : Math.ceil(bytes / bytesPerRow(place.columns)) - (place.rows - 2);
	state.packets.bytesTop = Math.max(0, Math.min(rows, state.packets.bytesTop + by));
}

/** Enter: into the selected packet; on a hop of a folded one: into its headers there; on a header: opens or folds it. */
export function openPacket(state: State): void {
	const {packets} = state;
	const opened = openedOf(state);
	if (opened === undefined) {
		return;
	}

	if (packets.focus === 'list') {
		packets.follow(false);
		packets.focus = 'layers';
		packets.shift = 0;
	} else if (packets.focus === 'layers' && isOnHops(state)) {
		packets.isInHop = true;
	} else if (packets.focus === 'layers' && opened.line !== undefined && opened.line.name === undefined) {
		packets.tree.setOpen(opened.lines, !opened.line.isOpen);
	}
}

export function toPane(state: State, by: 1 | -1): void {
	const {packets} = state;
	const there = isOnHops(state) ? panes.slice(0, 2) : panes;
	packets.focus = there[(there.indexOf(packets.focus) + by + there.length) % there.length] ?? 'list';
	packets.shift = 0;
	if (packets.focus !== 'list') {
		packets.follow(false);
	}
}

export function toHit({state, say}: Effects, by: 1 | -1): void {
	const {packets} = state;
	const hit = packets.hitBeyond(by);
	if (packets.search === undefined) {
		say('nothing is searched for: / filters');
	} else if (hit === undefined) {
		say(by === 1 ? 'no hit after this packet' : 'no hit before this packet');
	} else {
		packets.goTo(hit);
	}
}

/** Shows the connection of the selected packet, in both directions. */
export function followConnection({state, say}: Effects): void {
	const opened = openedOf(state);
	const followed = opened === undefined ? undefined : connectionOf(frameOf(opened.packet), state.view);
	if (followed === undefined) {
		say(opened === undefined ? 'no packet is selected' : 'this packet is of no connection');
		return;
	}

	state.packets.filter(followed.filter);
	say(followed.said);
}

/** From the map: what the selected thing sends and gets. */
export function packetsOfSelected({state, say}: Effects): void {
	const node = selectedNode(state)?.name ?? (state.selected.startsWith('lan:') ? state.selected.slice('lan:'.length) : undefined);
	if (node === undefined) {
		say('select a container, a host or a LAN for that');
		return;
	}

	state.screen = 'packets';
	state.packets.focus = 'list';
	state.packets.filter(`at ${node}`);
	state.packets.follow(true);
}

/** Asks for the name of a file for what is shown. */
export function askToSave({state, say}: Effects): void {
	if (state.packets.count === 0) {
		say('no packet is shown');
	} else {
		state.dialog = {kind: 'save', line: {text: `${state.view.lab}.pcapng`, cursor: state.view.lab.length}, isTaken: false, problem: ''};
	}
}
