// Does a step's actions: those that change the lab through `act`, those that make traffic through `probe` and `exec`.
import type {Probe, ProbeResult, View} from '../api/messages.ts';
import type {Action} from '../model/lab.ts';
import {toLabError} from '../base/errors.ts';
import {unreachable} from '../base/unreachable.ts';
import {answered} from './checks/dns.ts';
import {words} from './checks/reach.ts';
import {addressOf, type Call} from './scene.ts';

export interface Done {
	/** "http laptop -> http://192.168.50.10:8080/" */
	readonly title: string;
	/** undefined: it went as it was meant to. */
	readonly problem: string | undefined;
}

/** A command of a step that has not ended by then has failed, in milliseconds. */
const longestMs = 60_000;

type Probing = Extract<Action, {readonly do: 'ping' | 'http' | 'tcp' | 'udp'}>;

/** Does one action. `patienceMs`: how long a connection attempt may take. Throws LabError when the lab refuses it. */
export async function perform(action: Action, context: {readonly call: Call; readonly view: View; readonly patienceMs: number}): Promise<Done> {
	switch (action.do) {
		case 'ping':
		case 'http':
		case 'tcp':
		case 'udp': {
			const probe = probeOf(action, context.view, context.patienceMs);
			return judge(action, await context.call('probe', probe));
		}

		case 'dns': {
			const {from, name, server} = action;
			const result = await context.call('probe', {kind: 'dns', from, name, type: 'A', server, timeoutMs: context.patienceMs});
			const asked = `dns ${from} asks ${server === undefined ? '' : `${server} `}for ${name}`;
			return {title: asked, problem: result.rcode === undefined ? `it ended with ${answered(result)}` : undefined};
		}

		case 'exec': {
			const {exit, stderr} = await run(action, context.call);
			const isWrong = (exit !== 0) !== action.fails;
			return {
				title: `exec in ${action.in}: ${action.command.join(' ')}`,
				problem: isWrong ? `exit ${exit}, ${action.fails ? 'but it was to fail' : stderr.trim() || 'nothing on stderr'}` : undefined,
			};
		}

		case 'wait': {
			await new Promise((resolve) => {
				setTimeout(resolve, action.ms);
			});
			return {title: `wait ${action.ms} ms`, problem: undefined};
		}

		case 'start':
		case 'restart':
		case 'remove_network': {
			return action.refusal === undefined ? change(action, context.call) : refused(action, action.refusal, context.call);
		}

		default: {
			return change(action, context.call);
		}
	}
}

/** A container that cannot be entered now is a command that failed, as with `docker exec`. */
async function run({in: where, command, fails}: Extract<Action, {readonly do: 'exec'}>, call: Call): Promise<{readonly exit: number; readonly stderr: string}> {
	try {
		return await call('exec', {where, command, timeoutMs: longestMs});
	} catch (error) {
		const {code, said = ''} = toLabError(error, `exec in ${where}`);
		if (code !== 'E_CONFLICT' || !fails) {
			throw error;
		}

		return {exit: 1, stderr: said};
	}
}

type Change = Exclude<Action, Probing | {readonly do: 'dns' | 'exec' | 'wait'}>;

async function change(action: Change, call: Call): Promise<Done> {
	await call('act', {action});
	return {title: title(action), problem: undefined};
}

/** It goes as it was meant to when the lab refuses it in these words. */
async function refused(action: Change, wanted: string, call: Call): Promise<Done> {
	const meant = `${title(action)}: refused`;
	try {
		await call('act', {action});
	} catch (error) {
		const {said} = toLabError(error, meant);
		return {title: meant, problem: said?.includes(wanted) === true || wanted === '' ? undefined : `it was refused, but with: ${said ?? ''}`};
	}

	return {title: meant, problem: 'but it was done'};
}

/** What changes the lab, in a few words. */
function title(action: Change): string {
	switch (action.do) {
		case 'start':
		case 'stop':
		case 'restart':
		case 'remove':
		case 'publish': {
			return `${action.do} ${action.service}`;
		}

		case 'connect': {
			return `connect ${action.service} to ${action.network}`;
		}

		case 'disconnect': {
			return `disconnect ${action.service} from ${action.network}`;
		}

		case 'remove_network': {
			return `remove network ${action.network}`;
		}

		case 'daemon': {
			return `${action.action} the Docker engine of ${action.host}`;
		}

		case 'fault': {
			return `${action.verb} fault ${action.fault}`;
		}

		case 'signal': {
			return `send SIG${action.signal} to ${action.process} on ${action.host}`;
		}

		default: {
			return unreachable(action);
		}
	}
}

function probeOf(action: Probing, view: View, timeoutMs: number): Probe {
	const {from} = action;
	switch (action.do) {
		case 'http': {
			return {kind: 'http', from, url: action.url, timeoutMs};
		}

		case 'ping': {
			return {kind: 'ping', from, to: addressOf(action.to, view), count: action.count, size: action.size, df: action.df, timeoutMs};
		}

		default: {
			return {kind: action.do, from, to: addressOf(action.to, view), port: action.port, send: action.send, sourcePort: action.sourcePort, timeoutMs};
		}
	}
}

function judge(action: Probing, result: ProbeResult): Done {
	const to = action.do === 'http' ? action.url : action.to;
	const isMeant = action.fails === false ? result.result === 'ok' : action.fails === true ? result.result !== 'ok' : result.result === action.fails;
	return {title: `${action.do} ${action.from} -> ${to}`, problem: isMeant ? undefined : `it ended with ${words(result)}`};
}
