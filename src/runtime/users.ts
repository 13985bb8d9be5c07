// The users of our images, and what a container's `user` means. Whether the box has them: surroundings.ts.
import {LabError} from '../base/errors.ts';
import type {Surroundings} from './surroundings.ts';

/** As in the images' /etc/passwd and /etc/group. */
const users: Readonly<Record<string, number>> = {root: 0, nobody: 65_534};
const groups: Readonly<Record<string, number>> = {root: 0, tty: 5, nogroup: 65_534};

export interface UserIds {
	readonly uid: number;
	readonly gid: number;
}

/** "1000", "1000:1000" or "nobody"; undefined: root. Throws E_RUNTIME for a name that the images do not have, or an id that the box does not. */
export function userIds(user: string | undefined, box: Pick<Surroundings, 'hasUser' | 'hasGroup'>): UserIds {
	if (user === undefined) {
		return {uid: 0, gid: 0};
	}

	const doing = `run as ${user}`;
	const [name = '', group] = user.split(':');
	const uid = idOf(name, users);
	// A number without a group has root's, a name its own (moby daemon/oci_linux.go).
	const gid = group === undefined ? (isNumber(name) ? 0 : uid) : idOf(group, groups);
	if (uid === undefined || gid === undefined) {
		throw new LabError('E_RUNTIME', {
			doing,
			said:
				uid === undefined
					? `unable to find user ${name}: no matching entries in passwd file`
					: `unable to find group ${group}: no matching entries in group file`,
			hint: "give a number, or a name of the lab's images: root, nobody",
		});
	}

	if (!box.hasUser(uid) || !box.hasGroup(gid)) {
		throw new LabError('E_RUNTIME', {
			doing,
			said: 'this box has only the user root',
			hint: 'run as root, or get subordinate ids: packages uidmap or shadow-utils, and a line for you in /etc/subuid and /etc/subgid',
		});
	}

	return {uid, gid};
}

function idOf(name: string, table: Readonly<Record<string, number>>): number | undefined {
	return isNumber(name) ? Number(name) : table[name];
}

function isNumber(text: string): boolean {
	return /^\d+$/.test(text);
}
