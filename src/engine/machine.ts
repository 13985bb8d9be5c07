// The real Machine of a box: kernel ops go to kernel/, process ops to runtime/, name servers to dns/. Nothing else.
import type {LinuxKernel} from '../kernel/linux.ts';
import type {Machine, Outcome} from '../kernel/machine.ts';
import type {ObservedListener} from '../model/observed.ts';
import type {Op, Verb} from '../plan/op.ts';
import type {Runtime} from '../runtime/runtime.ts';
import type {NameServers} from './dns/servers.ts';

type Doer = 'kernel' | 'runtime' | 'names';

const runtimeVerbs: ReadonlySet<Verb> = new Set(['host.start', 'file.write', 'port.bind', 'proxy.start', 'container.start', 'serve.start']);

export class BoxMachine implements Machine {
	readonly #kernel: LinuxKernel;
	readonly #runtime: Runtime;
	readonly #doers: Readonly<Record<Doer, Pick<Machine, 'do' | 'undo'>>>;

	constructor(kernel: LinuxKernel, runtime: Runtime, names: NameServers) {
		this.#kernel = kernel;
		this.#runtime = runtime;
		this.#doers = {kernel, runtime, names};
	}

	/** All doers at the same time: within one wave none waits for another (plan/waves.ts). */
	async do(ops: readonly Op[]): Promise<readonly Outcome[]> {
		const all = undone(ops);
		await Promise.all(
			(['kernel', 'runtime', 'names'] as const).map(async (doer) => {
				const part = partOf(doer, ops);
				place(all, part, await this.#doers[doer].do(part.map(({op}) => op)));
			}),
		);
		return all;
	}

	/** Processes first, whatever the order among the doers: nothing of the network goes while somebody uses it, and all of it goes in as few trips as there can be. */
	async undo(ops: readonly Op[]): Promise<readonly Outcome[]> {
		const all = undone(ops);
		for (const doer of ['runtime', 'names', 'kernel'] as const) {
			const part = partOf(doer, ops);
			// oxlint-disable-next-line no-await-in-loop -- one after the other is the point
			place(all, part, await this.#doers[doer].undo(part.map(({op}) => op)));
		}

		return all;
	}

	net: Machine['net'] = async (netns) => this.#kernel.net(netns);
	links: Machine['links'] = async (netns) => this.#kernel.links(netns);
	rules: Machine['rules'] = async (netns) => this.#kernel.rules(netns);
	flows: Machine['flows'] = async (netns) => this.#kernel.flows(netns);
	listenToFlows: Machine['listenToFlows'] = async (netns, listener) => this.#kernel.listenToFlows(netns, listener);
	processes: Machine['processes'] = async (host) => this.#runtime.processes(host);

	listeners = async (netns: string, host: string): Promise<readonly ObservedListener[]> => this.#kernel.listeners(netns, this.#runtime.socketOwners(host));
}

interface Placed {
	readonly op: Op;
	readonly index: number;
}

/** A doer's ops in the order given. */
function partOf(doer: Doer, ops: readonly Op[]): readonly Placed[] {
	return ops.map((op, index): Placed => ({op, index})).filter(({op}) => doerOf(op.do) === doer);
}

function doerOf(verb: Verb): Doer {
	return verb === 'dns.start' ? 'names' : runtimeVerbs.has(verb) ? 'runtime' : 'kernel';
}

function undone(ops: readonly Op[]): Outcome[] {
	return ops.map((): Outcome => ({is: 'skipped'}));
}

/** Puts a part's outcomes where its ops stood. */
function place(all: Outcome[], part: readonly Placed[], outcomes: readonly Outcome[]): void {
	for (const [nth, {index}] of part.entries()) {
		all[index] = outcomes[nth] ?? {is: 'skipped'};
	}
}
