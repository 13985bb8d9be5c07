// Addresses of networks: what lies outside its subnet, what is given to two. Docker says the same, but only while it makes the network or starts the
// container. Subnets that lie in each other are in `overlaps.ts`.
import {broadcastOf, contains, familyOf, firstHost, networkOf, overlaps, prefixOf, sizeOf, subnetOf} from '../../address.ts';
import {needsNoGateway} from '../../gateways.ts';
import type {Ipam, Network} from '../../lab.ts';
import {isOverlay, overlaySubnets} from '../../overlay.ts';
import {configIndex, isUsed} from '../lift/networks.ts';
import {addressAt} from '../lift/values.ts';
import {entriesOf, textOf, type Path, type Place} from '../tree.ts';
import type {Context} from './context.ts';
import {hostsOf, isOfOld} from './networks.ts';

export function checkSubnets(context: Context): void {
	const chosen = overlaySubnets(context.lab.networks.filter(isUsed));
	for (const network of context.lab.networks) {
		for (const section of sectionsOf(network, chosen.get(network.name), context)) {
			checkParts(section, context);
			checkAddresses(section, context);
		}

		checkUnaddressed(network, context);
	}
}

/** The addresses of one family on a network. */
interface Section {
	readonly network: Network;
	readonly family: 4 | 6;
	readonly ipam: Ipam;
	/** Where its addresses are, so far as that is known: the file says it, or it is an overlay network. */
	readonly subnet: string | undefined;
	/** Where the file says what they are. */
	readonly path: Path;
}

/** `chosen`: the subnet that it has in any case. */
function sectionsOf(network: Network, chosen: string | undefined, {tree}: Context): readonly Section[] {
	const section = (family: 4 | 6, ipam: Ipam): Section => ({
		network,
		family,
		ipam,
		subnet: ipam.subnet ?? (family === 4 ? chosen : undefined),
		path: ['networks', network.name, 'ipam', 'config', configIndex(tree, network.name, family)],
	});
	// Docker does not look at what is said about a family that is off
	return [...(network.ipam === undefined ? [] : [section(4, network.ipam)]), ...(network.ipam6 === undefined ? [] : [section(6, network.ipam6)])];
}

/** Nobody has an address of a family that the network has not. */
function checkUnaddressed(network: Network, context: Context): void {
	for (const {address, place} of network.ipam === undefined ? askedFor(network, 4, context) : []) {
		context.report.error(place, `network "${network.name}" has no IPv4, so nobody has ${address} on it`, 'remove "enable_ipv4: false" at the network');
	}

	for (const {address, place} of network.ipam6 === undefined ? askedFor(network, 6, context) : []) {
		context.report.error(
			place,
			`network "${network.name}" has no IPv6, so nobody has ${address} on it`,
			`write "enable_ipv6: true" and "ipam: {config: [{subnet: ${subnetOf(`${address}/64`)}}]}" at the network`,
		);
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
function partsOf({path}: Section, {tree}: Context): readonly Part[] {
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

/** The longest prefixes that leave room for a gateway and a container. */
const longest = {4: 30, 6: 126} as const;

function checkParts(section: Section, context: Context): void {
	const {tree, report} = context;
	const {
		path,
		family,
		network: {name},
		ipam: {subnet},
	} = section;
	if (subnet !== undefined && prefixOf(subnet) > longest[family]) {
		report.notYet(tree.place(...path, 'subnet'), `a subnet without room for a gateway and a container (${subnet})`, `use a /${longest[family]} or larger`);
	}

	checkKind(section, context);
	for (const {text, place, kind, said} of partsOf(section, context)) {
		if (subnet === undefined) {
			report.error(place, `${text} is part of no subnet`, `give the network one: "subnet: ${familyOf(text) === 4 ? '10.77.0.0/24' : 'fd00:77::/64'}"`);
		} else if (!contains(subnet, text)) {
			const isBigger = text.includes('/') && familyOf(text) === family && sizeOf(text) > sizeOf(subnet);
			report.error(
				place,
				`${text} is outside the subnet ${subnet} of network "${name}"`,
				`Docker: "invalid ${kind}: ${isBigger ? `CIDR block is bigger than its parent subnet ${subnet}` : `parent subnet ${subnet} doesn't contain ${said}`}"`,
			);
		}
	}
}

/** The one subnet of such addresses that Docker lets a network have. */
const linkLocal = 'fe80::/64';

/** Subnets that no network can have (validateIPv6Subnet, libnetwork/drivers/bridge). */
function checkKind({path, family, ipam: {subnet, range, gateway}}: Section, {tree, report}: Context): void {
	if (family === 4 || subnet === undefined) {
		return;
	}

	const place = tree.place(...path, 'subnet');
	// its words are about the bridge's own address
	const bridge = `${gateway ?? firstHost(subnet, range)}/${prefixOf(subnet)}`;
	if (overlaps(subnet, 'ff00::/8')) {
		report.error(place, `${subnet} holds multicast addresses, which no interface has`, `Docker: "multicast subnet '${bridge}' is not allowed"`);
	} else if (overlaps(subnet, 'fe80::/10')) {
		report.error(
			place,
			`${subnet} holds link-local addresses, which every interface has of its own`,
			overlaps(subnet, linkLocal) && subnet !== linkLocal
				? `Docker: "'${bridge}' clashes with the Link-Local prefix '${linkLocal}'"`
				: 'Docker takes it; use one like fd00:77::/64 all the same',
		);
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
function checkAddresses(section: Section, context: Context): void {
	const {report} = context;
	const {network, subnet, family} = section;
	const {name} = network;
	const taken = new Map<string, Claim>();
	for (const claim of [...ownAddresses(section, context), ...askedFor(network, family, context)]) {
		const {address, place} = claim;
		const other = taken.get(address);
		if (place !== undefined && other !== undefined && subnet !== undefined && contains(subnet, address)) {
			const line = other.place === undefined ? '' : ` (line ${other.place.position.line})`;
			report.error(place, `${address} on network "${name}" is already ${other.whose}${line}`, 'Docker: "Address already in use"');
		}

		taken.set(address, other ?? claim);
	}

	for (const {address, place} of askedFor(network, family, context)) {
		if (subnet === undefined) {
			report.error(
				place,
				`network "${name}" has no ${family === 6 ? 'IPv6 ' : ''}subnet of its own, so its addresses cannot be chosen`,
				`write "ipam: {config: [{subnet: ${subnetOf(`${address}/${family === 4 ? 24 : 64}`)}}]}" (Docker: "user specified IP address is supported only when connecting to networks with user configured subnets")`,
			);
		} else if (!contains(subnet, address)) {
			report.error(place, `${address} is outside the subnet ${subnet} of network "${name}"`, `Docker: "${outsideWords(network, address, context)}"`);
		}
	}
}

function outsideWords(network: Network, address: string, context: Context): string {
	const isOld = isOfOld(network, context.hosts);
	return isOverlay(network) && (isOld || isFirst(network, address, context))
		? 'could not find an available IP'
		: isOld
			? `Invalid address ${address}: It does not belong to any of this network's subnets`
			: `no configured subnet or ip-range contain the IP address ${address}`;
}

/** Until a container of its host is on an overlay network the engine there does not know it: then Swarm's manager is asked (FindNetwork in moby, daemon). */
function isFirst({name}: Network, address: string, {lab, residents}: Context): boolean {
	const hostOf = (service: string | undefined): string | undefined => lab.services.find((one) => one.name === service)?.host;
	const there = residents.get(name) ?? [];
	const asking = there.find(({endpoint}) => endpoint.address === address);
	return there.find(({service}) => hostOf(service) === hostOf(asking?.service)) === asking;
}

/** What no container can have. The first address is the gateway's unless the file names another, or nobody needs one. */
function ownAddresses({network, family, path, subnet, ipam: {range, gateway}}: Section, {tree, hosts}: Context): readonly Claim[] {
	if (subnet === undefined || prefixOf(subnet) > longest[family]) {
		return [];
	}

	const isFree = needsNoGateway(network, family) && hosts.get(hostsOf(network)[0] ?? '')?.docker?.engine !== '20.10';
	const implied = !isFree && gateway === undefined ? [{address: firstHost(subnet, range), whose: 'its gateway', place: undefined}] : [];
	const reserved = tree.node(...path, 'aux_addresses');
	const kept = entriesOf(reserved).map(({key}) => ({
		address: addressAt(reserved, key) ?? '',
		whose: `kept free as "${key}"`,
		place: tree.place(...path, 'aux_addresses', key),
	}));
	return [
		...(family === 4
			? [
					{address: networkOf(subnet), whose: 'its network address', place: undefined},
					{address: broadcastOf(subnet), whose: 'its broadcast address', place: undefined},
				]
			: [{address: networkOf(subnet), whose: 'the address of all its routers (RFC 4291 2.6.1)', place: undefined}]),
		...implied,
		...(gateway === undefined ? [] : [{address: gateway, whose: 'its gateway', place: tree.place(...path, 'gateway')}]),
		...kept.filter(({address}) => address !== '' && familyOf(address) === family),
	];
}

function askedFor({name: network}: Network, family: 4 | 6, {residents, tree}: Context): readonly (Claim & {readonly place: Place})[] {
	return (residents.get(network) ?? []).flatMap(({service, endpoint}) => {
		const address = family === 4 ? endpoint.address : endpoint.address6;
		return address === undefined
			? []
			: [{address, whose: `the address of "${service}"`, place: tree.place('services', service, 'networks', network, `ipv${family}_address`)}];
	});
}
