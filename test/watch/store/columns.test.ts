// Columns say the same as decoding does: of the frames that tests have, and of mutated ones. VETHLAB_FUZZ_FRAMES=10000000 for the long run.
import test, {type ExecutionContext} from 'ava';
import {layersOf, type Frame} from '../../../src/watch/decode/index.ts';
import type {Packet, Point} from '../../../src/watch/files/index.ts';
import {passes, sightingOf} from '../../../src/watch/filter/match.ts';
import {parseFilter} from '../../../src/watch/filter/parse.ts';
import {places} from '../../../src/watch/store/direct.ts';
import {Interned} from '../../../src/watch/store/interned.ts';
import {Outline, outlineByDecoding} from '../../../src/watch/store/outline.ts';
import {QuickReader} from '../../../src/watch/store/quick.ts';
import {PacketStore} from '../../../src/watch/store/store.ts';
import {framesWanted, longRunMs, mutated, seeds} from '../mutated.ts';
import {Random} from '../random.ts';

const wanted = framesWanted(50_000);

test.before((t) => {
	t.timeout(longRunMs(wanted));
});

/** An outline as text. Addresses by their numbers: both outlines share the table. */
function shown(outline: Outline): string {
	const {headers, packets, isWhole, tcpFlags, carried} = outline;
	const count = Math.min(packets, 2);
	const inner = Array.from({length: count}, (_, index) => {
		const kind = outline.transports[index] ?? 0;
		const ports = kind === 0 ? '' : ` ${kind} ${outline.sourcePorts[index]} ${outline.destinationPorts[index]}`;
		return `; ${outline.networks[index]} ${outline.sources[index]} ${outline.destinations[index]}${ports}`;
	});
	return `${headers.toString(16)} ${isWhole ? `${tcpFlags} ${tcpFlags === 0 ? 0 : carried}` : 'more'}${inner.join('')}`;
}

test(`${wanted} mutated frames: what quick reading knows is what decoding says`, async (t) => {
	const random = new Random(7);
	const from = await seeds();
	const addresses = new Interned();
	const [quick, decoded] = [new Outline(addresses), new Outline(addresses)];
	const reader = new QuickReader(quick);
	const wrong: string[] = [];
	let known = 0;
	for (let count = 0; count < wanted + from.length && wrong.length < 5; count++) {
		const frame = from[count] ?? mutated(random, random.pick(from), random.pick(from));
		const {bytes, linkType, wireBytes} = frame;
		const around = Buffer.alloc(bytes.length + 128, random.below(256));
		bytes.copy(around, 64);
		if (reader.read({source: around, start: 64, length: bytes.length, wireBytes, point: {linkType}})) {
			known += 1;
			outlineByDecoding(decoded, frame);
			if (shown(quick) !== shown(decoded)) {
				wrong.push(`${shown(quick)} instead of ${shown(decoded)}: link type ${linkType}, ${wireBytes} bytes, ${bytes.toString('hex')}`);
			}
		}
	}

	t.deepEqual(wrong, []);
	t.true(known > wanted / 2, `${known}`);
});

const points: readonly Point[] = ['web1/eth0', 'h1/br0', 'eth0', ''].flatMap((name) =>
	[1, 101, 113, 276, 228, 229, 999].map((linkType) => ({name, description: '', linkType})),
);

function packetOf({bytes, wireBytes, linkType}: Frame, index: number): Packet {
	const some = points.filter((point) => point.linkType === linkType);
	const point = some[index % some.length] ?? {name: '', description: '', linkType};
	return {
		point,
		seconds: index,
		nanoseconds: 500_000_000,
		bytes,
		wireBytes,
		direction: ([undefined, 'in', 'out'] as const)[index % 3],
		comment: index % 7 === 0 ? `number ${index}` : undefined,
	};
}

async function someOf(count: number): Promise<readonly Packet[]> {
	const random = new Random(8);
	const from = await seeds();
	const frames = Array.from({length: count}, () => mutated(random, random.pick(from), random.pick(from)));
	return [...from, ...frames].map(packetOf);
}

const all = someOf(1500);

/** The numbers of those that pass, by decoding. */
async function passing(text: string): Promise<readonly number[]> {
	const filter = parseFilter(text);
	return (await all).flatMap((packet, number) => {
		const {point, bytes, wireBytes} = packet;
		return passes(filter, {bytes, wireBytes, linkType: point.linkType}, sightingOf(packet, number + 1)) ? [number] : [];
	});
}

/** Some pass, and some do not. */
const finds = test.macro({
	async exec(t: ExecutionContext, text: string) {
		const filter = parseFilter(text);
		const store = new PacketStore();
		const held = await all;
		const expected = await passing(text);
		for (const packet of held) {
			store.append(packet);
		}

		t.true(expected.length > 0 && expected.length < held.length, `${expected.length}`);
		t.deepEqual([...store.find(filter)], expected);
		t.deepEqual(
			[...(await store.search(filter, {from: 100}))],
			expected.filter((number) => number >= 100),
		);
	},
	title: (_title, text) => `columns and decoding find the same: ${text}`,
});
for (const protocol of 'ah arp dhcp dns eth http icmp icmpv6 ieee8021ad ip ipv6 sll tcp udp vlan vxlan'.split(' ')) {
	test(finds, protocol);
}

for (const name of ['ip.src', 'ip.addr', 'ipv6.dst', 'ipv6.addr', 'tcp.srcport', 'tcp.port', 'udp.port', 'tcp.flags.syn', 'tcp.options.mss_val', 'http.host']) {
	test(finds, name);
}

for (const name of ['frame.interface_name', 'frame.packet_flags_direction', 'frame.comment', '!frame.comment && frame']) {
	test(finds, name);
}

for (const comparison of ['==', '!=', '<', '>=', 'contains']) {
	test(finds, `ip.addr ${comparison} 10.0.0.2`);
	test(finds, `ip.dst ${comparison} 10.0.0.2`);
	test(finds, `ipv6.addr ${comparison} fd00::2`);
	test(finds, `ipv6.src ${comparison} fd00::1`);
	test(finds, `tcp.port ${comparison} 80`);
	test(finds, `udp.dstport ${comparison} 53`);
	test(finds, `tcp.flags.ack ${comparison === '<' ? '<=' : comparison} ${comparison === '<' ? 0 : 1}`);
	test(finds, `frame.len ${comparison} 60`);
	test(finds, `frame.number ${comparison} 400`);
	test(finds, `frame.interface_name ${comparison} web1/eth0`);
	test(finds, `eth.addr ${comparison} 02:00:00:00:00:01`);
	test(finds, `!(udp.port ${comparison} 53 || tcp.flags.syn ${comparison} 1)`);
}

for (const name of [...places.keys(), 'tcp.len']) {
	test(`what is read at its place, or counted, and decoding find the same: ${name}`, async (t) => {
		const store = new PacketStore();
		const values = new Set<string | number>();
		for (const packet of await all) {
			store.append(packet);
			const layers = layersOf({bytes: packet.bytes, wireBytes: packet.wireBytes, linkType: packet.point.linkType});
			layers.flatMap(({fields}) => fields.filter((field) => field.name === name)).forEach(({value}) => values.add(value));
		}

		const [value, ...more] = values;
		t.true(value !== undefined, 'some have it');
		for (const text of ['==', '!=', '<=', 'contains'].map((comparison) => `${name} ${comparison} ${value}`)) {
			// oxlint-disable-next-line no-await-in-loop -- the same packets
			const expected = await passing(text);
			t.deepEqual([...store.find(parseFilter(text))], expected, text);
			t.true(expected.length > 0 || !text.includes('=='));
		}

		t.true(more.length > 0, 'not all have the same');
	});
}

test(finds, 'at web1|br0');
test(finds, 'at != web1|eth0');
test(finds, 'frame.cap_len <= 60 && frame.time_epoch < 300.7 && frame.packet_flags_direction == 1');
test(finds, 'frame.comment contains 14');
test(finds, 'ip.ttl > 10 && tcp && !(tcp.flags.syn == 1)');
test(finds, 'dns.qry.name contains web || (icmp && ip.addr == 10.0.0.1)');
for (const filter of [
	'dns.id == 4660',
	'dns.qry.name contains web',
	'dns.flags.response != 1',
	'dns.a != 10.9.9.9',
	'http.request.method == GET',
	'http.host != nobody',
	'dhcp.type >= 1',
]) {
	test(finds, filter);
}

test(finds, '!(ip.addr == 10.0.0.1) && !(ipv6.addr != fd00::2) || http');
test(finds, 'ip.src == 10.0.0.1 && (tcp.dstport == 80 || udp.dstport == 4789) && at web1|h1');

const words = [
	'tcp.port == 80',
	'udp.port != 53',
	'ip.addr == 10.0.0.1',
	'ipv6.src == fd00::2',
	'eth.addr == 02:00:00:00:00:01',
	'ip.ttl > 10',
	'tcp.len > 0',
	'frame.len > 60',
	'at web1|h1',
	'dns.qry.name contains web',
	'tcp.flags.syn == 1',
	'icmp',
] as const;

/** Words that are put together in some way, which says of most rows early what becomes of them. */
function combined(random: Random, depth: number): string {
	const one =
		depth === 0 || random.below(5) === 0
			? random.pick(words)
			: `(${combined(random, depth - 1)} ${random.pick(['&&', '||'])} ${combined(random, depth - 1)})`;
	return random.below(4) === 0 ? `!(${one})` : one;
}

test('words that are put together find what decoding finds', async (t) => {
	const random = new Random(23);
	const store = new PacketStore();
	for (const packet of await all) {
		store.append(packet);
	}

	const counts = new Set<number>();
	for (let count = 0; count < 40; count++) {
		const text = combined(random, 4);
		const found = [...store.find(parseFilter(text))];
		counts.add(found.length);
		// oxlint-disable-next-line no-await-in-loop -- the same packets
		t.deepEqual(found, await passing(text), text);
	}

	t.true(counts.size > 20, 'they find this and that');
});

test('an address that is not written as it is shown is none that a packet has', async (t) => {
	const store = new PacketStore();
	for (const packet of await all) {
		store.append(packet);
	}

	t.is(store.find(parseFilter('ip.addr == 10.0.0.02 || ip.addr == 10.2 || ip.addr == 1.2.3.4.5 || ip.addr == 1.2.3.256')).length, 0);
});

test('a message is known again by its bytes, and by its number where a name leads there', (t) => {
	// a question for the name that begins with the message's own number: 0x0161 is a label of one letter, "a"
	const question = (id: string, pointer: string): Buffer => Buffer.from(`${id}00000001000000000000${pointer}00010001`, 'hex');
	const store = new PacketStore();
	for (const message of [question('0161', 'c000'), question('0162', 'c000'), question('0162', '016100'), question('0163', '016100')]) {
		const head = Buffer.from('0200000000020200000000010800450000000000000040110000ac110002ac110003d431003500000000', 'hex');
		const bytes = Buffer.concat([head, message]);
		bytes.writeUInt16BE(bytes.length - 14, 16);
		bytes.writeUInt16BE(bytes.length - 34, 38);
		store.append({...packetOf({bytes, wireBytes: bytes.length, linkType: 1}, 1), comment: undefined});
	}

	t.deepEqual([...store.find(parseFilter('dns.qry.name == a'))], [0, 2, 3]);
	t.deepEqual([...store.find(parseFilter('dns.id == 0x0162'))], [1, 2]);
});

test('a filter of thousands of words is asked, too', async (t) => {
	const store = new PacketStore();
	for (const packet of await all) {
		store.append(packet);
	}

	const long = parseFilter(Array.from({length: 3000}, (_, index) => `tcp.port == ${index} || ip.ttl == ${index % 300}`).join(' || '));
	t.deepEqual(store.find(long), store.find(parseFilter('tcp.port < 3000 || ip.ttl >= 0')));
});
