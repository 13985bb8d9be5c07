// User-defined networks: from the tree to plain data. On which hosts a network is, is said by who is on it; whether that can be is asked in `meaning/`.
import {mtu as toMtu} from '../../../base/units.ts';
import {contains, familyOf, subnetOf} from '../../address.ts';
import type {Ipam, Network, Position, Service} from '../../lab.ts';
import {gatewayModes, macvlanModes, options} from '../../schema/network.ts';
import {entriesOf, flagOf, get, itemsOf, textOf, textsOf, type Node, type SourceTree} from '../tree.ts';
import {addressAt, flagAt, numberAt, textAt, wordAt} from './values.ts';

/** The network of services that name none, as in Docker Compose: a bridge like any other. */
export const defaultNetwork = 'default';

/** All networks of the file, used or not, and the default one when somebody is on it; that one comes first. */
export function liftNetworks(tree: SourceTree, services: readonly Service[]): readonly Network[] {
	const joins = connections(tree);
	const lift = (name: string, value: Node | undefined, at: Position): Network => liftNetwork({name, value, at}, residentsOf(name, services, joins));
	const declared = entriesOf(tree.node('networks')).map(({key, value, at}) => lift(key, value, at));
	const onDefault = services.find((service) => endpointOn(defaultNetwork, service) !== undefined || joins.some((join) => joinsDefault(join, service)));
	const implied =
		onDefault === undefined || declared.some(({name}) => name === defaultNetwork)
			? []
			: [lift(defaultNetwork, undefined, tree.key('services', onDefault.name).position)];
	return [...implied, ...declared].toSorted((a, b) => Number(b.name === defaultNetwork) - Number(a.name === defaultNetwork));
}

/** Docker Compose makes no network that no service is on, and the lab neither. */
export function isUsed(network: Network): boolean {
	return network.driver === 'bridge' ? network.host !== '' : network.hosts.length > 0;
}

/** Whether ports can be published on a network of the file; Docker ignores them on the others. */
export function canPublish(tree: SourceTree, network: string): boolean {
	return textOf(tree.node('networks', network, 'driver')) !== 'macvlan' && flagOf(tree.node('networks', network, 'internal')) !== true;
}

export interface Connection {
	readonly service: string;
	readonly network: string;
}

/** Who is connected to which network by a step. */
export function connections(tree: SourceTree): readonly Connection[] {
	return itemsOf(tree.node('steps'))
		.flatMap((step): readonly (Node | undefined)[] => {
			const actions = get(step, 'do');
			return actions?.kind === 'list' ? actions.items : [actions];
		})
		.flatMap((action) => entriesOf(action))
		.filter(({key}) => key === 'connect')
		.map(({value}) => ({service: textAt(value, 'service') ?? '', network: textAt(value, 'network') ?? ''}));
}

/** Where the part of one family stands in a network's `ipam.config`; behind its end when there is none. Without a subnet it is about IPv4. */
export function configIndex(tree: SourceTree, network: string, family: 4 | 6): number {
	const items = itemsOf(tree.node('networks', network, 'ipam', 'config'));
	const index = items.findIndex((item) => isOf(item, family));
	return index === -1 ? items.length : index;
}

function isOf(item: Node, family: 4 | 6): boolean {
	return (textAt(item, 'subnet')?.includes(':') === true) === (family === 6);
}

interface Residents {
	/** Hosts of the services on it or, when there are none, of those that a step connects to it. */
	readonly hosts: readonly string[];
	/** Hosts of both. */
	readonly everywhere: readonly string[];
	/** Addresses that services ask for. */
	readonly addresses: readonly string[];
	readonly addresses6: readonly string[];
}

function residentsOf(network: string, services: readonly Service[], joins: readonly Connection[]): Residents {
	const on = services.filter((service) => endpointOn(network, service) !== undefined);
	const connected = services.filter(({name}) => joins.some((join) => join.service === name && join.network === network));
	const hosts = (some: readonly Service[]): readonly string[] => [...new Set(some.map(({host}) => host).filter((host) => host !== ''))];
	return {
		hosts: on.length > 0 ? hosts(on) : hosts(connected),
		everywhere: hosts([...on, ...connected]),
		addresses: on.map((service) => endpointOn(network, service)?.address).filter((address) => address !== undefined),
		addresses6: on.map((service) => endpointOn(network, service)?.address6).filter((address) => address !== undefined),
	};
}

function endpointOn(network: string, {attach}: Service): Extract<Service['attach'], {readonly mode: 'networks'}>['endpoints'][number] | undefined {
	return attach.mode === 'networks' ? attach.endpoints.find((endpoint) => endpoint.network === network) : undefined;
}

function joinsDefault({service, network}: Connection, {name}: Service): boolean {
	return network === defaultNetwork && service === name;
}

interface Declared {
	readonly name: string;
	/** undefined: as if it stood there empty. */
	readonly value: Node | undefined;
	readonly at: Position;
}

function liftNetwork({name, value, at}: Declared, {hosts, everywhere, addresses, addresses6}: Residents): Network {
	const driver = get(value, 'driver_opts');
	const dockerName = textAt(value, 'name') ?? textAt(get(value, 'external'), 'name') ?? name;
	const base = {
		name,
		...(dockerName === name ? {} : {dockerName}),
		ipam: flagAt(value, 'enable_ipv4', true) ? liftIpam(value, 4, addresses) : undefined,
		...(hasIPv6(value, addresses6) ? {ipam6: liftIpam(value, 6, addresses6)} : {}),
		internal: flagAt(value, 'internal', false),
		at,
	};
	const kind = textAt(value, 'driver');
	const mtu = toMtu(numberAt(driver, options.driverMtu) ?? numberAt(driver, options.mtu) ?? 0);
	if (kind === 'overlay') {
		const members = get(value, 'hosts');
		return {
			...base,
			ipam: liftIpam(value, 4, addresses),
			driver: 'overlay',
			hosts: members === undefined ? everywhere : textsOf(members),
			vni: numberAt(value, 'vni') ?? numberAt(driver, options.numbers),
			mtu,
		};
	}

	return kind === 'macvlan'
		? {
				...base,
				driver: 'macvlan',
				hosts,
				parent: textAt(driver, options.parent) ?? '',
				macvlanMode: wordAt(driver, options.macvlanMode, macvlanModes) ?? 'bridge',
			}
		: {
				...base,
				driver: 'bridge',
				host: hosts[0] ?? '',
				bridge: textAt(driver, options.bridgeName),
				icc: isOn(textAt(driver, options.icc)),
				masquerade: isOn(textAt(driver, options.masquerade)),
				hostBinding: textAt(driver, options.hostBinding),
				gatewayMode: wordAt(driver, options.gatewayMode, gatewayModes) ?? 'nat',
				gatewayMode6: wordAt(driver, options.gatewayMode6, gatewayModes) ?? 'nat',
				inhibitIPv4: isOn(textAt(driver, options.inhibitIPv4) ?? 'false'),
				trusted: textAt(driver, options.trusted)?.split(':') ?? [],
				interfacePrefix: textAt(driver, options.interfacePrefix),
				hostAddress: textAt(driver, options.hostAddress),
				mtu,
			};
}

/** Go's strconv.ParseBool, of what the schema lets through; these options are on when they are left out. */
function isOn(text: string | undefined): boolean {
	return text === undefined || /^(?:1|t|true)$/i.test(text);
}

/** A network from outside has IPv6 when somebody has an IPv6 address on it. */
function hasIPv6(network: Node | undefined, addresses6: readonly string[]): boolean {
	return flagAt(network, 'enable_ipv6', isExternal(network) && addresses6.length > 0);
}

/** The part of one family. What is of the other family in it is left out here and reported in `meaning/subnets.ts`. */
function liftIpam(network: Node | undefined, family: 4 | 6, addresses: readonly string[]): Ipam {
	const config = itemsOf(get(get(network, 'ipam'), 'config')).find((item) => isOf(item, family));
	const own = (text: string | undefined): text is string => text !== undefined && familyOf(text) === family;
	const at = (key: string): string | undefined => [addressAt(config, key)].find(own);
	const reserved = get(config, 'aux_addresses');
	const otherGateway = addressAt(reserved, `DefaultGatewayIPv${family}`);
	return {
		subnet: at('subnet') ?? (isExternal(network) ? subnetAround(addresses) : undefined),
		range: at('ip_range'),
		gateway: at('gateway'),
		...(otherGateway !== undefined && own(otherGateway) ? {otherGateway} : {}),
		reserved: entriesOf(reserved)
			.map(({key}) => addressAt(reserved, key))
			.filter(own),
	};
}

/** Whether the file says that the network is there already. */
export function isExternal(network: Node | undefined): boolean {
	const external = get(network, 'external');
	return external?.kind === 'map' || flagOf(external) === true;
}

/** What a network outside must have been like for its containers to have these addresses: a /24 or /64 around them, or as much more as they need. */
function subnetAround([first, ...others]: readonly string[]): string | undefined {
	return first === undefined
		? undefined
		: (familyOf(first) === 4 ? [24, 16, 8] : [64, 48, 8])
				.map((prefix) => subnetOf(`${first}/${prefix}`))
				.find((subnet) => others.every((address) => contains(subnet, address)));
}
