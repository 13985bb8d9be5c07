// Commands inside a place: with their output captured, or attached to somebody's terminal or pipes. We join the namespaces ourselves;
// `crun exec` costs ten times as much.
import {lstatSync} from 'node:fs';
import {once} from 'node:events';
import {PassThrough, Readable, type Writable} from 'node:stream';
import {setTimeout} from 'node:timers/promises';
import {LabError} from '../base/errors.ts';
import type {Native, SpawnOptions} from '../../native/index.ts';
import {Child, errorCode, said, signals} from './child.ts';
import {shell} from './image.ts';
import {inside, type Place} from './node.ts';
import {firstBytes, pipeLines, pipeReader, pipeWriter, settle, terminalStream} from './streams.ts';

const mostOutputBytes = 1024 * 1024;
const longestLineBytes = 16_384;
/** What shells answer for a command that is not there, and timeout(1) for one that took too long. */
const notFound = 127;
const notRunnable = 126;
const tookTooLong = 124;

export interface Output {
	/** Exit code; 128 + n after signal n; 127 when there is no such command, 126 when it cannot be run; 124 when it took too long. */
	readonly exit: number;
	readonly stdout: string;
	readonly stderr: string;
}

export interface Terminal {
	readonly columns: number;
	readonly rows: number;
	/** "xterm-256color" */
	readonly term: string;
}

export interface Attached {
	readonly input: Writable;
	/** With a terminal both outputs. */
	readonly output: Readable;
	/** undefined with a terminal. */
	readonly error: Readable | undefined;
	/** Does nothing without a terminal. */
	resize(columns: number, rows: number): void;
	/** The person went: as when a terminal is closed. */
	hangUp(): void;
	/** Exit code; 128 + n after signal n. Resolves after the outputs have ended. */
	readonly ended: Promise<number>;
}

/** What to run: a command of the place, or with `file` a static program of ours, which the place need not have. */
export interface Command {
	readonly args: readonly string[];
	readonly file?: string;
}

/** Runs a command and gives back the first MiB of what it printed. Rejects with E_RUNTIME only when the place cannot be entered. */
export async function capture(native: Native, place: Place, command: Command, timeoutMs: number): Promise<Output> {
	const out = native.pipe();
	const err = native.pipe();
	const child = await start(native, place, command, {stdio: [-1, out.write, err.write]})
		.finally(() => {
			native.close(out.write);
			native.close(err.write);
		})
		.catch((error: unknown) => {
			native.close(out.read);
			native.close(err.read);
			throw error;
		});
	const streams = [pipeReader(out.read), pipeReader(err.read)] as const;
	if (!(child instanceof Child)) {
		streams.forEach((stream) => stream.destroy());
		return {exit: child.exit, stdout: '', stderr: `${child.words}\n`};
	}

	const texts = [firstBytes(streams[0], mostOutputBytes), firstBytes(streams[1], mostOutputBytes)] as const;
	const exit = await endedWithin(child, timeoutMs);
	await Promise.all(streams.map(settle));
	return {exit, stdout: texts[0](), stderr: texts[1]()};
}

/** Its exit code; `tookTooLong` when it had to be killed. */
async function endedWithin(child: Child, timeoutMs: number): Promise<number> {
	const timer = new AbortController();
	const late = setTimeout(timeoutMs, tookTooLong, {signal: timer.signal}).then((exit) => {
		child.signal(signals.KILL);
		return exit;
	});
	const exit = await Promise.race([child.ended, late]);
	timer.abort();
	await child.ended;
	return exit;
}

/** Starts a command (empty: the place's shell) with its streams in the caller's hands; one that cannot be run says so and ends, as in a shell. Rejects as `capture`. */
export async function attach(native: Native, place: Place, args: readonly string[], terminal: Terminal | undefined): Promise<Attached> {
	if (args.length > 0) {
		return terminal === undefined ? attachPipes(native, place, {args}) : attachTerminal(native, place, {args}, terminal);
	}

	// the prompt says whose shell it is; a name in Docker's style, twelve digits, says nothing to a person
	const named = place.env.some((entry) => entry.startsWith('PS1=')) ? place : {...place, env: [...place.env, `PS1=root@${place.name}:$PWD# `]};
	return terminal === undefined ? attachPipes(native, named, {args: [shell()]}) : attachTerminal(native, named, {args: [shell()]}, terminal);
}

/** Starts one of our static programs in a place; what it prints goes to `onLine`. It has no input. */
export async function startInside(native: Native, place: Place, command: Required<Command>, onLine: (line: string) => void): Promise<Child> {
	const output = native.pipe();
	const child = await start(native, place, command, {stdio: [-1, output.write, output.write]})
		.catch((error: unknown) => {
			native.close(output.read);
			throw error;
		})
		.finally(() => {
			native.close(output.write);
		});
	if (!(child instanceof Child)) {
		native.close(output.read);
		throw new LabError('E_RUNTIME', {doing: `run ${command.args[0]} in ${place.name}`, said: child.words});
	}

	pipeLines(native, output.read, longestLineBytes, onLine);
	return child;
}

async function attachTerminal(native: Native, place: Place, command: Command, terminal: Terminal): Promise<Attached> {
	const {master, slave} = native.openTerminal(place.host.path(place.pid, 'root/dev/pts/ptmx'), terminal.columns, terminal.rows);
	const child = await start(native, place, command, {stdio: [slave, slave, slave], session: true, terminal: true, term: terminal.term})
		.catch((error: unknown) => {
			native.close(master);
			throw error;
		})
		.finally(() => {
			native.close(slave);
		});
	if (!(child instanceof Child)) {
		native.close(master);
		return saying(child, 'output');
	}

	const stream = terminalStream(master);
	return {
		input: stream,
		output: stream,
		error: undefined,
		resize(columns, rows) {
			if (!stream.destroyed) {
				native.resizeTerminal(master, columns, rows);
			}
		},
		hangUp() {
			stream.destroy();
		},
		ended: child.ended.then(async (exit) => {
			await settle(stream);
			return exit;
		}),
	};
}

async function attachPipes(native: Native, place: Place, command: Command): Promise<Attached> {
	const input = native.pipe();
	const out = native.pipe();
	const err = native.pipe();
	const child = await start(native, place, command, {stdio: [input.read, out.write, err.write], session: true})
		.catch((error: unknown) => {
			[input.write, out.read, err.read].forEach((fd) => {
				native.close(fd);
			});
			throw error;
		})
		.finally(() => {
			[input.read, out.write, err.write].forEach((fd) => {
				native.close(fd);
			});
		});
	const streams = {input: pipeWriter(input.write), output: pipeReader(out.read), error: pipeReader(err.read)};
	if (!(child instanceof Child)) {
		Object.values(streams).forEach((stream) => stream.destroy());
		return saying(child, 'error');
	}

	return {
		...streams,
		resize: () => undefined,
		hangUp() {
			streams.input.destroy();
			child.signal(signals.HUP);
		},
		ended: child.ended.then(async (exit) => {
			streams.input.destroy();
			await Promise.all([settle(streams.output), settle(streams.error)]);
			return exit;
		}),
	};
}

/** What is left of a command that could not be run: its words on one of its outputs, and its exit code. */
function saying({exit, words}: Refusal, says: 'output' | 'error'): Attached {
	const last = Readable.from([Buffer.from(`${words}${says === 'output' ? '\r' : ''}\n`)]);
	const nothing = new PassThrough().end();
	const streams = says === 'output' ? {output: last, error: undefined} : {output: nothing, error: last};
	return {input: new PassThrough().resume(), ...streams, resize: () => undefined, hangUp: () => undefined, ended: once(last, 'close').then(() => exit)};
}

/** Why a command is not run, and what shells answer then: 127 there is none, 126 it cannot be run. */
interface Refusal {
	readonly exit: number;
	readonly words: string;
}

interface How {
	readonly stdio: readonly number[];
	readonly session?: boolean;
	readonly terminal?: boolean;
	readonly term?: string;
}

async function start(native: Native, place: Place, command: Command, how: How): Promise<Child | Refusal> {
	const {term, ...options} = how;
	const env = term === undefined ? place.env : [...place.env.filter((entry) => !entry.startsWith('TERM=')), `TERM=${term}`];
	const user = place.uid === 0 && place.gid === 0 ? {} : {uid: place.uid, gid: place.gid};
	const common = {...options, ...user, args: command.args, env, cwd: place.cwd, capabilities: place.capabilities};
	try {
		return await inside(native, place, async (enter) => {
			if (command.file !== undefined) {
				return Child.start(native, {...common, enter, file: command.file, openFirst: true});
			}

			for (const file of candidates(place, command.args[0] ?? '')) {
				// oxlint-disable-next-line no-await-in-loop -- as execvp(3): the next folder only after the last has failed
				const child = await spawnIfThere(native, {...common, enter, file});
				if (child !== undefined) {
					return child;
				}
			}

			return {exit: notFound, words: `exec: "${command.args[0]}": executable file not found in $PATH`};
		});
	} catch (error) {
		if (errorCode(error) === 'EACCES' || errorCode(error) === 'ENOEXEC') {
			return {exit: notRunnable, words: `exec: "${command.args[0]}": ${errorCode(error) === 'EACCES' ? 'permission denied' : 'exec format error'}`};
		}

		throw new LabError('E_RUNTIME', {doing: `run ${command.args[0]} in ${place.name}`, said: said(error), cause: error});
	}
}

async function spawnIfThere(native: Native, options: SpawnOptions): Promise<Child | undefined> {
	try {
		return await Child.start(native, options);
	} catch (error) {
		if (errorCode(error) === 'ENOENT') {
			return undefined;
		}

		throw error;
	}
}

/** Where a command may be, as the place sees it. Its folders are looked into from outside, links are followed inside. */
function candidates(place: Place, name: string): readonly string[] {
	if (name.includes('/')) {
		return [name];
	}

	const path = place.env.find((entry) => entry.startsWith('PATH='))?.slice('PATH='.length) ?? '';
	return path
		.split(':')
		.map((folder) => `${folder}/${name}`)
		.filter((file) => lstatSync(place.host.path(place.pid, `root${file}`), {throwIfNoEntry: false}) !== undefined);
}
