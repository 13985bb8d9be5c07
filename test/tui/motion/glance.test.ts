// What is read of frames at a glance.
import test from 'ava';
import {Glance} from '../../../src/tui/motion/glance.ts';
import {captured} from '../packets/capture.ts';

function glanceAt(bytes: Uint8Array): Glance {
	const glance = new Glance();
	glance.read(bytes, 0, bytes.length);
	return glance;
}

/** An Ethernet header for a type, then these bytes, then nothing but zeros. */
function frame(type: number, body: readonly number[], length = 100): Uint8Array {
	const bytes = new Uint8Array(length);
	bytes.set([type >> 8, type & 255, ...body], 12);
	return bytes;
}

const ipv4 = (protocol: number, body: readonly number[] = []): Uint8Array =>
	frame(0x08_00, [0x45, 0, 0, 60, 0, 1, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, ...body]);
const none = Array.from({length: 16}, () => 0);
const some = [0xfe, 0x80, ...none.slice(3), 1];
const icmpv6 = (type: number, source: readonly number[] = some): Uint8Array => frame(0x86_dd, [0x60, 0, 0, 0, 0, 24, 58, 255, ...source, ...some, type]);

test('a packet has the same key at each place where it is seen, and other ends behind NAT', (t) => {
	const sightings = [9, 10, 11, 12, 21, 22, 23].map((number) => glanceAt(captured[number]?.bytes ?? new Uint8Array()));
	t.is(new Set(sightings.map(({key}) => key)).size, 1);
	const ends = sightings.map((glance) => glance.ends);
	t.is(new Set(ends.slice(0, 4)).size, 1);
	t.is(new Set(ends.slice(4)).size, 1);
	t.not(ends[0], ends[4]);
	t.true(sightings.every(({kind}) => kind === 'tcp'));
});

test('the packets of a connection have keys of their own', (t) => {
	const laptops = captured.filter(({point, direction}) => point.name === 'laptop/eth0' && direction === 'out');
	t.true(laptops.length > 10);
	t.is(new Set(laptops.map(({bytes}) => glanceAt(bytes).key)).size, laptops.length);
});

test('every protocol has its kind', (t) => {
	t.is(glanceAt(frame(0x08_06, [])).kind, 'arp');
	t.is(glanceAt(ipv4(1, [8, 0])).kind, 'icmp');
	t.is(glanceAt(ipv4(6)).kind, 'tcp');
	t.is(glanceAt(ipv4(17)).kind, 'udp');
	t.is(glanceAt(ipv4(132)).kind, 'other');
	t.is(glanceAt(icmpv6(128)).kind, 'icmp');
	t.is(glanceAt(frame(0x88_cc, [])).kind, 'other');
	t.is(glanceAt(frame(0x81_00, [0, 7, 0x08, 0x06])).kind, 'arp', 'behind a VLAN tag');
});

test('what networks say to themselves is known', (t) => {
	t.true(glanceAt(ipv4(2)).isHousekeeping, 'IGMP');
	for (const type of [130, 131, 132, 133, 134, 143]) {
		t.true(glanceAt(icmpv6(type)).isHousekeeping, `ICMPv6 ${type}`);
	}

	t.true(glanceAt(icmpv6(135, none)).isHousekeeping, 'whether an address is free');
	t.false(glanceAt(icmpv6(135)).isHousekeeping, 'who has an address');
	t.false(glanceAt(icmpv6(128)).isHousekeeping);
	const report = frame(0x86_dd, [0x60, 0, 0, 0, 0, 36, 0, 1, ...none, ...some, 58, 0, 5, 2, 0, 0, 1, 0, 143]);
	t.true(glanceAt(report).isHousekeeping, 'behind a hop-by-hop header');
});

test('what a tunnel carries is read, too', (t) => {
	const inner = captured[9]?.bytes ?? new Uint8Array();
	const outer = Buffer.concat([ipv4(17, [0xc0, 0, 0x12, 0xb5, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0x10, 1, 0]).subarray(0, 50), inner]);
	outer.writeUInt16BE(outer.length - 14, 16);
	const glance = glanceAt(outer);
	t.is(glance.vni, 4097);
	t.is(glance.inner.key, glanceAt(inner).key);
	t.is(glance.kind, 'udp');
	t.is(glance.inner.kind, 'tcp');
});

test('a frame that is cut off anywhere is read without trouble', (t) => {
	const {bytes} = captured[38] ?? {bytes: new Uint8Array()};
	for (let length = 0; length <= bytes.length; length++) {
		t.notThrows(() => glanceAt(bytes.subarray(0, length)));
	}
});
