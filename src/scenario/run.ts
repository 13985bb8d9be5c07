// Runs a lab's steps: do, then look. A client like any other; the lab must be up. What a kind of check looks at: checks/.
import type {ErrorData} from '../base/errors.ts';
import {toLabError} from '../base/errors.ts';
import type {Check, Lab, Position, Step} from '../model/lab.ts';
import type {ObservedRules} from '../model/observed.ts';
import {perform} from './actions.ts';
import {bind} from './checks/index.ts';
import type {Call, Scene, Seen} from './scene.ts';

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
/** Between two looks at something that is to become true, in milliseconds. */
const pauseMs = 20;

/** Runs all steps in order, telling `onResult` of each check (and of each action that went wrong) as it ends. */
export async function runSteps(lab: Lab, call: Call, onResult: (result: Result) => void): Promise<readonly Result[]> {
	const results: Result[] = [];
	for (const step of lab.steps) {
		// oxlint-disable-next-line no-await-in-loop -- steps are a story
		await runStep(step, call, (result) => {
			results.push(result);
			onResult(result);
		});
	}

	return results;
}

async function runStep(step: Step, call: Call, onResult: (result: Result) => void): Promise<void> {
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

	const scene: Scene = {call, view: await call('view', {}), rulesBefore, rulesAfter: await rulesOf(counted, call), patienceMs};
	for (const check of step.expect) {
		// oxlint-disable-next-line no-await-in-loop -- one after the other: they make traffic that others count
		onResult(await runCheck(check, step, scene));
	}
}

async function runCheck(check: Check, step: Step, scene: Scene): Promise<Result> {
	const {title, retries, look} = bind(check);
	const began = performance.now();
	const base = {title: `${step.name} › ${title}`, position: check.at};
	try {
		let seen = await look(scene);
		const patientUntil = retries ? began + step.withinMs : began;
		while (!seen.ok && performance.now() < patientUntil) {
			// oxlint-disable-next-line no-await-in-loop -- look, wait, look again
			await new Promise((resolve) => {
				setTimeout(resolve, pauseMs);
			});
			// oxlint-disable-next-line no-await-in-loop -- look, wait, look again
			seen = await look(scene);
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
