// One namespace of the fake machine: its links, addresses, routes and settings in memory, with the refusals of the real kernel as error numbers.
// No link-local IPv6 addresses, no neighbours but those that were set, and no packets: nothing that takes the real kernel time.
import {constants} from 'node:os';
import type {ObservedAddress, ObservedLink, ObservedNet, ObservedRoute} from '../model/observed.ts';
import type {LinkSpec, OpOf} from '../plan/op.ts';
import {FakeEntries, type EntryOp} from './fake-entries.ts';
import {isMacTaken, leave} from './fake-links.ts';
import {deviceOf, observedLink} from './fake-seen.ts';
import {contains, familyOf, network} from './netlink/ip.ts';
import {bridgeFull} from './refusals.ts';

const {errno} = constants;
/** Ports that a bridge can have: BR_MAX_PORTS of net/bridge/br_private.h, of which number 0 is not used. */
const mostPorts = 1023;

export interface FakeLink {
	readonly index: number;
	readonly name: string;
	readonly kind: LinkSpec['kind'] | undefined;
	mac: string;
	mtu: number;
	/** A bridge whose MTU nobody set has the smallest of its ports' (br_mtu_auto_adjust, net/bridge/br_if.c). */
	hasOwnMtu: boolean;
	isUp: boolean;
	master: string | undefined;
	hairpin: boolean;
	/** The other end of a veth pair. */
	readonly peer: {readonly net: FakeNet; readonly name: string} | undefined;
	readonly macvlan: {readonly mode: Extract<LinkSpec, {readonly kind: 'macvlan'}>['macvlanMode']; readonly parent: FakeLink} | undefined;
	/** `wire`: the namespace that its UDP packets leave from. */
	readonly vxlan: (NonNullable<ObservedLink['vxlan']> & {readonly wire: FakeNet}) | undefined;
	learning: boolean;
	/** The macvlans on top of it, each with the namespace that it is in. */
	readonly above: Map<FakeLink, FakeNet>;
}

/** An error number, or undefined: done. */
export type Errno = number | undefined;

export class FakeNet {
	readonly links = new Map<string, FakeLink>();
	readonly sysctls = new Map<string, string>();
	#addresses: ObservedAddress[] = [];
	#routes: ObservedRoute[] = [];
	readonly #entries = new FakeEntries();
	/** VXLANs whose UDP packets leave from here, wherever they are. */
	readonly tunnels = new Set<FakeLink>();
	#lastIndex = 0;

	constructor() {
		this.addLink({name: 'lo', kind: undefined, mac: '00:00:00:00:00:00', mtu: 65_536, hasOwnMtu: true, isUp: false});
	}

	addLink(
		link: Pick<FakeLink, 'name' | 'kind' | 'mac' | 'mtu' | 'hasOwnMtu' | 'isUp'> & {
			readonly master?: string | undefined;
			readonly hairpin?: boolean;
			readonly peer?: FakeLink['peer'];
			readonly macvlan?: FakeLink['macvlan'];
			readonly vxlan?: FakeLink['vxlan'];
		},
	): void {
		this.#lastIndex++;
		const none = {master: undefined, hairpin: false, learning: true, peer: undefined, macvlan: undefined, vxlan: undefined};
		const added = {index: this.#lastIndex, ...none, above: new Map(), ...link};
		this.links.set(link.name, added);
		added.macvlan?.parent.above.set(added, this);
		added.vxlan?.wire.tunnels.add(added);
		this.#adjustMtus();
	}

	/** Removes a link, what hangs on it, the macvlans on top of it, and a veth's other end. */
	removeLink(name: string): void {
		const link = this.links.get(name);
		this.links.delete(name);
		this.#addresses = this.#addresses.filter(({dev}) => dev !== name);
		this.#routes = this.#routes.filter(({dev}) => dev !== name);
		[...this.sysctls.keys()].filter((key) => deviceOf(key) === name).forEach((key) => this.sysctls.delete(key));
		this.#entries.forget(name);
		for (const port of this.links.values()) {
			if (port.master === name) {
				leave(port);
			}
		}

		this.#adjustMtus();
		if (link !== undefined) {
			link.macvlan?.parent.above.delete(link);
			link.vxlan?.wire.tunnels.delete(link);
			link.above.forEach((net, upper) => {
				net.removeLink(upper.name);
			});
		}

		if (link?.peer !== undefined && link.peer.net.links.has(link.peer.name)) {
			link.peer.net.removeLink(link.peer.name);
		}
	}

	/** Whether `name` could get one more port. */
	portRefused(name: string): Errno {
		const master = this.links.get(name);
		if (master === undefined) {
			return errno.ENODEV;
		}

		const ports = [...this.links.values()].filter((link) => link.master === name);
		return master.kind === 'bridge' ? (ports.length >= mostPorts ? bridgeFull : undefined) : errno.EOPNOTSUPP;
	}

	setLink({dev, up, mtu, mac, master, hairpin, learning}: Omit<OpOf<'link.set'>, 'why'>): Errno {
		const link = this.links.get(dev);
		if (link === undefined) {
			return errno.ENODEV;
		}

		if (isMacTaken(link, mac, up)) {
			return errno.EADDRINUSE;
		}

		if (typeof master === 'string' && master !== link.master) {
			const refused =
				link.kind === 'bridge' ? errno.ELOOP : link.name === 'lo' ? errno.EINVAL : link.above.size > 0 ? errno.EBUSY : this.portRefused(master);
			if (refused !== undefined) {
				return refused;
			}

			link.master = master;
		} else if (master === null) {
			leave(link);
		}

		link.mtu = mtu ?? link.mtu;
		link.hasOwnMtu ||= mtu !== undefined;
		this.#adjustMtus();
		link.mac = mac ?? link.mac;
		if (up !== undefined && up !== link.isUp) {
			link.isUp = up;
			this.#carry(link);
		}

		if ((hairpin !== undefined || learning !== undefined) && link.master === undefined) {
			return errno.EOPNOTSUPP;
		}

		link.hairpin = hairpin ?? link.hairpin;
		link.learning = learning ?? link.learning;
		return undefined;
	}

	addAddress({dev, address, broadcast}: Pick<OpOf<'addr.add'>, 'dev' | 'address' | 'broadcast'>): Errno {
		const link = this.links.get(dev);
		if (link === undefined) {
			return errno.ENODEV;
		}

		if (this.#addresses.some((other) => other.dev === dev && other.address === address)) {
			return errno.EEXIST;
		}

		const row: ObservedAddress = {
			dev,
			family: familyOf(address),
			address,
			broadcast,
			scope: address.startsWith('127.') || address.startsWith('::1/') ? 'host' : 'global',
		};
		this.#addresses.push(row);
		if (link.isUp) {
			this.#connect(row);
		}

		return undefined;
	}

	removeAddress({dev, address}: Pick<OpOf<'addr.del'>, 'dev' | 'address'>): Errno {
		if (!this.links.has(dev)) {
			return errno.ENODEV;
		}

		const row = this.#addresses.find((other) => other.dev === dev && other.address === address);
		if (row === undefined) {
			return errno.EADDRNOTAVAIL;
		}

		this.#addresses = this.#addresses.filter((other) => other !== row);
		this.#routes = this.#routes.filter((route) => !(route.protocol === 2 && route.dev === dev && route.to === network(address)));
		return undefined;
	}

	addRoute({to, via, dev}: Pick<OpOf<'route.add'>, 'to' | 'via' | 'dev'>): Errno {
		const family = familyOf(via ?? to);
		const link = dev === undefined ? undefined : this.links.get(dev);
		if (dev !== undefined && link === undefined) {
			return errno.ENODEV;
		}

		if (link?.isUp === false) {
			return errno.ENETDOWN;
		}

		const out = via === undefined ? dev : this.#wayTo(via, dev);
		if (out === undefined) {
			return family === 4 ? errno.ENETUNREACH : errno.EHOSTUNREACH;
		}

		if (to !== 'default' && to !== network(to)) {
			return errno.EINVAL;
		}

		if (this.#routes.some((other) => other.family === family && other.to === to && other.protocol !== 2)) {
			return errno.EEXIST;
		}

		this.#routes.push({family, to, via, dev: out, source: undefined, scope: via === undefined && family === 4 ? 'link' : 'global', protocol: 3});
		return undefined;
	}

	removeRoute({to, via}: Pick<OpOf<'route.add'>, 'to' | 'via'>): Errno {
		const before = this.#routes.length;
		this.#routes = this.#routes.filter((other) => !(other.to === to && other.via === via && other.protocol === 3));
		return this.#routes.length === before ? errno.ESRCH : undefined;
	}

	setEntry(op: EntryOp): Errno {
		const link = this.links.get(op.dev);
		if (link === undefined || (op.do === 'fdb.set' && link.kind !== 'vxlan')) {
			return link === undefined ? errno.ENODEV : errno.EOPNOTSUPP;
		}

		return this.#entries.set(op);
	}

	removeEntry = (op: EntryOp): Errno => this.#entries.remove(op);

	setSysctl(key: string, value: string): Errno {
		const dev = deviceOf(key);
		const isThere = key.startsWith('net.') && (dev === undefined || dev === 'all' || dev === 'default' || this.links.has(dev));
		if (!isThere) {
			return errno.ENOENT;
		}

		this.sysctls.set(key, value);
		return undefined;
	}

	observe(): ObservedNet {
		const links = [...this.links.values()].map((link) => observedLink(link));
		return {links, addresses: [...this.#addresses], routes: [...this.#routes], neighbours: this.#entries.neighbours, fdb: this.#entries.fdb};
	}

	#adjustMtus(): void {
		for (const link of this.links.values()) {
			if (!link.hasOwnMtu) {
				const ports = [...this.links.values()].filter(({master}) => master === link.name);
				link.mtu = Math.min(...(ports.length === 0 ? [1500] : ports.map(({mtu}) => mtu)));
			}
		}
	}

	/** A link that comes up gets its connected routes; one that goes down loses all of its routes and its IPv6 addresses. */
	#carry({name, isUp}: FakeLink): void {
		if (isUp && name === 'lo') {
			this.addAddress({dev: 'lo', address: '127.0.0.1/8'});
			this.addAddress({dev: 'lo', address: '::1/128'});
		} else if (isUp) {
			this.#addresses.filter(({dev}) => dev === name).forEach((row) => this.#connect(row));
		} else {
			this.#routes = this.#routes.filter(({dev}) => dev !== name);
			this.#addresses = this.#addresses.filter(({dev, family}) => dev !== name || family === 4);
		}
	}

	#connect({dev, family, address, scope}: ObservedAddress): void {
		const to = network(address);
		const isHost = to.endsWith(family === 4 ? '/32' : '/128');
		if (scope !== 'host' && !isHost) {
			this.#routes.push({
				family,
				to,
				via: undefined,
				dev,
				source: family === 4 ? address.split('/')[0] : undefined,
				scope: family === 4 ? 'link' : 'global',
				protocol: 2,
			});
		}
	}

	/** The link on which a gateway is a neighbour. */
	#wayTo(gateway: string, dev: string | undefined): string | undefined {
		// every link has the link-local ones (RFC 4291 2.5.6)
		return contains('fe80::/10', gateway)
			? dev
			: this.#routes.find(({via, to, dev: out}) => via === undefined && (dev ?? out) === out && contains(to, gateway))?.dev;
	}
}
