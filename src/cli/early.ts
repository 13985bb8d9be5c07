// Starts a lab's engine while the command line is still loading: half of the time of `vethlab up` is two Nodes that start, and they can do so
// at once. Only where the lab's name is plain to see; whoever finds that it was not meant ends it again.
import {readFileSync} from 'node:fs';
import {resolve} from 'node:path';
import {endLab, startEngine, type Started} from '../api/launch.ts';
import type {Environment} from '../api/lab-files.ts';
import {interruptible} from './interruption.ts';

/** An engine that was started before anybody asked for it. */
export class EarlyEngine {
	readonly #name: string;
	#started: Promise<Started> | undefined;
	/** Called when a signal is no longer ours to answer. */
	#release: () => void = () => undefined;

	constructor(name: string, started: Promise<Started>) {
		this.#name = name;
		this.#started = started;
		started.catch(() => {
			// whoever takes it hears of it
		});
		const released = new Promise<void>((release) => {
			this.#release = release;
		});
		void interruptible(
			async () => endLab(await started),
			async () => released,
		);
	}

	/** The engine, if it is of this name and nobody has it yet. */
	take(name: string): Promise<Started> | undefined {
		const started = this.#name === name ? this.#started : undefined;
		if (started !== undefined) {
			this.#started = undefined;
			this.#release();
		}

		return started;
	}

	/** Ends it when nobody took it. */
	async drop(): Promise<void> {
		const started = this.#started;
		this.#started = undefined;
		try {
			await (started === undefined ? undefined : endLab(await started));
		} catch {
			// it did not start, so there is nothing to end
		} finally {
			this.#release();
		}
	}
}

/** The name of a lab under test: two tests of one file do not meet. */
export function testName(lab: string): string {
	return `${lab.slice(0, 24)}-test-${process.pid}`;
}

/** Starts the engine that `args` will ask for, when that can be told without reading the whole file. */
export function startEarly(args: readonly string[], env: Environment): EarlyEngine | undefined {
	const [command, ...rest] = args;
	const file = rest.find((word) => !word.startsWith('-'));
	if ((command !== 'up' && command !== 'test') || file === undefined || rest.some((word) => !isPlain(word))) {
		return undefined;
	}

	const name = nameIn(file);
	if (name === undefined) {
		return undefined;
	}

	const meant = command === 'up' ? name : testName(name);
	return new EarlyEngine(meant, startEngine({name: meant, file: resolve(file), env}));
}

/** Files, and options that stand alone and do not change the lab's name. */
function isPlain(word: string): boolean {
	return !word.startsWith('-') || ['-d', '--detach', '--json', '--ascii', '--keep-on-fail'].includes(word);
}

function nameIn(file: string): string | undefined {
	try {
		const text = readFileSync(file, 'utf8');
		return /^vethlab:/m.test(text) ? /^name: *([\w.-]{1,40}) *(?:#.*)?$/m.exec(text)?.[1] : undefined;
	} catch {
		return undefined;
	}
}
