// Steps: what the keys of one action or check must be to each other.
import {isIPv4, isIPv6} from '../../address.ts';
import {entriesOf, flagOf, itemsOf, textOf, get, type Node, type Path} from '../tree.ts';
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
	checkFaults(context);
}

/** A fault that does nothing is a mistake of whoever wrote it. */
function checkFaults({lab, tree, report}: Context): void {
	for (const {name} of lab.faults) {
		if (flagOf(tree.node('faults', name, 'down')) !== true) {
			report.error(tree.key('faults', name), 'what does it do? It has no effect', 'write "down: true": the cable is unplugged while it is applied');
		}
	}
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

			case 'dns': {
				checkDns(value, inner, context);
				break;
			}

			case 'fault': {
				checkFaultAction(value, inner, context);
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

/** What is asked for and what comes back are of one kind: names have addresses, addresses have names. */
function checkDns(node: Node, path: Path, {tree, report}: Context): void {
	const [name = '', type = 'A'] = [textOf(get(node, 'name')), textOf(get(node, 'type'))];
	const isAddress = isIPv4(name) || isIPv6(name);
	if (isAddress && type !== 'PTR') {
		report.error(
			tree.place(...path, 'name'),
			`"${name}" is an address, and ${type} asks for the address of a name`,
			'the check "dns" asks for the name of an address with "type: PTR"',
		);
	} else if (type === 'PTR' && !isAddress) {
		report.error(tree.place(...path, 'name'), `"${name}" is not an address, and PTR asks for the name of one`, 'write "type: A", or leave it out');
	}

	const isRight = {A: isIPv4, AAAA: isIPv6}[type];
	for (const [index, item] of itemsOf(get(node, 'answers')).entries()) {
		const answer = textOf(item) ?? '';
		if (isRight?.(answer) === false) {
			report.error(
				tree.place(...path, 'answers', index),
				`"${answer}" is not an ${type === 'A' ? 'IPv4' : 'IPv6'} address, and ${type} gives only those`,
			);
		}
	}
}

function checkFaultAction(node: Node, path: Path, {tree, report}: Context): void {
	const given = ['apply', 'clear'].filter((key) => get(node, key) !== undefined);
	if (given.length !== 1) {
		report.error(
			tree.key(...path),
			given.length === 0 ? 'apply or clear which fault?' : '"apply" and "clear" cannot both be given',
			'write "fault: {apply: NAME}" or "fault: {clear: NAME}"',
		);
	}
}

function checkPublishAction(node: Node, path: Path, {tree, services, report}: Context): void {
	const service = services.get(textOf(get(node, 'service')) ?? '');
	if (service !== undefined && service.attach.mode !== 'bridge' && service.attach.mode !== 'networks') {
		report.error(
			tree.place(...path, 'service'),
			`"${service.name}" is in mode ${service.attach.mode}, which publishes no ports`,
			'only a container on a bridge publishes ports',
		);
	}
}
