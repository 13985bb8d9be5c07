// The lab that lives: what is wanted, what was allocated, which containers run. Turns wishes (up, stop, publish, …) into plans for the applier.
// Not how a mode is wired (drivers/), not how an op is done (kernel/, runtime/).
import {LabError} from '../base/errors.ts';
import {unreachable} from '../base/unreachable.ts';
import {
	planConnect,
	planContainer,
	planDisconnect,
	planLab,
	planLinkUpdates,
	planNetworkRemoval,
	planPublish,
	release,
	type Allocations,
} from '../drivers/index.ts';
import type {Machine} from '../kernel/machine.ts';
import type {Lab, Service} from '../model/lab.ts';
import type {Methods, UpResult} from '../api/messages.ts';
import type {Applier} from './apply.ts';
import {cpuMs} from './cpu-time.ts';
import {Directory} from './directory.ts';
import {doFault} from './faults.ts';
import {netnsOf} from './nodes.ts';
import {signalAll, type ContainerState, type LiveParts, type Processes} from './processes.ts';
import {Queue} from './queue.ts';
import {makeAnew, needDocker, needEngine, needRunning, restartEngine, rewire, unitOf} from './rewire.ts';

/** As `docker stop`: this long between SIGTERM and SIGKILL. */
const graceMs = 10_000;

type LabAction = Methods['act']['params']['action'];

export class LiveLab {
	readonly #machine: Machine;
	readonly #applier: Applier;
	readonly #processes: Processes;
	readonly #changed: () => void;
	readonly #directory: Directory;
	readonly #queue = new Queue();
	readonly #states = new Map<string, ContainerState>();
	readonly #stoppedEngines = new Set<string>();
	#lab: Lab | undefined;
	#allocations: Allocations | undefined;
	#isUp = false;

	constructor(parts: LiveParts) {
		this.#machine = parts.machine;
		this.#applier = parts.applier;
		this.#processes = parts.processes;
		this.#changed = parts.changed;
		this.#directory = new Directory({...parts, names: (table) => parts.processes.namesChanged?.(table), heard: this.#heard});
	}

	/** undefined before `up`. */
	get lab(): Lab | undefined {
		return this.#lab;
	}

	get allocations(): Allocations | undefined {
		return this.#allocations;
	}

	get isUp(): boolean {
		return this.#isUp;
	}

	/** undefined: removed. */
	stateOf(container: string): ContainerState | undefined {
		return this.#states.get(container);
	}

	/** Builds the lab; when a step fails nothing is left of it and the step's error is thrown. */
	async up(lab: Lab): Promise<UpResult> {
		return this.#queue.run(async () => {
			if (this.#lab !== undefined) {
				throw new LabError('E_LAB_EXISTS', {doing: `bring up ${lab.name}`, said: 'this engine has a lab already'});
			}

			const began = performance.now();
			const cpuBegan = cpuMs();
			const {units, allocations, notes} = planLab(lab, await this.#directory.open());
			// a container may ask for a name with its first breath
			await this.#directory.begin(lab, allocations, async () => this.#applier.make(units));
			this.#adopt({lab, allocations});
			for (const service of lab.services) {
				this.#started(service);
			}

			this.#isUp = true;
			this.#changed();
			return {ops: units.reduce((sum, unit) => sum + unit.ops.length, 0), wallMs: performance.now() - began, cpuMs: cpuMs() - cpuBegan, notes};
		});
	}

	/** Does one of a scenario's or a person's actions. */
	async act(action: LabAction): Promise<void> {
		await this.#queue.run(async () => {
			await this.#act(action);
			this.#changed();
		});
	}

	/** Does a change of somebody else's, alone: `work` gets the lab as it is when its turn comes, and resolves with what it is then. E_CONFLICT before `up`. */
	async change(work: (lab: Lab, allocations: Allocations) => Promise<{readonly lab: Lab; readonly allocations: Allocations}>): Promise<void> {
		await this.#queue.run(async () => {
			const {lab, allocations} = this.#need();
			this.#adopt(await work(lab, allocations));
			this.#changed();
		});
	}

	/** A container's process ended by itself: its network goes, as Docker takes it down. */
	async ended(container: string, exitCode: number | undefined): Promise<void> {
		await this.#queue.run(async () => {
			// it may have been started again before its end was heard of
			if (this.#states.get(container)?.is === 'running' && !this.#processes.isRunning(container)) {
				await this.#takeDown(container, exitCode);
				this.#changed();
			}
		});
	}

	async #act(action: LabAction): Promise<void> {
		switch (action.do) {
			case 'start': {
				return this.#start(this.#service(action.service));
			}

			case 'stop': {
				return this.#stop(this.#service(action.service));
			}

			case 'restart': {
				const service = this.#service(action.service);
				await this.#stop(service);
				return this.#start(service);
			}

			case 'remove': {
				const service = this.#service(action.service);
				await this.#stop(service);
				this.#states.delete(service.name);
				return this.#processes.forget(service.name);
			}

			case 'publish': {
				const service = this.#service(action.service);
				needRunning(this.#states.get(service.name), `publish a port of ${service.name}`);
				const {ops, allocations} = planPublish(this.#need().lab, this.#need().allocations, service.name, action.publish);
				await this.#applier.extend(unitOf(service.name), ops);
				this.#allocations = allocations;
				return;
			}

			case 'connect':
			case 'disconnect': {
				return this.#reconnect(action.do, this.#service(action.service), action.network);
			}

			case 'remove_network': {
				return this.#removeNetwork(action.network);
			}

			case 'daemon': {
				return this.#daemon(action.host, action.action);
			}

			case 'signal': {
				return signalAll(this.#processes, action);
			}

			case 'fault': {
				return doFault(this.#applier, this.#need().lab, action);
			}

			default: {
				return unreachable(action);
			}
		}
	}

	async #start(service: Service): Promise<void> {
		if (this.#states.get(service.name)?.is === 'running') {
			return;
		}

		needEngine(this.#stoppedEngines, service, `start ${service.name}`);
		const {lab, allocations} = this.#need();
		const planned = planContainer(lab, allocations, service.name);
		await this.#directory.change([lab, allocations], [lab, planned.allocations], async () => makeAnew(this.#applier, planned));
		const {files, allocations: linked} = planLinkUpdates(lab, planned.allocations, service.name);
		this.#allocations = linked;
		this.#started(service);
		for (const {service: linker, ops} of files) {
			// oxlint-disable-next-line no-await-in-loop -- few, and one after the other as Docker does
			await this.#applier.extend(unitOf(linker), ops);
		}
	}

	/** A stopped container only remembers it, as in Docker. */
	async #reconnect(verb: 'connect' | 'disconnect', service: Service, network: string): Promise<void> {
		needEngine(this.#stoppedEngines, service, `${verb} ${service.name}`);
		const {lab, allocations} = this.#need();
		const change = (verb === 'connect' ? planConnect : planDisconnect)(lab, allocations, service.name, network);
		await this.#directory.change([lab, allocations], [change.lab, change.allocations], async () => rewire(this.#applier, unitOf(service.name), change));
		this.#adopt(change);
	}

	async #removeNetwork(name: string): Promise<void> {
		const {lab, allocations} = this.#need();
		const left = planNetworkRemoval(lab, allocations, name);
		await this.#directory.change([lab, allocations], [left.lab, left.allocations], async () => this.#applier.remove(left.units));
		this.#adopt(left);
	}

	#adopt({lab, allocations}: {readonly lab: Lab; readonly allocations: Allocations}): void {
		this.#lab = lab;
		this.#allocations = allocations;
	}

	/** Containers on another machine came or went. */
	readonly #heard = (): void => {
		const told = this.#queue.run(async () => {
			if (this.#lab !== undefined && this.#allocations !== undefined) {
				this.#allocations = {...this.#allocations, foreign: this.#directory.foreign};
				await this.#directory.tell(this.#lab, this.#allocations);
			}
		});
		told.catch(() => {
			// nobody asked for it; what could not be written is tried again with the next change
		});
	};

	async #stop(service: Service): Promise<void> {
		if (this.#states.get(service.name)?.is !== 'running') {
			return;
		}

		const exitCode = await this.#processes.stop(service.name, graceMs);
		await this.#takeDown(service.name, exitCode);
	}

	async #takeDown(container: string, exitCode: number | undefined): Promise<void> {
		this.#states.set(container, {is: 'exited', exitCode});
		const {lab, allocations} = this.#need();
		this.#allocations = release(allocations, container);
		try {
			await this.#directory.tell(lab, this.#allocations);
		} finally {
			// the namespace not before: a macvlan is deleted inside it, and the kernel takes its time with one that is closed
			await this.#applier.remove([unitOf(container)]).finally(() => this.#processes.dropNetns(container));
		}
	}

	/** As systemctl does with dockerd: without live-restore its containers stop with it; docker0, the policy and ip_forward stay. */
	async #daemon(host: string, action: 'start' | 'stop' | 'restart'): Promise<void> {
		const {lab} = this.#need();
		needDocker(lab, host, `${action} the Docker engine of ${host}`);
		if (action !== 'start' && !this.#stoppedEngines.has(host)) {
			const mine = lab.services.filter((service) => service.host === host);
			await Promise.all(mine.map(async (service) => this.#stop(service)));
			this.#stoppedEngines.add(host);
		}

		if (action !== 'stop' && this.#stoppedEngines.has(host)) {
			this.#allocations = await restartEngine({applier: this.#applier, machine: this.#machine}, this.#need(), host);
			this.#stoppedEngines.delete(host);
		}
	}

	#started(service: Service): void {
		this.#states.set(service.name, {is: 'running'});
		if (service.attach.mode === 'container') {
			this.#processes.keepNetns(service.name, netnsOf(this.#service(service.attach.of)));
		}
	}

	#need(): {readonly lab: Lab; readonly allocations: Allocations} {
		if (this.#lab === undefined || this.#allocations === undefined) {
			throw new LabError('E_CONFLICT', {doing: 'change the lab', said: 'the lab is not up yet'});
		}

		return {lab: this.#lab, allocations: this.#allocations};
	}

	#service(name: string): Service {
		const service = this.#need().lab.services.find((one) => one.name === name);
		if (service === undefined || !this.#states.has(name)) {
			throw new LabError('E_NAME_UNKNOWN', {doing: `look for container ${name}`});
		}

		return service;
	}
}
