// The terminal UI while ten thousand packets a second come: its share of a core on the screens that show them, and what a frame costs, which the terminal UI
// itself counts (tui/host/frame-costs.ts): all that it does from when it is time to paint until the terminal has the frame.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {setTimeout} from 'node:timers/promises';
import type {Io} from '../command.ts';
import type {Figure} from './figure.ts';
import {floodLab, floodSource, floodWords} from './flood.ts';
import {sampleOf} from './statistics.ts';
import {inTui, tuiSize, type MeasuredTui} from './tui.ts';
import {withUp} from './up.ts';

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
		return inTui({...io.env, SSH_CONNECTION: undefined}, name, async (tui) => {
			const watched: Watched = {...tui, flooded};
			const packets = await onScreen(watched, '2', seconds.warmUp);
			const folded = await onScreen(watched, '=');
			await tui.screen.press('=');
			return figuresOf({packets, folded, map: await onScreen(watched, '1')});
		});
	});
}

interface Watched extends MeasuredTui {
	readonly flooded: Flooded;
}

interface Cost {
	readonly cpuMs: number;
	/** Of that, what was taken by so many frames. */
	readonly paintMs: number;
	readonly frames: number;
	readonly wallMs: number;
}

async function onScreen({screen, paintMs: painted, flooded}: Watched, key: string, before: number = seconds.before): Promise<Cost> {
	await screen.press(key);
	return flooded(before + seconds.measured + 1, async () => {
		await setTimeout(before * 1000);
		const now = (): Cost => ({
			cpuMs: screen.cpuMs(),
			paintMs: painted(),
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
	const where = `TUI at ${tuiSize.columns}x${tuiSize.rows}, ${framesASecond * 2} packets/s`;
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
