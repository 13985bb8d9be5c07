import {Readable} from 'node:stream';
import test, {type ExecutionContext} from 'ava';
import type {CaptureTotals} from '../../../src/model/capture.ts';
import {readCapture} from '../../../src/watch/files/index.ts';
import {Capture} from '../../../src/watch/live/capture.ts';
import {until} from '../../native/programs.ts';
import {native} from '../../native/support.ts';
import {blocksOf, FakeRing, optionOf, packetsOf, takeAll, type FakeFrame} from './blocks.ts';

const hour = 3_600_000;
const start = Date.now() - hour;

function frame(afterMs: number, length = 60, more: Partial<FakeFrame> = {}): FakeFrame {
	return {atMs: start + afterMs, bytes: new Uint8Array(length).fill(length), ...more};
}

/** A capture of two sites, and what comes out of it. */
async function begun(
	t: ExecutionContext,
	{isLate = false, ...wish}: {readonly interfaces?: readonly string[]; readonly most?: number; readonly isLate?: boolean} = {},
	blocks = 64,
) {
	const pieces: Buffer[] = [];
	const totals: CaptureTotals[] = [];
	const dropped: CaptureTotals[] = [];
	const capture = new Capture({
		native,
		output: (piece) => pieces.push(Buffer.from(piece)),
		ended: (all) => totals.push(all),
		dropped: (all) => dropped.push(all),
		interfaces: wish.interfaces,
		most: wish.most,
	});
	const rings = {web: await FakeRing.make(blocks), h1: await FakeRing.make(blocks)};
	const interfaces = async () =>
		new Map([
			[2, 'eth0'],
			[3, 'docker0'],
		]);
	const left: string[] = [];
	const leave = {
		web: capture.add({name: 'web', description: 'container web on h1', interfaces, left: () => left.push('web')}, rings.web),
		h1: capture.add({name: 'h1', description: 'host h1', interfaces, left: () => left.push('h1')}, rings.h1),
	};
	if (!isLate) {
		capture.begin(0);
	}

	t.teardown(() => {
		capture.abandon();
	});
	const file = (): Buffer => Buffer.concat(pieces);
	return {capture, rings, leave, left, totals, dropped, file, seen: () => packetsOf(file()).map(({at, bytes}) => `${at} ${bytes.length}`)};
}

test('what came before all rings were there is left out', async (t) => {
	const {capture, rings, totals, seen} = await begun(t, {isLate: true});
	rings.web.put([frame(1, 61), frame(4, 64)]);
	rings.h1.put([frame(2, 62), frame(3, 63)]);
	rings.web.drops = 5;
	// what can be read is told at once
	await new Promise(setImmediate);
	t.deepEqual(seen(), []);
	capture.begin(start + 3);
	rings.h1.put([frame(5, 65)]);
	await until(() => seen().length === 3);
	t.deepEqual(
		seen().map((text) => text.split(' ').at(-1)),
		['63', '64', '65'],
	);
	capture.stop();
	await until(() => totals.length === 1);
	t.deepEqual(totals, [{packets: 3, drops: 0}], 'what was lost before is left out, too');
});

test('from when on frames are wanted is exact, although a double does not hold so many nanoseconds', async (t) => {
	const ring = await FakeRing.make();
	t.teardown(async () => ring.close());
	ring.know(2, 0);
	for (let afterMs = 0; afterMs < 16; afterMs++) {
		ring.begin(start + afterMs);
		ring.put([frame(afterMs - 1, 60), frame(afterMs, 61), frame(afterMs + 1, 62)]);
		t.is(takeAll([ring]).packets, 2, `${start + afterMs}`);
	}
});

test('frames of several namespaces are in the order of time, each under the name of its interface', async (t) => {
	const {capture, rings, left, totals, file, seen} = await begun(t);
	rings.h1.put([frame(2, 62, {ifindex: 3}), frame(5, 65), frame(6, 66)]);
	rings.web.put([frame(1, 61), frame(3, 63), frame(4, 64), frame(7, 67)]);
	capture.stop();
	await until(() => totals.length > 0);
	t.deepEqual(seen(), ['web/eth0 61', 'h1/docker0 62', 'web/eth0 63', 'web/eth0 64', 'h1/eth0 65', 'h1/eth0 66', 'web/eth0 67']);
	t.deepEqual(totals, [{packets: 7, drops: 0}]);
	t.true(rings.h1.isClosed && rings.web.isClosed);
	t.deepEqual(left, ['web', 'h1']);
	const [section, ...blocks] = blocksOf(file());
	t.is(section?.type, 0x0a_0d_0d_0a);
	const described = blocks.filter(({type}) => type === 1).map((block) => `${String(optionOf(block, 16, 2))}: ${String(optionOf(block, 16, 3))}`);
	t.deepEqual(described.toSorted(), ['h1/docker0: host h1', 'h1/eth0: host h1', 'web/eth0: container web on h1']);
});

test('a frame waits for the others that may be older', async (t) => {
	const {rings, seen} = await begun(t);
	// there is a block in web's ring that was begun before: it is not finished
	const early = start + 50;
	rings.web.since = () => early;
	rings.h1.put([frame(10, 61), frame(90, 62)]);
	await until(() => seen().length === 1);
	t.deepEqual(seen(), ['h1/eth0 61']);
	rings.web.since = () => undefined;
	await until(() => seen().length === 2);
});

test('a ring half of which has to wait gets room again, and the order stays', async (t) => {
	const {rings, seen} = await begun(t, {}, 4);
	const early = start + 50;
	rings.web.since = () => early;
	for (const afterMs of [60, 70, 80]) {
		rings.h1.put([frame(afterMs, afterMs), frame(afterMs + 5, afterMs)]);
	}

	await until(() => rings.h1.finished() === 0);
	t.true(rings.h1.saved() > 0);
	t.deepEqual(seen(), []);
	rings.web.since = () => undefined;
	rings.web.put([frame(72, 72)]);
	rings.h1.put([frame(90, 90)]);
	await until(() => seen().length === 8);
	t.deepEqual(
		seen().map((line) => Number(line.split(' ')[1])),
		[60, 60, 70, 72, 70, 80, 80, 90],
	);
	t.is(rings.h1.saved(), 0);
});

test('length on the wire, time to the nanosecond and direction are kept, and a tag is put back', async (t) => {
	const {capture, rings, totals, file} = await begun(t);
	const tagged = Uint8Array.from({length: 21}, (_, index) => index);
	rings.web.put([
		{atMs: 1_700_000_000_999.75, bytes: new Uint8Array(999).fill(9), type: 4, status: 9},
		{atMs: 1_700_000_001_000.25, bytes: tagged, type: 1, tag: [5, 0x81_00]},
	]);
	capture.stop();
	await until(() => totals.length > 0);
	const [long, short] = packetsOf(file());
	t.is(long?.nanoseconds, 1_700_000_000_999_750_000n);
	t.deepEqual([long?.bytes.length, long?.bytes.every((byte) => byte === 9), long?.flags], [999, true, 0x2_02]);
	t.is(short?.nanoseconds, 1_700_000_001_000_250_000n);
	t.deepEqual([short?.wireBytes, short?.flags], [25, 0b011_01]);
	t.is(short?.bytes.toString('hex'), '000102030405060708090a0b810000050c0d0e0f1011121314');
});

test('what pads a frame is zero, whatever followed it in the ring', async (t) => {
	const {capture, rings, totals, file} = await begun(t);
	for (const length of [14, 61, 62, 63, 601]) {
		rings.web.put([frame(length, length)]);
	}

	capture.stop();
	await until(() => totals.length > 0);
	for (const {bytes} of packetsOf(file())) {
		const padding = Buffer.from(bytes.buffer, bytes.byteOffset + bytes.length, -bytes.length & 3);
		t.true(padding.every((byte) => byte === 0));
		t.true(bytes.every((byte) => byte === (bytes.length & 0xff)));
	}
});

test('only the interfaces that are wanted, by name or with their node', async (t) => {
	const {capture, rings, totals, seen} = await begun(t, {interfaces: ['docker0', 'web/eth0']});
	rings.h1.put([frame(1), frame(2, 61, {ifindex: 3})]);
	rings.web.put([frame(3, 62), frame(4, 63, {ifindex: 9})]);
	capture.stop();
	await until(() => totals.length > 0);
	t.deepEqual(seen(), ['h1/docker0 61', 'web/eth0 62']);
	t.deepEqual(totals, [{packets: 2, drops: 0}]);
});

test('it ends by itself after so many packets', async (t) => {
	const {rings, totals, seen} = await begun(t, {most: 3});
	rings.web.put([1, 2, 3, 4, 5].map((at) => frame(at, 60 + at)));
	await until(() => totals.length > 0);
	t.deepEqual(seen(), ['web/eth0 61', 'web/eth0 62', 'web/eth0 63']);
	t.deepEqual(totals, [{packets: 3, drops: 0}]);
	t.true(rings.h1.isClosed && rings.web.isClosed);
});

test('while the client does not read nothing is taken from the kernel, and then all of it', async (t) => {
	const {capture, rings, seen} = await begun(t);
	capture.pause();
	rings.web.put([frame(1)]);
	rings.web.put([frame(2)]);
	await new Promise((resolve) => {
		setImmediate(resolve);
	});
	t.is(rings.web.finished(), 2);
	t.deepEqual(seen(), []);
	capture.resume();
	await until(() => seen().length === 2);
	t.is(rings.web.finished(), 0);
});

test('a namespace that leaves does not disturb the others, and what it had is written', async (t) => {
	const {capture, rings, leave, totals, seen} = await begun(t);
	rings.web.drops = 4;
	rings.web.put([frame(1, 61)]);
	await leave.web();
	t.true(rings.web.isClosed && !rings.h1.isClosed);
	rings.h1.put([frame(2, 62)]);
	await until(() => seen().length === 2);
	t.deepEqual(totals, []);
	capture.stop();
	await until(() => totals.length > 0);
	t.deepEqual(totals, [{packets: 2, drops: 4}]);
});

test('what was lost is told in the file, once for a ring', async (t) => {
	const {capture, rings, totals, file} = await begun(t);
	rings.h1.drops = 1234;
	rings.h1.put([frame(1), frame(2, 61, {ifindex: 3}), frame(3)]);
	capture.stop();
	await until(() => totals.length > 0);
	t.deepEqual(totals, [{packets: 3, drops: 1234}]);
	const statistics = blocksOf(file()).filter(({type}) => type === 5);
	t.deepEqual(
		statistics.map((block) => [4, 5].map((code) => Number(optionOf(block, 20, code)?.readBigUInt64LE()))),
		[
			[2, 1234],
			[1, 0],
		],
	);
	t.is(statistics[0] === undefined ? '' : String(optionOf(statistics[0], 20, 1)), 'dropped on all interfaces of h1 together');
});

test('interfaces that are described later are as well formed as the first', async (t) => {
	const {capture, rings, totals, file, seen} = await begun(t);
	rings.h1.put([frame(1, 200), frame(2, 200)]);
	await until(() => seen().length === 2);
	rings.web.put([frame(300, 61)]);
	await until(() => seen().length === 3);
	capture.stop();
	await until(() => totals.length > 0);
	const ends = blocksOf(file())
		.filter(({type}) => type === 1)
		.map(({view}) => view.getUint32(view.byteLength - 8));
	t.deepEqual(ends, [0, 0], 'an option of code 0 and length 0 ends the others');
});

test('what was lost is told while the capture goes on, and once', async (t) => {
	const {capture, rings, totals, dropped} = await begun(t);
	rings.h1.put([frame(1)]);
	rings.h1.drops = 3;
	rings.web.drops = 4;
	await until(() => dropped.length > 0);
	t.deepEqual(dropped, [{packets: 1, drops: 7}]);
	rings.h1.drops = 2;
	capture.stop();
	await until(() => totals.length > 0);
	t.deepEqual(totals, [{packets: 1, drops: 9}]);
	t.is(dropped.length, 1);
});

test('a capture of nothing is a file still', async (t) => {
	const {capture, totals, file} = await begun(t);
	capture.stop();
	await until(() => totals.length > 0);
	t.deepEqual(
		blocksOf(file()).map(({type}) => type),
		[0x0a_0d_0d_0a],
	);
});

test('an interface that comes later is a whole block, whatever its memory held before', async (t) => {
	const {capture, rings, totals, file} = await begun(t);
	rings.web.put([frame(1, 200)]);
	await until(() => file().length > 200);
	rings.h1.put([frame(2, 60, {ifindex: 3})]);
	capture.stop();
	await until(() => totals.length > 0);
	const packets: string[] = [];
	for await (const some of readCapture(Readable.from([file()]), 'the capture')) {
		packets.push(...some.map(({point, bytes}) => `${point.name} ${bytes.length}`));
	}

	t.deepEqual(packets, ['web/eth0 200', 'h1/docker0 60']);
});
