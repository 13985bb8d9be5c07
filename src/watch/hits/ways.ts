// Which hooks of a node a packet came to: told from where it was seen. What comes in is routed, or bridged first (br_netfilter: a bridge's frames are
// shown to iptables as if the bridge had sent them on, br_netfilter_hooks.c); what a node sends itself is seen where it leaves.
import {macText} from '../journey/ends.ts';
import type {Hop} from '../journey/journey.ts';
import type {Ends} from '../journey/nat.ts';
import type {Places} from '../journey/places.ts';
import type {Passage} from './hooks.ts';
import type {Ports} from './asked.ts';
import type {NodeGround} from './nodes.ts';
import type {Packet} from './packet.ts';

/** What is needed of one node, and of the packet in it. */
export interface Course {
	readonly places: Places;
	readonly ground: NodeGround;
	/** The packet as it was seen at this hop. */
	readonly packet: (hop: Hop) => Packet | undefined;
	/** What the node sent was this before NAT. */
	readonly before: (sent: Ends) => Ends;
	/** Begins: what goes on from here was seen at this hop first. `became`: what it was when it left. */
	readonly begin: (hop: Hop, packet: Packet, became: Ends | undefined) => Passage;
	/** The sighting for what is hit from here on. */
	readonly at: (hop: Hop) => void;
	/** Only if it is dropped there what it hit is told of. */
	readonly onlyDropped: (pass: () => boolean) => void;
}

/** Whether a sighting is the first of a packet in a node's rules' reach: it comes in, or the node sends it. */
export function isEntrance({place, from, print}: Hop, places: Places): boolean {
	if (print.offset > 0 || (!print.isIp && print.tunnel === undefined)) {
		// what fragments follow the first is asked about with it (nf_defrag_ipv4)
		return false;
	}

	if (from === undefined || from.hop.place.node !== place.node) {
		// what a macvlan sends goes by its parent's interface, and not by its parent's rules; what a tunnel sends is the host's own
		return place.direction === 'in' || from === undefined || places.step(from.hop.place, place)?.tunnel === 1;
	}

	return false;
}

/** Whether the node itself sends the packet whose first sighting there this is. */
export function isSentHere({place}: Hop): boolean {
	return place.direction === 'out' || place.dev === 'lo';
}

const noPorts: Ports = {in: '', out: ''};

/** The packet through the node. */
export function follow(hop: Hop, course: Course): void {
	const {place} = hop;
	const packet = course.packet(hop);
	const link = course.places.link(place);
	if (packet === undefined || link === undefined) {
		return;
	}

	if (isSentHere(hop)) {
		send(hop, packet, course);
		return;
	}

	const passage = course.begin(hop, packet, leaving(hop, course));
	const mac = hop.print.tunnel?.destinationMac ?? hop.print.destinationMac;
	const isPast = nextHere(hop).length > 0;
	if (link.master !== undefined) {
		const ports = {in: place.dev, out: ''};
		if (passage.pass('PREROUTING', {into: link.master, out: '', ports, isPast})) {
			bridge(hop, passage, {course, master: link.master, mac});
		}
	} else if (
		(packet.kind !== 'unicast' || link.mac === undefined || macText(mac) === link.mac) &&
		passage.pass('PREROUTING', {into: place.dev, out: '', ports: noPorts, isPast})
	) {
		route(hop, passage, {course, ports: noPorts});
	}
}

/** What the node sends itself has passed, or it would not have been seen. */
function send(hop: Hop, packet: Packet, course: Course): void {
	const {dev} = hop.place;
	const before = course.before(packet);
	const passage = course.begin(hop, {...packet, ...before}, packet);
	// where it was going before NAT turned it
	const first = before.destination === packet.destination ? undefined : course.ground.deviceTo(before.destination);
	passage.pass('OUTPUT', {into: '', out: first ?? dev, ports: noPorts, isPast: true});
	passage.pass('POSTROUTING', {into: '', out: dev, ports: noPorts, isPast: true});
	if (dev === 'lo' && passage.pass('PREROUTING', {into: dev, out: '', ports: noPorts, isPast: false})) {
		passage.pass('INPUT', {into: dev, out: '', ports: noPorts, isPast: false});
	}
}

/** Where it was seen next in the same node. */
function nextHere({place, next}: Hop): readonly Hop[] {
	return next.filter((hop) => hop.place.node === place.node);
}

/** What the packet was when it was last seen in the node. */
function leaving(hop: Hop, course: Course): Ends | undefined {
	let last = hop;
	for (let next = nextHere(last)[0]; next !== undefined; [next] = nextHere(last)) {
		last = next;
	}

	return last === hop ? undefined : course.packet(last);
}

/** To a process of the node, or on by another interface. `hop`: where it came in; `ports`: that of a bridge by which it did. */
function route(hop: Hop, passage: Passage, {course, ports}: {readonly course: Course; readonly ports: Ports}): void {
	const {dev} = hop.place;
	const {destination, ttl, kind} = passage.packet;
	if (course.ground.takes(destination)) {
		passage.pass('INPUT', {into: dev, out: '', ports, isPast: false});
		return;
	}

	const [out] = nextHere(hop);
	const outDev = out?.place.dev ?? course.ground.deviceTo(destination);
	// what has come too far is sent back before it is asked about (ip_forward.c)
	if (outDev === undefined || ttl <= 1 || (out === undefined && kind !== 'unicast')) {
		return;
	}

	leaveBy(passage, {into: dev, dev: outDev, ports, out, course, from: hop});
}

interface Leaving {
	readonly into: string;
	readonly dev: string;
	readonly ports: Ports;
	/** Where it was seen to leave. */
	readonly out: Hop | undefined;
	readonly course: Course;
	readonly from: Hop;
}

function leaveBy(passage: Passage, {into, dev, ports, out, course, from}: Leaving): boolean {
	const isPast = out !== undefined;
	course.at(from);
	if (!passage.pass('FORWARD', {into, out: dev, ports, isPast})) {
		return false;
	}

	course.at(out ?? from);
	return passage.pass('POSTROUTING', {into: '', out: dev, ports, isPast});
}

interface Bridged {
	readonly course: Course;
	readonly master: string;
	/** Whom the frame is for. */
	readonly mac: number;
}

/** In by a port, past the first hook: up to the host, out by other ports, or both. */
function bridge(hop: Hop, passage: Passage, {course, master, mac}: Bridged): void {
	const {places} = course;
	const here = nextHere(hop);
	const up = here.find(({place}) => place.dev === master && place.direction === 'in');
	// of what NAT turns back to the bridge's own network the bridge must ask for the MAC address first (br_nf_pre_routing_finish_bridge)
	const turnedBack = here.find(({place}) => place.dev === master && place.direction === 'out');
	const out = [...here, ...(turnedBack === undefined ? [] : nextHere(turnedBack))].filter(({place}) => places.link(place)?.master === master);
	const forward = (by: Passage, one: Hop | undefined, port = one?.place.dev): boolean =>
		leaveBy(by, {into: master, dev: master, ports: {in: hop.place.dev, out: port}, out: one, course, from: hop});
	for (const one of out) {
		forward(passage.copy(), one);
	}

	if (passage.packet.kind !== 'unicast') {
		// copies for ports that it was not seen at
		const others = places.portsOf(hop.place).filter((port) => port.dev !== hop.place.dev && !out.some(({place}) => place.dev === port.dev));
		for (const {dev} of others) {
			course.onlyDropped(() => forward(passage.copy(), undefined, dev));
		}
	} else if (out.length === 0 && up === undefined) {
		const own = places.link(places.at(`${hop.place.node}/${master}`, 'in'))?.mac;
		if (turnedBack !== undefined || own !== macText(mac)) {
			forward(passage, undefined, portTo(mac, hop, places));
		}
	}

	if (up !== undefined) {
		course.at(up);
		route(up, passage, {course, ports: {in: hop.place.dev, out: ''}});
	}
}

/** The port at whose cable's other end this MAC address is; undefined: at none. What bridges have learnt is not known here. */
function portTo(mac: number, {place}: Hop, places: Places): string | undefined {
	return places.portsOf(place).find((port) => {
		const peer = places.link(port)?.peer;
		return peer !== undefined && places.link(places.at(peer, 'in'))?.mac === macText(mac);
	})?.dev;
}
