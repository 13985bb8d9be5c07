// A machine in memory: every verb, with the kernel's own refusals, for tests that need no Linux. One contract test holds it and the real one to the same.
// To add a verb: a case in `#do` and in `#undo`; what it changes is in `fake-links.ts`, `fake-net.ts`, `fake-rules.ts` or `fake-processes.ts`.
import {LabError, toLabError} from '../base/errors.ts';
import type {ObservedFlow, ObservedListener, ObservedNet, ObservedProcess, ObservedRules} from '../model/observed.ts';
import type {Family, NetnsName, Op, OpOf} from '../plan/op.ts';
import {doing} from './doing.ts';
import {endsOf} from './ends.ts';
import {addLink} from './fake-links.ts';
import {FakeNet} from './fake-net.ts';
import {FakeProcesses} from './fake-processes.ts';
import {FakeRules} from './fake-rules.ts';
import type {RuleOp} from './iptables/restore.ts';
import type {Machine, Outcome} from './machine.ts';
import {isUndone, refusal} from './refusals.ts';
import {inverse} from './requests.ts';

interface Namespace {
	readonly net: FakeNet;
	readonly rules: Readonly<Record<Family, FakeRules>>;
}

/** All that a fake machine holds, as plain data. */
export interface Snapshot {
	readonly namespaces: Readonly<
		Record<NetnsName, ObservedNet & ObservedRules & {readonly sysctls: Readonly<Record<string, string>>; readonly listeners: readonly ObservedListener[]}>
	>;
	/** By host. */
	readonly processes: Readonly<Record<string, readonly ObservedProcess[]>>;
	/** `web/hosts` -> its content. */
	readonly files: Readonly<Record<string, string>>;
}

export class FakeMachine implements Machine {
	/** The op of this number, counted from 1 over the machine's life, fails. */
	failAt: number | undefined;
	readonly #namespaces = new Map<NetnsName, Namespace>();
	readonly #processes = new FakeProcesses((name) => this.#namespaces.has(name));
	#opsTried = 0;

	constructor(options: {readonly failAt?: number} = {}) {
		this.failAt = options.failAt;
	}

	/** In the order of the list; after a failure nothing more is tried. */
	async do(ops: readonly Op[]): Promise<readonly Outcome[]> {
		const outcomes: Outcome[] = [];
		for (const op of ops) {
			const isStopped = outcomes.length > 0 && outcomes.at(-1)?.is !== 'done';
			outcomes.push(isStopped ? {is: 'skipped'} : attempt(op, () => this.#tryToDo(op)));
		}

		return outcomes;
	}

	async undo(ops: readonly Op[]): Promise<readonly Outcome[]> {
		return ops.map((op) => attempt(op, () => this.#undo(op)));
	}

	async net(netns: NetnsName): Promise<ObservedNet> {
		return this.#namespace(netns, `look at ${netns}`).net.observe();
	}

	async links(netns: NetnsName): Promise<ObservedNet['links']> {
		return (await this.net(netns)).links;
	}

	async rules(netns: NetnsName): Promise<ObservedRules> {
		return observedRules(this.#namespace(netns, `read the rules of ${netns}`));
	}

	/** None: there are no packets. */
	async flows(netns: NetnsName): Promise<readonly ObservedFlow[]> {
		this.#namespace(netns, `read the connections of ${netns}`);
		return [];
	}

	/** Nothing ever happens to none. */
	async listenToFlows(netns: NetnsName): Promise<() => void> {
		this.#namespace(netns, `listen to the connections of ${netns}`);
		return () => {};
	}

	async listeners(netns: NetnsName, _host: string): Promise<readonly ObservedListener[]> {
		this.#namespace(netns, `list the sockets of ${netns}`);
		return this.#processes.listeners(netns);
	}

	async processes(host: string): Promise<readonly ObservedProcess[]> {
		return this.#processes.of(host);
	}

	isEmpty(): boolean {
		return this.#namespaces.size === 0 && this.#processes.isEmpty();
	}

	snapshot(): Snapshot {
		const namespaces = [...this.#namespaces].map(([name, namespace]) => {
			const {net} = namespace;
			return [
				name,
				{...net.observe(), ...observedRules(namespace), sysctls: Object.fromEntries(net.sysctls), listeners: this.#processes.listeners(name)},
			] as const;
		});
		return {namespaces: Object.fromEntries(namespaces), processes: this.#processes.all(), files: Object.fromEntries(this.#processes.files)};
	}

	#tryToDo(op: Op): void {
		this.#opsTried++;
		if (this.#opsTried === this.failAt) {
			throw new LabError('E_KERNEL', {doing: doing(op), said: 'told to fail here'});
		}

		this.#do(op);
	}

	#do(op: Op): void {
		switch (op.do) {
			case 'netns.add': {
				return this.#addNamespace(op);
			}

			case 'link.add': {
				return refuse(
					op,
					addLink(op, (name) => this.#namespace(name, doing(op)).net),
				);
			}

			case 'link.set': {
				return refuse(op, this.#net(op).setLink(op));
			}

			case 'addr.add': {
				return refuse(op, this.#net(op).addAddress(op));
			}

			case 'addr.del': {
				return refuse(op, this.#net(op).removeAddress(op));
			}

			case 'route.add': {
				return refuse(op, this.#net(op).addRoute(op));
			}

			case 'fdb.set':
			case 'neigh.set': {
				return refuse(op, this.#net(op).setEntry(op));
			}

			case 'sysctl.set': {
				return refuse(op, this.#net(op).setSysctl(op.key, op.value));
			}

			case 'chain.add':
			case 'policy.set':
			case 'rule.add': {
				return refuseRule(op, this.#namespace(op.netns, doing(op)).rules[op.family].do(op));
			}

			default: {
				return this.#processes.do(op);
			}
		}
	}

	#undo(op: Op): void {
		switch (op.do) {
			case 'netns.add': {
				return this.#removeNamespace(op.netns);
			}

			case 'link.add': {
				const [end] = endsOf(op);
				return end === undefined ? undefined : this.#namespaces.get(end.netns)?.net.removeLink(end.name);
			}

			case 'link.set': {
				return this.#undoIn(op, (net) => net.setLink(inverse(op)));
			}

			case 'addr.add': {
				return this.#undoIn(op, (net) => net.removeAddress(op));
			}

			case 'addr.del': {
				return this.#undoIn(op, (net) => net.addAddress(op));
			}

			case 'route.add': {
				return this.#undoIn(op, (net) => net.removeRoute(op));
			}

			case 'fdb.set':
			case 'neigh.set': {
				return this.#undoIn(op, (net) => net.removeEntry(op));
			}

			case 'sysctl.set': {
				const {was} = op;
				return was === undefined ? undefined : this.#undoIn(op, (net) => net.setSysctl(op.key, was));
			}

			case 'chain.add':
			case 'policy.set':
			case 'rule.add': {
				return refuseRule(op, this.#namespaces.get(op.netns)?.rules[op.family].undo(op));
			}

			default: {
				return this.#processes.undo(op);
			}
		}
	}

	#addNamespace(op: OpOf<'netns.add'>): void {
		if (this.#namespaces.has(op.netns)) {
			throw new LabError('E_KERNEL', {doing: doing(op), said: 'a namespace of that name is already there'});
		}

		this.#namespaces.set(op.netns, {net: new FakeNet(), rules: {4: new FakeRules(), 6: new FakeRules()}});
	}

	/** A namespace takes its links along, and they their other ends. */
	#removeNamespace(name: NetnsName): void {
		const net = this.#namespaces.get(name)?.net;
		for (const link of net?.links.keys() ?? []) {
			net?.removeLink(link);
		}

		this.#processes.forget(name);
		this.#namespaces.delete(name);
	}

	#namespace(name: NetnsName, what: string): Namespace {
		const found = this.#namespaces.get(name);
		if (found === undefined) {
			throw new LabError('E_NAME_UNKNOWN', {doing: what, said: `there is no namespace ${name}`});
		}

		return found;
	}

	#net(op: Extract<Op, {readonly netns: NetnsName}>): FakeNet {
		return this.#namespace(op.netns, doing(op)).net;
	}

	/** Takes an op back; that its namespace or thing is gone, or back already, is fine. */
	#undoIn(op: Extract<Op, {readonly netns: NetnsName}>, work: (net: FakeNet) => number | undefined): void {
		const net = this.#namespaces.get(op.netns)?.net;
		const number = net === undefined ? undefined : work(net);
		refuse(op, number === undefined || isUndone(op, number) ? undefined : number);
	}
}

function observedRules({rules}: Namespace): ObservedRules {
	const [v4, v6] = [rules[4].observe(4), rules[6].observe(6)];
	return {chains: [...v4.chains, ...v6.chains], rules: [...v4.rules, ...v6.rules]};
}

function attempt(op: Op, work: () => void): Outcome {
	try {
		work();
		return {is: 'done'};
	} catch (error) {
		return {is: 'failed', error: toLabError(error, doing(op))};
	}
}

function refuse(op: Op, number: number | undefined): void {
	if (number !== undefined) {
		throw refusal(op, number);
	}
}

function refuseRule(op: RuleOp, said: string | undefined): void {
	if (said !== undefined) {
		throw new LabError('E_RULES', {doing: doing(op), said});
	}
}
