// The keys of a screen, straight from the key table.
import type {ReactNode} from 'react';
import {bindingsOf, type Screen} from '../keys.ts';
import {fit} from '../text.ts';
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
	return screen === 'map' ? [...keys, {keys: '', about: ''}, ...legend] : keys;
}

export function Help({theme, screen, columns, rows, top}: HelpProps): ReactNode {
	const width = Math.min(76, columns - 2);
	const all = helpLines(screen);
	const room = Math.max(1, rows - 4);
	const lines = all.slice(top, top + room).map(({keys, about}) => inTheme(theme, `${paint(theme, 'key', fit(keys, 14))} ${about}`));
	const foot = all.length > room ? `Up Down scroll · ${Math.min(all.length, top + room)} of ${all.length} · Esc closes` : 'Esc closes';
	return <Frame theme={theme} title={`Keys: ${screen}`} columns={width} lines={lines} foot={foot} />;
}
