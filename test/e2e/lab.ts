// The command line as people have it: dist/cli.js in a process of its own, with labs in a folder of its own that no person's labs are in.
// Not one of these tests' checks; those are in the *.test.ts files beside it.
import {spawn, type ChildProcess} from 'node:child_process';
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {connect, type Client} from '../../src/api/client.ts';
import type {ContainerView, Methods, Probe, ProbeResult, View} from '../../src/api/messages.ts';
import {packageFile} from '../../src/base/paths.ts';

export interface Ran {
	/** Exit code; 128 + n after signal n. */
	readonly exit: number;
	readonly stdout: string;
	readonly stderr: string;
}

export interface RunOptions {
	readonly env?: Readonly<Record<string, string | undefined>>;
	/** Standard input; none when left out. */
	readonly input?: string;
	/** Goes before node: nsenter, setpriv. */
	readonly before?: readonly string[];
	/** Called with the process as soon as there is one. */
	readonly started?: (child: ChildProcess) => void;
}

/** A command that takes longer hangs: it is killed, in milliseconds. */
const mostMs = 90_000;
/** What is answered is answered within this time, also by a machine that is busy, in milliseconds. */
const busyMs = 20_000;
/** Signal numbers that end commands here (signal(7)). */
const signalNumbers: Readonly<Record<string, number>> = {SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGKILL: 9, SIGPIPE: 13, SIGTERM: 15};

/** Runs a command to its end. */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<Ran> {
	const [file = '', ...args] = [...(options.before ?? []), ...command];
	const child = spawn(file, args, {stdio: 'pipe', env: {...process.env, ...options.env}, timeout: mostMs, killSignal: 'SIGKILL'});
	options.started?.(child);
	const texts = {stdout: '', stderr: ''};
	for (const name of ['stdout', 'stderr'] as const) {
		child[name].setEncoding('utf8').on('data', (text: string) => {
			texts[name] += text;
		});
	}

	child.stdin.on('error', () => {
		// it ended without reading
	});
	child.stdin.end(options.input ?? '');
	return new Promise((resolve, reject) => {
		child.once('error', reject);
		child.once('close', (code, signal) => {
			resolve({exit: code ?? 128 + (signalNumbers[signal ?? ''] ?? 0), ...texts});
		});
	});
}

/** A folder for labs, and the command line that uses it. */
export class Sandbox {
	/** For whatever a test writes. */
	readonly folder: string;
	/** Where the labs' sockets are. */
	readonly labs: string;
	readonly env: Readonly<Record<string, string>>;

	constructor() {
		this.folder = mkdtempSync(join(tmpdir(), 'vethlab-e2e-'));
		this.labs = join(this.folder, 'labs');
		mkdirSync(this.labs, {mode: 0o700});
		this.env = {VETHLAB_RUNTIME_DIR: this.labs, VETHLAB_FAULT: ''};
	}

	/** Runs `vethlab ARGS`. */
	async vethlab(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
		return run([process.execPath, packageFile('dist/cli.js'), ...args], {...options, env: {...this.env, ...options.env}});
	}

	/** Runs `vethlab ARGS --json` and gives back what it printed. Throws when it failed or printed something else. */
	async json(...args: readonly string[]): Promise<unknown> {
		const ran = await this.vethlab([...args, '--json']);
		must(ran, args);
		return JSON.parse(ran.stdout);
	}

	/** Brings a lab up from a file, or from the text of one, and connects to it. */
	async up(source: string, name?: string): Promise<Lab> {
		const file = source.includes('\n') ? this.write(`${name ?? 'lab'}.veth.yaml`, source) : source;
		const ran = await this.vethlab(['up', '-d', '--json', ...(name === undefined ? [] : ['--name', name]), file]);
		must(ran, ['up', file]);
		const {name: lab, socket} = JSON.parse(ran.stdout) as {readonly name: string; readonly socket: string};
		return new Lab(this, lab, await connect(socket));
	}

	/** Writes a file; returns its path. */
	write(name: string, text: string): string {
		const path = join(this.folder, name);
		writeFileSync(path, text);
		return path;
	}

	/** Names in the labs' folder. */
	left(): readonly string[] {
		return readdirSync(this.labs).toSorted();
	}

	/** The engine's process as this machine sees it. */
	async engine(name: string): Promise<number> {
		const labs = (await this.json('ls')) as readonly {readonly name: string; readonly pid: number}[];
		const found = labs.find((lab) => lab.name === name);
		if (found === undefined) {
			throw new Error(`no lab ${name} is running`);
		}

		return found.pid;
	}

	/** Ends every lab and removes the folder. */
	async close(): Promise<void> {
		must(await this.vethlab(['down', '--all']), ['down', '--all']);
		rmSync(this.folder, {recursive: true});
	}
}

/** An action without its place in a file, which only messages need. Of each member of the union: Omit of the union would keep what all have. */
type WithoutPlace<A> = A extends unknown ? Omit<A, 'at'> : never;

/** A lab that runs. */
export class Lab {
	readonly #sandbox: Sandbox;
	readonly name: string;
	readonly client: Client;

	constructor(sandbox: Sandbox, name: string, client: Client) {
		this.#sandbox = sandbox;
		this.name = name;
		this.client = client;
	}

	async vethlab(command: string, ...args: readonly string[]): Promise<Ran> {
		return this.#sandbox.vethlab([command, '--lab', this.name, ...args]);
	}

	/** Runs a command in a node by the socket. */
	async exec(where: string, ...command: readonly string[]): Promise<Ran> {
		return this.client.call('exec', {where, command, timeoutMs: busyMs});
	}

	async act(action: WithoutPlace<Methods['act']['params']['action']>): Promise<void> {
		await this.client.call('act', {action: {...action, at: {line: 0, column: 0}}});
	}

	/** What a probe came to: the body of an answer, else why there was none. Who expects that nobody answers says for how long. */
	async http(from: string, url: string, timeoutMs = busyMs): Promise<string> {
		return answer(await this.probe({kind: 'http', from, url, timeoutMs}));
	}

	/** As `http` once a server that has only just begun listens: what it comes to within some seconds, less than a neighbour's old entry would last. */
	async httpSoon(from: string, url: string): Promise<string> {
		let seen = '';
		await eventually(async () => {
			seen = await this.http(from, url);
			return seen !== 'refused';
		}, 4000);
		return seen;
	}

	/** The answer to a datagram, else why there was none. */
	async udp(from: string, to: string, port: number, timeoutMs = busyMs): Promise<string> {
		return answer(await this.probe({kind: 'udp', from, to, port, send: 'who', sourcePort: undefined, timeoutMs}));
	}

	async probe(probe: Probe): Promise<ProbeResult> {
		return this.client.call('probe', probe);
	}

	async container(name: string): Promise<ContainerView | undefined> {
		const view: View = await this.client.call('view', {});
		return view.hosts.flatMap(({containers}) => containers).find((container) => container.name === name);
	}

	/** What the kernel holds of a host, without what changes by itself: counters, neighbours, addresses that the kernel chooses. */
	async stateOf(host: string): Promise<HostState> {
		// a container that has only just started may still be the runtime that becomes it, which runs from memory: "memfd:crun"
		await eventually(async () => (await this.client.call('processes', {host})).every(({name}) => !name.endsWith('crun')));
		const [net, {chains, rules}, listeners, processes] = await Promise.all([
			this.client.call('net', {node: host}),
			this.client.call('rules', {host}),
			this.client.call('listeners', {node: host}),
			this.client.call('processes', {host}),
		]);
		return {
			links: net.links.map(({name, kind, mtu, isUp, master}) => [name, kind, mtu, isUp, master].join(' ')).toSorted(),
			addresses: net.addresses.filter(({scope}) => scope !== 'link'),
			routes: net.routes.filter(({family}) => family === 4),
			chains,
			rules: rules.map(({family, table, chain, text}) => `${family} ${table} ${chain} ${text}`),
			listeners: listeners.map(({protocol, address, port, process}) => `${protocol} ${address} ${port} ${process}`).toSorted(),
			processes: processes.map(({name}) => name).toSorted(),
		};
	}

	async down(): Promise<void> {
		this.client.close();
		must(await this.#sandbox.vethlab(['down', this.name]), ['down', this.name]);
	}
}

/** What stateOf gives; rules in their order. */
export interface HostState {
	readonly links: readonly string[];
	readonly addresses: readonly unknown[];
	readonly routes: readonly unknown[];
	readonly chains: readonly unknown[];
	readonly rules: readonly string[];
	readonly listeners: readonly string[];
	readonly processes: readonly string[];
}

/** The same things, whatever the order of the rules: containers that were started again come after those that were not. */
export function unordered(state: HostState): HostState {
	return {...state, rules: state.rules.toSorted()};
}

/** Looks again until it is so; whether it came to be. The time is for a machine that is busy. */
export async function eventually(look: () => Promise<boolean> | boolean, mostWaitMs = 30_000): Promise<boolean> {
	const deadline = performance.now() + mostWaitMs;
	for (;;) {
		// oxlint-disable-next-line no-await-in-loop -- looked at again
		if (await look()) {
			return true;
		}

		if (performance.now() > deadline) {
			return false;
		}

		// oxlint-disable-next-line no-await-in-loop -- looked at again
		await new Promise((resolve) => {
			setTimeout(resolve, 20);
		});
	}
}

/** Checks how a command ends; when it ends otherwise, what it has printed is shown. */
export async function endsWith(t: ExecutionContext, running: Promise<Ran>, exit = 0): Promise<void> {
	const ran = await running;
	t.is(ran.exit, exit, `${ran.stdout}${ran.stderr}`);
}

/** Checks that a probe is answered; when it is not, all that it has told is shown. */
export async function isAnswered(t: ExecutionContext, probing: Promise<ProbeResult>): Promise<void> {
	const probed = await probing;
	t.is(probed.result, 'ok', JSON.stringify(probed));
}

/** Absolute paths of all scenarios that come with vethlab. */
export function scenarios(): readonly string[] {
	const folder = packageFile('scenarios');
	return readdirSync(folder)
		.filter((name) => name.endsWith('.yaml'))
		.toSorted()
		.map((name) => join(folder, name));
}

/** A scenario's path by its name. */
export function scenario(name: string): string {
	return packageFile(`scenarios/${name}.veth.yaml`);
}

/** Words before a command for which this machine lacks a program of /usr/bin. */
export function without({folder}: Sandbox, program: string): readonly string[] {
	const real = join(folder, 'bin');
	mkdirSync(real, {recursive: true});
	return [
		'unshare',
		'--mount',
		'sh',
		'-c',
		`mount --bind /usr/bin ${real} && mount -t tmpfs tmpfs /usr/bin && ${real}/ln -s ${real}/* /usr/bin && ${real}/rm /usr/bin/${program} && exec "$@"`,
		'sh',
	];
}

/** How many descriptors a process has open. */
export function descriptors(pid: number): number {
	return readdirSync(`/proc/${pid}/fd`).length;
}

/** Command lines of this machine's processes that have a word in them. */
export function processesWith(word: string): readonly string[] {
	return readdirSync('/proc').flatMap((pid) => {
		try {
			const line = /^\d+$/.test(pid) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') : '';
			return line.includes(word) ? [line] : [];
		} catch {
			// it ended while we were looking
			return [];
		}
	});
}

function answer({result, body, said}: ProbeResult): string {
	return result === 'ok' ? (body ?? said ?? '').trim() : result;
}

function must({exit, stdout, stderr}: Ran, args: readonly string[]): void {
	if (exit !== 0) {
		throw new Error(`vethlab ${args.join(' ')} ended with ${exit}\n${stdout}${stderr}`);
	}
}
