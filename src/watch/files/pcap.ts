// The classic capture file of libpcap (pcap-savefile(5)): a header, then a record for each packet, in the writer's byte order.
import type {Input} from './input.ts';
import {Arriving} from './packet.ts';

const headerBytes = 24;
const recordBytes = 16;
/** The first four bytes as a little-endian machine reads them: the fraction's unit in nanoseconds, and whether the file is in the other order. */
const magics: Readonly<Record<number, {readonly unitNs: 1 | 1000; readonly isBig: boolean}>> = {
	0xa1_b2_c3_d4: {unitNs: 1000, isBig: false},
	0xd4_c3_b2_a1: {unitNs: 1000, isBig: true},
	0xa1_b2_3c_4d: {unitNs: 1, isBig: false},
	0x4d_3c_b2_a1: {unitNs: 1, isBig: true},
};
/** The other bits tell of a frame check sequence. */
const linkTypeBits = 0xff_ff;

export function isPcap(magic: number): boolean {
	return magic in magics;
}

/** Packets as far as they have come: `next` puts one into `packet`; false: more of the file is needed. */
export class PcapReader {
	readonly packet: Arriving;
	readonly #input: Input;
	#unitNs = 1;
	#isLittle = true;
	#isBegun = false;

	constructor(input: Input) {
		this.#input = input;
		this.packet = new Arriving(input.bytes);
	}

	#u32(at: number): number {
		return this.#input.view.getUint32(at, this.#isLittle);
	}

	next(): boolean {
		const [input, packet] = [this.#input, this.packet];
		if (!(this.#isBegun || this.#header()) || !input.has(recordBytes, "a packet's header")) {
			return false;
		}

		const length = this.#u32(input.at + 8);
		if (!input.has(recordBytes + length, 'a packet')) {
			return false;
		}

		const {at} = input;
		const nanoseconds = this.#u32(at + 4) * this.#unitNs;
		// a fraction of a second or more is written by no one, and carried over for who did
		const carried = nanoseconds < 1e9 ? 0 : Math.floor(nanoseconds / 1e9);
		packet.seconds = this.#u32(at) + carried;
		packet.nanoseconds = nanoseconds - carried * 1e9;
		packet.source = input.bytes;
		packet.start = at + recordBytes;
		packet.length = length;
		packet.wireBytes = Math.max(this.#u32(at + 12), length);
		input.at = at + recordBytes + length;
		return true;
	}

	#header(): boolean {
		const input = this.#input;
		if (!input.has(headerBytes, "the file's header")) {
			return false;
		}

		const magic = magics[input.view.getUint32(input.at, true)];
		this.#unitNs = magic?.unitNs ?? 1;
		this.#isLittle = magic?.isBig !== true;
		this.#isBegun = true;
		this.packet.point = {name: '', description: '', linkType: this.#u32(input.at + 20) & linkTypeBits};
		input.at += headerBytes;
		return true;
	}
}
