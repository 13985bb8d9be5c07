// A capture to a file, beside tcpdump at the same interface at the same time, while frames come as fast as they are told to.
import {spawn, spawnSync, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {LabError} from '../../base/errors.ts';
import {packageFile} from '../../base/paths.ts';
import {CaptureReader} from '../../watch/files/index.ts';
import {parseFilter} from '../../watch/filter/parse.ts';
import {PacketStore} from '../../watch/store/store.ts';
import type {Io} from '../command.ts';
import type {Figure} from './figure.ts';
import {floodLab, floodSource, floodWords, type FloodSource} from './flood.ts';
import {ownCpuMs} from './processes.ts';
import {sampleOf} from './statistics.ts';
import {withUp} from './up.ts';

const rate = 200_000;
const seconds = 5;
const count = rate * seconds;
/** Until what was sent has been written. */
const settleMs = 500;
const patienceMs = 20_000;
const most = {cpuRatio: 1.5, lost: 0};
/** The flood's frames: from the discard port to the discard port. */
const ofFlood = parseFilter('udp.port == 9');

export async function measureCapture(io: Io, name: string, rounds: number): Promise<readonly Figure[]> {
	needTcpdump();
	return withUp(io, floodLab(name), async (up) => {
		const source = await floodSource(io, up);
		const results: Round[] = [];
		for (let round = 0; round < rounds; round++) {
			// oxlint-disable-next-line no-await-in-loop -- one at a time, or they measure each other
			results.push(await measureRound(io, name, source));
		}

		const of = (key: keyof Round): Figure['ours'] => sampleOf(results.map((result) => result[key]));
		const what = `capture at ${rate} packets/s`;
		return [
			{what: `${what}: CPU for a packet`, unit: 'us', ours: of('ourUs'), floor: of('theirUs'), goal: {atMost: most.cpuRatio, of: 'ratio'}},
			{what: `${what}: of that, the engine's`, unit: 'us', ours: of('engineUs')},
			{what: `${what}: lost, of ${count}`, unit: 'count', ours: of('ourLoss'), floor: of('theirLoss'), goal: {atMost: most.lost, of: 'ours'}},
			{what: `${what}: how many came a second`, unit: 'count', ours: of('rate')},
		];
	});
}

/** Throws E_PROGRAM_MISSING for what is not installed. */
function needTcpdump(): void {
	if (spawnSync('tcpdump', ['--version']).status !== 0) {
		throw new LabError('E_PROGRAM_MISSING', {doing: 'capture beside tcpdump', said: 'tcpdump is not installed'});
	}
}

interface Round {
	/** CPU microseconds for a packet. */
	readonly ourUs: number;
	readonly engineUs: number;
	readonly theirUs: number;
	readonly ourLoss: number;
	readonly theirLoss: number;
	/** Packets a second. */
	readonly rate: number;
}

async function measureRound(io: Io, lab: string, source: FloodSource): Promise<Round> {
	const {engine, before} = source;
	const folder = mkdtempSync(join(tmpdir(), 'vethlab-bench-'));
	const children: ChildProcess[] = [];
	const start = (...words: readonly string[]): ChildProcess => {
		const [file = '', ...args] = words;
		const child = spawn(file, args, {env: io.env, stdio: ['ignore', 'pipe', 'pipe']});
		children.push(child);
		return child;
	};
	try {
		const [ours, theirs] = ['ours.pcapng', 'theirs.pcap'].map((file) => join(folder, file)) as [string, string];
		const capture = start(process.execPath, packageFile('dist/cli.js'), 'capture', '--lab', lab, 'a', '-i', 'eth0', '-w', ours);
		const tcpdump = start(...before, 'tcpdump', '-i', 'eth0', '-B', '16384', '-Z', 'root', '-w', theirs);
		await Promise.all([said(capture, 'capturing at'), said(tcpdump, 'listening on')]);
		const pids = [engine, capture.pid ?? 0, tcpdump.pid ?? 0];
		const cpuBefore = pids.map(ownCpuMs);
		const [nanoseconds] = (await once(start(...floodWords(source, rate, count)).stdout ?? capture, 'data')) as [Buffer];
		await setTimeout(settleMs);
		const [engineMs = 0, captureMs = 0, tcpdumpMs = 0] = pids.map((pid, index) => ownCpuMs(pid) - (cpuBefore[index] ?? 0));
		await Promise.all([ended(capture), ended(tcpdump)]);
		const each = (ms: number): number => (ms * 1000) / count;
		return {
			ourUs: each(engineMs + captureMs),
			engineUs: each(engineMs),
			theirUs: each(tcpdumpMs),
			ourLoss: count - floodIn(ours),
			theirLoss: count - floodIn(theirs),
			rate: (count * 1e9) / Number(nanoseconds.toString()),
		};
	} finally {
		await Promise.all(children.map(ended));
		rmSync(folder, {recursive: true});
	}
}

/** Resolves when the program has said this on standard error. Rejects when it ends before. */
async function said(child: ChildProcess, words: string): Promise<void> {
	let text = '';
	await new Promise<void>((resolve, reject) => {
		const fail = (): void => {
			reject(new LabError('E_RUNTIME', {doing: `run ${child.spawnargs.join(' ')}`, said: text.trim() || 'it said nothing for too long'}));
		};
		const timer = globalThis.setTimeout(fail, patienceMs);
		child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
			text += piece;
			if (text.includes(words)) {
				clearTimeout(timer);
				resolve();
			}
		});
		child.once('close', fail);
		child.once('error', fail);
	});
}

async function ended(child: ChildProcess): Promise<void> {
	if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
		const exit = once(child, 'exit');
		child.kill('SIGINT');
		await exit;
	}
}

/** How many of the flood's frames are in the file. */
function floodIn(file: string): number {
	const store = new PacketStore({packets: count * 2});
	const reader = new CaptureReader(file);
	reader.push(readFileSync(file));
	reader.push(undefined);
	for (let packet = reader.next(); packet !== undefined; packet = reader.next()) {
		store.take(packet);
	}

	return store.find(ofFlood).length;
}
