import test from 'ava';
import {familyOf, ipBytes, ipText} from '../../../src/kernel/netlink/ip.ts';

const same = test.macro({
	title: (_, text: string) => `${text} is read and written as it is`,
	exec(t, text: string, hex: string) {
		t.is(ipBytes(text)?.toString('hex'), hex);
		t.is(ipText(Buffer.from(hex, 'hex')), text);
	},
});

test(same, '172.17.0.2', 'ac110002');
test(same, '255.255.255.255', 'ffffffff');
test(same, '::', '0'.repeat(32));
test(same, '::1', `${'0'.repeat(31)}1`);
test(same, 'fd00::', `fd00${'0'.repeat(28)}`);
test(same, 'fe80::42:acff:fe11:2', 'fe800000000000000042acfffe110002');
test(same, '2001:db8:0:1:1:1:1:1', '20010db8000000010001000100010001');
test(same, '2001:0:0:1::1', '20010000000000010000000000000001');
test(same, '2001:db8::1:0:0:1', '20010db8000000000001000000000001');
test(same, '::ffff:10.0.0.1', '00000000000000000000ffff0a000001');
test(same, '1:2:3:4:5:6:7:8', '00010002000300040005000600070008');

const refused = test.macro({
	title: (_, text: string) => `"${text}" is no address`,
	exec(t, text: string) {
		t.is(ipBytes(text), undefined);
	},
});

for (const text of [
	'',
	'1.2.3',
	'1.2.3.256',
	'1.2.3.4.5',
	'a.b.c.d',
	'1.2.3.',
	':',
	':::',
	'1::2::3',
	'1:2:3:4:5:6:7',
	'1:2:3:4:5:6:7:8:9',
	'1::2:3:4:5:6:7:8',
	'g::',
	'12345::',
]) {
	test(refused, text);
}

test('bytes of another length are no address', (t) => {
	t.is(ipText(Buffer.alloc(5)), undefined);
});

test('the family shows in the text', (t) => {
	t.deepEqual(
		['10.0.0.0/8', 'default', 'fd00::/64'].map((text) => familyOf(text)),
		[4, 4, 6],
	);
});
