// Where messages are written, one after the other.

/** One growing buffer. What is reserved is zero. */
export class Writer {
	bytes = Buffer.alloc(4096);
	/** The same bytes. Numbers are written here: code that runs for the first time does so in a fifth of what Buffer takes. */
	view = viewOf(this.bytes);
	length = 0;

	/** Makes room for `sizeBytes` zeros and returns where they begin. */
	reserve(sizeBytes: number): number {
		const at = this.length;
		this.length += sizeBytes;
		if (this.length > this.bytes.length) {
			const larger = Buffer.alloc(Math.max(this.length, this.bytes.length * 2));
			this.bytes.copy(larger, 0, 0, at);
			this.bytes = larger;
			this.view = viewOf(larger);
		}

		return at;
	}

	/** Takes back what was written from `at` on. */
	rewind(at: number): void {
		this.bytes.fill(0, at, this.length);
		this.length = at;
	}

	/** Netlink aligns messages and attributes to 4 bytes (NLMSG_ALIGNTO, NLA_ALIGNTO). */
	align(): void {
		if ((this.length & 3) !== 0) {
			this.reserve(-this.length & 3);
		}
	}
}

function viewOf({buffer, byteOffset, byteLength}: Buffer): DataView {
	return new DataView(buffer, byteOffset, byteLength);
}

/** `value`, if it is `stored`, which is what its bits hold. Throws RangeError: what is written is never cut. */
export function within(value: number, stored: number): number {
	if (value !== stored) {
		throw new RangeError(`${value} has no room in an attribute of its type`);
	}

	return value;
}
