// The machine's own Docker, one engine for each host, in a room of their own (room.sh): they get the machines that our plan's script makes and the
// commands that our plan says for docker, so that those words are tried too. What they make ends with the room.
import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {basename, delimiter, join} from 'node:path';
import {childrenOf, processId} from '../../src/api/process-id.ts';
import {packageFile} from '../../src/base/paths.ts';
import {profiles} from '../../src/drivers/profiles.ts';
import {hostsOf} from '../../src/drivers/index.ts';
import {swarmHosts} from '../../src/drivers/swarm.ts';
import type {DockerEngine, Lab} from '../../src/model/lab.ts';
import type {Unit} from '../../src/plan/op.ts';
import {renderPlan} from '../../src/plan/render.ts';
import {labWeb} from '../../src/plan/serve.ts';
import {quote} from '../../src/plan/shell.ts';
import {eventually, run, type Ran} from '../e2e/lab.ts';
import {processIn, type NodeAt} from './collect.ts';

const script = packageFile('test/differential/room.sh');
/** Where cgroups are: version 2, or a folder for each controller of version 1 (cgroups(7)). */
const cgroups = '/sys/fs/cgroup';

/**
 * Who is on the host `$1`, a line each: dockerd and containers with the numbers of their network and mount namespaces, and the places of overlay networks,
 * under the names that a lab gives them, with their paths.
 */
const whoIsOn = `
{
	echo "$1 $(cat "/run/$1/docker.pid")"
	"$DOCKER" ps -q | xargs -r "$DOCKER" inspect -f '{{.Name}} {{.State.Pid}}'
} | while read -r name pid; do echo "\${name#/} $(readlink "/proc/$pid/ns/net" "/proc/$pid/ns/mnt" | tr -dc '0-9\\n' | tr '\\n' ' ')"; done
engine=/proc/$(cat "/run/$1/docker.pid")/root
for place in "$engine/run/$1"/netns/1-*; do
	vni=$(nsenter --net="$place" ip -d link show dev vxlan0 2>/dev/null | sed -n 's/.*vxlan id \\([0-9]*\\).*/\\1/p')
	[ -z "$vni" ] || echo "$1:vxlan$vni \${place#"$engine"}"
done
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
	/** First process of the room. */
	readonly #room: number;
	/** Path of the client. */
	readonly #client: string;
	/** Where commands are typed that are about no host is the first. */
	readonly #hosts: readonly string[];

	private constructor(room: {readonly folder: string; readonly box: ChildProcess; readonly pid: number}, client: string, hosts: readonly string[]) {
		this.#folder = room.folder;
		this.#box = room.box;
		this.#room = room.pid;
		this.#client = client;
		this.#hosts = hosts;
	}

	/** Makes the hosts of these units and starts an engine on each, as the units docker:HOST say. Its images are lab/tools and lab/web; `docker`: path of its client. */
	static async start(units: readonly Unit[], docker: string): Promise<RealEngine> {
		const folder = mkdtempSync(join(tmpdir(), 'vethlab-docker-'));
		const machines = units.filter(({id}) => id.startsWith('lan:') || id.startsWith('host:'));
		writeFileSync(join(folder, 'machines.sh'), renderPlan(machines, 'ip'));
		const engines = units.filter(({id}) => id.startsWith('docker:'));
		const hosts = engines.map(({id}) => id.replace('docker:', ''));
		// "h1 --icc=false"
		writeFileSync(
			join(folder, 'hosts'),
			engines.map(({docker: [command = ''] = []}, index) => `${command.replace('dockerd', hosts[index] ?? '')}\n`).join(''),
		);
		const room = ['--net', '--mount', '--pid', '--ipc', '--fork', '--kill-child', '--mount-proc', 'sh', script, 'open'];
		const box = spawn('unshare', [...room, folder, basename(folder)], {stdio: ['ignore', 'pipe', 'inherit']});
		let said = '';
		box.stdout.setEncoding('utf8').on('data', (text: string) => {
			said += text;
		});
		await eventually(() => said.split('\n').length > hosts.length || box.exitCode !== null, 90_000);
		const own = processId(box.pid ?? 0);
		const first = own === undefined ? undefined : childrenOf(own)[0];
		if (first === undefined || box.exitCode !== null) {
			const logs = hosts.map((host) => join(folder, `${host}.log`)).filter((log) => existsSync(log));
			const why = logs.map((log) => readFileSync(log, 'utf8')).join('');
			await clear(folder);
			throw new Error(`dockerd did not start: ${why}`);
		}

		const engine = new RealEngine({folder, box, pid: first.pid}, docker, hosts);
		try {
			await engine.#images();
			return engine;
		} catch (error) {
			await engine.close();
			throw error;
		}
	}

	/** Does what the units say for docker, each command on the host that it is about. */
	async make(lab: Lab, units: readonly Unit[]): Promise<void> {
		const of = (kind: string): readonly Unit[] => units.filter(({id}) => id.startsWith(`${kind}:`));
		await this.#join(of('swarm'));
		await this.#do(lab, of('network'));
		await this.#removeIngress(of('swarm'));
		await this.#do(lab, of('container'));
	}

	async #do(lab: Lab, units: readonly Unit[]): Promise<void> {
		for (const {id, docker = []} of units) {
			for (const command of docker) {
				// oxlint-disable-next-line no-await-in-loop -- the order decides the addresses
				await this.docker(command, hostOf(lab, id));
			}
		}
	}

	/** Runs a command line that begins with `docker`. Throws when it fails. */
	async docker(line: string, host = this.#hosts[0] ?? ''): Promise<string> {
		const {exit, stdout, stderr} = await this.#run(line.replace(/^docker/, '"$DOCKER"'), host);
		if (exit !== 0) {
			throw new Error(`${line} ended with ${exit}: ${stderr}`);
		}

		return stdout;
	}

	/** Ends an engine as a service is ended, with its containers, and starts it with the same flags. */
	async restart(host: string): Promise<void> {
		const ready = once(this.#box.stdout ?? this.#box, 'data');
		// its socket goes when it has ended
		await this.#run('touch "/run/$1/again"; kill "$(cat "/run/$1/docker.pid")"', host);
		await Promise.race([ready, once(this.#box, 'exit')]);
	}

	/** What an engine has said until now. */
	log(host = this.#hosts[0] ?? ''): string {
		return readFileSync(join(this.#folder, `${host}.log`), 'utf8');
	}

	/** The hosts, their containers that run, and the places of overlay networks. */
	async nodes(): Promise<readonly NodeAt[]> {
		const told = await Promise.all(this.#hosts.map(async (host) => this.#run(whoIsOn, host)));
		return told.flatMap(({stdout}) => {
			const [own = '', ...others] = stdout.trim().split('\n');
			const engine = atOf(own);
			// who is not in the engine's mount namespace does not see the places that it has made there
			return [
				{...engine, isHost: true},
				...others.map((line) =>
					line.includes(' /')
						? {name: line.replace(/ .*/, ''), isHost: false, net: line.replace(/.* /, `/proc/${engine.pid}/root`)}
						: {...atOf(line), isHost: false},
				),
			];
		});
	}

	/** Ends them, and takes away the cgroups, which are the machine's. */
	async close(): Promise<void> {
		this.#box.kill('SIGKILL');
		await once(this.#box, 'exit');
		await clear(this.#folder);
	}

	async #run(words: string, host: string): Promise<Ran> {
		const client = [`DOCKER_HOST=unix:///run/${host}/docker.sock`, 'DOCKER_CONFIG=/run', `DOCKER=${this.#client}`];
		return run(['env', ...client, 'nsenter', '--target', String(this.#room), '--mount', '--pid', 'sh', '-c', words, 'sh', host]);
	}

	/** Makes one swarm of the hosts of these units. */
	async #join(units: readonly Unit[]): Promise<void> {
		let token = '';
		for (const {id, docker: [command = ''] = []} of units) {
			const host = id.replace('swarm:', '');
			// oxlint-disable-next-line no-await-in-loop -- who joins needs the token of the first
			await this.docker(command.replace('TOKEN', token), host);
			// oxlint-disable-next-line no-await-in-loop -- as above
			token ||= (await this.docker('docker swarm join-token -q worker', host)).trim();
		}
	}

	/** A lab has no ingress. Until the other networks are there it keeps the first number and subnet from them; then it would have an address of each docker_gwbridge. */
	async #removeIngress(units: readonly Unit[]): Promise<void> {
		const hosts = units.map(({id}) => id.replace('swarm:', ''));
		// it fails until the network is there
		const has = async (host: string): Promise<boolean> =>
			(await this.#run(`"$DOCKER" network inspect -f '{{len .Containers}}' docker_gwbridge`, host)).stdout.trim() === '1';
		const all = async (): Promise<readonly boolean[]> => Promise.all(hosts.map(has));
		if (hosts.length > 0) {
			await eventually(async () => (await all()).every(Boolean));
			await this.docker('echo y | "$DOCKER" network rm ingress', hosts[0]);
			await eventually(async () => !(await all()).some(Boolean));
		}
	}

	/** On each host, from our static program, which is all that a container of these tests runs. */
	async #images(): Promise<void> {
		const folder = join(this.#folder, 'image');
		mkdirSync(folder);
		cpSync(packageFile('native/build/lab-web'), join(folder, labWeb));
		await run(['tar', '-C', folder, '-cf', join(this.#folder, 'image.tar'), '.']);
		const commands = {tools: ['pause'], web: ['serve', 'http:80']};
		const imports = Object.entries(commands).map(
			([image, args]) => `docker import -c ${quote(`CMD ${JSON.stringify([labWeb, ...args])}`)} ${quote(join(this.#folder, 'image.tar'))} lab/${image}`,
		);
		await Promise.all(this.#hosts.flatMap((host) => imports.map(async (command) => this.docker(command, host))));
	}
}

/** The host on which somebody would type what is said for docker of this unit: of a network that is on several, the first of the Swarm, its manager. */
export function hostOf(lab: Lab, unit: string): string | undefined {
	const [kind, name] = unit.split(':');
	const network = lab.networks.find((one) => kind === 'network' && one.name === name);
	return network === undefined
		? lab.services.find((one) => one.name === name)?.host
		: network.driver === 'overlay'
			? swarmHosts(lab)[0]?.name
			: hostsOf(network)[0];
}

/** Of a line with a name and numbers of namespaces. */
function atOf(line: string): {readonly name: string; readonly net: string; readonly pid: number} {
	const [name = '', net = '', mnt = ''] = line.split(' ');
	return {name, ...processIn({net, mnt})};
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
