// Capture files: what was captured, by whomever, as packets. Pure: bytes come in and go out in pieces; who opens files is elsewhere.
import type {Buffer} from 'node:buffer';
import {damaged, Input} from './input.ts';
import type {Packet} from './packet.ts';
import {isPcap, PcapReader} from './pcap.ts';
import {PcapngReader} from './pcapng.ts';
import {blocks} from './pcapng-numbers.ts';

export type {Packet, Point} from './packet.ts';
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

/**
 * The packets of a pcap or pcapng file, a list for each piece of it that came. Throws E_FILE at what is no capture file, or no longer one: the message
 * names the byte, and all packets before it have been given. `name` is for messages.
 */
export async function* readCapture(pieces: AsyncIterable<Buffer>, name: string): AsyncGenerator<readonly Packet[]> {
	const input = new Input(name);
	let reader: {next(): Packet | undefined} | undefined;
	for await (const piece of pieces) {
		input.push(piece);
		reader ??= readerOf(input);
		yield* taken(reader);
	}

	input.end();
	reader ??= readerOf(input);
	yield* taken(reader);
}

/** What can be read now, and then the error that ended it. */
function* taken(reader: {next(): Packet | undefined} | undefined): Generator<readonly Packet[]> {
	const packets: Packet[] = [];
	try {
		for (let packet = reader?.next(); packet !== undefined; packet = reader?.next()) {
			packets.push(packet);
		}
	} catch (error) {
		yield packets;
		throw error;
	}

	yield packets;
}

/** By the first bytes; undefined while there are fewer than four. */
function readerOf(input: Input): {next(): Packet | undefined} | undefined {
	if (input.isDone) {
		throw damaged(input.name, 0, 'the file is empty', 'a capture file has a header even when it has no packets');
	}

	const head = input.peek(4, 'a header');
	if (head === undefined) {
		return undefined;
	}

	const magic = head.readUInt32LE(0);
	if (isPcap(magic)) {
		return new PcapReader(input);
	}

	if (magic === blocks.section) {
		return new PcapngReader(input);
	}

	const start = head.toString('hex');
	const [, what, hint] = foreign.find(([begins]) => start.startsWith(begins.slice(0, 8))) ?? [];
	throw damaged(
		input.name,
		0,
		what ?? `no capture file begins with ${start.replaceAll(/..(?=.)/g, '$& ')}`,
		hint ?? 'pcap and pcapng are read, as tcpdump -w and Wireshark write them',
	);
}
