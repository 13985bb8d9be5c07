// Where a packet can go next: the places of a lab (an interface of a node, in or out) and the steps between them that the kernel can make. What it
// is made from is the lab's wiring; what is not captured is gone through, so that a step leads from one place that is watched to the next one.
import type {LinkWiring, NodeWiring} from '../../model/wiring.ts';

/** What of the wiring is needed here. */
type Wiring = Pick<NodeWiring, 'name' | 'links'>;

/** A place: an interface, and whether packets go in or out by it. */
export interface Place {
	/** Its index. */
	readonly index: number;
	/** "h1/eth0" */
	readonly at: string;
	readonly node: string;
	/** Of its node. */
	readonly nodeIndex: number;
	readonly dev: string;
	readonly direction: 'in' | 'out';
}

/** A step from one place to the next that is seen. */
export interface Step {
	/** So many times a router's work is done on the way: time to live sinks by it, MAC addresses are new. */
	readonly routes: number;
	/** NAT may be done: by a router, or by a bridge that calls iptables. */
	readonly canRewrite: boolean;
	/** 1: into a tunnel, -1: out of one. */
	readonly tunnel: -1 | 0 | 1;
	/** It goes through places that are not captured. */
	readonly isGap: boolean;
}

/** All steps from a place. */
interface Steps {
	/** By the index of where they lead to. */
	readonly to: readonly (Step | undefined)[];
	readonly count: number;
	/** They all go through places that are not captured. */
	readonly isLeaving: boolean;
}

interface Node {
	readonly wiring: Wiring;
	readonly byDev: ReadonlyMap<string, LinkWiring>;
}

interface Ground {
	readonly link: LinkWiring | undefined;
	readonly mac: number | undefined;
	readonly behind: string | undefined;
	readonly name: string;
}

/** More places that are not captured are not gone through in a row. */
const longestGap = 12;
const plain = {routes: 0, canRewrite: false, tunnel: 0, isGap: false} as const satisfies Step;
const bridged: Step = {...plain, canRewrite: true};
const routed: Step = {...plain, routes: 1, canRewrite: true};

export class Places {
	readonly #places: Place[] = [];
	readonly #byName = new Map<string, readonly [in_: Place, out: Place]>();
	readonly #nodes = new Map<string, Node>();
	readonly #nodeIndices = new Map<string, number>();
	/** By the index of where they lead from. Made when it is first asked for. */
	#steps: (Steps | undefined)[] = [];
	/** By index: what else is asked of a place for every packet. Made when it is first asked for. */
	#grounds: (Ground | undefined)[] = [];
	#macvlans = new Map<string, string[]>();
	#vxlans = new Map<string, string[]>();
	#isSeen: (place: Place) => boolean = () => true;

	/** Takes the lab as it is now. Where `isSeen` is false nothing is captured. Places that were there keep their index. */
	learn(nodes: readonly Wiring[], isSeen: (place: Place) => boolean): void {
		this.#nodes.clear();
		this.#steps = [];
		this.#grounds = [];
		this.#macvlans = new Map();
		this.#vxlans = new Map();
		this.#isSeen = isSeen;
		for (const wiring of nodes) {
			this.#nodes.set(wiring.name, {wiring, byDev: new Map(wiring.links.map((link) => [link.dev, link]))});
			for (const {dev, parent, carrier} of wiring.links) {
				push(this.#macvlans, parent, `${wiring.name}/${dev}`);
				push(this.#vxlans, carrier, `${wiring.name}/${dev}`);
			}
		}
	}

	/** The place of that name, which becomes known by this. */
	at(name: string, direction: 'in' | 'out'): Place {
		let both = this.#byName.get(name);
		if (both === undefined) {
			const slash = name.lastIndexOf('/');
			const index = this.#places.length;
			const [node, dev] = [name.slice(0, Math.max(slash, 0)), name.slice(slash + 1)];
			const nodeIndex = this.#nodeIndices.get(node) ?? this.#nodeIndices.size;
			this.#nodeIndices.set(node, nodeIndex);
			both = [
				{index, at: name, node, nodeIndex, dev, direction: 'in'},
				{index: index + 1, at: name, node, nodeIndex, dev, direction: 'out'},
			];
			this.#places.push(...both);
			this.#byName.set(name, both);
		}

		return both[direction === 'in' ? 0 : 1];
	}

	link(place: Place): LinkWiring | undefined {
		return this.#ground(place).link;
	}

	/** The interface's MAC address as prints have it. */
	mac(place: Place): number | undefined {
		return this.#ground(place).mac;
	}

	/** Whose the other end of a bridge's port is: "web"; undefined: it is no port, or its own name says it, as office/h1-eth0 does. */
	behind(place: Place): string | undefined {
		return this.#ground(place).behind;
	}

	/** As people know it, because an engine makes up the names of veths: "h1/vethe9c5549→web"; what is no such port is called as it is. */
	nameOf(place: Place): string {
		return this.#ground(place).name;
	}

	/** The step from one place to another; undefined: the kernel makes none. */
	step(from: Place, to: Place): Step | undefined {
		return this.stepsFrom(from).to[to.index];
	}

	/** The ports, outwards, of the bridge that this interface is a port of. */
	portsOf({node, dev}: Place): readonly Place[] {
		const master = this.#nodes.get(node)?.byDev.get(dev)?.master;
		return master === undefined ? [] : this.#ports({node, dev: master});
	}

	stepsFrom(from: Place): Steps {
		let steps = this.#steps[from.index];
		if (steps === undefined) {
			steps = this.#throughGaps(from);
			this.#steps[from.index] = steps;
		}

		return steps;
	}

	#ground({index, at, node, dev}: Place): Ground {
		let ground = this.#grounds[index];
		if (ground === undefined) {
			const link = this.#nodes.get(node)?.byDev.get(dev);
			const mac = link?.mac === undefined ? undefined : Number.parseInt(link.mac.replaceAll(':', ''), 16);
			const peer = link?.master === undefined ? undefined : link.peer?.slice(0, link.peer.lastIndexOf('/'));
			const behind = peer === undefined || dev.includes(peer) ? undefined : peer;
			ground = {link, mac, behind, name: behind === undefined ? at : `${at}→${behind}`};
			this.#grounds[index] = ground;
		}

		return ground;
	}

	/** Steps to what is seen: places that are not are gone through, the shortest way first. */
	#throughGaps(from: Place): Steps {
		const found = new Map<number, Step>();
		const gone = new Set([from.index]);
		let front: readonly (readonly [Place, Step])[] = [[from, plain]];
		for (let length = 0; length < longestGap && front.length > 0; length++) {
			const next: (readonly [Place, Step])[] = [];
			for (const [to, step] of front.flatMap(([place, way]) => this.#direct(place).map(([beyond, more]) => [beyond, joined(way, more)] as const))) {
				if (this.#isSeen(to) && !found.has(to.index)) {
					found.set(to.index, step);
				} else if (!this.#isSeen(to) && !gone.has(to.index)) {
					gone.add(to.index);
					next.push([to, {...step, isGap: true}]);
				}
			}

			front = next;
		}

		const to = Array.from({length: Math.max(...found.keys(), -1) + 1}, (_, index) => found.get(index));
		return {to, count: found.size, isLeaving: [...found.values()].every(({isGap}) => isGap)};
	}

	#direct(from: Place): readonly (readonly [Place, Step])[] {
		const node = this.#nodes.get(from.node);
		const link = this.link(from);
		return node === undefined || link === undefined || link.dev === 'lo'
			? []
			: from.direction === 'out'
				? this.#fromOut(from, link)
				: this.#fromIn(from, node, link);
	}

	/** Out of an interface: into the other end of its cable, out of the ports of a bridge, through a parent, into a tunnel. */
	#fromOut(from: Place, link: LinkWiring): readonly (readonly [Place, Step])[] {
		const {peer, parent, carrier} = link;
		const siblings = parent === undefined ? [] : (this.#macvlans.get(parent) ?? []).filter((name) => name !== from.at);
		return [
			...(peer === undefined ? [] : [[this.at(peer, 'in'), plain] as const]),
			// what is for a sibling is shown to the parent first, as if it came in there (macvlan_queue_xmit)
			...(parent === undefined ? [] : (['out', 'in'] as const).map((direction) => [this.at(parent, direction), plain] as const)),
			...siblings.map((name) => [this.at(name, 'in'), plain] as const),
			...(link.kind === 'bridge' ? this.#ports(from).map((port) => [port, bridged] as const) : []),
			...(carrier === undefined ? [] : this.#routedOut(carrier).map((out) => [out, {...plain, tunnel: 1}] as const)),
		];
	}

	/** In by an interface: to the other ports of its bridge and to the bridge itself, else on by routing, to macvlans, out of a tunnel. */
	#fromIn(from: Place, {wiring}: Node, {master}: LinkWiring): readonly (readonly [Place, Step])[] {
		if (master !== undefined) {
			const [up, anew] = (['in', 'out'] as const).map((direction) => this.at(`${wiring.name}/${master}`, direction)) as [Place, Place];
			// the same port: hairpin mode; out of the bridge itself: iptables gave it an address of the same network (br_netfilter)
			return [...this.#ports(up), up, anew].map((to) => [to, bridged] as const);
		}

		return [
			...this.#routedOut(wiring.name).map((out) => [out, routed] as const),
			...(this.#macvlans.get(from.at) ?? []).map((name) => [this.at(name, 'in'), plain] as const),
			...(this.#vxlans.get(wiring.name) ?? []).map((name) => [this.at(name, 'in'), {...plain, tunnel: -1}] as const),
		];
	}

	/** The ports of a bridge. */
	#ports({node, dev}: Pick<Place, 'node' | 'dev'>): readonly Place[] {
		return (this.#nodes.get(node)?.wiring.links ?? []).filter(({master}) => master === dev).map((port) => this.at(`${node}/${port.dev}`, 'out'));
	}

	/** Interfaces of a node by which it sends IP packets. */
	#routedOut(node: string): readonly Place[] {
		const links = this.#nodes.get(node)?.wiring.links ?? [];
		return links.filter(({master, dev}) => master === undefined && dev !== 'lo').map(({dev}) => this.at(`${node}/${dev}`, 'out'));
	}
}

function joined(a: Step, b: Step): Step {
	return {
		routes: a.routes + b.routes,
		canRewrite: a.canRewrite || b.canRewrite,
		tunnel: Math.max(-1, Math.min(1, a.tunnel + b.tunnel)) as Step['tunnel'],
		isGap: a.isGap || b.isGap,
	};
}

function push(lists: Map<string, string[]>, key: string | undefined, value: string): void {
	if (key !== undefined) {
		const list = lists.get(key);
		if (list === undefined) {
			lists.set(key, [value]);
		} else {
			list.push(value);
		}
	}
}
