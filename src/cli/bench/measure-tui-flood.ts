// The terminal UI while ten thousand packets a second come: its share of a core on the screens that show them, and what a frame costs, which the terminal UI
// itself counts (tui/host/frame-costs.ts): all that it does from when it is time to paint until the terminal has the frame.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
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
		const folder = mkdtempSync(join(tmpdir(), 'vethlab-bench-'));
		const frameCosts = join(folder, 'frame-costs');
		const env = {...io.env, SSH_CONNECTION: undefined, VETHLAB_FRAME_COSTS: frameCosts};
		try {
			return await inTerminal({command: [process.execPath, packageFile('dist/cli.js'), '--lab', name], env, ...size}, async (terminal, pid) => {
				const screen = screenOf(terminal, pid);
				await screen.settle();
				const watched: Watched = {screen, frameCosts, flooded};
				const packets = await onScreen(watched, '2', seconds.warmUp);
				const folded = await onScreen(watched, '=');
				await screen.press('=');
				return figuresOf({packets, folded, map: await onScreen(watched, '1')});
			});
		} finally {
			rmSync(folder, {recursive: true, force: true});
		}
	});
}

interface Watched {
	readonly screen: Screen;
	/** Where the terminal UI writes what its frames have cost. */
	readonly frameCosts: string;
	readonly flooded: Flooded;
}

interface Cost {
	readonly cpuMs: number;
	/** Of that, what was taken by so many frames. */
	readonly paintMs: number;
	readonly frames: number;
	readonly wallMs: number;
}

async function onScreen({screen, frameCosts, flooded}: Watched, key: string, before: number = seconds.before): Promise<Cost> {
	await screen.press(key);
	return flooded(before + seconds.measured + 1, async () => {
		await setTimeout(before * 1000);
		const now = (): Cost => ({
			cpuMs: screen.cpuMs(),
			paintMs: Number(readFileSync(frameCosts, 'utf8')) / 1000,
			frames: screen.frames(),
			wallMs: performance.now(),
		});
		const then = now();
		await setTimeout(seconds.measured * 1000);
		const {cpuMs, paintMs, frames, wallMs} = now();
		return {cpuMs: cpuMs - then.cpuMs, paintMs: paintMs - then.paintMs, frames: frames - then.frames, wallMs: wallMs - then.wallMs};
	});
}

function figuresOf({packets, folded, map}: Readonly<Record<'packets' | 'folded' | 'map', Cost>>): readonly Figure[] {
	const where = `TUI at ${size.columns}x${size.rows}, ${framesASecond * 2} packets/s`;
	const share = (what: string, {cpuMs, wallMs}: Cost): Figure => ({
		what: `${where}: of a core, ${what}`,
		unit: '%',
		ours: sampleOf([(cpuMs / wallMs) * 100]),
		goal: {atMost: most.coreShare, of: 'ours'},
	});
	const frame = (what: string, {paintMs, frames}: Cost): Figure => ({
		what: `${where}: CPU for a frame, ${what}`,
		unit: 'ms',
		ours: sampleOf([paintMs / frames]),
		goal: {atMost: most.frameMs, of: 'ours'},
	});
	return [
		share('packets', packets),
		share('packets, folded', folded),
		share('map', map),
		frame('packets', packets),
		frame('packets, folded', folded),
		frame('map', map),
	];
}
