// Which rule ops go into one restore, and which namespaces want the very same. Pure.
import {grouped} from '../base/grouped.ts';
import type {Family, NetnsName} from '../plan/op.ts';
import {restoreFile, type Restore, type RuleStep} from './iptables/restore.ts';

/** Where one restore does its work. */
export interface Target {
	readonly netns: NetnsName;
	readonly family: Family;
}

/** Rules wanted in one place, in order. */
export interface Wanted extends Target {
	readonly steps: readonly RuleStep[];
}

export interface Work extends Wanted {
	/** That makes them. */
	readonly file: Restore;
}

/** The very same rules for several namespaces. */
export interface Group {
	readonly family: Family;
	/** As iptables-restore reads it. */
	readonly text: string;
	readonly works: readonly Work[];
}

/** One for each namespace and family, in the order of coming. */
export function byTarget(steps: readonly RuleStep[]): readonly Wanted[] {
	return [...grouped(steps, ({op}) => `${op.family} ${op.netns}`).values()].flatMap((own) =>
		own.slice(0, 1).map(({op: {netns, family}}) => ({netns, family, steps: own})),
	);
}

/** Those that want the very same rules together. */
export function alike(all: readonly Wanted[]): readonly Group[] {
	const works = all.map((wanted): Work => ({...wanted, file: restoreFile(wanted.steps, 'do')}));
	return [...grouped(works, ({family, file: {text}}) => `${family} ${text}`).values()].flatMap((same) =>
		same.slice(0, 1).map(({family, file: {text}}) => ({family, text, works: same})),
	);
}

export function placesOf(works: readonly Work[]): readonly NetnsName[] {
	return works.map(({netns}) => netns);
}
