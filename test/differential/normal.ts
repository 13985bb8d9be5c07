// Raw answers about all nodes of one machine -> facts that two machines can be compared by: names that an engine chooses are told by what they stand
// for, and what changes by itself or by chance is left out. To compare something more: a function here, its line in `facts`.
import type {Raw} from './collect.ts';

/** What it is of -> what it is: "h1 link docker0 mtu" -> "1500". */
export type Facts = ReadonlyMap<string, string>;

type Json = Readonly<Record<string, unknown>>;
type Fact = readonly [key: string, value: string];

interface Link {
	readonly index: number;
	readonly name: string;
	/** Its other end or parent in another namespace: the ifindex there, and the namespace's number where a node has it. */
	readonly peer: {readonly index: unknown; readonly net: string | undefined} | undefined;
	readonly json: Json;
	/** Addresses without prefix: of IPv4, or where there are none of IPv6, but for link-local ones. */
	readonly addresses: readonly string[];
}

/** A node's answers and what its names stand for. */
interface Node {
	readonly raw: Raw;
	readonly links: readonly Link[];
	/** Whoever is first in the same network namespace: host mode and mode container share one. */
	readonly first: string;
}

/** `fixed`: MACs that the scenario's file gives; all others are told by how they were chosen. `ids`: what to replace in every text -> by what. */
export function facts(raws: readonly Raw[], fixed: readonly string[]): Facts {
	const nodes = raws.map((raw) => nodeOf(raw, raws));
	const devs = new Map(nodes.map((node) => [node.raw.name, devNames(node, nodes)] as const));
	const ids = hostnames(raws);
	const found = new Map<string, string>();
	for (const node of nodes) {
		const names = devs.get(node.raw.name) ?? new Map<string, string>();
		const own = node.first === node.raw.name ? namespaceFacts(node, names, fixed) : [];
		const all: readonly Fact[] = [['network namespace of', node.first], ...own, ...fileFacts(node)];
		for (const [key, value] of all.map(([title, told]): Fact => [`${node.raw.name} ${replaced(title, ids)}`, replaced(told, ids)])) {
			// two routes to the same place
			const before = found.get(key);
			found.set(key, before === undefined ? value : `${before}\n${value}`);
		}
	}

	return found;
}

function nodeOf(raw: Raw, raws: readonly Raw[]): Node {
	const addresses = json(raw, 'addresses');
	const nets = new Map(
		linesOf(raw, 'namespaces')
			.map((line) => line.trim().split(/\s+/))
			.map(([id, net]) => [id, net] as const),
	);
	const links = json(raw, 'links').map((one): Link => {
		const index = Number(one['ifindex']);
		const own = list(addresses.find((other) => other['ifindex'] === index)?.['addr_info']);
		const of = (family: string): readonly string[] =>
			own.flatMap((each) => (each['family'] === family && each['scope'] !== 'link' ? [text(each['local'])] : []));
		const [four, six] = [of('inet'), of('inet6')];
		return {
			index,
			name: text(one['ifname']),
			peer: one['link_netnsid'] === undefined ? undefined : {index: one['link_index'], net: nets.get(text(one['link_netnsid']))},
			json: one,
			addresses: four.length > 0 ? four : six,
		};
	});
	return {raw, links, first: raws.find(({net}) => net === raw.net)?.name ?? raw.name};
}

/** Names of interfaces -> names that do not depend on ids: a veth by the container at its other end, a network's bridge by its address. */
function devNames({links}: Node, nodes: readonly Node[]): ReadonlyMap<string, string> {
	return new Map(
		links.map(({name, peer, addresses}) => {
			if (/^br-[\da-f]{12}$/.test(name)) {
				return [name, `br-(${addresses.join(' ')})`];
			}

			const other = nodes.find(({raw}) => raw.net === peer?.net);
			const end = other?.links.find(({index}) => index === peer?.index);
			return [name, name.startsWith('veth') ? `veth(${end === undefined ? '?' : `${other?.raw.name} ${end.name}`})` : name];
		}),
	);
}

/** A hostname that is the beginning of a container's id -> whose it is. */
function hostnames(raws: readonly Raw[]): ReadonlyMap<string, string> {
	return new Map(
		raws
			.flatMap(({name, texts}) => {
				const hostname = (texts.get('hostname') ?? '').trim();
				return /^[\da-f]{12}$/.test(hostname) ? [[hostname, `<id of ${name}>`] as const] : [];
			})
			.toReversed(),
	);
}

function namespaceFacts(node: Node, names: ReadonlyMap<string, string>, fixed: readonly string[]): readonly Fact[] {
	const all = [
		...linkFacts(node, names, fixed),
		...addressFacts(node, names),
		...routeFacts(node),
		...json(node.raw, 'rules of routes').map((rule): Fact => [`routing rule ${JSON.stringify(rule)}`, 'there']),
		...json(node.raw, 'neighbours').map((one): Fact => [`neighbour ${text(one['dst'])} dev ${text(one['dev'])}`, text(one['lladdr'])]),
		...json(node.raw, 'forwarding of MACs').flatMap((one): readonly Fact[] =>
			one['dst'] === undefined ? [] : [[`forwarding of ${text(one['mac'])} dev ${text(one['ifname'])}`, `${text(one['state'])} ${text(one['dst'])}`]],
		),
		...ruleFacts('4', node.raw.texts.get('iptables') ?? ''),
		...ruleFacts('6', node.raw.texts.get('ip6tables') ?? ''),
		...sysctlFacts(node),
		...socketFacts(node),
		...node.raw.proxies.map((line): Fact => [`process ${line}`, 'there']),
	];
	return all.map(([key, value]): Fact => [replaced(key, names), replaced(value, names)]);
}

/** Of what `ip -d link` tells: numbers of interfaces, timers, what counts, the bridge's own ids, which are MACs, and queues, one for each CPU or one. */
const passing = new Set(
	`ifindex ifname link num_tx_queues num_rx_queues link_index link_netnsid ifalias address permaddr linkinfo info_data info_slave_data
	hello_timer tcn_timer topology_change_timer gc_timer root_id bridge_id root_port root_path_cost designated_port designated_cost designated_bridge
	designated_root id no port_no forward_delay_timer message_age_timer hold_timer fdb_n_learned topology_change_ack config_pending`.split(/\s+/),
);

function linkFacts({links}: Node, names: ReadonlyMap<string, string>, fixed: readonly string[]): readonly Fact[] {
	return links.flatMap((link): readonly Fact[] => {
		const {json: all, name} = link;
		const info = record(all['linkinfo']);
		const told = {...all, ...info, ...prefixed(text(info['info_kind']), info['info_data']), ...prefixed('port', info['info_slave_data'])};
		const parent = link.peer !== undefined || names.get(name)?.startsWith('veth') === true ? undefined : all['link'];
		return [
			[`link ${name} address`, macOf(link, fixed)],
			...(parent === undefined ? [] : [[`link ${name} parent`, text(parent)] as const]),
			...Object.entries(told)
				.filter(([key]) => !passing.has(key) && !passing.has(key.replace(/^\w+ /, '')))
				.map(([key, value]): Fact => [`link ${name} ${key}`, key === 'flags' ? flagsOf(value) : text(value)]),
		];
	});
}

/** How a MAC was chosen: by the file, from the address (02:42 and its four bytes), or by chance. */
function macOf({json: {address}, addresses}: Link, fixed: readonly string[]): string {
	const mac = text(address);
	if (fixed.includes(mac) || mac === '00:00:00:00:00:00') {
		return mac;
	}

	const made = addresses.map((one) => ['02', '42', ...one.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'))].join(':'));
	const isLocal = (Number.parseInt(mac.slice(0, 2), 16) & 3) === 2;
	return made.includes(mac) ? '02:42 and the address' : mac.startsWith('02:42:') ? '02:42 and random' : isLocal ? 'random' : mac;
}

function addressFacts({raw}: Node, names: ReadonlyMap<string, string>): readonly Fact[] {
	return json(raw, 'addresses').flatMap((link) =>
		list(link['addr_info'])
			// the kernel's own follows from the MAC, and comes when a link has a carrier
			.filter((address) => !text(address['local']).startsWith('fe80:'))
			.map(({local, prefixlen, ...rest}): Fact => [
				`address ${names.get(text(link['ifname'])) ?? ''} ${text(local)}/${plain(prefixlen)}`,
				plain({...rest, label: undefined, tentative: undefined, valid_life_time: undefined, preferred_life_time: undefined}),
			]),
	);
}

function routeFacts({raw}: Node): readonly Fact[] {
	const all = [...json(raw, 'routes'), ...json(raw, 'routes6')];
	return all
		.filter(({dst}) => !/^(?:fe80:|ff00:|multicast)/.test(text(dst)))
		.map(({dst, dev, table, flags, ...rest}): Fact => [
			`route ${text(table ?? 'main')} ${text(rest['type'] ?? '')} ${text(dst)} dev ${text(dev)}`,
			plain({...rest, flags: flagsOf(flags)}),
		]);
}

function ruleFacts(family: string, saved: string): readonly Fact[] {
	let table = '';
	const chains = new Map<string, string[]>();
	for (const line of saved.split('\n')) {
		const [word = '', chain = '', ...rule] = line.split(' ');
		if (word.startsWith('*')) {
			table = word.slice(1);
		} else if (word.startsWith(':')) {
			chains.set(`${table} ${word.slice(1)}`, [`policy ${chain}`]);
		} else if (word === '-A') {
			chains.get(`${table} ${chain}`)?.push(rule.join(' ').replace(/(--to-destination 127\.0\.0\.11:)\d+|(--sport )\d+(?= -j SNAT)/, '$1$2EPHEMERAL'));
		}
	}

	// a table that nobody wrote to is there as soon as somebody lists it
	return [...chains].filter(([, lines]) => lines.join() !== 'policy ACCEPT').map(([name, lines]): Fact => [`rules ${family} ${name}`, lines.join('\n')]);
}

function sysctlFacts({raw}: Node): readonly Fact[] {
	return linesOf(raw, 'sysctls').map((line): Fact => {
		const [path = '', ...value] = line.split(':');
		return [`sysctl ${path.replace('/proc/sys/', '').replaceAll('/', '.')}`, value.join(':')];
	});
}

function socketFacts({raw}: Node): readonly Fact[] {
	return linesOf(raw, 'sockets').map((line): Fact => {
		const [protocol = '', , , , address = ''] = line.split(/\s+/);
		return [`socket ${protocol} ${address.replace(/^(127\.0\.0\.11:)\d+$/, '$1EPHEMERAL')}`, 'there'];
	});
}

function fileFacts({raw}: Node): readonly Fact[] {
	return ['hostname', '/etc/hosts', '/etc/resolv.conf', '/etc/hostname', 'variables of links'].flatMap((title): readonly Fact[] => {
		const said = raw.texts.get(title);
		return said === undefined ? [] : [[title, said]];
	});
}

function replaced(where: string, names: ReadonlyMap<string, string>): string {
	return [...names].filter(([name, called]) => name !== called).reduce((all, [name, called]) => all.replaceAll(name, called), where);
}

function linesOf({texts}: Raw, title: string): readonly string[] {
	return (texts.get(title) ?? '').split('\n').filter((line) => line !== '');
}

/** Several JSON arrays one after the other are one. */
function json(raw: Raw, title: string): readonly Json[] {
	return linesOf(raw, title)
		.flatMap((line) => list(JSON.parse(line)))
		.filter((one) => Object.keys(one).length > 0);
}

function list(value: unknown): readonly Json[] {
	return Array.isArray(value) ? (value as readonly Json[]) : [];
}

function record(value: unknown): Json {
	return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function prefixed(prefix: string, value: unknown): Json {
	return Object.fromEntries(Object.entries(record(value)).map(([key, one]) => [`${prefix} ${key}`, one]));
}

function flagsOf(value: unknown): string {
	const flags: readonly unknown[] = Array.isArray(value) ? value : [];
	return flags.map(text).toSorted().join(' ');
}

function text(value: unknown): string {
	return typeof value === 'string' ? value : plain(value);
}

/** As JSON, keys in order. */
function plain(value: unknown): string {
	if (value === undefined) {
		return '';
	}

	const inOrder =
		typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)) : undefined;
	return JSON.stringify(inOrder === undefined ? value : Object.fromEntries(inOrder));
}
