// What a process and everything below it has cost so far, from /proc: CPU time, also of children that have ended, and memory.
import {readdirSync, readFileSync} from 'node:fs';

const tickMs = 10;

interface Stat {
	readonly pid: number;
	readonly name: string;
	readonly parent: number;
	/** Clock ticks since boot. */
	readonly start: string;
	/** User and system time of children that it has waited for. */
	readonly endedMs: number;
}

export interface Process {
	readonly pid: number;
	readonly name: string;
	readonly start: string;
}

/** User and system time of the process, of those below it, and of what they have waited for. */
export function cpuMs(root: number): number {
	return treeOf(root).reduce((sum, {pid, endedMs}) => sum + endedMs + runtimeMs(pid), 0);
}

/** User and system time of children of this process that have ended. */
export function endedChildrenMs(): number {
	return statOf(process.pid)?.endedMs ?? 0;
}

/** User and system time of a process alone. */
export function ownCpuMs(pid: number): number {
	return runtimeMs(pid);
}

/** The process and all below it. */
export function processesBelow(root: number): readonly Process[] {
	return treeOf(root);
}

/** Whether the very same process still runs. */
export function isRunning({pid, start}: Process): boolean {
	return statOf(pid)?.start === start;
}

/** In KiB. `pss`: what is shared counts by its share (proc_pid_smaps(5)). */
export function memoryKiB(pid: number): {readonly rss: number; readonly pss: number} {
	const text = read(`/proc/${pid}/smaps_rollup`);
	return {rss: kiBIn(text, 'Rss'), pss: kiBIn(text, 'Pss')};
}

/** The most that was resident of this process, in KiB (proc_pid_status(5)). What getrusage(2) tells was inherited: it may be that of who started it. */
export function mostMemoryKiB(): number {
	return kiBIn(read('/proc/self/status'), 'VmHWM');
}

function kiBIn(text: string, name: string): number {
	return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? Number.NaN);
}

function treeOf(root: number): readonly Stat[] {
	const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (statOf(Number(name)) ?? []) : []));
	const byParent = new Map<number, Stat[]>();
	for (const stat of all) {
		byParent.set(stat.parent, [...(byParent.get(stat.parent) ?? []), stat]);
	}

	const found = all.filter(({pid}) => pid === root);
	// the list grows while it is walked
	for (const {pid} of found) {
		found.push(...(byParent.get(pid) ?? []));
	}

	return found;
}

/** Of its threads, exact (sched-stats.rst); its utime and stime have ticks of 10 ms, in which a small process shows as nothing. */
function runtimeMs(pid: number): number {
	let threads: readonly string[];
	try {
		threads = readdirSync(`/proc/${pid}/task`);
	} catch {
		return 0;
	}

	return threads.reduce((sum, thread) => sum + Number(read(`/proc/${pid}/task/${thread}/schedstat`).split(' ')[0] ?? 0) / 1e6, 0);
}

/** undefined: it has ended. proc_pid_stat(5): after the name in brackets field 3 state, 4 parent, … 16 cutime, 17 cstime, … 22 start. */
function statOf(pid: number): Stat | undefined {
	const text = read(`/proc/${pid}/stat`);
	const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
	const [state, parent] = fields;
	return text === '' || state === 'Z' || state === 'X'
		? undefined
		: {
				pid,
				name: text.slice(text.indexOf('(') + 1, text.lastIndexOf(')')),
				parent: Number(parent),
				start: fields[19] ?? '',
				endedMs: (Number(fields[13]) + Number(fields[14])) * tickMs,
			};
}

/** Empty when it is not there any more. */
function read(path: string): string {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		return '';
	}
}
