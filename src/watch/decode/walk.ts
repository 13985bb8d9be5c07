// From header to header through one frame. A protocol is one file with a `Protocol`: `step` reads what the list and the next header need, `details`
// gives its fields when somebody looks closer. To add one: a key here, its file, its line in index.ts, and the number by which others name it.
import type {Buffer} from 'node:buffer';
import {macAt} from './bytes.ts';

/** Numbers: the next protocol is looked for by one of them for every header of every packet. */
export const key = {
	ethernet: 0,
	sll: 1,
	sll2: 2,
	vlan: 3,
	providerVlan: 4,
	arp: 5,
	ipv4: 6,
	ipv6: 7,
	hopByHop: 8,
	routing: 9,
	fragment: 10,
	destinationOptions: 11,
	ah: 12,
	icmp: 13,
	icmpv6: 14,
	tcp: 15,
	udp: 16,
	vxlan: 17,
	dns: 18,
	dnsOverTcp: 19,
	dhcp: 20,
	http: 21,
} as const;
export type Key = (typeof key)[keyof typeof key];

/** A part of a header. Its name is the one that Wireshark's display filters have for it. */
export interface Field {
	/** "ip.ttl" */
	readonly name: string;
	readonly value: number | string;
	/** How a person reads it, where that differs: "0x0800 (IPv4)". */
	readonly text?: string;
	/** Its bytes in the frame, the second not included. A flag has those of the number that it is a bit of; what was computed has none. */
	readonly start: number;
	readonly end: number;
}

/** One header of a frame. */
export interface Layer {
	/** "TCP" */
	readonly protocol: string;
	/** What matters of it, on one line. */
	readonly text: string;
	readonly start: number;
	readonly end: number;
	readonly fields: readonly Field[];
}

/** Where a header is. */
export interface Span {
	readonly start: number;
	readonly end: number;
	/** Where its payload ends in what was captured. */
	readonly limit: number;
	/** Where its payload ended on the wire: beyond `limit` when less was captured. */
	readonly wireLimit: number;
}

export interface Details {
	readonly text: string;
	readonly fields: readonly Field[];
}

export interface Protocol {
	readonly name: string;
	/** At least so many bytes are there when `step` is called. */
	readonly headerBytes: number;
	/** Puts what it says into the walk, moves it behind the header, and gives the next one; undefined: the rest is payload. */
	step(walk: Walk): Key | undefined;
	/** `span` is what a step left behind it. */
	details(bytes: Buffer, span: Span): Details;
}

/** A segment of TCP, as far as it tells where a connection began. */
export interface Segment {
	readonly source: string;
	readonly sourcePort: number;
	readonly destination: string;
	readonly destinationPort: number;
	readonly flags: number;
	readonly sequence: number;
	readonly acknowledged: number;
}

/** Where the sequence numbers of a segment's sender begin, and those of the other side. */
export interface Origins {
	readonly own: number;
	readonly other: number;
}

/** What is known of connections; sequences.ts. */
export interface SequenceOrigins {
	of(segment: Segment): Origins;
}

/** What an ICMP error says of itself, while the packet that it quotes is walked through. */
type Quoting = Readonly<Pick<Walk, 'protocol' | 'source' | 'destination' | 'info' | 'fragment' | 'wrapped'>>;

/** A walk through one frame, and what it has found so far: of addresses and protocols that of the innermost header. */
export class Walk {
	readonly bytes: Buffer;
	/** Where the next header begins. */
	at = 0;
	limit: number;
	wireLimit: number;
	protocol = '';
	source = '';
	destination = '';
	sourcePort: number | undefined;
	destinationPort: number | undefined;
	info = '';
	/** Where the innermost Ethernet header is, whose addresses are told where there are no others; undefined: there is none. */
	ethernetAt: number | undefined;
	/** What is wrong with the frame: the first of it. */
	problem: string | undefined;
	/** "first fragment, id=0x1234": what follows is not the whole of a message. */
	fragment: string | undefined;
	/** Ways in which the packet is wrapped: "VXLAN 42, 192.168.50.10 > 192.168.50.11". */
	wrapped = '';
	/** Time to live, or hop limit, of the innermost IP header. */
	ttl = 0;
	/** Undefined: sequence numbers are those of the header. */
	readonly origins: SequenceOrigins | undefined;
	#quoting: Quoting | undefined;

	/** `wireBytes`: the frame's length on the wire, which may be more than was captured. */
	constructor(bytes: Buffer, wireBytes: number, origins?: SequenceOrigins) {
		this.bytes = bytes;
		this.origins = origins;
		this.limit = bytes.length;
		this.wireLimit = Math.max(wireBytes, bytes.length);
	}

	get isQuoting(): boolean {
		return this.#quoting !== undefined;
	}

	/** The payload ends `length` bytes after `from`; less of the frame is left: the rest is padding. */
	narrow(from: number, length: number): void {
		this.wireLimit = Math.min(this.wireLimit, from + length);
		this.limit = Math.min(this.limit, this.wireLimit);
	}

	/** The frame ends in a header or contradicts itself. In a quotation that is no news: it has eight bytes of the payload (RFC 792). */
	spoil(problem: string): undefined {
		if (!this.isQuoting) {
			this.problem ??= problem;
		}
	}

	/** A header of `need` bytes does not fit: because it was not captured, or because it was never sent. */
	cut(name: string, need: number): undefined {
		const have = Math.max(0, this.limit - this.at);
		return this.spoil(this.wireLimit > this.limit ? `${name} not captured whole: ${have} of ${need} bytes` : `${name} cut short: ${have} of ${need} bytes`);
	}

	/** What follows is another packet, inside this one. */
	wrap(by: string): void {
		this.wrapped = `${this.wrapped === '' ? '' : `${this.wrapped}; `}${by}, ${this.source} > ${this.destination}`;
		this.sourcePort = undefined;
		this.destinationPort = undefined;
		this.info = '';
	}

	/** What follows is the beginning of a packet that this one complains of. False: in a quotation there is none. */
	quote(): boolean {
		if (this.isQuoting) {
			return false;
		}

		const {protocol, source, destination, info, fragment, wrapped} = this;
		this.#quoting = {protocol, source, destination, info, fragment, wrapped};
		this.protocol = '';
		this.info = '';
		this.fragment = undefined;
		return true;
	}

	/** Closes the quotation, if there is one, and looks who sends a frame without IP addresses: it is seldom one. */
	finish(): void {
		const quoting = this.#quoting;
		if (quoting !== undefined) {
			const about = `${endpoint(this.source, this.sourcePort)} > ${endpoint(this.destination, this.destinationPort)} ${this.protocol}`;
			Object.assign(this, quoting, {sourcePort: undefined, destinationPort: undefined, info: `${quoting.info} for ${about}`});
			this.#quoting = undefined;
		}

		if (this.ethernetAt !== undefined && this.source === '') {
			this.destination = macAt(this.bytes, this.ethernetAt);
			this.source = macAt(this.bytes, this.ethernetAt + 6);
		}
	}
}

/** Where containers find their engine's name server. */
const engineDns = '127.0.0.11';

/** It goes to the name server of Docker's engine or comes from there: on lo, rules of the container turn port 53 to the one that the engine happens to have. */
export function isEngineDns({source, destination}: Walk): boolean {
	return destination === engineDns || source === engineDns;
}

/** "172.17.0.2:80", "[fe80::1]:80", or the address alone. */
export function endpoint(address: string, port: number | undefined): string {
	return port === undefined ? address : `${address.includes(':') ? `[${address}]` : address}:${port}`;
}
