// Signals to the processes of a host that have a name, as `pkill -x` sends them; and whether they have had their effect.
import {setTimeout} from 'node:timers/promises';
import {signals} from './child.ts';
import type {LabHost} from './host.ts';
import {processesOf} from './node.ts';

export type SentSignal = 'STOP' | 'CONT' | 'TERM' | 'KILL';

/** The host's first process sends the signal, at a time of its own: what comes next must find it done. Some do not listen to SIGTERM. */
const mostWaitMs = 2000;
const pollMs = 2;

/**
 * Sends a signal to every process of that name on a host but its first, and waits until each is stopped, goes on or is gone, two seconds at most.
 * How many there were.
 */
export async function signalByName(host: LabHost, name: string, signal: SentSignal): Promise<number> {
	const found = new Set(processesOf(host).flatMap((one) => (one.name === name && one.pid !== 1 ? [one.pid] : [])));
	for (const pid of found) {
		host.kill(pid, signals[signal]);
	}

	const deadline = performance.now() + mostWaitMs;
	while (processesOf(host).some(({pid, state}) => found.has(pid) && !isDone(signal, state)) && performance.now() < deadline) {
		// oxlint-disable-next-line no-await-in-loop -- a process tells nobody that it has had a signal
		await setTimeout(pollMs);
	}

	return found.size;
}

/** proc_pid_stat(5): T is stopped, Z has ended and is not yet reaped. */
function isDone(signal: SentSignal, state: string): boolean {
	return signal === 'STOP' ? state === 'T' || state === 'Z' : signal === 'CONT' ? state !== 'T' : state === 'Z';
}
