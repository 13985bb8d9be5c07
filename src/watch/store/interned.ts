// IPv6 addresses as numbers of 32 bits: each gets the next one when it is first seen. What is not used any more goes when the table is made anew.

const words = 4;

export class Interned {
	/** Four words for each. */
	#addresses = new Uint32Array(words * 1024);
	#count = 0;
	/** Numbers, plus one, where their hash says, or behind it. A power of two of them, half of which are free. */
	#slots = new Int32Array(2048);

	get count(): number {
		return this.#count;
	}

	/** The number of the address of 16 bytes at `at`. */
	number(bytes: Uint8Array, at: number): number {
		return this.#number(word(bytes, at), word(bytes, at + 4), word(bytes, at + 8), word(bytes, at + 12));
	}

	/** The same address in another table. */
	moved(number: number, to: Interned): number {
		const at = number * words;
		const from = this.#addresses;
		return to.#number(from[at] ?? 0, from[at + 1] ?? 0, from[at + 2] ?? 0, from[at + 3] ?? 0);
	}

	/** Its 16 bytes. */
	bytes(number: number): Uint8Array {
		const bytes = new Uint8Array(16);
		const view = new DataView(bytes.buffer);
		for (let index = 0; index < words; index++) {
			view.setUint32(index * 4, this.#addresses[number * words + index] ?? 0);
		}

		return bytes;
	}

	#number(a: number, b: number, c: number, d: number): number {
		const mask = this.#slots.length - 1;
		for (let slot = hash(a, b, c, d) & mask; ; slot = (slot + 1) & mask) {
			const held = (this.#slots[slot] ?? 0) - 1;
			if (held === -1) {
				return this.#add(slot, a, b, c, d);
			}

			const at = held * words;
			const all = this.#addresses;
			if (all[at + 3] === d && all[at + 2] === c && all[at + 1] === b && all[at] === a) {
				return held;
			}
		}
	}

	#add(slot: number, ...address: readonly [number, number, number, number]): number {
		const number = this.#count;
		if ((number + 1) * words > this.#addresses.length) {
			const larger = new Uint32Array(this.#addresses.length * 2);
			larger.set(this.#addresses);
			this.#addresses = larger;
		}

		this.#addresses.set(address, number * words);
		this.#slots[slot] = number + 1;
		this.#count = number + 1;
		if (this.#count * 2 > this.#slots.length) {
			this.#spread();
		}

		return number;
	}

	/** Twice as many slots. */
	#spread(): void {
		this.#slots = new Int32Array(this.#slots.length * 2);
		const mask = this.#slots.length - 1;
		const all = this.#addresses;
		for (let number = 0; number < this.#count; number++) {
			const at = number * words;
			let slot = hash(all[at] ?? 0, all[at + 1] ?? 0, all[at + 2] ?? 0, all[at + 3] ?? 0) & mask;
			while (this.#slots[slot] !== 0) {
				slot = (slot + 1) & mask;
			}

			this.#slots[slot] = number + 1;
		}
	}
}

function word(bytes: Uint8Array, at: number): number {
	return (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0;
}

/** Of addresses, the last word differs the most. */
function hash(a: number, b: number, c: number, d: number): number {
	let mixed = Math.imul(d ^ Math.imul(c ^ Math.imul(b ^ Math.imul(a, 0x9e_37_79_b1), 0x85_eb_ca_6b), 0xc2_b2_ae_35), 0x27_d4_eb_2f);
	mixed ^= mixed >>> 15;
	return mixed ^ (mixed >>> 7);
}
