// Everything of a lab that is a process: hosts, containers, proxies, servers, and commands that people run in them. The networks are kernel/'s.
// To add a verb: its cases in verbs.ts, `#do` and `#undo`.
import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import {LabError} from '../base/errors.ts';
import {packageFile} from '../base/paths.ts';
import type {Outcome} from '../kernel/machine.ts';
import type {ProxyRecord} from '../model/connections/proxied.ts';
import type {ObservedProcess} from '../model/observed.ts';
import type {NetnsName, Op, OpOf} from '../plan/op.ts';
import {labWeb, serveArguments} from '../plan/serve.ts';
import type {Native} from '../../native/index.ts';
import {hostCapabilities} from './capabilities.ts';
import {signals, type Child} from './child.ts';
import {attach, capture, startInside, type Attached, type Output, type Terminal} from './command.ts';
import {Containers} from './containers.ts';
import type {Ask} from './door.ts';
import {LabHost} from './host.ts';
import {makeBase, makeRoot, type Base} from './image.ts';
import {ownPrograms} from './own-programs.ts';
import {machineOf, namespaceInodes, processesOf, socketOwnersOf, withVariables, type Place, type Variables} from './node.ts';
import {NodeFiles} from './node-files.ts';
import {runInOrder} from './order.ts';
import {Ports} from './ports.ts';
import {signalByName, type SentSignal} from './signal.ts';
import {lookAround, type Surroundings} from './surroundings.ts';
import {doing, runtimeOps, serverKey, touches, type RuntimeOp} from './verbs.ts';

export interface RuntimeOptions {
	/** The lab's tmpfs. */
	readonly scratch: string;
	/** Descriptor of a network namespace. */
	readonly netnsFd: (name: NetnsName) => number;
	/** The same as a path that is valid in every mount namespace of the box. */
	readonly netnsPath: (name: NetnsName) => string;
	/** Path of crun. */
	readonly crun: string;
	readonly log: (line: {readonly atMs: number; readonly node: string; readonly stream: 'stdout' | 'stderr'; readonly text: string}) => void;
	/** A command of the lab's, typed on a host. */
	readonly ask: Ask;
	/** A container ended without `stop` or undo. */
	readonly onExit: (container: string, exitCode: number) => void;
}

export class Runtime {
	readonly #native: Native;
	readonly #options: RuntimeOptions;
	readonly #surroundings: Surroundings;
	readonly #hosts = new Map<string, LabHost>();
	readonly #containers: Containers;
	readonly #servers = new Map<string, Child>();
	readonly #ports: Ports;
	readonly #files: NodeFiles;
	#base: Base;

	/** Copies what the nodes share into the scratch folder. */
	constructor(native: Native, options: RuntimeOptions) {
		this.#native = native;
		this.#options = options;
		this.#surroundings = lookAround();
		this.#containers = new Containers(native, options);
		this.#files = new NodeFiles(join(options.scratch, 'files'));
		this.#ports = new Ports(native, packageFile('native/build/docker-proxy'));
		const {isRootless, mayChangeGroups} = this.#surroundings;
		this.#base = makeBase(join(options.scratch, 'base'), {kind: 'overlay', isRootless}, ownPrograms(mayChangeGroups));
	}

	/** As Machine.do. Ops that touch different hosts, containers or ports are done at the same time. */
	async do(ops: readonly Op[]): Promise<readonly Outcome[]> {
		return runInOrder(
			runtimeOps(ops).map((op) => ({...touches(op), doing: doing(op), run: async () => this.#do(op)})),
			true,
		);
	}

	/** As Machine.undo. A container that has ended already keeps its files until `forget`, as after `docker stop`. */
	async undo(ops: readonly Op[]): Promise<readonly Outcome[]> {
		return runInOrder(
			runtimeOps(ops).map((op) => ({...touches(op), doing: `take back: ${doing(op)}`, run: async () => this.#undo(op)})),
			false,
		);
	}

	/** Runs a command in a host or container, with these variables instead of its own. Throws E_NAME_UNKNOWN, E_CONFLICT when the container does not run. */
	async exec(node: string, command: readonly string[], timeoutMs: number, env: Variables = {}): Promise<Output> {
		return capture(this.#native, withVariables(this.#place(node), env), {args: command}, timeoutMs);
	}

	/** Starts a command (empty: a shell) with its streams in the caller's hands. Throws as `exec`. */
	async attach(node: string, command: readonly string[], terminal: Terminal | undefined, env: Variables = {}): Promise<Attached> {
		return attach(this.#native, withVariables(this.#place(node), env), command, terminal);
	}

	/** Runs `lab-web probe` with these arguments in the node's network, with its files and processes. Throws as `exec`. */
	async probe(node: string, args: readonly string[], timeoutMs: number): Promise<Output> {
		return capture(this.#native, this.#place(node), {args: ['lab-web', 'probe', ...args], file: packageFile('native/build/lab-web')}, timeoutMs);
	}

	/** The first MiB of a regular file as the node sees it; undefined: it is not there. Throws as `exec`. */
	async readFile(node: string, path: string): Promise<string | undefined> {
		const place = {...this.#place(node), uid: 0, gid: 0, cwd: '/'};
		const {exit, stdout} = await capture(this.#native, place, {args: ['lab-init', 'read', path], file: packageFile('native/build/lab-init')}, 10_000);
		return exit === 0 ? stdout : undefined;
	}

	/** All processes of a host, its containers' too. Throws E_NAME_UNKNOWN. */
	processes(host: string): readonly ObservedProcess[] {
		return processesOf(this.#host(host));
	}

	/** Who holds which socket on a host: socket inode -> process. Throws E_NAME_UNKNOWN. */
	socketOwners(host: string): ReadonlyMap<number, {readonly pid: number; readonly name: string}> {
		return socketOwnersOf(this.#host(host));
	}

	/** Inode numbers of a node's namespaces, and of its /etc/hosts. Throws as `exec`. */
	namespaces(node: string): ReturnType<typeof namespaceInodes> {
		return namespaceInodes(this.#place(node));
	}

	/** PID of a running container's first process, as its host sees it; undefined: it does not run. */
	pidOf(container: string): number | undefined {
		const known = this.#containers.get(container);
		return known?.isRunning === true ? known.place.pid : undefined;
	}

	/** PID of a published port's docker-proxy, as its host sees it. */
	proxyPid(published: Pick<OpOf<'port.bind'>, 'host' | 'protocol' | 'address' | 'port'>): number | undefined {
		return this.#ports.proxyPid(published);
	}

	/** The docker-proxies of a host, with what they have recorded of their calls. */
	proxyRecords(host: string): readonly ProxyRecord[] {
		return this.#ports.records(host);
	}

	/** Sends a signal to every process of that name on a host, and waits for its effect; how many there were. Throws E_NAME_UNKNOWN for the host. */
	async signal(host: string, process: string, signal: SentSignal): Promise<number> {
		return signalByName(this.#host(host), process, signal);
	}

	/** SIGTERM, then SIGKILL after the grace period; its exit code when it has ended, undefined when there is no such container. */
	async stop(container: string, graceMs: number): Promise<number | undefined> {
		return this.#containers.get(container)?.stop(graceMs);
	}

	/** Drops the files of a container that is not started: `docker rm`. */
	async forget(container: string): Promise<void> {
		await this.#containers.forget(container);
	}

	async #do(op: RuntimeOp): Promise<void> {
		switch (op.do) {
			case 'host.start': {
				return this.#startHost(op.host);
			}

			case 'file.write': {
				this.#files.write(op.node, op.file, op.content);
				return;
			}

			case 'port.bind': {
				return this.#ports.bind(op, this.#options.netnsFd(op.host));
			}

			case 'proxy.start': {
				return this.#ports.startProxy(op, this.#place(op.host));
			}

			case 'container.start': {
				return this.#startContainer(op);
			}

			case 'serve.start': {
				this.#servers.set(serverKey(op), await this.#serve(this.#place(op.host), serveArguments([op.serve])));
			}
		}
	}

	async #undo(op: RuntimeOp): Promise<void> {
		switch (op.do) {
			case 'host.start': {
				await this.#hosts.get(op.host)?.end();
				this.#hosts.delete(op.host);
				await rm(this.#hostFolder(op.host), {recursive: true, force: true});
				return;
			}

			case 'file.write': {
				this.#files.remove(op.node, op.file);
				return;
			}

			case 'port.bind': {
				this.#ports.unbind(op);
				return;
			}

			case 'proxy.start': {
				return this.#ports.stopProxy(op);
			}

			case 'container.start': {
				return this.#containers.remove(op.container);
			}

			case 'serve.start': {
				const server = this.#servers.get(serverKey(op));
				this.#servers.delete(serverKey(op));
				server?.signal(signals.KILL);
				await server?.ended;
			}
		}
	}

	async #startHost(name: string): Promise<void> {
		const folder = this.#hostFolder(name);
		makeRoot(this.#native, this.#base, folder);
		const start = async (): Promise<LabHost> =>
			LabHost.start(this.#native, {
				name,
				netns: this.#options.netnsFd(name),
				folder,
				files: this.#files.of(name),
				base: this.#base,
				ptsOptions: this.#surroundings.ptsOptions,
				labInit: packageFile('native/build/lab-init'),
				ask: this.#options.ask,
			});
		try {
			this.#hosts.set(name, await start());
		} catch (error) {
			if (this.#base.layering.kind === 'plain' || !(error instanceof LabError) || error.said?.startsWith('mount overlay') !== true) {
				throw error;
			}

			// overlayfs is not everywhere allowed (user namespaces before kernel 5.11; /usr with locked mounts below): read-only programs will do
			this.#base = {...this.#base, layering: {kind: 'plain'}};
			this.#hosts.set(name, await start());
		}
	}

	async #startContainer({container: spec}: OpOf<'container.start'>): Promise<void> {
		const container = await this.#containers.start({
			spec,
			host: this.#host(spec.host),
			netns: this.#options.netnsPath(spec.netns),
			files: this.#files.of(spec.filesOf),
			base: this.#base,
			surroundings: this.#surroundings,
			log: (stream, text) => this.#log(spec.name, stream, text),
		});
		if (spec.serve.length > 0 && spec.args[0] !== labWeb) {
			// a command of the file's own, and servers beside it: these end with the container
			await this.#serve(container.place, serveArguments(spec.serve));
		}
	}

	async #serve(place: Place, args: readonly string[]): Promise<Child> {
		return startInside(this.#native, place, {args: [labWeb, ...args], file: packageFile('native/build/lab-web')}, (text) =>
			this.#log(place.name, 'stderr', text),
		);
	}

	#log(node: string, stream: 'stdout' | 'stderr', text: string): void {
		this.#options.log({atMs: Date.now(), node, stream, text});
	}

	#hostFolder(name: string): string {
		return join(this.#options.scratch, 'hosts', name);
	}

	#host(name: string): LabHost {
		const host = this.#hosts.get(name);
		if (host === undefined) {
			throw new LabError('E_NAME_UNKNOWN', {doing: `look for host ${name}`});
		}

		return host;
	}

	#place(node: string): Place {
		const container = this.#containers.get(node);
		if (container === undefined) {
			const [host = '', part] = node.split(':');
			return machineOf(this.#host(host), hostCapabilities(this.#surroundings.capabilities), part === undefined ? undefined : this.#options.netnsFd(node));
		}

		if (!container.isRunning) {
			throw new LabError('E_CONFLICT', {doing: `enter ${node}`, said: `container ${node} is not running`});
		}

		return container.place;
	}
}
