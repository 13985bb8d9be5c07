// What was captured of scenarios/bridge-publish: laptop asks web through the published port, cli asks laptop, laptop pings h1, cli meets a closed port.
import {createReadStream} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {readCapture, type Arrival, type Packet} from '../../../src/watch/files/index.ts';

const path = fileURLToPath(new URL('../../fixtures/captures/bridge-publish.pcapng', import.meta.url));

async function read(): Promise<readonly Packet[]> {
	const packets: Packet[] = [];
	for await (const some of readCapture(createReadStream(path), path)) {
		packets.push(...some);
	}

	return packets;
}

/** As what comes while a capture goes on. */
export function arrival(packet: Packet): Arrival {
	return {...packet, source: packet.bytes, start: 0, length: packet.bytes.length};
}

/** In the order of time; the first has the number 0. */
export const captured = await read();
