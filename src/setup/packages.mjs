// The system's programs that vethlab needs: which are missing, and how they come. Looked for by program, not by package, so that it holds on every distribution.
// To add one: a row in `needs`.
import {Problem} from './problem.mjs';
import {showing} from './progress.mjs';

/**
 * @typedef {object} Need
 * @property {string} name program, or library file
 * @property {'library'} [is]
 * @property {string} [or] what it is called elsewhere
 * @property {string} package Debian's and Ubuntu's
 * @property {string} for what it is needed for
 * @property {boolean} [useful] the lab runs without it
 * @property {boolean} [user] root needs it not
 */

/** @type {readonly Need[]} */
export const needs = [
	{name: 'g++', package: 'g++', for: 'building the addon'},
	{name: 'make', package: 'make', for: 'building the addon'},
	{name: 'libc.a', is: 'library', package: 'libc6-dev', for: 'building the programs that run inside containers'},
	{name: 'unshare', package: 'util-linux', for: 'the box that a lab lives in'},
	{name: 'crun', package: 'crun', for: 'containers'},
	{name: 'iptables-nft-restore', package: 'iptables', for: 'published ports and NAT'},
	{name: 'ip', package: 'iproute2', for: 'shells in a lab, and probing the kernel'},
	{name: 'newuidmap', package: 'uidmap', for: 'images whose files belong to several users', useful: true, user: true},
	{name: 'ps', package: 'procps', for: 'shells in a lab', useful: true},
	{name: 'brctl', package: 'bridge-utils', for: 'shells in a lab', useful: true},
	{name: 'ifconfig', package: 'net-tools', for: 'shells in a lab', useful: true},
	{name: 'ping', package: 'iputils-ping', for: 'shells in a lab', useful: true},
	{name: 'tcpdump', package: 'tcpdump', for: 'shells in a lab', useful: true},
	{name: 'libpcap.so.0.8', is: 'library', or: 'libpcap.so.1', package: 'libpcap0.8', for: 'capture filters and checks on packets', useful: true},
	{name: 'conntrack', package: 'conntrack', for: 'shells in a lab', useful: true},
];

/**
 * @typedef {Pick<import('./machine.mjs').Machine, 'uid' | 'hasProgram' | 'hasLibrary'>} Looked
 * @param {Looked} machine
 */
export function missing(machine) {
	const isThere = /** @param {Need} need */ (need) =>
		need.is === 'library' ? [need.name, need.or ?? need.name].some((name) => machine.hasLibrary(name)) : machine.hasProgram(need.name);
	return needs.filter((need) => !(need.user === true && machine.uid === 0) && !isThere(need));
}

/**
 * The command that a person would type for these.
 * @param {readonly Need[]} absent
 */
export function aptCommand(absent) {
	return ['apt-get', 'install', '--yes', '--no-install-recommends', ...new Set(absent.map((need) => need.package))];
}

/**
 * Brings in what is missing. Throws a Problem with exit 3 when something essential is missing and cannot be had.
 * @param {import('./machine.mjs').Machine} machine
 */
export async function systemPackages(machine) {
	const absent = missing(machine);
	if (absent.length === 0) {
		return;
	}

	const failure = machine.hasProgram('apt-get') ? await install(machine, absent) : 'there is no apt-get here';
	const left = missing(machine);
	const essential = left.filter((need) => need.useful !== true);
	if (essential.length > 0) {
		const todo = machine.hasProgram('apt-get')
			? `as root: ${aptCommand(left).join(' ')}   then again what you just did`
			: `install them with this system's package manager (the names are those of the programs)`;
		throw new Problem(3, `missing: ${essential.map((need) => `${need.name} (${need.for})`).join(', ')}`, {said: failure, todo});
	}

	if (left.length > 0) {
		machine.say(`vethlab: going on without ${left.map((need) => need.name).join(', ')}; to have them: ${aptCommand(left).join(' ')}\n`);
	}
}

/**
 * @param {import('./machine.mjs').Machine} machine
 * @param {readonly Need[]} absent
 * @returns {Promise<string>} why it did not work; empty when it did
 */
async function install(machine, absent) {
	const command = aptCommand(absent);
	const became = await becomeRoot(machine, absent);
	if (became === undefined) {
		return '';
	}

	const apt = (/** @type {readonly string[]} */ words) =>
		machine.run([...became, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-o', 'DPkg::Lock::Timeout=300', ...words]);
	return showing(machine, `system packages: ${command.slice(4).join(' ')}`, async () => {
		const first = await apt(command.slice(1));
		if (first.code === 0) {
			return '';
		}

		// A fresh system has no package lists, or old ones.
		const update = await apt(['update']);
		const second = await apt(command.slice(1));
		return second.code === 0 ? '' : `${update.code === 0 ? '' : update.output}${second.output}`;
	});
}

/**
 * @param {import('./machine.mjs').Machine} machine
 * @param {readonly Need[]} absent
 * @returns {Promise<readonly string[] | undefined>} words before a command that make it root's; undefined: this user cannot
 */
async function becomeRoot(machine, absent) {
	if (machine.uid === 0) {
		return [];
	}

	if (!machine.hasProgram('sudo')) {
		return undefined;
	}

	const quiet = await machine.run(['sudo', '-n', 'true']);
	if (quiet.code === 0) {
		return ['sudo', '-n'];
	}

	// Asking for a password only for what the lab cannot do without.
	if (!machine.terminal || absent.every((need) => need.useful === true)) {
		return undefined;
	}

	machine.say(`vethlab: ${absent.map((need) => need.name).join(', ')} missing; sudo may ask for your password to run: ${aptCommand(absent).join(' ')}\n`);
	return (await machine.hand(['sudo', '-v'])) === 0 ? ['sudo', '-n'] : undefined;
}
