// The terminal UI as a person has it: a real pseudo terminal of 200 x 60, real keys, the process's own CPU time. What it draws is not looked at.
import {setTimeout} from 'node:timers/promises';
import type {Io} from '../command.ts';
import type {Figure} from './figure.ts';
import {benchLab} from './lab.ts';
import {sampleOf} from './statistics.ts';
import {inTui, tuiSize, type MeasuredTui} from './tui.ts';
import {withUp} from './up.ts';

const containers = 10;
/** Logs, packets and map in turn: each of these keys changes the whole screen. */
const keys = ['6', '2', '1'];
/** Twenty seconds: until V8 has compiled what draws, and has tidied up after the start. */
const warmUpKeys = 150;
const measuredKeys = 60;
const quietMs = 3000;

export async function measureTui(io: Io, name: string): Promise<readonly Figure[]> {
	return withUp(io, benchLab(name, containers), async () => inTui(io.env, name, figuresOf));
}

async function figuresOf({screen, paintMs}: MeasuredTui): Promise<readonly Figure[]> {
	for (let key = 0; key < warmUpKeys; key++) {
		// oxlint-disable-next-line no-await-in-loop -- a person has one keyboard
		await screen.press(keys[key % keys.length] ?? '');
	}

	const waits: number[] = [];
	const before = {cpuMs: screen.cpuMs(), paintMs: paintMs()};
	for (let key = 0; key < measuredKeys; key++) {
		// oxlint-disable-next-line no-await-in-loop -- as above
		waits.push(await screen.press(keys[key % keys.length] ?? ''));
	}

	// the few small frames between, when a counter moves, are counted as if they were part of it
	const frameMs = (paintMs() - before.paintMs) / measuredKeys;
	const keyMs = (screen.cpuMs() - before.cpuMs) / measuredKeys;
	await screen.settle();
	const bytes = screen.bytes();
	const quietBefore = screen.cpuMs();
	await setTimeout(quietMs);
	const where = `TUI at ${tuiSize.columns}x${tuiSize.rows}`;
	return [
		{what: `${where}: CPU for a frame that is a whole new screen`, unit: 'ms', ours: sampleOf([frameMs]), goal: {atMost: 2, of: 'ours'}},
		{what: `${where}: CPU for all that follows such a key, its frame included`, unit: 'ms', ours: sampleOf([keyMs])},
		{what: `${where}: from a key to its paint`, unit: 'ms', ours: sampleOf(waits), goal: {atMost: 10, of: 'ours'}},
		{
			what: `${where}: output in ${quietMs / 1000} s in which nothing changes`,
			unit: 'bytes',
			ours: sampleOf([screen.bytes() - bytes]),
			goal: {atMost: 0, of: 'ours'},
		},
		{what: `${where}: CPU in those ${quietMs / 1000} s`, unit: 'ms', ours: sampleOf([screen.cpuMs() - quietBefore])},
	];
}
