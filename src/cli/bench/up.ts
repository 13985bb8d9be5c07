// A whole `vethlab up` as a user types it, and what it leaves: the command's and the box's CPU time, the answers of the last published port.
import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {connect} from '../../api/client.ts';
import {labFiles, readRecord, runtimeDir} from '../../api/lab-files.ts';
import {endLab} from '../../api/launch.ts';
import {LabError} from '../../base/errors.ts';
import {packageFile} from '../../base/paths.ts';
import type {Io} from '../command.ts';
import type {Cost} from './box.ts';
import type {BenchLab} from './lab.ts';
import {cpuMs, endedChildrenMs} from './processes.ts';

const requestMs = 5000;

export interface UpLab {
	readonly name: string;
	readonly socket: string;
	/** The first process of its box, as the machine sees it. */
	readonly box: number;
	readonly cost: Cost;
}

/** Runs `vethlab` with these arguments; resolves when it has ended with 0. Rejects with E_RUNTIME and its own words. */
export async function runVethlab(io: Io, args: readonly string[]): Promise<{readonly stdout: string; readonly wallMs: number}> {
	const began = performance.now();
	const child = spawn(process.execPath, [packageFile('dist/cli.js'), ...args], {env: io.env, stdio: ['ignore', 'pipe', 'pipe']});
	const texts = {stdout: '', stderr: ''};
	for (const stream of ['stdout', 'stderr'] as const) {
		child[stream].setEncoding('utf8').on('data', (text: string) => {
			texts[stream] += text;
		});
	}

	const exit = await new Promise<number | null>((resolve, reject) => {
		child.once('error', reject);
		child.once('close', resolve);
	});
	const wallMs = performance.now() - began;
	if (exit !== 0) {
		throw new LabError('E_RUNTIME', {doing: `vethlab ${args.join(' ')}`, said: texts.stderr.trim() || `exit code ${exit}`});
	}

	return {stdout: texts.stdout, wallMs};
}

/** Brings a lab up, lets `work` have it once its last container answers, and ends it whatever happens. */
export async function withUp<T>(io: Io, lab: BenchLab, work: (up: UpLab) => Promise<T>): Promise<T> {
	const folder = mkdtempSync(join(tmpdir(), 'vethlab-bench-'));
	const files = labFiles(runtimeDir(io.env, process.getuid?.() ?? 0), lab.name);
	try {
		const file = join(folder, 'bench.veth.yaml');
		writeFileSync(file, lab.text);
		const before = endedChildrenMs();
		const {wallMs} = await runVethlab(io, ['up', '-d', file]);
		const box = readRecord(files)?.box.pid ?? 0;
		const cost = {wallMs, cpuMs: endedChildrenMs() - before + cpuMs(box)};
		await checkAnswers(files.socket, lab);
		return await work({name: lab.name, socket: files.socket, box, cost});
	} finally {
		await endLab({name: lab.name, socket: files.socket});
		rmSync(folder, {recursive: true, force: true});
	}
}

/** The number of a node's network namespace, as /proc/PID/ns/net has it: "4026532000". */
export async function netnsOf(socket: string, node: string): Promise<string> {
	const client = await connect(socket);
	try {
		return (await client.call('namespaces', {node})).net;
	} finally {
		client.close();
	}
}

async function checkAnswers(socket: string, {name, requests}: BenchLab): Promise<void> {
	const client = await connect(socket);
	try {
		for (const {from, url} of requests) {
			// oxlint-disable-next-line no-await-in-loop -- two requests
			const {result, said} = await client.call('probe', {kind: 'http', from, url, timeoutMs: requestMs});
			if (result !== 'ok') {
				throw new LabError('E_RUNTIME', {doing: `check ${name}: ${url} from ${from}`, said: said ?? result});
			}
		}
	} finally {
		client.close();
	}
}
