// LANs, hosts and their Docker engines: from the tree, which has passed the schema, to plain data with all defaults filled in.
import {macFrom} from '../../../base/names.ts';
import type {DockerEngine, Host, HostBridge, Lan, Nic, Serve, StaticRoute} from '../../lab.ts';
import {entriesOf, flagOf, get, itemsOf, textOf, textsOf, type Entry, type Node} from '../tree.ts';
import {flagAt, macAt, mtuAt, numberAt, portAt, settings, textAt, usualMtu, wordAt} from './values.ts';

/** The host that is there when a file names none. */
export const implicitHost = 'h1';

export function liftLans(root: Node): readonly Lan[] {
	return entriesOf(get(root, 'lans')).map(({key, value}) => ({
		name: key,
		subnet: textAt(value, 'subnet') ?? '',
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

function liftHost({key, value}: Entry, lans: readonly Lan[], seed: number): Host {
	const docker = get(value, 'docker');
	return {
		name: key,
		nics: entriesOf(get(value, 'nics')).map((nic) => liftNic(nic, {host: key, lans, seed})),
		gateway: textAt(value, 'gateway'),
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
		mac: macAt(value, 'mac') ?? macFrom(seed, 'nic', host, key),
		mtu: mtuAt(value, 'mtu', lans.find(({name}) => name === lan)?.mtu ?? usualMtu),
	};
}

function liftRoute(node: Node): StaticRoute {
	return {to: textAt(node, 'to') ?? '', via: textAt(node, 'via'), dev: textAt(node, 'dev')};
}

function liftBridge({key, value}: Entry): HostBridge {
	return {dev: key, address: textAt(value, 'ip'), ports: textsOf(get(value, 'ports'))};
}

function liftEngine(node: Node | undefined): DockerEngine {
	const pools = itemsOf(get(node, 'pools')).map((pool) => ({base: textAt(pool, 'base') ?? '', size: numberAt(pool, 'size') ?? 0}));
	return {
		engine: wordAt(node, 'engine', ['28', '20.10']) ?? '28',
		bip: textAt(node, 'bip'),
		fixedCidr: textAt(node, 'fixed_cidr'),
		userlandProxy: flagAt(node, 'userland_proxy', true),
		iptables: flagAt(node, 'iptables', true),
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
