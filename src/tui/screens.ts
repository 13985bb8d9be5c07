// What the common keys do on screens that are lists of their own. To add one: its functions in a folder of its own, and a line in `screens`.
import {connsCommands} from './conns/commands.ts';
import type {Screen} from './keys.ts';
import type {ListBox} from './list.ts';
import {packetsCommands} from './packets/commands.ts';
import {rulesCommands} from './rules/commands.ts';
import type {State} from './state.ts';

export interface ScreenCommands {
	/** So many lines down, or up. */
	move(state: State, by: number): void;
	sideways(state: State, by: 1 | -1): void;
	pageRows(state: State): number;
	/** Pages something else than the list; false: it is the list. */
	page?(state: State, direction: 1 | -1): boolean;
	/** One step back; false: there is none but to the map. */
	back(state: State): boolean;
	/** What `y` copies; undefined: nothing is there. */
	copied(state: State): string | undefined;
}

/** Not the map, which is walked on, and not the logs, which are two lists. */
export const screens: Partial<Readonly<Record<Screen, ScreenCommands>>> = {packets: packetsCommands, rules: rulesCommands, conns: connsCommands};

/** The list that a filter is about on the screen that one is on. */
export function filteredList(state: State): Pick<ListBox, 'filter' | 'isFollowing'> {
	return state.screen === 'conns' ? state.conns.box : state.screen === 'rules' ? state.rules.box : state.lists[state.focus];
}
