// Subnets that lie in each other: those of the networks of one engine, and those of overlay networks. Docker says the same when it makes the second one.
import {networkOf, overlaps, overlapsWith, subnetOf} from '../../address.ts';
import type {Host, Network} from '../../lab.ts';
import {ingressSubnet, isOverlay, type Overlay} from '../../overlay.ts';
import {configIndex} from '../lift/networks.ts';
import type {Context} from './context.ts';
import {hostsOf, isPredefined} from './networks.ts';

export function checkOverlaps(context: Context): void {
	checkFamily(context, 4);
	checkFamily(context, 6);
}

interface Taken {
	readonly subnet: string;
	readonly whose: string;
	readonly line: string;
}

/** An engine's own networks share one address space, and docker0 has its part of it; overlay networks share another, and ingress has its part of that. */
function checkFamily(context: Context, family: 4 | 6): void {
	const {networks} = context.lab;
	const before = new Map<string, Taken[]>();
	for (const [index, network] of networks.entries()) {
		const subnet = (family === 4 ? network.ipam : network.ipam6)?.subnet;
		if (subnet === undefined) {
			continue;
		}

		if (isOverlay(network) && family === 4 && !isPredefined(network)) {
			checkOverlay(network, subnet, networks.slice(0, index).filter(isOverlay), context);
		} else if (!isPredefined(network)) {
			checkPool({network, subnet, family}, before, context);
		}

		for (const host of isOverlay(network) ? [] : hostsOf(network)) {
			const taken = before.get(host) ?? [];
			taken.push({subnet, whose: `network "${network.name}"`, line: ` (line ${network.at.line})`});
			before.set(host, taken);
		}
	}
}

/** `before`: what the engine of each host has given away. */
function checkPool(
	{network, subnet, family}: {readonly network: Network; readonly subnet: string; readonly family: 4 | 6},
	before: ReadonlyMap<string, readonly Taken[]>,
	{tree, hosts, report}: Context,
): void {
	const overlapsIt = overlapsWith(subnet);
	for (const host of hostsOf(network)) {
		const machine = hosts.get(host);
		const docker0 = family === 4 ? machine && docker0Subnet(machine) : machine?.docker?.ipv6?.fixedCidr;
		const clash =
			docker0 !== undefined && overlapsIt(docker0)
				? {subnet: docker0, whose: 'docker0', line: ''}
				: before.get(host)?.find((other) => overlapsIt(other.subnet));
		if (clash !== undefined) {
			const words = machine?.docker?.engine === '20.10' ? '' : 'invalid pool request: ';
			report.error(
				tree.place('networks', network.name, 'ipam', 'config', configIndex(tree, network.name, family), 'subnet'),
				`${subnet} overlaps ${clash.subnet} of ${clash.whose} on host "${host}"${clash.line}`,
				`Docker: "${words}Pool overlaps with other one on this address space"`,
			);
			break;
		}
	}
}

function checkOverlay({name}: Overlay, subnet: string, before: readonly Overlay[], {tree, report}: Context): void {
	const others = [
		{subnet: ingressSubnet, whose: "Docker's own network ingress", line: ''},
		...before.map((other) => ({subnet: other.ipam.subnet, whose: `network "${other.name}"`, line: ` (line ${other.at.line})`})),
	];
	const clash = others.find((other) => other.subnet !== undefined && overlaps(other.subnet, subnet));
	if (clash !== undefined) {
		report.error(
			tree.place('networks', name, 'ipam', 'config', configIndex(tree, name, 4), 'subnet'),
			`${subnet} overlaps ${clash.subnet} of ${clash.whose}${clash.line}`,
			'Docker: "Pool overlaps with other one on this address space"',
		);
	}
}

/** docker0's subnet as far as the file tells: undefined when its engine must look for a free one. */
function docker0Subnet({docker, nics, bridges}: Host): string | undefined {
	const own = docker?.bip ?? bridges.find(({dev}) => dev === docker?.bridge)?.address;
	if (docker === undefined || own !== undefined) {
		return own && subnetOf(own);
	}

	const [pool] = docker.pools ?? [];
	const usual = pool === undefined ? '172.17.0.0/16' : `${networkOf(pool.base)}/${pool.size}`;
	return [...nics, ...bridges].some(({address}) => address !== undefined && overlaps(address, usual)) ? undefined : usual;
}
