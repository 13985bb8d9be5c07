// The name servers of all containers: does `dns.start` and takes it back. One server: server.ts.
import {LabError} from '../../base/errors.ts';
import type {NameTable, NetworkNames} from '../../drivers/index.ts';
import {doing} from '../../kernel/doing.ts';
import type {Machine, Outcome} from '../../kernel/machine.ts';
import type {Namespaces} from '../../kernel/namespaces.ts';
import {thrown} from '../../kernel/refusals.ts';
import type {Native} from '../../../native/index.ts';
import type {Op, OpOf} from '../../plan/op.ts';
import {NameServer} from './server.ts';

/** Docker's address for it, in the namespace of every container on a user-defined network. */
const address = '127.0.0.11';

export class NameServers implements Pick<Machine, 'do' | 'undo'> {
	readonly #native: Pick<Native, 'listen' | 'answerDatagrams' | 'close'>;
	readonly #namespaces: Pick<Namespaces, 'hold'>;
	readonly #servers = new Map<string, NameServer>();
	#names: () => NameTable = () => new Map();
	/** Made from `#names` with the first question after a change. */
	#table: NameTable | undefined;

	constructor(native: Pick<Native, 'listen' | 'answerDatagrams' | 'close'>, namespaces: Pick<Namespaces, 'hold'>) {
		this.#native = native;
		this.#namespaces = namespaces;
	}

	/** What is answered from now on. */
	know(names: () => NameTable): void {
		this.#names = names;
		this.#table = undefined;
		for (const server of this.#servers.values()) {
			server.forget();
		}
	}

	async do(ops: readonly Op[]): Promise<readonly Outcome[]> {
		return Promise.all(ops.map(async (op) => attempt(op, async () => this.#start(mine(op)))));
	}

	async undo(ops: readonly Op[]): Promise<readonly Outcome[]> {
		return Promise.all(ops.map(async (op) => attempt(op, async () => this.#stop(mine(op).container))));
	}

	#networksOf(container: string): readonly NetworkNames[] {
		this.#table ??= this.#names();
		return this.#table.get(container) ?? [];
	}

	async #start({container, netns, udpPort, tcpPort}: OpOf<'dns.start'>): Promise<void> {
		if (this.#servers.has(container)) {
			throw new LabError('E_RUNTIME', {doing: `start the name server of ${container}`, said: 'it is running already'});
		}

		const server = new NameServer(this.#native, () => this.#networksOf(container));
		this.#servers.set(container, server);
		try {
			await server.serve(await this.#sockets(netns, udpPort, tcpPort));
		} catch (error) {
			this.#servers.delete(container);
			throw error;
		}
	}

	async #stop(container: string): Promise<void> {
		const server = this.#servers.get(container);
		this.#servers.delete(container);
		await server?.close();
	}

	/** Both sockets, or none. */
	async #sockets(netns: string, udpPort: number, tcpPort: number): Promise<{readonly udp: number; readonly tcp: number}> {
		const held = this.#namespaces.hold(netns);
		try {
			const udp = await this.#native.listen(held.fd, 'udp', address, udpPort);
			try {
				return {udp, tcp: await this.#native.listen(held.fd, 'tcp', address, tcpPort)};
			} catch (error) {
				this.#native.close(udp);
				throw error;
			}
		} finally {
			held.release();
		}
	}
}

function mine(op: Op): OpOf<'dns.start'> {
	if (op.do !== 'dns.start') {
		throw new LabError('E_INTERNAL', {doing: doing(op), said: "this is not the name servers' to do"});
	}

	return op;
}

async function attempt(op: Op, work: () => Promise<void>): Promise<Outcome> {
	try {
		await work();
		return {is: 'done'};
	} catch (error) {
		return {is: 'failed', error: thrown(op, error)};
	}
}
