// The way into the terminal UI, and out of it: signals, crashes and the end of the engine all leave the terminal as it was.
import process from 'node:process';
import type {Session} from './session.ts';
import {Tui, type Ending, type TuiOptions} from './tui.ts';

/**
 * Shows a lab until the person leaves (`quit`: the lab goes on, `down`: it is to be ended) or its engine is gone.
 * Rejects with what went wrong inside the UI. The terminal is restored in every case.
 */
export async function runTui(session: Session, options: TuiOptions): Promise<Ending> {
	const tui = new Tui(session, options);
	const leave = (): void => tui.end('quit');
	const restore = (): void => tui.restore();
	const resume = (): void => tui.resume();
	const suspend = (): void => {
		tui.suspend();
		process.off('SIGTSTP', suspend);
		// The whole foreground job stops, as the terminal's own Ctrl-Z would do it. A job that nobody controls is not stopped by the kernel: then we go on.
		process.kill(0, 'SIGTSTP');
		setTimeout(() => {
			process.on('SIGTSTP', suspend);
			resume();
		}, 50);
	};

	const handlers: readonly (readonly [NodeJS.Signals, () => void])[] = [
		['SIGTERM', leave],
		['SIGHUP', leave],
		['SIGINT', leave],
		['SIGTSTP', suspend],
		['SIGCONT', resume],
	];
	for (const [signal, handler] of handlers) {
		process.on(signal, handler);
	}

	process.on('exit', restore);
	process.on('uncaughtExceptionMonitor', restore);
	try {
		return await tui.run();
	} finally {
		for (const [signal, handler] of handlers) {
			process.off(signal, handler);
		}

		process.off('exit', restore);
		process.off('uncaughtExceptionMonitor', restore);
	}
}
