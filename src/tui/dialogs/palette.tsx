// Every command by name: a query and what fits it, with the keys that do the same.
import type {ReactNode} from 'react';
import type {Entry} from '../palette.ts';
import {fit} from '../text.ts';
import {inTheme, paint, type Theme} from '../theme.ts';
import {Frame} from './frame.tsx';

export interface PaletteProps {
	readonly theme: Theme;
	readonly columns: number;
	readonly rows: number;
	readonly query: string;
	readonly entries: readonly Entry[];
	readonly selected: number;
}

export function Palette({theme, columns, rows, query, entries, selected}: PaletteProps): ReactNode {
	const width = Math.min(72, columns - 2);
	const room = Math.max(1, Math.min(14, rows - 4));
	const top = Math.max(0, Math.min(selected - room + 1, entries.length - room), selected >= room ? selected - room + 1 : 0);
	const label = width - 4 - 2 - 8;
	const lines = Array.from({length: room}, (_, index) => {
		const entry = entries[top + index];
		if (entry === undefined) {
			return index === 0 && entries.length === 0 ? 'nothing fits' : '';
		}

		const isSelected = top + index === selected;
		const text = inTheme(theme, `${isSelected ? '▌' : ' '} ${fit(entry.label, label)}`);
		return `${isSelected ? paint(theme, 'selected', text) : text}${paint(theme, 'dim', entry.key.padStart(8))}`;
	});
	return <Frame theme={theme} title={`: ${query}█`} columns={width} lines={lines} foot={`${entries.length} commands · Enter runs · Esc closes`} />;
}
