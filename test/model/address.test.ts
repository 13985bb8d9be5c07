import test from 'ava';
import {LabError} from '../../src/base/errors.ts';
import {
	broadcastOf,
	canonical,
	compareAddresses,
	contains,
	familyOf,
	firstHost,
	hostPart,
	isCidr,
	isCidr6,
	isIPv4,
	isIPv6,
	lowestFree,
	networkOf,
	nthAddress,
	overlaps,
	prefixOf,
	sizeOf,
	subnetOf,
} from '../../src/model/address.ts';

test('a subnet is taken apart', (t) => {
	t.is(subnetOf('172.17.5.9/16'), '172.17.0.0/16');
	t.is(networkOf('10.1.2.3/30'), '10.1.2.0');
	t.is(broadcastOf('172.17.0.1/16'), '172.17.255.255');
	t.is(broadcastOf('255.255.255.255/32'), '255.255.255.255');
	t.is(hostPart('10.0.0.1/8'), '10.0.0.1');
	t.is(hostPart('10.0.0.1'), '10.0.0.1');
	t.is(prefixOf('10.0.0.1/8'), 8);
	t.is(prefixOf('10.0.0.1'), 32);
	t.is(sizeOf('10.0.0.0/24'), 256);
	t.is(subnetOf('200.1.2.3/0'), '0.0.0.0/0');
	t.is(sizeOf('0.0.0.0/0'), 2 ** 32);
});

test('a subnet contains its addresses and smaller subnets', (t) => {
	t.true(contains('172.17.0.0/16', '172.17.255.255'));
	t.false(contains('172.17.0.0/16', '172.18.0.0'));
	t.true(contains('0.0.0.0/0', '255.255.255.255'));
	t.true(contains('10.0.0.0/8', '10.1.0.0/16'));
	t.false(contains('10.1.0.0/16', '10.0.0.0/8'));
});

test('subnets overlap when one holds the other, and not when they touch', (t) => {
	t.true(overlaps('10.0.0.0/8', '10.9.0.0/16'));
	t.true(overlaps('10.9.0.0/16', '10.0.0.0/8'));
	t.false(overlaps('10.0.0.0/24', '10.0.1.0/24'));
	t.true(overlaps('172.17.0.1/16', '172.17.9.9/24'));
});

test('the n-th address counts from the network address', (t) => {
	t.is(nthAddress('172.17.0.0/16', 1), '172.17.0.1');
	t.is(nthAddress('172.17.0.0/16', 65_535), '172.17.255.255');
	t.is(t.throws(() => nthAddress('10.0.0.0/30', 4), {instanceOf: LabError}).code, 'E_RANGE_EXHAUSTED');
});

test('the lowest free address skips the network, what is taken, and the broadcast address', (t) => {
	t.is(lowestFree('172.17.0.0/16', new Set(['172.17.0.1', '172.17.0.3'])), '172.17.0.2');
	t.is(lowestFree('10.0.0.0/30', new Set(['10.0.0.1', '10.0.0.2'])), undefined);
	t.is(lowestFree('10.0.0.0/31', new Set()), '10.0.0.0');
	t.is(lowestFree('10.0.0.7/32', new Set()), '10.0.0.7');
});

test('within a part of the subnet its first and last addresses are ordinary', (t) => {
	t.is(lowestFree('172.17.0.0/16', new Set(), '172.17.0.128/25'), '172.17.0.128');
	t.is(lowestFree('172.17.0.0/16', new Set(['172.17.0.254']), '172.17.0.254/31'), '172.17.0.255');
	t.is(lowestFree('172.17.0.0/24', new Set(), '172.17.0.255/32'), undefined);
	t.is(lowestFree('172.17.0.0/24', new Set(), '10.0.0.0/24'), undefined);
});

test('what is an address and what is not', (t) => {
	for (const good of ['0.0.0.0', '255.255.255.255', '10.0.0.1']) {
		t.true(isIPv4(good), good);
	}

	for (const bad of ['', '10.0.0', '10.0.0.256', '10.0.0.01', '10.0.0.1/24', ' 10.0.0.1', '::1', '10.0.0.1\n', '0x0a.0.0.1']) {
		t.false(isIPv4(bad), bad);
	}

	for (const bad of ['10.0.0.1', '10.0.0.1/33', '10.0.0.1/', '10.0.0.1/024', '10.0.0.1/8/8', '::1/64']) {
		t.false(isCidr(bad), bad);
	}

	t.true(isCidr('10.0.0.1/0'));
	t.true(isIPv6('fe80::1'));
	t.false(isIPv6('fe80::1/64'));
	t.false(isIPv6('fe80::1%eth0'));
	t.false(isIPv6('1.2.3.4'));
});

test('addresses are sorted as numbers', (t) => {
	t.deepEqual(['10.0.0.10', '10.0.0.9', '200.0.0.1', '9.0.0.1'].toSorted(compareAddresses), ['9.0.0.1', '10.0.0.9', '10.0.0.10', '200.0.0.1']);
});

test('a mistake of the caller is told, not computed with', (t) => {
	for (const wrong of ['', 'x', '10.0.0.1/33', '10.0.0.1/', '10.0.0.1/-1', '300.0.0.1/8', 'fd00::/x']) {
		t.is(t.throws(() => subnetOf(wrong), {instanceOf: LabError}).code, 'E_ARGUMENT', wrong);
	}
});

test('IPv6 subnets are taken apart the same way', (t) => {
	t.is(subnetOf('fd00:77::9/64'), 'fd00:77::/64');
	t.is(networkOf('fd00:77:0:1:2::/63'), 'fd00:77::');
	t.is(broadcastOf('fd00:77::/126'), 'fd00:77::3');
	t.is(hostPart('fd00:77::1/64'), 'fd00:77::1');
	t.is(prefixOf('fd00:77::1/64'), 64);
	t.is(prefixOf('fd00:77::1'), 128);
	t.is(sizeOf('fd00::/64'), 2 ** 64);
	t.is(subnetOf('fd00::1/0'), '::/0');
	t.is(familyOf('fd00::/64'), 6);
	t.is(familyOf('10.0.0.0/8'), 4);
});

test('IPv6 subnets hold addresses, and the families have nothing in common', (t) => {
	t.true(contains('fd00:77::/64', 'fd00:77::ffff:ffff:ffff:ffff'));
	t.false(contains('fd00:77::/64', 'fd00:77:0:1::'));
	t.true(contains('fd00::/8', 'fd00:77::/64'));
	t.true(overlaps('fd00:77::/48', 'fd00:77:0:5::/64'));
	t.false(overlaps('fd00:77::/64', 'fd00:77:0:1::/64'));
	t.false(contains('0.0.0.0/0', 'fd00::1'));
	t.false(overlaps('::/0', '0.0.0.0/0'));
});

test('the n-th IPv6 address counts from the network address', (t) => {
	t.is(nthAddress('fd00:77::/64', 1), 'fd00:77::1');
	t.is(nthAddress('fd00:77::/64', 65_536), 'fd00:77::1:0');
	t.is(t.throws(() => nthAddress('fd00:77::/126', 4), {instanceOf: LabError}).code, 'E_RANGE_EXHAUSTED');
});

test('an IPv6 address has one spelling', (t) => {
	t.is(canonical('FD00:0077:0:0::2'), 'fd00:77::2');
	t.is(canonical('fd00:77:0:0::/64'), 'fd00:77::/64');
	t.is(canonical('172.17.0.1/16'), '172.17.0.1/16');
});

test('an IPv6 address with prefix is told from what is none', (t) => {
	t.true(isCidr6('fd00::1/64'));
	t.true(isCidr6('::/0'));
	for (const wrong of ['fd00::1', 'fd00::1/129', 'fd00::1/064', 'fd00::1/64/1', '10.0.0.0/8', 'fe80::1%eth0/64', 'fd00::1::/64']) {
		t.false(isCidr6(wrong), wrong);
	}

	t.is(t.throws(() => subnetOf('fd00::1/129'), {instanceOf: LabError}).code, 'E_ARGUMENT');
});

test('the first host of a range is its first address, unless that is the subnet itself', (t) => {
	t.is(firstHost('10.77.0.0/24'), '10.77.0.1');
	t.is(firstHost('10.77.0.0/24', '10.77.0.0/25'), '10.77.0.1');
	t.is(firstHost('10.77.0.0/24', '10.77.0.128/25'), '10.77.0.128');
	t.is(firstHost('fd00:77::/64', 'fd00:77::c000/114'), 'fd00:77::c000');
	t.is(firstHost('fd00:77::/64'), 'fd00:77::1');
});
