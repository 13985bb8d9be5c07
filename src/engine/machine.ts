// The real Machine of a box: kernel ops go to kernel/, process ops to runtime/. Nothing else.
import type {LinuxKernel} from '../kernel/linux.ts';
import type {Machine, Outcome} from '../kernel/machine.ts';
import type {ObservedListener} from '../model/observed.ts';
import type {Op, Verb} from '../plan/op.ts';
import type {Runtime} from '../runtime/runtime.ts';

const runtimeVerbs: ReadonlySet<Verb> = new Set(['host.start', 'file.write', 'port.bind', 'proxy.start', 'container.start', 'serve.start']);

export class BoxMachine implements Machine {
	readonly #kernel: LinuxKernel;
	readonly #runtime: Runtime;

	constructor(kernel: LinuxKernel, runtime: Runtime) {
		this.#kernel = kernel;
		this.#runtime = runtime;
	}

	/** Both doers at the same time: within one wave neither waits for the other (plan/waves.ts). */
	async do(ops: readonly Op[]): Promise<readonly Outcome[]> {
		const {kernel, runtime} = divide(ops);
		const [ofKernel, ofRuntime] = await Promise.all([this.#kernel.do(kernel.map(({op}) => op)), this.#runtime.do(runtime.map(({op}) => op))]);
		return join(ops.length, [
			{part: kernel, outcomes: ofKernel},
			{part: runtime, outcomes: ofRuntime},
		]);
	}

	/** Processes first, whatever the order between the two: nothing of the network goes while somebody uses it, and all of it goes in as few trips as there can be. */
	async undo(ops: readonly Op[]): Promise<readonly Outcome[]> {
		const {kernel, runtime} = divide(ops);
		const ofRuntime = await this.#runtime.undo(runtime.map(({op}) => op));
		const ofKernel = await this.#kernel.undo(kernel.map(({op}) => op));
		return join(ops.length, [
			{part: kernel, outcomes: ofKernel},
			{part: runtime, outcomes: ofRuntime},
		]);
	}

	net: Machine['net'] = async (netns) => this.#kernel.net(netns);
	links: Machine['links'] = async (netns) => this.#kernel.links(netns);
	rules: Machine['rules'] = async (netns) => this.#kernel.rules(netns);
	flows: Machine['flows'] = async (netns) => this.#kernel.flows(netns);
	processes: Machine['processes'] = async (host) => this.#runtime.processes(host);

	listeners = async (netns: string, host: string): Promise<readonly ObservedListener[]> => this.#kernel.listeners(netns, this.#runtime.socketOwners(host));
}

interface Placed {
	readonly op: Op;
	readonly index: number;
}

/** Who does what, each part in the order given. */
function divide(ops: readonly Op[]): {readonly kernel: readonly Placed[]; readonly runtime: readonly Placed[]} {
	const placed = ops.map((op, index): Placed => ({op, index}));
	return {kernel: placed.filter(({op}) => !runtimeVerbs.has(op.do)), runtime: placed.filter(({op}) => runtimeVerbs.has(op.do))};
}

/** The parts' outcomes where their ops stood. */
function join(length: number, parts: readonly {readonly part: readonly Placed[]; readonly outcomes: readonly Outcome[]}[]): readonly Outcome[] {
	const all = Array.from({length}, (): Outcome => ({is: 'skipped'}));
	for (const {part, outcomes} of parts) {
		for (const [place, {index}] of part.entries()) {
			all[index] = outcomes[place] ?? {is: 'skipped'};
		}
	}

	return all;
}
