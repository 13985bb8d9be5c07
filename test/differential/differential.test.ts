// The same scenario made by a real Docker engine and by a lab, and what Linux then holds compared: a difference that explained.ts does not explain is a
// mistake of ours. A situation is one file in situations/; its steps are done on both sides. Where there is no dockerd that can be compared with,
// these tests are skipped, and say so.
import {readdirSync, readFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {packageFile} from '../../src/base/paths.ts';
import {planLab} from '../../src/drivers/index.ts';
import {overlayPlaces} from '../../src/api/wiring.ts';
import type {Action, DockerEngine} from '../../src/model/lab.ts';
import {line} from '../../src/plan/shell.ts';
import {eventually, Sandbox, type Lab} from '../e2e/lab.ts';
import {labOf} from '../e2e/read.ts';
import {needs} from '../needs.ts';
import {collect, heldBy, processIn, type Inodes, type NodeAt} from './collect.ts';
import {differences, explains, told, type Explained} from './differences.ts';
import {explained} from './explained.ts';
import {facts, type Facts} from './normal.ts';
import {answers, questionsOf} from './questions.ts';
import {hostOf, installed, RealEngine} from './real-engine.ts';

const folder = packageFile('test/differential/situations');
const engineHere = await installed().then(
	({engine}) => engine,
	() => undefined,
);
/** One that names an engine instead of `${ENGINE}` is about that alone. */
const situations = readdirSync(folder)
	.toSorted()
	.filter((file) => [undefined, '${ENGINE}', engineHere].includes(/engine: "(.+?)"/.exec(readFileSync(join(folder, file), 'utf8'))?.[1]));

// neither hook runs when all is skipped
let sandbox: Sandbox;
test.before(() => {
	sandbox = new Sandbox();
});
const used = new Set<Explained>();
const compared = new Set<string>();
test.after.always(async () => sandbox.close());

/** So many at a time. */
const lanes: Promise<unknown>[] = [Promise.resolve(), Promise.resolve(), Promise.resolve()];

for (const [index, file] of situations.entries()) {
	const situation = basename(file, '.veth.yaml');
	needs('dockerd')(`a real engine and a lab make the same: ${situation}`, async (t) => {
		const lane = index % lanes.length;
		const mine = (lanes[lane] ?? Promise.resolve()).then(async () => compare(t, situation));
		lanes[lane] = mine.catch(() => undefined);
		await mine;
		compared.add(situation);
	});
}

test.after('every row of explained.ts explains something', async (t) => {
	if (compared.size === situations.length) {
		const {engine} = await installed();
		const idle = explained.filter((row) => (row.engines ?? [engine]).includes(engine) && !used.has(row));
		t.deepEqual(
			idle.map(({of, why}) => `${String(of)}: ${why}`),
			[],
		);
	}
});

/** Both sides of a situation. */
interface Stage {
	readonly situation: string;
	readonly engine: DockerEngine['engine'];
	readonly real: RealEngine;
	readonly ours: Lab;
	/** PID of the lab's engine. */
	readonly process: number;
	/** What containers' name servers are asked. */
	readonly questions: ReturnType<typeof questionsOf>;
	/** MACs of the file. */
	readonly macs: readonly string[];
	/** Of hosts and containers, in the order of the file. */
	readonly names: readonly string[];
}

async function compare(t: ExecutionContext, situation: string): Promise<void> {
	const {engine, docker} = await installed();
	const text = readFileSync(join(folder, `${situation}.veth.yaml`), 'utf8').replaceAll('${ENGINE}', engine);
	const lab = labOf(text);
	const {units} = planLab(lab);
	const stage = {
		situation,
		engine,
		questions: questionsOf(lab),
		macs: text.match(/\b(?:[\da-f]{2}:){5}[\da-f]{2}\b/g) ?? [],
		names: [...lab.hosts, ...lab.services].map(({name}) => name),
	};
	const real = await RealEngine.start(units, docker);
	try {
		const ours = await sandbox.up(text, situation);
		await real.make(lab, units);
		const now = {...stage, real, ours, process: await sandbox.engine(ours.name)};
		await same(t, now, 'up');
		for (const {name, do: actions} of lab.steps) {
			for (const action of actions) {
				// oxlint-disable-next-line no-await-in-loop -- one after the other
				await Promise.all([actReally(real, action, lab), act(ours, action)]);
			}

			// oxlint-disable-next-line no-await-in-loop -- as above
			await same(t, now, name);
		}

		await ours.down();
	} finally {
		await real.close();
	}
}

/**
 * The kernel takes up to two seconds to tell that a bridge lost its last port, and to find out that nobody else has an IPv6 address; the engines of a
 * Swarm take some to tell each other. All of it takes longer where the machine is busy.
 */
const settlingMs = 60_000;

async function same(t: ExecutionContext, stage: Stage, after: string): Promise<void> {
	let left: readonly string[] = [];
	await eventually(async () => {
		left = await unexplained(stage);
		return left.length === 0;
	}, settlingMs);
	t.true(left.length === 0, [`${stage.situation}, ${after}`, ...left].join('\n'));
}

async function unexplained({situation, engine, real, ours, process, macs, names, questions}: Stage): Promise<readonly string[]> {
	const [theirs, own] = await Promise.all([real.nodes(), nodesOf(ours, process)]);
	const inOrder = (nodes: readonly NodeAt[]): readonly NodeAt[] => nodes.toSorted((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
	const [found, made] = await Promise.all(
		[theirs, own].map(async (nodes) => new Map([...(await factsOf(inOrder(nodes), macs)), ...(await answers(nodes, questions))])),
	);
	return differences(found ?? new Map(), made ?? new Map()).flatMap((difference) => {
		const row = explained.find((one) => explains(one, difference, {engine, situation}));
		if (row !== undefined) {
			used.add(row);
		}

		return row === undefined ? [told(difference)] : [];
	});
}

async function factsOf(nodes: readonly NodeAt[], macs: readonly string[]): Promise<Facts> {
	return facts(await Promise.all(nodes.map(async (node) => collect(node))), macs);
}

/** Hosts, their containers that run, and the places of overlay networks, which the lab's engine keeps. */
async function nodesOf(lab: Lab, engine: number): Promise<readonly NodeAt[]> {
	const view = await lab.client.call('view', {});
	const processes = view.hosts.flatMap(({name: host, containers}) => [
		{name: host, isHost: true},
		...containers.filter(({state}) => state === 'running').map(({name}) => ({name, isHost: false})),
	]);
	const inodes = async (node: string): Promise<Inodes> => lab.client.call('namespaces', {node});
	return Promise.all([
		...processes.map(async (node) => ({...node, ...processIn(await inodes(node.name))})),
		...overlayPlaces(view).map(async ({name}) => ({name, isHost: false, ...heldBy(engine, (await inodes(name)).net)})),
	]);
}

type Doable = Extract<Action, {readonly do: 'start' | 'stop' | 'restart' | 'remove' | 'connect' | 'disconnect' | 'remove_network' | 'daemon'}>;

function doable(action: Action): Doable {
	switch (action.do) {
		case 'start':
		case 'stop':
		case 'restart':
		case 'remove':
		case 'connect':
		case 'disconnect':
		case 'remove_network': {
			return action;
		}

		case 'daemon': {
			if (action.action === 'restart') {
				return action;
			}

			throw new Error(`a situation does not ${action.action} an engine`);
		}

		default: {
			throw new Error(`a situation does not ${action.do}`);
		}
	}
}

async function act(lab: Lab, action: Action): Promise<void> {
	await lab.client.call('act', {action: doable(action)});
}

async function actReally(real: RealEngine, action: Action, lab: ReturnType<typeof labOf>): Promise<void> {
	const known = doable(action);
	if (known.do === 'daemon') {
		await real.restart(known.host);
	} else {
		await real.docker(dockerWords(known), hostOf(lab, known.do === 'remove_network' ? `network:${known.network}` : `container:${known.service}`));
	}
}

function dockerWords(known: Exclude<Doable, {readonly do: 'daemon'}>): string {
	switch (known.do) {
		case 'remove': {
			return line('docker', 'rm', '-f', known.service);
		}

		case 'connect':
		case 'disconnect': {
			return line('docker', 'network', known.do, known.network, known.service);
		}

		case 'remove_network': {
			return line('docker', 'network', 'rm', known.network);
		}

		default: {
			return line('docker', known.do, known.service);
		}
	}
}
