// A packet is seen at one place after the other: frames that come again are found by the reader, and nobody notices.
import test from 'ava';
import {summarize} from '../../../src/watch/decode/index.ts';
import {Sequences} from '../../../src/watch/decode/sequences.ts';
import {CaptureReader, PcapngWriter, type Packet, type Point} from '../../../src/watch/files/index.ts';
import {parseFilter} from '../../../src/watch/filter/parse.ts';
import {PacketStore} from '../../../src/watch/store/store.ts';
import {mutated, seeds} from '../mutated.ts';
import {Random} from '../random.ts';

const filters = ['tcp', 'udp', 'tcp.flags.syn == 1', 'ip.addr == 10.0.0.1', 'ipv6', 'tcp.port == 80', 'vxlan', 'dns', 'icmp', 'frame.len > 100', 'at h1'];

const point = (name: string, linkType: number): Point => ({name, description: '', linkType});
const points = [point('h1/eth0', 1), point('h2/eth0', 1), point('h3/eth0', 1), point('h4/eth0', 113)] as const;

/** A stream of packets, many of them some more times among others, at other places. */
async function stream(random: Random, count: number): Promise<readonly Packet[]> {
	const from = await seeds();
	const going: {packet: Packet; left: number}[] = [];
	const packets: Packet[] = [];
	while (packets.length < count) {
		if (going.length < 5 && random.below(2) === 0) {
			const seed = random.pick(from);
			const {bytes, wireBytes, linkType} = random.below(3) === 0 ? mutated(random, seed, random.pick(from)) : seed;
			const longer = random.below(8) === 0 ? (going.at(-1)?.packet.bytes ?? bytes) : bytes;
			const frame = longer === bytes ? bytes : Buffer.concat([longer, Buffer.alloc(random.pick([1, 1, 1500]))]);
			const packet: Packet = {
				point: point('h9/eth0', linkType),
				seconds: 1,
				nanoseconds: packets.length,
				bytes: frame,
				wireBytes: Math.max(wireBytes, frame.length),
				direction: undefined,
				comment: undefined,
			};
			going.push({packet, left: 1 + random.below(4)});
		}

		const one = going[random.below(going.length)];
		if (one !== undefined) {
			const direction = random.pick(['in', 'out', undefined] as const);
			const wireBytes = one.packet.wireBytes + (random.below(10) === 0 ? 1 : 0);
			const seenAt = random.below(3) === 0 ? one.packet.point : random.pick(points);
			packets.push({
				...one.packet,
				point: seenAt,
				direction,
				wireBytes,
				nanoseconds: packets.length,
				comment: random.below(9) === 0 ? 'said' : undefined,
			});
			one.left -= 1;
			if (one.left === 0) {
				going.splice(going.indexOf(one), 1);
			}
		}
	}

	return packets;
}

/** What is read of them when they come in pieces. */
function* read(random: Random, packets: readonly Packet[]): Generator<ReturnType<CaptureReader['next']> & object> {
	const writer = new PcapngWriter();
	const all = Buffer.concat([writer.begin(), ...packets.flatMap((packet) => writer.packet(packet))]);
	const reader = new CaptureReader('the stream');
	for (let at = 0; at < all.length;) {
		const size = 1 + random.below(20_000);
		// as from a socket: memory of its own
		reader.push(Buffer.from(all.subarray(at, at + size)));
		at += size;
		for (let packet = reader.next(); packet !== undefined; packet = reader.next()) {
			yield packet;
		}
	}
}

test('frames that come again are at the same place, and are what was written', async (t) => {
	const random = new Random(3);
	const packets = await stream(random, 3000);
	const places = new Map<Buffer, Set<number>>();
	let count = 0;
	let [last, lastBytes]: (Buffer | undefined)[] = [];
	let same = 0;
	for (const arrival of read(random, packets)) {
		const {bytes, ...rest} = arrival.packet();
		const {bytes: written, ...wanted} = packets[count] ?? t.fail();
		t.true(bytes.equals(written), `packet ${count}`);
		t.deepEqual(rest, wanted);
		places.set(arrival.source, (places.get(arrival.source) ?? new Set()).add(arrival.start));
		same += lastBytes !== undefined && bytes.equals(lastBytes) && last === bytes ? 1 : 0;
		[last, lastBytes] = [bytes, written];
		count++;
	}

	const different = [...places.values()].reduce((sum, {size}) => sum + size, 0);
	t.is(count, packets.length);
	t.true(different < count * 0.7, `${different} places of ${count} packets`);
	t.true(same > count * 0.05, `${same} are the same object as the one before`);
});

for (const [name, limits] of Object.entries({'a store': {}, 'a store of five packets': {packets: 5}, 'a store of few bytes': {bytes: 20_000}})) {
	test(`${name} that takes them holds what one does that reads each anew`, async (t) => {
		const random = new Random(4);
		const packets = await stream(random, 2000);
		const [taking, reading] = [new PacketStore(limits), new PacketStore({packets: Math.max(1, limits.packets ?? 1e6)})];
		const sequences = new Sequences();
		let count = 0;
		for (const arrival of read(random, packets)) {
			const packet = packets[count] ?? t.fail();
			const bytes = Buffer.from(packet.bytes);
			reading.append({...packet, bytes});
			t.is(taking.take(arrival), count);
			const summary = summarize({bytes, wireBytes: packet.wireBytes, linkType: packet.point.linkType}, sequences.at(count));
			t.deepEqual(taking.summary(count), summary);
			t.deepEqual(reading.summary(count), summary);
			if (count % 100 === 99) {
				for (let number = taking.first; number < taking.end; number++) {
					const held = taking.at(number);
					const {bytes: written, ...wanted} = packets[number] ?? t.fail();
					const {bytes: kept, ...rest} = held ?? t.fail();
					t.true(kept.equals(written), `packet ${number}`);
					t.deepEqual(rest, wanted);
				}

				for (const filter of filters) {
					t.deepEqual(taking.find(parseFilter(filter)), reading.find(parseFilter(filter), taking.first), `${filter} in ${count}`);
				}
			}

			count++;
		}

		t.is(count, packets.length);
	});
}
