// The floor: what the same objects cost when a program makes them that does nothing else. It takes the same plan, and then asks the kernel, iptables-restore
// and crun for it as directly as can be: no outcome of each op, no undo, no logs, nothing awaited that another step does not need.
import {proxyArguments} from '../../plan/docker-proxy.ts';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Native} from '../../../native/index.ts';
import {LabError} from '../../base/errors.ts';
import {packageFile} from '../../base/paths.ts';
import type {NetnsName, Op, OpOf, Unit, Verb} from '../../plan/op.ts';
import {labWeb} from '../../plan/serve.ts';
import {bundle} from '../../runtime/bundle.ts';
import {containerCapabilities, hostCapabilities} from '../../runtime/capabilities.ts';
import {Child} from '../../runtime/child.ts';
import {capture} from '../../runtime/command.ts';
import {sysctlsFor} from '../../runtime/container.ts';
import {LabHost} from '../../runtime/host.ts';
import {imageMounts, makeBase, makeRoot, type Base} from '../../runtime/image.ts';
import {machineOf} from '../../runtime/node.ts';
import {findProgram} from '../../runtime/programs.ts';
import {fileMounts} from '../../runtime/script.ts';
import {lookAround} from '../../runtime/surroundings.ts';
import {probeArguments, probeResult} from '../probing.ts';
import {FloorNetwork} from './floor-network.ts';
import type {Job} from './main.ts';

const crunAtOnce = 4;
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
	const crun = findProgram('crun');
	const around = lookAround();
	const web = packageFile('native/build/lab-web');
	const base = makeBase(join(scratch, 'base'), {kind: 'overlay', isRootless: around.isRootless}, {[labWeb]: web, '/usr/local/bin/httpd': web});
	const hosts = new Map<string, Entrance>();
	return {
		async go() {
			await network.addNamespaces();
			const wired = Promise.all([network.wire(), network.restore()]);
			writeFiles(ops, scratch);
			const containers = of(ops, 'container.start').map((op) => ({
				op,
				folder: makeBundle(op, {scratch, base, around, netns: network.path(op.container.netns, join(scratch, 'proc'))}),
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
					startContainer(native, {crun, scratch, folder, id: op.container.id, at: entranceOf(hosts, op.container.host)}),
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

function of<V extends Verb>(ops: readonly Op[], verb: V): readonly OpOf<V>[] {
	return ops.filter((op): op is OpOf<V> => op.do === verb);
}

function entranceOf(hosts: ReadonlyMap<string, Entrance>, name: string): Entrance {
	const found = hosts.get(name);
	if (found === undefined) {
		throw new LabError('E_NAME_UNKNOWN', {doing: `look for host ${name}`});
	}

	return found;
}

function filesFolder(scratch: string, node: string): string {
	return join(scratch, 'files', node);
}

function writeFiles(ops: readonly Op[], scratch: string): void {
	const files = of(ops, 'file.write');
	for (const node of new Set(files.map((op) => op.node))) {
		mkdirSync(filesFolder(scratch, node), {recursive: true});
	}

	for (const {node, file, content} of files) {
		writeFileSync(join(filesFolder(scratch, node), file), content);
	}
}

function makeBundle(
	{container}: OpOf<'container.start'>,
	{scratch, base, around, netns}: {readonly scratch: string; readonly base: Base; readonly around: ReturnType<typeof lookAround>; readonly netns: NetnsName},
): string {
	const folder = join(scratch, 'containers', container.name);
	makeRoot(base, folder);
	const text = bundle({
		...container,
		env: Object.entries({HOME: '/root', ...container.environment}).map(([name, value]) => `${name}=${value}`),
		cwd: container.workingDir,
		uid: 0,
		gid: 0,
		capabilities: containerCapabilities(container.capAdd, container.capDrop, around.capabilities),
		ownUts: container.uts === 'own',
		netns,
		sysctls: sysctlsFor(container, around),
		root: join(folder, 'root'),
		mounts: [...imageMounts(base, folder, container.readOnly), ...fileMounts(filesFolder(scratch, container.filesOf))],
		ptsOptions: around.ptsOptions,
	});
	writeFileSync(join(folder, 'config.json'), text);
	return folder;
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
	const folder = join(scratch, 'hosts', name);
	makeRoot(base, folder);
	const host = await LabHost.start(native, {
		name,
		netns,
		folder,
		files: filesFolder(scratch, name),
		base,
		ptsOptions,
		labInit: packageFile('native/build/lab-init'),
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
	{crun, scratch, folder, id, at}: {readonly crun: string; readonly scratch: string; readonly folder: string; readonly id: string; readonly at: Entrance},
): Promise<void> {
	const log = join(folder, 'crun.log');
	const args = [
		'crun',
		'--log',
		log,
		'--cgroup-manager',
		'disabled',
		'--root',
		join(scratch, 'crun'),
		'run',
		'--detach',
		'--no-new-keyring',
		'--bundle',
		folder,
		id,
	];
	const child = await Child.start(native, {file: crun, args, env: [searchPath], stdio: [-1, -1, -1], enter: {pid: at.pid, uts: at.uts, mnt: at.host.view}});
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
