// The same scenario made by a real Docker engine and by a lab, and what Linux then holds compared: a difference that explained.ts does not explain is a
// mistake of ours. A situation is one file in situations/; its steps are done on both sides. Where there is no dockerd that can be compared with,
// these tests are skipped, and say so.
import {readdirSync, readFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {packageFile} from '../../src/base/paths.ts';
import {planLab} from '../../src/drivers/index.ts';
import type {Action, DockerEngine} from '../../src/model/lab.ts';
import {line} from '../../src/plan/shell.ts';
import {eventually, Sandbox, type Lab} from '../e2e/lab.ts';
import {labOf} from '../e2e/read.ts';
import {needs} from '../needs.ts';
import {collect, processIn, type NodeProcess} from './collect.ts';
import {differences, explains, told, type Explained} from './differences.ts';
import {explained} from './explained.ts';
import {facts, type Facts} from './normal.ts';
import {answers, questionsOf} from './questions.ts';
import {installed, RealEngine} from './real-engine.ts';

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
	/** What containers' name servers are asked. */
	readonly questions: ReturnType<typeof questionsOf>;
	/** MACs of the file. */
	readonly macs: readonly string[];
	/** Of the host and its containers, in the order of the file. */
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
		names: ['h1', ...lab.services.map(({name}) => name)],
	};
	const real = await RealEngine.start(units, docker);
	try {
		const ours = await sandbox.up(text, situation);
		for (const command of units.filter(({id}) => !id.startsWith('docker:')).flatMap((unit) => unit.docker ?? [])) {
			// oxlint-disable-next-line no-await-in-loop -- the order decides the addresses
			await real.docker(command);
		}

		await same(t, {...stage, real, ours}, 'up');
		for (const {name, do: actions} of lab.steps) {
			for (const action of actions) {
				// oxlint-disable-next-line no-await-in-loop -- one after the other
				await Promise.all([actReally(real, action), act(ours, action)]);
			}

			// oxlint-disable-next-line no-await-in-loop -- as above
			await same(t, {...stage, real, ours}, name);
		}

		await ours.down();
	} finally {
		await real.close();
	}
}

/** The kernel takes up to two seconds to tell that a bridge lost its last port, and to find out that nobody else has an IPv6 address. */
const settlingMs = 5000;

async function same(t: ExecutionContext, stage: Stage, after: string): Promise<void> {
	let left: readonly string[] = [];
	await eventually(async () => {
		left = await unexplained(stage);
		return left.length === 0;
	}, settlingMs);
	t.true(left.length === 0, [`${stage.situation}, ${after}`, ...left].join('\n'));
}

async function unexplained({situation, engine, real, ours, macs, names, questions}: Stage): Promise<readonly string[]> {
	const [theirs, own] = await Promise.all([real.nodes(), nodesOf(ours)]);
	const inOrder = (nodes: readonly NodeProcess[]): readonly NodeProcess[] => nodes.toSorted((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
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

async function factsOf(nodes: readonly NodeProcess[], macs: readonly string[]): Promise<Facts> {
	return facts(await Promise.all(nodes.map(async (node) => collect(node))), macs);
}

/** The host and its containers that run. */
async function nodesOf(lab: Lab): Promise<readonly NodeProcess[]> {
	const {hosts} = await lab.client.call('view', {});
	const names = hosts.flatMap(({name, containers}) => [name, ...containers.filter(({state}) => state === 'running').map((one) => one.name)]);
	return Promise.all(names.map(async (name) => ({name, pid: processIn(await lab.client.call('namespaces', {node: name}))})));
}

type Doable = Extract<Action, {readonly do: 'start' | 'stop' | 'restart' | 'remove' | 'connect' | 'disconnect' | 'daemon'}>;

function doable(action: Action): Doable {
	switch (action.do) {
		case 'start':
		case 'stop':
		case 'restart':
		case 'remove':
		case 'connect':
		case 'disconnect': {
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

async function actReally(real: RealEngine, action: Action): Promise<void> {
	const known = doable(action);
	await (known.do === 'daemon' ? real.restart() : real.docker(dockerWords(known)));
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

		default: {
			return line('docker', known.do, known.service);
		}
	}
}
