// The real kernel: ops done in as few trips as their order allows, each failure named by its op. Not processes: `runtime/` does those verbs.
import {LabError} from '../base/errors.ts';
import type {ObservedFlow, ObservedListener, ObservedNet, ObservedRules} from '../model/observed.ts';
import type {Native} from '../../native/index.ts';
import type {NetnsName, Op, OpOf} from '../plan/op.ts';
import {covering} from './covered.ts';
import {doing} from './doing.ts';
import {namespacesOf} from './ends.ts';
import {listenToFlows, readFlows, type FlowListener} from './flows.ts';
import type {RuleOp} from './iptables/restore.ts';
import {laneOf, Lanes, type LaneOp, type Step} from './lanes.ts';
import {readListeners, type SocketOwners} from './listeners.ts';
import type {Outcome} from './machine.ts';
import type {Namespaces} from './namespaces.ts';
import {readLinks, readNet} from './observe.ts';
import {thrown} from './refusals.ts';
import {doNetlink, undoNetlink, type Failures} from './rounds.ts';
import {Rules, type Programs} from './rules.ts';
import {writeSysctls} from './sysctls.ts';

type KernelOp = OpOf<'netns.add'> | LaneOp | RuleOp;

/** What has become of a call's ops so far, by index. */
interface Report {
	readonly done: Set<number>;
	readonly failures: Failures;
}

export class LinuxKernel {
	readonly #native: Native;
	readonly #namespaces: Namespaces;
	readonly #rules: Rules;

	constructor(native: Native, namespaces: Namespaces, programs: Programs) {
		this.#native = native;
		this.#namespaces = namespaces;
		this.#rules = new Rules(native, namespaces, programs);
	}

	/**
	 * As `Machine.do`. All new namespaces are made first. Links, addresses, routes and sysctls of a namespace keep their order, and so do its rules;
	 * the two do not wait for each other. After a failure what is under way ends, and nothing more is begun.
	 */
	async do(ops: readonly Op[]): Promise<readonly Outcome[]> {
		const report: Report = {done: new Set(), failures: new Map()};
		const steps = kernelSteps(ops, report);
		await this.#addNamespaces(steps.filter(isOf('netns.add')), report);
		this.#checkNames(steps, report);
		if (report.failures.size === 0) {
			await Promise.all([this.#doLanes(steps.filter(isLane), report), this.#doRules(steps.filter(isRule), report)]);
		}

		return ops.map((_, index) => outcome(report, index, {is: 'skipped'}));
	}

	/** As `Machine.undo`. Namespaces are closed last; what goes with one of them, or with a link, is not taken back by itself. */
	async undo(ops: readonly Op[]): Promise<readonly Outcome[]> {
		const report: Report = {done: new Set(), failures: new Map()};
		const covers = covering(ops);
		const steps = kernelSteps(ops, report).filter(({op, index}) => covers[index] === undefined && this.#namespaces.has(laneOf(op, 'undo')));
		await Promise.all([this.#undoLanes(steps.filter(isLane), report), this.#undoRules(steps.filter(isRule), report)]);
		for (const {op} of steps.filter(isOf('netns.add'))) {
			this.#namespaces.remove(op.netns);
		}

		return ops.map((_, index) => outcome(report, covers[index] ?? index, {is: 'done'}));
	}

	/** Throws E_NAME_UNKNOWN, E_KERNEL. */
	async net(netns: NetnsName): Promise<ObservedNet> {
		return readNet(this.#tools, netns);
	}

	/** Throws E_NAME_UNKNOWN, E_KERNEL. */
	async links(netns: NetnsName): Promise<ObservedNet['links']> {
		return readLinks(this.#tools, netns);
	}

	/** Throws E_NAME_UNKNOWN, E_PROGRAM_MISSING, E_RULES. */
	async rules(netns: NetnsName): Promise<ObservedRules> {
		return this.#rules.read(netns);
	}

	/** Throws E_NAME_UNKNOWN, E_KERNEL. */
	async flows(netns: NetnsName): Promise<readonly ObservedFlow[]> {
		return readFlows(this.#tools, netns);
	}

	/** As `Machine.listenToFlows`. Throws E_NAME_UNKNOWN, rejects with a NativeError. */
	async listenToFlows(netns: NetnsName, listener: FlowListener): Promise<() => void> {
		return listenToFlows(this.#tools, netns, listener);
	}

	/** `owners`: which process holds a socket, by inode. Throws E_NAME_UNKNOWN, E_KERNEL. */
	async listeners(netns: NetnsName, owners: SocketOwners = new Map()): Promise<readonly ObservedListener[]> {
		return readListeners(this.#tools, netns, owners);
	}

	/** Makes all namespaces in one trip, or none. A capture has the first packet of what happens in them. */
	async #addNamespaces(steps: readonly Step<OpOf<'netns.add'>>[], report: Report): Promise<void> {
		const [first] = steps;
		const names = new Set<NetnsName>();
		const taken = steps.find(({op: {netns}}) => {
			const isTaken = this.#namespaces.has(netns) || names.has(netns);
			names.add(netns);
			return isTaken;
		});
		if (taken !== undefined) {
			report.failures.set(taken.index, new LabError('E_KERNEL', {doing: doing(taken.op), said: 'a namespace of that name is already there'}));
		} else if (first !== undefined) {
			try {
				const {netns, route} = await this.#native.netnsCreate(steps.length);
				for (const [place, {op, index}] of steps.entries()) {
					this.#namespaces.add(op.netns, netns[place] ?? -1, route[place]);
					report.done.add(index);
				}

				await this.#namespaces.watched();
			} catch (error) {
				report.failures.set(first.index, thrown(first.op, error));
			}
		}
	}

	/** An op in a namespace that nobody made has failed before anything is tried. */
	#checkNames(steps: readonly Step<KernelOp>[], report: Report): void {
		for (const {op, index} of steps) {
			const unknown = namespacesOf(op).find((name) => !this.#namespaces.has(name));
			if (unknown !== undefined && !report.failures.has(index) && report.failures.size === 0) {
				report.failures.set(index, new LabError('E_NAME_UNKNOWN', {doing: doing(op), said: `there is no namespace ${unknown}`}));
			}
		}
	}

	async #doLanes(steps: readonly Step<LaneOp>[], report: Report): Promise<void> {
		const lanes = new Lanes(steps, 'do');
		const tools = {...this.#tools, numbers: new Map()};
		for (let round = lanes.next(); round !== undefined && report.failures.size === 0; round = lanes.next()) {
			// oxlint-disable-next-line no-await-in-loop -- a round stands on the one before it
			const failures = round.kind === 'netlink' ? await doNetlink(tools, round.runs) : await writeSysctls(tools, round.runs, 'do');
			note(report, round.runs, failures);
		}
	}

	async #undoLanes(steps: readonly Step<LaneOp>[], report: Report): Promise<void> {
		const lanes = new Lanes(steps, 'undo');
		for (let round = lanes.next(); round !== undefined; round = lanes.next()) {
			// oxlint-disable-next-line no-await-in-loop -- a round stands on the one before it
			const failures = round.kind === 'netlink' ? await undoNetlink(this.#tools, round.runs) : await writeSysctls(this.#tools, round.runs, 'undo');
			note(report, round.runs, failures);
		}
	}

	async #doRules(steps: readonly Step<RuleOp>[], report: Report): Promise<void> {
		merge(report, await this.#rules.do(steps));
	}

	async #undoRules(steps: readonly Step<RuleOp>[], report: Report): Promise<void> {
		merge(report, await this.#rules.undo(steps));
	}

	get #tools(): {readonly native: Native; readonly namespaces: Namespaces} {
		return {native: this.#native, namespaces: this.#namespaces};
	}
}

/** The ops with their places. One that is another layer's has failed. */
function kernelSteps(ops: readonly Op[], report: Report): readonly Step<KernelOp>[] {
	return ops.flatMap((op, index) => {
		switch (op.do) {
			case 'port.bind':
			case 'proxy.start':
			case 'host.start':
			case 'file.write':
			case 'container.start':
			case 'dns.start':
			case 'serve.start': {
				report.failures.set(index, new LabError('E_INTERNAL', {doing: doing(op), said: 'this is not an op of the kernel layer'}));
				return [];
			}

			default: {
				return [{op, index}];
			}
		}
	});
}

function isOf<V extends KernelOp['do']>(verb: V): (step: Step<KernelOp>) => step is Step<OpOf<V> & KernelOp> {
	return (step): step is Step<OpOf<V> & KernelOp> => step.op.do === verb;
}

function isRule(step: Step<KernelOp>): step is Step<RuleOp> {
	return step.op.do === 'chain.add' || step.op.do === 'policy.set' || step.op.do === 'rule.add';
}

function isLane(step: Step<KernelOp>): step is Step<LaneOp> {
	return step.op.do !== 'netns.add' && !isRule(step);
}

function note(report: Report, runs: readonly {readonly steps: readonly {readonly index: number}[]}[], failures: Failures): void {
	for (const {index} of runs.flatMap(({steps}) => steps)) {
		const error = failures.get(index);
		if (error === undefined) {
			report.done.add(index);
		} else {
			report.failures.set(index, error);
		}
	}
}

function merge(report: Report, {done, failures}: Report): void {
	done.forEach((index) => report.done.add(index));
	failures.forEach((error, index) => report.failures.set(index, error));
}

function outcome({done, failures}: Report, index: number, otherwise: Outcome): Outcome {
	const error = failures.get(index);
	return error === undefined ? (done.has(index) ? {is: 'done'} : otherwise) : {is: 'failed', error};
}
