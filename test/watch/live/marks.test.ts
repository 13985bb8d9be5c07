// Markers: nobody is shown one, in a tunnel neither; and a capture that waits for them has handed out all that came before.
import test from 'ava';
import {Capture} from '../../../src/watch/live/capture.ts';
import {markerFrame} from '../../../src/watch/live/marker.ts';
import {until} from '../../native/programs.ts';
import {native} from '../../native/support.ts';
import {FakeRing, packetsOf, takeAll, type FakeFrame} from './blocks.ts';

const now = Date.now();

function frame(afterMs: number, length: number): FakeFrame {
	return {atMs: now + afterMs, bytes: new Uint8Array(length).fill(length)};
}

function marker(afterMs: number, id: number, ifindex = 2): FakeFrame {
	return {atMs: now + afterMs, bytes: markerFrame(id), ifindex, type: 4};
}

test('a marker is known as it is, and inside another frame; nothing else is', async (t) => {
	const own = Buffer.from(markerFrame(7));
	t.is(own.length, 60);
	const wrapped = Buffer.concat([Buffer.alloc(50, 1), own]);
	const changed = Buffer.from(own);
	changed[50] = 0;
	const typed = Buffer.from(own);
	typed[12] = 8;
	const frames = [own, wrapped, Buffer.concat([wrapped, own]), own.subarray(0, 59), changed, typed, own.subarray(1)];
	const ring = await FakeRing.make();
	ring.put(frames.map((bytes) => ({atMs: now, bytes})));
	const {bytes, marks} = takeAll([ring]);
	t.deepEqual(
		marks.map(({id}) => id),
		[7, 7, 7],
	);
	t.deepEqual(
		packetsOf(bytes).map((packet) => packet.bytes),
		[own.subarray(0, 59), changed, typed, own.subarray(1)],
	);
	await ring.close();
});

test('markers are passed over, and told with their place and time', async (t) => {
	const ring = await FakeRing.make();
	ring.put([marker(1, 0xff_ff_ff_ff), frame(2, 61), marker(3, 5, 9), marker(4, 6), frame(5, 62), marker(6, 7)]);
	const {bytes, marks} = takeAll([ring]);
	t.deepEqual(
		marks.map(({id, ifindex, atMs}) => [id, ifindex, Math.round(atMs - now)]),
		[
			[4_294_967_295, 2, 1],
			[5, 9, 3],
			[6, 2, 4],
			[7, 2, 6],
		],
	);
	t.deepEqual(
		packetsOf(bytes).map((packet) => packet.bytes.length),
		[61, 62],
	);
	await ring.close();
});

async function begun() {
	const pieces: Buffer[] = [];
	const capture = new Capture({
		native,
		output: (piece) => pieces.push(Buffer.from(piece)),
		ended: () => undefined,
		dropped: () => undefined,
		interfaces: undefined,
		most: undefined,
	});
	const rings = {web: await FakeRing.make(), h1: await FakeRing.make()};
	const interfaces = async () => new Map([[2, 'eth0']]);
	for (const name of ['web', 'h1'] as const) {
		capture.add({name, description: name, interfaces, left: () => undefined}, rings[name]);
	}

	capture.begin(0);
	return {capture, rings, lengths: () => packetsOf(Buffer.concat(pieces)).map(({bytes}) => bytes.length)};
}

const web = {site: 'web', ifindex: 2};
const h1 = {site: 'h1', ifindex: 2};

test('when a marker has come everywhere, everything older is handed out', async (t) => {
	const {capture, rings, lengths} = await begun();
	t.teardown(() => {
		capture.abandon();
	});
	const missing = await capture.marks.send(5, [web, h1], {
		send: () => {
			rings.h1.put([frame(1, 61), marker(4, 5)]);
			rings.web.put([frame(2, 62), frame(3, 63), marker(5, 5)]);
		},
		times: 1000,
		everyMs: 60_000,
	});
	t.deepEqual([...missing], []);
	t.deepEqual(lengths(), [61, 62, 63]);
});

test('a marker that is lost is sent again, and in the end it is told where it did not come', async (t) => {
	const {capture, rings, lengths} = await begun();
	t.teardown(() => {
		capture.abandon();
	});
	let sent = 0;
	const send = (): void => {
		sent++;
		rings.web.put([frame(sent, 60 + sent), ...(sent === 3 ? [marker(sent, 9)] : [marker(sent, 8)])]);
	};
	t.deepEqual([...(await capture.marks.send(9, [web], {send, times: 5, everyMs: 1}))], []);
	t.is(sent, 3);
	t.deepEqual([...(await capture.marks.send(10, [web, h1], {send: () => rings.h1.put([marker(9, 10)]), times: 2, everyMs: 1}))], ['web/2']);
	await until(() => lengths().length === 3);
});

test('a capture that ends, or has ended, waits for no marker', async (t) => {
	const {capture} = await begun();
	const marked = capture.marks.send(5, [web], {send: () => undefined, times: 2, everyMs: 60_000});
	capture.abandon();
	t.deepEqual([...(await marked)], ['web/2']);
	t.deepEqual([...(await capture.marks.send(6, [h1], {send: () => t.fail(), times: 2, everyMs: 60_000}))], ['h1/2']);
});
