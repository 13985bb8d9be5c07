// Ctrl-C, a terminal that closes, a CI job that is cancelled: a lab that nobody asked to keep ends before the process does.
import process from 'node:process';

/** signal(7) */
const signals = {SIGHUP: 1, SIGINT: 2, SIGTERM: 15} as const;

/**
 * Does `work`, which is given `cleanUp` to call when it needs it; it is done once, whoever calls. When a signal comes meanwhile,
 * `work` is left where it stands and the process ends after `cleanUp` with 128 + n, as after the signal.
 */
export async function interruptible<T>(cleanUp: () => Promise<void>, work: (cleanUp: () => Promise<void>) => Promise<T>): Promise<T> {
	let cleaning: Promise<void> | undefined;
	const once = async (): Promise<void> => (cleaning ??= cleanUp());
	const interruption = new AbortController();
	const stops = Object.entries(signals).map(([signal, number]) => {
		const listener = () => {
			interruption.abort();
			void once().finally(() => {
				process.exit(128 + number);
			});
		};
		process.once(signal, listener);
		return () => process.off(signal, listener);
	});
	try {
		return await work(once);
	} finally {
		stops.forEach((stop) => stop());
		if (interruption.signal.aborted) {
			// nothing goes on from here: the process is about to end
			await new Promise(() => undefined);
		}
	}
}

/** For what goes on until somebody has enough of it: the first signal calls `end`, a second one ends the process. Returns the function that takes it back. */
export function onInterruption(end: () => void): () => void {
	const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
	const stop = (): void => {
		names.forEach((name) => process.off(name, once));
	};
	const once = (): void => {
		stop();
		end();
	};
	names.forEach((name) => process.on(name, once));
	return stop;
}
