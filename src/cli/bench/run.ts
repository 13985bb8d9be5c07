// The bench: which parts there are, one after the other. A part that cannot be measured here says why, and the others go on.
import {availableParallelism, loadavg, release} from 'node:os';
import {toLabError} from '../../base/errors.ts';
import {expectLongLife} from '../../base/v8.ts';
import {version} from '../../base/version.ts';
import type {Io} from '../command.ts';
import type {Figure} from './figure.ts';
import {Gauge, type Speed} from './machine.ts';
import {measureCapture} from './measure-capture.ts';
import {measureDown} from './measure-down.ts';
import {measureFirstLab} from './measure-first.ts';
import {measureJourneys} from './measure-journeys.ts';
import {measureCrowd, measureModes} from './measure-modes.ts';
import {measureNames} from './measure-names.ts';
import {measureOpen} from './measure-open.ts';
import {measureDecoding, measureFilters} from './measure-packets.ts';
import {measureTuiFlood} from './measure-tui-flood.ts';
import {measureTui} from './measure-tui.ts';
import {growth, measureMemory, measureNetwork, measureUp} from './measure-up.ts';
import type {Absence, Report} from './report.ts';

/** With fewer containers one round is short and says little. */
const roundsOf = (count: number): number => (count <= 50 ? 5 : 3);
const standardCount = 50;
const downCount = 100;

export const partNames = ['up', 'modes', 'names', 'network', 'down', 'first', 'memory', 'tui', 'capture', 'decode', 'journeys', 'filter', 'open'] as const;
export type PartName = (typeof partNames)[number];

export interface Wish {
	readonly parts: readonly PartName[];
	readonly sizes: readonly number[];
	/** One round of everything. */
	readonly quick: boolean;
}

/** Told what is measured next. */
export type Tell = (what: string) => void;

/** Measures what is wished for. What fails is in the report, too. */
export async function runBench(io: Io, wish: Wish, tell: Tell): Promise<Report> {
	const surroundings: Report['surroundings'] = {
		version: version(),
		node: process.versions.node,
		kernel: release(),
		cores: availableParallelism(),
		load: loadavg()[0] ?? 0,
		user: process.getuid?.() === 0 ? 'root' : 'rootless',
	};
	// some of it is measured in this process, which stays as the terminal UI does
	expectLongLife();
	const gauge = new Gauge();
	const speeds: Speed[] = [];
	const figures: Figure[] = [];
	const absent: Absence[] = [];
	for (const {what, measure} of stepsOf(io, wish)) {
		tell(what);
		speeds.push(gauge.read());
		try {
			// oxlint-disable-next-line no-await-in-loop -- one at a time, or they measure each other
			figures.push(...(await measure()));
		} catch (error) {
			absent.push({what, why: toLabError(error, `measure ${what}`).message});
		}
	}

	speeds.push(gauge.read());
	return {surroundings, speeds, figures, absent};
}

interface Step {
	readonly what: string;
	readonly measure: () => Promise<readonly Figure[]>;
}

function stepsOf(io: Io, {parts, sizes, quick}: Wish): readonly Step[] {
	const name = `bench-${process.pid}`;
	const rounds = quick ? 1 : 5;
	const steps: Readonly<Record<PartName, readonly Step[]>> = {
		up: upSteps(io, name, {sizes, quick}),
		modes: [
			{what: `${standardCount} containers in every mode`, measure: async () => measureModes(io, name, {count: standardCount, rounds: quick ? 1 : 3})},
			{what: 'a host with many networks', measure: async () => measureCrowd(io, name, quick ? 1 : 3)},
		],
		names: [{what: 'names', measure: async () => measureNames(io, name, rounds)}],
		network: [{what: 'network and rules', measure: async () => measureNetwork(io, name, {count: standardCount, rounds})}],
		down: [{what: `down, ${downCount} containers in every mode`, measure: async () => measureDown(io, name, {count: downCount, rounds: quick ? 1 : 3})}],
		first: [{what: 'first lab', measure: async () => measureFirstLab(io, rounds)}],
		memory: [{what: 'memory', measure: async () => measureMemory(io, name, standardCount)}],
		tui: [
			{what: 'terminal UI', measure: async () => measureTui(io, name)},
			{what: 'terminal UI in a flood of packets', measure: async () => measureTuiFlood(io, name)},
		],
		capture: [{what: 'capture', measure: async () => measureCapture(io, name, quick ? 1 : 3)}],
		decode: [{what: 'decoding', measure: async () => measureDecoding(rounds)}],
		journeys: [{what: 'journeys', measure: async () => measureJourneys(rounds)}],
		filter: [{what: 'filters', measure: async () => measureFilters(quick ? 3 : 9)}],
		open: [{what: 'opening a file', measure: async () => measureOpen(io, quick ? 1 : 3)}],
	};
	return partNames.flatMap((part) => (parts.includes(part) ? steps[part] : []));
}

function upSteps(io: Io, name: string, {sizes, quick}: Pick<Wish, 'sizes' | 'quick'>): readonly Step[] {
	const each: {readonly count: number; readonly eachMs: number}[] = [];
	const steps = sizes.map((count): Step => ({
		what: `up, ${count} containers`,
		measure: async () => {
			const {figures, eachMs} = await measureUp(io, name, {count, rounds: quick ? 1 : roundsOf(count)});
			each.push({count, eachMs});
			const [first] = each;
			const isLast = count === sizes.at(-1) && first !== undefined && first.count !== count;
			return isLast ? [...figures, growth(first, {count, eachMs})] : figures;
		},
	}));
	return steps;
}
