// What a peer is: another way to get n containers with a published port each. To add one: a file beside this one and its line in index.ts.
import {execFile} from 'node:child_process';
import {existsSync} from 'node:fs';
import {delimiter, join} from 'node:path';
import {LabError} from '../../../base/errors.ts';
import type {Environment} from '../../../api/lab-files.ts';

export interface Peer {
	readonly name: string;
	/** What it makes of the n, in the words of its own: what is the same as ours and what is not. */
	readonly makes: string;
	/** Why it cannot be measured here; undefined: it can. */
	missing(shell: PeerShell): Promise<string | undefined>;
	/** Makes and removes n; resolves with both wall times. Leaves nothing behind, also when it fails. */
	measure(shell: PeerShell, count: number): Promise<PeerTimes>;
}

/** In milliseconds. */
export interface PeerTimes {
	readonly upMs: number;
	/** undefined: it is not removed, it ends with its box. */
	readonly downMs: number | undefined;
}

/** Runs programs, none of them after the peer's time is up. */
export class PeerShell {
	readonly #env: Environment;
	readonly #deadlineMs: number;

	/** `patienceMs`: for everything together. */
	constructor(env: Environment, patienceMs: number) {
		this.#env = {...env, PATH: [env['PATH'] ?? '/usr/bin:/bin', '/usr/local/sbin', '/usr/sbin', '/sbin'].join(':'), LC_ALL: 'C'};
		this.#deadlineMs = performance.now() + patienceMs;
	}

	has(program: string): boolean {
		return (this.#env['PATH'] ?? '').split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, program)));
	}

	/** Standard output. Rejects with E_RUNTIME when it ends otherwise than with 0, or is out of time. */
	async run(file: string, args: readonly string[], input = ''): Promise<string> {
		return this.#run(file, args, input, this.#deadlineMs - performance.now());
	}

	/** As `run`, also when the time is up; that it failed is not told. */
	async cleanUp(file: string, args: readonly string[]): Promise<void> {
		await this.#run(file, args, '', cleanUpMs).catch(() => undefined);
	}

	async #run(file: string, args: readonly string[], input: string, timeoutMs: number): Promise<string> {
		const doing = `run ${file} ${args[0] ?? ''}`.trimEnd();
		if (timeoutMs <= 0) {
			throw new LabError('E_RUNTIME', {doing, said: 'out of time'});
		}

		return new Promise((resolve, reject) => {
			const child = execFile(
				file,
				args,
				{env: this.#env, timeout: Math.ceil(timeoutMs), killSignal: 'SIGKILL', maxBuffer: mostOutputBytes},
				(error, stdout, stderr) => {
					if (error === null) {
						resolve(stdout);
					} else {
						const said = error.killed === true ? 'out of time' : (stderr.trim().split('\n').at(-1) ?? '');
						reject(new LabError('E_RUNTIME', {doing, said: said === '' ? error.message : said, cause: error}));
					}
				},
			);
			child.stdin?.on('error', () => undefined);
			child.stdin?.end(input);
		});
	}
}

const cleanUpMs = 60_000;
const mostOutputBytes = 16 * 1024 * 1024;

/** How long `work` takes, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
	const began = performance.now();
	await work();
	return performance.now() - began;
}
