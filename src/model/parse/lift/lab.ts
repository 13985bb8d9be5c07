// The whole lab: from a tree that has passed the schema to plain data. It may still be wrong in what it means; `meaning/` says so.
import type {Host, Lab, Lan, Service} from '../../lab.ts';
import type {Variables} from '../interpolate.ts';
import type {Report} from '../report.ts';
import {get, SourceTree, textOf, textsOf, type Node} from '../tree.ts';
import type {Nodes} from './checks.ts';
import {liftHosts, liftLans} from './hosts.ts';
import {liftServices} from './services.ts';
import {liftSteps} from './steps.ts';
import {numberAt, textAt} from './values.ts';

/** `file`: its name is the lab's, unless the file says otherwise. */
export function liftLab(root: Node, {file, variables, report}: {readonly file: string; readonly variables: Variables; readonly report: Report}): Lab {
	const tree = new SourceTree(root);
	const name = textAt(root, 'name') ?? nameOfFile(file);
	const seed = numberAt(root, 'seed') ?? 0;
	const lans = liftLans(root);
	const hosts = liftHosts(root, lans, seed);
	const services = liftServices({tree, report, variables, hosts});
	return {
		name,
		title: words(get(root, 'title')) ?? name,
		about: words(get(root, 'about')) ?? '',
		seed,
		lans,
		hosts,
		services,
		steps: liftSteps({tree, nodes: nodesOf(hosts, services), report}),
		requires: [...new Set([...textsOf(get(root, 'requires')), ...needs(lans, hosts, services)])].toSorted(),
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

/** What the kernel must offer for it. */
function needs(lans: readonly Lan[], hosts: readonly Host[], services: readonly Service[]): readonly string[] {
	const hasBridge = lans.length > 0 || hosts.some(({docker, bridges}) => docker !== undefined || bridges.length > 0);
	const hasVeth = hosts.some(({nics}) => nics.length > 0) || services.some(({attach, nics}) => attach.mode === 'bridge' || nics.length > 0);
	return [...(hasBridge ? ['bridge'] : []), ...(hasVeth ? ['veth'] : [])];
}

function nodesOf(hosts: readonly Host[], services: readonly Service[]): Nodes {
	const own = services.filter(({attach}) => attach.mode === 'bridge' || attach.mode === 'none');
	const isOnLan = ({host, nics}: Service, lan: string): boolean => {
		const machine = hosts.find(({name}) => name === host);
		const cables = machine?.nics.filter((nic) => nic.lan === lan).map(({dev}) => dev) ?? [];
		return nics.some(({to}) =>
			'lan' in to ? to.lan === lan : machine?.bridges.some(({dev, ports}) => dev === to.bridge && ports.some((port) => cables.includes(port))),
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
