// Looking up names in a container, by a program in its network that keeps its own time (native/lab/lab-names.c): one after the other, and ten thousand a second.
// Beside it the same program asks the plainest server there is, at the same place: what it loses there, the machine has lost.
import {spawn, type ChildProcessWithoutNullStreams} from 'node:child_process';
import {once} from 'node:events';
import {readlinkSync} from 'node:fs';
import {LabError} from '../../base/errors.ts';
import {packageFile} from '../../base/paths.ts';
import type {Io} from '../command.ts';
import type {Figure} from './figure.ts';
import {modeLab} from './mode-labs.ts';
import {ownCpuMs, processesBelow} from './processes.ts';
import {sampleOf} from './statistics.ts';
import {netnsOf, withUp} from './up.ts';

const program = packageFile('native/build/lab-names');
const address = '127.0.0.11';
const plainPort = 7777;
/** Questions a second (0: the next when the last was answered), how many, and how many may be without an answer. */
const singly = {rate: 0, count: 5000, window: 1};
const quickly = {rate: 10_000, count: 50_000, window: 256};
const atMostMs = 0.3;

/** What lab-names prints, and what its server has spent meanwhile. */
interface Asked {
	readonly sent: number;
	readonly answered: number;
	/** With an address in it. */
	readonly right: number;
	readonly elapsedMicros: number;
	readonly medianMicros: number;
	readonly p99Micros: number;
	readonly serverMs: number;
}

type Load = typeof singly;

export async function measureNames(io: Io, name: string, rounds: number): Promise<readonly Figure[]> {
	return withUp(io, modeLab(name, 2, 'network'), async ({box, socket}) => {
		const below = processesBelow(box);
		const engine = below.find(({name: called}) => called.startsWith('node') || called === 'MainThread');
		const net = await netnsOf(socket, 'c1');
		const container = below.find(({name: called, pid}) => called === 'lab-web' && readlinkSync(`/proc/${pid}/ns/net`) === `net:[${net}]`);
		if (engine === undefined || container === undefined) {
			throw new LabError('E_INTERNAL', {doing: 'measure names', said: 'the lab has no engine or no container'});
		}

		const plain = inNetwork(container.pid, ['echo', address, String(plainPort)]);
		try {
			await once(plain.stdout, 'data');
			const servers = {ours: {pid: engine.pid, port: 53}, floor: {pid: plain.pid ?? 0, port: plainPort}};
			return [...(await measureLoad(container.pid, servers, singly, rounds)), ...(await measureLoad(container.pid, servers, quickly, rounds))];
		} finally {
			plain.kill();
		}
	});
}

interface Server {
	readonly pid: number;
	readonly port: number;
}

/** Every second round has the floor first. */
async function measureLoad(
	container: number,
	servers: {readonly ours: Server; readonly floor: Server},
	load: Load,
	rounds: number,
): Promise<readonly Figure[]> {
	const asked: {readonly ours: Asked[]; readonly floor: Asked[]} = {ours: [], floor: []};
	for (let round = 0; round < rounds; round++) {
		for (const which of round % 2 === 0 ? (['ours', 'floor'] as const) : (['floor', 'ours'] as const)) {
			// oxlint-disable-next-line no-await-in-loop -- one at a time, or they measure each other
			asked[which].push(await ask(container, servers[which], load));
		}
	}

	const wrong = asked.ours.find(({answered, right}) => answered !== right);
	if (wrong !== undefined) {
		throw new LabError('E_RUNTIME', {doing: 'look up c2', said: `${wrong.answered - wrong.right} of ${wrong.answered} answers have no address`});
	}

	const figure = (what: string, unit: Figure['unit'], of: (one: Asked) => number, goal?: Figure['goal']): Figure => ({
		what: `names, ${load.rate === 0 ? 'one after the other' : `${load.rate} a second`}: ${what}`,
		unit,
		ours: sampleOf(asked.ours.map(of)),
		floor: sampleOf(asked.floor.map(of)),
		...(goal !== undefined && {goal}),
	});
	return [
		figure('median', 'ms', ({medianMicros}) => medianMicros / 1000, {atMost: atMostMs, of: 'ours'}),
		figure('99 of 100 within', 'ms', ({p99Micros}) => p99Micros / 1000),
		figure('CPU of the server for 1,000', 'ms', ({serverMs, answered}) => (serverMs / answered) * 1000),
		...(load.rate === 0
			? []
			: [
					figure(`lost of ${load.count}`, 'count', ({sent, answered}) => sent - answered, {atMost: 0, of: 'ours'}),
					figure('answered a second', 'count', ({answered, elapsedMicros}) => (answered / elapsedMicros) * 1e6),
				]),
	];
}

async function ask(container: number, {pid, port}: Server, {rate, count, window}: Load): Promise<Asked> {
	const before = ownCpuMs(pid);
	const child = inNetwork(container, ['ask', address, String(port), 'c2', String(rate), String(count), String(window)]);
	const texts = {stdout: '', stderr: ''};
	for (const stream of ['stdout', 'stderr'] as const) {
		child[stream].setEncoding('utf8').on('data', (text: string) => {
			texts[stream] += text;
		});
	}

	const [code] = (await once(child, 'close')) as [number | null];
	if (code !== 0) {
		throw new LabError('E_RUNTIME', {doing: 'look up c2', said: texts.stderr.trim() || `exit code ${code}`});
	}

	return {...(JSON.parse(texts.stdout) as Omit<Asked, 'serverMs'>), serverMs: ownCpuMs(pid) - before};
}

/** lab-names in the network of a process. */
function inNetwork(pid: number, args: readonly string[]): ChildProcessWithoutNullStreams {
	const user = process.getuid?.() === 0 ? [] : ['--user', '--preserve-credentials'];
	return spawn('nsenter', ['--target', String(pid), ...user, '--net', program, ...args]);
}
