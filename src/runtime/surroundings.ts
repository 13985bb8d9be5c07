// What the box allows, looked up once when the engine starts: user namespace or not, which ids are mapped, which capabilities are held.
import {readFileSync} from 'node:fs';
import {confined, heldCapabilities} from './capabilities.ts';

/** Group of terminals (tty) on Linux distributions. */
const ttyGroup = 5;

export interface Surroundings {
	/** In a user namespace other than the machine's first. */
	readonly isRootless: boolean;
	/** devpts options: the terminals' group, where it is mapped. */
	readonly ptsOptions: readonly string[];
	/** What containers may have at most: the bounding set, and without a user namespace nothing over the machine below. */
	readonly capabilities: bigint;
	readonly hasUser: (uid: number) => boolean;
	readonly hasGroup: (gid: number) => boolean;
	/** The highest group that, with all below it, the box has. */
	readonly lastGroup: number;
	/** Processes may change their groups (user_namespaces(7), /proc/PID/setgroups). */
	readonly mayChangeGroups: boolean;
}

/** Reads /proc/self. */
export function lookAround(): Surroundings {
	const users = readFileSync('/proc/self/uid_map', 'utf8');
	const groups = readFileSync('/proc/self/gid_map', 'utf8');
	const isRootless = !/^\s*0\s+0\s+4294967295\s*$/.test(users);
	const held = heldCapabilities(readFileSync('/proc/self/status', 'utf8'));
	return {
		isRootless,
		ptsOptions: isMapped(groups, ttyGroup) ? [`gid=${ttyGroup}`] : [],
		capabilities: isRootless ? held : confined(held),
		hasUser: (uid) => isMapped(users, uid),
		hasGroup: (gid) => isMapped(groups, gid),
		lastGroup: lastMapped(groups),
		mayChangeGroups: readFileSync('/proc/self/setgroups', 'utf8').trim() === 'allow',
	};
}

function isMapped(map: string, id: number): boolean {
	return ranges(map).some(({first, count}) => id >= first && id < first + count);
}

function lastMapped(map: string): number {
	return ranges(map)
		.toSorted((a, b) => a.first - b.first)
		.reduce((last, {first, count}) => (first <= last + 1 ? Math.max(last, first + count - 1) : last), 0);
}

/** Lines of "first inside, first outside, count" (user_namespaces(7)). */
function ranges(map: string): readonly {readonly first: number; readonly count: number}[] {
	return map.split('\n').flatMap((line) => {
		const [first, , count] = line.trim().split(/\s+/).map(Number);
		return first === undefined || count === undefined ? [] : [{first, count}];
	});
}
