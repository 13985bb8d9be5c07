// Where an event from the terminal goes: to the open dialog, to the filter that is typed, or through the key table to a command.
import {commands, scroll, type Effects} from './commands.ts';
import type {Input} from './host/decoder.ts';
import {connRows} from './conns/screen.ts';
import {commandFor} from './keys.ts';
import {itemAt} from './layout/walk.ts';
import {entriesFor} from './palette.ts';
import {filterInput, packetsMouse} from './packets/input.ts';
import {edited as editedLine} from './packets/line-edit.ts';
import {placeOf} from './rules/screen.ts';
import {listRows} from './screen.ts';
import {filteredList} from './screens.ts';
import {bodyRows, detailsRows, isTree, itemsOf, select, type Dialog, type State} from './state.ts';

/** What leaving can mean. */
export type Leaving = 'quit' | 'down';

export interface Receiver extends Effects {
	leave(how: Leaving): void;
	/** The last line that help can be scrolled to. */
	mostHelpTop(): number;
}

export function receive(to: Receiver, input: Input): void {
	const {state} = to;
	if (input.kind === 'mouse') {
		if (state.dialog === undefined) {
			mouse(to, input);
		}
	} else if (state.dialog !== undefined) {
		dialogInput(to, state.dialog, input);
	} else if (state.screen === 'packets' && state.packets.entry !== undefined) {
		filterInput(state, state.packets.entry, input);
	} else if (state.entry !== undefined) {
		entryInput(state, state.entry, input);
	} else if (input.kind === 'key') {
		const command = commandFor(state.screen, input.name);
		if (command !== undefined) {
			commands[command](to);
		}
	}
}

/** A line of text after one event. */
function edited(text: string, input: Exclude<Input, {kind: 'mouse'}>): string {
	if (input.kind === 'paste') {
		// Only its first line: nothing here has more.
		return text + (input.text.split(/[\r\n]/)[0] ?? '');
	}

	switch (input.name) {
		case 'Backspace': {
			return Array.from(text).slice(0, -1).join('');
		}

		case 'Ctrl-U': {
			return '';
		}

		case 'Ctrl-W': {
			return text.replace(/\S*\s*$/, '');
		}

		default: {
			return text + input.text;
		}
	}
}

function entryInput(state: State, entry: string, input: Exclude<Input, {kind: 'mouse'}>): void {
	const box = filteredList(state);
	if (input.kind === 'key' && input.name === 'Enter') {
		state.entry = undefined;
		return;
	}

	const isCancelled = input.kind === 'key' && (input.name === 'Escape' || input.name === 'Ctrl-C');
	const text = isCancelled ? '' : edited(entry, input);
	state.entry = isCancelled ? undefined : text;
	box.filter = text;
	box.isFollowing = true;
}

function dialogInput(to: Receiver, dialog: Dialog, input: Exclude<Input, {kind: 'mouse'}>): void {
	const {state} = to;
	if (input.kind === 'key' && input.name === 'Escape') {
		state.dialog = dialog.kind === 'save' && dialog.isTaken ? {...dialog, isTaken: false} : undefined;
		return;
	}

	switch (dialog.kind) {
		case 'help': {
			const by = input.kind === 'key' ? ({Up: -1, k: -1, Down: 1, j: 1, PageUp: -8, PageDown: 8}[input.name] ?? 0) : 0;
			const isOver = input.kind === 'key' && ['q', '?', 'F1', 'Enter', 'Ctrl-C'].includes(input.name);
			state.dialog = isOver ? undefined : by === 0 ? dialog : {kind: 'help', top: Math.max(0, Math.min(dialog.top + by, to.mostHelpTop()))};
			return;
		}

		case 'quit': {
			// A second Ctrl-C is somebody who means it.
			const how = input.kind === 'key' ? {e: 'down' as const, k: 'quit' as const, 'Ctrl-C': 'down' as const}[input.name] : undefined;
			if (how !== undefined) {
				to.leave(how);
			}

			return;
		}

		case 'save': {
			saveInput(to, dialog, input);
			return;
		}

		case 'palette': {
			paletteInput(to, dialog, input);
		}
	}
}

function saveInput(to: Receiver, dialog: Extract<Dialog, {kind: 'save'}>, input: Exclude<Input, {kind: 'mouse'}>): void {
	const name = input.kind === 'key' ? input.name : '';
	const path = dialog.line.text.trim();
	if (name === 'Ctrl-C') {
		to.state.dialog = undefined;
	} else if (dialog.isTaken) {
		if (name === 'y') {
			to.savePackets(path, true);
		}
	} else if (name === 'Enter') {
		if (path !== '') {
			to.savePackets(path, false);
		}
	} else {
		to.state.dialog = {...dialog, line: editedLine(dialog.line, input), problem: ''};
	}
}

function paletteInput(to: Receiver, dialog: Extract<Dialog, {kind: 'palette'}>, input: Exclude<Input, {kind: 'mouse'}>): void {
	const {state} = to;
	const entries = entriesFor(state, dialog.query);
	const name = input.kind === 'key' ? input.name : '';
	const by = {Up: -1, Down: 1, PageUp: -10, PageDown: 10, 'Ctrl-P': -1, 'Ctrl-N': 1}[name];
	if (name === 'Ctrl-C') {
		state.dialog = undefined;
	} else if (name === 'Enter') {
		state.dialog = undefined;
		const run = entries[dialog.selected]?.run;
		if (run !== undefined && 'command' in run) {
			commands[run.command](to);
		} else if (run !== undefined) {
			const item = itemsOf(state).find(({id}) => id === run.go);
			if (item !== undefined) {
				state.screen = 'map';
				select(state, item);
				if (run.after !== undefined) {
					commands[run.after](to);
				}
			}
		}
	} else if (by !== undefined) {
		state.dialog = {...dialog, selected: Math.max(0, Math.min(entries.length - 1, dialog.selected + by))};
	} else {
		const query = edited(dialog.query, input);
		state.dialog = query === dialog.query ? dialog : {kind: 'palette', query, selected: 0};
	}
}

function mouse({state}: Receiver, input: Extract<Input, {kind: 'mouse'}>): void {
	if (state.screen === 'packets') {
		packetsMouse(state, input);
		return;
	}

	const y = input.y - 1;
	const isOnDetails = state.screen === 'map' && y >= bodyRows(state) - detailsRows(state);
	if (state.screen === 'logs' && input.action !== 'release' && input.action !== 'drag') {
		const rows = listRows(state);
		const isLogs = rows.oplog === 0 || y < rows.logs;
		state.focus = isLogs ? 'logs' : 'oplog';
		if (input.action === 'press') {
			const box = state.lists[state.focus];
			const line = box.top + y - 1 - (isLogs ? 0 : rows.logs);
			box.isFollowing = false;
			box.cursor = Math.max(0, line);
			return;
		}
	}

	if (state.screen === 'rules' && input.action === 'press') {
		// the header, the border and the heading are above the first line
		const {rows, cursor, top} = placeOf(state);
		const line = y - 2;
		if (line >= 0 && line < rows) {
			scroll(state, top + line - cursor);
		}
	} else if (state.screen === 'conns' && input.action === 'press') {
		const {top, cursor} = state.conns.box;
		const line = y - 2;
		if (line >= 0 && line < connRows(state)) {
			scroll(state, top + line - cursor);
		}
	} else if (input.action === 'wheel-up' || input.action === 'wheel-down') {
		scroll(state, input.action === 'wheel-up' ? -3 : 3);
	} else if (input.action === 'press' && state.screen === 'map' && !isOnDetails) {
		const item = itemAt(itemsOf(state), isTree(state) ? {x: input.x, y: y - 1 + state.mapTop} : {x: input.x, y: y + state.mapTop});
		if (item !== undefined) {
			select(state, item);
		}
	}
}
