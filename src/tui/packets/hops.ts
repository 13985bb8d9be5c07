// The pane with the way of the folded packet that one is on.
import type {Layer} from '../host/painter.ts';
import {drawHops} from '../panes/packets-hops.ts';
import {grouped} from '../panes/packets.ts';
import type {State} from '../state.ts';
import type {Theme} from '../theme.ts';
import type {PacketBook} from './book.ts';
import type {Place} from './screen.ts';

/** It stands where the headers of a packet stand otherwise. */
export function isOnHops({packets}: State): boolean {
	return packets.isFolded && !packets.isInHop;
}

/** First line on so many, with the cursor among them. */
export function hopsTop(count: number, cursor: number, room: number): number {
	return Math.max(0, Math.min(cursor - Math.floor(room / 2), count - room));
}

export function hopsLayer(state: State, theme: Theme, {x, y, columns, rows}: Place): Layer {
	const {packets, drawn} = state;
	const {selected, opened} = packets;
	const way = selected === undefined ? undefined : packets.ways.of(packets.folds, selected);
	const lines = way?.hops ?? [];
	const cursor = Math.max(0, way?.numbers.indexOf(opened ?? -1) ?? 0);
	const isFocused = packets.focus === 'layers' && packets.entry === undefined;
	const frame = {
		columns,
		rows,
		title: selected === undefined ? 'way' : `way of packet ${grouped(selected + 1)} · ${seenAt(lines.length)}`,
		state: way?.remarks.join(' · ') ?? '',
		lines,
		top: hopsTop(lines.length, cursor, Math.max(1, rows - 2)),
		cursor,
		shift: isFocused ? packets.shift : 0,
		isFocused,
		foot: isFocused ? (columns < 60 ? 'Enter layers' : '↑ ↓ hops · Enter its layers · Esc list') : '',
	};
	return {x, y, lines: drawn.lines('hops', frame, theme, drawHops)};
}

/** "hop 5 of 7: = folds"; nothing of a packet that was seen once, or that is not joined yet. */
export function hopText({folds, isFolded}: PacketBook, number: number): string {
	const head = folds.headOf(number);
	const numbers = head === undefined ? [] : folds.sightingsOf(head);
	return numbers.length < 2 ? '' : `hop ${numbers.indexOf(number) + 1} of ${numbers.length}${isFolded ? '' : ': = folds'}`;
}

/** "seen at 7 places" */
function seenAt(count: number): string {
	return `seen at ${count} ${count === 1 ? 'place' : 'places'}`;
}
