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
