// A box like a lab's with dist/bench.js in it instead of the engine, which makes a floor or the network alone when it is told to. The clock is here.
import {spawn, type ChildProcessWithoutNullStreams} from 'node:child_process';
import {mkdtempSync, rmdirSync} from 'node:fs';
import {join} from 'node:path';
import {createInterface} from 'node:readline/promises';
import {runtimeDir} from '../../api/lab-files.ts';
import {userArguments, userMap} from '../../api/userns.ts';
import {LabError} from '../../base/errors.ts';
import {packageFile} from '../../base/paths.ts';
import type {Lab} from '../../model/lab.ts';
import type {Io} from '../command.ts';
import {cpuMs} from './processes.ts';

/** Wall and CPU time in milliseconds. */
export interface Cost {
	readonly wallMs: number;
	readonly cpuMs: number;
}

export interface Order {
	readonly job: 'floor' | 'script' | 'network' | 'network floor';
	readonly lab: Lab;
	readonly requests: readonly {readonly from: string; readonly url: string}[];
}

/** What it costs from "go" to "done", Node's start left out. Rejects with what went wrong, or what the check afterwards found; nothing is left in any case. */
export async function measureInBox(io: Io, order: Order): Promise<Cost> {
	const scratch = mkdtempSync(join(runtimeDir(io.env, process.getuid?.() ?? 0), 'bench-'));
	const child = startBox(io, scratch);
	const ended = new Promise<void>((resolve) => {
		child.once('error', () => {
			resolve();
		});
		child.once('close', () => {
			resolve();
		});
	});
	try {
		return await takeTurns(child, order);
	} finally {
		child.kill('SIGKILL');
		await ended;
		rmdirSync(scratch);
	}
}

function startBox(io: Io, scratch: string): ChildProcessWithoutNullStreams {
	const box = [...userArguments(userMap(io.env)), '--fork', '--kill-child', '--pid', '--mount', '--net', '--uts', '--ipc'];
	return spawn('unshare', [...box, '--', packageFile('native/build/lab-init'), 'box', scratch, process.execPath, packageFile('dist/bench.js')], {
		cwd: '/',
		env: {...io.env, PATH: [io.env['PATH'] ?? '/usr/bin:/bin', '/usr/local/sbin', '/usr/sbin', '/sbin'].join(':'), VETHLAB_SCRATCH: scratch},
	});
}

async function takeTurns(child: ChildProcessWithoutNullStreams, order: Order): Promise<Cost> {
	const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]();
	const errors: string[] = [];
	child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text));
	// it may have ended already: then the answer tells
	child.stdin.on('error', () => undefined);
	const turn = async (say: string, awaited: string): Promise<void> => {
		child.stdin.write(`${say}\n`);
		const answer = await lines.next();
		if (answer.done === true || answer.value !== awaited) {
			throw new LabError('E_RUNTIME', {doing: `measure the ${order.job}`, said: answer.done === true ? errors.join('').trim() : answer.value});
		}
	};
	await turn(JSON.stringify(order), 'ready');
	const before = cpuMs(child.pid ?? 0);
	const began = performance.now();
	await turn('go', 'done');
	const wallMs = performance.now() - began;
	const spentMs = cpuMs(child.pid ?? 0) - before;
	await turn('check', 'fine');
	return {wallMs, cpuMs: spentMs};
}
