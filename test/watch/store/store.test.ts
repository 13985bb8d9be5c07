// The store: what comes out is what went in, the oldest goes, and what is found is what decoding finds.
import {createHash} from 'node:crypto';
import test from 'ava';
import {summarize} from '../../../src/watch/decode/index.ts';
import {Sequences} from '../../../src/watch/decode/sequences.ts';
import {arrivalOf, type Packet} from '../../../src/watch/files/index.ts';
import {passes} from '../../../src/watch/filter/match.ts';
import {parseFilter} from '../../../src/watch/filter/parse.ts';
import {PacketStore} from '../../../src/watch/store/store.ts';
import {captureFile, readAll} from '../files/read.ts';

/** Comparing bytes one by one takes long. */
function digest(one: Packet | undefined): object | undefined {
	return one === undefined ? undefined : {...one, bytes: createHash('sha1').update(one.bytes).digest('hex')};
}

function packet(index: number, length = 60): Packet {
	return {
		point: {name: `h1/eth${index % 3}`, description: '', linkType: 1},
		seconds: 1_700_000_000 + index,
		nanoseconds: index,
		bytes: Buffer.alloc(length, index),
		wireBytes: length + index,
		direction: ([undefined, 'in', 'out'] as const)[index % 3],
		comment: index % 5 === 0 ? `number ${index}` : undefined,
	};
}

test('packets come out as they went in', async (t) => {
	const {packets} = await readAll(captureFile('veth.pcap'));
	const store = new PacketStore();
	const all = [...packets, ...Array.from({length: 20}, (_, index) => packet(index, index * 100_000))];
	t.deepEqual(
		all.map((one) => store.append(one)),
		all.map((_, index) => index),
	);
	t.deepEqual(
		all.map((_, index) => digest(store.at(index))),
		all.map(digest),
	);
	t.is(store.at(all.length), undefined);
	t.is(store.at(-1), undefined);
});

test('sequence numbers are counted from where a connection began, in whatever order packets are looked at', async (t) => {
	const {packets} = await readAll(captureFile('lab.pcapng'));
	const store = new PacketStore();
	packets.forEach((one) => store.append(one));
	const backwards = packets.map((_, index) => store.summary(packets.length - 1 - index)?.info).toReversed();
	const sequences = new Sequences();
	t.deepEqual(
		backwards,
		packets.map(({bytes, wireBytes, point}, index) => summarize({bytes, wireBytes, linkType: point.linkType}, sequences.at(index)).info),
	);
	t.true(backwards.filter((info) => info?.startsWith('[ACK] Seq=1 Ack=1 ') === true).length > 5);
});

test('the oldest go when there are more packets than there is room for', (t) => {
	const store = new PacketStore({packets: 10});
	for (let index = 0; index < 25; index++) {
		store.append(packet(index));
	}

	t.is(store.first, 15);
	t.is(store.end, 25);
	t.is(store.at(14), undefined);
	t.is(store.summary(14), undefined);
	t.deepEqual(
		Array.from({length: 10}, (_, index) => store.at(15 + index)),
		Array.from({length: 10}, (_, index) => packet(15 + index)),
	);
	t.deepEqual([...store.find(parseFilter(''), 20)], [20, 21, 22, 23, 24]);
});

test('the oldest go when there are more bytes than there is room for, but never the newest', (t) => {
	const store = new PacketStore({bytes: 6_000_000});
	for (let index = 0; index < 300; index++) {
		store.append(packet(index, 60_000));
	}

	t.true(store.first > 190 && store.first < 230, `${store.first}`);
	t.deepEqual(digest(store.at(299)), digest(packet(299, 60_000)));
	store.append(packet(300, 9_000_000));
	t.deepEqual([store.first, store.end], [300, 301]);
	t.deepEqual(digest(store.at(300)), digest(packet(300, 9_000_000)));
});

test('memory in which many packets came is held as it is, and goes with the last of them', (t) => {
	const store = new PacketStore({bytes: 1_000_000});
	const all = Array.from({length: 40}, (_, index) => packet(index, 1000));
	const take = (packets: readonly Packet[], spare: number): void => {
		const source = Buffer.concat([...packets.map(({bytes}) => bytes), Buffer.alloc(spare)]);
		packets.forEach((one, place) => store.take({...arrivalOf(one), source, start: place * 1000, length: 1000}));
	};
	take(all.slice(0, 10), 0);
	// too little to be held: copied
	take(all.slice(10, 12), 0);
	store.append(all[12] ?? packet(12, 1000));
	take(all.slice(13, 30), 400_000);
	const piece = store.at(20)?.bytes.buffer;
	t.is(store.at(13)?.bytes.buffer, piece);
	t.deepEqual(
		all.slice(0, 30).map((_, number) => digest(store.at(number))),
		all.slice(0, 30).map(digest),
	);
	take(all.slice(30), 600_000);
	t.is(store.first, 30, 'what was left of the first megabyte was not enough');
	t.deepEqual(digest(store.at(39)), digest(all[39]));
});

test('when fewer bytes may be held, or more, that is so from the next packet on', (t) => {
	const store = new PacketStore({bytes: 3_000_000});
	const take = (from: number, to: number): number => {
		for (let index = from; index < to; index++) {
			store.append(packet(index, 900_000));
		}

		return store.end - store.first;
	};
	const held = take(0, 10);
	store.mostBytes = 6_000_000;
	const more = take(10, 20);
	store.mostBytes = 3_000_000;
	t.is(store.end - store.first, more);
	t.is(take(20, 21), held);
	t.true(more > held);
	t.deepEqual(digest(store.at(20)), digest(packet(20, 900_000)));
});

test('a packet that was asked for stays as it was when it goes from the store', (t) => {
	const store = new PacketStore({packets: 3});
	store.append(packet(0, 2_000_000));
	const held = store.at(0);
	for (let index = 1; index < 9; index++) {
		store.append(packet(index, 2_000_000));
	}

	t.is(store.at(0), undefined);
	t.deepEqual(digest(held), digest(packet(0, 2_000_000)));
});

test('a frame that comes again in a new piece of memory is kept there, too', (t) => {
	const store = new PacketStore({packets: 3});
	const [one, other] = [packet(1, 40_000), packet(2, 40_000)];
	[one, other, one, other].forEach((each) => store.append(each));
	t.deepEqual(
		[1, 2, 3].map((number) => digest(store.at(number))),
		[other, one, other].map(digest),
	);
});

test('summaries and what is found are what decoding says', async (t) => {
	const {packets} = await readAll(captureFile('veth.pcap'));
	const store = new PacketStore();
	for (const one of packets) {
		store.append(one);
	}

	const frames = packets.map(({bytes, wireBytes, point}) => ({bytes, wireBytes, linkType: point.linkType}));
	const sequences = new Sequences();
	for (const [number, frame] of [...frames.entries(), ...frames.entries()]) {
		t.deepEqual(store.summary(number), summarize(frame, sequences.at(number)));
	}

	const filter = parseFilter('tcp.flags.syn == 1');
	const expected = frames.flatMap((frame, index) => (passes(filter, frame) ? [index] : []));
	t.true(expected.length > 0 && expected.length < frames.length);
	t.deepEqual([...store.find(filter)], expected);
});
