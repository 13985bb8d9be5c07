// What a container costs in each mode, beside what it costs on docker0 with a published port: coming with the lab, being connected and disconnected, going by itself. What the
// lab and its networks cost is measured with one that has no such container, and taken off. Turn by turn over the modes, so that what else the machine does
// falls on all.
import {connect, type Client} from '../../api/client.ts';
import type {Io} from '../command.ts';
import type {Cost} from './box.ts';
import type {Figure} from './figure.ts';
import {crowdLab, modeLab, otherNetwork, wiredModes, type WiredMode} from './mode-labs.ts';
import {cpuMs} from './processes.ts';
import {sampleOf} from './statistics.ts';
import {withUp} from './up.ts';

const actions = ['up', 'connect', 'disconnect', 'remove'] as const;
type Action = (typeof actions)[number];

/** At most so many times the CPU time of the same with a published port. Of every container on an overlay a second host knows, and it has a second interface. */
const atMostPublished = (mode: WiredMode): number => (mode === 'overlay' ? 2 : 1.1);
/** Modes whose containers can be connected to a network while they run. */
const connectable: ReadonlySet<WiredMode> = new Set(['published', 'bridge', 'network', 'macvlan', 'overlay']);
/** No file asked for it. */
const nowhere = {line: 0, column: 0};
const crowd = {networks: 100, each: 5, atMostCpuMs: 5000};

type Costs = Readonly<Record<Action, Cost[]>>;

export async function measureModes(io: Io, name: string, {count, rounds}: {readonly count: number; readonly rounds: number}): Promise<readonly Figure[]> {
	const costs = new Map(wiredModes.map((mode): [WiredMode, Costs] => [mode, {up: [], connect: [], disconnect: [], remove: []}]));
	for (let round = 0; round < rounds; round++) {
		for (const [mode, into] of costs) {
			// oxlint-disable-next-line no-await-in-loop -- one at a time, or they measure each other
			const empty = await withUp(io, modeLab(name, 0, mode), async ({cost}) => cost);
			// oxlint-disable-next-line no-await-in-loop -- as above
			await measureMode(io, {name, count, mode, empty}, into);
		}
	}

	const published = costs.get('published');
	return [...costs].flatMap(([mode, of]) =>
		actions.flatMap((action) => figuresOf(mode, action, of[action], mode === 'published' ? undefined : published?.[action])),
	);
}

/** A host with many networks: every network has its own rules, every container its name server. */
export async function measureCrowd(io: Io, name: string, rounds: number): Promise<readonly Figure[]> {
	const costs: Cost[] = [];
	for (let round = 0; round < rounds; round++) {
		// oxlint-disable-next-line no-await-in-loop -- one at a time, or they measure each other
		costs.push(await withUp(io, crowdLab(name, crowd.networks, crowd.each), async ({cost}) => cost));
	}

	const what = `up, ${crowd.networks} networks of ${crowd.each} containers`;
	return [
		{what: `${what}: wall`, unit: 'ms', ours: sampleOf(costs.map(({wallMs}) => wallMs))},
		{what: `${what}: CPU`, unit: 'ms', ours: sampleOf(costs.map(({cpuMs: spent}) => spent)), goal: {atMost: crowd.atMostCpuMs, of: 'ours'}},
	];
}

async function measureMode(
	io: Io,
	{name, count, mode, empty}: {readonly name: string; readonly count: number; readonly mode: WiredMode; readonly empty: Cost},
	into: Costs,
): Promise<void> {
	await withUp(io, modeLab(name, count, mode), async ({cost, socket, box}) => {
		into.up.push({wallMs: (cost.wallMs - empty.wallMs) / count, cpuMs: (cost.cpuMs - empty.cpuMs) / count});
		const client = await connect(socket);
		try {
			const ways = connectable.has(mode) ? (['connect', 'disconnect', 'remove'] as const) : (['remove'] as const);
			for (const way of ways) {
				// oxlint-disable-next-line no-await-in-loop -- one after the other, as somebody would
				into[way].push(await actOnAll(client, {way, count, box}));
			}
		} finally {
			client.close();
		}
	});
}

/** For each container. The last one goes first: others may stand on the first. */
async function actOnAll(
	client: Client,
	{way, count, box}: {readonly way: 'connect' | 'disconnect' | 'remove'; readonly count: number; readonly box: number},
): Promise<Cost> {
	const cpuBefore = cpuMs(box);
	const began = performance.now();
	for (let number = count; number > 0; number--) {
		const service = `c${number}`;
		// oxlint-disable-next-line no-await-in-loop -- one after the other, as somebody would
		await client.call('act', {action: way === 'remove' ? {do: way, service, at: nowhere} : {do: way, service, network: otherNetwork, at: nowhere}});
	}

	return {wallMs: (performance.now() - began) / count, cpuMs: (cpuMs(box) - cpuBefore) / count};
}

function figuresOf(mode: WiredMode, action: Action, costs: readonly Cost[], published: readonly Cost[] | undefined): readonly Figure[] {
	if (costs.length === 0) {
		return [];
	}

	const figure = (what: 'wall' | 'CPU', of: (cost: Cost) => number, goal?: Figure['goal']): Figure => ({
		what: `${action}, each container ${mode === 'published' ? 'with a published port' : `in mode ${mode}`}: ${what}`,
		unit: 'ms',
		ours: sampleOf(costs.map(of)),
		...(published !== undefined && {floor: sampleOf(published.map(of))}),
		...(goal !== undefined && {goal}),
	});
	return [
		figure('wall', ({wallMs}) => wallMs),
		figure('CPU', ({cpuMs: spent}) => spent, published === undefined ? undefined : {atMost: atMostPublished(mode), of: 'ratio'}),
	];
}
