// Steps: what the keys of one action or check must be to each other.
import {entriesOf, itemsOf, textOf, get, type Node, type Path} from '../tree.ts';
import type {Context} from './context.ts';

export function checkSteps(context: Context): void {
	const {tree} = context;
	const steps = itemsOf(tree.node('steps'));
	for (const [index, step] of steps.entries()) {
		const actions = get(step, 'do');
		if (actions?.kind === 'list') {
			checkItems(actions.items, ['steps', index, 'do'], context);
		} else if (actions !== undefined) {
			checkItem(actions, ['steps', index, 'do'], context);
		}

		checkItems(itemsOf(get(step, 'expect')), ['steps', index, 'expect'], context);
	}

	checkItems(itemsOf(tree.node('expect')), ['expect'], context);
}

function checkItems(items: readonly Node[], path: Path, context: Context): void {
	for (const [index, item] of items.entries()) {
		checkItem(item, [...path, index], context);
	}
}

function checkItem(item: Node, path: Path, context: Context): void {
	for (const {key, value} of entriesOf(item)) {
		const inner = [...path, key];
		switch (key) {
			case 'reach': {
				checkReach(value, inner, context);
				break;
			}

			case 'unique': {
				checkUnique(value, inner, context);
				break;
			}

			case 'publish': {
				checkPublishAction(value, inner, context);
				break;
			}

			default: {
				break;
			}
		}
	}
}

function checkReach(node: Node, path: Path, {tree, report}: Context): void {
	const protocol = textOf(get(node, 'proto'));
	const hasPort = get(node, 'port') !== undefined;
	if (protocol === 'icmp' && hasPort) {
		report.error(tree.place(...path, 'port'), 'icmp has no ports', 'write "proto: tcp" or "proto: udp"');
	} else if (protocol !== undefined && protocol !== 'icmp' && !hasPort) {
		report.error(tree.key(...path), '"port" is missing', `${protocol} needs one`);
	}

	const withSize = ['size', 'df'].find((key) => get(node, key) !== undefined);
	if (withSize !== undefined && (hasPort || (protocol !== undefined && protocol !== 'icmp'))) {
		report.error(tree.key(...path, withSize), `"${withSize}" is for icmp only`);
	}
}

function checkUnique(node: Node, path: Path, {tree, report}: Context): void {
	const given = ['of', 'at'].filter((key) => get(node, key) !== undefined);
	if (given.length !== 1) {
		report.error(
			tree.key(...path),
			given.length === 0 ? 'of which nodes? "of" or "at" is missing' : '"of" and "at" cannot both be given',
			'write "of: [web, db]", "of: all", or "at" with a host or a LAN',
		);
	}
}

function checkPublishAction(node: Node, path: Path, {tree, services, report}: Context): void {
	const service = services.get(textOf(get(node, 'service')) ?? '');
	if (service !== undefined && service.attach.mode !== 'bridge') {
		report.error(
			tree.place(...path, 'service'),
			`"${service.name}" is in mode ${service.attach.mode}, which publishes no ports`,
			'only a container on a bridge publishes ports',
		);
	}
}
