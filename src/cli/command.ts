// What every command shares: where to print, how to fail, which lab is meant. A command is one file in commands/ and one line in its index.
import {connect, type Client} from '../api/client.ts';
import {listLabs, type RunningLab} from '../api/labs.ts';
import type {EarlyEngine} from './early.ts';
import {LabError, toLabError} from '../base/errors.ts';

/** The process as commands may use it. */
export interface Io {
	readonly stdin: NodeJS.ReadStream;
	readonly stdout: NodeJS.WriteStream;
	readonly stderr: NodeJS.WriteStream;
	readonly env: Readonly<Record<string, string | undefined>>;
	/** An engine that was started while the command line loaded, for the lab that it seemed to ask for. */
	readonly early?: EarlyEngine | undefined;
}

/** What lines are printed to: standard output, or a file (file-output.ts). */
export interface Output {
	readonly stdout: {write(text: string): unknown; readonly isTTY: boolean; readonly columns: number};
}

export function print({stdout}: Output, text: string): void {
	stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

export function printJson(io: Output, value: unknown): void {
	print(io, JSON.stringify(value, null, 2));
}

/** Prints an error as people read it, or as JSON on standard output; returns the exit code. */
export function fail(io: Io, error: unknown, asJson: boolean): number {
	const known = toLabError(error, 'run the command');
	if (asJson) {
		printJson(io, {error: known.toJSON()});
	} else {
		io.stderr.write(`vethlab: ${known.message}  [${known.code}]\n       = ${known.hint}\n`);
	}

	if (known.code === 'E_INTERNAL' && known.cause instanceof Error) {
		io.stderr.write(`${known.cause.stack ?? ''}\n`);
	}

	return known.exit;
}

/** The lab that is meant: the named one, or the only one that runs. */
export async function findLab(io: Io, name: string | undefined): Promise<RunningLab> {
	const labs = await listLabs(io.env);
	const found = name === undefined ? labs : labs.filter((lab) => lab.name === name);
	const [first] = found;
	if (first === undefined) {
		const running = labs.length === 0 ? 'no lab is running' : `running: ${labs.map((lab) => lab.name).join(', ')}`;
		throw new LabError('E_NAME_UNKNOWN', {
			doing: name === undefined ? 'look for a running lab' : `look for lab ${name}`,
			said: running,
			hint: 'start one with `vethlab up FILE`',
		});
	}

	if (found.length > 1) {
		throw new LabError('E_ARGUMENT', {
			doing: 'choose a lab',
			said: `several are running: ${labs.map((lab) => lab.name).join(', ')}`,
			hint: 'say which with --lab NAME',
		});
	}

	return first;
}

/** Connects to the lab that is meant, works with it, and hangs up. */
export async function withLab<T>(io: Io, name: string | undefined, work: (client: Client, lab: RunningLab) => Promise<T>): Promise<T> {
	const lab = await findLab(io, name);
	const client = await connect(lab.socket);
	try {
		return await work(client, lab);
	} finally {
		client.close();
	}
}
