// Names that must be names of something. Where they stand is said by the schema (`ref`).
import {isIPv4, isIPv6} from '../../address.ts';
import type {Reference} from '../structure.ts';
import {didYouMean} from '../words.ts';
import type {Context} from './context.ts';

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
			return expectName(text.split(':')[0] ?? '', ['host'], reference, context);
		}

		case 'bridge port': {
			const [node, dev] = text.split(':');
			return dev === undefined ? undefined : expectName(node ?? '', ['host', 'service'], reference, context);
		}

		case 'docker host': {
			expectName(text, ['host'], reference, context);
			return expectEngine(text, reference, context);
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

type Kind = 'host' | 'service' | 'LAN' | 'network';

function expectName(name: string, wanted: readonly Kind[], {place}: Reference, {hosts, services, lans, networks, report}: Context): void {
	const tables: readonly (readonly [Kind, ReadonlyMap<string, unknown>])[] = [
		['host', hosts],
		['service', services],
		['LAN', lans],
		['network', networks],
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
