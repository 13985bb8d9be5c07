// The segment that an outline tells of.
import test from 'ava';
import {Interned} from '../../../src/watch/store/interned.ts';
import {Outline} from '../../../src/watch/store/outline.ts';
import {QuickReader} from '../../../src/watch/store/quick.ts';

/** Ethernet, IPv4 from 10.0.0.1 to 10.0.0.2, and a SYN of port 40000 to port 80 with the number 1. */
const syn = Buffer.from('02000000000202000000000108004500002800004000400600000a0000010a0000029c40005000000001000000005002fa0000000000', 'hex');
/** The same, quoted whole by an ICMP error of the host that it was for. */
const quoting = Buffer.concat([Buffer.from('02000000000102000000000208004500004400004000400100000a0000020a0000010b00000000000000', 'hex'), syn.subarray(14)]);
/** The same in a packet of IPv6 from 2001:db8::1 to 2001:db8::2. */
const syn6 = Buffer.concat([
	Buffer.from('02000000000202000000000186dd600000000014064020010db800000000000000000000000120010db8000000000000000000000002', 'hex'),
	syn.subarray(34),
]);

test('a segment has the addresses and numbers of its packet; of one that is quoted there is none', (t) => {
	const outline = new Outline(new Interned());
	const reader = new QuickReader(outline);
	const segment = (bytes: Buffer): unknown => {
		t.true(reader.read({source: bytes, start: 0, length: bytes.length, wireBytes: bytes.length, point: {linkType: 1}}));
		return outline.segment();
	};
	const it = {source: '10.0.0.1', sourcePort: 40_000, destination: '10.0.0.2', destinationPort: 80, flags: 2, sequence: 1, acknowledged: 0};
	t.deepEqual(segment(syn), it);
	t.deepEqual(segment(syn6), {...it, source: '2001:db8::1', destination: '2001:db8::2'});
	t.is(segment(quoting), undefined);
	t.is(segment(syn.subarray(0, 40)), undefined);
});
