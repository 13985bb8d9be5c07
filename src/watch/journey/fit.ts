// Whether a sighting can be of the packet that was seen elsewhere, after the step between the two places.
import {isSameFlow, type Nat} from './nat.ts';
import type {Place, Step} from './places.ts';
import {etherTypes, type Print, type Tunnel} from './print.ts';

/** How well it fits: 0 exactly, more: so much was rewritten; undefined: it is another packet. The marks of both are equal already. */
export function fit(before: Print, after: Print, {step, place}: {readonly step: Step; readonly place: Place}, nat: Nat): number | undefined {
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
