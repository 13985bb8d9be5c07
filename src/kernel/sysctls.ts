// Settings below /proc/sys, as each namespace sees them: many namespaces in one trip.
import type {OpOf} from '../plan/op.ts';
import type {Direction, Run} from './lanes.ts';
import type {Held} from './namespaces.ts';
import {isUndone, refusal, thrown} from './refusals.ts';
import type {Failures, LaneTools} from './rounds.ts';

/** Writes the values; in direction `undo` what was there before, where the op knows it. */
export async function writeSysctls({native, namespaces}: LaneTools, runs: readonly Run<OpOf<'sysctl.set'>>[], direction: Direction): Promise<Failures> {
	const failures: Failures = new Map();
	const held: Held[] = [];
	const writes: {readonly op: OpOf<'sysctl.set'>; readonly index: number; readonly netns: number; readonly path: string; readonly value: string}[] = [];
	try {
		for (const {netns, steps} of runs) {
			const namespace = namespaces.hold(netns);
			held.push(namespace);
			for (const {op, index} of steps) {
				const value = direction === 'do' ? op.value : op.was;
				if (value !== undefined) {
					writes.push({op, index, netns: namespace.fd, path: sysctlPath(op.key), value});
				}
			}
		}

		const numbers = writes.length === 0 ? [] : await native.writeFilesIn(writes.map(({netns, path, value}) => ({netns, path, value})));
		for (const [place, {op, index}] of writes.entries()) {
			const errno = numbers[place] ?? 0;
			if (errno !== 0 && !(direction === 'undo' && isUndone(op, errno))) {
				failures.set(index, refusal(op, errno));
			}
		}
	} catch (error) {
		for (const {op, index} of runs.flatMap(({steps}) => steps)) {
			failures.set(index, thrown(op, error));
		}
	} finally {
		for (const {release} of held) {
			release();
		}
	}

	return failures;
}

/** "net.ipv4.conf.eth0/10.rp_filter" is the file …/conf/eth0.10/rp_filter: a slash stands for a dot within a name (sysctl(8)). */
export function sysctlPath(key: string): string {
	return `/proc/sys/${key
		.split('.')
		.map((part) => part.replaceAll('/', '.'))
		.join('/')}`;
}
