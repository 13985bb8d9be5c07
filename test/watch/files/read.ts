// Capture files as lists, for tests.
import {readFileSync} from 'node:fs';
import {Readable} from 'node:stream';
import {packageFile} from '../../../src/base/paths.ts';
import {readCapture, type Packet} from '../../../src/watch/files/index.ts';

/**
 * Those that other programs wrote: tcpdump (veth: nanoseconds; any: cooked), editcap (pcapng). lab.pcapng is of one of our labs, no more than 400 bytes of a
 * frame: NAT, IPv6, an overlay network, the engine's DNS over UDP and TCP, DHCP, fragments, complaints of ICMP, a window of zero, segments that were lost.
 */
export function captureFile(name: 'veth.pcap' | 'any.pcap' | 'editcap.pcapng' | 'lab.pcapng'): Buffer {
	return readFileSync(packageFile(`test/fixtures/captures/${name}`));
}

/** In pieces of so many bytes. */
function inPieces(bytes: Buffer, size: number): AsyncIterable<Buffer> {
	const count = Math.ceil(bytes.length / size);
	return Readable.from(Array.from({length: count}, (_, index) => bytes.subarray(index * size, (index + 1) * size)));
}

export interface Read {
	readonly packets: readonly Packet[];
	/** What ended it. */
	readonly error: Error | undefined;
}

export async function readAll(bytes: Buffer, pieceBytes = 65_536): Promise<Read> {
	const packets: Packet[] = [];
	try {
		for await (const some of readCapture(inPieces(bytes, pieceBytes), 'x.pcap')) {
			packets.push(...some);
		}
	} catch (error) {
		return {packets, error: error as Error};
	}

	return {packets, error: undefined};
}
