// Which programs are here, in which version, and which package brings those that are not.
import {run} from './run.ts';
import type {Finding} from './finding.ts';

interface Program {
	readonly name: string;
	readonly version: readonly string[];
	readonly package: string;
	readonly neededFor: string;
	readonly isEssential?: true;
}

const programs: readonly Program[] = [
	{name: 'unshare', version: ['--version'], package: 'util-linux', neededFor: 'the box that a lab lives in', isEssential: true},
	{name: 'crun', version: ['--version'], package: 'crun', neededFor: 'containers', isEssential: true},
	{name: 'iptables-nft-restore', version: ['--version'], package: 'iptables', neededFor: 'published ports and NAT', isEssential: true},
	{name: 'iptables', version: ['--version'], package: 'iptables', neededFor: 'shells in a lab'},
	{name: 'ip', version: ['-V'], package: 'iproute2', neededFor: 'shells in a lab, and this report', isEssential: true},
	{name: 'ps', version: ['--version'], package: 'procps', neededFor: 'shells in a lab'},
	{name: 'brctl', version: ['--version'], package: 'bridge-utils', neededFor: 'shells in a lab'},
	{name: 'ifconfig', version: ['--version'], package: 'net-tools', neededFor: 'shells in a lab'},
	{name: 'ping', version: ['-V'], package: 'iputils-ping', neededFor: 'shells in a lab'},
	{name: 'tcpdump', version: ['--version'], package: 'tcpdump', neededFor: 'shells in a lab'},
	{name: 'conntrack', version: ['--version'], package: 'conntrack', neededFor: 'shells in a lab'},
];

/** The command that brings a package of Debian or Ubuntu. */
export function aptInstall(name: string, uid: number): string {
	return `${uid === 0 ? '' : 'sudo '}apt-get install ${name}`;
}

/** One finding for each program. */
export function programFindings(uid: number, env: Readonly<Record<string, string | undefined>>): Promise<readonly Finding[]> {
	return Promise.all(
		programs.map(async ({name, version, neededFor, isEssential, ...program}): Promise<Finding> => {
			const {isGood, stdout, said} = await run(name, version, env);
			if (!isGood) {
				const detail = said.includes('ENOENT') ? 'not installed' : said;
				return {name, level: isEssential ? 'missing' : 'limited', detail, neededFor, fix: aptInstall(program.package, uid)};
			}

			return name === 'iptables' ? iptablesFinding(stdout, uid) : {name, level: 'ok', detail: versionIn(stdout, name), neededFor};
		}),
	);
}

function versionIn(printed: string, name: string): string {
	return /\d+(?:\.\d+)+\S*|\d{6,}/.exec(printed)?.[0]?.replace(/,$/, '') ?? printed.split('\n')[0]?.replace(`${name} `, '') ?? '';
}

/** `iptables` may be one of two programs that do not see each other's rules; a lab's rules are nf_tables' (iptables(8), xtables-nft(8)). */
function iptablesFinding(printed: string, uid: number): Finding {
	const neededFor = "shells in a lab: `iptables -S` shows the lab's rules";
	const version = versionIn(printed, 'iptables');
	return printed.includes('legacy')
		? {
				name: 'iptables',
				level: 'limited',
				detail: `${version}, legacy: in a lab's shell it does not show the lab's rules, iptables-nft does`,
				neededFor,
				fix: `${uid === 0 ? '' : 'sudo '}update-alternatives --set iptables /usr/sbin/iptables-nft   (changes it for the whole machine)`,
			}
		: {name: 'iptables', level: 'ok', detail: `${version}, nf_tables`, neededFor};
}
