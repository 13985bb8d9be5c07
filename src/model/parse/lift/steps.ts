// Steps and their actions: from the tree to plain data. A new action: its member in `lab.ts`, its keys in `schema/steps.ts`, its case here.
import type {Action, Check, Position, Step} from '../../lab.ts';
import {publishesOf} from '../ports.ts';
import type {Report} from '../report.ts';
import {entriesOf, flagOf, get, itemsOf, textOf, type Entry, type Node, type Place, type SourceTree} from '../tree.ts';
import {liftCheck, type Nodes} from './checks.ts';
import {commandAt, flagAt, milliseconds, numberAt, oneOf, portAt, textAt, wordAt} from './values.ts';

/** How long positive checks are tried again when a step does not say. */
const usualWithinMs = 2000;

export function liftSteps(tree: SourceTree, nodes: Nodes, report: Report): readonly Step[] {
	const steps = itemsOf(get(tree.root, 'steps')).map((node, index) => liftStep(node, index, {tree, nodes, report}));
	const expect = get(tree.root, 'expect');
	if (expect === undefined) {
		return steps;
	}

	const {position} = tree.key('expect');
	return [...steps, {name: steps.length === 0 ? 'after start' : 'at the end', do: [], withinMs: usualWithinMs, expect: liftExpect(expect, nodes), at: position}];
}

interface Context {
	readonly tree: SourceTree;
	readonly nodes: Nodes;
	readonly report: Report;
}

function liftStep(node: Node, index: number, {tree, nodes, report}: Context): Step {
	const actions = get(node, 'do');
	const within = textAt(node, 'within');
	const items = actions?.kind === 'list' ? actions.items.map((item, at) => [item, ['steps', index, 'do', at]] as const) : [[actions, ['steps', index, 'do']] as const];
	return {
		name: textAt(node, 'name') ?? `step ${index + 1}`,
		do: items.flatMap(([item, path]) => entriesOf(item).flatMap((entry) => liftAction(entry, (...keys) => tree.place(...path, entry.key, ...keys), report) ?? [])),
		withinMs: within === undefined ? usualWithinMs : milliseconds(within),
		expect: liftExpect(get(node, 'expect'), nodes),
		at: node.at,
	};
}

function liftExpect(node: Node | undefined, nodes: Nodes): readonly Check[] {
	return itemsOf(node).flatMap((item) => entriesOf(item).flatMap((entry) => liftCheck(entry, nodes) ?? []));
}

type PlaceOf = (...keys: readonly string[]) => Place;

function liftAction({key, at, value}: Entry, placeOf: PlaceOf, report: Report): Action | undefined {
	const from = textAt(value, 'from') ?? '';
	const to = textAt(value, 'to') ?? '';
	switch (key) {
		case 'ping': {
			return {do: key, from, to, count: numberAt(value, 'count') ?? 1, size: numberAt(value, 'size'), df: flagAt(value, 'df', false), fails: flagAt(value, 'fails', false), at};
		}

		case 'http': {
			const fails = get(value, 'fails');
			return {do: key, from, url: textAt(value, 'url') ?? '', fails: oneOf(textOf(fails), ['refused', 'timeout', 'unreachable']) ?? flagOf(fails) ?? false, at};
		}

		case 'tcp':
		case 'udp': {
			const port = portAt(value, 'port');
			return port && {do: key, from, to, port, send: textAt(value, 'send'), sourcePort: portAt(value, 'source_port'), fails: flagAt(value, 'fails', false), at};
		}

		case 'exec': {
			return {do: key, in: textAt(value, 'in') ?? '', command: commandAt(value, 'cmd'), fails: flagAt(value, 'fails', false), at};
		}

		case 'start':
		case 'stop':
		case 'restart':
		case 'remove': {
			return {do: key, service: textOf(value) ?? '', at};
		}

		case 'publish': {
			return liftPublishAction(value, at, placeOf, report);
		}

		case 'daemon': {
			const action = wordAt(value, 'do', ['start', 'stop', 'restart']);
			return action && {do: key, host: textAt(value, 'host') ?? '', action, at};
		}

		case 'signal': {
			const signal = wordAt(value, 'sig', ['STOP', 'CONT', 'TERM', 'KILL']);
			return signal && {do: key, host: textAt(value, 'at') ?? '', process: textAt(value, 'name') ?? '', signal, at};
		}

		case 'wait': {
			return {do: key, ms: milliseconds(textOf(value) ?? ''), at};
		}

		default: {
			return undefined;
		}
	}
}

function liftPublishAction(value: Node, at: Position, placeOf: PlaceOf, report: Report): Action | undefined {
	const publish = publishesOf(textAt(value, 'port') ?? '', at);
	if ('wrong' in publish) {
		report.error(placeOf('port'), publish.wrong, publish.hint);
		return undefined;
	}

	return {do: 'publish', service: textAt(value, 'service') ?? '', publish, at};
}
