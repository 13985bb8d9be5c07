// Runs a short command for doctor and never throws: a program that is not there is an answer too.
import {execFile} from 'node:child_process';
import {widePath} from './scratch.ts';

export interface Ran {
	readonly isGood: boolean;
	readonly stdout: string;
	/** The first line of what it said when it did not go well. */
	readonly said: string;
}

/** At most twenty seconds, for a machine that is busy: what hangs longer is as good as missing. */
export function run(file: string, args: readonly string[], env: Readonly<Record<string, string | undefined>>): Promise<Ran> {
	const options = {timeout: 20_000, killSignal: 'SIGKILL' as const, env: {...env, PATH: widePath(env['PATH']), LC_ALL: 'C'}};
	return new Promise((resolve) => {
		const child = execFile(file, args, options, (error, stdout, stderr) => {
			const said = error === null ? '' : (stderr.trim() || error.message).split('\n')[0];
			resolve({isGood: error === null, stdout, said: said ?? ''});
		});
		child.stdin?.end();
	});
}
