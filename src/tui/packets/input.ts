// Keys while a filter is typed, and the mouse, on the Packets screen.
import type {Input} from '../host/decoder.ts';
import {packetsFrameRows} from '../panes/packets.ts';
import type {State} from '../state.ts';
import type {Pane} from './book.ts';
import type {Entry} from './entry.ts';
import {edited, replaced} from './line-edit.ts';
import {hopsTop, isOnHops} from './hops.ts';
import {openedOf, placesOf} from './screen.ts';
import {packetsCommands} from './commands.ts';

export function filterInput({packets}: State, entry: Entry, input: Exclude<Input, {kind: 'mouse'}>): void {
	const name = input.kind === 'key' ? input.name : '';
	if (name === 'Escape' || name === 'Ctrl-C') {
		packets.unfilter();
		packets.forget();
	} else if (name === 'Enter') {
		// one that is wrong stays, with what is wrong under it
		packets.entry = entry.wrong === undefined ? undefined : {...entry, words: []};
	} else if (name === 'Up' || name === 'Down') {
		packets.choose(name === 'Up' ? -1 : 1);
	} else if (name === 'Tab') {
		const word = entry.words[entry.chosen];
		if (word !== undefined) {
			packets.typed(replaced(entry.line, entry.from, entry.line.cursor, word));
		}
	} else {
		packets.typed(edited(entry.line, input));
	}
}

/** The wheel scrolls what is under it; a click goes there, and on a byte to the field that it is of. */
export function packetsMouse(state: State, input: Extract<Input, {kind: 'mouse'}>): void {
	const places = placesOf(state);
	const pane = (['list', 'layers', 'bytes'] as const).find((name) => {
		const place = places[name];
		return place !== undefined && input.x >= place.x && input.x < place.x + place.columns && input.y >= place.y && input.y < place.y + place.rows;
	});
	if (pane === undefined) {
		return;
	}

	if (input.action === 'press') {
		press(state, pane, input.y - (places[pane]?.y ?? 0));
	} else if (input.action === 'wheel-up' || input.action === 'wheel-down') {
		const {focus} = state.packets;
		state.packets.focus = pane;
		packetsCommands.move(state, input.action === 'wheel-up' ? -3 : 3);
		state.packets.focus = focus;
	}
}

/** `y`: from the pane's border on. */
function press(state: State, pane: Pane, y: number): void {
	const {packets} = state;
	packets.focus = pane;
	if (pane === 'list') {
		const number = packets.numberAt(packets.top + y - packetsFrameRows + 1);
		if (y >= packetsFrameRows - 1 && number !== undefined) {
			packets.goTo(number);
		}
	} else {
		packets.follow(false);
		if (isOnHops(state)) {
			const {selected, opened} = packets;
			const numbers = selected === undefined ? [] : packets.folds.sightingsOf(selected);
			const top = hopsTop(numbers.length, numbers.indexOf(opened ?? -1), (placesOf(state).layers?.rows ?? 0) - 2);
			packets.hop = numbers[top + y - 1] ?? packets.hop;
			return;
		}

		const line = pane === 'layers' ? openedOf(state)?.lines[packets.tree.top + y - 1] : undefined;
		packets.tree.cursor = line?.key ?? packets.tree.cursor;
	}
}
