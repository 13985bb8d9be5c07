// What was made of the last few frames.
import test from 'ava';
import {Again, lastFrames} from '../../../src/watch/decode/again.ts';
import {Summaries} from '../../../src/watch/decode/summaries.ts';

const source = Buffer.alloc(100);
const frame = {source, start: 10, length: 20, wireBytes: 30};

test('a frame is the same at the same place only, with the same lengths and link type', (t) => {
	const again = new Again<string>();
	t.is(again.of(frame, 1), undefined);
	again.set(frame, 1, 'it');
	t.is(again.of({...frame}, 1), 'it');
	for (const [what, other, linkType] of [
		['other bytes', {...frame, source: Buffer.alloc(100)}, 1],
		['elsewhere', {...frame, start: 11}, 1],
		['longer', {...frame, length: 21}, 1],
		['longer on the wire', {...frame, wireBytes: 31}, 1],
		['another link type', frame, 113],
	] as const) {
		t.is(again.of(other, linkType), undefined, what);
	}
});

test('of more than the last few the oldest is forgotten', (t) => {
	const again = new Again<number>();
	for (let start = 0; start <= lastFrames; start++) {
		again.set({...frame, start}, 1, start);
	}

	t.deepEqual(
		Array.from({length: lastFrames + 1}, (_, start) => again.of({...frame, start}, 1)),
		[undefined, 1, 2, 3, 4],
	);
});

test('a line is made once for a frame that comes again', (t) => {
	const summaries = new Summaries();
	const arp = Buffer.from('ffffffffffff02000000000108060001080006040001020000000001c0a8320a000000000000c0a8320c', 'hex');
	const placed = {source: arp, start: 0, length: arp.length, wireBytes: arp.length};
	const first = summaries.of(0, placed, 1);
	t.is(first.protocol, 'ARP');
	t.is(summaries.of(1, {...placed}, 1), first);
	t.not(summaries.of(2, {...placed, source: Buffer.from(arp)}, 1), first);
	t.deepEqual(summaries.of(3, {...placed, source: Buffer.concat([Buffer.alloc(3), arp]), start: 3}, 1), first);
});
