// Where the links that an op makes come to be, and whose namespaces it concerns. Pure.
// To add a kind: a case in `endsOf` and in `farNetns`.
import {unreachable} from '../base/unreachable.ts';
import type {LinkSpec, NetnsName, Op, OpOf} from '../plan/op.ts';

/** A link by the namespace that it is in. */
export interface End {
	readonly netns: NetnsName;
	readonly name: string;
}

/** The links that are made: two for a veth pair. */
export function endsOf({netns, link}: Pick<OpOf<'link.add'>, 'netns' | 'link'>): readonly End[] {
	switch (link.kind) {
		case 'bridge': {
			return [{netns, name: link.name}];
		}

		case 'veth': {
			return [{netns, name: link.name}, link.peer];
		}

		case 'macvlan':
		case 'vxlan': {
			return [{netns: link.into, name: link.name}];
		}

		default: {
			return unreachable(link);
		}
	}
}

/** The namespaces that an op changes or names, its own first. */
export function namespacesOf(op: Extract<Op, {readonly netns: NetnsName}>): readonly NetnsName[] {
	const far = op.do === 'link.add' ? farNetns(op.link) : undefined;
	return far === undefined || far === op.netns ? [op.netns] : [op.netns, far];
}

function farNetns(link: LinkSpec): NetnsName | undefined {
	switch (link.kind) {
		case 'bridge': {
			return undefined;
		}

		case 'veth': {
			return link.peer.netns;
		}

		case 'macvlan':
		case 'vxlan': {
			return link.into;
		}

		default: {
			return unreachable(link);
		}
	}
}
