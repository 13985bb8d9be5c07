// Reading capture files: every byte order, unit and kind of block that is written somewhere, in pieces of any size; and files that are damaged or none.
import test from 'ava';
import {blocks} from '../../../src/watch/files/pcapng-numbers.ts';
import {captureFile, readAll, type Read} from './read.ts';

interface Order {
	readonly isBig: boolean;
}

function u16(value: number, {isBig}: Order): Buffer {
	const bytes = Buffer.alloc(2);
	return isBig ? (bytes.writeUInt16BE(value), bytes) : (bytes.writeUInt16LE(value), bytes);
}

function u32(value: number, {isBig}: Order): Buffer {
	const bytes = Buffer.alloc(4);
	return isBig ? (bytes.writeUInt32BE(value), bytes) : (bytes.writeUInt32LE(value), bytes);
}

const frame = Buffer.from('0102030405', 'hex');

function pcap(magic: number, order: Order, fraction: number, linkType = 1): Buffer {
	const numbers = (...values: readonly number[]): Buffer => Buffer.concat(values.map((value) => u32(value, order)));
	return Buffer.concat([
		numbers(magic),
		u16(2, order),
		u16(4, order),
		numbers(0, 0, 262_144, linkType),
		numbers(1_700_000_000, fraction, frame.length, 60),
		frame,
		numbers(1_700_000_001, 0, 0, 0),
	]);
}

/** Times, lengths and bytes, which is all that a pcap file has. */
function shortly({packets, error}: Read): readonly unknown[] {
	return [
		packets.map(({seconds, nanoseconds, bytes, wireBytes, point}) => [seconds, nanoseconds, bytes.toString('hex'), wireBytes, point.linkType]),
		error?.message,
	];
}

for (const order of [{isBig: false}, {isBig: true}]) {
	for (const [unit, magic, fraction, nanoseconds] of [
		['microseconds', 0xa1_b2_c3_d4, 123_456, 123_456_000] as const,
		['nanoseconds', 0xa1_b2_3c_4d, 123_456_789, 123_456_789] as const,
	]) {
		test(`pcap, ${order.isBig ? 'big' : 'little'} end first, ${unit}`, async (t) => {
			t.deepEqual(shortly(await readAll(pcap(magic, order, fraction))), [
				[
					[1_700_000_000, nanoseconds, '0102030405', 60, 1],
					[1_700_000_001, 0, '', 0, 1],
				],
				undefined,
			]);
		});
	}
}

test('a link type is read without the bits that tell of a check sequence', async (t) => {
	const {packets} = await readAll(pcap(0xa1_b2_c3_d4, {isBig: true}, 0, 0x24_00_00_71));
	t.is(packets[0]?.point.linkType, 113);
});

function padded(bytes: Uint8Array): Buffer {
	return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}

function option(order: Order, code: number, value: Uint8Array): Buffer {
	return Buffer.concat([u16(code, order), u16(value.length, order), padded(value)]);
}

function block(order: Order, type: number, ...parts: readonly Uint8Array[]): Buffer {
	const body = padded(Buffer.concat(parts));
	const length = u32(body.length + 12, order);
	return Buffer.concat([u32(type, order), length, body, length]);
}

function section(order: Order): Buffer {
	return block(order, blocks.section, u32(0x1a_2b_3c_4d, order), u16(1, order), u16(0, order), Buffer.alloc(8, 0xff));
}

function described(order: Order, linkType: number, ...options: readonly Buffer[]): Buffer {
	return block(order, blocks.interface, u16(linkType, order), u16(0, order), u32(4, order), ...options);
}

/** An enhanced packet at so many units. */
function enhanced(order: Order, index: number, units: bigint, ...options: readonly Buffer[]): Buffer {
	const [high, low] = [Number(units >> 32n), Number(units & 0xff_ff_ff_ffn)];
	return block(order, blocks.enhanced, u32(index, order), u32(high, order), u32(low, order), u32(5, order), u32(60, order), padded(frame), ...options);
}

/** A packet of the first interface, with no time and all of its bytes. */
function simple(order: Order): Buffer {
	return block(order, blocks.simple, u32(5, order), padded(frame));
}

const second = 1_700_000_000n;
const text = (value: string): Buffer => Buffer.from(value);
const end = Buffer.alloc(4);

for (const order of [{isBig: false}, {isBig: true}]) {
	const resolution = (value: number): Buffer => option(order, 9, Buffer.from([value]));
	const offset = Buffer.alloc(8);
	if (order.isBig) {
		offset.writeBigInt64BE(-3600n);
	} else {
		offset.writeBigInt64LE(-3600n);
	}

	test(`pcapng, ${order.isBig ? 'big' : 'little'} end first: names, units, offsets, directions, comments, simple and old packets, blocks that nobody knows`, async (t) => {
		const flags = (bits: number): Buffer => option(order, 2, u32(bits, order));
		const file = Buffer.concat([
			section(order),
			block(order, 0x0b_ad, text('who knows')),
			described(order, 1, option(order, 2, text('eth0')), option(order, 3, text('web on h1')), resolution(9), end),
			described(order, 113),
			described(order, 1, resolution(0x80 | 10), option(order, 14, offset)),
			enhanced(order, 0, second * 1_000_000_000n + 123_456_789n, option(order, 1, text('first')), flags(1), option(order, 1, text('second')), end),
			enhanced(order, 1, second * 1_000_000n + 7n, flags(2)),
			enhanced(order, 2, second * 1024n + 512n),
			block(order, 5, Buffer.alloc(12)),
			block(order, blocks.simple, u32(5, order), padded(frame.subarray(0, 4))),
			block(order, blocks.old, u16(1, order), u16(0, order), u32(0, order), u32(3_000_001, order), u32(5, order), u32(5, order), padded(frame)),
		]);
		const {packets, error} = await readAll(file);
		t.is(error, undefined);
		t.deepEqual(
			packets.map(({point, seconds, nanoseconds, bytes, wireBytes, direction, comment}) => [
				[point.name, point.description, point.linkType].join(' '),
				seconds,
				nanoseconds,
				bytes.toString('hex'),
				wireBytes,
				direction,
				comment,
			]),
			[
				['eth0 web on h1 1', 1_700_000_000, 123_456_789, '0102030405', 60, 'in', 'first\nsecond'],
				['  113', 1_700_000_000, 7000, '0102030405', 60, 'out', undefined],
				['  1', 1_699_996_400, 500_000_000, '0102030405', 60, undefined, undefined],
				['eth0 web on h1 1', 0, 0, '01020304', 5, undefined, undefined],
				['  113', 3, 1000, '0102030405', 5, undefined, undefined],
			],
		);
	});
}

test('a file that says that nothing of a packet is kept (a snaplen of 0), and has them all the same', async (t) => {
	const order = {isBig: false};
	const old = pcap(0xa1_b2_c3_d4, order, 0);
	old.writeUInt32LE(0, 16);
	const file = Buffer.concat([
		section(order),
		block(order, blocks.interface, u16(1, order), u16(0, order), u32(0, order)),
		enhanced(order, 0, 1n),
		simple(order),
	]);
	for (const {packets, error} of [await readAll(old), await readAll(file)]) {
		t.is(error, undefined);
		t.is(packets.length, 2);
		t.is(packets[0]?.bytes.toString('hex'), '0102030405');
	}
});

test('a section may be in the other byte order, and describes its own interfaces', async (t) => {
	const [little, big] = [{isBig: false}, {isBig: true}];
	const file = Buffer.concat([section(little), described(little, 1), enhanced(little, 0, 1n), section(big), described(big, 113), enhanced(big, 0, 2n)]);
	const {packets, error} = await readAll(file);
	t.is(error, undefined);
	t.deepEqual(
		packets.map(({point, nanoseconds}) => [point.linkType, nanoseconds]),
		[
			[1, 1000],
			[113, 2000],
		],
	);
	const {error: stranger} = await readAll(Buffer.concat([file, section(little), enhanced(little, 0, 1n)]));
	t.regex(stranger?.message ?? '', /byte \d+: a packet of interface 0, of 0 that were described/);
});

test('files of other programs: tcpdump in nanoseconds and of all interfaces, editcap with a comment', async (t) => {
	const veth = await readAll(captureFile('veth.pcap'));
	t.is(veth.error, undefined);
	t.true(veth.packets.length > 50);
	t.true(veth.packets.some(({nanoseconds}) => nanoseconds % 1000 !== 0));
	t.is((await readAll(captureFile('any.pcap'))).packets[0]?.point.linkType, 276);
	const {packets, error} = await readAll(captureFile('editcap.pcapng'));
	t.is(error, undefined);
	t.deepEqual(
		packets.map(({seconds, nanoseconds, bytes, comment}) => [seconds, nanoseconds, bytes.toString('hex'), comment]),
		veth.packets
			.slice(0, 6)
			.map(({seconds, nanoseconds, bytes}, index) => [seconds, nanoseconds, bytes.toString('hex'), index === 1 ? 'the second packet' : undefined]),
	);
});

test('the pieces in which a file comes make no difference', async (t) => {
	for (const name of ['veth.pcap', 'editcap.pcapng'] as const) {
		const file = captureFile(name);
		// oxlint-disable-next-line no-await-in-loop -- one after the other
		const whole = await readAll(file, file.length);
		for (const size of [1, 3, 7, 100, 4096]) {
			// oxlint-disable-next-line no-await-in-loop -- one after the other
			t.deepEqual(await readAll(file, size), whole, `${name} in pieces of ${size}`);
		}
	}
});

test('a file that ends anywhere gives what is whole, and the byte where it ends', async (t) => {
	const file = captureFile('editcap.pcapng');
	const whole = await readAll(file);
	let before = 0;
	for (let length = 1; length < file.length; length++) {
		// oxlint-disable-next-line no-await-in-loop -- one after the other
		const {packets, error} = await readAll(file.subarray(0, length));
		t.deepEqual(packets, whole.packets.slice(0, packets.length));
		t.true(packets.length >= before);
		before = packets.length;
		if (error !== undefined) {
			const at = Number(/^read x\.pcap: byte (\d+): /.exec(error.message)?.[1]);
			t.true(at < length, error.message);
		}
	}

	t.is(before, whole.packets.length - 1);
});

const damaged = test.macro(async (t, bytes: Buffer, packets: number, message: string) => {
	const read = await readAll(bytes);
	t.is(read.packets.length, packets);
	t.is(read.error?.message, `read x.pcap: ${message}`);
});
const little = {isBig: false};
const one = pcap(0xa1_b2_c3_d4, little, 0);
const ng = Buffer.concat([section(little), described(little, 1), enhanced(little, 0, 1n)]);
const changed = (bytes: Buffer, at: number, value: number): Buffer => {
	const copy = Buffer.from(bytes);
	copy.writeUInt32LE(value, at);
	return copy;
};
test('an empty file', damaged, Buffer.alloc(0), 0, 'byte 0: the file is empty');
test('a file of three bytes', damaged, Buffer.from('abc'), 0, 'byte 0: the file ends within a header of 4 bytes: 3 are there');
test('a text', damaged, text('hello, world'), 0, 'byte 0: no capture file begins with 68 65 6c 6c');
test('half a header', damaged, one.subarray(0, 12), 0, "byte 0: the file ends within the file's header of 24 bytes: 12 are there");
test('half a section', damaged, ng.subarray(0, 12), 0, 'byte 0: the file ends within a block of 28 bytes: 12 are there');
test('a compressed file', damaged, Buffer.from('1f8b0800', 'hex'), 0, 'byte 0: it is compressed by gzip');
test('a pcap file that ends in a packet', damaged, one.subarray(0, 43), 0, 'byte 24: the file ends within a packet of 21 bytes: 19 are there');
test("a pcap file that ends in a packet's header", damaged, one.subarray(0, 50), 1, "byte 45: the file ends within a packet's header of 16 bytes: 5 are there");
test('a pcap file with a length that no packet has', damaged, changed(one, 32, 0xff_ff_ff_00), 0, 'byte 24: a packet of 4294967056 bytes: more than any has');
test('a pcapng block whose lengths differ', damaged, changed(ng, 24, 32), 0, 'byte 24: a block has the length 28 at its beginning and 32 at its end');
test('a pcapng block with a length that cannot be', damaged, changed(ng, 52, 13), 0, 'byte 52: a block with a length of 13 bytes');
test('a pcapng block of 4 GiB', damaged, changed(ng, 52, 0xff_ff_ff_fc), 0, 'byte 48: a block of 4294967292 bytes: more than any has');
test('a pcapng packet of 4 GiB', damaged, changed(ng, 68, 0xff_ff_ff_fc), 0, 'byte 68: a packet of 4294967292 bytes in a block of 40');
test('a pcapng packet longer than its block', damaged, changed(ng, 68, 400), 0, 'byte 68: a packet of 400 bytes in a block of 40');
test('a pcapng section without its byte order', damaged, changed(ng, 8, 7), 0, 'byte 8: a section without its byte-order magic');
test('a pcapng section of another version', damaged, changed(ng, 12, 9), 0, 'byte 12: a section of version 9; 1 is known');
test('a pcapng time that no clock shows', damaged, changed(ng, 60, 0xff_ff_ff_ff), 0, 'byte 60: a time of 18446744069414 seconds since 1970');
test(
	'a pcapng option longer than its block',
	damaged,
	Buffer.concat([ng, enhanced(little, 0, 1n, Buffer.from('01000900', 'hex'))]),
	1,
	'byte 124: an option of 9 bytes where 0 are left',
);
