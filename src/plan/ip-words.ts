// The command lines of iproute2 and iptables for the ops of links, addresses, routes and rules. The other ops are in words.ts.
import {unreachable} from '../base/unreachable.ts';
import type {LinkSpec, OpOf} from './op.ts';
import {line} from './shell.ts';

/** How commands of one form begin. */
export interface Shell {
	readonly form: 'ip' | 'script';
	/** `ip`, `ip -n web` */
	readonly ip: readonly string[];
	readonly bridge: readonly string[];
	/** Before any other program: nothing, or `ip netns exec web`. */
	readonly run: readonly string[];
}

/** One line for the link, one for its bridge and state, one for what only bridge(8) sets. */
export function addLink(link: LinkSpec, {form, ip, bridge}: Shell): readonly string[] {
	// a person need not type it: only packets that are longer than the MTU depend on it
	const segments = form === 'script' ? ['gso_max_segs', '1'] : [];
	const size = (mtu: number | undefined): readonly string[] => [...(mtu === undefined ? [] : ['mtu', String(mtu)]), ...segments];
	const hardware = (mac: string | undefined): readonly string[] => (mac === undefined ? [] : ['address', mac]);
	if (link.kind === 'bridge') {
		return [line(...ip, 'link', 'add', link.name, ...hardware(link.mac), ...size(link.mtu), 'type', 'bridge')];
	}

	if (link.kind === 'macvlan') {
		const born = ['link', link.parent, 'name', link.name, ...hardware(link.mac), ...size(link.mtu), 'netns', link.into];
		return [line(...ip, 'link', 'add', ...born, 'type', 'macvlan', 'mode', link.macvlanMode)];
	}

	if (link.kind === 'vxlan') {
		const born = ['name', link.name, ...hardware(link.mac), ...size(link.mtu), 'netns', link.into];
		const flags = [link.learning ? 'learning' : 'nolearning', ...(link.proxy ? ['proxy'] : [])];
		return [line(...ip, 'link', 'add', ...born, 'type', 'vxlan', 'id', String(link.vni), 'dstport', String(link.port), ...flags)];
	}

	const {peer, master, up, hairpin, name} = link;
	const made = line(
		...ip,
		'link',
		'add',
		name,
		...hardware(link.mac),
		...size(link.mtu),
		'type',
		'veth',
		'peer',
		'name',
		peer.name,
		...hardware(peer.mac),
		...size(peer.mtu),
		'netns',
		peer.netns,
	);
	const set = [...(master === undefined ? [] : ['master', master]), ...(up === true ? ['up'] : [])];
	return [
		made,
		...(set.length === 0 ? [] : [line(...ip, 'link', 'set', name, ...set)]),
		...(hairpin === true ? [line(...bridge, 'link', 'set', 'dev', name, 'hairpin', 'on')] : []),
	];
}

export function setLink(op: OpOf<'link.set'>, {ip, bridge}: Shell): readonly string[] {
	const words = [
		...(op.master === undefined ? [] : op.master === null ? ['nomaster'] : ['master', op.master]),
		...(op.mac === undefined ? [] : ['address', op.mac]),
		...(op.mtu === undefined ? [] : ['mtu', String(op.mtu)]),
		...(op.up === undefined ? [] : [op.up ? 'up' : 'down']),
	];
	const port = (word: string, isOn: boolean | undefined): readonly string[] =>
		isOn === undefined ? [] : [line(...bridge, 'link', 'set', 'dev', op.dev, word, isOn ? 'on' : 'off')];
	return [...(words.length === 0 ? [] : [line(...ip, 'link', 'set', op.dev, ...words)]), ...port('hairpin', op.hairpin), ...port('learning', op.learning)];
}

export function fdbEntry(verb: 'replace' | 'del', {mac, dev, dst}: OpOf<'fdb.set'>, {bridge}: Shell): string {
	return line(...bridge, 'fdb', verb, mac, 'dev', dev, 'dst', dst, 'self', ...(verb === 'del' ? [] : ['permanent']));
}

export function neighbour(verb: 'replace' | 'del', {address: ip, mac, dev}: OpOf<'neigh.set'>, {ip: program}: Shell): string {
	return line(...program, 'neigh', verb, ip, ...(verb === 'del' ? [] : ['lladdr', mac]), 'dev', dev, ...(verb === 'del' ? [] : ['nud', 'permanent']));
}

export function address(verb: 'add' | 'del', op: OpOf<'addr.add'> | OpOf<'addr.del'>, {ip}: Shell): string {
	return line(
		...ip,
		'addr',
		verb,
		op.address,
		...(op.broadcast === undefined || verb === 'del' ? [] : ['brd', op.broadcast]),
		'dev',
		op.dev,
		...(op.nodad === true && verb === 'add' ? ['nodad'] : []),
	);
}

export function route(verb: 'add' | 'del', op: OpOf<'route.add'>, {ip}: Shell): string {
	return line(...ip, 'route', verb, op.to, ...(op.via === undefined ? [] : ['via', op.via]), ...(op.dev === undefined ? [] : ['dev', op.dev]));
}

/** `iptables` for a chain, policy or rule, or for taking it back. */
export function netfilter(direction: 'do' | 'undo', op: OpOf<'chain.add'> | OpOf<'policy.set'> | OpOf<'rule.add'>, {run}: Shell): string {
	const isDo = direction === 'do';
	const begin = [...run, op.family === 4 ? 'iptables' : 'ip6tables', '-t', op.table];
	switch (op.do) {
		case 'chain.add': {
			return line(...begin, isDo ? '-N' : '-X', op.chain);
		}

		case 'policy.set': {
			return line(...begin, '-P', op.chain, isDo ? op.policy : 'ACCEPT');
		}

		case 'rule.add': {
			const verb = op.insert === true ? '-I' : '-A';
			const place = isDo && op.number !== undefined ? [String(op.number)] : [];
			return line(...begin, isDo ? verb : '-D', op.chain, ...place, ...op.rule.split(' '));
		}

		default: {
			return unreachable(op);
		}
	}
}
