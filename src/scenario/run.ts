// Runs a lab's steps: do, then look. A client like any other; the lab must be up. What a kind of check looks at: checks/.
import type {ErrorData} from '../base/errors.ts';
import {toLabError} from '../base/errors.ts';
import type {Check, Lab, Position, Step} from '../model/lab.ts';
import type {ObservedRules} from '../model/observed.ts';
import {perform} from './actions.ts';
import {bind} from './checks/index.ts';
import type {Call, Scene, Seen} from './scene.ts';
import {isPacketCheck, openWindow, type SeenPackets, type WindowParts} from './window.ts';

export interface Result {
	/** Step and check: "in through DNAT › http laptop -> …". */
	readonly title: string;
	readonly position: Position;
	readonly ok: boolean;
	/** Milliseconds it took, tries included. */
	readonly ms: number;
	readonly seen: Seen | undefined;
	readonly error: ErrorData | undefined;
}

/** How long one connection attempt may take in milliseconds. */
const patienceMs = 2000;
/** The first try of a check that is tried again. */
const firstTryMs = 500;
/** Between two looks at something that is to become true, in milliseconds. */
const pauseMs = 20;

/** The lab as steps use it. */
export interface Bench extends WindowParts {
	readonly call: Call;
}

/** Runs all steps in order, telling `onResult` of each check (and of each action that went wrong) as it ends. */
export async function runSteps(lab: Lab, bench: Bench, onResult: (result: Result) => void): Promise<readonly Result[]> {
	const results: Result[] = [];
	for (const step of lab.steps) {
		// oxlint-disable-next-line no-await-in-loop -- steps are a story
		await runStep(step, bench, (result) => {
			results.push(result);
			onResult(result);
		});
	}

	return results;
}

async function runStep(step: Step, bench: Bench, onResult: (result: Result) => void): Promise<void> {
	const {call} = bench;
	const window = await beginWindow(step, bench);
	const counted = countedHosts(step);
	const rulesBefore = await rulesOf(counted, call);
	for (const action of step.do) {
		const began = performance.now();
		const finish = (title: string, rest: Pick<Result, 'seen' | 'error'>) => {
			onResult({title: `${step.name} › ${title}`, position: action.at, ok: false, ms: performance.now() - began, ...rest});
		};
		try {
			// oxlint-disable-next-line no-await-in-loop -- in the file's order
			const {title, problem} = await perform(action, {call, view: await call('view', {}), patienceMs});
			if (problem !== undefined) {
				finish(title, {seen: {ok: false, expected: 'the action to succeed', got: problem}, error: undefined});
			}
		} catch (error) {
			finish(action.do, {seen: undefined, error: toLabError(error, action.do).toJSON()});
		}
	}

	const rulesAfter = await rulesOf(counted, call);
	const failure = await window?.end();
	const scene: Scene = {call, view: await call('view', {}), rulesBefore, rulesAfter, patienceMs, packets: window?.seen};
	for (const check of step.expect) {
		// oxlint-disable-next-line no-await-in-loop -- one after the other: they make traffic that others count
		onResult(failure === undefined || !isPacketCheck(check) ? await runCheck(check, step, scene) : broken(check, step, failure));
	}
}

/** The window of a step whose checks look at packets. That there is none, or that it cannot be closed, is what became of those checks. */
async function beginWindow(step: Step, bench: Bench): Promise<{readonly seen: SeenPackets | undefined; readonly end: () => Promise<unknown>} | undefined> {
	if (!step.expect.some(isPacketCheck)) {
		return undefined;
	}

	try {
		const window = await openWindow(step, await bench.call('view', {}), bench);
		return {seen: window, end: async () => window.close(step.withinMs).catch((error: unknown) => error)};
	} catch (error) {
		return {seen: undefined, end: async () => error};
	}
}

/** A check that could not be made. */
function broken(check: Check, step: Step, failure: unknown): Result {
	const {title} = bind(check);
	return {title: `${step.name} › ${title}`, position: check.at, ok: false, ms: 0, seen: undefined, error: toLabError(failure, title).toJSON()};
}

async function runCheck(check: Check, step: Step, scene: Scene): Promise<Result> {
	const {title, retries, look} = bind(check);
	const began = performance.now();
	const base = {title: `${step.name} › ${title}`, position: check.at};
	try {
		// Who tries again does not wait long for a packet that was lost while the kernel looked for its way; but once as long as anybody.
		let triedMs = retries ? Math.min(firstTryMs, scene.patienceMs) : scene.patienceMs;
		let seen = await look({...scene, patienceMs: triedMs});
		const patientUntil = retries ? began + step.withinMs : began;
		while (!seen.ok && (performance.now() < patientUntil || triedMs < scene.patienceMs)) {
			// oxlint-disable-next-line no-await-in-loop -- look, wait, look again
			await new Promise((resolve) => {
				setTimeout(resolve, pauseMs);
			});
			triedMs = Math.min(2 * triedMs, scene.patienceMs);
			// oxlint-disable-next-line no-await-in-loop -- look, wait, look again
			seen = await look({...scene, patienceMs: triedMs});
		}

		return {...base, ok: seen.ok, ms: performance.now() - began, seen, error: undefined};
	} catch (error) {
		return {...base, ok: false, ms: performance.now() - began, seen: undefined, error: toLabError(error, title).toJSON()};
	}
}

/** Hosts whose rule counters the step's checks compare. */
function countedHosts(step: Step): readonly string[] {
	return [...new Set(step.expect.flatMap((check) => (check.check === 'rule' && check.hits !== undefined ? [check.host] : [])))];
}

async function rulesOf(hosts: readonly string[], call: Call): Promise<ReadonlyMap<string, ObservedRules>> {
	return new Map(await Promise.all(hosts.map(async (host): Promise<[string, ObservedRules]> => [host, await call('rules', {host})])));
}
