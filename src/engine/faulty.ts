// Makes a machine fail or die at a chosen op, so that tests can see what every failure leaves behind: VETHLAB_FAULT=fail:12 or kill:12.
import {LabError} from '../base/errors.ts';
import type {Machine, Outcome} from '../kernel/machine.ts';
import type {Op} from '../plan/op.ts';

/** The machine itself when `fault` is undefined. `fail:N`: the N-th op of its life, from 1, fails. `kill:N`: the engine kills itself (SIGKILL) right after the N-th. */
export function faulty(machine: Machine, fault: string | undefined): Machine {
	const [, kind, number] = /^(fail|kill):(\d+)$/.exec(fault ?? '') ?? [];
	if (kind === undefined) {
		return machine;
	}

	let count = 0;
	const one = async (op: Op): Promise<Outcome> => {
		count++;
		if (kind === 'fail' && count === Number(number)) {
			return {is: 'failed', error: new LabError('E_KERNEL', {doing: op.do, said: `a fault was asked for at step ${count}`})};
		}

		const [outcome] = await machine.do([op]);
		if (kind === 'kill' && count === Number(number)) {
			process.kill(process.pid, 'SIGKILL');
		}

		return outcome ?? {is: 'skipped'};
	};
	return {
		net: machine.net.bind(machine),
		links: machine.links.bind(machine),
		rules: machine.rules.bind(machine),
		flows: machine.flows.bind(machine),
		listenToFlows: machine.listenToFlows.bind(machine),
		listeners: machine.listeners.bind(machine),
		processes: machine.processes.bind(machine),
		undo: machine.undo.bind(machine),
		async do(ops) {
			const outcomes: Outcome[] = [];
			for (const op of ops) {
				// oxlint-disable-next-line no-await-in-loop -- one op at a time is the point
				outcomes.push(outcomes.some(({is}) => is === 'failed') ? {is: 'skipped'} : await one(op));
			}

			return outcomes;
		},
	};
}
