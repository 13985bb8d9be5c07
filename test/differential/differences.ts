// Where the facts of two machines differ, and which of that is explained.
import type {DockerEngine} from '../../src/model/lab.ts';
import type {Facts} from './normal.ts';

export interface Difference {
	/** As the facts call it: "c1 link eth0 mtu". */
	readonly of: string;
	/** undefined: it has none. */
	readonly real: string | undefined;
	readonly ours: string | undefined;
}

/** A difference that is meant. All that is given must match the whole of it. */
export interface Explained {
	readonly engines?: readonly DockerEngine['engine'][];
	/** Names of situations. */
	readonly situations?: readonly string[];
	readonly of: RegExp;
	readonly real?: RegExp;
	readonly ours?: RegExp;
	/** The same lines in another order. */
	readonly isOrder?: true;
	readonly why: string;
}

/** What each node has. */
const ofNode = ' network namespace of';

/** In the order of the names. Of a node that only one of them has that is all that is said. */
export function differences(real: Facts, ours: Facts): readonly Difference[] {
	const theirs = nodesOf(real);
	const own = nodesOf(ours);
	const isShared = (key: string): boolean => key.endsWith(ofNode) || [theirs, own].every((nodes) => nodes.has(key.split(' ', 1).join()));
	return [...new Set([...real.keys(), ...ours.keys()])]
		.filter((key) => isShared(key))
		.toSorted()
		.map((key) => ({of: key, real: real.get(key), ours: ours.get(key)}))
		.filter((one) => one.real !== one.ours);
}

function nodesOf(facts: Facts): ReadonlySet<string> {
	return new Set([...facts.keys()].filter((key) => key.endsWith(ofNode)).map((key) => key.slice(0, -ofNode.length)));
}

/** Whether a row of the table is about this difference. What is not there is matched as the empty text. */
export function explains(row: Explained, difference: Difference, where: {readonly engine: DockerEngine['engine']; readonly situation: string}): boolean {
	const whole = (pattern: RegExp | undefined, text: string | undefined): boolean =>
		pattern === undefined || new RegExp(`^(?:${pattern.source})$`, pattern.flags).test(text ?? '');
	return (
		(row.engines ?? [where.engine]).includes(where.engine) &&
		(row.situations ?? [where.situation]).includes(where.situation) &&
		whole(row.of, difference.of) &&
		whole(row.real, difference.real) &&
		whole(row.ours, difference.ours) &&
		(row.isOrder !== true || isOrder(difference))
	);
}

/** For people: what only the real engine has, and what only the lab has; all of both when it is their order, or how often. */
export function told(difference: Difference): string {
	const [theirs, own] = [linesOf(difference.real), linesOf(difference.ours)];
	const isSameLines = [...theirs, ...own].every((line) => theirs.includes(line) && own.includes(line));
	const isShown = (line: string, others: readonly string[]): boolean => isSameLines || !others.includes(line);
	return [
		difference.of,
		...theirs.filter((line) => isShown(line, own)).map((line) => `  docker  ${line}`),
		...own.filter((line) => isShown(line, theirs)).map((line) => `  vethlab ${line}`),
	].join('\n');
}

function isOrder({real, ours}: Difference): boolean {
	return linesOf(real).toSorted().join('\n') === linesOf(ours).toSorted().join('\n');
}

function linesOf(text: string | undefined): readonly string[] {
	return text === undefined ? [] : text.replace(/\n$/, '').split('\n');
}
