// `vethlab down` until nothing is left: the command has returned, every process of the box is gone, and so is every interface that its host had.
import {spawn, type ChildProcessWithoutNullStreams} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {createInterface} from 'node:readline/promises';
import {setTimeout} from 'node:timers/promises';
import {LabError} from '../../base/errors.ts';
import type {Io} from '../command.ts';
import type {Figure} from './figure.ts';
import {benchLab, type BenchMode} from './lab.ts';
import {isRunning, processesBelow} from './processes.ts';
import {sampleOf} from './statistics.ts';
import {runVethlab, withUp, type UpLab} from './up.ts';

const modes: readonly BenchMode[] = ['bridge', 'host', 'none', 'container'];
const atMostMs = 800;
const patienceMs = 20_000;
const pollMs = 5;

/** One figure for each mode. */
export async function measureDown(io: Io, name: string, {count, rounds}: {readonly count: number; readonly rounds: number}): Promise<readonly Figure[]> {
	const figures: Figure[] = [];
	for (const mode of modes) {
		const times: number[] = [];
		for (let round = 0; round < rounds; round++) {
			// oxlint-disable-next-line no-await-in-loop -- one at a time, or they measure each other
			times.push(await withUp(io, benchLab(name, count, mode), async (up) => timeDown(io, up)));
		}

		figures.push({
			what: `down, ${count} containers in mode ${mode}, until nothing is left`,
			unit: 'ms',
			ours: sampleOf(times),
			goal: {atMost: atMostMs, of: 'ours'},
		});
	}

	return figures;
}

async function timeDown(io: Io, {name, box}: UpLab): Promise<number> {
	const processes = processesBelow(box);
	const witness = watchHost(processes.map(({pid}) => pid));
	try {
		if ((await witness.links()).length < 2) {
			throw new LabError('E_INTERNAL', {doing: `watch ${name} end`, said: 'its host has no interfaces'});
		}

		const began = performance.now();
		await runVethlab(io, ['down', name]);
		// oxlint-disable-next-line no-await-in-loop -- looked at again until nothing is left
		while (processes.some((one) => isRunning(one)) || (await witness.links()).some((link) => link !== 'lo' && link !== 'docker0')) {
			if (performance.now() - began > patienceMs) {
				throw new LabError('E_RUNTIME', {doing: `end ${name}`, said: `after ${patienceMs / 1000} s something is left of it`});
			}

			// oxlint-disable-next-line no-await-in-loop -- the kernel tells nobody
			await setTimeout(pollMs);
		}

		return performance.now() - began;
	} finally {
		witness.end();
	}
}

interface Witness {
	links(): Promise<readonly string[]>;
	end(): void;
}

/** A shell in the network of the lab's Docker host, which it keeps from ending: the other ends of its interfaces are in namespaces that go. */
function watchHost(pids: readonly number[]): Witness {
	const host = pids.find((pid) => linksOf(readFileSync(`/proc/${pid}/net/dev`, 'utf8')).includes('docker0'));
	const user = process.getuid?.() === 0 ? [] : ['--user', '--preserve-credentials'];
	const child: ChildProcessWithoutNullStreams = spawn('nsenter', [
		'--target',
		String(host),
		...user,
		'--net',
		'sh',
		'-c',
		'while read -r _; do while read -r line; do echo "$line"; done </proc/self/net/dev; echo .; done',
	]);
	child.stdin.on('error', () => undefined);
	const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]();
	return {
		async links() {
			child.stdin.write('\n');
			const seen: string[] = [];
			// oxlint-disable-next-line no-await-in-loop -- one line after the other
			for (let line = await lines.next(); line.done !== true && line.value !== '.'; line = await lines.next()) {
				seen.push(line.value);
			}

			return linksOf(seen.join('\n'));
		},
		end() {
			child.kill();
		},
	};
}

/** Names in /proc/net/dev (proc_pid_net(5)). */
function linksOf(text: string): readonly string[] {
	return [...text.matchAll(/^\s*([^\s:]+):/gm)].map((match) => match[1] ?? '');
}
