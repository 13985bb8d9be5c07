// Steps: from the tree to plain data. What a step does is in `actions.ts`, what it looks at in `checks.ts`.
import type {Action, Check, Step} from '../../lab.ts';
import type {Report} from '../report.ts';
import {entriesOf, get, itemsOf, type Node, type Path, type SourceTree} from '../tree.ts';
import {liftAction} from './actions.ts';
import {liftCheck, type Nodes} from './checks.ts';
import {milliseconds, textAt} from './values.ts';

/** How long positive checks are tried again when a step does not say. */
const usualWithinMs = 2000;

interface Context {
	readonly tree: SourceTree;
	readonly nodes: Nodes;
	readonly report: Report;
}

/** The steps of the file in order; its own `expect` is one more at the end. */
export function liftSteps(context: Context): readonly Step[] {
	const {root} = context.tree;
	const steps = itemsOf(get(root, 'steps')).map((node, index) => liftStep(node, index, context));
	const expect = get(root, 'expect');
	if (expect === undefined) {
		return steps;
	}

	const name = steps.length === 0 ? 'after start' : 'at the end';
	return [...steps, {name, do: [], withinMs: usualWithinMs, expect: liftExpect(expect, context), at: context.tree.key('expect').position}];
}

function liftStep(node: Node, index: number, context: Context): Step {
	const actions = get(node, 'do');
	const path = ['steps', index, 'do'];
	const within = textAt(node, 'within');
	return {
		name: textAt(node, 'name') ?? `step ${index + 1}`,
		do: actions?.kind === 'list' ? actions.items.flatMap((item, at) => liftDo(item, [...path, at], context)) : liftDo(actions, path, context),
		withinMs: within === undefined ? usualWithinMs : milliseconds(within),
		expect: liftExpect(get(node, 'expect'), context),
		at: node.at,
	};
}

function liftDo(node: Node | undefined, path: Path, {tree, report}: Context): readonly Action[] {
	return entriesOf(node).flatMap((entry) => liftAction(entry, {report, placeOf: (key) => tree.place(...path, entry.key, key)}) ?? []);
}

function liftExpect(node: Node | undefined, {nodes}: Context): readonly Check[] {
	return itemsOf(node).flatMap((item) => entriesOf(item).flatMap((entry) => liftCheck(entry, nodes) ?? []));
}
