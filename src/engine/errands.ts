// Commands that people type in a lab host's shell and that the engine does, so that the lab knows what became of it: pipework. To add one: a line in
// `errands`, and in runtime/own-programs.ts.
import {setTimeout} from 'node:timers/promises';
import {toLabError} from '../base/errors.ts';
import {planPipework, type PipeworkPlan} from '../drivers/index.ts';
import type {Machine} from '../kernel/machine.ts';
import {parsePipework} from '../model/pipework.ts';
import {commandFrom} from '../plan/words.ts';
import type {Op} from '../plan/op.ts';
import type {Told} from '../runtime/door.ts';
import type {Applier} from './apply.ts';
import type {LiveLab} from './live.ts';
import {rewire} from './rewire.ts';

interface Parts {
	readonly live: Pick<LiveLab, 'change'>;
	readonly applier: Applier;
	readonly machine: Machine;
	/** PID of a running container's first process, as its host sees it. */
	readonly pidOf: (container: string) => number | undefined;
}

/** Does the command of these words on a host. What goes wrong is in what it says, as of any command. Resolves with the lines that it printed. */
type Errand = (parts: Parts, host: string, words: readonly string[]) => Promise<readonly string[]>;

const errands: Readonly<Record<string, Errand>> = {pipework};

/** The first word is the name that the command was called by. */
export async function runErrand(parts: Parts, host: string, [name = '', ...words]: readonly string[]): Promise<Told> {
	const errand = errands[name];
	if (errand === undefined) {
		return {exit: 127, stdout: [], stderr: [`${name}: no command of that name is the lab's`]};
	}

	try {
		return {exit: 0, stdout: await errand(parts, host, words), stderr: []};
	} catch (error) {
		const {doing, said, hint, code} = toLabError(error, name).toJSON();
		const what = [doing, said].filter((part) => part !== undefined && part !== name).join(': ');
		return {exit: code === 'E_ARGUMENT' ? 2 : 1, stdout: [], stderr: [`${name}: ${what}`, `  ${hint}`]};
	}
}

/** Every step as the command that it stands for. */
async function pipework(parts: Parts, host: string, words: readonly string[]): Promise<readonly string[]> {
	const {live, machine} = parts;
	const wish = parsePipework(words);
	const said: string[] = [];
	await live.change(async (lab, allocations) => {
		const [net, rules] = await Promise.all([machine.net(host), machine.rules(host)]);
		const plan = planPipework(lab, allocations, {host, seen: {net, rules}}, wish);
		const removed = await doPlan(parts, host, plan);
		const pid = parts.pidOf(plan.service) ?? 0;
		said.push(
			...[...plan.onHost, ...plan.first].flatMap((op) => commandFrom(host, pid, op)),
			...removed.flatMap((op) => commandFrom(host, pid, op, 'undo')),
			...[...plan.next, ...plan.announce].flatMap((op) => commandFrom(host, pid, op)),
		);
		return plan;
	});
	return said;
}

/** All of it, or nothing. Returns what had to go for it. */
async function doPlan({applier, machine}: Parts, host: string, plan: PipeworkPlan): Promise<readonly Op[]> {
	const [unit, container] = [`host:${host}`, `container:${plan.service}`];
	const wired = new Set([...plan.first, ...plan.next]);
	let removed: readonly Op[] = [];
	try {
		await applier.extend(unit, plan.onHost);
		removed = await rewire(applier, container, plan);
		if (plan.carrier !== undefined) {
			await forwards(machine, host, plan.carrier);
		}

		await applier.extend(container, plan.announce);
		return removed;
	} catch (error) {
		await applier.removeOps(container, (op) => wired.has(op));
		await applier.extend(container, removed);
		await applier.removeOps(unit, (op) => plan.onHost.includes(op));
		throw error;
	}
}

const pollMs = 2;
const mostPolls = 500;

/** Until a new port of a bridge forwards: the kernel looks for its carrier a moment after it was plugged in (net/core/link_watch.c). */
async function forwards(machine: Machine, host: string, dev: string): Promise<void> {
	for (let poll = 0; poll < mostPolls; poll++) {
		// oxlint-disable-next-line no-await-in-loop -- looked at again
		const links = await machine.links(host);
		if (links.find(({name}) => name === dev)?.state === 'UP') {
			return;
		}

		// oxlint-disable-next-line no-await-in-loop -- as above
		await setTimeout(pollMs);
	}
}
