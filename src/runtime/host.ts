// A lab host while it runs: the first process of its namespaces (native/lab/lab-init.c), spoken to over two pipes. Containers: container.ts.
// It has two mount namespaces. People, shells and proxies are in the one of its first process, whose root is the host's own. crun works in `view`:
// the box's mounts with the host's /proc and /sys, and none of the host's others, each of which would be copied into every container.
import {writeSync} from 'node:fs';
import type {Socket} from 'node:net';
import {join} from 'node:path';
import {LabError} from '../base/errors.ts';
import type {ExitStatus, Native} from '../../native/index.ts';
import {Child, errorCode, said, signals} from './child.ts';
import {Door} from './door.ts';
import {Exits} from './exits.ts';
import {command} from './mounts.ts';
import {hostScript, type HostPlan} from './script.ts';
import {onLines, pipeReader} from './streams.ts';

const longestEventBytes = 4096;

/** The namespaces that a place has to itself. */
export const namespaceKinds = ['pid', 'net', 'mnt', 'uts', 'ipc'] as const;
export type NamespaceKind = (typeof namespaceKinds)[number];

interface View {
	readonly proc: number;
	readonly mounts: number;
	readonly namespaces: Readonly<Record<NamespaceKind, number>>;
}

export class LabHost {
	readonly name: string;
	readonly netns: number;
	readonly #native: Native;
	readonly #init: Child;
	readonly #commands: number;
	readonly #events: Socket;
	readonly #door: Door;
	readonly #exits = new Exits();
	#view: View | undefined;

	private constructor(
		native: Native,
		plan: HostPlan,
		parts: {readonly init: Child; readonly commands: number; readonly events: number; readonly door: Door},
	) {
		this.#native = native;
		this.name = plan.name;
		this.netns = plan.netns;
		this.#init = parts.init;
		this.#commands = parts.commands;
		this.#door = parts.door;
		this.#events = pipeReader(parts.events);
	}

	/** Starts the host's first process and waits until its mounts are made. Rejects with E_RUNTIME and the mount that was refused. */
	static async start(native: Native, plan: HostPlan): Promise<LabHost> {
		const doing = `start host ${plan.name}`;
		const door = await Door.open(plan.name, join(plan.folder, 'root/run'), plan.ask);
		const commands = native.pipe();
		const events = native.pipe();
		const init = await Child.start(native, {
			file: plan.labInit,
			args: ['lab-init', 'host'],
			env: [],
			stdio: [-1, -1, -1, commands.read, events.write],
			enter: {net: plan.netns},
			create: ['pid', 'mnt', 'uts', 'ipc'],
		})
			.catch((error: unknown) => {
				door.close();
				native.close(commands.write);
				native.close(events.read);
				throw new LabError('E_RUNTIME', {doing, said: said(error), cause: error});
			})
			.finally(() => {
				native.close(commands.read);
				native.close(events.write);
			});
		const host = new LabHost(native, plan, {init, door, commands: commands.write, events: events.read});
		try {
			const ready = host.#listen(doing);
			writeSync(commands.write, hostScript(plan));
			await ready;
			writeSync(commands.write, command('sealed'));
			return host;
		} catch (error) {
			await host.end();
			throw error;
		}
	}

	/** A file of one of the host's processes, by the host's PID: `path(1, 'ns/mnt')`. Nobody on the host can take it away. Throws E_NAME_UNKNOWN when the host is gone. */
	path(pid: number, file: string): string {
		return `${this.proc}/${pid}/${file}`;
	}

	/** The host's /proc. Throws E_NAME_UNKNOWN when the host is gone. */
	get proc(): string {
		return `/proc/self/fd/${this.#views().proc}`;
	}

	/** Descriptor of the mount namespace for crun. Throws E_NAME_UNKNOWN when the host is gone. */
	get view(): number {
		return this.#views().mounts;
	}

	/** Descriptors of the namespaces of its first process, held as long as it runs. Throws E_NAME_UNKNOWN when the host is gone. */
	get namespaces(): Readonly<Record<NamespaceKind, number>> {
		return this.#views().namespaces;
	}

	/** Sends a signal by the host's PID; gone is success. Its first process sends it, which also reaps its orphans: an orphan's PID is not another's yet. */
	kill(pid: number, signal: number): void {
		try {
			writeSync(this.#commands, command('kill', pid, signal));
		} catch (error) {
			if (errorCode(error) !== 'EPIPE') {
				throw error;
			}
		}
	}

	/** Resolves when an orphan of the host has ended: a container's first process is one, as crun does not stay. */
	async exitOf(pid: number): Promise<ExitStatus> {
		return this.#exits.of(pid);
	}

	/** Until the returned function is called, exits are kept for whoever asks later. */
	expectOrphan(): () => void {
		return this.#exits.expect();
	}

	/** Kills everything on the host and waits until it is gone. */
	async end(): Promise<void> {
		this.#init.signal(signals.KILL);
		await this.#init.ended;
		this.#door.close();
		this.#exits.endAll();
		this.#events.destroy();
		const view = this.#view;
		this.#view = undefined;
		for (const fd of [this.#commands, ...(view === undefined ? [] : [view.proc, view.mounts, ...Object.values(view.namespaces)])]) {
			this.#native.close(fd);
		}
	}

	#views(): View {
		if (this.#view === undefined) {
			throw new LabError('E_NAME_UNKNOWN', {doing: `look into host ${this.name}`});
		}

		return this.#view;
	}

	/** Hears lab-init from now on; resolves when it is ready. */
	async #listen(doing: string): Promise<void> {
		return new Promise((resolve, reject) => {
			onLines(this.#events, longestEventBytes, (line) => {
				const [event = '', first = '', second = '', third = '', fourth = ''] = line.split('\t');
				if (event === 'exit') {
					this.#exits.tell(Number(first), {code: second === '-1' ? undefined : Number(second), signal: third === '0' ? undefined : Number(third)});
				} else if (event === 'ready') {
					const open = (fd: string): number => this.#native.open(`/proc/${this.#init.pid}/fd/${fd}`);
					const enter = (kind: NamespaceKind): number => this.#native.open(`/proc/${this.#init.pid}/ns/${kind}`);
					const namespaces = {pid: enter('pid'), net: enter('net'), mnt: enter('mnt'), uts: enter('uts'), ipc: enter('ipc')};
					this.#view = {proc: open(first), mounts: open(second), namespaces};
					resolve();
				} else if (event === 'failed') {
					reject(new LabError('E_RUNTIME', {doing, said: `${[second, third, fourth].filter((word) => word !== '').join(' ')}: ${first}`}));
				}
			});
			this.#events.once('close', () => {
				this.#exits.endAll();
				reject(new LabError('E_RUNTIME', {doing, said: 'its first process ended at once'}));
			});
		});
	}
}
