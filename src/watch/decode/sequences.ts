// Sequence numbers of TCP begin anywhere (RFC 9293 3.4.1). Lists count from where a connection began, as Wireshark does. That is known when its SYN, or what
// answers it, has been seen with the same addresses; of other connections the header's own numbers are shown.
import {mixed, mixedWith} from '../../base/mixed.ts';
import {Recent} from '../../base/recent.ts';
import type {Origins, Segment, SequenceOrigins} from './walk.ts';

/** So many directions of connections are remembered, and so many connections that used the same ports one after the other. */
const most = {directions: 65_536, ofPorts: 64} as const;
const flag = {syn: 2, rst: 4, ack: 16} as const;
const header: Origins = {own: 0, other: 0};

/** From this packet on numbers are counted from `origin`; undefined: it is not known from where. */
interface Beginning {
	readonly packet: number;
	readonly origin: number | undefined;
}

/** A direction of a connection. */
type Ends = Pick<Segment, 'source' | 'sourcePort' | 'destination' | 'destinationPort'>;

/** What began between these ends, in the order of packets. */
interface Begun {
	readonly ends: Ends;
	readonly beginnings: Beginning[];
}

export class Sequences {
	/** By numbers of ends; of two with the same number the newer. */
	readonly #begun = new Recent<number, Begun>(most.directions);

	/** For the packet of this number. Beginnings must be asked for, or noted, in the order of their numbers; what is between them in any. */
	at(packet: number): SequenceOrigins {
		return {of: (segment) => this.#of(packet, segment)};
	}

	/** Takes a packet's SYN, without asking for anything. */
	note(packet: number, segment: Segment): void {
		const {source, sourcePort, destination, destinationPort, flags, sequence, acknowledged} = segment;
		const other = turned(segment);
		const isNew = this.#begin({source, sourcePort, destination, destinationPort}, packet, sequence);
		const theirs = this.#find(other, packet);
		const isAcknowledging = (flags & flag.ack) !== 0;
		const asked = (acknowledged - 1) >>> 0;
		if (isAcknowledging) {
			this.#begin(answered(destination, destinationPort, asked), packet, sequence);
		}

		if (isAcknowledging ? theirs === undefined : isNew && theirs !== undefined) {
			// what was known of the other side was of another connection with the same ports
			this.#begin(other, packet, isAcknowledging ? asked : undefined);
		}
	}

	#of(packet: number, segment: Segment): Origins {
		const {flags, sequence} = segment;
		const isAcknowledging = (flags & flag.ack) !== 0;
		if ((flags & flag.syn) !== 0) {
			this.note(packet, segment);
		}

		const begun = this.#find(segment, packet);
		const theirs =
			this.#find(turned(segment), packet) ?? (begun === undefined ? undefined : this.#find(answered(segment.source, segment.sourcePort, begun), packet));
		// who refuses a connection has not begun one: its RST is the first that it says
		const ours = begun ?? (theirs !== undefined && (flags & flag.rst) !== 0 ? (sequence - 1) >>> 0 : undefined);
		return ours === undefined || (isAcknowledging && theirs === undefined) ? header : {own: ours, other: theirs ?? 0};
	}

	#find(ends: Ends, packet: number): number | undefined {
		const beginnings = this.#between(numberOf(ends), ends)?.beginnings ?? [];
		for (let index = beginnings.length - 1; index >= 0; index--) {
			const beginning = beginnings[index];
			if (beginning !== undefined && beginning.packet <= packet) {
				return beginning.origin;
			}
		}

		return undefined;
	}

	/** False: nothing is new about it, as of a SYN that is sent again or seen at another point. */
	#begin(ends: Ends, packet: number, origin: number | undefined): boolean {
		const number = numberOf(ends);
		const begun = this.#between(number, ends) ?? {ends, beginnings: []};
		const {beginnings} = begun;
		const last = beginnings.at(-1);
		if (last !== undefined && (last.packet >= packet || last.origin === origin)) {
			return false;
		}

		if (beginnings.length === most.ofPorts) {
			beginnings.shift();
		}

		beginnings.push({packet, origin});
		this.#begun.set(number, begun);
		return true;
	}

	#between(number: number, ends: Ends): Begun | undefined {
		const begun = this.#begun.get(number);
		return begun !== undefined && isSame(begun.ends, ends) ? begun : undefined;
	}
}

/** Who was answered, and where its numbers begin: on lo, NAT lets an answer come from another port than the one that was asked. */
function answered(address: string, port: number, origin: number): Ends {
	return {source: address, sourcePort: port, destination: '', destinationPort: origin};
}

function turned({source, sourcePort, destination, destinationPort}: Ends): Ends {
	return {source: destination, sourcePort: destinationPort, destination: source, destinationPort: sourcePort};
}

function isSame(one: Ends, other: Ends): boolean {
	return (
		one.sourcePort === other.sourcePort &&
		one.destinationPort === other.destinationPort &&
		one.source === other.source &&
		one.destination === other.destination
	);
}

function numberOf({source, sourcePort, destination, destinationPort}: Ends): number {
	return mixed(mixedWith(mixedWith(sourcePort, source), destination), destinationPort);
}
