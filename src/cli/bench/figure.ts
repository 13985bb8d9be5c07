// One line of the bench: what was measured, against what, and what it should be. Pure.
import {ratio, type Sample} from './statistics.ts';

export interface Figure {
	/** "up, 50 containers: wall" */
	readonly what: string;
	readonly unit: 'ms' | 'us' | 'MB' | 'bytes' | 'times' | 'count' | '%';
	readonly ours: Sample;
	/** The same made by a program that does nothing else; undefined: there is no such thing. */
	readonly floor?: Sample;
	/** At most so much. `of`: the ratio of our median to the floor's, or our median itself. */
	readonly goal?: {readonly atMost: number; readonly of: 'ratio' | 'ours'};
}

/** undefined: it has no goal. */
export function isReached({ours, floor, goal}: Figure): boolean | undefined {
	if (goal === undefined) {
		return undefined;
	}

	const value = goal.of === 'ours' ? ours : floor === undefined ? undefined : ratio(ours, floor);
	return value !== undefined && value.median <= goal.atMost;
}
