// A capture file on the command line: read, printed, and written anew as pcapng. Live capture has no part here.
import {Buffer} from 'node:buffer';
import {closeSync, createReadStream, openSync, statSync, writeFileSync} from 'node:fs';
import {LabError, toLabError} from '../base/errors.ts';
import {PcapngWriter, readCapture, type Packet} from '../watch/files/index.ts';
import type {Io} from './command.ts';
import {hexLines, layerLines, PacketLines, packetData} from './packet-text.ts';

/** So much of a file is read at once, in bytes. */
const pieceBytes = 512 * 1024;

export interface Shown {
	/** Stop after so many packets. */
	readonly count?: number | undefined;
	/** The tree of headers too. */
	readonly verbose: boolean;
	/** The bytes too. */
	readonly hex: boolean;
	/** One JSON object a line. */
	readonly json: boolean;
}

/** Reads packets from a file ("-": standard input). Throws E_ARGUMENT when it cannot be opened, E_FILE at the byte where it is no capture file. */
async function* packetsOf(io: Io, file: string): AsyncGenerator<readonly Packet[]> {
	const stream: AsyncIterable<Buffer> = file === '-' ? io.stdin : createReadStream(file, {highWaterMark: pieceBytes});
	try {
		yield* readCapture(stream, file === '-' ? 'standard input' : file);
	} catch (error) {
		if (error instanceof LabError || !(error instanceof Error)) {
			throw error;
		}

		throw new LabError('E_ARGUMENT', {doing: `read ${file}`, said: error.message, hint: 'name a pcap or pcapng file; - is standard input', cause: error});
	}
}

/** The packets up to the `count`-th. */
async function* firstOf(pieces: AsyncIterable<readonly Packet[]>, count = Infinity): AsyncGenerator<readonly Packet[]> {
	let left = count;
	for await (const packets of pieces) {
		yield packets.slice(0, left);
		left -= packets.length;
		if (left <= 0) {
			return;
		}
	}
}

/** Prints the packets of a file; the exit code. Those before a damaged place are printed before the error is thrown, which as JSON is one more line. */
export async function showFile(io: Io, file: string, shown: Shown): Promise<number> {
	try {
		await printPackets(io, file, shown);
		return 0;
	} catch (error) {
		if (!shown.json) {
			throw error;
		}

		const known = toLabError(error, `read ${file}`);
		io.stdout.write(`${JSON.stringify({error: known.toJSON()})}\n`);
		return known.exit;
	}
}

async function printPackets(io: Io, file: string, shown: Shown): Promise<void> {
	const lines = new PacketLines();
	let number = 0;
	for await (const packets of firstOf(packetsOf(io, file), shown.count)) {
		const texts = packets.flatMap((packet) => {
			number += 1;
			return shown.json
				? [JSON.stringify(packetData(packet, number, shown.verbose))]
				: [lines.line(packet), ...(shown.verbose ? layerLines(packet) : []), ...(shown.hex ? hexLines(packet) : [])];
		});
		if (texts.length > 0) {
			io.stdout.write(`${texts.join('\n')}\n`);
		}
	}
}

/** Writes the packets of a file into another ("-": standard output), as pcapng; how many. What was written before a damaged place stays. */
export async function writeFile(io: Io, file: string, to: string, count: number | undefined): Promise<number> {
	if (isSame(file, to)) {
		throw new LabError('E_ARGUMENT', {doing: `write ${to}`, said: 'it is the file that is read', hint: 'name another file after -w'});
	}

	const out = open(io, to);
	const writer = new PcapngWriter();
	let written = 0;
	try {
		out.write(writer.begin());
		for await (const packets of firstOf(packetsOf(io, file), count)) {
			out.write(Buffer.concat(packets.flatMap((packet) => writer.packet(packet))));
			written += packets.length;
		}
	} finally {
		out.close();
	}

	return written;
}

function isSame(file: string, to: string): boolean {
	const [read, written] = [file, to].map((path) => statSync(path, {throwIfNoEntry: false}));
	return read !== undefined && written !== undefined && read.dev === written.dev && read.ino === written.ino;
}

interface Out {
	write(bytes: Buffer): void;
	close(): void;
}

function open(io: Io, path: string): Out {
	if (path === '-') {
		return {
			write: (bytes) => void io.stdout.write(bytes),
			close: () => {
				// others may have more to say there
			},
		};
	}

	try {
		const descriptor = openSync(path, 'w', 0o600);
		return {write: (bytes) => writeFileSync(descriptor, bytes), close: () => closeSync(descriptor)};
	} catch (error) {
		throw new LabError('E_ARGUMENT', {
			doing: `write ${path}`,
			said: error instanceof Error ? error.message : String(error),
			hint: 'name a file in a folder that you may write to',
			cause: error,
		});
	}
}
