// An op in a few words for error messages: verb, thing, place. Not its reason (`why`) and not the command that does the same (plan/shell.ts).
import {unreachable} from '../base/unreachable.ts';
import type {Op} from '../plan/op.ts';

/** "add veth vethabc to h1" */
export function doing(op: Op): string {
	switch (op.do) {
		case 'netns.add': {
			return `add namespace ${op.netns}`;
		}

		case 'link.add': {
			return `add ${op.link.kind} ${op.link.name} to ${op.netns}`;
		}

		case 'link.set': {
			return `set ${changes(op).join(', ')} on ${op.dev} in ${op.netns}`;
		}

		case 'addr.add': {
			return `add address ${op.address} to ${op.dev} in ${op.netns}`;
		}

		case 'addr.del': {
			return `remove address ${op.address} from ${op.dev} in ${op.netns}`;
		}

		case 'route.add': {
			return `add route ${op.to}${op.via === undefined ? '' : ` via ${op.via}`}${op.dev === undefined ? '' : ` dev ${op.dev}`} in ${op.netns}`;
		}

		case 'fdb.set': {
			return `send frames for ${op.mac} to ${op.dst} by ${op.dev} in ${op.netns}`;
		}

		case 'neigh.set': {
			return `make ${op.address} a neighbour with ${op.mac} on ${op.dev} in ${op.netns}`;
		}

		case 'sysctl.set': {
			return `set ${op.key} to ${op.value} in ${op.netns}`;
		}

		case 'chain.add': {
			return `add chain ${op.chain} to ${tableOf(op)}`;
		}

		case 'policy.set': {
			return `set policy of ${op.chain} to ${op.policy} in ${tableOf(op)}`;
		}

		case 'rule.add': {
			return `add rule "${op.rule}" to ${op.chain} in ${tableOf(op)}`;
		}

		default: {
			return doingProcess(op);
		}
	}
}

function doingProcess(
	op: Extract<Op, {readonly do: 'port.bind' | 'proxy.start' | 'host.start' | 'file.write' | 'container.start' | 'dns.start' | 'serve.start'}>,
): string {
	switch (op.do) {
		case 'port.bind': {
			return `bind ${op.address}:${op.port}/${op.protocol} on ${op.host}`;
		}

		case 'proxy.start': {
			return `start docker-proxy for ${op.address}:${op.port}/${op.protocol} on ${op.host}`;
		}

		case 'host.start': {
			return `start host ${op.host}`;
		}

		case 'file.write': {
			return `write ${op.file} of ${op.node}`;
		}

		case 'container.start': {
			return `start container ${op.container.name} on ${op.container.host}`;
		}

		case 'dns.start': {
			return `start the name server of ${op.container}`;
		}

		case 'serve.start': {
			return `serve ${op.serve.kind} ${op.serve.port} on ${op.host}`;
		}

		default: {
			return unreachable(op);
		}
	}
}

function changes(op: Extract<Op, {readonly do: 'link.set'}>): readonly string[] {
	return Object.entries({up: op.up, mtu: op.mtu, mac: op.mac, master: op.master, hairpin: op.hairpin, learning: op.learning}).flatMap(([name, value]) =>
		value === undefined ? [] : [`${name} ${value ?? 'none'}`],
	);
}

function tableOf(op: Extract<Op, {readonly do: 'chain.add' | 'policy.set' | 'rule.add'}>): string {
	return `${op.family === 6 ? 'ip6 ' : ''}table ${op.table} of ${op.netns}`;
}
