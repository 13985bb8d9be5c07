// Checks: from the tree to plain data, with their defaults. A new check: its member in `lab.ts`, its keys in `schema/steps.ts`, its row here.
import type {Check, FlowEnds, Position, Way} from '../../lab.ts';
import {get, textsOf, textOf, type Entry, type Node} from '../tree.ts';
import {addressAt, commandAt, countAt, flagAt, macAt, numberAt, pointAt, portAt, textAt, wordAt} from './values.ts';

/** The nodes that `unique` means when it does not list them. */
export interface Nodes {
	/** Services with a network stack of their own. */
	readonly all: readonly string[];
	/** The nodes on a LAN, or the services with a stack of their own on a host. */
	readonly at: (place: string) => readonly string[];
}

type Lift = (node: Node, at: Position, nodes: Nodes) => Check | undefined;

const results = ['ok', 'fail', 'refused', 'timeout', 'unreachable'] as const;
const namespaces = ['netns', 'mntns', 'pidns', 'ipcns', 'utsns', 'ip', 'mac', 'hosts-file'] as const;
const inNode = (node: Node): string => textAt(node, 'in') ?? '';
const hostOf = (node: Node): string => textAt(node, 'host') ?? '';

const rows: Readonly<Record<Check['check'], Lift>> = {
	reach: (node, at) => {
		const port = portAt(node, 'port');
		const protocol = wordAt(node, 'proto', ['icmp', 'tcp', 'udp']) ?? (port === undefined ? 'icmp' : 'tcp');
		const result = wordAt(node, 'result', [...results, 'too-big']) ?? 'ok';
		return {
			check: 'reach',
			from: textAt(node, 'from') ?? '',
			to: textAt(node, 'to') ?? '',
			protocol,
			port,
			size: numberAt(node, 'size'),
			df: flagAt(node, 'df', false),
			result,
			at,
		};
	},
	http: (node, at) => ({
		check: 'http',
		from: textAt(node, 'from') ?? '',
		url: textAt(node, 'url') ?? '',
		status: numberAt(node, 'status'),
		body: textAt(node, 'body'),
		contains: textAt(node, 'contains'),
		peerSeen: textAt(node, 'peer_seen'),
		result: wordAt(node, 'result', results) ?? 'ok',
		at,
	}),
	dns: (node, at) => {
		const answers = get(node, 'answers');
		return {
			check: 'dns',
			from: textAt(node, 'from') ?? '',
			name: textAt(node, 'name') ?? '',
			type: wordAt(node, 'type', ['A', 'AAAA', 'PTR']) ?? 'A',
			server: textAt(node, 'server'),
			answers: answers && textsOf(answers),
			rcode: wordAt(node, 'rcode', ['NOERROR', 'NXDOMAIN', 'SERVFAIL', 'TIMEOUT']) ?? 'NOERROR',
			at,
		};
	},
	rule: (node, at) => {
		const table = wordAt(node, 'table', ['raw', 'mangle', 'nat', 'filter']);
		return (
			table && {
				check: 'rule',
				host: hostOf(node),
				table,
				chain: textAt(node, 'chain') ?? '',
				target: textAt(node, 'target'),
				match: textAt(node, 'match'),
				to: textAt(node, 'to'),
				hits: countAt(node, 'hits'),
				exists: flagAt(node, 'exists', true),
				at,
			}
		);
	},
	conntrack: (node, at) => ({
		check: 'conntrack',
		host: hostOf(node),
		protocol: wordAt(node, 'proto', ['tcp', 'udp', 'icmp']),
		orig: flowEnds(get(node, 'orig')),
		reply: flowEnds(get(node, 'reply')),
		nat: wordAt(node, 'nat', ['none', 'source', 'destination', 'both']),
		count: countAt(node, 'count'),
		at,
	}),
	route: (node, at) => ({
		check: 'route',
		in: inNode(node),
		to: addressAt(node, 'to') ?? '',
		via: addressAt(node, 'via'),
		dev: textAt(node, 'dev'),
		exists: flagAt(node, 'exists', true),
		at,
	}),
	addr: (node, at) => ({
		check: 'addr',
		in: inNode(node),
		dev: textAt(node, 'dev') ?? '',
		ip: addressAt(node, 'ip'),
		mac: macAt(node, 'mac'),
		mtu: numberAt(node, 'mtu'),
		state: wordAt(node, 'state', ['up', 'down']),
		exists: flagAt(node, 'exists', true),
		at,
	}),
	devs: (node, at) => ({check: 'devs', in: inNode(node), are: textsOf(get(node, 'are')), at}),
	unique: (node, at, nodes) => {
		const of = get(node, 'of');
		const place = textAt(node, 'at');
		const listed = of?.kind === 'list' ? textsOf(of) : place === undefined ? nodes.all : nodes.at(place);
		return {check: 'unique', what: wordAt(node, 'what', ['mac', 'ip']) ?? 'ip', of: listed, at};
	},
	same: (node, at) => ({check: 'same', what: wordAt(node, 'what', namespaces) ?? 'netns', of: textsOf(get(node, 'of')), at}),
	differ: (node, at) => ({check: 'differ', what: wordAt(node, 'what', namespaces) ?? 'netns', of: textsOf(get(node, 'of')), at}),
	listen: (node, at) => {
		const port = portAt(node, 'port');
		return (
			port && {
				check: 'listen',
				in: inNode(node),
				protocol: wordAt(node, 'proto', ['tcp', 'udp']) ?? 'tcp',
				port,
				by: wordAt(node, 'by', ['docker-proxy', 'app', 'kernel']),
				exists: flagAt(node, 'exists', true),
				at,
			}
		);
	},
	process: (node, at) => ({
		check: 'process',
		host: textAt(node, 'at') ?? '',
		name: textAt(node, 'name') ?? '',
		count: countAt(node, 'count') ?? {is: '>=', value: 1},
		at,
	}),
	bridge: (node, at) => {
		const [host = '', dev = ''] = (textAt(node, 'at') ?? '').split(':');
		const ports = get(node, 'ports');
		return {check: 'bridge', host, dev, ports: ports && textsOf(ports), count: countAt(node, 'count'), at};
	},
	neigh: (node, at) => ({
		check: 'neigh',
		in: inNode(node),
		ip: textAt(node, 'ip') ?? '',
		mac: macAt(node, 'mac'),
		state: textAt(node, 'state'),
		count: countAt(node, 'count') ?? {is: '>=', value: 1},
		at,
	}),
	fdb: (node, at) => {
		const [host = '', dev = ''] = (textAt(node, 'at') ?? '').split(':');
		const port = textAt(node, 'port');
		return {check: 'fdb', host, dev, mac: macAt(node, 'mac'), dst: textAt(node, 'dst'), port, exists: flagAt(node, 'exists', true), at};
	},
	file: (node, at) => ({
		check: 'file',
		in: inNode(node),
		path: textAt(node, 'path') ?? '',
		contains: textAt(node, 'contains'),
		lacks: textAt(node, 'lacks'),
		at,
	}),
	packet: (node, at) => ({
		check: 'packet',
		...pointAt(node),
		filter: textAt(node, 'filter') ?? '',
		count: countAt(node, 'count') ?? {is: '>=', value: 1},
		first: textAt(node, 'first'),
		at,
	}),
	latency: (node, at) => {
		const ratio = countAt(node, 'ratio');
		return ratio && {check: 'latency', of: wayOf(get(node, 'of')), against: wayOf(get(node, 'against')), ratio, at};
	},
	no_packet: (node, at) => ({check: 'no_packet', ...pointAt(node), filter: textAt(node, 'filter') ?? '', at}),
	exec: (node, at) => ({
		check: 'exec',
		in: inNode(node),
		command: commandAt(node, 'cmd'),
		exit: numberAt(node, 'exit') ?? 0,
		contains: textAt(node, 'contains'),
		matches: textOf(get(node, 'matches')),
		at,
	}),
};

/** The check of one item of `expect`; undefined for a check that is not built yet. */
export function liftCheck({key, at, value}: Entry, nodes: Nodes): Check | undefined {
	return isCheck(key) ? rows[key](value, at, nodes) : undefined;
}

function isCheck(key: string): key is Check['check'] {
	return Object.hasOwn(rows, key);
}

function wayOf(node: Node | undefined): Way {
	return {from: textAt(node, 'from') ?? '', to: textAt(node, 'to') ?? ''};
}

function flowEnds(node: Node | undefined): FlowEnds {
	return {src: textAt(node, 'src'), dst: textAt(node, 'dst'), sport: numberAt(node, 'sport'), dport: numberAt(node, 'dport')};
}
