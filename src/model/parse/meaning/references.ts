// Names that must be names of something. Where they stand is said by the schema (`ref`).
import {isIPv4, isIPv6} from '../../address.ts';
import {isOverlay, vnisOf} from '../../overlay.ts';
import type {Reference} from '../structure.ts';
import {didYouMean} from '../words.ts';
import {isUsed} from '../lift/networks.ts';
import type {Context} from './context.ts';
import {predefined} from './networks.ts';
import {tunnelProblem} from './overlays.ts';

export function checkReferences(context: Context): void {
	const outside = outsideNames(context);
	for (const reference of context.references) {
		checkReference(reference, context, outside);
	}
}

/** Names that are not the lab's but may be asked for: what files put into /etc/hosts, and what containers are called. */
function outsideNames({lab}: Context): ReadonlySet<string> {
	return new Set([
		'localhost',
		...lab.services.flatMap(({containerName, hostname, extraHosts, attach, links}) => [
			containerName,
			...links.map(({alias}) => alias),
			...(attach.mode === 'networks' ? attach.endpoints.flatMap(({aliases}) => aliases) : []),
			...(hostname === undefined ? [] : [hostname]),
			...extraHosts.map(({name}) => name),
		]),
	]);
}

function checkReference(reference: Reference, context: Context, outside: ReadonlySet<string>): void {
	const {kind, text} = reference;
	switch (kind) {
		case 'url': {
			const host = /^http:\/\/(\[[^\]]*\]|[^:/?]*)/.exec(text)?.[1] ?? '';
			return checkTarget(host.replace(/^\[(.*)\]$/, '$1'), reference, context, outside);
		}

		case 'target': {
			return checkTarget(text, reference, context, outside);
		}

		case 'host interface': {
			expectName(text.split(':')[0] ?? '', ['host'], reference, context);
			return expectTunnel(text, reference, context);
		}

		case 'host or NIC': {
			expectName(text.split(':')[0] ?? '', ['host'], reference, context);
			return expectNic(text, reference, context);
		}

		case 'place': {
			const isTunnel = text.includes(':');
			expectName(text.split(':')[0] ?? '', isTunnel ? ['host'] : ['host', 'service'], reference, context);
			return isTunnel ? expectTunnel(text, reference, context) : undefined;
		}

		case 'point': {
			return expectPoint(text, reference, context);
		}

		case 'filter': {
			// parse/filters.ts
			return;
		}

		case 'bridge port': {
			const [node, dev] = text.split(':');
			return dev === undefined ? undefined : expectName(node ?? '', ['host', 'service'], reference, context);
		}

		case 'docker host': {
			expectName(text, ['host'], reference, context);
			return expectEngine(text, reference, context);
		}

		case 'network to remove': {
			return predefined.has(text) ? expectRefusal(reference, context) : expectName(text, ['network'], reference, context);
		}

		case 'node': {
			return expectName(text, ['host', 'service'], reference, context);
		}

		case 'host or LAN': {
			return expectName(text, ['host', 'LAN'], reference, context);
		}

		default: {
			return expectName(text, [kind], reference, context);
		}
	}
}

/** Interfaces of a host are not known beforehand, but which overlay networks it has is. */
function expectTunnel(point: string, {place}: Reference, {lab, hosts, networks, report}: Context): void {
	const [host = '', dev = ''] = point.split(':');
	const problem = hosts.has(host) && /^vxlan\d+$/.test(dev) ? tunnelProblem(point, vnisOf(lab.networks.filter(isUsed)), networks) : undefined;
	if (problem !== undefined) {
		report.error(place, problem.what, problem.hint);
	}
}

/** `h1:vxlan4097` may be an interface of a host that no overlay network is on; `h1:vxlan4097:veth0` is not. */
function expectPoint(point: string, reference: Reference, context: Context): void {
	const [node = '', place = '', dev] = point.split(':');
	const {lab, hosts} = context;
	const isTunnel = dev !== undefined || (/^vxlan\d+$/.test(place) && lab.networks.some((network) => isOverlay(network) && network.hosts.includes(node)));
	expectName(node, isTunnel ? ['host'] : ['host', 'service', 'LAN'], reference, context);
	if (isTunnel && hosts.has(node)) {
		expectTunnel(`${node}:${place}`, reference, context);
	}
}

function expectNic(point: string, {place}: Reference, {hosts, report}: Context): void {
	const [name = '', dev] = point.split(':');
	const host = hosts.get(name);
	const devs = host?.nics.map((nic) => nic.dev) ?? [];
	if (host !== undefined && (dev === undefined ? devs.length === 0 : !devs.includes(dev))) {
		report.error(
			place,
			dev === undefined ? `host "${name}" has no NIC` : `host "${name}" has no NIC "${dev}"`,
			dev === undefined ? undefined : (didYouMean(dev, devs) ?? (devs.length > 0 ? `it has ${devs.join(', ')}` : undefined)),
		);
	}
}

type Kind = 'host' | 'service' | 'LAN' | 'network' | 'fault';

function expectName(name: string, wanted: readonly Kind[], {place}: Reference, {lab, hosts, services, lans, networks, report}: Context): void {
	const tables: readonly (readonly [Kind, ReadonlyMap<string, unknown>])[] = [
		['host', hosts],
		['service', services],
		['LAN', lans],
		['network', networks],
		['fault', new Map(lab.faults.map((fault) => [fault.name, fault]))],
	];
	const found = tables.filter(([, table]) => table.has(name)).map(([kind]) => kind);
	const [other] = found;
	if (wanted.some((kind) => found.includes(kind))) {
		return;
	}

	if (other !== undefined) {
		report.error(place, `"${name}" is a ${other}; this needs a ${wanted.join(' or a ')}`);
		return;
	}

	const near = tables.filter(([kind]) => wanted.includes(kind)).flatMap(([, table]) => [...table.keys()]);
	report.error(
		place,
		`there is no ${wanted.length === 1 ? wanted.join('') : 'host, service or LAN'} "${name}"`,
		didYouMean(name, near) ?? (wanted.includes('network') ? `Docker: "network ${name} not found"` : undefined),
	);
}

/** What Docker has by itself stays: a step may try to remove it, if it says that it is to be refused. */
function expectRefusal({text, path, place}: Reference, {tree, report}: Context): void {
	if (path.at(-1) !== 'network' || !tree.has(...path.slice(0, -1), 'fails')) {
		report.error(place, `"${text}" is a network that Docker has by itself`, `Docker: "${text} is a pre-defined network and cannot be removed"`);
	}
}

function expectEngine(name: string, {place}: Reference, {hosts, report}: Context): void {
	const host = hosts.get(name);
	if (host !== undefined && host.docker === undefined) {
		report.error(place, `"${name}" is a plain machine without a Docker engine`, `name another host, or remove "docker: false" from "${name}"`);
	}
}

/** An address, a name of the lab, or a name with a dot, which DNS may or may not know. */
function checkTarget(name: string, {place}: Reference, {hosts, services, lans, report}: Context, outside: ReadonlySet<string>): void {
	if (isIPv4(name) || isIPv6(name) || hosts.has(name) || services.has(name) || outside.has(name)) {
		return;
	}

	if (lans.has(name)) {
		report.error(place, `"${name}" is a LAN; this needs an address, a host or a service`);
	} else if (/^[\d.]+$/.test(name)) {
		report.error(place, `"${name}" is not an IPv4 address like 172.17.0.2`);
	} else if (!name.includes('.')) {
		report.error(place, `there is no host or service "${name}"`, didYouMean(name, [...hosts.keys(), ...services.keys()]));
	}
}
