// Which rule ops go into one restore, and which namespaces want the very same. Pure.
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
	const found = new Map<string, Target & {readonly steps: RuleStep[]}>();
	for (const step of steps) {
		const {netns, family} = step.op;
		const known = found.get(`${family} ${netns}`);
		if (known === undefined) {
			found.set(`${family} ${netns}`, {netns, family, steps: [step]});
		} else {
			known.steps.push(step);
		}
	}

	return [...found.values()];
}

/** Those that want the very same rules together. */
export function alike(all: readonly Wanted[]): readonly Group[] {
	const found = new Map<string, Group & {readonly works: Work[]}>();
	for (const wanted of all) {
		const {family} = wanted;
		const file = restoreFile(wanted.steps, 'do');
		const {text} = file;
		const work = {...wanted, file};
		const known = found.get(`${family} ${text}`);
		if (known === undefined) {
			found.set(`${family} ${text}`, {family, text, works: [work]});
		} else {
			known.works.push(work);
		}
	}

	return [...found.values()];
}

export function placesOf(works: readonly Work[]): readonly NetnsName[] {
	return works.map(({netns}) => netns);
}
