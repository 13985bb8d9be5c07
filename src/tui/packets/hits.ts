// The numbers of the packets that pass a filter, in their order: grows at its end, and loses at its beginning what is held no more.

export class Hits {
	#numbers = new Uint32Array(1024);
	#from = 0;
	#to = 0;

	get count(): number {
		return this.#to - this.#from;
	}

	/** The number at a place, from 0; undefined: there are not so many. */
	at(index: number): number | undefined {
		return index >= 0 && index < this.count ? this.#numbers[this.#from + index] : undefined;
	}

	/** Larger than all before. */
	push(number: number): void {
		if (this.#to === this.#numbers.length) {
			const kept = this.#numbers.subarray(this.#from, this.#to);
			const roomy = new Uint32Array(Math.max(1024, kept.length * 2));
			roomy.set(kept);
			this.#numbers = roomy;
			this.#to = kept.length;
			this.#from = 0;
		}

		this.#numbers[this.#to] = number;
		this.#to++;
	}

	/** At its place; one that is there already stays. */
	insert(number: number): void {
		const place = this.placeOf(number);
		if (this.at(place) === number) {
			return;
		}

		const last = this.at(this.count - 1) ?? 0;
		this.push(Math.max(last, number));
		const at = this.#from + place;
		this.#numbers.copyWithin(at + 1, at, this.#to - 1);
		this.#numbers[at] = number;
	}

	/** False: it was not there. */
	remove(number: number): boolean {
		const place = this.placeOf(number);
		const isThere = this.at(place) === number;
		if (isThere) {
			this.#numbers.copyWithin(this.#from + place, this.#from + place + 1, this.#to);
			this.#to--;
		}

		return isThere;
	}

	dropBefore(number: number): void {
		this.#from += this.placeOf(number);
	}

	/** The place of the first that is this number or a larger one; `count`: there is none. */
	placeOf(number: number): number {
		let low = this.#from;
		let high = this.#to;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if ((this.#numbers[middle] ?? 0) < number) {
				low = middle + 1;
			} else {
				high = middle;
			}
		}

		return low - this.#from;
	}
}
