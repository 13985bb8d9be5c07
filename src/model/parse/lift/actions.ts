// Actions: from the tree to plain data, with their defaults. A new action: its member in `lab.ts`, its keys in `schema/steps.ts`, its row here.
import type {Action, Position} from '../../lab.ts';
import {publishesOf} from '../ports.ts';
import type {Report} from '../report.ts';
import {flagOf, get, textOf, type Entry, type Node, type Place} from '../tree.ts';
import {commandAt, flagAt, milliseconds, numberAt, oneOf, portAt, textAt, wordAt} from './values.ts';

/** For what only a closer look can refuse. */
export interface Complaints {
	readonly report: Report;
	/** The place of a key of the action. */
	readonly placeOf: (key: string) => Place;
}

type Lift = (node: Node, at: Position, complaints: Complaints) => Action | undefined;

const rows: Readonly<Record<Action['do'], Lift>> = {
	ping: (node, at) => ({
		do: 'ping',
		...endsOf(node),
		count: numberAt(node, 'count') ?? 1,
		size: numberAt(node, 'size'),
		df: flagAt(node, 'df', false),
		fails: flagAt(node, 'fails', false),
		at,
	}),
	http: (node, at) => {
		const fails = get(node, 'fails');
		const how = oneOf(textOf(fails), ['refused', 'timeout', 'unreachable']) ?? flagOf(fails) ?? false;
		return {do: 'http', from: textAt(node, 'from') ?? '', url: textAt(node, 'url') ?? '', fails: how, at};
	},
	tcp: (node, at) => liftSend('tcp', node, at),
	udp: (node, at) => liftSend('udp', node, at),
	exec: (node, at) => ({do: 'exec', in: textAt(node, 'in') ?? '', command: commandAt(node, 'cmd'), fails: flagAt(node, 'fails', false), at}),
	start: (node, at) => ({do: 'start', ...startOf(node), at}),
	stop: (node, at) => ({do: 'stop', service: textOf(node) ?? '', at}),
	restart: (node, at) => ({do: 'restart', ...startOf(node), at}),
	remove: (node, at) => ({do: 'remove', service: textOf(node) ?? '', at}),
	connect: (node, at) => ({do: 'connect', ...membershipOf(node), at}),
	disconnect: (node, at) => ({do: 'disconnect', ...membershipOf(node), at}),
	remove_network: (node, at) => ({do: 'remove_network', network: textOf(node) ?? textAt(node, 'network') ?? '', ...refusalOf(node), at}),
	dns: (node, at) => ({do: 'dns', from: textAt(node, 'from') ?? '', name: textAt(node, 'name') ?? '', server: textAt(node, 'server'), at}),
	publish: (node, at, {report, placeOf}) => {
		const publish = publishesOf(textAt(node, 'port') ?? '', at);
		if ('wrong' in publish) {
			report.error(placeOf('port'), publish.wrong, publish.hint);
			return undefined;
		}

		return {do: 'publish', service: textAt(node, 'service') ?? '', publish, at};
	},
	daemon: (node, at) => {
		const action = wordAt(node, 'do', ['start', 'stop', 'restart']);
		return action && {do: 'daemon', host: textAt(node, 'host') ?? '', action, at};
	},
	signal: (node, at) => {
		const signal = wordAt(node, 'sig', ['STOP', 'CONT', 'TERM', 'KILL']);
		return signal && {do: 'signal', host: textAt(node, 'at') ?? '', process: textAt(node, 'name') ?? '', signal, at};
	},
	fault: (node, at) => {
		const applied = textAt(node, 'apply');
		return {do: 'fault', verb: applied === undefined ? 'clear' : 'apply', fault: applied ?? textAt(node, 'clear') ?? '', at};
	},
	wait: (node, at) => ({do: 'wait', ms: milliseconds(textOf(node) ?? ''), at}),
};

/** One action of a step; undefined for an action that is not built yet, or after a complaint. */
export function liftAction({key, at, value}: Entry, complaints: Complaints): Action | undefined {
	return isAction(key) ? rows[key](value, at, complaints) : undefined;
}

function isAction(key: string): key is Action['do'] {
	return Object.hasOwn(rows, key);
}

function endsOf(node: Node): {readonly from: string; readonly to: string} {
	return {from: textAt(node, 'from') ?? '', to: textAt(node, 'to') ?? ''};
}

/** `web`, or `{service: web, fails: "words of the refusal"}`. */
function startOf(node: Node): {readonly service: string; readonly refusal?: string} {
	return {service: textOf(node) ?? textAt(node, 'service') ?? '', ...refusalOf(node)};
}

function refusalOf(node: Node): {readonly refusal?: string} {
	const fails = get(node, 'fails');
	const refusal = flagOf(fails) === true ? '' : flagOf(fails) === false ? undefined : textOf(fails);
	return {...(refusal !== undefined && {refusal})};
}

function membershipOf(node: Node): {readonly service: string; readonly network: string} {
	return {service: textAt(node, 'service') ?? '', network: textAt(node, 'network') ?? ''};
}

function liftSend(protocol: 'tcp' | 'udp', node: Node, at: Position): Action | undefined {
	const port = portAt(node, 'port');
	return (
		port && {
			do: protocol,
			...endsOf(node),
			port,
			send: textAt(node, 'send'),
			sourcePort: portAt(node, 'source_port'),
			fails: flagAt(node, 'fails', false),
			at,
		}
	);
}
