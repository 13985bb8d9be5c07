// A packet as capture files have it, whichever their format.
import {Buffer} from 'node:buffer';
import {Again} from '../decode/again.ts';

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

/** A packet whose bytes are among others: `length` of them from `start` on in `source`. Who gives it uses one object for all packets. */
export interface Arrival extends Omit<Packet, 'bytes'> {
	readonly source: Buffer;
	readonly start: number;
	readonly length: number;
}

/** The same packet. */
export function arrivalOf({bytes, point, seconds, nanoseconds, wireBytes, direction, comment}: Packet): Arrival {
	// a spread object would take longer than what is done with it
	return {source: bytes, start: 0, length: bytes.length, point, seconds, nanoseconds, wireBytes, direction, comment};
}

const nothing = Buffer.alloc(0);

/** Such an object. */
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
	readonly #cut = new Again<Buffer>();

	constructor(source: Buffer = nothing) {
		this.source = source;
	}

	/** The packet on its own; its bytes stay where they are. Of a frame that was at the same place just before they are the same object. */
	packet(): Packet {
		const {source, start, length, point, seconds, nanoseconds, wireBytes, direction, comment} = this;
		let bytes = this.#cut.of(this, point.linkType);
		if (bytes === undefined) {
			bytes = source.subarray(start, start + length);
			this.#cut.set(this, point.linkType, bytes);
		}

		return {point, seconds, nanoseconds, bytes, wireBytes, direction, comment};
	}
}
