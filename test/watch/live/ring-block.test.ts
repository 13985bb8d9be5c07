import test from 'ava';
import {RingBlock} from '../../../src/watch/live/ring-block.ts';
import {blockOf} from './blocks.ts';

const bytes = Uint8Array.from({length: 60}, (_, index) => index);

function cursor(block: Uint8Array): RingBlock {
	return new RingBlock(block.slice().buffer, block.length);
}

test('frames come one after the other, with all that the kernel says of them', (t) => {
	const block = cursor(
		blockOf([
			{atMs: 1_700_000_000_123, bytes, ifindex: 7},
			{atMs: 1_700_000_001_000.5, bytes: bytes.subarray(0, 17), type: 4, status: 9},
			{atMs: 5, bytes, type: 1, tag: [0x20_05, 0x88_a8]},
			{atMs: 5, bytes, tag: [5, 0x88_a8], status: 0x11},
		]),
	);
	t.true(block.next());
	t.deepEqual([block.ifindex, block.seconds, block.nanoseconds, block.type], [7, 1_700_000_000, 123_000_000, 0]);
	t.deepEqual(block.bytes.subarray(block.start, block.start + block.length), bytes);
	t.deepEqual([block.tag, block.isChecksumNotReady], [undefined, false]);
	t.true(block.next());
	t.deepEqual([block.length, block.wireBytes, block.nanoseconds, block.type, block.isChecksumNotReady], [17, 17, 500_000, 4, true]);
	t.true(block.next());
	t.is(block.tag, 0x88_a8_20_05);
	t.true(block.next());
	t.is(block.tag, 0x81_00_00_05, 'a tag whose protocol is not told is 802.1Q');
	t.false(block.next());
	t.false(block.next());
});

test('frames of lo are given as they come in, and those that are not of Ethernet not at all', (t) => {
	const block = cursor(
		blockOf([
			{atMs: 1, bytes, hardware: 772, type: 4},
			{atMs: 2, bytes, hardware: 772},
			{atMs: 3, bytes, hardware: 768},
			{atMs: 4, bytes, hardware: 65_534},
			{atMs: 5, bytes, type: 4},
		]),
	);
	const seen: number[] = [];
	while (block.next()) {
		seen.push(block.nanoseconds / 1e6);
	}

	t.deepEqual(seen, [2, 5]);
});

test('a frame that was still being written ends the block', (t) => {
	const block = cursor(
		blockOf([
			{atMs: 1, bytes},
			{atMs: 2, bytes, status: 0},
			{atMs: 3, bytes},
		]),
	);
	t.true(block.next());
	t.false(block.next());
});

/** Numbers that repeat from run to run. */
function* numbers(seed: number): Generator<number, never> {
	for (let state = seed; ;) {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
		yield state;
	}
}

test('whatever the bytes, the cursor ends, and no frame of it goes beyond the block', (t) => {
	const random = numbers(1);
	const next = (below: number): number => random.next().value % below;
	const whole = blockOf(Array.from({length: 40}, (_, index) => ({atMs: index, bytes: bytes.subarray(0, 14 + index)})));
	for (let round = 0; round < 20_000; round++) {
		const broken = whole.slice(0, next(10) === 0 ? next(whole.length) : whole.length);
		const view = new DataView(broken.buffer);
		for (let change = next(6); change >= 0 && broken.length >= 4; change--) {
			// headers are where it matters: half the changes go into the first 400 bytes
			const at = next(2) === 0 ? next(Math.min(400, broken.length - 3)) : next(broken.length - 3);
			const values = [random.next().value, 0xff_ff_ff_ff, 0x7f_ff_ff_ff, next(4000), 0];
			view.setUint32(at & ~3, values[next(values.length)] ?? 0, true);
		}

		const block = cursor(broken);
		let count = 0;
		while (block.next()) {
			count++;
			if (block.start < 0 || block.length < 0 || block.start + block.length > broken.length || count > broken.length) {
				t.fail(`round ${round}: a frame of ${block.length} bytes at ${block.start} in a block of ${broken.length}`);
				return;
			}
		}
	}

	t.pass();
});
