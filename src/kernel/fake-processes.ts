// The processes, sockets and files of the fake machine: what `runtime/` does on the real one.
import {proxyArguments} from '../plan/docker-proxy.ts';
import {constants} from 'node:os';
import {LabError} from '../base/errors.ts';
import {unreachable} from '../base/unreachable.ts';
import type {Serve} from '../model/lab.ts';
import type {ObservedListener, ObservedProcess} from '../model/observed.ts';
import type {NetnsName, OpOf} from '../plan/op.ts';
import {doing} from './doing.ts';
import {familyOf} from './netlink/ip.ts';
import {refusal} from './refusals.ts';

export type ProcessOp = OpOf<'host.start' | 'file.write' | 'port.bind' | 'proxy.start' | 'container.start' | 'dns.start' | 'serve.start'>;

interface Process extends ObservedProcess {
	readonly host: string;
	/** The op that started it, in words: by them undo finds it. */
	readonly startedBy: string;
}

interface Socket {
	readonly netns: NetnsName;
	readonly protocol: 'tcp' | 'udp';
	readonly address: string;
	readonly port: number;
	/** undefined: the engine itself. */
	readonly process: Process | undefined;
	readonly openedBy: string;
}

export class FakeProcesses {
	#processes: Process[] = [];
	#sockets: Socket[] = [];
	readonly #files = new Map<string, string>();
	readonly #hasNetns: (name: NetnsName) => boolean;
	#lastPid = 1;

	constructor(hasNetns: (name: NetnsName) => boolean) {
		this.#hasNetns = hasNetns;
	}

	/** Throws a LabError, and then nothing has changed. */
	do(op: ProcessOp): void {
		switch (op.do) {
			case 'host.start': {
				this.#needNetns(op, op.host);
				this.#start(op, {host: op.host, pid: 1, args: ['lab-init']});
				return;
			}

			case 'file.write': {
				this.#files.set(`${op.node}/${op.file}`, op.content);
				return;
			}

			case 'port.bind': {
				this.#needNetns(op, op.host);
				this.#listen(op, {netns: op.host, protocol: op.protocol, address: op.address, port: op.port, process: undefined});
				return;
			}

			case 'proxy.start': {
				return this.#startProxy(op);
			}

			case 'container.start': {
				return this.#startContainer(op);
			}

			case 'dns.start': {
				this.#needNetns(op, op.netns);
				const at = {netns: op.netns, address: '127.0.0.11', process: undefined};
				return this.#listen(op, {...at, protocol: 'udp', port: op.udpPort}, {...at, protocol: 'tcp', port: op.tcpPort});
			}

			case 'serve.start': {
				this.#needHost(op, op.host);
				const process = this.#start(op, {host: op.host, args: ['serve', op.serve.kind, String(op.serve.port)]});
				return this.#listenOrStop(op, op.serve, {netns: op.host, process});
			}

			default: {
				return unreachable(op);
			}
		}
	}

	/** What is gone is fine. */
	undo(op: ProcessOp): void {
		if (op.do === 'file.write') {
			this.#files.delete(`${op.node}/${op.file}`);
			return;
		}

		const by = doing(op);
		this.#processes = this.#processes.filter(({startedBy}) => startedBy !== by);
		this.#sockets = this.#sockets.filter(({openedBy}) => openedBy !== by);
		if (op.do === 'host.start') {
			// the first process of a PID namespace takes the others with it
			this.#processes = this.#processes.filter(({host}) => host !== op.host);
			this.#sockets = this.#sockets.filter(({process}) => process?.host !== op.host);
		}
	}

	/** A namespace is gone, and its sockets with it. */
	forget(netns: NetnsName): void {
		this.#sockets = this.#sockets.filter((socket) => socket.netns !== netns);
	}

	/** As `ss` lists them. A socket that a proxy was given is the proxy's, not the engine's. */
	listeners(netns: NetnsName): readonly ObservedListener[] {
		const inNetns = this.#sockets.filter((socket) => socket.netns === netns);
		return inNetns
			.filter((socket) => socket.process !== undefined || !inNetns.some((other) => other.process !== undefined && isSame(other, socket)))
			.map(({protocol, address, port, process}) => ({protocol, address, port, process: process?.name, pid: process?.pid}));
	}

	/** Throws E_NAME_UNKNOWN for a host that was not started. */
	of(host: string): readonly ObservedProcess[] {
		const processes = this.#processes.filter((process) => process.host === host);
		if (processes.length === 0) {
			throw new LabError('E_NAME_UNKNOWN', {doing: `list the processes of ${host}`});
		}

		return processes.map(({pid, name, args, state}) => ({pid, name, args, state}));
	}

	get files(): ReadonlyMap<string, string> {
		return this.#files;
	}

	isEmpty(): boolean {
		return this.#processes.length === 0 && this.#sockets.length === 0 && this.#files.size === 0;
	}

	/** Every process by host. */
	all(): Readonly<Record<string, readonly ObservedProcess[]>> {
		return Object.fromEntries([...new Set(this.#processes.map(({host}) => host))].map((host) => [host, this.of(host)]));
	}

	#startProxy(op: OpOf<'proxy.start'>): void {
		this.#needHost(op, op.host);
		const wanted = {netns: op.host, protocol: op.protocol, address: op.address, port: op.port};
		const bound = this.#sockets.find((socket) => socket.process === undefined && isSame(socket, wanted));
		if (bound === undefined) {
			throw new LabError('E_RUNTIME', {doing: doing(op), said: 'nobody bound that port before'});
		}

		const process = this.#start(op, {
			host: op.host,
			args: ['docker-proxy', ...proxyArguments(op), '-use-listen-fd'],
		});
		this.#sockets.push({...wanted, process, openedBy: doing(op)});
	}

	/** A container's own server that finds its port taken is the container's trouble: it starts all the same. */
	#startContainer(op: OpOf<'container.start'>): void {
		const {host, netns, args, serve} = op.container;
		this.#needHost(op, host);
		this.#needNetns(op, netns);
		const process = this.#start(op, {host, args});
		for (const one of serve) {
			const socket = socketOf(one, {netns, process});
			if (!this.#sockets.some((other) => clashes(other, socket))) {
				this.#sockets.push({...socket, openedBy: doing(op)});
			}
		}
	}

	#start(op: ProcessOp, {host, args, pid}: {readonly host: string; readonly args: readonly string[]; readonly pid?: number}): Process {
		const startedBy = doing(op);
		if (this.#processes.some((other) => other.startedBy === startedBy)) {
			throw new LabError('E_RUNTIME', {doing: startedBy, said: 'it is running already'});
		}

		this.#lastPid += pid === undefined ? 1 : 0;
		const process = {host, pid: pid ?? this.#lastPid, name: (args[0] ?? '').split('/').at(-1) ?? '', args, state: 'S', startedBy};
		this.#processes.push(process);
		return process;
	}

	#listenOrStop(op: ProcessOp, serve: Serve, where: {readonly netns: NetnsName; readonly process: Process}): void {
		try {
			this.#listen(op, socketOf(serve, where));
		} catch (error) {
			this.#processes = this.#processes.filter((process) => process !== where.process);
			throw error;
		}
	}

	/** All of them, or none. */
	#listen(op: ProcessOp, ...sockets: readonly Omit<Socket, 'openedBy'>[]): void {
		const taken = sockets.find((socket) => this.#sockets.some((other) => clashes(other, socket)));
		if (taken !== undefined) {
			throw new LabError('E_PORT_TAKEN', {
				doing: doing(op),
				said: `failed to bind host port for ${taken.address}:${taken.port}: address already in use`,
			});
		}

		this.#sockets.push(...sockets.map((socket) => ({...socket, openedBy: doing(op)})));
	}

	#needNetns(op: ProcessOp, netns: NetnsName): void {
		if (!this.#hasNetns(netns)) {
			throw new LabError('E_NAME_UNKNOWN', {doing: doing(op), said: `there is no namespace ${netns}`});
		}
	}

	#needHost(op: ProcessOp, host: string): void {
		this.#needNetns(op, host);
		if (!this.#processes.some((process) => process.host === host && process.pid === 1)) {
			throw refusal(op, constants.errno.ESRCH, `host ${host} is not running`);
		}
	}
}

function socketOf({kind, port}: Serve, where: {readonly netns: NetnsName; readonly process: Process}): Omit<Socket, 'openedBy'> {
	return {...where, protocol: kind === 'udp' ? 'udp' : 'tcp', address: '0.0.0.0', port};
}

function isSame(one: Pick<Socket, 'netns' | 'protocol' | 'address' | 'port'>, other: typeof one): boolean {
	return one.netns === other.netns && one.protocol === other.protocol && one.port === other.port && one.address === other.address;
}

/** Two sockets of one port clash when their addresses are the same or one is the family's wildcard; IPv6 sockets are IPV6_V6ONLY. */
function clashes(one: Pick<Socket, 'netns' | 'protocol' | 'address' | 'port'>, other: typeof one): boolean {
	const isWild = [one.address, other.address].some((address) => address === '0.0.0.0' || address === '::');
	return (
		one.netns === other.netns &&
		one.protocol === other.protocol &&
		one.port === other.port &&
		familyOf(one.address) === familyOf(other.address) &&
		(isWild || one.address === other.address)
	);
}
