// Services: from the tree to plain data, references as they are in the file. Whether they are right is asked in `meaning/`.
import type {Attachment, HandNic, Host, Publish, Service, ServiceLink} from '../../lab.ts';
import {expand, publishesOf, type WrongPorts} from '../ports.ts';
import type {Variables} from '../interpolate.ts';
import type {Report} from '../report.ts';
import {entriesOf, get, itemsOf, textOf, textsOf, type Entry, type Node, type SourceTree} from '../tree.ts';
import {liftEndpoints} from './endpoints.ts';
import {liftExpose, liftImage} from './image.ts';
import {canPublish, connections} from './networks.ts';
import {addressAt, flagAt, macAt, settings, textAt, wordAt} from './values.ts';

interface Context {
	readonly tree: SourceTree;
	readonly report: Report;
	readonly variables: Variables;
	readonly hosts: readonly Host[];
}

/** The services of the file, in its order. A service whose host cannot be told has the empty host; `meaning/placement.ts` reports it. */
export function liftServices(context: Context): readonly Service[] {
	const entries = entriesOf(get(context.tree.root, 'services'));
	const byContainerName = new Map(entries.map(({key, value}) => [textAt(value, 'container_name') ?? key, key]));
	const attachments = new Map(entries.map((entry) => [entry.key, liftAttachment(entry, byContainerName)]));
	const placed = new Map(entries.map(({key}) => [key, hostOf(key, attachments, context)]));
	return entries.map((entry) => liftService(entry, attachments.get(entry.key) ?? {mode: 'none'}, placed.get(entry.key) ?? '', context));
}

function liftService(entry: Entry, attach: Attachment, host: string, {tree, report, variables}: Context): Service {
	const {key, value} = entry;
	const declared = liftPublish(key, tree, report);
	return {
		name: key,
		host,
		containerName: textAt(value, 'container_name') ?? key,
		hostname: textAt(value, 'hostname'),
		domainname: textAt(value, 'domainname'),
		...liftImage(entry, declared, tree, report),
		environment: settings(get(value, 'environment'), variables),
		workingDir: textAt(value, 'working_dir'),
		user: textAt(value, 'user'),
		attach,
		publish: publishes(key, attach, tree) ? declared : [],
		expose: liftExpose(get(value, 'expose')),
		links: liftLinks(value),
		nics: entriesOf(get(value, 'nics')).map(liftHandNic),
		dns: textsOf(get(value, 'dns')),
		dnsSearch: textsOf(get(value, 'dns_search')),
		dnsOptions: textsOf(get(value, 'dns_opt')),
		extraHosts: liftExtraHosts(get(value, 'extra_hosts')),
		sysctls: settings(get(value, 'sysctls')),
		capAdd: textsOf(get(value, 'cap_add')),
		capDrop: textsOf(get(value, 'cap_drop')),
		readOnly: flagAt(value, 'read_only', false),
		dependsOn: liftDependencies(value, attach),
	};
}

function liftAttachment(entry: Entry, byContainerName: ReadonlyMap<string, string>): Attachment {
	const {value} = entry;
	const mode = textAt(value, 'network_mode');
	const [, kind, of = ''] = /^(service|container):(.+)$/.exec(mode ?? '') ?? [];
	if (kind !== undefined) {
		return {mode: 'container', of: kind === 'container' ? (byContainerName.get(of) ?? of) : of};
	}

	switch (mode) {
		case 'bridge': {
			return {mode, mac: macAt(value, 'mac_address')};
		}

		case 'host': {
			return {mode};
		}

		case 'none': {
			return {mode};
		}

		default: {
			return {mode: 'networks', endpoints: liftEndpoints(entry)};
		}
	}
}

/** Whether its ports go anywhere: at the start, or when a step connects it to a network. */
function publishes(service: string, attach: Attachment, tree: SourceTree): boolean {
	switch (attach.mode) {
		case 'bridge': {
			return true;
		}

		case 'networks': {
			const joins = connections(tree).filter((join) => join.service === service);
			return [...attach.endpoints, ...joins].some(({network}) => canPublish(tree, network));
		}

		default: {
			return false;
		}
	}
}

/** The host named by the service, else that of the service whose network stack it shares, else the only Docker host; else "". */
function hostOf(service: string, attachments: ReadonlyMap<string, Attachment>, {tree, hosts}: Context): string {
	const seen = new Set<string>();
	for (let name = service; attachments.has(name) && !seen.has(name);) {
		seen.add(name);
		const named = textOf(tree.node('services', name, 'host'));
		if (named !== undefined) {
			return named;
		}

		const attach = attachments.get(name);
		if (attach?.mode !== 'container') {
			break;
		}

		name = attach.of;
	}

	const [only, ...others] = hosts.filter(({docker}) => docker !== undefined);
	return only === undefined || others.length > 0 ? '' : only.name;
}

function liftPublish(service: string, tree: SourceTree, report: Report): readonly Publish[] {
	return itemsOf(tree.node('services', service, 'ports')).flatMap((node, index) => {
		const ports = publishOf(node);
		if (!('wrong' in ports)) {
			return ports;
		}

		report.error(tree.place('services', service, 'ports', index), ports.wrong, ports.hint);
		return [];
	});
}

function publishOf(node: Node): readonly Publish[] | WrongPorts {
	if (node.kind === 'scalar') {
		return publishesOf(node.text, node.at);
	}

	const [hostAddress, published, target = '', protocol = 'tcp'] = ['host_ip', 'published', 'target', 'protocol'].map((key) => textAt(node, key));
	const address = hostAddress?.includes(':') === true ? `[${hostAddress}]` : hostAddress;
	const text = `${address === undefined ? '' : `${address}:`}${published === undefined ? '' : `${published}:`}${target}/${protocol}`;
	return expand({hostAddress, published, target, protocol, text}, node.at);
}

function liftHandNic({key, value}: Entry): HandNic {
	const bridge = textAt(value, 'bridge');
	const [address6, gateway6] = [addressAt(value, 'ip6'), addressAt(value, 'gateway6')];
	return {
		dev: key,
		to: bridge === undefined ? {lan: textAt(value, 'lan') ?? ''} : {bridge},
		address: textAt(value, 'ip'),
		...(address6 !== undefined && {address6}),
		gateway: textAt(value, 'gateway'),
		...(gateway6 !== undefined && {gateway6}),
		mac: macAt(value, 'mac'),
		via: wordAt(value, 'via', ['pipework']),
	};
}

/** "name:address" or "name=address"; an IPv6 address may be in brackets. */
function liftExtraHosts(node: Node | undefined): Service['extraHosts'] {
	const lines = itemsOf(node).map((item) => {
		const [, name = '', address = ''] = /^([^:=]+)[:=](.*)$/.exec(textOf(item) ?? '') ?? [];
		return {name, address};
	});
	const mapped = entriesOf(node).flatMap(({key, value}) => textsOf(value).map((address) => ({name: key, address})));
	return [...lines, ...mapped].map(({name, address}) => ({name, address: address.replace(/^\[(.*)\]$/, '$1')}));
}

/** "db" or "db:database". */
function liftLinks(value: Node): readonly ServiceLink[] {
	return textsOf(get(value, 'links')).map((text) => {
		const [service = '', alias = service] = text.split(':');
		return {service, alias};
	});
}

/** What `depends_on` names, the owner of a shared network stack and what it is linked to, as Compose adds them. */
function liftDependencies(value: Node, attach: Attachment): readonly string[] {
	const node = get(value, 'depends_on');
	const named = node?.kind === 'map' ? [...node.entries.keys()] : textsOf(node);
	return [...new Set([...named, ...(attach.mode === 'container' ? [attach.of] : []), ...liftLinks(value).map(({service}) => service)])];
}
