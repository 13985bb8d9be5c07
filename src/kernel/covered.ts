// Which ops need not be taken back one by one, because another op of the same call takes all of it away: a namespace its contents, a link what hangs on it. Pure.
import type {Op} from '../plan/op.ts';
import {endsOf, namespacesOf} from './ends.ts';

/** For each op, listed last first, the place of the op that covers it, or undefined. */
export function covering(ops: readonly Op[]): readonly (number | undefined)[] {
	const closed = new Map<string, number>();
	const deleted = new Map<string, number>();
	const covers: (number | undefined)[] = [];
	// backwards: what covers an op was done before it, so it comes after it in the list
	for (let index = ops.length - 1; index >= 0; index--) {
		const op = ops[index];
		if (op === undefined) {
			continue;
		}

		covers[index] = coverOf(op, closed, deleted);
		if (op.do === 'netns.add') {
			closed.set(op.netns, index);
		} else if (op.do === 'link.add') {
			for (const {netns, name} of endsOf(op)) {
				deleted.set(`${netns}/${name}`, index);
			}
		}
	}

	return covers;
}

function coverOf(op: Op, closed: ReadonlyMap<string, number>, deleted: ReadonlyMap<string, number>): number | undefined {
	switch (op.do) {
		case 'link.add': {
			// the kernel empties a closed namespace in its own time; a peer or parent that stays behind must not see that
			return namespacesOf(op).every((name) => closed.has(name)) ? closed.get(op.netns) : undefined;
		}

		case 'link.set':
		case 'addr.add':
		case 'addr.del':
		case 'route.add':
		case 'fdb.set':
		case 'neigh.set': {
			return closed.get(op.netns) ?? (op.dev === undefined ? undefined : deleted.get(`${op.netns}/${op.dev}`));
		}

		case 'sysctl.set':
		case 'chain.add':
		case 'policy.set':
		case 'rule.add': {
			return closed.get(op.netns);
		}

		default: {
			return undefined;
		}
	}
}
