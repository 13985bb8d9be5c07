// Published ports of lab hosts: the engine's own socket on each, as dockerd holds it, and the docker-proxy processes that serve them.
import {proxyArguments} from '../plan/docker-proxy.ts';
import {readFileSync} from 'node:fs';
import {LabError, type Code} from '../base/errors.ts';
import type {Native} from '../../native/index.ts';
import type {ProxyRecord} from '../model/connections/proxied.ts';
import type {OpOf} from '../plan/op.ts';
import {Child, errorCode, said, signals} from './child.ts';
import {inside, type Place} from './node.ts';
import {readProxyRecord} from './proxy-record.ts';

type Published = Pick<OpOf<'port.bind'>, 'host' | 'protocol' | 'address' | 'port'>;

const refusals: Readonly<Record<string, {readonly code: Code; readonly words: string}>> = {
	EADDRINUSE: {code: 'E_PORT_TAKEN', words: 'address already in use'},
	EADDRNOTAVAIL: {code: 'E_RUNTIME', words: 'cannot assign requested address'},
	EACCES: {code: 'E_PERMISSION', words: 'permission denied'},
};

/** Names a published port, also as a thing that ops touch. */
export function publishedKey({host, protocol, address, port}: Published): string {
	return `port ${host} ${protocol} ${address} ${port}`;
}

export class Ports {
	readonly #native: Native;
	/** Path of the program. */
	readonly #program: string;
	readonly #sockets = new Map<string, number>();
	readonly #proxies = new Map<string, {readonly child: Child; readonly op: OpOf<'proxy.start'>}>();

	constructor(native: Native, program: string) {
		this.#native = native;
		this.#program = program;
	}

	/** Binds and listens in the host's netns. Rejects with E_PORT_TAKEN when something else does. */
	async bind(op: OpOf<'port.bind'>, netns: number): Promise<void> {
		const where = `${op.address.includes(':') ? `[${op.address}]` : op.address}:${op.port}/${op.protocol}`;
		try {
			this.#sockets.set(publishedKey(op), await this.#native.listen(netns, op.protocol, op.address, op.port));
		} catch (error) {
			const refusal = refusals[errorCode(error) ?? ''];
			const words = refusal?.words ?? said(error);
			throw new LabError(refusal?.code ?? 'E_RUNTIME', {
				doing: `publish ${op.port}/${op.protocol} on ${op.host}`,
				said: `failed to bind host port for ${where}: ${words}`,
				cause: error,
			});
		}
	}

	unbind(op: OpOf<'port.bind'>): void {
		const key = publishedKey(op);
		const socket = this.#sockets.get(key);
		if (socket !== undefined) {
			this.#sockets.delete(key);
			this.#native.close(socket);
		}
	}

	/** Hands the port's socket to a docker-proxy of its own, started with the real one's command line. */
	async startProxy(op: OpOf<'proxy.start'>, machine: Place): Promise<void> {
		const key = publishedKey(op);
		const socket = this.#sockets.get(key);
		if (socket === undefined) {
			throw new LabError('E_INTERNAL', {doing: `start docker-proxy for ${op.port}/${op.protocol} on ${op.host}`, said: 'its port is not bound'});
		}

		const args = ['/usr/bin/docker-proxy', ...proxyArguments(op), '-use-listen-fd'];
		// Descriptor 3 would tell that it runs. The port listens already, and spawn resolves when the program has taken over: there is nothing to wait for.
		const child = await inside(this.#native, machine, async (enter) =>
			Child.start(this.#native, {
				file: this.#program,
				openFirst: true,
				args,
				env: [],
				stdio: [-1, -1, -1, -1, socket],
				enter,
				capabilities: machine.capabilities,
			}),
		).catch((error: unknown) => {
			throw new LabError('E_RUNTIME', {doing: `start docker-proxy for ${op.port}/${op.protocol} on ${op.host}`, said: said(error), cause: error});
		});
		this.#sockets.delete(key);
		this.#native.close(socket);
		this.#proxies.set(key, {child, op});
	}

	async stopProxy(op: OpOf<'proxy.start'>): Promise<void> {
		const key = publishedKey(op);
		const proxy = this.#proxies.get(key);
		if (proxy !== undefined) {
			this.#proxies.delete(key);
			proxy.child.signal(signals.KILL);
			await proxy.child.ended;
		}
	}

	/** The docker-proxies of a host, with what they have recorded of their calls. */
	records(host: string): readonly ProxyRecord[] {
		return [...this.#proxies.values()]
			.filter(({op}) => op.host === host)
			.map(({child, op: {protocol, address, port, toAddress, toPort}}) => ({
				protocol,
				at: {address, port},
				to: {address: toAddress, port: toPort},
				...readProxyRecord(child.pid, Date.now()),
			}));
	}

	/** PID of a port's docker-proxy as its host sees it; undefined: there is none. */
	proxyPid(published: Published): number | undefined {
		const proxy = this.#proxies.get(publishedKey(published));
		if (proxy === undefined) {
			return undefined;
		}

		try {
			// proc_pid_status(5): the last number is that of the innermost namespace
			const pids = /^NSpid:\s*(.+)$/m.exec(readFileSync(`/proc/${proxy.child.pid}/status`, 'utf8'))?.[1];
			return Number(pids?.split(/\s+/).at(-1));
		} catch {
			return undefined;
		}
	}
}
