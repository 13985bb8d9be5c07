// Runs one of iptables' programs inside a network namespace and collects what it prints. Knows nothing of rules.
import {Socket} from 'node:net';
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
	const input = native.pipe();
	const output = native.pipe();
	const errors = native.pipe();
	const ours = [input.write, output.read, errors.read];
	const theirs = [input.read, output.write, errors.write];
	let pidfd: number;
	try {
		({pidfd} = await native.spawn({file, args: [name, ...args], env: [], stdio: theirs, enter: {net: netns}}));
	} catch (error) {
		ours.forEach((fd) => native.close(fd));
		throw couldNotStart(file, error);
	} finally {
		theirs.forEach((fd) => native.close(fd));
	}

	feed(input.write, stdin);
	const [status, stdout, stderr] = await Promise.all([exit(native, pidfd), collect(output.read), collect(errors.read)]);
	return {...status, stdout, stderr};
}

function couldNotStart(file: string, error: unknown): LabError {
	const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
	return new LabError(isMissing ? 'E_PROGRAM_MISSING' : 'E_RUNTIME', {
		doing: `run ${file}`,
		said: error instanceof Error ? error.message : String(error),
		cause: error,
	});
}

/** Writes it all and closes. A program that ends without reading has its say in its exit status. */
function feed(fd: number, text: string): void {
	const socket = new Socket({fd, readable: false, writable: true});
	socket.on('error', () => {});
	socket.end(text);
}

async function collect(fd: number): Promise<string> {
	const socket = new Socket({fd, readable: true, writable: false});
	const chunks: Buffer[] = [];
	return new Promise((resolve, reject) => {
		socket.on('data', (chunk: Buffer) => chunks.push(chunk));
		socket.on('error', reject);
		socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
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
