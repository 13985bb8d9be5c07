// A file of ours that was cut anywhere, cut again where a block ends: it reads without an error.
import test from 'ava';
import {PcapngWriter} from '../../../src/watch/files/index.ts';
import {wholeBytes} from '../../../src/watch/files/pcapng-whole.ts';
import {captureFile, readAll} from './read.ts';

test('whatever was written of a piece, whole blocks of it are kept, and no more could be', async (t) => {
	const {packets} = await readAll(captureFile('veth.pcap'));
	const writer = new PcapngWriter();
	const blocks = [writer.begin(), ...packets.slice(0, 6).flatMap((packet) => writer.packet(packet))];
	const piece = Buffer.concat([Buffer.from('before'), ...blocks]).subarray(6);
	const ends = new Set([0]);
	for (let written = 0; written <= piece.length; written++) {
		const kept = wholeBytes(piece, written);
		t.true(kept <= written);
		ends.add(kept);
	}

	let packetCount = -1;
	for (const end of [...ends].slice(1)) {
		// oxlint-disable-next-line no-await-in-loop -- one after the other
		const read = await readAll(piece.subarray(0, end));
		t.is(read.error, undefined);
		t.true(read.packets.length >= packetCount);
		packetCount = read.packets.length;
	}

	t.is(packetCount, 6);
	t.true(ends.size > 7);
});

test('bytes that are no blocks have no end that would be looked for for ever', (t) => {
	t.is(wholeBytes(Buffer.alloc(64), 64), 0);
	t.is(wholeBytes(Buffer.alloc(64, 0xff), 64), 0);
	t.is(wholeBytes(Buffer.alloc(0), 0), 0);
});
