// Leaving a lab that was started by this very command: what shall become of it?
import type {ReactNode} from 'react';
import {paint, type Theme} from '../theme.ts';
import {Frame} from './frame.tsx';

export interface QuitProps {
	readonly theme: Theme;
	readonly columns: number;
	readonly lab: string;
}

/** The keys of this dialog and what they do. */
export const quitChoices = [
	{key: 'e', about: 'end it: nothing is left'},
	{key: 'k', about: 'keep it running'},
	{key: 'Esc', about: 'stay'},
] as const;

export function Quit({theme, columns, lab}: QuitProps): ReactNode {
	const lines = ['', ...quitChoices.map(({key, about}) => `${paint(theme, 'key', key.padEnd(4))} ${about}`)];
	return <Frame theme={theme} title={`Leave ${lab}?`} columns={Math.min(56, columns - 2)} lines={lines} foot='' />;
}
