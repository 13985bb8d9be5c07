// A filter while it is typed: what is wrong with it, and what may come next.
import {checkFilter, type Wrong} from '../../watch/filter/parse.ts';
import type {PacketStore} from '../../watch/store/store.ts';
import {completionOf} from './complete.ts';
import type {Line} from './line-edit.ts';
import {valuesOf} from './values.ts';

export interface Entry {
	readonly line: Line;
	/** Undefined: it can be used. */
	readonly wrong: Wrong | undefined;
	/** What the word before the cursor can become, from that place on. */
	readonly words: readonly string[];
	readonly from: number;
	/** Of `words`. */
	readonly chosen: number;
}

/** The first of the words that may come next is chosen. `store`: values that packets have are offered. */
export function entryOf(line: Line, store: PacketStore): Entry {
	const checked = checkFilter(line.text);
	const {from, words} = completionOf(line, (field) => valuesOf(store, field));
	return {line, wrong: 'wrong' in checked ? checked.wrong : undefined, from, words, chosen: 0};
}
