// May this user make namespaces here? Tried, not read from settings; the settings are read only to say what mends it.
import {readFile} from 'node:fs/promises';
import {run, type Ran} from './run.ts';
import {unshareWords} from './scratch.ts';
import type {Finding} from './finding.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Root, or a user who may make user namespaces; and the range of user ids that such a user can have. */
export async function rightsFindings(uid: number, user: string, env: Env): Promise<readonly Finding[]> {
	const [file = '', ...words] = unshareWords(uid);
	const [box, range] = await Promise.all([run(file, [...words, 'true'], env), uid === 0 ? undefined : idRangeFinding(user, env)]);
	return range === undefined ? [await boxFinding(uid, box)] : [await boxFinding(uid, box), range];
}

async function boxFinding(uid: number, box: Ran): Promise<Finding> {
	const name = uid === 0 ? 'namespaces, as root' : 'user namespaces';
	const neededFor = 'the box that a lab lives in';
	return box.isGood
		? {name, level: 'ok', detail: uid === 0 ? 'labs run as root' : 'labs run without root', neededFor}
		: {name, level: 'missing', detail: box.said, neededFor, fix: uid === 0 ? 'in a container: start it with --privileged' : await howToAllow()};
}

/** The switches that refuse user namespaces, by system: user_namespaces(7), Debian's kernel, Ubuntu's AppArmor since 23.10. */
const switches = [
	{file: '/proc/sys/user/max_user_namespaces', refuses: '0', fix: 'sudo sysctl -w user.max_user_namespaces=15000'},
	{file: '/proc/sys/kernel/unprivileged_userns_clone', refuses: '0', fix: 'sudo sysctl -w kernel.unprivileged_userns_clone=1'},
	{file: '/proc/sys/kernel/apparmor_restrict_unprivileged_userns', refuses: '1', fix: 'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0'},
] as const;

async function howToAllow(): Promise<string> {
	const found = await Promise.all(switches.map(async (row) => ((await read(row.file)).trim() === row.refuses ? row.fix : undefined)));
	return found.find((fix) => fix !== undefined) ?? 'run as root; in a container: start it with --security-opt seccomp=unconfined';
}

/** newuidmap(1) maps the ranges of subuid(5) into the box: files of images then belong to several users. */
async function idRangeFinding(user: string, env: Env): Promise<Finding> {
	const name = 'user id range';
	const neededFor = 'images whose files belong to several users';
	const [tried, subuid] = await Promise.all([run('unshare', ['--user', '--map-root-user', '--map-auto', 'true'], env), read('/etc/subuid')]);
	const range = subuid
		.split('\n')
		.find((line) => line.startsWith(`${user}:`))
		?.split(':');
	if (tried.isGood) {
		return {name, level: 'ok', detail: range === undefined ? 'mapped' : `${range[2]} ids from ${range[1]}`, neededFor};
	}

	const fix = range === undefined ? `sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${user}` : 'sudo apt-get install uidmap';
	return {name, level: 'limited', detail: range === undefined ? 'none: one user id in containers' : tried.said, neededFor, fix};
}

function read(file: string): Promise<string> {
	return readFile(file, 'utf8').catch(() => '');
}
