// Starts a lab's engine in a box of its own namespaces, and ends it. What happens inside: native/lab/lab-init.c, then engine/.
import {spawn, type ChildProcess} from 'node:child_process';
import {closeSync, mkdirSync, openSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import type {Readable} from 'node:stream';
import {setTimeout} from 'node:timers/promises';
import {LabError, toLabError, type ErrorData} from '../base/errors.ts';
import {packageFile} from '../base/paths.ts';
import {connect} from './client.ts';
import {labFiles, readRecord, removeFiles, runtimeDir, type BoxRecord, type Environment, type LabFiles} from './lab-files.ts';
import {isGone, sweep, withLock} from './labs.ts';
import {childrenOf, gone, processId} from './process-id.ts';
import {refusal, userArguments, userMap, type UserMap} from './userns.ts';

const readyTimeoutMs = 30_000;
const downTimeoutMs = 3000;
const killTimeoutMs = 10_000;
const sweepTimeoutMs = 1000;
const pollMs = 3;
const lastWordsMs = 300;
const lastLogLines = 12;
/** Where iptables and its like are; not in every user's PATH. */
const systemFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

export interface Start {
	readonly name: string;
	/** Absolute path of the file that the lab is made from; for people to see. */
	readonly file: string;
	readonly env: Environment;
	/** The engine; ours when left out. */
	readonly program?: readonly string[];
}

export interface Started {
	readonly name: string;
	readonly socket: string;
}

/**
 * Starts an engine and resolves when it listens; the lab itself is not built yet. The engine outlives the caller.
 * Rejects with E_LAB_EXISTS, E_USERNS, E_PROGRAM_MISSING, E_ENGINE_START or the engine's own error; then nothing is left.
 */
export async function startEngine(start: Start): Promise<Started> {
	const files = labFiles(runtimeDir(start.env, process.getuid?.() ?? 0), start.name);
	await withLock(files, async () => {
		if (!(await isGone(files))) {
			throw new LabError('E_LAB_EXISTS', {doing: `start lab ${start.name}`});
		}

		removeFiles(files);
		const map = userMap(start.env);
		try {
			await launch(start, files, map);
		} catch (error) {
			// newuidmap is set-uid or has capabilities, and not every container lets it work
			if (map !== 'ranges' || !isMapRefused(error)) {
				throw error;
			}

			await launch(start, files, 'single');
		}
	});
	return {name: start.name, socket: files.socket};
}

/** Ends a lab and everything in it, also when its engine does not answer. Resolves when all of it is gone; one that is gone already is fine. */
export async function endLab(lab: {readonly name: string; readonly socket: string}): Promise<void> {
	const files = labFiles(dirname(lab.socket), lab.name);
	const record = readRecord(files);
	const hasAgreed = await askToEnd(lab.socket);
	if (record !== undefined && !(await gone([record.box], hasAgreed ? downTimeoutMs : 0))) {
		// its end is that of the first process of the box, and so of everything in it (PR_SET_PDEATHSIG, pid_namespaces(7))
		const processes = [record.box, ...childrenOf(record.box)];
		try {
			process.kill(record.box.pid, 'SIGKILL');
		} catch {
			// it ended at this moment
		}

		await gone(processes, killTimeoutMs);
	}

	await sweepSoon(files, performance.now() + sweepTimeoutMs);
}

/** When another command sweeps at this moment, it has done so once its lock is free. */
async function sweepSoon(files: LabFiles, deadline: number): Promise<void> {
	if (!(await sweep(files)) && performance.now() < deadline) {
		await setTimeout(pollMs);
		await sweepSoon(files, deadline);
	}
}

async function launch(start: Start, files: LabFiles, map: UserMap): Promise<void> {
	const log = makeFiles(files);
	const child = spawn('unshare', boxArguments(start, files, map), {
		detached: true,
		stdio: ['ignore', log, log, 'pipe'],
		cwd: '/',
		env: {
			...start.env,
			PATH: [start.env['PATH'] ?? '/usr/bin:/bin', ...systemFolders].join(':'),
			VETHLAB_LAB: start.name,
			VETHLAB_SOCKET: files.socket,
			VETHLAB_SCRATCH: files.scratch,
			VETHLAB_FILE: start.file,
			// Node would read the certificates when it starts, which takes longer than all else of it; the engine speaks no TLS
			NODE_EXTRA_CA_CERTS: undefined,
		},
	});
	closeSync(log);
	const hasEnded = new Promise<void>((resolve) => {
		child.once('error', () => {
			resolve();
		});
		child.once('exit', () => {
			resolve();
		});
	});
	try {
		writeRecord(start, files, child);
		await ready(child, files, map);
		child.unref();
	} catch (error) {
		// what still runs in the box could make anew what is removed here
		const box = processId(child.pid ?? 0);
		const inside = box === undefined ? [] : childrenOf(box);
		endGroup(child);
		await hasEnded;
		await gone(inside, killTimeoutMs);
		removeFiles(files);
		throw error;
	}
}

/** Makes the lab's folder and log; returns the log's descriptor. When there is no room for both, neither stays. */
function makeFiles(files: LabFiles): number {
	mkdirSync(files.scratch, {mode: 0o700});
	try {
		return openSync(files.log, 'ax', 0o600);
	} catch (error) {
		removeFiles(files);
		throw error;
	}
}

function boxArguments(start: Start, files: LabFiles, map: UserMap): readonly string[] {
	const program = start.program ?? [process.execPath, packageFile('dist/engine.js')];
	return [
		...userArguments(map),
		'--fork',
		'--kill-child',
		'--pid',
		'--mount',
		'--net',
		'--uts',
		'--ipc',
		'--',
		packageFile('native/build/lab-init'),
		'box',
		files.scratch,
		...program,
	];
}

function writeRecord(start: Start, files: LabFiles, child: ChildProcess): void {
	const box = child.pid === undefined ? undefined : processId(child.pid);
	if (box !== undefined) {
		const record: BoxRecord = {box, file: start.file, createdMs: Date.now()};
		writeFileSync(files.record, JSON.stringify(record), {mode: 0o600});
	}
}

/** Resolves when the engine says so on descriptor 3. */
async function ready(child: ChildProcess, files: LabFiles, map: UserMap): Promise<void> {
	const doing = `start lab ${files.name}`;
	const pipe = child.stdio[3] as Readable | null;
	const spawnFailure = new Promise<never>((_resolve, reject) => {
		child.once('error', (error) => {
			reject(new LabError('E_PROGRAM_MISSING', {doing, said: `unshare: ${error.message}`, hint: 'install the package util-linux', cause: error}));
		});
	});
	const timer = new AbortController();
	try {
		const line = await Promise.race([
			pipe === null ? '' : firstLine(pipe),
			spawnFailure,
			ended(child, timer.signal),
			setTimeout(readyTimeoutMs, undefined, {signal: timer.signal}).then(() => {
				throw new LabError('E_ENGINE_START', {doing, said: `it is not ready after ${readyTimeoutMs / 1000} seconds`});
			}),
		]);
		const answer = line === '' ? undefined : (JSON.parse(line) as {readonly ready: true} | {readonly error: ErrorData});
		if (answer === undefined) {
			throw earlyEnd(doing, files, map);
		}

		if ('error' in answer) {
			throw LabError.from(answer.error);
		}
	} finally {
		timer.abort();
		pipe?.destroy();
	}
}

/** Kills it with what it forked outside the box; it leads a group of its own (`detached`). */
function endGroup(child: ChildProcess): void {
	if (child.pid === undefined) {
		return;
	}

	try {
		process.kill(-child.pid, 'SIGKILL');
	} catch {
		// nothing of it is left
	}
}

/** `unshare` stays as long as the box does. When it ends early, a helper that it forked to map ids may still hold the pipe open: its end is what counts. */
async function ended(child: ChildProcess, signal: AbortSignal): Promise<''> {
	return new Promise((resolve) => {
		const listener = () => {
			// what the engine wrote before it ended comes first
			setTimeout(lastWordsMs, '' as const, {signal}).then(resolve, () => undefined);
		};
		child.once('exit', listener);
		signal.addEventListener('abort', () => child.off('exit', listener), {once: true});
	});
}

async function firstLine(pipe: Readable): Promise<string> {
	let text = '';
	pipe.setEncoding('utf8');
	for await (const chunk of pipe) {
		text += String(chunk);
		if (text.includes('\n')) {
			break;
		}
	}

	return text.trim();
}

/** What the log says about an engine that ended before it was ready. */
function earlyEnd(doing: string, files: LabFiles, map: UserMap): LabError {
	const said = readFileSync(files.log, 'utf8').trim().split('\n').slice(-lastLogLines).join('\n');
	const isRefused = /^(?:unshare|newuidmap|newgidmap|lab-init): /m.test(said);
	if (map !== 'none' && isRefused) {
		return new LabError('E_USERNS', {doing, said, hint: refusal()});
	}

	return new LabError('E_ENGINE_START', {doing, said: said === '' ? 'its engine ended at once and said nothing' : said});
}

function isMapRefused(error: unknown): boolean {
	return error instanceof LabError && error.code === 'E_USERNS' && /newuidmap|newgidmap|map/.test(error.said ?? '');
}

/** Whether the engine has heard that it shall end. */
async function askToEnd(socket: string): Promise<boolean> {
	const timer = new AbortController();
	try {
		const client = await connect(socket);
		try {
			return await Promise.race([client.call('down', {}).then(() => true), setTimeout(downTimeoutMs, false, {signal: timer.signal})]);
		} finally {
			client.close();
		}
	} catch (error) {
		const {code} = toLabError(error, 'end the lab');
		if (code === 'E_SOCKET_FOREIGN') {
			throw error;
		}

		// it ended while it was asked: so be it
		return code === 'E_ENGINE_DEAD';
	} finally {
		timer.abort();
	}
}
