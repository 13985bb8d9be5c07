// A container: its folders and bundle, crun to start it on its host, its output, its end. What the bundle says: bundle.ts.
import {readFileSync, rmSync, writeFileSync} from 'node:fs';
import {setTimeout} from 'node:timers/promises';
import {LabError} from '../base/errors.ts';
import type {Native} from '../../native/index.ts';
import type {ContainerSpec} from '../plan/op.ts';
import {bundle} from './bundle.ts';
import {containerCapabilities} from './capabilities.ts';
import {Child, exitCode, said, signals} from './child.ts';
import {started, type Crun} from './crun.ts';
import type {LabHost} from './host.ts';
import {imageMounts, makeRoot, type Base} from './image.ts';
import type {Place} from './node.ts';
import {fileMounts} from './script.ts';
import {pipeLines} from './streams.ts';
import type {Surroundings} from './surroundings.ts';
import {userIds} from './users.ts';

const longestLineBytes = 16_384;
/** How long after its start a program may take until it listens to signals, in milliseconds. */
const settleMs = 1000;
const pollMs = 2;

export interface ContainerPlan {
	readonly spec: ContainerSpec;
	readonly host: LabHost;
	/** Its network namespace as a path. */
	readonly netns: string;
	/** Holds the bundle, root/ and layers/. */
	readonly folder: string;
	/** Holds its hosts, resolv.conf and hostname. */
	readonly files: string;
	readonly base: Base;
	readonly surroundings: Surroundings;
	readonly crun: Crun;
	/** The folder of crun's state. */
	readonly state: string;
	readonly log: (stream: 'stdout' | 'stderr', line: string) => void;
}

export class Container {
	readonly place: Place;
	/** Exit code; 128 + n after signal n. */
	readonly ended: Promise<number>;
	#isRunning = true;
	#isStopping = false;
	readonly #startedMs = performance.now();

	private constructor(place: Place, ended: Promise<number>) {
		this.place = place;
		this.ended = ended.then((exit) => {
			this.#isRunning = false;
			return exit;
		});
	}

	get isRunning(): boolean {
		return this.#isRunning;
	}

	/** Rejects with E_RUNTIME and crun's own words. What the container wrote before it was stopped is there again. */
	static async start(native: Native, plan: ContainerPlan): Promise<Container> {
		const {spec, host} = plan;
		const place: Omit<Place, 'pid'> = {
			name: spec.name,
			host,
			capabilities: containerCapabilities(spec.capAdd, spec.capDrop, plan.surroundings.capabilities),
			env: environment(spec),
			cwd: spec.workingDir,
			...userIds(spec.user, plan.surroundings),
		};
		makeRoot(native, plan.base, plan.folder);
		writeFileSync(`${plan.folder}/config.json`, configuration(plan, place));
		const pidFile = `${plan.folder}/pid`;
		const log = `${plan.folder}/crun.log`;
		const release = host.expectOrphan();
		try {
			const exit = await runCrun(native, plan, [
				'--log',
				log,
				'--log-format',
				'json',
				'--cgroup-manager',
				'disabled',
				'--root',
				plan.state,
				'run',
				'--detach',
				'--no-new-keyring',
				'--bundle',
				plan.folder,
				'--pid-file',
				pidFile,
				spec.id,
			]);
			if (exit !== 0) {
				const words = lastWords(log);
				// crun tells an errno only as text (strerror(3))
				throw new LabError(words?.endsWith('No space left on device') === true ? 'E_SPACE' : 'E_RUNTIME', {
					doing: `start ${spec.name} on ${host.name}`,
					said: words ?? `crun ended with ${exit}`,
				});
			}

			const pid = Number(readFileSync(pidFile, 'utf8'));
			return new Container({...place, pid}, host.exitOf(pid).then(exitCode));
		} catch (error) {
			rmSync(`${plan.state}/${spec.id}`, {recursive: true, force: true});
			throw error;
		} finally {
			release();
		}
	}

	/** Its end was asked for. */
	get isStopping(): boolean {
		return this.#isStopping;
	}

	kill(signal: number): void {
		if (this.#isRunning) {
			this.place.host.kill(this.place.pid, signal);
		}
	}

	/** Until it listens to SIGTERM or has had its time to begin: the first process of a PID namespace loses a signal that it has no handler for (pid_namespaces(7)). */
	async #settled(): Promise<void> {
		while (this.#isRunning && performance.now() - this.#startedMs < settleMs && !catches(this.place, signals.TERM)) {
			// oxlint-disable-next-line no-await-in-loop -- a process tells nobody when it begins to listen
			await setTimeout(pollMs);
		}
	}

	/** As `docker stop`: SIGTERM, and SIGKILL after `graceMs` (0: at once). Resolves with the exit code when it has ended. */
	async stop(graceMs: number): Promise<number> {
		this.#isStopping = true;
		if (graceMs > 0) {
			await this.#settled();
		}

		this.kill(graceMs === 0 ? signals.KILL : signals.TERM);
		const timer = new AbortController();
		void setTimeout(graceMs, undefined, {signal: timer.signal}).then(
			() => {
				this.kill(signals.KILL);
			},
			() => undefined,
		);
		const exit = await this.ended;
		timer.abort();
		return exit;
	}
}

function configuration(plan: ContainerPlan, place: Omit<Place, 'pid'>): string {
	const {spec} = plan;
	return bundle({
		...place,
		args: spec.args,
		hostname: spec.hostname,
		domainname: spec.domainname,
		ownUts: spec.uts === 'own',
		netns: plan.netns,
		sysctls: sysctlsFor(spec, plan.surroundings),
		root: `${plan.folder}/root`,
		readOnly: spec.readOnly,
		mounts: [...imageMounts(plan.base, plan.folder, spec.readOnly), ...fileMounts(plan.files)],
		ptsOptions: plan.surroundings.ptsOptions,
	});
}

/** Runs crun on the host; the container inherits two pipes of ours, whose lines go to the log. Resolves with crun's exit code. */
async function runCrun(native: Native, plan: ContainerPlan, args: readonly string[]): Promise<number> {
	const {host, spec} = plan;
	const out = native.pipe();
	const err = native.pipe();
	const {pid, uts} = host.namespaces;
	try {
		const crun = await Child.start(native, {
			...started(plan.crun, ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'], [-1, out.write, err.write]),
			args: ['crun', ...args],
			enter: {pid, uts, mnt: host.view},
		});
		for (const [stream, fd] of [
			['stdout', out.read],
			['stderr', err.read],
		] as const) {
			pipeLines(native, fd, longestLineBytes, (line) => {
				plan.log(stream, line);
			});
		}

		return await crun.ended;
	} catch (error) {
		[out.read, err.read].forEach((fd) => {
			native.close(fd);
		});
		throw new LabError('E_RUNTIME', {doing: `start ${spec.name} on ${host.name}`, said: said(error), cause: error});
	} finally {
		[out.write, err.write].forEach((fd) => {
			native.close(fd);
		});
	}
}

/** Who may ping without rights is a range of groups, and the kernel takes only groups that the box has. Docker leaves the range out in a user namespace; ours is as wide as can be. */
export function sysctlsFor({sysctls}: ContainerSpec, {lastGroup}: Surroundings): Readonly<Record<string, string>> {
	const key = 'net.ipv4.ping_group_range';
	const [first, last] = (sysctls[key] ?? '').split(/\s+/).map(Number);
	return first === undefined || last === undefined ? sysctls : {...sysctls, [key]: `${Math.min(first, lastGroup)} ${Math.min(last, lastGroup)}`};
}

/** Whether a place's first process has a handler for a signal (proc_pid_status(5), SigCgt: bit n - 1 for signal n). */
function catches({host, pid}: Place, signal: number): boolean {
	try {
		const caught = /^SigCgt:\s*([\da-f]+)$/m.exec(readFileSync(host.path(pid, 'status'), 'utf8'))?.[1] ?? '0';
		return (BigInt(`0x${caught}`) & (1n << BigInt(signal - 1))) !== 0n;
	} catch {
		return false;
	}
}

function environment(spec: ContainerSpec): readonly string[] {
	return Object.entries({HOME: '/root', ...spec.environment}).map(([name, value]) => `${name}=${value}`);
}

/** What crun wrote last into its log, a JSON object a line. */
function lastWords(log: string): string | undefined {
	try {
		const lines = readFileSync(log, 'utf8').trim().split('\n');
		const entry: unknown = JSON.parse(lines.at(-1) ?? '');
		return typeof entry === 'object' && entry !== null && 'msg' in entry && typeof entry.msg === 'string' ? entry.msg : undefined;
	} catch {
		return undefined;
	}
}
