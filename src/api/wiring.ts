// How the interfaces of a running lab hang together: what its view says of cables, and what the kernel says of links, put together.
import {interfaceName} from '../base/names.ts';
import type {ObservedLink, ObservedNet} from '../model/observed.ts';
import type {LinkWiring, NodeWiring, RouteWiring} from '../model/wiring.ts';
import type {Client} from './client.ts';
import type {ContainerView, HostView, View} from './messages.ts';

/** By node: what the kernel holds of it. */
type Nets = ReadonlyMap<string, ObservedNet>;

/** Asks for everything that wiring is made of. A node that has just gone is left out. */
export async function readWiring(client: Pick<Client, 'call'>): Promise<readonly NodeWiring[]> {
	const view = await client.call('view', {});
	const names = [...view.hosts.flatMap((host) => [host.name, ...ownStacks(host).map(({name}) => name)]), ...overlayPlaces(view).map(({name}) => name)];
	const nets = await Promise.all(names.map(async (name) => [name, await client.call('net', {node: name}).catch(() => undefined)] as const));
	return wiringOf(view, new Map(nets.flatMap(([name, net]) => (net === undefined ? [] : [[name, net] as const]))));
}

/** Pure: of LANs the view says it all, of the others `nets`. */
export function wiringOf(view: View, nets: Nets): readonly NodeWiring[] {
	const cables = cablesOf(view, nets);
	const lans = view.lans.map(({name}) => lanNode(name, view, cables));
	const others = view.hosts.flatMap((host): readonly NodeWiring[] => {
		// a VXLAN's packets are the host's, wherever the VXLAN is
		const near = (link: ObservedLink, at: string) => ({peer: cables.get(at), parent: undefined, carrier: link.kind === 'vxlan' ? host.name : undefined});
		const inside =
			({interfaces}: ContainerView) =>
			(link: ObservedLink, at: string) => {
				const macvlan = interfaces.find(({dev, kind}) => dev === link.name && kind === 'macvlan');
				return {peer: cables.get(at), parent: macvlan && `${host.name}/${macvlan.veth}`, carrier: undefined};
			};
		return [
			...node(host.name, nets, near).map((made) => ({...made, ...publishedBy(host)})),
			...ownStacks(host).flatMap((container) => node(container.name, nets, inside(container))),
			...overlayPlaces(view).flatMap(({name, host: owner}) => (owner === host.name ? node(name, nets, near) : [])),
		];
	});
	return [...lans, ...others];
}

/** Containers with a namespace of their own. */
function ownStacks({containers}: HostView): readonly ContainerView[] {
	return containers.filter(({mode, sharesWith, state}) => mode !== 'host' && sharesWith === undefined && state === 'running');
}

/** Where overlay networks are on their hosts: namespaces of their own. */
export function overlayPlaces({networks}: View): readonly {readonly name: string; readonly host: string}[] {
	return networks.flatMap(({vni, hosts}) => (vni === undefined ? [] : hosts.map((host) => ({host, name: `${host}:vxlan${vni}`}))));
}

/** By end: the other end of its cable. */
type Cables = ReadonlyMap<string, string>;

function cablesOf(view: View, nets: Nets): Cables {
	const cables = new Map<string, string>();
	const plug = (a: string, b: string): void => {
		cables.set(a, b);
		cables.set(b, a);
	};
	const has = (name: string, dev: string): boolean => nets.get(name)?.links.some((link) => link.name === dev) ?? false;
	for (const host of view.hosts) {
		for (const {dev, lan, peer} of host.nics) {
			plug(`${host.name}/${dev}`, `${lan}/${peer}`);
		}

		const near = [host.name, ...overlayPlaces(view).flatMap((place) => (place.host === host.name ? [place.name] : []))];
		for (const {name, interfaces} of ownStacks(host)) {
			for (const {dev, veth, bridge} of interfaces.filter(({kind}) => kind === 'veth')) {
				plug(`${name}/${dev}`, `${near.find((one) => has(one, veth)) ?? bridge}/${veth}`);
			}
		}

		byNumber([...near, ...ownStacks(host).map(({name}) => name)], nets, cables).forEach(([a, b]) => {
			plug(a, b);
		});
	}

	return cables;
}

/** Cables that were made by hand: two ends that give each other's number, and no others do. */
function byNumber(names: readonly string[], nets: Nets, known: Cables): readonly (readonly [string, string])[] {
	const ends = names.flatMap((name) =>
		(nets.get(name)?.links ?? []).flatMap((link) =>
			link.kind === 'veth' && !known.has(`${name}/${link.name}`) ? [{at: `${name}/${link.name}`, link}] : [],
		),
	);
	const others = (end: (typeof ends)[number]) =>
		ends.filter((other) => other !== end && other.link.index === end.link.peerIndex && other.link.peerIndex === end.link.index);
	return ends.flatMap((end) => {
		const [only, ...more] = others(end);
		return only === undefined || more.length > 0 || others(only).length > 1 ? [] : [[end.at, only.at] as const];
	});
}

/** A node's interfaces and addresses. `own`: what only it knows of its links. */
function node(name: string, nets: Nets, own: (link: ObservedLink, at: string) => Pick<LinkWiring, 'peer' | 'parent' | 'carrier'>): readonly NodeWiring[] {
	const net = nets.get(name);
	if (net === undefined) {
		return [];
	}

	const links = net.links.map((link): LinkWiring => {
		const {name: dev, kind, mac, master} = link;
		return {dev, kind, mac, master, ...own(link, `${name}/${dev}`)};
	});
	const routes = net.routes.flatMap(({family, to, via, dev}): readonly RouteWiring[] =>
		dev === undefined ? [] : [{to: to === 'default' ? (family === 4 ? '0.0.0.0/0' : '::/0') : to, dev, isDirect: via === undefined}],
	);
	return [{name, links, addresses: net.addresses.map(({address}) => withoutPrefix(address)), routes, proxies: [], published: []}];
}

/** A LAN is a bridge and nothing else. */
function lanNode(name: string, {hosts}: View, cables: Cables): NodeWiring {
	const bridge = interfaceName(name);
	const bare = {mac: undefined, parent: undefined, carrier: undefined};
	const ports = [...cables].flatMap(([at, peer]): readonly LinkWiring[] =>
		at.startsWith(`${name}/`) && !hosts.some((host) => host.name === name)
			? [{...bare, dev: at.slice(name.length + 1), kind: 'veth', master: bridge, peer}]
			: [],
	);
	return {
		name,
		links: [{...bare, dev: bridge, kind: 'bridge', master: undefined, peer: undefined}, ...ports],
		addresses: [],
		routes: [],
		proxies: [],
		published: [],
	};
}

function publishedBy({containers}: HostView): Pick<NodeWiring, 'proxies' | 'published'> {
	const published = containers.flatMap((container) => container.published);
	const proxies = containers.flatMap(({interfaces, published: ports}) => {
		const to = interfaces
			.flatMap(({address, address6}) => [address, address6])
			.flatMap((address) => (address === undefined ? [] : [withoutPrefix(address)]));
		return ports
			.filter(({proxyPid}) => proxyPid !== undefined)
			.map(({protocol, hostAddress, hostPort, port}) => ({protocol, hostAddress, hostPort, to, port}));
	});
	return {proxies, published: published.map(({protocol, hostAddress, hostPort}) => ({protocol, hostAddress, hostPort}))};
}

function withoutPrefix(address: string): string {
	return address.split('/')[0] ?? address;
}

/** By the name of a container that has no namespace of its own: whose it shares. */
export function ownersIn({hosts}: View): ReadonlyMap<string, string> {
	return new Map(
		hosts.flatMap((host) =>
			host.containers.flatMap(({name, mode, sharesWith}) =>
				mode === 'host' ? [[name, host.name] as const] : sharesWith === undefined ? [] : [[name, sharesWith] as const],
			),
		),
	);
}

/** "web/eth0" under the name of whose namespace it is. */
export function ownedName(name: string, owners: ReadonlyMap<string, string>): string {
	const slash = name.lastIndexOf('/');
	const owner = owners.get(name.slice(0, slash));
	return owner === undefined ? name : `${owner}${name.slice(slash)}`;
}
