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

	async do(ops: readonly Op[]): Promise<readonly Outcome[]> {
		const outcomes: Outcome[] = [];
		for (const run of runs(ops)) {
			const isStopped = outcomes.some((outcome) => outcome.is === 'failed');
			// oxlint-disable-next-line no-await-in-loop -- a run stands on the one before it
			outcomes.push(...(isStopped ? run.ops.map((): Outcome => ({is: 'skipped'})) : await this.#doers[run.doer].do(run.ops)));
		}

		return outcomes;
	}

	async undo(ops: readonly Op[]): Promise<readonly Outcome[]> {
		const outcomes: Outcome[] = [];
		for (const run of runs(ops)) {
			// oxlint-disable-next-line no-await-in-loop -- last first, and on after a failure
			outcomes.push(...(await this.#doers[run.doer].undo(run.ops)));
		}

		return outcomes;
	}

	net: Machine['net'] = async (netns) => this.#kernel.net(netns);
	links: Machine['links'] = async (netns) => this.#kernel.links(netns);
	rules: Machine['rules'] = async (netns) => this.#kernel.rules(netns);
	flows: Machine['flows'] = async (netns) => this.#kernel.flows(netns);
	processes: Machine['processes'] = async (host) => this.#runtime.processes(host);

	listeners = async (netns: string, host: string): Promise<readonly ObservedListener[]> => this.#kernel.listeners(netns, this.#runtime.socketOwners(host));
}

function doerOf(verb: Verb): Doer {
	return verb === 'dns.start' ? 'names' : runtimeVerbs.has(verb) ? 'runtime' : 'kernel';
}

/** Cuts ops into runs of one doer, order kept. */
function runs(ops: readonly Op[]): readonly {readonly doer: Doer; readonly ops: readonly Op[]}[] {
	const result: {readonly doer: Doer; readonly ops: Op[]}[] = [];
	for (const op of ops) {
		const doer = doerOf(op.do);
		const last = result.at(-1);
		if (last?.doer === doer) {
			last.ops.push(op);
		} else {
			result.push({doer, ops: [op]});
		}
	}

	return result;
}
