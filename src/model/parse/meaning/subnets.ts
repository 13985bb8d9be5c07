// Addresses of networks: subnets that lie in each other, what lies outside its subnet, what is given to two. Docker says the same, but only while
// it makes the network or starts the container.
import {broadcastOf, contains, networkOf, nthAddress, overlaps, prefixOf, sizeOf, subnetOf} from '../../address.ts';
import type {Host, Network} from '../../lab.ts';
import {ipv4Config} from '../lift/networks.ts';
import {textAt} from '../lift/values.ts';
import {entriesOf, itemsOf, textOf, type Path, type Place} from '../tree.ts';
import type {Context} from './context.ts';
import {hostsOf, isPredefined} from './networks.ts';

export function checkSubnets(context: Context): void {
	for (const network of context.lab.networks) {
		checkFamilies(network, context);
		checkParts(network, context);
		checkAddresses(network, context);
	}

	checkOverlaps(context);
}

function configPath(network: string, {tree}: Context): Path {
	return ['networks', network, 'ipam', 'config', ipv4Config(tree, network)];
}

function checkFamilies({name}: Network, {tree, report}: Context): void {
	const ours = ipv4Config(tree, name);
	for (const [index, item] of itemsOf(tree.node('networks', name, 'ipam', 'config')).entries()) {
		const place = tree.place('networks', name, 'ipam', 'config', index);
		if (textAt(item, 'subnet')?.includes(':') === true) {
			report.notYet(tree.place('networks', name, 'ipam', 'config', index, 'subnet'), 'an IPv6 subnet');
		} else if (index !== ours) {
			report.notYet(place, 'a second IPv4 subnet on a network');
		}
	}
}

interface Part {
	readonly text: string;
	readonly place: Place;
	/** Docker's word for it. */
	readonly kind: string;
	readonly said: string;
}

/** What the file says about parts of the subnet. */
function partsOf(network: string, context: Context): readonly Part[] {
	const {tree} = context;
	const path = configPath(network, context);
	const part = (kind: string, keys: Path, said = 'this address'): readonly Part[] => {
		const text = textOf(tree.node(...path, ...keys));
		return text === undefined ? [] : [{text, place: tree.place(...path, ...keys), kind: `${kind} ${text}`, said}];
	};
	return [
		...part('ip-range', ['ip_range'], 'ip-range'),
		...part('gateway', ['gateway']),
		...entriesOf(tree.node(...path, 'aux_addresses')).flatMap(({key}) =>
			part('', ['aux_addresses', key]).map((each) => ({...each, kind: `auxiliary address ${key}`})),
		),
	];
}

function checkParts({name, ipam: {subnet}}: Network, context: Context): void {
	const {tree, report} = context;
	const path = configPath(name, context);
	if (subnet !== undefined && prefixOf(subnet) > 30) {
		report.notYet(tree.place(...path, 'subnet'), `a subnet without room for a gateway and a container (${subnet})`, 'use a /30 or larger');
	}

	for (const {text, place, kind, said} of partsOf(name, context)) {
		if (subnet === undefined) {
			report.error(place, `${text} is part of no subnet`, 'give the network one: "subnet: 10.77.0.0/24"');
		} else if (text.includes(':') || !contains(subnet, text)) {
			const isBigger = text.includes('/') && !text.includes(':') && sizeOf(text) > sizeOf(subnet);
			report.error(
				place,
				`${text} is outside the subnet ${subnet} of network "${name}"`,
				`Docker: "invalid ${kind}: ${isBigger ? `CIDR block is bigger than its parent subnet ${subnet}` : `parent subnet ${subnet} doesn't contain ${said}`}"`,
			);
		}
	}
}

interface Claim {
	readonly address: string;
	/** Whose it is: `its gateway`, `the address of "web"`. */
	readonly whose: string;
	/** undefined: the file does not say it, it is so. */
	readonly place: Place | undefined;
}

/** Every address of a network is had by one: its gateway, what `aux_addresses` keeps, and the containers that ask for one. */
function checkAddresses(network: Network, context: Context): void {
	const {report} = context;
	const {name, ipam} = network;
	const taken = new Map<string, Claim>();
	for (const claim of [...ownAddresses(network, context), ...askedFor(network, context)]) {
		const {address, place} = claim;
		const other = taken.get(address);
		if (place !== undefined && other !== undefined && ipam.subnet !== undefined && contains(ipam.subnet, address)) {
			const line = other.place === undefined ? '' : ` (line ${other.place.position.line})`;
			report.error(place, `${address} on network "${name}" is already ${other.whose}${line}`, 'Docker: "Address already in use"');
		}

		taken.set(address, other ?? claim);
	}

	for (const {address, place} of askedFor(network, context)) {
		if (ipam.subnet === undefined) {
			report.error(
				place,
				`network "${name}" has no subnet of its own, so its addresses cannot be chosen`,
				`write "ipam: {config: [{subnet: ${subnetOf(`${address}/24`)}}]}" (Docker: "user specified IP address is supported only when connecting to networks with user configured subnets")`,
			);
		} else if (!contains(ipam.subnet, address)) {
			report.error(place, `${address} is outside the subnet ${ipam.subnet} of network "${name}"`);
		}
	}
}

/** What no container can have. The first address is the gateway of a bridge unless the file names one; a macvlan's gateway is a machine of its LAN. */
function ownAddresses({name, driver, ipam: {subnet, gateway}}: Network, context: Context): readonly Claim[] {
	if (subnet === undefined || prefixOf(subnet) > 30) {
		return [];
	}

	const {tree} = context;
	const path = configPath(name, context);
	const implied = driver === 'bridge' && gateway === undefined ? [{address: nthAddress(subnet, 1), whose: 'its gateway', place: undefined}] : [];
	const kept = entriesOf(tree.node(...path, 'aux_addresses')).map(({key, value}) => ({
		address: textOf(value) ?? '',
		whose: `kept free as "${key}"`,
		place: tree.place(...path, 'aux_addresses', key),
	}));
	return [
		{address: networkOf(subnet), whose: 'its network address', place: undefined},
		{address: broadcastOf(subnet), whose: 'its broadcast address', place: undefined},
		...implied,
		...(gateway === undefined ? [] : [{address: gateway, whose: 'its gateway', place: tree.place(...path, 'gateway')}]),
		...kept.filter(({address}) => !address.includes(':')),
	];
}

function askedFor({name: network}: Network, {lab, tree}: Context): readonly (Claim & {readonly place: Place})[] {
	return lab.services.flatMap(({name, attach}) => {
		const address = attach.mode === 'networks' ? attach.endpoints.find((endpoint) => endpoint.network === network)?.address : undefined;
		return address === undefined
			? []
			: [{address, whose: `the address of "${name}"`, place: tree.place('services', name, 'networks', network, 'ipv4_address')}];
	});
}

/** An engine's networks, of whatever driver, share one address space, and docker0 has its part of it. */
function checkOverlaps(context: Context): void {
	const {lab, tree, hosts, report} = context;
	for (const [index, network] of lab.networks.entries()) {
		const {subnet} = network.ipam;
		if (subnet === undefined || isPredefined(network, context)) {
			continue;
		}

		for (const host of hostsOf(network)) {
			const machine = hosts.get(host);
			const docker0 = machine && docker0Subnet(machine);
			const others = [
				...(docker0 === undefined ? [] : [{subnet: docker0, whose: 'docker0', line: ''}]),
				...lab.networks
					.slice(0, index)
					.filter((other) => hostsOf(other).includes(host))
					.map(({name, ipam, at}) => ({subnet: ipam.subnet, whose: `network "${name}"`, line: ` (line ${at.line})`})),
			];
			const clash = others.find((other) => other.subnet !== undefined && overlaps(other.subnet, subnet));
			if (clash !== undefined) {
				const before = machine?.docker?.engine === '20.10' ? '' : 'invalid pool request: ';
				report.error(
					tree.place('networks', network.name, 'ipam', 'config', ipv4Config(tree, network.name), 'subnet'),
					`${subnet} overlaps ${clash.subnet} of ${clash.whose} on host "${host}"${clash.line}`,
					`Docker: "${before}Pool overlaps with other one on this address space"`,
				);
				break;
			}
		}
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
