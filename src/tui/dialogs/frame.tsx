// The box that every dialog stands in, centred by whoever places it. Lines come styled and as wide as they like; Ink cuts them.
import {Box, Text} from 'ink';
import type {ReactNode} from 'react';
import {inTheme, paint, type Theme} from '../theme.ts';

export interface DialogFrame {
	readonly theme: Theme;
	readonly title: string;
	readonly columns: number;
	readonly lines: readonly string[];
	readonly foot: string;
}

export function Frame({theme, title, columns, lines, foot}: DialogFrame): ReactNode {
	return (
		<Box flexDirection='column' width={columns} borderStyle={theme.isAscii ? 'classic' : 'round'} paddingX={1}>
			<Text wrap='truncate'>{paint(theme, 'selected', inTheme(theme, title))}</Text>
			{lines.map((line, index) => (
				// oxlint-disable-next-line react/no-array-index-key -- a line is its place: it holds no state
				<Text key={index} wrap='truncate'>
					{line === '' ? ' ' : line}
				</Text>
			))}
			<Text wrap='truncate'>{paint(theme, 'dim', inTheme(theme, foot))}</Text>
		</Box>
	);
}
