// The selected thing: two lines below the map, or after Enter all there is to say, or after `x` the commands that made it.
import type {OpLogEntry} from '../../api/messages.ts';
import type {Facts} from '../facts.ts';
import {read, type Rates} from '../rates.ts';
import {clip, fit, short, width, wrap} from '../text.ts';
import type {Role, Theme} from '../theme.ts';
import {framed} from './frame.ts';

export interface DetailsFrame {
	readonly facts: Facts | undefined;
	readonly steps: readonly OpLogEntry[];
	readonly what: 'closed' | 'facts' | 'commands';
	readonly isFocused: boolean;
	readonly columns: number;
	readonly rows: number;
	readonly top: number;
	/** What `speedText` says of it. */
	readonly speed: string;
	/** Bytes per second in both directions together, oldest first. */
	readonly curve: readonly number[];
	/** In the lower border, in place of the keys of the map. */
	readonly keys?: string;
}

type Line = readonly (readonly [string, Role])[];

/** All lines of the opened details, for drawing and for scrolling. */
export function detailLines(frame: Pick<DetailsFrame, 'facts' | 'steps' | 'what' | 'columns' | 'speed'>): Line[] {
	const inner = Math.max(10, frame.columns - 4);
	return frame.what === 'commands' ? stepLines(frame.steps, inner) : factLines(frame, inner);
}

function factLines({facts, speed}: Pick<DetailsFrame, 'facts' | 'speed'>, inner: number): Line[] {
	const traffic = speed === '' ? [] : [{label: 'traffic', value: speed}];
	const all = [...(facts?.facts ?? []), ...traffic];
	const labels = Math.min(14, Math.max(9, ...all.map(({label}) => width(label))));
	return all.flatMap(({label, value}) =>
		wrap(value, inner - labels - 1).map((text, index): Line => [
			[fit(index === 0 ? label : '', labels), 'dim'],
			[` ${text}`, 'none'],
		]),
	);
}

/** A prompt that says where, the command, and under it why. */
function stepLines(steps: readonly OpLogEntry[], inner: number): Line[] {
	const lines = steps.flatMap((step) => {
		const prompt = `${step.where}# `;
		const role: Role = step.direction === 'do' ? 'title' : 'dim';
		const command = wrap(step.command, inner - width(prompt) - 2).map((text, index, parts): Line => [
			[index === 0 ? prompt : ' '.repeat(width(prompt)), 'veth'],
			[index < parts.length - 1 ? `${text} \\` : text, role],
		]);
		return [...command, ...wrap(step.why, inner - 2).map((text): Line => [[`  ${text}`, 'dim']])];
	});
	return lines.length > 0 ? lines : [[['no commands seen for it', 'dim']]];
}

export function drawDetails(frame: DetailsFrame, theme: Theme): string[] {
	const {facts, what, columns, rows, top, isFocused} = frame;
	const lines = what === 'closed' ? [] : detailLines(frame);
	const isMore = top + rows - 2 < lines.length;
	const keys =
		frame.keys ??
		(isFocused
			? `${what === 'facts' ? 'x commands' : 'Enter details'} · Esc closes`
			: what === 'commands'
				? 'x'
				: what === 'facts'
					? 'Enter'
					: 'Enter details');
	const foot = [isMore ? (isFocused ? 'PageDown more' : '▼ more') : '', keys].filter((text) => text !== '').join(' · ');
	const title = facts?.title ?? 'nothing selected';
	const canvas = framed(columns, rows, {title: what === 'commands' ? 'commands that made it' : title, foot, isFocused});
	const inner = columns - 4;
	if (what === 'closed') {
		canvas.text(2, 1, clip(facts?.summary ?? '', inner));
		if (frame.speed !== '' && rows > 3) {
			const x = canvas.text(2, 2, sparkline(frame.curve, Math.min(24, inner - 50)), 'rate');
			canvas.text(x === 2 ? 2 : x + 1, 2, clip(frame.speed, inner - (x - 2)), 'dim');
		}
	}

	for (const [index, parts] of lines.slice(top, top + Math.max(0, rows - 2)).entries()) {
		let x = 2;
		for (const [text, role] of parts) {
			x = canvas.text(x, index + 1, clip(text, columns - 2 - x), role);
		}
	}

	return canvas.rows(theme);
}

/** What a thing receives and sends, and what was dropped; '' where nothing is counted. */
export function speedText(facts: Facts | undefined, rates: Rates, seconds: number): string {
	if (facts?.meter === undefined) {
		return '';
	}

	const {inBytes, outBytes, inPackets, outPackets, dropped} = read(rates, facts.meter);
	const one = (bytes: number, packets: number, word: string): string => `${short(bytes)}B/s ${short(packets / seconds)} packets/s ${word}`;
	return `▼ ${one(inBytes, inPackets, 'in')} · ▲ ${one(outBytes, outPackets, 'out')}${dropped > 0 ? ` · ✗ ${short(dropped)} dropped` : ''}`;
}

const bars = '▁▂▃▄▅▆▇█';

/** The last figures as bars from 0 to the largest. */
export function sparkline(curve: readonly number[], cells: number): string {
	const shown = cells <= 0 ? [] : curve.slice(-cells);
	const most = Math.max(1, ...shown);
	return shown.map((value) => bars[Math.round((value / most) * (bars.length - 1))] ?? ' ').join('');
}
