// The floor: what the same objects cost when a program makes them that does nothing else. It takes the same plan, and then asks the kernel, iptables-restore
// and crun for it as directly as can be: no outcome of each op, no undo, no logs, nothing awaited that another step does not need.
import {readFileSync} from 'node:fs';
import type {Native} from '../../../native/index.ts';
import {LabError} from '../../base/errors.ts';
import {packageFile} from '../../base/paths.ts';
import {proxyArguments} from '../../plan/docker-proxy.ts';
import type {OpOf, Unit} from '../../plan/op.ts';
import {hostCapabilities} from '../../runtime/capabilities.ts';
import {Child} from '../../runtime/child.ts';
import {capture} from '../../runtime/command.ts';
import {unchangeable, type Program} from '../../runtime/crun.ts';
import {LabHost} from '../../runtime/host.ts';
import {makeRoot, type Base} from '../../runtime/image.ts';
import {machineOf} from '../../runtime/node.ts';
import {findProgram} from '../../runtime/programs.ts';
import {lookAround} from '../../runtime/surroundings.ts';
import {probeArguments, probeResult} from '../probing.ts';
import {crunArguments, filesFolder, makeBundle, of, openWorkshop, writeFiles, type Workshop} from './bundles.ts';
import {FloorNetwork} from './floor-network.ts';
import type {Job} from './main.ts';

export const crunAtOnce = 4;
/** In milliseconds. */
const requestMs = 5000;
const searchPath = 'PATH=/usr/sbin:/usr/bin:/sbin:/bin';

interface FloorPlan {
	readonly native: Native;
	/** The box's tmpfs. */
	readonly scratch: string;
	readonly units: readonly Unit[];
	readonly requests: readonly {readonly from: string; readonly url: string}[];
}

/** Namespaces of a host, by descriptor. */
interface Entrance {
	readonly host: LabHost;
	readonly pid: number;
	readonly uts: number;
	readonly mnt: number;
}

/** Before the clock starts: the plan, the base of all root folders, and the programs' places. */
export function prepareFloor(plan: FloorPlan): Job {
	const {native, scratch, units} = plan;
	const ops = units.flatMap((unit) => unit.ops);
	const network = new FloorNetwork(native, ops, {4: findProgram('iptables-restore'), 6: findProgram('ip6tables-restore')});
	const crun = unchangeable(native, findProgram('crun'));
	const workshop = openWorkshop(native, scratch, lookAround());
	const {base, around} = workshop;
	const hosts = new Map<string, Entrance>();
	return {
		async go() {
			await network.addNamespaces();
			const wired = Promise.all([network.wire(), network.restore()]);
			writeFiles(ops, scratch);
			const containers = of(ops, 'container.start').map((op) => ({
				op,
				folder: makeBundle(op, network.path(op.container.netns, `${scratch}/proc`), workshop),
			}));
			for (const {host} of of(ops, 'host.start')) {
				const entrance = startHost(native, {name: host, netns: network.fd(host), scratch, base, ptsOptions: around.ptsOptions});
				// oxlint-disable-next-line no-await-in-loop -- a host or two
				hosts.set(host, await entrance);
			}

			await wired;
			await Promise.all([
				...of(ops, 'proxy.start').map(async (op) => startProxy(native, op, entranceOf(hosts, op.host), network.fd(op.host))),
				fewAtOnce(crunAtOnce, containers, async ({op, folder}) =>
					startContainer(native, {crun, folder, workshop, id: op.container.id, at: entranceOf(hosts, op.container.host)}),
				),
			]);
		},
		async check() {
			const answers = await Promise.all(
				plan.requests.map(async ({from, url}) => ask(native, entranceOf(hosts, from), url, hostCapabilities(around.capabilities))),
			);
			return answers.find((answer) => answer !== undefined);
		},
	};
}

function entranceOf(hosts: ReadonlyMap<string, Entrance>, name: string): Entrance {
	const found = hosts.get(name);
	if (found === undefined) {
		throw new LabError('E_NAME_UNKNOWN', {doing: `look for host ${name}`});
	}

	return found;
}

async function startHost(
	native: Native,
	{
		name,
		netns,
		scratch,
		base,
		ptsOptions,
	}: {readonly name: string; readonly netns: number; readonly scratch: string; readonly base: Base; readonly ptsOptions: readonly string[]},
): Promise<Entrance> {
	const folder = `${scratch}/hosts/${name}`;
	makeRoot(native, base, folder);
	const host = await LabHost.start(native, {
		name,
		netns,
		folder,
		files: filesFolder(scratch, name),
		base,
		ptsOptions,
		labInit: packageFile('native/build/lab-init'),
		ask: async () => ({exit: 127, stdout: [], stderr: []}),
	});
	const {pid, uts, mnt} = host.namespaces;
	return {host, pid, uts, mnt};
}

async function startProxy(native: Native, op: OpOf<'proxy.start'>, {pid, uts, mnt}: Entrance, net: number): Promise<void> {
	const args = ['/usr/bin/docker-proxy', ...proxyArguments(op)];
	await Child.start(native, {
		file: packageFile('native/build/docker-proxy'),
		openFirst: true,
		args,
		env: [],
		stdio: [-1, -1, -1],
		enter: {pid, uts, mnt, net},
	});
}

async function startContainer(
	native: Native,
	{
		crun,
		workshop,
		folder,
		id,
		at,
	}: {readonly crun: Program; readonly workshop: Workshop; readonly folder: string; readonly id: string; readonly at: Entrance},
): Promise<void> {
	const log = `${folder}/crun.log`;
	const args = ['crun', ...crunArguments(id, folder, workshop, log)];
	const child = await Child.start(native, {...crun, args, env: [searchPath], stdio: [-1, -1, -1], enter: {pid: at.pid, uts: at.uts, mnt: at.host.view}});
	const exit = await child.ended;
	if (exit !== 0) {
		throw new LabError('E_RUNTIME', {doing: `crun run ${id}`, said: readFileSync(log, 'utf8')});
	}
}

async function fewAtOnce<T>(count: number, all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
	const waiting = all.values();
	await Promise.all(
		Array.from({length: count}, async () => {
			for (const one of waiting) {
				// oxlint-disable-next-line no-await-in-loop -- so many at once and no more
				await work(one);
			}
		}),
	);
}

async function ask(native: Native, {host}: Entrance, url: string, capabilities: bigint): Promise<string | undefined> {
	const args = ['lab-web', 'probe', ...probeArguments({from: host.name, kind: 'http', url, timeoutMs: requestMs})];
	const {stdout, stderr} = await capture(native, machineOf(host, capabilities), {args, file: packageFile('native/build/lab-web')}, 2 * requestMs);
	const {result, said} = probeResult(stdout, stderr);
	return result === 'ok' ? undefined : `${url} from ${host.name}: ${said ?? result}`;
}
