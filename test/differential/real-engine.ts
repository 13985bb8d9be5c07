// The machine's own Docker engine, in a room of its own (room.sh): it gets the machine that our plan's script makes and the commands that our plan
// says for docker, so that those words are tried too. What it makes ends with the room.
import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {basename, delimiter, join} from 'node:path';
import {childrenOf, processId} from '../../src/api/process-id.ts';
import {packageFile} from '../../src/base/paths.ts';
import {profiles} from '../../src/drivers/profiles.ts';
import type {DockerEngine} from '../../src/model/lab.ts';
import type {Unit} from '../../src/plan/op.ts';
import {renderPlan} from '../../src/plan/render.ts';
import {labWeb} from '../../src/plan/serve.ts';
import {quote} from '../../src/plan/shell.ts';
import {eventually, run} from '../e2e/lab.ts';
import {processIn, type NodeProcess} from './collect.ts';

const script = packageFile('test/differential/room.sh');
/** Where cgroups are: version 2, or a folder for each controller of version 1 (cgroups(7)). */
const cgroups = '/sys/fs/cgroup';

/** The namespaces of dockerd and of each container, a line each: name, network, mount. */
const whoRuns = `
{
	echo "h1 $(cat /run/docker.pid)"
	"$DOCKER" ps -q | xargs -r "$DOCKER" inspect -f '{{.Name}} {{.State.Pid}}'
} | while read -r name pid; do echo "$name $(readlink "/proc/$pid/ns/net" "/proc/$pid/ns/mnt" | tr -dc '0-9\\n' | tr '\\n' ' ')"; done
`;

/** What is installed: which profile dockerd is of, and the command line of its version. */
export interface Installed {
	readonly engine: DockerEngine['engine'];
	/** Path of `docker`: of the same version where there is one. */
	readonly docker: string;
}

/** Throws when no profile is of the engine that is installed. */
export async function installed(): Promise<Installed> {
	const version = await versionOf('dockerd');
	const engine = (['28', '20.10'] as const).find((name) => profiles[name].version.startsWith(`${version}.`));
	const clients = (process.env['PATH'] ?? '')
		.split(delimiter)
		.map((one) => join(one, 'docker'))
		.filter((one) => existsSync(one));
	const versions = await Promise.all(clients.map(versionOf));
	const docker = clients[versions.indexOf(version)] ?? clients[0];
	if (engine === undefined || docker === undefined) {
		throw new Error(`dockerd is version ${version}; ${clients.map((client, index) => `${client} ${versions[index] ?? ''}`).join(', ')}`);
	}

	return {engine, docker};
}

/** "20.10", without its last number. */
async function versionOf(program: string): Promise<string> {
	return /version (\d+\.\d+)/.exec((await run([program, '--version'])).stdout)?.[1] ?? '';
}

export class RealEngine {
	readonly #folder: string;
	readonly #box: ChildProcess;
	readonly #enter: readonly string[];

	private constructor(folder: string, box: ChildProcess, pid: number, docker: string) {
		this.#folder = folder;
		this.#box = box;
		const client = ['DOCKER_HOST=unix:///run/docker.sock', 'DOCKER_CONFIG=/run', `DOCKER=${docker}`];
		this.#enter = ['env', ...client, 'nsenter', '--target', String(pid), '--mount', '--pid', 'sh', '-c'];
	}

	/** Makes the host of these units and starts an engine on it, as the unit docker:h1 says. Its images are lab/tools and lab/web; `docker`: path of its client. */
	static async start(units: readonly Unit[], docker: string): Promise<RealEngine> {
		const folder = mkdtempSync(join(tmpdir(), 'vethlab-docker-'));
		const machine = units.filter(({id}) => id.startsWith('lan:') || id.startsWith('host:'));
		writeFileSync(join(folder, 'machine.sh'), renderPlan(machine, 'ip'));
		const [command = ''] = units.find(({id}) => id === 'docker:h1')?.docker ?? [];
		const flags = command.split(' ').slice(1);
		const room = ['--net', '--mount', '--pid', '--ipc', '--fork', '--kill-child', '--mount-proc', 'sh', script, 'open'];
		const box = spawn('unshare', [...room, folder, basename(folder), ...flags], {stdio: ['ignore', 'pipe', 'inherit']});
		await Promise.race([once(box.stdout, 'data'), once(box, 'exit')]);
		const own = processId(box.pid ?? 0);
		const first = own === undefined ? undefined : childrenOf(own)[0];
		if (first === undefined || box.exitCode !== null) {
			const log = join(folder, 'log');
			const said = existsSync(log) ? readFileSync(log, 'utf8') : '';
			await clear(folder);
			throw new Error(`dockerd did not start: ${said}`);
		}

		const engine = new RealEngine(folder, box, first.pid, docker);
		try {
			await engine.#images();
			return engine;
		} catch (error) {
			await engine.close();
			throw error;
		}
	}

	/** Runs a command line that begins with `docker`. Throws when it fails. */
	async docker(line: string): Promise<string> {
		const {exit, stdout, stderr} = await run([...this.#enter, line.replace(/^docker/, '"$DOCKER"')]);
		if (exit !== 0) {
			throw new Error(`${line} ended with ${exit}: ${stderr}`);
		}

		return stdout;
	}

	/** Ends it as a service is ended, with its containers, and starts it with the same flags. */
	async restart(): Promise<void> {
		const ready = once(this.#box.stdout ?? this.#box, 'data');
		// its socket goes when it has ended
		await run([...this.#enter, 'touch /run/again; kill "$(cat /run/docker.pid)"']);
		await Promise.race([ready, once(this.#box, 'exit')]);
	}

	/** The host, and its containers that run, by name. */
	async nodes(): Promise<readonly NodeProcess[]> {
		const {stdout} = await run([...this.#enter, whoRuns]);
		return stdout
			.trim()
			.split('\n')
			.map((line) => {
				const [name = '', net = '', mnt = ''] = line.replace(/^\//, '').split(' ');
				return {name, pid: processIn({net, mnt})};
			});
	}

	/** Ends it, and takes away the cgroups, which are the machine's. */
	async close(): Promise<void> {
		this.#box.kill('SIGKILL');
		await once(this.#box, 'exit');
		await clear(this.#folder);
	}

	/** From our static program, which is all that a container of these tests runs. */
	async #images(): Promise<void> {
		const folder = join(this.#folder, 'image');
		mkdirSync(folder);
		cpSync(packageFile('native/build/lab-web'), join(folder, labWeb));
		await run(['tar', '-C', folder, '-cf', join(this.#folder, 'image.tar'), '.']);
		const commands = {tools: ['pause'], web: ['serve', 'http:80']};
		for (const [image, args] of Object.entries(commands)) {
			const change = quote(`CMD ${JSON.stringify([labWeb, ...args])}`);
			// oxlint-disable-next-line no-await-in-loop -- two short commands
			await this.docker(`docker import -c ${change} ${quote(join(this.#folder, 'image.tar'))} lab/${image}`);
		}
	}
}

/** Takes away the folder of a room that has ended, and the cgroups of its name. */
async function clear(folder: string): Promise<void> {
	const roots = [cgroups, ...readdirSync(cgroups).map((one) => join(cgroups, one))];
	const left = roots.map((one) => join(one, basename(folder))).filter((one) => existsSync(one));
	// a cgroup can go when its last process has been reaped
	await eventually(() => left.every((one) => removed(one)));
	rmSync(folder, {recursive: true});
}

/** A cgroup's folder goes when those in it have gone; its files are the kernel's. */
function removed(folder: string): boolean {
	try {
		for (const entry of readdirSync(folder, {withFileTypes: true})) {
			if (entry.isDirectory()) {
				removed(join(folder, entry.name));
			}
		}

		rmdirSync(folder);
	} catch {
		// still in use, or gone
	}

	return !existsSync(folder);
}
