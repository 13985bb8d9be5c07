// The containers of a lab by name: starting, stopping, removing. One container: container.ts.
import {rmSync} from 'node:fs';
import {rm} from 'node:fs/promises';
import {join} from 'node:path';
import type {ContainerSpec} from '../plan/op.ts';
import type {Native} from '../../native/index.ts';
import {Container, type ContainerPlan} from './container.ts';
import {openCrun, type Crun} from './crun.ts';
import {Turnstile} from './order.ts';

/** With two cores two crun at once keep both busy; more than four only wait for each other. */
const mostStarts = 4;

export interface ContainersOptions {
	readonly scratch: string;
	/** Path of crun. */
	readonly crun: string;
	/** A container ended without being asked to. */
	readonly onExit: (container: string, exitCode: number) => void;
}

export class Containers {
	readonly #native: Native;
	readonly #options: ContainersOptions;
	readonly #byName = new Map<string, Container>();
	readonly #starts = new Turnstile(mostStarts);
	readonly #crun: Crun;

	constructor(native: Native, options: ContainersOptions) {
		this.#native = native;
		this.#options = options;
		this.#crun = openCrun(native, options.crun);
	}

	/** Also one that has ended; undefined: there is none of that name, or it was removed. */
	get(name: string): Container | undefined {
		return this.#byName.get(name);
	}

	/** Rejects with E_RUNTIME. */
	async start(plan: Omit<ContainerPlan, 'folder' | 'crun' | 'state'>): Promise<Container> {
		const {name} = plan.spec;
		const container = await this.#starts.pass(async () =>
			Container.start(this.#native, {...plan, folder: this.#folder(name), crun: this.#crun, state: this.#state()}),
		);
		this.#byName.set(name, container);
		void container.ended.then((exit) => {
			if (!container.isStopping) {
				this.#options.onExit(name, exit);
			}
		});
		return container;
	}

	/** Kills it. Its files go too, unless it had ended before: those stay for its next start, as after `docker stop`. */
	async remove({name, id}: ContainerSpec): Promise<void> {
		const container = this.#byName.get(name);
		const wasRunning = container?.isRunning === true;
		await container?.stop(0);
		this.#byName.delete(name);
		rmSync(join(this.#state(), id), {recursive: true, force: true});
		if (wasRunning) {
			await this.forget(name);
		}
	}

	/** Drops the files of a container that is not there. */
	async forget(name: string): Promise<void> {
		if (!this.#byName.has(name)) {
			await rm(this.#folder(name), {recursive: true, force: true});
		}
	}

	#folder(name: string): string {
		return join(this.#options.scratch, 'containers', name);
	}

	#state(): string {
		return join(this.#options.scratch, 'crun');
	}
}
