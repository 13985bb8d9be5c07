// The Rules screen as layers: the list of rules, and below it what there is to say of the selected one. Sizes are decided here.
import type {Layer} from '../host/painter.ts';
import {drawDetails} from '../panes/details.ts';
import {drawRules} from '../panes/rules.ts';
import {bodyRows, type State} from '../state.ts';
import type {Theme} from '../theme.ts';
import {timeOfDay} from '../text.ts';
import {lineFacts} from './facts.ts';
import type {RuleLine} from './lines.ts';

/** From so many columns on, what a rule is and the commands that made it stand side by side. */
const widthForBoth = 120;

/** Rows below the list; on a low screen none. */
function detailsRows(state: State): number {
	const body = bodyRows(state);
	return body < 18 ? 0 : Math.min(13, Math.max(8, Math.floor(body * 0.3)));
}

/** Where the list stands: its cursor, its first line, and how many it shows. */
export function placeOf(state: State): {readonly cursor: number; readonly top: number; readonly rows: number} {
	const {rules} = state;
	// a border above and below, and the heading
	const rows = Math.max(1, bodyRows(state) - detailsRows(state) - 3);
	const found = rules.lines.findIndex(({key}) => key === rules.cursor);
	const first = rules.lines.findIndex(({is}) => is === 'rule');
	const cursor = Math.max(0, found === -1 ? first : found);
	rules.top = Math.max(0, Math.min(Math.max(rules.top, cursor - rows + 1), cursor, rules.lines.length - rows));
	return {cursor, top: rules.top, rows};
}

export function rulesLayers(state: State, theme: Theme): Layer[] {
	const {columns, rules, drawn, view, isPaused} = state;
	const {cursor, top, rows} = placeOf(state);
	const lines = rules.lines.slice(top, top + rows);
	const below = detailsRows(state);
	const frame = {
		node: rules.node ?? '',
		lines,
		live: lines.map(({key}) => rules.live(key)),
		/** The table that the first line is of, when its own heading is not on the screen. */
		table: rules.lines.slice(0, top + 1).findLast(({is}) => is === 'table'),
		cursor: cursor - top,
		columns,
		rows: rows + 3,
		count: rules.lines.length,
		isLast: top + rows >= rules.lines.length,
		isPaused,
		zeroAt: rules.zeroMs === undefined ? '' : timeOfDay(rules.zeroMs).slice(0, 8),
		trouble: rules.trouble === '' && rules.box.filter !== '' ? 'no rule has this text' : rules.trouble,
		found: foundText(rules),
		foot: below > 0 ? '' : footOf(rules.lines[cursor]),
		hasOthers: view.hosts.length > 1,
	};
	if (below === 0 && rules.isCommands) {
		return detailLayers(state, theme, {line: rules.lines[cursor], y: 1, rows: bodyRows(state)});
	}

	const list = {x: 0, y: 1, lines: drawn.lines('rules', frame, theme, drawRules)};
	return below === 0 ? [list] : [list, ...detailLayers(state, theme, {line: rules.lines[cursor], y: 1 + rows + 3, rows: below})];
}

/** How many rules the filter lets through; '': there is none. */
function foundText({box, lines, all}: State['rules']): string {
	const count = (some: readonly RuleLine[]): number => some.filter(({is}) => is === 'rule').length;
	return box.filter === '' ? '' : `filter ${box.filter} · ${count(lines)} of ${count(all)}`;
}

function footOf(line: RuleLine | undefined): string {
	return line?.is === 'rule' ? line.rule.text : '';
}

function detailLayers(state: State, theme: Theme, {line, y, rows}: {readonly line: RuleLine | undefined; readonly y: number; readonly rows: number}): Layer[] {
	const {rules, oplog, drawn} = state;
	const own = line?.is === 'rule' ? rules.madeBy.of(line.rule, oplog) : undefined;
	const chain = line?.is === 'rule' ? line.rule : line?.is === 'chain' ? line.chain : undefined;
	const steps = [chain === undefined ? undefined : rules.madeBy.ofChain(chain, oplog), own].filter((step) => step !== undefined);
	const facts = line === undefined ? undefined : lineFacts(rules.node ?? '', line, rules.live(line.key), own);
	const copies = line?.is === 'rule' ? ' · y copies' : '';
	return panesOf(state).map((pane) => {
		const keys = pane.x > 0 ? '' : rules.isCommands ? `x closes${copies}` : chain === undefined ? '' : `x commands${copies}`;
		const shown = {...pane, facts, steps, rows, top: 0, isFocused: false, speed: '', curve: [], keys};
		return {x: pane.x, y, lines: drawn.lines(`rule at ${pane.x}`, shown, theme, drawDetails)};
	});
}

/** Without room for a list and its details, `x` puts the details in the list's place. */
function panesOf(state: State): readonly {readonly x: number; readonly columns: number; readonly what: 'facts' | 'commands'}[] {
	const {columns, rules} = state;
	const half = Math.floor(columns / 2);
	if (columns < widthForBoth || rules.isCommands) {
		return [{x: 0, columns, what: rules.isCommands && detailsRows(state) > 0 ? 'commands' : 'facts'}];
	}

	return [
		{x: 0, columns: half, what: 'facts'},
		{x: half, columns: columns - half, what: 'commands'},
	];
}
