// Where quick reading is in a frame, and what there is next.
import type {Placed} from '../decode/index.ts';
import type {Outline} from './outline.ts';

/** What comes next: nothing that counts, something that only decoders know, or a header. */
export const next = {nothing: 0, unknown: 1, ethernet: 2, sll: 3, sll2: 4, ip: 5, ipv6: 6} as const;
export type Next = (typeof next)[keyof typeof next];

/** A frame that is read. */
export interface PlacedFrame extends Placed {
	readonly wireBytes: number;
	readonly point: {readonly linkType: number};
}

/** One is used for all frames. */
export class Cursor {
	readonly outline: Outline;
	bytes: Uint8Array = new Uint8Array();
	at = 0;
	/** Where the payload ends in what was captured, and where it ended on the wire. */
	limit = 0;
	wireLimit = 0;
	isFragment = false;
	isQuoted = false;

	constructor(outline: Outline) {
		this.outline = outline;
	}

	begin({source, start, length, wireBytes}: PlacedFrame): void {
		this.outline.clear();
		this.bytes = source;
		this.at = start;
		this.limit = start + length;
		this.wireLimit = start + Math.max(length, wireBytes);
		this.isFragment = false;
		this.isQuoted = false;
	}

	get left(): number {
		return this.limit - this.at;
	}

	/** The payload ends at `end`, if it does not end before. */
	narrow(end: number): void {
		this.wireLimit = Math.min(this.wireLimit, end);
		this.limit = Math.min(this.limit, this.wireLimit);
	}

	/** A packet within the packet: of more than two only decoding knows. */
	inner(kind: Next): Next {
		return this.outline.packets < 2 ? kind : next.unknown;
	}

	/** The beginning of a packet that an error is about; in one that is quoted itself there is none. */
	quoted(kind: Next): Next {
		if (this.isQuoted || this.left <= 0) {
			return next.nothing;
		}

		this.isQuoted = true;
		this.isFragment = false;
		return this.inner(kind);
	}

	/** What a segment or a datagram carries is not looked at: there is nothing, or only a part. */
	get hasNoMessage(): boolean {
		return this.wireLimit === this.at || this.isFragment || this.isQuoted;
	}
}
