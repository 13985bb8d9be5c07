// The name of the file for what is shown; when there is one of that name, whether it is to be replaced.
import type {ReactNode} from 'react';
import type {Line} from '../packets/line-edit.ts';
import {inTheme, paint, type Theme} from '../theme.ts';
import {Frame} from './frame.tsx';

export interface SaveProps {
	readonly theme: Theme;
	readonly columns: number;
	readonly line: Line;
	/** How many packets. */
	readonly what: string;
	readonly isTaken: boolean;
	/** Why it could not be written. */
	readonly problem: string;
}

export function Save({theme, columns, line, what, isTaken, problem}: SaveProps): ReactNode {
	const width = Math.min(72, columns - 2);
	const from = Math.max(0, line.cursor - (width - 14));
	const typed = `${line.text.slice(from, line.cursor)}${paint(theme, 'selected', inTheme(theme, isTaken ? '' : '█'))}${line.text.slice(line.cursor)}`;
	const said = isTaken ? paint(theme, 'error', 'there is a file of that name: replace it?') : paint(theme, 'error', inTheme(theme, problem));
	const foot = isTaken ? 'y replaces it · Esc another name' : 'Enter writes · Esc closes';
	return <Frame theme={theme} title={`Write ${what} as pcapng`} columns={width} lines={['', `file> ${typed}`, said]} foot={foot} />;
}
