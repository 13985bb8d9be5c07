// The table of protocols, and the two ways to use it: `summarize` for lists of packets (a line each, a microsecond), `layersOf` for the one that is
// looked at. Neither throws, both end, whatever the bytes, and both see only the bytes that they are given: a frame in a larger buffer is cut out first.
import type {Buffer} from 'node:buffer';
import {arp} from './arp.ts';
import {u8} from './bytes.ts';
import {sll, sll2} from './cooked.ts';
import {dhcp} from './dhcp.ts';
import {dns, dnsOverTcp} from './dns.ts';
import {ethernet, providerVlan, vlan} from './ethernet.ts';
import {http} from './http.ts';
import {icmp} from './icmp.ts';
import {icmpv6} from './icmpv6.ts';
import {ipv4} from './ipv4.ts';
import {ah, destinationOptions, fragment, hopByHop, ipv6, routing} from './ipv6.ts';
import {tcp} from './tcp.ts';
import {udp} from './udp.ts';
import {vxlan} from './vxlan.ts';
import {key, Walk, type Key, type Layer, type Protocol, type SequenceOrigins, type Span} from './walk.ts';

const protocols: Readonly<Record<Key, Protocol>> = {
	[key.ethernet]: ethernet,
	[key.sll]: sll,
	[key.sll2]: sll2,
	[key.vlan]: vlan,
	[key.providerVlan]: providerVlan,
	[key.arp]: arp,
	[key.ipv4]: ipv4,
	[key.ipv6]: ipv6,
	[key.hopByHop]: hopByHop,
	[key.routing]: routing,
	[key.fragment]: fragment,
	[key.destinationOptions]: destinationOptions,
	[key.ah]: ah,
	[key.icmp]: icmp,
	[key.icmpv6]: icmpv6,
	[key.tcp]: tcp,
	[key.udp]: udp,
	[key.vxlan]: vxlan,
	[key.dns]: dns,
	[key.dnsOverTcp]: dnsOverTcp,
	[key.dhcp]: dhcp,
	[key.http]: http,
};

/** By the number that capture files have for it (pcap-linktype(7)). */
const linkTypes: Readonly<Record<number, Key>> = {
	1: key.ethernet,
	113: key.sll,
	228: key.ipv4,
	229: key.ipv6,
	276: key.sll2,
};
/** Those that begin with an IP header of either version, as of a tun device. */
const bareTypes = new Set([12, 14, 101]);

function firstKey({bytes, linkType}: Frame): Key | undefined {
	return bareTypes.has(linkType) ? (u8(bytes, 0) >> 4 === 6 ? key.ipv6 : key.ipv4) : linkTypes[linkType];
}

/** A frame as it was captured. */
export interface Frame {
	readonly bytes: Buffer;
	/** What it begins with, as a capture file numbers it; 1 is Ethernet. */
	readonly linkType: number;
	/** Its length on the wire, which may be more than was captured. */
	readonly wireBytes: number;
}

/** A frame among other bytes: `length` of them from `start` on in `source`. */
export interface Placed {
	readonly source: Buffer;
	readonly start: number;
	readonly length: number;
}

/** The same, in bytes that nobody changes any more. */
export interface Lasting extends Placed {
	/** Its length on the wire. */
	readonly wireBytes: number;
}

/** A frame in a line. */
export interface Summary {
	/** The innermost that is known: "HTTP". */
	readonly protocol: string;
	/** IP addresses, or MAC addresses where there are none. Of a packet in a tunnel: its own. */
	readonly source: string;
	readonly destination: string;
	/** Undefined where the protocol has none. */
	readonly sourcePort: number | undefined;
	readonly destinationPort: number | undefined;
	/** What it says: "[SYN] Seq=1 Win=64240 Len=0 MSS=1460", and what is wrong with it in brackets at the end. */
	readonly info: string;
}

/** More headers than this are not looked for: a frame of 64 KiB could hold thousands of tags. */
const mostLayers = 24;

/** Goes from header to header; `see` is told of each. `origins`: for numbers that count from where a connection began. */
function walkThrough(frame: Frame, origins?: SequenceOrigins, see?: (protocol: Protocol, span: Span) => void): Walk {
	const {bytes, linkType, wireBytes} = frame;
	const walk = new Walk(bytes, wireBytes, origins);
	let next = firstKey(frame);
	if (next === undefined) {
		walk.protocol = 'unknown';
		walk.info = `Link type ${linkType}, ${wireBytes} bytes`;
	}

	for (let count = 0; next !== undefined; count++) {
		const protocol: Protocol = protocols[next];
		const start = walk.at;
		if (count === mostLayers) {
			walk.spoil(`more than ${mostLayers} headers`);
			break;
		}

		if (walk.limit - start < protocol.headerBytes) {
			walk.protocol = protocol.name;
			walk.cut(protocol.name, protocol.headerBytes);
			break;
		}

		next = protocol.step(walk);
		see?.(protocol, {start, end: Math.max(walk.at, start), limit: walk.limit, wireLimit: walk.wireLimit});
	}

	walk.finish();
	return walk;
}

function infoOf({info, fragment: part, wrapped, problem}: Walk): string {
	const more = `${part === undefined ? '' : ` [${part}]`}${wrapped === '' ? '' : ` (in ${wrapped})`}${problem === undefined ? '' : ` [${problem}]`}`;
	return info === '' ? more.trimStart() : `${info}${more}`;
}

/** `origins`: what is known of connections; without it sequence numbers are those of the header. */
export function summarize(frame: Frame, origins?: SequenceOrigins): Summary {
	const walk = walkThrough(frame, origins);
	const {protocol, source, destination, sourcePort, destinationPort} = walk;
	return {protocol, source, destination, sourcePort, destinationPort, info: infoOf(walk)};
}

/**
 * All headers of a frame with their fields, the outermost first. A header that is not whole is not among them; the summary says so. `only`: the names of the
 * protocols that are wanted, which costs less than all of them.
 */
export function layersOf(frame: Frame, only?: ReadonlySet<string>): readonly Layer[] {
	const layers: Layer[] = [];
	const see = (protocol: Protocol, span: Span): void => {
		if (span.end > span.start && (only === undefined || only.has(protocol.name))) {
			const {text, fields} = protocol.details(frame.bytes, span);
			layers.push({protocol: protocol.name, text, start: span.start, end: span.end, fields});
		}
	};
	walkThrough(frame, undefined, see);
	return layers;
}
