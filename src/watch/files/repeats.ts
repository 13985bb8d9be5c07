// Frames with the same bytes as one of the last few: they are given at the same place, so that who has read it knows that it need not be read again.
import type {Buffer} from 'node:buffer';
import {lastFrames} from '../decode/again.ts';
import type {Arriving} from './packet.ts';

/** To read the headers of a longer frame again takes less than to compare all of it. */
const mostBytes = 1024;
const wordBytes = 4;

export class Repeats {
	/** What is read, and the same as words. */
	#source: Buffer | undefined;
	#words: Int32Array = new Int32Array();
	/** Of the last frames, in words, and in bytes; of those in other bytes, too: any place with the same bytes will do. */
	readonly #starts = new Int32Array(lastFrames);
	readonly #lengths = new Int32Array(lastFrames);
	#newest = 0;

	/** Moves the packet to where the same bytes were just before, if they were. Only whole words are compared: in pcapng frames begin with one, and are filled up. */
	settle(packet: Arriving): void {
		const {source, start, length} = packet;
		if (source !== this.#source) {
			this.#take(source);
		}

		const words = (length + wordBytes - 1) >> 2;
		const first = start >> 2;
		if (length > mostBytes || start % wordBytes !== 0 || first + words > this.#words.length) {
			return;
		}

		for (let back = 0; back < lastFrames; back++) {
			const at = (this.#newest - back) & (lastFrames - 1);
			const before = this.#starts[at] ?? 0;
			if (this.#lengths[at] === length && isSame(this.#words, before, first, words)) {
				packet.start = before * wordBytes;
				return;
			}
		}

		this.#newest = (this.#newest + 1) & (lastFrames - 1);
		this.#starts[this.#newest] = first;
		this.#lengths[this.#newest] = length;
	}

	#take(source: Buffer): void {
		this.#source = source;
		const {buffer, byteOffset, length} = source;
		this.#words = byteOffset % wordBytes === 0 ? new Int32Array(buffer, byteOffset, length >> 2) : new Int32Array();
	}
}

function isSame(words: Int32Array, one: number, other: number, count: number): boolean {
	for (let at = 0; at < count; at++) {
		if (words[one + at] !== words[other + at]) {
			return false;
		}
	}

	return true;
}
