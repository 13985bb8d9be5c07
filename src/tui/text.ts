// Text measured in terminal cells, and numbers made short. No colours here.
import type {NetworkView} from '../api/messages.ts';

/** Stands for a character whose width terminals do not agree on (pictographs). */
const standIn = 0x25_af;

/** East Asian wide and fullwidth blocks of the basic plane (Unicode's EastAsianWidth.txt, W and F). */
const wide: readonly (readonly [number, number])[] = [
	[0x11_00, 0x11_5f],
	[0x2e_80, 0x30_3e],
	[0x30_41, 0xa4_cf],
	[0xa9_60, 0xa9_7c],
	[0xac_00, 0xd7_a3],
	[0xf9_00, 0xfa_ff],
	[0xfe_30, 0xfe_6f],
	[0xff_00, 0xff_60],
	[0xff_e0, 0xff_e6],
];

/** How many cells a UTF-16 unit that `eachCell` gave takes: 1 or 2. */
export function cellsOf(unit: number): 1 | 2 {
	return unit >= 0x11_00 && wide.some(([first, last]) => unit >= first && unit <= last) ? 2 : 1;
}

/** What is drawn for code points that were asked for; there are few. */
const known = new Map<number, number | undefined>();
const mostKnown = 4096;

/** What to draw for one code point: a UTF-16 unit, or undefined for one that takes no cell. */
function drawable(point: number): number | undefined {
	if (point < 0x20 || (point >= 0x7f && point < 0xa0)) {
		return 0xb7;
	}

	if (point < 0x3_00) {
		return point;
	}

	const shown = known.get(point);
	if (shown !== undefined || known.has(point)) {
		return shown;
	}

	if (known.size === mostKnown) {
		known.clear();
	}

	const found = drawableOf(point);
	known.set(point, found);
	return found;
}

function drawableOf(point: number): number | undefined {
	const character = String.fromCodePoint(point);
	if (/[\p{Mn}\p{Me}\p{Cf}]/u.test(character)) {
		return undefined;
	}

	return point > 0xff_ff || /[\p{Emoji_Presentation}\p{Cs}\p{Cn}]/u.test(character) ? standIn : point;
}

/** Latin, dashes, arrows, lines and boxes, which are as they are composed (Unicode's Normalization Form C). */
const isComposed = /^[\u0000-\u02FF\u2010-\u2027\u2190-\u2328\u2400-\u2ABF]*$/;

/** Calls `draw` with every UTF-16 unit to draw and its cells; stops when it returns false. */
export function eachCell(text: string, draw: (unit: number, cells: 1 | 2) => boolean): void {
	const composed = isComposed.test(text) ? text : text.normalize('NFC');
	for (let index = 0; index < composed.length; index++) {
		const unit = composed.charCodeAt(index);
		if (unit >= 0x20 && unit < 0x7f) {
			if (!draw(unit, 1)) {
				return;
			}

			continue;
		}

		const point = composed.codePointAt(index) ?? unit;
		const shown = drawable(point);
		index += point > 0xff_ff ? 1 : 0;
		if (shown !== undefined && !draw(shown, cellsOf(shown))) {
			return;
		}
	}
}

/** Cells of a text without escape sequences. */
export function width(text: string): number {
	if (/^[\u0020-\u007E]*$/.test(text)) {
		return text.length;
	}

	let cells = 0;
	eachCell(text, (_unit, of) => {
		cells += of;
		return true;
	});
	return cells;
}

/** At most `cells` cells of it, the last one `…` if something was cut off. */
export function clip(text: string, cells: number): string {
	if (width(text) <= cells) {
		return text;
	}

	let kept = '';
	let used = 0;
	eachCell(text, (unit, of) => {
		used += of;
		kept += used < cells ? String.fromCharCode(unit) : '';
		return used < cells;
	});
	return cells > 0 ? `${kept}…` : '';
}

/** At most `cells` cells of an address, the first one `…` if something was cut off: its end and its port tell it from others. ASCII. */
export function clipStart(text: string, cells: number): string {
	return text.length <= cells ? text : cells > 0 ? `…${text.slice(text.length - cells + 1)}` : '';
}

/** Exactly `cells` cells: cut off or filled with spaces. */
export function fit(text: string, cells: number): string {
	const clipped = clip(text, cells);
	return clipped + ' '.repeat(Math.max(0, cells - width(clipped)));
}

/** Broken at spaces into lines of at most `cells` cells; a longer word is cut. */
export function wrap(text: string, cells: number): string[] {
	const lines: string[] = [];
	let line = '';
	for (const word of text.split(' ')) {
		if (line !== '' && width(line) + 1 + width(word) > cells) {
			lines.push(line);
			line = word;
		} else {
			line = line === '' ? word : `${line} ${word}`;
		}
	}

	return [...lines, line].map((one) => clip(one, cells));
}

/** A program's line of output without its escape sequences and with tabs as spaces. */
export function plain(text: string): string {
	const shown = text.includes('\u001B') ? text.replaceAll(/\u001B(?:\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|\[[0-?]*[ -/]*[@-~]|[ -/]*[0-~])/g, '') : text;
	return shown.includes('\t') ? shown.replaceAll('\t', '    ') : shown;
}

/** The part of an address before the slash. */
export function bare(address: string): string {
	return address.split('/')[0] ?? address;
}

/** "10.80.0.0/24", or of a network without IPv4 its IPv6 subnet. */
export function subnetOf({subnet, v6}: Pick<NetworkView, 'subnet' | 'v6'>): string {
	return subnet ?? v6?.subnet ?? 'no subnet';
}

/** A number in at most four cells: 0, 999, 1.2k, 34k, 567k, 1.2M. */
export function short(value: number): string {
	let rest = value;
	for (const unit of ['', 'k', 'M', 'G', 'T']) {
		if (rest < 999.5 || unit === 'T') {
			return unit === '' || rest >= 9.95 ? `${Math.round(rest)}${unit}` : `${rest.toFixed(1)}${unit}`;
		}

		rest /= 1000;
	}

	return '';
}

/** Time of day of a moment, as the machine's zone has it: 12:00:04.118 */
export function timeOfDay(ms: number): string {
	const at = new Date(ms);
	const two = (value: number): string => String(value).padStart(2, '0');
	return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}
