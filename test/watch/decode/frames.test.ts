// Every frame as a line and as the tree of its headers, in test/golden/watch/. UPDATE=1 rewrites them; the diff is the review.
import {readFileSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {packageFile} from '../../../src/base/paths.ts';
import {layerLines, PacketLines} from '../../../src/cli/packet-text.ts';
import {layersOf, summarize, type Frame} from '../../../src/watch/decode/index.ts';
import type {Packet} from '../../../src/watch/files/index.ts';
import {captureFile, readAll} from '../files/read.ts';
import {badFrames, goodFrames} from '../frames.ts';

function packetOf({bytes, linkType, wireBytes}: Frame): Packet {
	const point = {name: '', description: '', linkType};
	return {point, seconds: 0, nanoseconds: 0, bytes, wireBytes, direction: undefined, comment: undefined};
}

/** Without the time, which is that of the place where the tests run. */
function shown(packet: Packet): string {
	return [new PacketLines().line(packet).replace(/^\S+ +/, ''), ...layerLines(packet)].join('\n');
}

const golden = test.macro((t, name: string, printed: string) => {
	const path = packageFile(`test/golden/watch/${name}.txt`);
	if (process.env['UPDATE'] === '1') {
		writeFileSync(path, printed);
	}

	t.is(printed, readFileSync(path, 'utf8'));
});

for (const [name, frames] of [['frames', goodFrames] as const, ['frames-bad', badFrames] as const]) {
	test(`${name}: lines and headers`, golden, name, frames.map(([title, frame]) => `${title}\n  ${shown(packetOf(frame))}\n`).join('\n'));
}

test('packets of a real kernel, with and without the header of their link', async (t) => {
	const {packets, error} = await readAll(Buffer.from(captureFile('any.pcap')));
	t.is(error, undefined);
	const path = packageFile('test/golden/watch/any.txt');
	const printed = `${packets.map((packet) => new PacketLines().line(packet).replace(/^\S+ +/, '')).join('\n')}\n`;
	if (process.env['UPDATE'] === '1') {
		writeFileSync(path, printed);
	}

	t.is(printed, readFileSync(path, 'utf8'));
});

test('a frame of which less was captured than was sent says so', (t) => {
	const [, syn] = goodFrames.find(([name]) => name === 'tcp syn') ?? [];
	t.truthy(syn);
	if (syn !== undefined) {
		const {info, protocol} = summarize({...syn, bytes: syn.bytes.subarray(0, 40), wireBytes: syn.bytes.length});
		t.is(protocol, 'TCP');
		t.is(info, '[TCP not captured whole: 6 of 8 bytes]');
	}
});

test('the length of a payload is that on the wire, however little was captured', (t) => {
	const [, request] = goodFrames.find(([name]) => name === 'http request') ?? [];
	t.truthy(request);
	if (request !== undefined) {
		const cut = {...request, bytes: request.bytes.subarray(0, 58)};
		t.is(
			layersOf(cut)
				.flatMap(({fields}) => fields)
				.find(({name}) => name === 'tcp.len')?.value,
			68,
		);
	}
});

test('a link type that is not known is said, not guessed', (t) => {
	t.is(summarize({bytes: Buffer.alloc(20), linkType: 127, wireBytes: 20}).info, 'Link type 127, 20 bytes');
	t.deepEqual(layersOf({bytes: Buffer.alloc(20), linkType: 127, wireBytes: 20}), []);
});

test('a packet without a link header is read by its version', (t) => {
	const bare = (title: string): Frame => {
		const bytes = (goodFrames.find(([name]) => name === title)?.[1].bytes ?? Buffer.alloc(0)).subarray(14);
		return {bytes, linkType: 101, wireBytes: bytes.length};
	};
	t.is(summarize(bare('udp')).source, '10.0.0.1');
	t.is(summarize(bare('ipv6 echo')).source, 'fd00::1');
});
