// The terminal UI while ten thousand packets a second come: its share of a core on the screens that show them, and what a frame costs. Over ssh it makes half as
// many frames and everything else as here, so two of them at the same time, near and far, tell what the frames cost that only one of them makes.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {setTimeout} from 'node:timers/promises';
import {packageFile} from '../../base/paths.ts';
import type {Io} from '../command.ts';
import type {Figure} from './figure.ts';
import {floodLab, floodSource, floodWords} from './flood.ts';
import {screenOf, type Screen} from './screen.ts';
import {sampleOf} from './statistics.ts';
import {inTerminal} from './terminal.ts';
import {withUp} from './up.ts';

const size = {columns: 200, rows: 60};
/** Each is seen twice: where it leaves and where it comes in. */
const framesASecond = 5000;
/** Before the first screen is measured V8 has compiled what works; before the others they have come to their pace. */
const seconds = {warmUp: 15, before: 3, measured: 8} as const;
const most = {coreShare: 10, frameMs: 2} as const;
/** As sshd(8) sets it. */
const far = {SSH_CONNECTION: '192.168.50.9 40000 192.168.50.10 22'};

/** Sends packets for so many seconds, while `work` goes on. */
type Flooded = <T>(duration: number, work: () => Promise<T>) => Promise<T>;

export async function measureTuiFlood(io: Io, name: string): Promise<readonly Figure[]> {
	return withUp(io, floodLab(name), async (up) => {
		const source = await floodSource(io, up);
		const flooded: Flooded = async (duration, work) => {
			const [file = '', ...args] = floodWords(source, framesASecond, framesASecond * duration);
			const ended = once(spawn(file, args, {stdio: ['ignore', 'ignore', 'inherit']}), 'exit');
			const [result] = await Promise.all([work(), ended]);
			return result;
		};
		const opened = async <T>(env: Io['env'], work: (screen: Screen) => Promise<T>): Promise<T> =>
			inTerminal({command: [process.execPath, packageFile('dist/cli.js'), '--lab', name], env, ...size}, async (terminal, pid) => {
				const screen = screenOf(terminal, pid);
				await screen.settle();
				return work(screen);
			});
		return opened({...io.env, SSH_CONNECTION: undefined}, async (near) => {
			const pair = await opened({...io.env, ...far}, async (distant) => bothOnPackets([near, distant], flooded));
			const folded = await onScreen(near, '=', flooded);
			await near.press('=');
			const map = await onScreen(near, '1', flooded);
			return figuresOf(pair, {folded, map});
		});
	});
}

interface Cost {
	readonly cpuMs: number;
	readonly frames: number;
	readonly wallMs: number;
}

async function bothOnPackets(screens: readonly [Screen, Screen], flooded: Flooded): Promise<readonly Cost[]> {
	await Promise.all(screens.map(async (screen) => screen.press('2')));
	return flooded(seconds.warmUp + seconds.measured + 1, async () => {
		await setTimeout(seconds.warmUp * 1000);
		return Promise.all(screens.map(costOf));
	});
}

async function onScreen(screen: Screen, key: string, flooded: Flooded): Promise<Cost> {
	await screen.press(key);
	return flooded(seconds.before + seconds.measured + 1, async () => {
		await setTimeout(seconds.before * 1000);
		return costOf(screen);
	});
}

async function costOf(screen: Screen): Promise<Cost> {
	const before = {cpuMs: screen.cpuMs(), frames: screen.frames(), atMs: performance.now()};
	await setTimeout(seconds.measured * 1000);
	return {cpuMs: screen.cpuMs() - before.cpuMs, frames: screen.frames() - before.frames, wallMs: performance.now() - before.atMs};
}

function figuresOf([near, distant]: readonly Cost[], {folded, map}: {readonly folded: Cost; readonly map: Cost}): readonly Figure[] {
	const where = `TUI at ${size.columns}x${size.rows}, ${framesASecond * 2} packets/s`;
	const share = (what: string, cost: Cost | undefined): Figure => ({
		what: `${where}: of a core, ${what}`,
		unit: '%',
		ours: sampleOf([cost === undefined ? Number.NaN : (cost.cpuMs / cost.wallMs) * 100]),
		goal: {atMost: most.coreShare, of: 'ours'},
	});
	const frameMs = near === undefined || distant === undefined ? Number.NaN : (near.cpuMs - distant.cpuMs) / (near.frames - distant.frames);
	return [
		share('packets', near),
		share('packets, folded', folded),
		share('map', map),
		{what: `${where}: CPU for a frame of the packets`, unit: 'ms', ours: sampleOf([frameMs]), goal: {atMost: most.frameMs, of: 'ours'}},
	];
}
