// The terminal UI in a terminal whose keys we type: how soon it paints, how much, and what that costs it.
import type {ReadStream} from 'node:tty';
import {setTimeout} from 'node:timers/promises';
import {LabError} from '../../base/errors.ts';
import {ownCpuMs} from './processes.ts';

/** Between two keys, in milliseconds; slower than the picture's own clock, so that each has a frame of its own. */
const pauseMs = 130;
/** Who paints nothing for so long is quiet, in milliseconds. */
const stillMs = 1500;
const patienceMs = 10_000;
/** Every frame begins with it (host/painter.ts). */
const frameBegin = '\u001B[?2026h';

export interface Screen {
	/** Types a key; how long until something was painted, in milliseconds. Then waits a moment. */
	press(key: string): Promise<number>;
	/** Resolves when nothing was painted for a while. */
	settle(): Promise<void>;
	/** Painted so far. */
	bytes(): number;
	frames(): number;
	cpuMs(): number;
}

export function screenOf(terminal: ReadStream, pid: number): Screen {
	const painted = {bytes: 0, frames: 0, atMs: performance.now()};
	let end = '';
	let onPaint = (): void => undefined;
	terminal.on('data', (chunk: Buffer) => {
		painted.bytes += chunk.length;
		const text = end + chunk.toString('latin1');
		painted.frames += text.split(frameBegin).length - 1;
		end = text.slice(1 - frameBegin.length);
		painted.atMs = performance.now();
		onPaint();
	});
	return {
		bytes: () => painted.bytes,
		frames: () => painted.frames,
		cpuMs: () => ownCpuMs(pid),
		async press(key) {
			const began = performance.now();
			const timer = new AbortController();
			const next = new Promise<number>((resolve) => {
				onPaint = () => {
					resolve(performance.now() - began);
				};
			});
			terminal.write(key);
			const waited = await Promise.race([next, setTimeout(patienceMs, undefined, {signal: timer.signal})]);
			timer.abort();
			onPaint = () => undefined;
			if (waited === undefined) {
				throw new LabError('E_RUNTIME', {doing: `type ${key} into the terminal UI`, said: `nothing was painted in ${patienceMs / 1000} s`});
			}

			await setTimeout(pauseMs);
			return waited;
		},
		async settle() {
			const began = performance.now();
			while (painted.bytes === 0 || performance.now() - painted.atMs < stillMs) {
				if (performance.now() - began > patienceMs) {
					throw new LabError('E_RUNTIME', {
						doing: 'wait for the terminal UI',
						said: painted.bytes === 0 ? 'it painted nothing' : 'it paints without end, although nothing changes',
					});
				}

				// oxlint-disable-next-line no-await-in-loop -- what does not come can only be waited for
				await setTimeout(pauseMs);
			}
		},
	};
}
