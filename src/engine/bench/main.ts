// What `vethlab bench` compares a lab with, started in a box like any lab's: floor.ts, script.ts or network.ts. It takes turns with cli/bench/box.ts, which
// holds the clock: first line in: the job; out: "ready"; in: "go"; out: "done"; in: "check"; out: "fine" or what is wrong. It ends with its input.
import {createInterface} from 'node:readline/promises';
import process from 'node:process';
import {loadNative} from '../../../native/index.ts';
import {toLabError} from '../../base/errors.ts';
import {expectShortLife} from '../../base/v8.ts';
import {planLab} from '../../drivers/index.ts';
import type {Lab} from '../../model/lab.ts';
import type {Unit} from '../../plan/op.ts';
import {prepareFloor} from './floor.ts';
import {prepareNetwork, prepareNetworkFloor} from './network.ts';
import {prepareScript} from './script.ts';

/** Prepared before the clock starts. */
export interface Job {
	/** What is measured. */
	go(): Promise<void>;
	/** What is wrong with what was made; undefined: nothing. */
	check(): Promise<string | undefined>;
}

export type JobName = 'floor' | 'script' | 'network' | 'network floor';

interface Order {
	readonly job: JobName;
	readonly lab: Lab;
	/** What shows that the last published port works. */
	readonly requests: readonly {readonly from: string; readonly url: string}[];
}

async function takeTurns(): Promise<void> {
	const lines = createInterface({input: process.stdin})[Symbol.asyncIterator]();
	const turn = async (): Promise<string> => {
		const line = await lines.next();
		return line.done === true ? '' : line.value;
	};
	const order = JSON.parse(await turn()) as Order;
	const scratch = process.env['VETHLAB_SCRATCH'] ?? '';
	const job = prepare(order, scratch, planLab(order.lab).units);
	say('ready');
	await turn();
	await job.go();
	say('done');
	await turn();
	say((await job.check()) ?? 'fine');
	await turn();
}

function prepare({job, requests}: Order, scratch: string, units: readonly Unit[]): Job {
	switch (job) {
		case 'floor': {
			return prepareFloor({native: loadNative(), scratch, units, requests});
		}

		case 'script': {
			return prepareScript({native: loadNative(), scratch, units, requests});
		}

		case 'network': {
			return prepareNetwork({native: loadNative(), scratch, units});
		}

		case 'network floor': {
			return prepareNetworkFloor({native: loadNative(), units});
		}
	}
}

function say(line: string): void {
	process.stdout.write(`${line}\n`);
}

async function main(): Promise<void> {
	try {
		await takeTurns();
		process.exit(0);
	} catch (error) {
		const known = toLabError(error, 'measure');
		say(known.message);
		process.stderr.write(`${known.stack ?? ''}\n`);
		process.exit(4);
	}
}

expectShortLife();
void main();
