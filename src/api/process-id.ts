// A process of the machine by PID and start time, which together never mean another one.
import {readdirSync, readFileSync} from 'node:fs';
import {setTimeout} from 'node:timers/promises';

const pollMs = 3;

export interface ProcessId {
	readonly pid: number;
	/** Clock ticks since boot (proc_pid_stat(5), field 22). */
	readonly start: string;
}

/** undefined: there is no such process, or only what is left of it for its parent to see. */
export function processId(pid: number): ProcessId | undefined {
	const stat = readStat(pid);
	return stat === undefined ? undefined : {pid, start: stat.start};
}

export function isAlive({pid, start}: ProcessId): boolean {
	return readStat(pid)?.start === start;
}

/** Its children. */
export function childrenOf({pid}: ProcessId): readonly ProcessId[] {
	return readdirSync('/proc').flatMap((name) => {
		const stat = /^\d+$/.test(name) ? readStat(Number(name)) : undefined;
		return stat?.parent === pid ? [{pid: Number(name), start: stat.start}] : [];
	});
}

/** Waits until they are gone, for at most `timeoutMs`; whether they are. */
export async function gone(processes: readonly ProcessId[], timeoutMs: number): Promise<boolean> {
	const deadline = performance.now() + timeoutMs;
	while (processes.some((one) => isAlive(one))) {
		if (performance.now() > deadline) {
			return false;
		}

		// oxlint-disable-next-line no-await-in-loop -- a process that is not our child tells nobody of its end
		await setTimeout(pollMs);
	}

	return true;
}

function readStat(pid: number): {readonly parent: number; readonly start: string} | undefined {
	try {
		// after the name in brackets: field 3 state, 4 parent, … 22 start
		const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
		const [state, parent] = fields;
		return state === 'Z' || state === 'X' ? undefined : {parent: Number(parent), start: fields[19] ?? ''};
	} catch {
		return undefined;
	}
}
