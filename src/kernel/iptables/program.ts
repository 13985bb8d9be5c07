// Runs one of iptables' programs inside a network namespace and collects what it prints. Knows nothing of rules.
import {Buffer} from 'node:buffer';
import {fstatSync, readSync, writeSync} from 'node:fs';
import {LabError} from '../../base/errors.ts';
import type {ExitStatus, Native} from '../../../native/index.ts';

export interface Printed extends ExitStatus {
	readonly stdout: string;
	readonly stderr: string;
}

/** `name` is argv[0], by which the multi-call binaries of iptables know what they are; `file` is where the program is. */
export interface Program {
	readonly file: string;
	readonly name: 'iptables-restore' | 'ip6tables-restore' | 'iptables-save' | 'ip6tables-save';
	readonly args: readonly string[];
	readonly stdin: string;
}

/** Throws E_PROGRAM_MISSING when there is no such program, E_RUNTIME when it could not be started otherwise. */
export async function run(native: Native, netns: number, {file, name, args, stdin}: Program): Promise<Printed> {
	const input = native.memoryFile();
	const output = native.memoryFile();
	const errors = native.memoryFile();
	try {
		writeAll(input, Buffer.from(stdin));
		const {pidfd} = await native
			.spawn({file, args: [name, ...args], env: [], stdio: [input, output, errors], enter: {net: netns}})
			.catch((error: unknown) => {
				throw couldNotStart(file, error);
			});
		const status = await exit(native, pidfd);
		return {...status, stdout: readAll(output), stderr: readAll(errors)};
	} finally {
		[input, output, errors].forEach((fd) => native.close(fd));
	}
}

/** Where a program will read from: its place in the file, which is also ours, stays at the beginning. Memory takes all at once or has no more. */
function writeAll(fd: number, bytes: Buffer): void {
	for (let at = 0; at < bytes.length;) {
		at += writeSync(fd, bytes, at, bytes.length - at, at);
	}
}

function readAll(fd: number): string {
	const bytes = Buffer.allocUnsafe(fstatSync(fd).size);
	return bytes.toString('utf8', 0, bytes.length === 0 ? 0 : readSync(fd, bytes, 0, bytes.length, 0));
}

function couldNotStart(file: string, error: unknown): LabError {
	const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
	return new LabError(isMissing ? 'E_PROGRAM_MISSING' : 'E_RUNTIME', {
		doing: `run ${file}`,
		said: error instanceof Error ? error.message : String(error),
		cause: error,
	});
}

async function exit(native: Native, pidfd: number): Promise<ExitStatus> {
	return new Promise((resolve) => {
		// onExit by itself does not keep Node running
		const alive = setInterval(() => {}, 60_000);
		native.onExit(pidfd, (status) => {
			clearInterval(alive);
			native.close(pidfd);
			resolve(status);
		});
	});
}
