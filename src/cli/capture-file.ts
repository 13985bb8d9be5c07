// A capture file on the command line: read, printed, and written anew as pcapng. Live capture has no part here.
import {Buffer} from 'node:buffer';
import {createReadStream, statSync} from 'node:fs';
import {LabError, toLabError} from '../base/errors.ts';
import {PcapngWriter, readCapture, type Packet} from '../watch/files/index.ts';
import {CaptureOut} from './capture-out.ts';
import {chosenOf, type Choice, printPackets, type Shown} from './capture-print.ts';
import type {Io} from './command.ts';

/** So much of a file is read at once, in bytes. */
const pieceBytes = 512 * 1024;

/** Which packets. */
export interface Chosen extends Choice {
	/** "-": standard input. */
	readonly file: string;
}

/** Reads packets from a file ("-": standard input). Throws E_ARGUMENT when it cannot be opened, E_FILE at the byte where it is no capture file. */
export async function* packetsOf(io: Io, file: string): AsyncGenerator<readonly Packet[]> {
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

/** Prints the packets of a file; the exit code. Those before a damaged place are printed before the error is thrown, which as JSON is one more line. */
export async function showFile(io: Io, chosen: Chosen, shown: Shown): Promise<number> {
	try {
		await printPackets(io, packetsOf(io, chosen.file), chosen, shown);
		return 0;
	} catch (error) {
		if (!shown.json) {
			throw error;
		}

		const known = toLabError(error, `read ${chosen.file}`);
		io.stdout.write(`${JSON.stringify({error: known.toJSON()})}\n`);
		return known.exit;
	}
}

/** Writes the packets of a file into another ("-": standard output), as pcapng; how many. What was written before a damaged place stays. */
export async function writeFile(io: Io, chosen: Chosen, to: string): Promise<number> {
	if (isSame(chosen.file, to)) {
		throw new LabError('E_ARGUMENT', {doing: `write ${to}`, said: 'it is the file that is read', hint: 'name another file after -w'});
	}

	const out = open(io, to);
	const writer = new PcapngWriter();
	let written = 0;
	try {
		out.write(writer.begin());
		for await (const packets of chosenOf(packetsOf(io, chosen.file), chosen)) {
			out.write(Buffer.concat(packets.flatMap(({packet}) => writer.packet(packet))));
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

	const file = new CaptureOut(path, {flags: 'w', mode: 0o600, hint: 'name a file in a folder that you may write to'});
	return {
		write: (bytes) => {
			file.write(bytes);
			if (file.failure !== undefined) {
				throw file.failure;
			}
		},
		close: () => file.close(),
	};
}
