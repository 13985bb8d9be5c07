// The whole lab: from a tree that has passed the schema to plain data. It may still be wrong in what it means; `meaning/` says so.
import type {Fault, Host, Lab, Lan, Network, Service} from '../../lab.ts';
import type {Variables} from '../interpolate.ts';
import type {Report} from '../report.ts';
import {entriesOf, get, SourceTree, textOf, textsOf, type Node} from '../tree.ts';
import type {Nodes} from './checks.ts';
import {liftHosts, liftLans} from './hosts.ts';
import {isUsed, liftNetworks} from './networks.ts';
import {liftServices} from './services.ts';
import {liftSteps} from './steps.ts';
import {numberAt, pointAt, textAt} from './values.ts';

/** `file`: its name is the lab's, unless the file says otherwise. All networks of the file are in it, those that nobody is on too. */
export function liftLab(root: Node, {file, variables, report}: {readonly file: string; readonly variables: Variables; readonly report: Report}): Lab {
	const tree = new SourceTree(root);
	const name = textAt(root, 'name') ?? nameOfFile(file);
	const seed = numberAt(root, 'seed') ?? 0;
	const lans = liftLans(root);
	const hosts = liftHosts(root, lans, seed);
	const services = liftServices({tree, report, variables, hosts});
	const networks = liftNetworks(tree, services);
	return {
		name,
		title: words(get(root, 'title')) ?? name,
		about: words(get(root, 'about')) ?? '',
		seed,
		lans,
		hosts,
		networks,
		services,
		faults: liftFaults(tree, hosts),
		...liftCaptures(tree),
		steps: liftSteps({tree, nodes: nodesOf({hosts, services, networks}), report}),
		requires: [...new Set([...textsOf(get(root, 'requires')), ...needs({lans, hosts, services, networks})])].toSorted(),
	};
}

/** "labs/bridge.veth.yaml" -> "bridge"; what a lab's name cannot have becomes "-". */
function nameOfFile(file: string): string {
	const base = (file.split('/').at(-1) ?? '').replace(/(?:\.veth|\.compose)?\.ya?ml$/, '');
	return (
		base
			.replaceAll(/[^a-zA-Z0-9._-]/g, '-')
			.replace(/^[^a-zA-Z0-9]+/, '')
			.slice(0, 63) || 'lab'
	);
}

/** A text, or the English one of a map by language. */
function words(node: Node | undefined): string | undefined {
	return textOf(node) ?? textAt(node, 'en');
}

interface Things {
	readonly hosts: readonly Host[];
	readonly services: readonly Service[];
	readonly networks: readonly Network[];
}

function liftFaults(tree: SourceTree, hosts: readonly Host[]): readonly Fault[] {
	return entriesOf(tree.node('faults')).map(({key: name, value, at}) => {
		const [host = '', dev] = (textAt(value, 'at') ?? '').split(':');
		const all = hosts.find((one) => one.name === host)?.nics.map((nic) => nic.dev) ?? [];
		return {name, host, devs: dev === undefined ? all : [dev], at};
	});
}

function liftCaptures(tree: SourceTree): Pick<Lab, 'captures'> {
	const captures = entriesOf(tree.node('captures')).map(({key: name, value, at}) => ({
		name,
		...pointAt(value),
		filter: textAt(value, 'filter'),
		snaplen: numberAt(value, 'snaplen'),
		file: textAt(value, 'file') ?? `${name}.pcapng`,
		at,
	}));
	return captures.length === 0 ? {} : {captures};
}

/** What the kernel must offer for it. */
function needs({lans, hosts, services, networks}: Things & {readonly lans: readonly Lan[]}): readonly string[] {
	const drivers = new Set(networks.filter(isUsed).map(({driver}) => driver));
	const hasBridge = lans.length > 0 || hosts.some(({docker, bridges}) => docker !== undefined || bridges.length > 0);
	const hasVeth =
		drivers.has('bridge') ||
		drivers.has('overlay') ||
		hosts.some(({nics}) => nics.length > 0) ||
		services.some(({attach, nics}) => attach.mode === 'bridge' || nics.length > 0);
	return [
		...(hasBridge ? ['bridge'] : []),
		...(hasVeth ? ['veth'] : []),
		...(drivers.has('macvlan') ? ['macvlan'] : []),
		...(drivers.has('overlay') ? ['vxlan'] : []),
	];
}

function nodesOf({hosts, services, networks}: Things): Nodes {
	const own = services.filter(({attach}) => attach.mode !== 'host' && attach.mode !== 'container');
	const isOnLan = ({host, nics, attach}: Service, lan: string): boolean => {
		const machine = hosts.find(({name}) => name === host);
		const cables = machine?.nics.filter((nic) => nic.lan === lan).map(({dev}) => dev) ?? [];
		const leadsThere = (dev: string): boolean =>
			cables.includes(dev) || (machine?.bridges.some((bridge) => bridge.dev === dev && bridge.ports.some((port) => cables.includes(port))) ?? false);
		const parents = attach.mode === 'networks' ? attach.endpoints.map(({network}) => parentOf(network, networks)) : [];
		return (
			nics.some(({to}) => ('lan' in to ? to.lan === lan : leadsThere(to.bridge))) || parents.some((parent) => parent !== undefined && leadsThere(parent))
		);
	};
	return {
		all: own.map(({name}) => name),
		at: (place) =>
			hosts.some(({name}) => name === place)
				? own.filter(({host}) => host === place).map(({name}) => name)
				: [...hosts.filter(({nics}) => nics.some(({lan}) => lan === place)), ...own.filter((service) => isOnLan(service, place))].map(({name}) => name),
	};
}

/** The interface of its host that a network is on directly: of a macvlan only. */
function parentOf(name: string, networks: readonly Network[]): string | undefined {
	const network = networks.find((each) => each.name === name);
	return network?.driver === 'macvlan' ? network.parent : undefined;
}
