import test from 'ava';
import {bytesFrame, FrameReader, messageFrame, type Frame} from '../../src/api/frames.ts';

const frames: readonly {readonly name: string; readonly bytes: Buffer; readonly frame: Frame}[] = [
	{name: 'a request', bytes: messageFrame({id: 1, method: 'view', params: {}}), frame: {kind: 'message', message: {id: 1, method: 'view', params: {}}}},
	{
		name: 'text beyond ASCII',
		bytes: messageFrame({id: 2, result: 'bridge 模式 ● “q”'}),
		frame: {kind: 'message', message: {id: 2, result: 'bridge 模式 ● “q”'}},
	},
	{name: 'bytes of a channel', bytes: bytesFrame(7, Buffer.from([0, 255, 10])), frame: {kind: 'bytes', channel: 7, bytes: Buffer.from([0, 255, 10])}},
	{name: 'the end of a channel', bytes: bytesFrame(0x80_00_00_07, new Uint8Array()), frame: {kind: 'bytes', channel: 0x80_00_00_07, bytes: Buffer.alloc(0)}},
];

for (const {name, bytes, frame} of frames) {
	test(`${name} arrives as it was sent`, (t) => {
		t.deepEqual(new FrameReader(1024).push(bytes), [frame]);
	});
}

test('frames arrive whole however the stream is cut', (t) => {
	const stream = Buffer.concat(frames.map(({bytes}) => bytes));
	const wanted = frames.map(({frame}) => frame);
	for (let size = 1; size <= stream.length; size++) {
		const reader = new FrameReader(1024);
		const got: Frame[] = [];
		for (let at = 0; at < stream.length; at += size) {
			got.push(...reader.push(stream.subarray(at, at + size)));
		}

		t.deepEqual(got, wanted, `cut every ${size} bytes`);
	}
});

const refused = test.macro({
	exec(t, bytes: Buffer) {
		t.throws(() => new FrameReader(1024).push(bytes), {code: 'E_PROTOCOL'});
	},
	title: (name = '') => `${name} is refused`,
});

test('a frame longer than allowed', refused, Buffer.from([0, 0, 4, 1, 0]));
test('an empty frame', refused, Buffer.from([0, 0, 0, 0]));
test('a frame of unknown kind', refused, Buffer.from([0, 0, 0, 2, 9, 9]));
test('a channel frame without a channel', refused, Buffer.from([0, 0, 0, 3, 1, 0, 0]));
test('a message that is not JSON', refused, Buffer.from([0, 0, 0, 3, 0, 0x7b, 0x7b]));
test('a message that is not an object', refused, Buffer.from([0, 0, 0, 2, 0, 0x37]));
test('a request of another protocol', refused, Buffer.from('GET / HTTP/1.1\r\nHost: lab\r\n\r\n'));
