// The first row: which lab, which screen, how it goes.
import {Canvas} from '../layout/canvas.ts';
import {meterOf} from '../layout/segments.ts';
import {read, totals, type Rates} from '../rates.ts';
import type {Screen} from '../keys.ts';
import type {View} from '../../api/messages.ts';
import {clip, short, width} from '../text.ts';
import type {Role, Theme} from '../theme.ts';

/** Screens with their numbers; what is not built is not shown. */
export const tabs: readonly {readonly key: string; readonly name: string; readonly screen: Screen}[] = [
	{key: '1', name: 'Map', screen: 'map'},
	{key: '2', name: 'Packets', screen: 'packets'},
	{key: '3', name: 'Rules', screen: 'rules'},
	{key: '4', name: 'Connections', screen: 'conns'},
	{key: '6', name: 'Logs', screen: 'logs'},
];

export interface HeaderFrame {
	readonly view: View;
	readonly screen: Screen;
	readonly rates: Rates;
	/** Between the two readings that the rates come from. */
	readonly seconds: number;
	readonly isPaused: boolean;
	/** Its engine is gone. */
	readonly isOver: boolean;
	readonly columns: number;
	/** Steps of the lab done so far. */
	readonly steps: number;
	readonly missed: number;
}

export function drawHeader(frame: HeaderFrame, theme: Theme): string[] {
	const {view, screen, columns} = frame;
	const canvas = new Canvas(columns, 1);
	const state = stateParts(frame);
	const stateWidth = state.reduce((sum, [text]) => sum + width(text), 0);
	const brand = columns < 30 ? '' : 'vethlab ';
	// where the names of all screens would cost the lab its own, only the screen that one is on has one
	const all = tabs.reduce((sum, {name}) => sum + name.length + 5, 0);
	const isShort = brand.length + width(view.lab) + 1 + all + stateWidth + 1 > columns;
	const words = tabs.map(({key, name, screen: of}) => ({
		text: columns < 60 || (isShort && of !== screen) ? key : `${key} ${name}`,
		isCurrent: of === screen,
	}));
	const gap = isShort ? 0 : 1;
	const tabsWidth = words.reduce((sum, {text}) => sum + text.length + 2 + gap, 0);
	let x = canvas.text(0, 0, brand, 'brand');
	x = canvas.text(x, 0, clip(view.lab, Math.max(4, columns - x - tabsWidth - stateWidth - 2)), 'title') + 1;
	for (const {text, isCurrent} of words) {
		x = canvas.text(x, 0, isCurrent ? `[${text}]` : ` ${text} `, isCurrent ? 'selected' : 'dim') + gap;
	}

	let right = columns - stateWidth;
	if (right > x) {
		for (const [text, role] of state) {
			right = canvas.text(right, 0, text, role);
		}
	}

	return canvas.rows(theme);
}

function stateParts({view, rates, seconds, isPaused, isOver, columns, steps, missed}: HeaderFrame): (readonly [string, Role])[] {
	if (isOver) {
		return [[columns < 60 ? '✗ ended' : '✗ the lab has ended', 'dropped']];
	}

	if (!view.isUp) {
		return [
			['○ building', 'paused'],
			[columns < 60 ? '' : `  step ${steps}`, 'dim'],
		];
	}

	const perSecond = delivered(view, rates) / seconds;
	const {dropped} = totals(rates);
	const live: readonly [string, Role] = isPaused ? ['⏸ paused', 'paused'] : ['● live', 'live'];
	if (columns < 60) {
		return [isPaused ? live : [`● ${short(perSecond)}/s`, 'live']];
	}

	const parts: (readonly [string, Role])[] = [live, [`  ${short(perSecond).padStart(4)} packets/s`, 'none']];
	if (missed > 0 && columns >= 100) {
		parts.push([`  ${missed} updates missed`, 'dim']);
	}

	parts.push([`  ${short(dropped)} dropped`, dropped > 0 ? 'dropped' : 'dim']);
	return parts;
}

/** Packets that reached a container or a plain machine: each is counted once, at its end. */
function delivered(view: View, rates: Rates): number {
	let packets = 0;
	for (const host of view.hosts) {
		if (host.containers.length === 0) {
			packets += host.nics.reduce((sum, {dev}) => sum + read(rates, {node: host.name, dev, isTurned: false}).inPackets, 0);
		}

		for (const container of host.containers) {
			packets +=
				container.mode === 'host' || container.mode === 'container'
					? 0
					: container.interfaces.reduce((sum, wire) => sum + read(rates, meterOf(view, host, container.name, wire)).inPackets, 0);
		}
	}

	return packets;
}
