// Whether a sighting can be of the packet that was seen elsewhere, after the step between the two places.
import type {Fragments} from './fragments.ts';
import type {Hop} from './journey.ts';
import {isSameFlow, type Nat} from './nat.ts';
import type {OpenHop} from './open.ts';
import type {Place, Step} from './places.ts';
import {etherTypes, type Print, type Tunnel} from './print.ts';

export class Fit {
	/** What nodes are known to have made of packets. */
	readonly #nat: Nat;
	readonly #fragments: Fragments;

	constructor(nat: Nat, fragments: Fragments) {
		this.#nat = nat;
		this.#fragments = fragments;
	}

	/** How well it fits: 0 exactly, more: so much was rewritten; undefined: it is another packet. The marks of both are equal already. */
	doubt(hop: Hop, after: Print, step: Step, place: Place): number | undefined {
		const before = hop.print;
		if (before.id === after.id) {
			return this.#alike(before, after, step, place);
		}

		// what is on a bridge that calls iptables, or on a router's way, was put together and cut again
		const isAnew = step.canRewrite && before.isFragment && this.#fragments.isAnew(place.node, hop, after);
		const doubt = isAnew ? this.#alike(before, after, step, place) : undefined;
		return doubt === undefined ? undefined : doubt + 1;
	}

	#alike(before: Print, after: Print, step: Step, place: Place): number | undefined {
		const isWrapped = before.tunnel !== undefined || after.tunnel !== undefined;
		if (crossed(before, after) !== step.tunnel || !isLifetimeRight(before, after, step)) {
			return undefined;
		}

		if (isSameFlow(before, after)) {
			return isWrapRight(before, after, step) ? 0 : undefined;
		}

		return step.canRewrite && !isWrapped && before.type !== etherTypes.arp ? this.#nat.doubt(place.node, before, after) : undefined;
	}
}

/** As steps have it: 1 into a tunnel, -1 out of one. */
function crossed(before: Print, after: Print): number {
	return Number(after.tunnel !== undefined) - Number(before.tunnel !== undefined);
}

/** Routers count the time to live down, of the outermost packet; nobody else touches it. */
function isLifetimeRight(before: Print, after: Print, {routes, tunnel}: Step): boolean {
	if (routes === 0 || tunnel !== 0) {
		return before.ttl === after.ttl;
	}

	return before.tunnel === undefined || after.tunnel === undefined
		? before.isIp && after.ttl === before.ttl - routes
		: after.ttl === before.ttl && after.tunnel.ttl === before.tunnel.ttl - routes;
}

/** Without a router MAC addresses stay, and the tunnel's packet is the same. */
function isWrapRight(before: Print, after: Print, {routes}: Step): boolean {
	const isSameFrame = before.hasSameMacs(after);
	return before.tunnel === undefined || after.tunnel === undefined
		? routes > 0 || isSameFrame
		: isSameFrame && isSameTunnel(before.tunnel, after.tunnel, routes > 0);
}

function isSameTunnel(a: Tunnel, b: Tunnel, isRouted: boolean): boolean {
	return (
		a.vni === b.vni &&
		a.source === b.source &&
		a.destination === b.destination &&
		(isRouted || (a.sourceMac === b.sourceMac && a.destinationMac === b.destinationMac))
	);
}

/** Of packets of which a node may have made this one that which was rewritten as flows are known to be, or else the least; of equals the first. */
export function likeliest(hops: readonly OpenHop[], after: Print, node: string, nat: Nat): OpenHop | undefined {
	const doubts = hops.map((hop) => ({hop, doubt: isSameFlow(hop.print, after) ? 0 : nat.doubt(node, hop.print, after)}));
	const [best] = doubts.filter(({doubt}) => doubt !== undefined).toSorted((a, b) => (a.doubt ?? 0) - (b.doubt ?? 0));
	return best?.hop;
}

/** Unless it is for many, a packet goes once to each place, once out of a router, and through a bridge either up to its host or out of it, not both. */
export function isFree(hop: OpenHop, to: Place, {routes}: Step): boolean {
	for (let other = hop.onward; other !== undefined; other = other.beside) {
		const {place, step, print} = other;
		if (place === to || (!print.isMulticast && (place.at === to.at || (routes > 0 && (step?.routes ?? 0) > 0)))) {
			return false;
		}
	}

	return true;
}
