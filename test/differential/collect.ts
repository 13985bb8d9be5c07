// What Linux says of a node, asked from outside by the machine's own programs, so that a real engine's node and a lab's are asked in the same way.
// Raw: normal.ts makes it comparable.
import {readdirSync, readFileSync, readlinkSync} from 'node:fs';
import {run} from '../e2e/lab.ts';

/** Numbers of namespaces, as a lab tells them: "4026532000". */
export interface Inodes {
	readonly net: string;
	readonly mnt: string;
}

/** A node by name, and a process of this machine in its namespaces. */
export interface NodeProcess {
	readonly name: string;
	readonly pid: number;
}

/** Title -> what was printed. */
export interface Raw {
	readonly name: string;
	readonly inodes: Inodes;
	readonly texts: ReadonlyMap<string, string>;
	/** Command lines of docker-proxies in its network namespace. */
	readonly proxies: readonly string[];
}

const programs = {
	links: 'ip -d -j link',
	addresses: 'ip -j address',
	routes: 'ip -j -4 route show table all',
	routes6: 'ip -j -6 route show table all',
	'rules of routes': 'ip -j -4 rule; ip -j -6 rule',
	neighbours: 'ip -j neighbour show nud permanent',
	iptables: 'iptables-save',
	ip6tables: 'ip6tables-save',
	sysctls: 'grep -r "" /proc/sys/net/ipv4 /proc/sys/net/ipv6 /proc/sys/net/bridge 2>/dev/null',
	sockets: 'ss -H -l -n -t -u',
} as const;

const script = Object.entries(programs)
	.map(([title, command]) => `echo '=== ${title}'; ${command}`)
	.join('\n');

export async function collect({name, pid}: NodeProcess): Promise<Raw> {
	const [{stdout}, {stdout: hostname}] = await Promise.all([
		run(['nsenter', '--target', String(pid), '--net', 'sh', '-c', script]),
		run(['nsenter', '--target', String(pid), '--uts', 'hostname']),
	]);
	const texts = stdout
		.split(/^=== /m)
		.slice(1)
		.map((text) => [text.slice(0, text.indexOf('\n')), text.slice(text.indexOf('\n') + 1)] as const);
	const files = ['hosts', 'resolv.conf', 'hostname'].map((file) => [`/etc/${file}`, readFileSync(`/proc/${pid}/root/etc/${file}`, 'utf8')] as const);
	const links = name === 'h1' ? [] : readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(isOfLink);
	const inodes = inodesOf(String(pid)) ?? {net: '', mnt: ''};
	return {
		name,
		inodes,
		texts: new Map([...texts, ...files, ['hostname', hostname], ['variables of links', [...new Set(links)].toSorted().join('\n')]]),
		proxies: proxiesIn(inodes.net),
	};
}

/** What a link says of the container that it leads to (legacy container links in Docker's documentation). */
function isOfLink(variable: string): boolean {
	return /^\w+_(?:NAME|PORT|ENV)(?:_\w+)?=/.test(variable);
}

/** A process of this machine in both namespaces. Throws when there is none. */
export function processIn({net, mnt}: Inodes): number {
	const found = readdirSync('/proc').find((pid) => {
		const inodes = inodesOf(pid);
		return inodes?.net === net && inodes.mnt === mnt;
	});
	if (found === undefined) {
		throw new Error(`no process is in ${net} and ${mnt}`);
	}

	return Number(found);
}

function inodesOf(pid: string): Inodes | undefined {
	try {
		return /^\d+$/.test(pid) ? {net: inode(pid, 'net'), mnt: inode(pid, 'mnt')} : undefined;
	} catch {
		// it ended while we were looking
		return undefined;
	}
}

/** From "net:[4026532000]" (namespaces(7)). */
function inode(pid: string, kind: keyof Inodes): string {
	return readlinkSync(`/proc/${pid}/ns/${kind}`).replaceAll(/\D/g, '');
}

function proxiesIn(net: string): readonly string[] {
	return readdirSync('/proc').flatMap((pid) => {
		if (inodesOf(pid)?.net !== net) {
			return [];
		}

		try {
			const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
			return /^\S*docker-proxy /.test(line) ? [line.replace(/^\S*\//, '')] : [];
		} catch {
			// as above
			return [];
		}
	});
}
