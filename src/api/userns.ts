// Whether a box needs a user namespace, how `unshare` is asked for one, and why a machine may refuse it.
import {accessSync, constants, existsSync, readFileSync} from 'node:fs';
import {spawnSync} from 'node:child_process';
import {delimiter, join} from 'node:path';
import type {Environment} from './lab-files.ts';

const sysAdmin = 21n;

/** `ranges`: root in the box is you, other users are your subordinate ids. `single`: there is only root. */
export type UserMap = 'none' | 'single' | 'ranges';

/** What this user needs and has here. */
export function userMap(env: Environment): UserMap {
	if (process.getuid?.() === 0 && isCapable()) {
		return 'none';
	}

	return hasRanges(env) ? 'ranges' : 'single';
}

export function userArguments(map: UserMap): readonly string[] {
	switch (map) {
		case 'none': {
			return [];
		}

		case 'single': {
			return ['--user', '--map-root-user'];
		}

		case 'ranges': {
			return ['--user', '--map-root-user', '--map-auto'];
		}
	}
}

/** Why this machine refuses user namespaces and the command that allows them; undefined: nothing known stands against them. */
export function refusal(): string | undefined {
	const rows = [
		{key: 'kernel.apparmor_restrict_unprivileged_userns', bad: '1', good: '0'},
		{key: 'kernel.unprivileged_userns_clone', bad: '0', good: '1'},
		{key: 'user.max_user_namespaces', bad: '0', good: '15000'},
	];
	const row = rows.find(({key, bad}) => readSysctl(key) === bad);
	return row === undefined ? undefined : `${row.key} is ${row.bad}: run as root, or allow it with \`sudo sysctl -w ${row.key}=${row.good}\``;
}

/** Whether root here is more than a name: in many containers it lacks CAP_SYS_ADMIN. */
function isCapable(): boolean {
	const digits = /^CapEff:\s*([\da-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
	return (BigInt(`0x${digits}`) & (1n << sysAdmin)) !== 0n;
}

/** newuidmap(1) and newgidmap(1), a range in subuid(5) and subgid(5), and an unshare that asks them (util-linux 2.38). */
function hasRanges(env: Environment): boolean {
	return (
		['newuidmap', 'newgidmap'].every((name) => isInPath(name, env)) &&
		['/etc/subuid', '/etc/subgid'].every((file) => hasRange(file, env)) &&
		spawnSync('unshare', ['--help'], {encoding: 'utf8'}).stdout.includes('--map-auto')
	);
}

/** Lines begin with a user's name or number. Whoever goes by another name here than in the file gets a single id, or a refusal that startEngine mends. */
function hasRange(file: string, env: Environment): boolean {
	const names = new Set([String(process.getuid?.()), env['USER'], env['LOGNAME']]);
	return (
		existsSync(file) &&
		readFileSync(file, 'utf8')
			.split('\n')
			.some((line) => line !== '' && names.has(line.split(':')[0]))
	);
}

function isInPath(name: string, env: Environment): boolean {
	return (env['PATH'] ?? '').split(delimiter).some((folder) => {
		try {
			accessSync(join(folder, name), constants.X_OK);
			return true;
		} catch {
			return false;
		}
	});
}

function readSysctl(key: string): string | undefined {
	try {
		return readFileSync(join('/proc/sys', key.replaceAll('.', '/')), 'utf8').trim();
	} catch {
		return undefined;
	}
}
