// One node's connection tracking, done again from the packets that were seen: which connection a packet is of, in which state, and what NAT has made of it.
// Source: nf_conntrack_core.c, nf_conntrack_proto_tcp.c, nf_conntrack_proto_icmp.c; timeouts: nf_conntrack-sysctl.rst. What is not done again: TCP
// windows, helpers (FTP and the like), zones, settings that are not the kernel's own.
import {type Ends, endsKey, isSameFlow, turned} from '../journey/nat.ts';
import {protocols, tcpFlags} from '../journey/print.ts';
import type {Packet} from './packet.ts';

type State = 'NEW' | 'ESTABLISHED' | 'RELATED' | 'INVALID' | 'UNTRACKED';

/** A connection. */
export interface Entry {
	readonly orig: Ends;
	/** NAT turns it away from what `orig` says, until the connection is confirmed. */
	reply: Ends;
	hasReply: boolean;
	isConfirmed: boolean;
	/** Its destination, its source have been decided: the nat table is not asked again. */
	isDestinationDone: boolean;
	isSourceDone: boolean;
	/** It must have begun before anything was known of it: what it says is what was seen of one packet, whichever way that goes. */
	readonly isGuess: boolean;
	/** Of TCP: directions that have sent FIN, as bits; 4: somebody sent RST. */
	closing: number;
	/** When it is forgotten if no packet comes, in milliseconds since 1970. */
	expires: number;
}

/** What is known of the packet's connection. */
export interface Tracked {
	readonly state: State;
	/** It goes against the direction of the first packet. */
	readonly isReply: boolean;
	/** Undefined: it is of none. */
	readonly entry: Entry | undefined;
}

/** An entry that the kernel told of. */
export interface Told {
	readonly orig: Ends;
	readonly reply: Ends;
	readonly hasReply: boolean;
	/** It was in a table that was read at this time, and would go without a packet at the other; in milliseconds since 1970. undefined: an event told of its beginning. */
	readonly read: {readonly at: number; readonly until: number} | undefined;
}

interface Known {
	readonly entry: Entry;
	readonly isReply: boolean;
}

/** Connections that are remembered of a node, and what the kernel told. */
const most = 65_536;
const second = 1000;
const timeouts = {syn: 120, established: 432_000, closing: 60, closed: 120, reset: 10, udp: 30, stream: 120, icmp: 30, other: 600} as const;
const bothFins = 3;
const reset = 4;
/** ICMP's questions, which begin connections (RFC 792), and ICMPv6's (RFC 4443); the others' answers do not. */
const questions: ReadonlySet<number> = new Set([8, 13, 15, 17]);
const question6 = 128;
/** Of ICMPv6 these are not tracked: neighbour and listener discovery (nf_conntrack_proto_icmpv6.c). */
const untracked6 = new Set([130, 131, 132, 133, 134, 135, 136, 137, 143]);

export class Tracking {
	readonly #entries = new Map<string, Known>();
	/** By the ends of both directions, as packets have them. */
	readonly #told = new Map<string, Told>();
	/** Its table was read: what is not in it was not there. */
	isRead = false;

	/** What the kernel tells of an entry. */
	learn(told: Told): void {
		for (const key of [endsKey(told.orig), endsKey(told.reply)]) {
			this.#told.delete(key);
			this.#told.set(key, told);
		}

		forgetOldest(this.#told);
	}

	/** Packets will come again from the first one on: what they told is forgotten, and what the kernel told is not. */
	restart(): void {
		this.#entries.clear();
	}

	/** What a packet that the node sent was before NAT, when only what became of it was seen. */
	before(sent: Ends): Ends {
		const key = endsKey(turned(sent));
		const known = this.#entries.get(key);
		if (known !== undefined) {
			return known.isReply ? known.entry.orig : known.entry.reply;
		}

		const told = this.#told.get(key);
		return told !== undefined && isSameFlow(turned(told.reply), sent) ? told.orig : sent;
	}

	/** As a packet comes to the first hook. `became`: what it was seen to be behind the node; undefined: it was not seen. */
	track(packet: Packet, at: number, became: Ends | undefined): Tracked {
		if (packet.family === 6 && packet.protocol === protocols.icmpv6 && untracked6.has(packet.icmp >> 8)) {
			return {state: 'UNTRACKED', isReply: false, entry: undefined};
		}

		if (packet.quoted !== undefined) {
			// it is of the connection that the packet in it is of, and goes the other way
			const known = this.#find(packet.quoted, at);
			return known === undefined ? invalid : {state: 'RELATED', isReply: !known.isReply, entry: known.entry};
		}

		const known = this.#find(packet, at) ?? this.#fromBefore(packet, at, became);
		if (known === undefined || isAnother(known, packet)) {
			return this.#begin(packet);
		}

		return this.#goOn(known, packet, at);
	}

	/** It has passed the last hook: from now on its packets are known. */
	confirm(entry: Entry, at: number): void {
		if (!entry.isConfirmed) {
			entry.isConfirmed = true;
			this.#keep(entry);
			entry.expires = at + timeoutOf(entry) * second;
		}
	}

	#keep(entry: Entry): void {
		for (const [ends, isReply] of [[entry.orig, false] as const, [entry.reply, true] as const]) {
			const key = endsKey(ends);
			this.#entries.delete(key);
			this.#entries.set(key, {entry, isReply});
		}

		forgetOldest(this.#entries);
	}

	#find(ends: Ends, at: number): Known | undefined {
		const known = this.#entries.get(endsKey(ends));
		return known !== undefined && known.entry.expires > at ? known : undefined;
	}

	/** A connection that began before the capture did: the kernel told of it, or it must have been there. */
	#fromBefore(packet: Packet, at: number, became: Ends | undefined): Known | undefined {
		const told = this.#told.get(endsKey(packet));
		const isMiddle = packet.protocol === protocols.tcp && (packet.flags & tcpFlags.syn) === 0;
		const isThere = told !== undefined && (isMiddle || (told.read !== undefined && told.read.at < at && at < told.read.until));
		if (isThere) {
			const entry = oldEntry(told.orig, told.reply, {hasReply: told.hasReply || isMiddle, isGuess: false});
			this.confirm(entry, at);
			return {entry, isReply: isSameFlow(packet, told.reply)};
		}

		if (!isMiddle || this.isRead || (packet.flags & tcpFlags.rst) !== 0) {
			return undefined;
		}

		const entry = oldEntry(endsOf(packet), turned(became ?? packet), {hasReply: true, isGuess: true});
		this.confirm(entry, at);
		return {entry, isReply: false};
	}

	#begin(packet: Packet): Tracked {
		if (!canBegin(packet)) {
			return invalid;
		}

		const orig = endsOf(packet);
		const flags = {hasReply: false, isConfirmed: false, isDestinationDone: false, isSourceDone: false, isGuess: false};
		return {state: 'NEW', isReply: false, entry: {orig, reply: turned(orig), ...flags, closing: 0, expires: 0}};
	}

	#goOn({entry, isReply}: Known, {protocol, flags}: Packet, at: number): Tracked {
		const isRefused = protocol === protocols.tcp && (flags & tcpFlags.rst) !== 0;
		if (isReply && isRefused && !entry.hasReply) {
			// a connection that was never one is forgotten at once
			entry.expires = at;
			return {state: 'ESTABLISHED', isReply, entry};
		}

		entry.hasReply ||= isReply;
		if (protocol === protocols.tcp) {
			entry.closing |= ((flags & tcpFlags.fin) === 0 ? 0 : isReply ? 2 : 1) | (isRefused ? reset : 0);
		}

		entry.expires = at + timeoutOf(entry) * second;
		return {state: entry.hasReply ? 'ESTABLISHED' : 'NEW', isReply, entry};
	}
}

const invalid: Tracked = {state: 'INVALID', isReply: false, entry: undefined};

function endsOf({protocol, source, destination, sourcePort, destinationPort}: Ends): Ends {
	return {protocol, source, destination, sourcePort, destinationPort};
}

function oldEntry(orig: Ends, reply: Ends, known: Pick<Entry, 'hasReply' | 'isGuess'>): Entry {
	return {...known, orig, reply, isConfirmed: false, isDestinationDone: true, isSourceDone: true, closing: 0, expires: 0};
}

/** A SYN after its end is of a new connection with the old one's ports. */
function isAnother({entry}: Known, {protocol, flags}: Packet): boolean {
	const isSyn = (flags & (tcpFlags.syn | tcpFlags.ack)) === tcpFlags.syn;
	return protocol === protocols.tcp && isSyn && (entry.closing >= reset || entry.closing === bothFins);
}

/** In the middle of what it has never seen conntrack takes TCP up by an ACK, but not by what ends or answers (nf_conntrack_tcp_loose). */
function canBegin({protocol, flags, icmp, family}: Packet): boolean {
	switch (protocol) {
		case protocols.tcp: {
			const bits = flags & (tcpFlags.syn | tcpFlags.ack | tcpFlags.fin | tcpFlags.rst);
			return bits === tcpFlags.syn || bits === tcpFlags.ack;
		}

		case protocols.icmp: {
			return questions.has(icmp >> 8);
		}

		case protocols.icmpv6: {
			return family === 6 && icmp >> 8 === question6;
		}

		default: {
			return true;
		}
	}
}

function timeoutOf({orig: {protocol}, hasReply, closing}: Entry): number {
	switch (protocol) {
		case protocols.tcp: {
			return closing >= reset
				? timeouts.reset
				: closing === bothFins
					? timeouts.closed
					: closing > 0
						? timeouts.closing
						: hasReply
							? timeouts.established
							: timeouts.syn;
		}

		case protocols.udp: {
			return hasReply ? timeouts.stream : timeouts.udp;
		}

		case protocols.icmp:
		case protocols.icmpv6: {
			return timeouts.icmp;
		}

		default: {
			return timeouts.other;
		}
	}
}

function forgetOldest(map: Map<string, unknown>): void {
	if (map.size > most * 2) {
		for (const key of map.keys()) {
			if (map.size <= most) {
				break;
			}

			map.delete(key);
		}
	}
}
