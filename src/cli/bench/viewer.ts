// Opening a capture file in termshark as a person does, in a terminal, with settings of its own; where that is not installed, listing its packets by tshark.
import {spawn} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {delimiter, join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import type {Environment} from '../../api/lab-files.ts';
import {LabError} from '../../base/errors.ts';
import type {Opened} from './measure-open.ts';
import {cpuMs, memoryKiB, processesBelow} from './processes.ts';
import {inTerminal} from './terminal.ts';

const lookMs = 50;
/** How many looks there are from one look at the memory to the next, which takes a while. */
const looksForMemory = 10;
const patienceMs = 300_000;
const size = {columns: 160, rows: 50};

export interface Viewer {
	readonly name: 'termshark' | 'tshark';
	readonly program: string;
}

/** The first that is installed. */
export function viewerIn(env: Environment): Viewer | undefined {
	const found = (['termshark', 'tshark'] as const).flatMap((name) => {
		const path = (env['PATH'] ?? '').split(delimiter).flatMap((folder) => (folder === '' ? [] : [join(folder, name)]));
		const program = path.find((one) => existsSync(one));
		return program === undefined ? [] : [{name, program}];
	});
	return found[0];
}

interface Shown {
	readonly file: string;
	/** A text in the first row of the list. */
	readonly row: string;
}

/** Opens the file. Rejects with E_RUNTIME when the viewer ends before. */
export async function openInViewer(env: Environment, viewer: Viewer, shown: Shown): Promise<Opened> {
	return viewer.name === 'termshark' ? openInTermshark(env, viewer.program, shown) : listByTshark(env, viewer.program, shown.file);
}

async function openInTermshark(env: Environment, program: string, {file, row}: Shown): Promise<Opened> {
	const home = mkdtempSync(join(tmpdir(), 'vethlab-bench-'));
	const own = {...env, HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home};
	try {
		return await inTerminal({command: [program, '-r', file], env: own, ...size}, async (terminal, pid) => {
			const began = performance.now();
			let text = '';
			let firstMs: number | undefined;
			terminal.setEncoding('utf8').on('data', (piece: string) => {
				text = text.slice(-row.length) + piece;
				firstMs ??= text.includes(row) ? performance.now() - began : undefined;
			});
			// a tshark makes its list, and ends with it
			let hasBegun = false;
			const {megabytes, allMs} = await watched(pid, began, (commands) => {
				const isListing = commands.some((command) => command.includes('psml') && !command.includes('empty.pcap'));
				hasBegun ||= isListing;
				return hasBegun && !isListing && firstMs !== undefined;
			});
			return {firstMs: firstMs ?? allMs, allMs, cpuMs: cpuMs(pid), megabytes};
		});
	} finally {
		rmSync(home, {recursive: true, force: true});
	}
}

async function listByTshark(env: Environment, program: string, file: string): Promise<Opened> {
	const began = performance.now();
	const child = spawn(program, ['-r', file, '-T', 'psml'], {env, stdio: ['ignore', 'pipe', 'ignore']});
	let firstMs: number | undefined;
	let spentMs = 0;
	const closed = new Promise((resolve) => {
		child.once('close', resolve);
	});
	child.stdout.on('data', () => {
		firstMs ??= performance.now() - began;
	});
	try {
		const pid = child.pid ?? 0;
		const {megabytes, allMs} = await watched(pid, began, () => {
			spentMs = Math.max(spentMs, cpuMs(pid));
			return child.exitCode !== null;
		});
		return {firstMs: firstMs ?? allMs, allMs, cpuMs: spentMs, megabytes};
	} finally {
		child.kill('SIGKILL');
		await closed;
	}
}

/** Looks at a process and those below it until `isDone` of their command lines; resolves with the time since `began` and the most memory they had together. */
async function watched(
	pid: number,
	began: number,
	isDone: (commands: readonly string[]) => boolean,
): Promise<{readonly megabytes: number; readonly allMs: number}> {
	let megabytes = 0;
	for (let looks = 0; performance.now() - began < patienceMs; looks++) {
		const pids = processesBelow(pid).map((process) => process.pid);
		const commands = pids.map(commandOf);
		if (looks % looksForMemory === 0) {
			const kiB = pids.map((one) => memoryKiB(one).rss).filter((rss) => !Number.isNaN(rss));
			megabytes = Math.max(megabytes, (kiB.reduce((sum, rss) => sum + rss, 0) * 1024) / 1e6);
		}

		if (isDone(commands)) {
			return {megabytes, allMs: performance.now() - began};
		}

		if (pids.length === 0) {
			throw new LabError('E_RUNTIME', {doing: 'open a capture file in another program', said: 'it ended before all was shown'});
		}

		// oxlint-disable-next-line no-await-in-loop -- what does not tell can only be looked at
		await setTimeout(lookMs);
	}

	throw new LabError('E_RUNTIME', {doing: 'open a capture file in another program', said: `not all was shown in ${patienceMs / 1000} s`});
}

/** Empty when it has ended. */
function commandOf(pid: number): string {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
	} catch {
		return '';
	}
}
