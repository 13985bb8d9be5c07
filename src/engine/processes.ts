// What the live lab asks of the processes' side, and what it remembers of each container.
import {LabError} from '../base/errors.ts';
import type {NameTable} from '../drivers/index.ts';
import type {Machine} from '../kernel/machine.ts';
import type {Action} from '../model/lab.ts';
import type {NetnsName} from '../plan/op.ts';
import type {Applier} from './apply.ts';
import type {Store} from './store/store.ts';

export type ContainerState = {readonly is: 'created'} | {readonly is: 'running'} | {readonly is: 'exited'; readonly exitCode: number | undefined};

/** What a live lab is made of. */
export interface LiveParts {
	readonly machine: Machine;
	readonly applier: Applier;
	readonly processes: Processes;
	readonly store: Store;
	readonly changed: () => void;
}

/** What the live lab asks of the processes' side. */
export interface Processes {
	/** SIGTERM, then SIGKILL after the grace period in milliseconds; resolves with the exit code when it has ended. */
	stop(container: string, graceMs: number): Promise<number | undefined>;
	isRunning(container: string): boolean;
	/** Sends a signal to every process of that name on a host; how many there were, when it has had its effect. */
	signal(host: string, process: string, signal: 'STOP' | 'CONT' | 'TERM' | 'KILL'): Promise<number>;
	/** A container of mode `container` keeps its owner's network namespace, also when the owner goes: remember it under its own name. */
	keepNetns(container: string, owners: NetnsName): void;
	dropNetns(container: string): void;
	/** What the containers' name servers answer from now on, for when they are asked: a table of all names for each of many changes would cost more than the changes. */
	namesChanged?(names: () => NameTable): void;
	/** `docker rm`: the files of a container that has ended. */
	forget(container: string): Promise<void>;
}

/** E_NAME_UNKNOWN when there is no such process. */
export async function signalAll(processes: Processes, {host, process, signal}: Extract<Action, {readonly do: 'signal'}>): Promise<void> {
	if ((await processes.signal(host, process, signal)) === 0) {
		throw new LabError('E_NAME_UNKNOWN', {doing: `send SIG${signal} to ${process} on ${host}`, said: 'no process of that name runs there'});
	}
}
