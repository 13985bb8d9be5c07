// What a run of `vethlab test` leaves behind: the captures of its scenarios, in a folder of its own. Nothing that is there is ever written over.
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import type {Client} from '../api/client.ts';
import {LabError} from '../base/errors.ts';
import type {CaptureFile, Lab} from '../model/lab.ts';
import {Places} from '../scenario/places.ts';
import {CaptureOut} from './capture-out.ts';

const folderHint = 'name a folder that is there and that you may write in: vethlab test --artifacts FOLDER';
/** After so many runs nobody looks at the first ones any more. */
const mostRuns = 10_000;

/** A file that was kept. */
export interface Kept {
	readonly path: string;
	readonly packets: number;
	/** Packets that the kernel had no room for. */
	readonly drops: number;
}

/** The folder of a run: `run-1`, or the next number that is free. It is made when something is put into it. */
export class RunFolder {
	readonly #parent: string;
	#path: string | undefined;

	constructor(parent: string) {
		this.#parent = parent;
	}

	/** A folder in it for a lab. Throws E_ARGUMENT when it cannot be made. */
	of(lab: string): string {
		this.#path ??= this.#make();
		const path = join(this.#path, lab);
		return isMade(path) ? path : this.#another(path);
	}

	/** Of two scenarios of one name. */
	#another(path: string): string {
		for (let number = 2; number < mostRuns; number++) {
			if (isMade(`${path}-${number}`)) {
				return `${path}-${number}`;
			}
		}

		throw tooMany(path);
	}

	#make(): string {
		for (let number = 1; number < mostRuns; number++) {
			const path = join(this.#parent, `run-${number}`);
			if (isMade(path)) {
				return path;
			}
		}

		throw tooMany(join(this.#parent, 'run-1'));
	}
}

/** Captures what the scenario wants to be kept. Returns the function that ends it. Throws E_ARGUMENT, and what capturing throws. */
export async function beginCaptures(lab: Lab, client: Client, folder: () => string): Promise<() => Promise<readonly Kept[]>> {
	const {captures = []} = lab;
	if (captures.length === 0) {
		return async () => [];
	}

	const places = new Places(await client.call('view', {}));
	const path = folder();
	const ends = await Promise.all(captures.map(async (capture) => begin(capture, {client, places, path: join(path, capture.file)})));
	return async () => Promise.all(ends.map(async (end) => end()));
}

interface Into {
	readonly client: Client;
	readonly places: Places;
	readonly path: string;
}

async function begin({filter, snaplen, ...point}: CaptureFile, {client, places, path}: Into): Promise<() => Promise<Kept>> {
	const {site, dev} = places.of(point);
	const capturing = await client.capture({
		nodes: [site],
		interfaces: dev === undefined ? [] : [`${site}/${dev}`],
		filter,
		count: undefined,
		...(snaplen === undefined ? {} : {snaplen}),
	});
	const file = new CaptureOut(path, {flags: 'wx', mode: 0o666, hint: folderHint});
	capturing.onData((piece) => {
		file.write(piece);
	});
	return async () => {
		capturing.end();
		const totals = await capturing.ended.finally(() => {
			file.close();
		});
		if (file.failure !== undefined) {
			throw file.failure;
		}

		return {path, ...totals};
	};
}

/** False: something is there already. */
function isMade(path: string): boolean {
	try {
		mkdirSync(path);
		return true;
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
			return false;
		}

		throw new LabError('E_ARGUMENT', {
			doing: `write ${path}`,
			said: error instanceof Error ? error.message : String(error),
			hint: folderHint,
			cause: error,
		});
	}
}

function tooMany(path: string): LabError {
	return new LabError('E_ARGUMENT', {doing: `make ${path}`, said: `${mostRuns} of them are there`, hint: 'remove some of the old runs'});
}
