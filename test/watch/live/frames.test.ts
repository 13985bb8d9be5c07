// Frames out of a ring's blocks, as packets of pcapng: what the kernel says of each is kept, and whatever a block holds, nothing else is read.
import test from 'ava';
import {native} from '../../native/support.ts';
import {blockOf, FakeRing, packetsOf, takeAll, type FakeFrame} from './blocks.ts';
import {expectedOf} from './reference.ts';

const bytes = Uint8Array.from({length: 60}, (_, index) => index);

/** A block's packets, beside what the reference makes of it. */
async function taken(frames: readonly FakeFrame[]) {
	const ring = await FakeRing.make(2);
	ring.put(frames);
	const all = takeAll([ring]);
	await ring.close();
	return {packets: packetsOf(all.bytes), isExpected: all.bytes.equals(expectedOf(blockOf(frames)).bytes)};
}

test('frames come one after the other, with all that the kernel says of them', async (t) => {
	const {packets, isExpected} = await taken([
		{atMs: 1_700_000_000_123, bytes, ifindex: 7},
		{atMs: 1_700_000_001_000.5, bytes: bytes.subarray(0, 17), type: 4, status: 9},
		{atMs: 5, bytes, type: 1, tag: [0x20_05, 0x88_a8]},
		{atMs: 5, bytes, tag: [5, 0x88_a8], status: 0x11},
	]);
	const [first, out, tagged, untold] = packets;
	t.deepEqual([first?.nanoseconds, first?.flags], [1_700_000_000_123_000_000n, 0b001_01]);
	t.deepEqual(first?.bytes, Buffer.from(bytes));
	t.deepEqual([out?.nanoseconds, out?.bytes.length, out?.wireBytes, out?.flags], [1_700_000_001_000_500_000n, 17, 17, 0x2_02]);
	t.deepEqual([tagged?.bytes.readUInt32BE(12), tagged?.wireBytes, tagged?.flags], [0x88_a8_20_05, 64, 0b011_01]);
	t.is(untold?.bytes.readUInt32BE(12), 0x81_00_00_05, 'a tag whose protocol is not told is 802.1Q');
	t.is(packets.length, 4);
	t.true(isExpected);
});

test('frames of lo are given as they come in, and those that are not of Ethernet not at all', async (t) => {
	const {packets, isExpected} = await taken([
		{atMs: 1, bytes, hardware: 772, type: 4},
		{atMs: 2, bytes, hardware: 772},
		{atMs: 3, bytes, hardware: 768},
		{atMs: 4, bytes, hardware: 65_534},
		{atMs: 5, bytes, type: 4},
	]);
	t.deepEqual(
		packets.map(({nanoseconds}) => nanoseconds),
		[2_000_000n, 5_000_000n],
	);
	t.true(isExpected);
});

test('a frame that was still being written ends the block', async (t) => {
	const {packets} = await taken([
		{atMs: 1, bytes},
		{atMs: 2, bytes, status: 0},
		{atMs: 3, bytes},
	]);
	t.is(packets.length, 1);
});

test('frames of several rings are in the order of time, one with no older one first in the list when they are of one time', async (t) => {
	const rings = [await FakeRing.make(2), await FakeRing.make(2), await FakeRing.make(2)];
	const times = [
		[1, 4, 4, 9],
		[2, 3, 4],
		[4, 5, 6, 7, 8],
	];
	for (const [index, ring] of rings.entries()) {
		ring.put((times[index] ?? []).map((atMs) => ({atMs, bytes: bytes.subarray(0, 20 + index)})));
	}

	const order = packetsOf(takeAll(rings).bytes).map((packet) => `${packet.nanoseconds / 1_000_000n}:${packet.bytes.length - 20}`);
	t.deepEqual(order, ['1:0', '2:1', '3:1', '4:1', '4:0', '4:0', '4:2', '5:2', '6:2', '7:2', '8:2', '9:0']);
	await Promise.all(rings.map(async (ring) => ring.close()));
});

test('it ends at the time, at the most, at the end of the memory, and where nobody has said what an interface is', async (t) => {
	const ring = await FakeRing.make(2);
	ring.put([1, 2, 3, 4, 5].map((atMs) => ({atMs, bytes, ifindex: atMs === 5 ? 3 : 2})));
	const into = new Uint8Array(1000);
	const write = (untilMs: number, most: number, room = into.length) => native.writeFrames([ring.number], into.subarray(0, room), untilMs, most);
	t.like(write(9, 9), {why: 'interface', ring: 0, ifindex: 2, bytes: 0});
	ring.know(2, 0);
	t.like(write(0, 9), {why: 'early', packets: 0});
	t.like(write(1, 9), {why: 'early', packets: 1, bytes: 104});
	t.like(write(9, 1), {why: 'most', packets: 1});
	t.like(write(9, 9, 103), {why: 'full', packets: 0, bytes: 0});
	t.like(write(9, 9, 104), {why: 'full', packets: 1, bytes: 104});
	t.like(write(9, 9), {why: 'interface', ifindex: 3, packets: 1});
	t.is(ring.finished(), 1);
	ring.know(3, -1);
	t.like(write(9, 9), {why: 'early', packets: 0, bytes: 0});
	t.is(ring.finished(), 0, 'the kernel has its block back');
	t.deepEqual([ring.packets(2), ring.packets(3), ring.packets(4)], [4, 0, 0]);
	await ring.close();
});

test('what a ring had when it was saved or left is taken out of it later, from where it was', async (t) => {
	const frames = Array.from({length: 30}, (_, index) => ({atMs: index + 1, bytes: bytes.subarray(0, 14 + index)}));
	const blocks = [frames.slice(0, 10), frames.slice(10, 20), frames.slice(20)];
	const whole = Buffer.concat(blocks.map((block) => expectedOf(blockOf(block)).bytes));
	for (const [index, before] of [0, 0, 1, 1, 9, 9, 10, 10, 11, 11, 25, 25, 30, 30].entries()) {
		// oxlint-disable-next-line no-await-in-loop -- a ring after the other
		const ring = await FakeRing.make(3);
		// the last block of the ring comes first, so that the others are at its beginning
		ring.put([]);
		ring.put([]);
		takeAll([ring]);
		blocks.forEach((block) => {
			ring.put(block);
		});
		ring.know(2, 0);
		const into = new Uint8Array(10_000);
		const {bytes: length} = native.writeFrames([ring.number], into, Number.POSITIVE_INFINITY, before);
		const isSaved = index % 2 === 0;
		if (isSaved) {
			ring.save();
			t.is(ring.finished(), 0, 'the kernel has its blocks back');
			ring.put([{atMs: 100, bytes}]);
		}

		// oxlint-disable-next-line no-await-in-loop -- the same
		await ring.leave();
		t.deepEqual([ring.finished(), ring.saved() > 0], [0, isSaved || before < 30]);
		const last = isSaved ? expectedOf(blockOf([{atMs: 100, bytes}])).bytes : Buffer.alloc(0);
		t.deepEqual(Buffer.concat([into.subarray(0, length), takeAll([ring]).bytes]), Buffer.concat([whole, last]), `${before} before`);
		t.is(ring.saved(), 0);
	}
});

/** Numbers that repeat from run to run. */
function* numbers(seed: number): Generator<number, never> {
	for (let state = seed; ;) {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		yield state;
	}
}

test('whatever the bytes of a block, what comes out is what the reference makes of them', async (t) => {
	const random = numbers(1);
	const next = (below: number): number => random.next().value % below;
	const whole = blockOf(
		Array.from({length: 40}, (_, index): FakeFrame => ({
			atMs: index,
			bytes: bytes.subarray(0, 14 + index),
			ifindex: index % 3,
			...(index % 5 === 0 ? {tag: [index, 0x88_a8]} : {}),
		})),
	);
	const indexOf = (ifindex: number): number => ifindex & 0xff;
	// of one block: what is read beyond it is no memory of the process
	const ring = await FakeRing.make(1);
	let packets = 0;
	for (let round = 0; round < 20_000; round++) {
		const broken = whole.slice(0, next(10) === 0 ? next(whole.length) : whole.length);
		const view = new DataView(broken.buffer);
		for (let change = next(6); change >= 0 && broken.length >= 4; change--) {
			// headers are where it matters: half the changes go into the first 400 bytes
			const at = next(2) === 0 ? next(Math.min(400, broken.length - 3)) : next(broken.length - 3);
			const values = [random.next().value, 0xff_ff_ff_ff, 0x7f_ff_ff_ff, next(4000), 0];
			view.setUint32(at & ~3, values[next(values.length)] ?? 0, true);
		}

		ring.putBytes(broken);
		const {bytes: found, packets: count, marks} = takeAll([ring], indexOf);
		const expected = expectedOf(broken, indexOf);
		packets += count;
		if (!found.equals(expected.bytes) || marks.length !== expected.marks.length || ring.finished() !== 0) {
			t.fail(`round ${round}: ${found.length} bytes, expected ${expected.bytes.length}`);
			return;
		}
	}

	t.true(packets > 100_000);
	await ring.close();
});
