// `vethlab up` against both floors, turn by turn, so that what else the machine does falls on both; and what a lab that is up holds in memory.
import type {Lab} from '../../model/lab.ts';
import {parseLab} from '../../model/parse.ts';
import {LabError} from '../../base/errors.ts';
import type {Io} from '../command.ts';
import {measureInBox, type Cost} from './box.ts';
import type {Figure} from './figure.ts';
import {benchLab, type BenchLab} from './lab.ts';
import {memoryKiB, processesBelow} from './processes.ts';
import {sampleOf, type Sample} from './statistics.ts';
import {withUp, type UpLab} from './up.ts';

const atMostTheFloor = 1.3;
const atMostGrowth = 1.5;
const kibPerMb = 1024;

export interface Up {
	readonly figures: readonly Figure[];
	/** Median wall time for each container, in milliseconds. */
	readonly eachMs: number;
}

/** Several rounds of one size, every second one in the other order. */
export async function measureUp(io: Io, name: string, {count, rounds}: {readonly count: number; readonly rounds: number}): Promise<Up> {
	const bench = benchLab(name, count);
	const lab = labOf(bench, io);
	const costs: Readonly<Record<'ours' | 'script' | 'floor', Cost[]>> = {ours: [], script: [], floor: []};
	const measures = [
		async (): Promise<unknown> => costs.ours.push(await withUp(io, bench, async ({cost}) => cost)),
		async (): Promise<unknown> => costs.script.push(await measureInBox(io, {job: 'script', lab, requests: bench.requests})),
		async (): Promise<unknown> => costs.floor.push(await measureInBox(io, {job: 'floor', lab, requests: bench.requests})),
	];
	for (let round = 0; round < rounds; round++) {
		for (const measure of round % 2 === 0 ? measures : measures.toReversed()) {
			// oxlint-disable-next-line no-await-in-loop -- one at a time, or they measure each other
			await measure();
		}
	}

	const figure = (what: 'wall' | 'CPU', against: 'script' | 'floor', of: (cost: Cost) => number): Figure => ({
		what: `up, ${count} containers with a port each: ${what}, against ${against === 'script' ? 'a script' : 'raw netlink'}`,
		unit: 'ms',
		ours: sampleOf(costs.ours.map(of)),
		floor: sampleOf(costs[against].map(of)),
		...(against === 'script' ? {goal: {atMost: atMostTheFloor, of: 'ratio'}} : {}),
	});
	return {
		figures: (['script', 'floor'] as const).flatMap((against) => [
			figure('wall', against, ({wallMs}) => wallMs),
			figure('CPU', against, ({cpuMs}) => cpuMs),
		]),
		eachMs: sampleOf(costs.ours.map(({wallMs}) => wallMs)).median / count,
	};
}

/** How the time for each container grows from the smallest size to the largest. */
export function growth(small: {readonly count: number; readonly eachMs: number}, large: {readonly count: number; readonly eachMs: number}): Figure {
	const value = large.eachMs / small.eachMs;
	return {
		what: `up: time for each container at ${large.count} against ${small.count}`,
		unit: 'times',
		ours: sampleOf([value]),
		goal: {atMost: atMostGrowth, of: 'ours'},
	};
}

/** Links, addresses, routes, settings and rules of a lab, without its processes, turn by turn with the same by raw netlink. */
export async function measureNetwork(io: Io, name: string, {count, rounds}: {readonly count: number; readonly rounds: number}): Promise<readonly Figure[]> {
	const lab = labOf(benchLab(name, count), io);
	const costs: Readonly<Record<'network' | 'network floor', Cost[]>> = {network: [], 'network floor': []};
	for (let round = 0; round < rounds; round++) {
		for (const job of round % 2 === 0 ? (['network', 'network floor'] as const) : (['network floor', 'network'] as const)) {
			// oxlint-disable-next-line no-await-in-loop -- one at a time, or they measure each other
			costs[job].push(await measureInBox(io, {job, lab, requests: []}));
		}
	}

	const cpu = (job: keyof typeof costs): Sample => sampleOf(costs[job].map(({cpuMs}) => cpuMs));
	return [
		{
			what: `network and rules alone, ${count} containers: CPU, against raw netlink`,
			unit: 'ms',
			ours: cpu('network'),
			floor: cpu('network floor'),
			goal: {atMost: 60, of: 'ours'},
		},
	];
}

/** The engine, and what runs for each container: its server and its two docker-proxies. */
export async function measureMemory(io: Io, name: string, count: number): Promise<readonly Figure[]> {
	return withUp(io, benchLab(name, count), async (up) => memoryOf(up, count));
}

async function memoryOf({box}: UpLab, count: number): Promise<readonly Figure[]> {
	const processes = processesBelow(box).map(({pid, name}) => ({name, ...memoryKiB(pid)}));
	const engine = processes.find(({name}) => name.startsWith('node') || name === 'MainThread');
	const containers = processes.filter(({name}) => name === 'lab-web' || name === 'docker-proxy');
	if (engine === undefined || containers.length < count * 3) {
		throw new LabError('E_INTERNAL', {doing: 'weigh the lab', said: `its processes are ${[...new Set(processes.map(({name}) => name))].join(', ')}`});
	}

	return [
		{what: `engine at ${count} containers: resident memory`, unit: 'MB', ours: sampleOf([engine.rss / kibPerMb]), goal: {atMost: 100, of: 'ours'}},
		{what: `engine at ${count} containers: proportional share of it (PSS)`, unit: 'MB', ours: sampleOf([engine.pss / kibPerMb])},
		{
			what: 'each container: its processes and proxies (PSS)',
			unit: 'MB',
			ours: sampleOf([containers.reduce((sum, {pss}) => sum + pss, 0) / count / kibPerMb]),
			goal: {atMost: 0.1, of: 'ours'},
		},
	];
}

function labOf({text, name}: BenchLab, io: Io): Lab {
	const {lab, problems} = parseLab(text, {file: `${name}.veth.yaml`, env: io.env});
	if (lab === undefined) {
		throw new LabError('E_INTERNAL', {doing: 'make a lab to measure', said: problems.map(({what}) => what).join('; ')});
	}

	return lab;
}
