// SYNs that are seen again at the next place.
import test from 'ava';
import {Interned} from '../../../src/watch/store/interned.ts';
import {LastSyn} from '../../../src/watch/store/last-syn.ts';
import {Outline} from '../../../src/watch/store/outline.ts';
import {QuickReader} from '../../../src/watch/store/quick.ts';

/** Ethernet, IPv4 from 10.0.0.1 to 10.0.0.2, and a SYN of port 40000 to port 80 with the number 1. */
const syn = Buffer.from('02000000000202000000000108004500002800004000400600000a0000010a0000029c40005000000001000000005002fa0000000000', 'hex');
/** The same, quoted whole by an ICMP error of the host that it was for. */
const quoting = Buffer.concat([Buffer.from('02000000000102000000000208004500004400004000400100000a0000020a0000010b00000000000000', 'hex'), syn.subarray(14)]);

function changed(at: number): Buffer {
	const bytes = Buffer.from(syn);
	bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
	return bytes;
}

test('it is the same while all is the same that tells where a connection begins; what is quoted begins none', (t) => {
	const outline = new Outline(new Interned());
	const reader = new QuickReader(outline);
	const last = new LastSyn();
	const isAgain = (bytes: Buffer): boolean => {
		t.true(reader.read({source: bytes, start: 0, length: bytes.length, wireBytes: bytes.length, point: {linkType: 1}}));
		return last.isAgain(outline);
	};
	t.false(isAgain(syn));
	t.true(isAgain(syn));
	t.true(isAgain(changed(22)), 'its time to live is another one');
	for (const [what, at] of Object.entries({source: 29, destination: 33, 'a port': 35, 'the other port': 37, number: 41, acknowledged: 45, flags: 47})) {
		t.false(isAgain(changed(at)), what);
		t.false(isAgain(syn), `${what} as before`);
	}

	t.false(isAgain(quoting));
	t.false(isAgain(quoting));
	t.true(isAgain(syn), 'the last that was none was quoted');
});
