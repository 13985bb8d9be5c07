import test from 'ava';
import {array, Attributes, flagged, nested, Struct, type Table, type Values} from '../../../src/kernel/netlink/codec.ts';
import {bytes, cString, flag, i32, ip, list, mac, u16, u16be, u32, u64, u8} from '../../../src/kernel/netlink/values.ts';
import {Writer} from '../../../src/kernel/netlink/writer.ts';

const inner = {number: [1, u32], name: [2, cString]} as const;
const rows = {
	small: [1, u8],
	port: [2, u16be],
	many: [3, list(u64)],
	name: [4, cString],
	isOn: [5, flag],
	address: [6, ip],
	mac: [7, mac],
	inside: [flagged(8), nested(inner)],
	names: [9, array(3, cString)],
	raw: [10, bytes],
} as const satisfies Table;
const attributes = new Attributes(rows);

function written<Rows extends Table>(of: Attributes<Rows>, values: Values<Rows>): Buffer {
	const out = new Writer();
	of.write(out, values);
	return out.bytes.subarray(0, out.length);
}

test('a table writes each type and reads it back', (t) => {
	const values = {
		small: 7,
		port: 8080,
		many: [0, 1, 2 ** 40],
		name: 'docker0',
		isOn: true as const,
		address: 'fd00::1',
		mac: '02:42:ac:11:00:02',
		inside: {number: 1, name: 'é'},
		names: ['a', 'bc'],
		raw: Buffer.from([1, 2, 3]),
	};
	const encoded = written(attributes, values);
	t.is(encoded.length % 4, 0);
	t.deepEqual(attributes.read(encoded, 0, encoded.length), values);
});

test('a known attribute has its number, its length without padding, and its padding', (t) => {
	t.is(written(attributes, {small: 7}).toString('hex'), '0500010007000000');
	t.is(written(attributes, {port: 80}).toString('hex'), '0600020000500000');
	t.is(written(attributes, {inside: {number: 1}}).toString('hex'), '0c0008800800010001000000');
});

test('what is undefined is not written', (t) => {
	t.is(written(attributes, {small: undefined, name: undefined}).length, 0);
});

test('an attribute that no row names is kept under its number, flag bits included, and written back', (t) => {
	const encoded = Buffer.from('06006380010200000500010009000000', 'hex');
	const values = attributes.read(encoded, 0, encoded.length);
	t.deepEqual(values, {'#32867': Buffer.from([1, 2]), small: 9});
	t.deepEqual(written(attributes, values), encoded);
});

test('a value whose bytes do not fit its type is kept as bytes', (t) => {
	const encoded = Buffer.from('06000100090900000700040061626300090006000102030405000000', 'hex');
	t.deepEqual(attributes.read(encoded, 0, encoded.length), {'#1': Buffer.from([9, 9]), '#4': Buffer.from('abc'), '#6': Buffer.from([1, 2, 3, 4, 5])});
});

test('reading ends at a length that cannot be', (t) => {
	for (const hex of ['0000010000000000', '0300010000000000', 'ffff010000000000', '05']) {
		const encoded = Buffer.from(`0500010009000000${hex}`, 'hex');
		t.deepEqual(attributes.read(encoded, 0, encoded.length), {small: 9});
	}
});

test('random bytes never throw, and what was read of them is written', (t) => {
	// a fixed sequence: Park and Miller's generator
	let state = 1;
	const random = (): number => (state = (state * 48_271) % 2_147_483_647);
	for (let round = 0; round < 2000; round++) {
		const noise = Buffer.from(Array.from({length: random() % 60}, () => random() & (random() % 3 === 0 ? 255 : 15)));
		t.notThrows(() => written(attributes, attributes.read(noise, 0, noise.length)));
	}
});

test('an address that is none is refused when written', (t) => {
	t.throws(() => written(attributes, {address: '10.0.0'}), {instanceOf: TypeError, message: 'not an IP address: 10.0.0'});
});

test('a structure has its fields at their offsets and zeros elsewhere', (t) => {
	const struct = new Struct(8, {first: [0, u8], second: [2, u16], third: [4, u32]});
	const out = new Writer();
	struct.write(out, {first: 1, third: 2});
	t.is(out.bytes.toString('hex', 0, out.length), '0100000002000000');
	t.deepEqual(struct.read(out.bytes, 0, 8), {first: 1, second: 0, third: 2});
	t.is(struct.read(out.bytes, 0, 7), undefined);
});

test('a writer grows and keeps what it has; what is rewound is zero again', (t) => {
	const out = new Writer();
	bytes.write(out, Buffer.from('begin'));
	out.reserve(10_000);
	bytes.write(out, Buffer.from('end'));
	t.is(out.bytes.toString('latin1', 0, 5), 'begin');
	t.is(out.bytes.toString('latin1', out.length - 3, out.length), 'end');
	out.rewind(5);
	out.reserve(10_003);
	t.true(out.bytes.subarray(5, out.length).every((byte) => byte === 0));
});

test('a number that has no room in its attribute is refused, and not cut', (t) => {
	for (const [type, least, most] of [
		[u8, 0, 0xff],
		[u16, 0, 0xff_ff],
		[u16be, 0, 0xff_ff],
		[u32, 0, 0xff_ff_ff_ff],
		[i32, -0x80_00_00_00, 0x7f_ff_ff_ff],
	] as const) {
		const number = new Attributes({number: [1, type]});
		for (const value of [least, most]) {
			const attribute = written(number, {number: value});
			t.deepEqual(number.read(attribute, 0, attribute.length), {number: value});
		}

		for (const value of [least - 1, most + 1, 0.5, Number.NaN]) {
			t.throws(() => written(number, {number: value}), {instanceOf: RangeError, message: `${value} has no room in an attribute of its type`});
		}
	}
});
