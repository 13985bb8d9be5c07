// The filter above the list of packets: as it is typed with what may come next or what is wrong with it, or as it stands with what it has found.
import {Canvas} from '../layout/canvas.ts';
import type {Entry} from '../packets/entry.ts';
import {clip, width, wrap} from '../text.ts';
import type {Theme} from '../theme.ts';
import {grouped} from './packets.ts';

export interface FilterFrame {
	readonly columns: number;
	/** While it is typed. */
	readonly entry: Entry | undefined;
	/** What is searched for; '': nothing. */
	readonly text: string;
	/** Whether only that is shown. */
	readonly isNarrowed: boolean;
	readonly hits: number;
	/** Undefined: still searching. */
	readonly tookMs: number | undefined;
	/** How far it is then. */
	readonly percent: number;
	/** Undefined: it is a filter that is shown, and no rule. */
	readonly rule: ShownRule | undefined;
}

/** A rule whose packets are shown. */
export interface ShownRule {
	/** "h1 nat DOCKER #2 · destination becomes 172.17.0.2:80 (web)" */
	readonly title: string;
	/** What the kernel has counted; undefined: it is not known. */
	readonly counted: number | undefined;
	/** So many of the packets may have hit it, which nobody can tell. */
	readonly possible: number;
	/** What cannot be told of it. */
	readonly remarks: readonly string[];
}

const prompt = ' filter> ';

/** The rows that it takes: none without a filter. */
export function filterRows(frame: FilterFrame): number {
	const {entry, text, rule} = frame;
	return entry === undefined ? (rule === undefined ? (text === '' ? 0 : 1) : 1 + remarkLines(rule, frame).length) : 1 + belowEntry(entry, frame).length;
}

export function drawFilter(frame: FilterFrame, theme: Theme): string[] {
	const {columns, entry, text, isNarrowed, rule} = frame;
	if (entry === undefined && rule !== undefined) {
		return drawRule(rule, frame, theme);
	}

	const below = entry === undefined ? [] : belowEntry(entry, frame);
	const canvas = new Canvas(columns, 1 + below.length);
	const found = foundText(frame);
	const right = columns - width(found) - 1;
	canvas.text(right, 0, found, entry?.wrong === undefined ? 'rate' : 'error');
	if (entry === undefined) {
		canvas.text(canvas.text(0, 0, isNarrowed ? prompt : ' n/N: ', 'key'), 0, clip(text, right - prompt.length - 1));
		return canvas.rows(theme);
	}

	const from = scrolledBy(entry, frame);
	const shown = `${from > 0 ? '…' : ''}${entry.line.text.slice(from > 0 ? from + 1 : 0)}`;
	canvas.text(canvas.text(0, 0, prompt, 'key'), 0, clip(shown, right - prompt.length - 1));
	const x = prompt.length + entry.line.cursor - from;
	// without colours a cursor within the line stands in place of its character
	if (entry.line.cursor === entry.line.text.length || theme.colours === 0) {
		canvas.text(x, 0, '█', 'selected');
	} else {
		canvas.recolour(x, 0, 1, 'match');
	}

	for (const [index, line] of below.entries()) {
		drawBelow(canvas, index + 1, line);
	}

	return canvas.rows(theme);
}

/** On a narrow screen what was found stays, and of the rule as much as there is room for. */
function drawRule(rule: ShownRule, frame: FilterFrame, theme: Theme): string[] {
	const {columns, hits, tookMs, percent} = frame;
	const remarks = remarkLines(rule, frame);
	const canvas = new Canvas(columns, 1 + remarks.length);
	const sure = hits - rule.possible;
	const found = `${grouped(sure)} ${sure === 1 ? 'hit' : 'hits'}${rule.possible === 0 ? '' : ` + ${grouped(rule.possible)} possible`}`;
	const counted = rule.counted === undefined || columns < 60 ? '' : ` · kernel ${grouped(rule.counted)}`;
	const right = tookMs === undefined ? `${percent} %` : `${found}${counted}`;
	const x = columns - width(right) - 1;
	canvas.text(x, 0, right, tookMs === undefined ? 'rate' : rule.counted === sure ? 'rate' : 'title');
	const start = canvas.text(0, 0, columns < 60 ? ' ' : ' rule: ', 'key');
	canvas.text(start, 0, clip(rule.title, x - start - 1));
	for (const [index, line] of remarks.entries()) {
		canvas.text(1, index + 1, line, 'error');
	}

	return canvas.rows(theme);
}

/** Lines of remarks below a rule, at the most; on a narrow screen one less. */
const mostRemarkLines = 3;

function remarkLines({remarks}: ShownRule, {columns}: FilterFrame): readonly string[] {
	const lines = remarks.flatMap((remark) => wrap(remark, columns - 2));
	const most = columns < 60 ? mostRemarkLines - 1 : mostRemarkLines;
	return lines.length > most ? [...lines.slice(0, most - 1), clip(`${lines[most - 1] ?? ''} …`, columns - 2)] : lines;
}

function foundText({entry, text, hits, tookMs, percent}: FilterFrame): string {
	if (entry?.wrong !== undefined) {
		return '✗';
	}

	if (text === '') {
		return '';
	}

	const word = hits === 1 ? 'hit' : 'hits';
	return tookMs === undefined ? `searching ${percent} %` : `${grouped(hits)} ${word} in ${tookMs < 1 ? '<1' : Math.round(tookMs)} ms ✓`;
}

/** Characters of a long line that are left out at its beginning, so that its cursor is seen. */
function scrolledBy({line}: Entry, frame: FilterFrame): number {
	const room = frame.columns - prompt.length - width(foundText(frame)) - 3;
	return Math.max(0, line.cursor - Math.max(1, room));
}

interface Below {
	readonly x: number;
	readonly text: string;
	readonly isWrong: boolean;
	/** Cells of the word that is chosen, from the beginning of the text. */
	readonly chosen: number;
}

/** Words that may come next, as long as the wrong word is the one that is being written; else what is wrong, under the word. */
function belowEntry(entry: Entry, frame: FilterFrame): readonly Below[] {
	const {columns} = frame;
	const {wrong, words, line} = entry;
	const isEmpty = line.text.trim() === '';
	const isBeingWritten = words.length > 0 && (wrong?.at ?? 0) + (wrong?.length ?? 0) >= line.cursor;
	if (wrong === undefined || isEmpty || isBeingWritten) {
		return [offered(entry, frame, isEmpty)];
	}

	const x = prompt.length + Math.max(0, wrong.at - scrolledBy(entry, frame));
	const carets = '^'.repeat(Math.max(1, Math.min(wrong.length, columns - x - 1)));
	const said = wrong.hint === undefined ? wrong.said : `${wrong.said}: ${wrong.hint}`;
	const isShort = x + carets.length + 1 + width(said) < columns;
	const lines = isShort
		? [{x, text: `${carets} ${said}`}]
		: [
				{x, text: carets},
				...wrap(said, columns - 2)
					.slice(0, 2)
					.map((text) => ({x: 1, text})),
			];
	return lines.map((one) => ({...one, isWrong: true, chosen: 0}));
}

/** As many of the words as fit, from the chosen one on; of an empty line an example when there are none. */
function offered(entry: Entry, frame: FilterFrame, isEmpty: boolean): Below {
	const {words, chosen, from} = entry;
	const x = Math.max(1, Math.min(prompt.length + from - scrolledBy(entry, frame), frame.columns - 40));
	let text = words[chosen] ?? '';
	for (const word of words.slice(chosen + 1)) {
		if (x + width(text) + 2 + width(word) >= frame.columns) {
			break;
		}

		text = `${text}  ${word}`;
	}

	return {x, text: text === '' && isEmpty ? 'tcp.port == 80 && !(ip.addr == 10.0.0.2 || arp)' : text, isWrong: false, chosen: width(words[chosen] ?? '')};
}

function drawBelow(canvas: Canvas, y: number, {x, text, isWrong, chosen}: Below): void {
	canvas.text(x, y, clip(text, canvas.width - x), isWrong ? 'error' : 'dim');
	canvas.recolour(x, y, chosen, 'selected');
}
