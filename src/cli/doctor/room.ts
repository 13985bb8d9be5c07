// How much a lab may use here: files, processes, namespaces, disk, memory, and how cgroups are mounted. Numbers are read, nothing is tried.
import {existsSync} from 'node:fs';
import {readFile, statfs} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import type {Finding} from './finding.ts';

type Env = Readonly<Record<string, string | undefined>>;

export async function roomFindings(uid: number, env: Env): Promise<readonly Finding[]> {
	const scratch = uid === 0 ? '/run' : (env['XDG_RUNTIME_DIR'] ?? tmpdir());
	return [await openFiles(), await processes(), ...(await namespaces()), await disk(scratch), await memory(), cgroups()];
}

/** A finding about a number that should be at least `enough`; below `least` no lab fits. */
function atLeast(number: number, [least, enough]: readonly [number, number], finding: Omit<Finding, 'level'>): Finding {
	const {fix, ...rest} = finding;
	const level = number >= enough ? 'ok' : number >= least ? 'limited' : 'missing';
	return level === 'ok' || fix === undefined ? {...rest, level} : {...rest, level, fix};
}

function read(file: string): Promise<string> {
	return readFile(file, 'utf8').catch(() => '');
}

/** "unlimited" is Infinity; Node itself raises the soft limit to the hard one. */
async function openFiles(): Promise<Finding> {
	const hard = /Max open files\s+\S+\s+(\S+)/.exec(await read('/proc/self/limits'))?.[1] ?? 'unlimited';
	const number = hard === 'unlimited' ? Infinity : Number(hard);
	const detail = hard === 'unlimited' ? hard : number.toLocaleString('en');
	return atLeast(number, [256, 4096], {name: 'open files', detail, neededFor: 'a lab: about four for each container', fix: 'ulimit -Hn 65536, as root'});
}

async function processes(): Promise<Finding> {
	const number = Number((await read('/proc/sys/kernel/pid_max')) || Infinity);
	const neededFor = 'a lab: two to five for each container';
	return atLeast(number, [512, 4096], {name: 'process ids', detail: number.toLocaleString('en'), neededFor, fix: 'sudo sysctl -w kernel.pid_max=32768'});
}

/** namespaces(7), "The /proc/sys/user directory": how many of each kind a user may have. */
function namespaces(): Promise<readonly Finding[]> {
	return Promise.all(
		['net', 'pid', 'mnt'].map(async (kind) => {
			const number = Number((await read(`/proc/sys/user/max_${kind}_namespaces`)) || Infinity);
			const fix = `sudo sysctl -w user.max_${kind}_namespaces=10000`;
			return atLeast(number, [8, 256], {name: `${kind} namespaces`, detail: number.toLocaleString('en'), neededFor: 'one for each container', fix});
		}),
	);
}

const mebibyte = 1024 * 1024;

async function disk(folder: string): Promise<Finding> {
	const {bavail, bsize} = await statfs(folder).catch(() => ({bavail: 0, bsize: 0}));
	const free = Math.floor((bavail * bsize) / mebibyte);
	const detail = `${free.toLocaleString('en')} MiB free in ${folder}`;
	return atLeast(free, [4, 64], {name: 'scratch space', detail, neededFor: 'sockets and logs of labs', fix: `free some space in ${folder}`});
}

async function memory(): Promise<Finding> {
	const kibibytes = /MemAvailable:\s+(\d+)/.exec(await read('/proc/meminfo'))?.[1];
	const available = kibibytes === undefined ? Infinity : Math.floor(Number(kibibytes) / 1024);
	const detail = `${available.toLocaleString('en')} MiB available`;
	return atLeast(available, [128, 512], {
		name: 'memory',
		detail,
		neededFor: 'the engine, and 1 to 10 MiB for each container',
		fix: 'end something, or make the lab smaller',
	});
}

/** cgroups(7). A lab does without: its box has a /sys/fs/cgroup of its own. */
function cgroups(): Finding {
	const root = '/sys/fs/cgroup';
	const layout = existsSync(`${root}/cgroup.controllers`)
		? 'v2'
		: existsSync(`${root}/unified/cgroup.controllers`)
			? 'v1 and v2 (hybrid)'
			: existsSync(`${root}/memory`)
				? 'v1'
				: 'none';
	return {name: 'cgroups', level: 'ok', detail: layout, neededFor: 'nothing: containers of a lab have no limits of memory or CPU'};
}
