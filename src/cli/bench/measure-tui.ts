// The terminal UI as a person has it: a real pseudo terminal of 200 x 60, real keys, the process's own CPU time. What it draws is not looked at.
import {setTimeout} from 'node:timers/promises';
import {packageFile} from '../../base/paths.ts';
import type {Io} from '../command.ts';
import type {Figure} from './figure.ts';
import {benchLab} from './lab.ts';
import {screenOf} from './screen.ts';
import {sampleOf} from './statistics.ts';
import {inTerminal} from './terminal.ts';
import {withUp} from './up.ts';

const size = {columns: 200, rows: 60};
const containers = 10;
/** Logs, packets and map in turn: each of these keys changes the whole screen. */
const keys = ['6', '2', '1'];
/** Twenty seconds: until V8 has compiled what draws, and has tidied up after the start. */
const warmUpKeys = 150;
const measuredKeys = 60;
const quietMs = 3000;

export async function measureTui(io: Io, name: string): Promise<readonly Figure[]> {
	return withUp(io, benchLab(name, containers), async () =>
		inTerminal({command: [process.execPath, packageFile('dist/cli.js'), '--lab', name], env: io.env, ...size}, async (terminal, pid) => {
			const screen = screenOf(terminal, pid);
			await screen.settle();
			for (let key = 0; key < warmUpKeys; key++) {
				// oxlint-disable-next-line no-await-in-loop -- a person has one keyboard
				await screen.press(keys[key % keys.length] ?? '');
			}

			const waits: number[] = [];
			const before = screen.cpuMs();
			for (let key = 0; key < measuredKeys; key++) {
				// oxlint-disable-next-line no-await-in-loop -- as above
				waits.push(await screen.press(keys[key % keys.length] ?? ''));
			}

			const frameMs = (screen.cpuMs() - before) / measuredKeys;
			await screen.settle();
			const bytes = screen.bytes();
			const quietBefore = screen.cpuMs();
			await setTimeout(quietMs);
			const where = `TUI at ${size.columns}x${size.rows}`;
			return [
				{what: `${where}: CPU for a whole new screen, its key included`, unit: 'ms', ours: sampleOf([frameMs]), goal: {atMost: 2, of: 'ours'}},
				{what: `${where}: from a key to its paint`, unit: 'ms', ours: sampleOf(waits), goal: {atMost: 10, of: 'ours'}},
				{
					what: `${where}: output in ${quietMs / 1000} s in which nothing changes`,
					unit: 'bytes',
					ours: sampleOf([screen.bytes() - bytes]),
					goal: {atMost: 0, of: 'ours'},
				},
				{what: `${where}: CPU in those ${quietMs / 1000} s`, unit: 'ms', ours: sampleOf([screen.cpuMs() - quietBefore])},
			];
		}),
	);
}
