// LANs, hosts and their Docker engines: from the tree, which has passed the schema, to plain data with all defaults filled in.
import {macFrom} from '../../../base/names.ts';
import type {DockerEngine, Host, HostBridge, Lan, Nic, Serve, StaticRoute} from '../../lab.ts';
import {entriesOf, flagOf, get, itemsOf, textOf, textsOf, type Entry, type Node} from '../tree.ts';
import {addressAt, flagAt, macAt, mtuAt, numberAt, portAt, settings, textAt, usualMtu, wordAt} from './values.ts';

/** The host that is there when a file names none. */
export const implicitHost = 'h1';

export function liftLans(root: Node): readonly Lan[] {
	return entriesOf(get(root, 'lans')).map(({key, value}) => ({
		name: key,
		subnet: textAt(value, 'subnet') ?? '',
		...given('subnet6', addressAt(value, 'subnet6')),
		gateway: textAt(value, 'gateway'),
		mtu: mtuAt(value, 'mtu', usualMtu),
	}));
}

export function liftHosts(root: Node, lans: readonly Lan[], seed: number): readonly Host[] {
	const hosts = entriesOf(get(root, 'hosts')).map((entry) => liftHost(entry, lans, seed));
	return hosts.length > 0
		? hosts
		: [{name: implicitHost, nics: [], gateway: undefined, routes: [], bridges: [], sysctls: {}, docker: liftEngine(undefined), serve: []}];
}

/** The key with its value, or nothing at all. */
function given<Key extends string>(key: Key, value: string | undefined): {readonly [K in Key]?: string} {
	return value === undefined ? {} : ({[key]: value} as {readonly [K in Key]: string});
}

function liftHost({key, value}: Entry, lans: readonly Lan[], seed: number): Host {
	const docker = get(value, 'docker');
	return {
		name: key,
		nics: entriesOf(get(value, 'nics')).map((nic) => liftNic(nic, {host: key, lans, seed})),
		gateway: textAt(value, 'gateway'),
		...given('gateway6', addressAt(value, 'gateway6')),
		routes: itemsOf(get(value, 'routes')).map(liftRoute),
		bridges: entriesOf(get(value, 'bridges')).map(liftBridge),
		sysctls: settings(get(value, 'sysctls')),
		docker: flagOf(docker) === false ? undefined : liftEngine(docker),
		serve: liftServe(get(value, 'serve')),
	};
}

function liftNic({key, value}: Entry, {host, lans, seed}: {readonly host: string; readonly lans: readonly Lan[]; readonly seed: number}): Nic {
	const lan = textAt(value, 'lan') ?? '';
	return {
		dev: key,
		lan,
		address: textAt(value, 'ip'),
		...given('address6', addressAt(value, 'ip6')),
		mac: macAt(value, 'mac') ?? macFrom(seed, 'nic', host, key),
		mtu: mtuAt(value, 'mtu', lans.find(({name}) => name === lan)?.mtu ?? usualMtu),
	};
}

function liftRoute(node: Node): StaticRoute {
	return {to: addressAt(node, 'to') ?? '', via: addressAt(node, 'via'), dev: textAt(node, 'dev')};
}

function liftBridge({key, value}: Entry): HostBridge {
	return {dev: key, address: textAt(value, 'ip'), ports: textsOf(get(value, 'ports'))};
}

function liftEngine(node: Node | undefined): DockerEngine {
	const pools = itemsOf(get(node, 'pools')).map((pool) => ({base: textAt(pool, 'base') ?? '', size: numberAt(pool, 'size') ?? 0}));
	const ip6tables = flagOf(get(node, 'ip6tables'));
	return {
		engine: wordAt(node, 'engine', ['28', '20.10']) ?? '28',
		bip: textAt(node, 'bip'),
		fixedCidr: textAt(node, 'fixed_cidr'),
		userlandProxy: flagAt(node, 'userland_proxy', true),
		iptables: flagAt(node, 'iptables', true),
		...(ip6tables === undefined ? {} : {ip6tables}),
		...(flagAt(node, 'ipv6', false) ? {ipv6: {fixedCidr: addressAt(node, 'fixed_cidr_v6')}} : {}),
		ipForward: flagAt(node, 'ip_forward', true),
		icc: flagAt(node, 'icc', true),
		mtu: mtuAt(node, 'mtu', usualMtu),
		bridge: textAt(node, 'bridge'),
		...(pools.length > 0 ? {pools} : {}),
	};
}

/** A list of servers: each item has one key, the kind. */
export function liftServe(node: Node | undefined): readonly Serve[] {
	return itemsOf(node)
		.flatMap(entriesOf)
		.flatMap(({key, value}): readonly Serve[] => {
			const port = portAt(value, 'port');
			if (port === undefined) {
				return [];
			}

			return key === 'http'
				? [
						{
							kind: 'http',
							port,
							status: numberAt(value, 'status') ?? 200,
							body: textOf(get(value, 'body')),
							echo: wordAt(value, 'echo', ['peer', 'headers']),
						},
					]
				: [{kind: key === 'udp' ? 'udp' : 'tcp', port, echo: flagAt(value, 'echo', false)}];
		});
}
