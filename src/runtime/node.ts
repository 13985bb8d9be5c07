// A place where commands run: a host's own machine, or a running container. Who they are: runtime.ts. What is run there: command.ts.
import {fstatSync, readdirSync, readFileSync, readlinkSync, statSync} from 'node:fs';
import type {ObservedProcess} from '../model/observed.ts';
import type {Native} from '../../native/index.ts';
import {namespaceKinds, type LabHost, type NamespaceKind} from './host.ts';

export interface Place {
	readonly name: string;
	readonly host: LabHost;
	/** Descriptor of the network namespace, where it is not that of the place's first process. */
	readonly netnsFd?: number;
	/** Of the place's first process, in the host's numbering. */
	readonly pid: number;
	readonly capabilities: bigint;
	/** "NAME=value" each. */
	readonly env: readonly string[];
	readonly cwd: string;
	readonly uid: number;
	readonly gid: number;
}

export type Variables = Readonly<Record<string, string>>;

/** The same place, with these variables in its environment. */
export function withVariables(place: Place, variables: Variables): Place {
	const others = place.env.filter((entry) => !Object.hasOwn(variables, entry.slice(0, entry.indexOf('='))));
	return {...place, env: [...others, ...Object.entries(variables).map(([name, value]) => `${name}=${value}`)]};
}

/** A host's own machine, as root has it after logging in; with `netnsFd` in another network namespace of it. */
export function machineOf(host: LabHost, capabilities: bigint, netnsFd?: number): Place {
	const env = [
		'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
		'HOME=/root',
		'USER=root',
		'LOGNAME=root',
		`PS1=root@${host.name}:$PWD# `,
	];
	return {name: host.name, host, ...(netnsFd !== undefined && {netnsFd}), pid: 1, capabilities, env, cwd: '/root', uid: 0, gid: 0};
}

/** Opens the place's namespaces for as long as `work` takes. Rejects with ENOENT when the place is gone. */
export async function inside<T>(native: Native, place: Place, work: (enter: Readonly<Partial<Record<NamespaceKind, number>>>) => Promise<T>): Promise<T> {
	if (place.pid === 1) {
		return work(place.netnsFd === undefined ? place.host.namespaces : {...place.host.namespaces, net: place.netnsFd});
	}

	const enter: Partial<Record<NamespaceKind, number>> = {};
	try {
		for (const kind of namespaceKinds) {
			enter[kind] = native.open(place.host.path(place.pid, `ns/${kind}`));
		}

		return await work(enter);
	} finally {
		for (const fd of Object.values(enter)) {
			native.close(fd);
		}
	}
}

/** Inode numbers of the place's namespaces, and of its /etc/hosts (device and inode). */
export function namespaceInodes(place: Place): {
	readonly net: string;
	readonly mnt: string;
	readonly pid: string;
	readonly ipc: string;
	readonly uts: string;
	readonly hostsFile: string;
} {
	const inode = (kind: NamespaceKind): string => /\d+/.exec(readlinkSync(place.host.path(place.pid, `ns/${kind}`)))?.[0] ?? '';
	const hosts = statSync(place.host.path(place.pid, 'root/etc/hosts'), {throwIfNoEntry: false});
	const hostsFile = hosts === undefined ? '' : `${hosts.dev}:${hosts.ino}`;
	const net = place.netnsFd === undefined ? inode('net') : String(fstatSync(place.netnsFd).ino);
	return {net, mnt: inode('mnt'), pid: inode('pid'), ipc: inode('ipc'), uts: inode('uts'), hostsFile};
}

/** All processes of a host, those of its containers too, as its `ps` shows them. */
export function processesOf(host: LabHost): readonly ObservedProcess[] {
	return pidsOf(host).flatMap((pid) => {
		try {
			// proc_pid_stat(5): the name stands in brackets and may hold any character
			const stat = readFileSync(host.path(pid, 'stat'), 'utf8');
			const args = readFileSync(host.path(pid, 'cmdline'), 'utf8').split('\0').slice(0, -1);
			return [{pid, name: stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')), args, state: stat.charAt(stat.lastIndexOf(')') + 2)}];
		} catch {
			// it ended while we were looking
			return [];
		}
	});
}

/** Who holds which socket on a host: socket inode -> process. */
export function socketOwnersOf(host: LabHost): ReadonlyMap<number, {readonly pid: number; readonly name: string}> {
	const owners = new Map<number, {readonly pid: number; readonly name: string}>();
	for (const {pid, name} of processesOf(host)) {
		for (const inode of socketsOf(host, pid)) {
			owners.set(inode, {pid, name});
		}
	}

	return owners;
}

function socketsOf(host: LabHost, pid: number): readonly number[] {
	try {
		const folder = host.path(pid, 'fd');
		return readdirSync(folder).flatMap((fd) => {
			const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`${folder}/${fd}`))?.[1];
			return inode === undefined ? [] : [Number(inode)];
		});
	} catch {
		// it ended, or closed one, while we were looking
		return [];
	}
}

function pidsOf(host: LabHost): readonly number[] {
	return readdirSync(host.proc).flatMap((name) => (/^\d+$/.test(name) ? [Number(name)] : []));
}
