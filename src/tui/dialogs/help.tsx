// The keys of a screen, straight from the key table.
import type {ReactNode} from 'react';
import {bindingsOf, type Screen} from '../keys.ts';
import {fit, wrap} from '../text.ts';
import {inTheme, paint, type Theme} from '../theme.ts';
import {Frame} from './frame.tsx';

export interface HelpProps {
	readonly theme: Theme;
	readonly screen: Screen;
	readonly columns: number;
	readonly rows: number;
	readonly top: number;
}

/** The lines of a screen's help: keys and what they do. Commands without a key are in the palette only. */
export function helpLines(screen: Screen): readonly {readonly keys: string; readonly about: string}[] {
	const keys = bindingsOf(screen)
		.filter((row) => row.keys.length > 0)
		.map((row) => ({keys: row.keys.join(' '), about: row.about}));
	const legend = [
		{keys: '═══', about: 'a segment: a LAN, or a bridge in a host (layer 2)'},
		{keys: '│', about: 'a cable: a veth pair, named at its end'},
		{keys: '┊', about: 'no cable: packets are routed there (layer 3)'},
		{keys: '▼ ▲', about: 'bytes per second in and out'},
		{keys: '●', about: 'packets under way: samples, from the counters'},
	];
	const rules = [
		{keys: 'pkts', about: 'packets that fitted the rule, since it was made or since 0'},
		{keys: '+/s', about: 'packets per second, since the last reading'},
		{keys: '●', about: 'hit since the last reading'},
	];
	const packets = [
		{keys: '▼ ▲', about: 'into the interface, out of it'},
		{keys: 'No', about: 'each sighting counts: a packet is seen at every point that it passes'},
		{keys: '[ ]', about: 'bytes of the selected field'},
	];
	if (screen === 'packets') {
		return [...keys, {keys: '', about: ''}, ...packets];
	}

	if (screen === 'rules') {
		return [...keys, {keys: '', about: ''}, ...rules];
	}

	return screen === 'map' ? [...keys, {keys: '', about: ''}, ...legend] : keys;
}

/** The help as it stands in a dialog on a screen of that width: what does not fit a line goes on in the next. */
export function wrappedHelp(screen: Screen, columns: number): readonly (readonly [keys: string, about: string])[] {
	const keysWidth = columns < 60 ? 9 : 14;
	return helpLines(screen).flatMap(({keys, about}) =>
		wrap(about, helpWidth(columns) - keysWidth - 5).map((text, index) => [fit(index === 0 ? keys : '', keysWidth), text] as const),
	);
}

function helpWidth(columns: number): number {
	return Math.min(76, columns - 2);
}

export function Help({theme, screen, columns, rows, top}: HelpProps): ReactNode {
	const all = wrappedHelp(screen, columns);
	const room = Math.max(1, rows - 4);
	const lines = all.slice(top, top + room).map(([keys, about]) => inTheme(theme, `${paint(theme, 'key', keys)} ${about}`));
	const isLong = all.length > room;
	const foot = isLong ? `Up Down · ${Math.min(all.length, top + room)} of ${all.length} · Esc closes` : 'Esc closes';
	return <Frame theme={theme} title={`Keys: ${screen}`} columns={helpWidth(columns)} lines={lines} foot={foot} />;
}
