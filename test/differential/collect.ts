// What Linux says of a node, asked from outside by the machine's own programs, so that a real engine's node and a lab's are asked in the same way.
// Raw: normal.ts makes it comparable.
import {readdirSync, readFileSync, readlinkSync} from 'node:fs';
import {join} from 'node:path';
import {run} from '../e2e/lab.ts';

/** Numbers of namespaces, as a lab tells them: "4026532000". */
export interface Inodes {
	readonly net: string;
	readonly mnt: string;
}

/** A node by name, and how it is entered. */
export interface NodeAt {
	readonly name: string;
	readonly isHost: boolean;
	/** Path of its network namespace. */
	readonly net: string;
	/** A process of this machine in it. The place of an overlay network on a host has none. */
	readonly pid?: number;
}

/** Title -> what was printed. */
export interface Raw {
	readonly name: string;
	/** Number of its network namespace. */
	readonly net: string;
	readonly texts: ReadonlyMap<string, string>;
	/** Command lines of docker-proxies in its network namespace. */
	readonly proxies: readonly string[];
}

const programs = {
	number: 'stat -L -c %i /proc/self/ns/net',
	links: 'ip -d -j link',
	// which number a link's namespace has here
	namespaces: 'lsns -n -t net -o NETNSID,NS',
	addresses: 'ip -j address',
	routes: 'ip -j -4 route show table all',
	routes6: 'ip -j -6 route show table all',
	'rules of routes': 'ip -j -4 rule; ip -j -6 rule',
	neighbours: 'ip -j neighbour show nud permanent',
	'forwarding of MACs': 'bridge -j fdb show',
	iptables: 'iptables-save',
	ip6tables: 'ip6tables-save',
	sysctls: 'grep -r "" /proc/sys/net/ipv4 /proc/sys/net/ipv6 /proc/sys/net/bridge 2>/dev/null',
	sockets: 'ss -H -l -n -t -u',
} as const;

const script = Object.entries(programs)
	.map(([title, command]) => `echo '=== ${title}'; ${command}`)
	.join('\n');

export async function collect({name, isHost, net, pid}: NodeAt): Promise<Raw> {
	const {stdout} = await run(['nsenter', `--net=${net}`, 'sh', '-c', script]);
	const texts = new Map(
		stdout
			.split(/^=== /m)
			.slice(1)
			.map((text) => [text.slice(0, text.indexOf('\n')), text.slice(text.indexOf('\n') + 1)] as const),
	);
	// an engine may have taken away a place that it still had when it was asked: then there is nothing
	const own = (texts.get('number') ?? '').trim();
	return {name, net: own, texts: new Map([...texts, ...(pid === undefined ? [] : await textsOf(pid, isHost))]), proxies: proxiesIn(own)};
}

/** What is not of a network namespace. */
async function textsOf(pid: number, isHost: boolean): Promise<readonly (readonly [string, string])[]> {
	const {stdout: hostname} = await run(['nsenter', '--target', String(pid), '--uts', 'hostname']);
	const files = ['hosts', 'resolv.conf', 'hostname'].map((file) => [`/etc/${file}`, readFileSync(`/proc/${pid}/root/etc/${file}`, 'utf8')] as const);
	const links = isHost ? [] : readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(isOfLink);
	return [['hostname', hostname], ['variables of links', [...new Set(links)].toSorted().join('\n')], ...files];
}

/** What a link says of the container that it leads to (legacy container links in Docker's documentation). */
function isOfLink(variable: string): boolean {
	return /^\w+_(?:NAME|PORT|ENV)(?:_\w+)?=/.test(variable);
}

/** How the node of these namespaces is entered. Throws when no process is in both. */
export function processIn({net, mnt}: Inodes): {readonly net: string; readonly pid: number} {
	const pid = readdirSync('/proc').find((one) => {
		const inodes = inodesOf(one);
		return inodes?.net === net && inodes.mnt === mnt;
	});
	if (pid === undefined) {
		throw new Error(`no process is in ${net} and ${mnt}`);
	}

	return {net: `/proc/${pid}/ns/net`, pid: Number(pid)};
}

/** How a network namespace without processes is entered: by a descriptor of the process that keeps it. Throws when that has none. */
export function heldBy(pid: number, net: string): {readonly net: string} {
	const folder = `/proc/${pid}/fd`;
	const fd = readdirSync(folder).find((one) => targetOf(join(folder, one)) === `net:[${net}]`);
	if (fd === undefined) {
		throw new Error(`process ${pid} does not hold ${net}`);
	}

	return {net: join(folder, fd)};
}

/** undefined: it was closed while we were looking. */
function targetOf(link: string): string | undefined {
	try {
		return readlinkSync(link);
	} catch {
		return undefined;
	}
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
