// Capture files: what was captured, by whomever, as packets. Pure: bytes come in and go out in pieces; who opens files is elsewhere.
import type {Buffer} from 'node:buffer';
import {damaged, Input} from './input.ts';
import type {Arriving, Packet} from './packet.ts';
import {isPcap, PcapReader} from './pcap.ts';
import {PcapngReader} from './pcapng.ts';
import {blocks} from './pcapng-numbers.ts';
import {Repeats} from './repeats.ts';

export {arrivalOf, type Arrival, type Packet, type Point} from './packet.ts';
export {PcapngWriter} from './pcapng-write.ts';

/** Files that people take for capture files, by how they begin, in hex. */
const foreign: readonly (readonly [begins: string, what: string, hint: string])[] = [
	['1f8b', 'it is compressed by gzip', 'gunzip -c FILE | vethlab capture -r -'],
	['28b52ffd', 'it is compressed by zstd', 'zstd -dc FILE | vethlab capture -r -'],
	['fd377a585a00', 'it is compressed by xz', 'xz -dc FILE | vethlab capture -r -'],
	['736e6f6f7000', "it is in snoop's format", 'editcap -F pcapng FILE new.pcapng, with the editcap of Wireshark'],
	['34cdb2a1', 'it is in a modified pcap format', 'editcap -F pcapng FILE new.pcapng, with the editcap of Wireshark'],
	['504b0304', 'it is a zip archive', 'unzip -p FILE | vethlab capture -r -'],
];

/** A capture file that comes in pieces. Throws E_FILE at what is no capture file, or no longer one: the message names the byte. */
export class CaptureReader {
	readonly #input: Input;
	readonly #repeats = new Repeats();
	#reader: PcapReader | PcapngReader | undefined;

	/** `name`: the file's, for messages. */
	constructor(name: string) {
		this.#input = new Input(name);
	}

	/** More of the file, in bytes that nobody changes any more; `undefined`: there is no more. */
	push(piece: Buffer | undefined): void {
		if (piece === undefined) {
			this.#input.end();
		} else {
			this.#input.push(piece);
		}
	}

	/** The next packet, in an object that holds until the next call; undefined: more of the file is needed. The same bytes as just before are at the same place. */
	next(): Arriving | undefined {
		this.#reader ??= readerOf(this.#input);
		const reader = this.#reader;
		if (reader?.next() !== true) {
			return undefined;
		}

		this.#repeats.settle(reader.packet);
		return reader.packet;
	}
}

/** The packets of a pcap or pcapng file, a list for each piece of it that came. Throws as `CaptureReader`; all packets before the damage have been given. */
export async function* readCapture(pieces: AsyncIterable<Buffer>, name: string): AsyncGenerator<readonly Packet[]> {
	const reader = new CaptureReader(name);
	for await (const piece of pieces) {
		reader.push(piece);
		yield* taken(reader);
	}

	reader.push(undefined);
	yield* taken(reader);
}

/** What can be read now, and then the error that ended it. */
function* taken(reader: CaptureReader): Generator<readonly Packet[]> {
	const packets: Packet[] = [];
	try {
		for (let packet = reader.next(); packet !== undefined; packet = reader.next()) {
			packets.push(packet.packet());
		}
	} catch (error) {
		yield packets;
		throw error;
	}

	yield packets;
}

/** By the first bytes; undefined while there are fewer than four. */
function readerOf(input: Input): PcapReader | PcapngReader | undefined {
	if (input.isDone) {
		throw damaged(input.name, 0, 'the file is empty', 'a capture file has a header even when it has no packets');
	}

	if (!input.has(4, 'a header')) {
		return undefined;
	}

	const magic = input.view.getUint32(input.at, true);
	if (isPcap(magic)) {
		return new PcapReader(input);
	}

	if (magic === blocks.section) {
		return new PcapngReader(input);
	}

	const start = input.bytes.toString('hex', input.at, input.at + 4);
	const [, what, hint] = foreign.find(([begins]) => start.startsWith(begins.slice(0, 8))) ?? [];
	throw damaged(
		input.name,
		0,
		what ?? `no capture file begins with ${start.replaceAll(/..(?=.)/g, '$& ')}`,
		hint ?? 'pcap and pcapng are read, as tcpdump -w and Wireshark write them',
	);
}
