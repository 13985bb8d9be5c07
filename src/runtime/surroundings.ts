// What the box allows, looked up once when the engine starts: user namespace or not, which ids are mapped, which capabilities are held.
import {readFileSync} from 'node:fs';
import {heldCapabilities} from './capabilities.ts';

/** Group of terminals (tty) on Linux distributions. */
const ttyGroup = 5;

export interface Surroundings {
	/** In a user namespace other than the machine's first. */
	readonly isRootless: boolean;
	/** devpts options: the terminals' group, where it is mapped. */
	readonly ptsOptions: readonly string[];
	/** The bounding set. */
	readonly capabilities: bigint;
	readonly hasUser: (uid: number) => boolean;
	readonly hasGroup: (gid: number) => boolean;
}

/** Reads /proc/self. */
export function lookAround(): Surroundings {
	const users = readFileSync('/proc/self/uid_map', 'utf8');
	const groups = readFileSync('/proc/self/gid_map', 'utf8');
	return {
		isRootless: !/^\s*0\s+0\s+4294967295\s*$/.test(users),
		ptsOptions: isMapped(groups, ttyGroup) ? [`gid=${ttyGroup}`] : [],
		capabilities: heldCapabilities(readFileSync('/proc/self/status', 'utf8')),
		hasUser: (uid) => isMapped(users, uid),
		hasGroup: (gid) => isMapped(groups, gid),
	};
}

/** Lines of "first inside, first outside, count" (user_namespaces(7)). */
function isMapped(map: string, id: number): boolean {
	return map.split('\n').some((line) => {
		const [inside, , count] = line.trim().split(/\s+/).map(Number);
		return inside !== undefined && count !== undefined && id >= inside && id < inside + count;
	});
}
