// Sequence numbers of TCP begin anywhere (RFC 9293 3.4.1). Lists count from where a connection began, as Wireshark does. That is known when its SYN, or what
// answers it, has been seen with the same addresses; of other connections the header's own numbers are shown.
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

export class Sequences {
	/** By addresses and ports, in the order of packets. */
	readonly #begun = new Recent<string, Beginning[]>(most.directions);

	/** For the packet of this number. Beginnings must be asked for in the order of their numbers; what is between them in any. */
	at(packet: number): SequenceOrigins {
		return {of: (segment) => this.#of(packet, segment)};
	}

	#of(packet: number, segment: Segment): Origins {
		const {flags, sequence, acknowledged} = segment;
		const [own, other] = [keyOf(segment), keyOf(turned(segment))];
		const isAcknowledging = (flags & flag.ack) !== 0;
		if ((flags & flag.syn) !== 0) {
			const isNew = this.#begin(own, packet, sequence);
			const theirs = this.#find(other, packet);
			const asked = (acknowledged - 1) >>> 0;
			if (isAcknowledging) {
				this.#begin(answerKey(segment.destination, segment.destinationPort, asked), packet, sequence);
			}

			if (isAcknowledging ? theirs === undefined : isNew && theirs !== undefined) {
				// what was known of the other side was of another connection with the same ports
				this.#begin(other, packet, isAcknowledging ? asked : undefined);
			}
		}

		const begun = this.#find(own, packet);
		const theirs =
			this.#find(other, packet) ?? (begun === undefined ? undefined : this.#find(answerKey(segment.source, segment.sourcePort, begun), packet));
		// who refuses a connection has not begun one: its RST is the first that it says
		const ours = begun ?? (theirs !== undefined && (flags & flag.rst) !== 0 ? (sequence - 1) >>> 0 : undefined);
		return ours === undefined || (isAcknowledging && theirs === undefined) ? header : {own: ours, other: theirs ?? 0};
	}

	#find(key: string, packet: number): number | undefined {
		return this.#begun.get(key)?.findLast((beginning) => beginning.packet <= packet)?.origin;
	}

	/** False: nothing is new about it, as of a SYN that is sent again or seen at another point. */
	#begin(key: string, packet: number, origin: number | undefined): boolean {
		const known = this.#begun.get(key);
		const last = known?.at(-1);
		if (last !== undefined && (last.packet >= packet || last.origin === origin)) {
			return false;
		}

		this.#begun.set(key, [...(known ?? []).slice(1 - most.ofPorts), {packet, origin}]);
		return true;
	}
}

/** By who was answered, and where its numbers begin: on lo, NAT lets an answer come from another port than the one that was asked. */
function answerKey(address: string, port: number, origin: number): string {
	return `${address} ${port} ${origin}`;
}

function turned({source, sourcePort, destination, destinationPort}: Segment): Parameters<typeof keyOf>[0] {
	return {source: destination, sourcePort: destinationPort, destination: source, destinationPort: sourcePort};
}

function keyOf({source, sourcePort, destination, destinationPort}: Pick<Segment, 'source' | 'sourcePort' | 'destination' | 'destinationPort'>): string {
	return `${source} ${sourcePort} ${destination} ${destinationPort}`;
}
