// Whether a sighting can be of the packet that was seen elsewhere, after the step between the two places.
import type {Fragments} from './fragments.ts';
import type {Hop} from './journey.ts';
import {isSameFlow, type Nat} from './nat.ts';
import type {OpenHop} from './open.ts';
import type {Place, Step} from './places.ts';
import {etherTypes, type Print, type Tunnel} from './print.ts';

/** What nodes are known to have made of packets. */
interface Made {
	readonly nat: Nat;
	readonly fragments: Fragments;
}

/** How well it fits: 0 exactly, more: so much was rewritten; undefined: it is another packet. The marks of both are equal already. */
export function fit(hop: Hop, after: Print, way: {readonly step: Step; readonly place: Place}, {nat, fragments}: Made): number | undefined {
	const before = hop.print;
	if (before.id === after.id) {
		return fitAlike(before, after, way, nat);
	}

	// what is on a bridge that calls iptables, or on a router's way, was put together and cut again
	const isAnew = way.step.canRewrite && before.isFragment && fragments.isAnew(way.place.node, hop, after);
	const doubt = isAnew ? fitAlike(before, after, way, nat) : undefined;
	return doubt === undefined ? undefined : doubt + 1;
}

function fitAlike(before: Print, after: Print, {step, place}: {readonly step: Step; readonly place: Place}, nat: Nat): number | undefined {
	if (Number(after.tunnel !== undefined) - Number(before.tunnel !== undefined) !== step.tunnel || !isLifetimeRight(before, after, step)) {
		return undefined;
	}

	if (isSameFlow(before, after)) {
		return isWrapRight(before, after, step) ? 0 : undefined;
	}

	return step.canRewrite && before.tunnel === undefined && after.tunnel === undefined && before.type !== etherTypes.arp
		? nat.doubt(place.node, before, after)
		: undefined;
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
	const isSameFrame = before.sourceMac === after.sourceMac && before.destinationMac === after.destinationMac;
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
export function isFree(hop: Hop, to: Place, {routes}: Step): boolean {
	return hop.next.every(
		({place, from, print}) => place !== to && (print.isMulticast || (place.at !== to.at && (routes === 0 || (from?.step.routes ?? 0) === 0))),
	);
}
