// A packet as capture files have it, whichever their format.
import type {Buffer} from 'node:buffer';

/** Where packets were seen. */
export interface Point {
	/** "eth0"; empty: the file does not say. */
	readonly name: string;
	/** "container web on h1"; empty: the file does not say. */
	readonly description: string;
	/** What its frames begin with (pcap-linktype(7)); 1 is Ethernet. */
	readonly linkType: number;
}

export interface Packet {
	readonly point: Point;
	/** Since 1970, UTC. */
	readonly seconds: number;
	/** Within that second. */
	readonly nanoseconds: number;
	/** What was captured of it. */
	readonly bytes: Buffer;
	/** Its length on the wire. */
	readonly wireBytes: number;
	readonly direction: 'in' | 'out' | undefined;
	readonly comment: string | undefined;
}

/** A packet whose bytes are among others: `length` of them from `start` on in `source`. Readers use one object for all packets. */
export interface Arrival extends Omit<Packet, 'bytes'> {
	readonly source: Buffer;
	readonly start: number;
	readonly length: number;
}

/** The object that a reader uses. */
export class Arriving implements Arrival {
	source: Buffer;
	start = 0;
	length = 0;
	point: Point = {name: '', description: '', linkType: 0};
	seconds = 0;
	nanoseconds = 0;
	wireBytes = 0;
	direction: Packet['direction'] = undefined;
	comment: string | undefined = undefined;

	constructor(source: Buffer) {
		this.source = source;
	}

	/** The packet on its own; its bytes stay where they are. */
	packet(): Packet {
		const {source, start, length, point, seconds, nanoseconds, wireBytes, direction, comment} = this;
		return {point, seconds, nanoseconds, bytes: source.subarray(start, start + length), wireBytes, direction, comment};
	}
}
