// The rules of a node as a list: words, counters, what was counted in the last seconds. A rule that packets have just hit is lit.
import type {Canvas} from '../layout/canvas.ts';
import type {Point} from '../layout/scene.ts';
import {curveLength, type Live} from '../rules/book.ts';
import type {RuleLine} from '../rules/lines.ts';
import {clip, short, width} from '../text.ts';
import type {Role, Theme} from '../theme.ts';
import {sparkline} from './details.ts';
import {framed} from './frame.ts';

export interface RulesFrame {
	readonly node: string;
	/** Those that are on the screen, and what each has counted. */
	readonly lines: readonly RuleLine[];
	readonly live: readonly Live[];
	/** The heading of the table that the first line is of. */
	readonly table: RuleLine | undefined;
	/** Of `lines`, the one with the cursor. */
	readonly cursor: number;
	readonly columns: number;
	readonly rows: number;
	/** Of all lines; 0: there is nothing to show, and `trouble` says why. */
	readonly count: number;
	/** Whether the last line is on the screen. */
	readonly isLast: boolean;
	readonly isPaused: boolean;
	/** Time of day since which is counted; '': since the rules were made. */
	readonly zeroAt: string;
	readonly trouble: string;
	/** The filter and what it lets through; '': there is none. */
	readonly found: string;
	readonly foot: string;
	/** Whether there are other nodes to go to. */
	readonly hasOthers: boolean;
}

/** Where the columns of a line are. */
interface Grid {
	/** After the last cell of the words. */
	readonly end: number;
	/** After the last cell of a line without counters. */
	readonly whole: number;
	/** The last cell of each column; undefined: no room for it. */
	readonly packets: number;
	readonly perSecond: number;
	readonly bytes: number | undefined;
	readonly curve: number | undefined;
}

/** Where a line is drawn. */
interface Row {
	readonly canvas: Canvas;
	readonly y: number;
	readonly grid: Grid;
}

const fates: Readonly<Record<string, Role>> = {accept: 'live', drop: 'dropped', rewrite: 'nat', go: 'bridge', return: 'dim', pass: 'none'};

function gridOf(columns: number): Grid {
	const right = columns - 4;
	const curve = columns >= 72 ? right - curveLength : undefined;
	const bytes = columns >= 60 ? (curve ?? right) - 1 : undefined;
	const perSecond = bytes === undefined ? right : bytes - 6;
	const packets = perSecond - (bytes === undefined ? 5 : 6);
	return {end: packets - (bytes === undefined ? 4 : 5), whole: columns - 2, packets, perSecond, bytes, curve};
}

export function drawRules(frame: RulesFrame, theme: Theme): string[] {
	const {node, lines, live, cursor, columns, rows, count, isLast, isPaused, zeroAt, trouble, found, foot, hasOthers} = frame;
	const state = isPaused ? 'paused' : zeroAt === '' ? 'each second' : `counted since ${zeroAt} · Esc all`;
	const more = isLast ? '' : '▼ more';
	const canvas = framed(columns, rows, {
		title: `rules of ${node}${hasOthers && columns >= 60 ? ' · Left Right: other hosts' : ''}`,
		state,
		foot: found === '' ? (foot === '' ? more : foot) : [found, ...(more === '' || columns < 60 ? [] : [more])].join(' · '),
	});
	if (count === 0) {
		canvas.text(2, 1, clip(trouble, columns - 4), 'dim');
		return canvas.rows(theme);
	}

	const grid = gridOf(columns);
	drawHeading(canvas, frame, grid);
	for (const [index, line] of lines.entries()) {
		const y = index + 2;
		drawLine({canvas, y, grid}, line, live[index]);
		if (index === cursor) {
			canvas.text(1, y, '▌', 'selected');
		}
	}

	return canvas.rows(theme);
}

function drawHeading(canvas: Canvas, {lines, table}: RulesFrame, grid: Grid): void {
	// the table's own heading, when it is scrolled away
	if (table?.is === 'table' && lines[0] !== table) {
		canvas.text(2, 1, `IPv${table.family} ${table.table}`, 'selected');
	}

	toLeftOf(canvas, {x: grid.packets, y: 1}, 'pkts', 'dim');
	toLeftOf(canvas, {x: grid.perSecond, y: 1}, '+/s', 'dim');
	if (grid.bytes !== undefined) {
		toLeftOf(canvas, {x: grid.bytes, y: 1}, 'bytes', 'dim');
	}
}

function drawLine({canvas, y, grid}: Row, line: RuleLine, live: Live | undefined): void {
	switch (line.is) {
		case 'table': {
			canvas.text(2, y, `IPv${line.family} ${line.table}`, 'selected');
			return;
		}

		case 'open': {
			canvas.text(2, y, clip(`${line.chains.map(({chain}) => chain).join(', ')}: policy ACCEPT, no rules`, grid.whole - 2), 'dim');
			return;
		}

		case 'chain': {
			const {chain, policy, callers, rules} = line.chain;
			const how = policy === undefined ? (callers.length === 0 ? 'nothing leads here' : `from ${callers.join(', ')}`) : `policy ${policy}`;
			const isCounted = policy !== undefined && live !== undefined && live.packets > 0;
			const end = isCounted ? grid.end : grid.whole;
			const x = canvas.text(2, y, clip(chain, end - 2), 'title');
			canvas.text(x + 1, y, clip(`${how}${rules.length === 0 ? ', no rules' : ''}`, end - x - 1), policy === 'DROP' ? 'dropped' : 'dim');
			if (isCounted) {
				drawCounts({canvas, y, grid}, live);
			}

			return;
		}

		case 'rule': {
			const {number, text, words} = line.rule;
			let x = canvas.text(2, y, `${String(number).padStart(2)} `, 'dim');
			if (words === undefined) {
				canvas.text(x, y, clip(text, grid.end - x));
			} else {
				x = canvas.text(x, y, clip(words.action, grid.end - x), fates[words.fate]);
				canvas.text(x, y, clip(`: ${words.packets}`, grid.end - x), live !== undefined && live.packets > 0 ? 'none' : 'dim');
			}

			if (live !== undefined) {
				drawCounts({canvas, y, grid}, live);
			}
		}
	}
}

function drawCounts({canvas, y, grid}: Row, {packets, bytes, packetsPerSecond, curve, isLit}: Live): void {
	const role: Role = isLit ? 'dot' : packets > 0 ? 'none' : 'dim';
	toLeftOf(canvas, {x: grid.packets, y}, short(packets), role);
	// one packet in two seconds is not none
	toLeftOf(canvas, {x: grid.perSecond, y}, packetsPerSecond > 0 ? `+${short(Math.max(1, packetsPerSecond))}` : '·', role);
	if (grid.bytes !== undefined) {
		toLeftOf(canvas, {x: grid.bytes, y}, short(bytes), role);
	}

	if (grid.curve !== undefined) {
		const bars = sparkline(curve, curveLength);
		canvas.text(grid.curve + 1 + curveLength - width(bars), y, bars, 'rate');
	}

	if (isLit) {
		canvas.text(canvas.width - 2, y, '●', 'dot');
	}
}

/** Text whose last cell is `x`. */
function toLeftOf(canvas: Canvas, {x, y}: Point, text: string, role: Role): void {
	canvas.text(x - width(text) + 1, y, text, role);
}
