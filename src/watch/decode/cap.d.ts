// The half of npm's `cap` that is used: its decoders, which are plain JavaScript. They believe whatever they are given, so they get only headers that are
// known to be whole, and never IPv6 (ESP hangs it), ARP (it throws in strict mode), 802.1Q (its priority is always 0) or ICMP (it reads on past the end).
declare module 'cap/lib/Decoders.js' {
	/** All numbers as they are in the header; `hdrlen` of `info` in words of four bytes. */
	export function IPV4(
		bytes: Uint8Array,
		offset: number,
	): {
		readonly info: {
			readonly hdrlen: number;
			readonly dscp: number;
			readonly ecn: number;
			readonly totallen: number;
			readonly id: number;
			readonly flags: number;
			readonly fragoffset: number;
			readonly ttl: number;
			readonly protocol: number;
			readonly hdrchecksum: number;
			readonly srcaddr: string;
			readonly dstaddr: string;
		};
	};

	/** `ackno` and `urgentptr` are undefined where their flag is not set. */
	export function TCP(
		bytes: Uint8Array,
		offset: number,
	): {
		readonly info: {
			readonly srcport: number;
			readonly dstport: number;
			readonly seqno: number;
			readonly ackno: number | undefined;
			readonly flags: number;
			readonly window: number;
			readonly checksum: number;
			readonly urgentptr: number | undefined;
		};
		/** In bytes. */
		readonly hdrlen: number;
	};

	/** `length` is the header's less 8. */
	export function UDP(
		bytes: Uint8Array,
		offset: number,
	): {readonly info: {readonly srcport: number; readonly dstport: number; readonly length: number; readonly checksum: number}};
}
