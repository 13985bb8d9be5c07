// What the writer writes is read back the same: points, nanoseconds, lengths, directions, comments.
import test from 'ava';
import {PcapngWriter, type Packet, type Point} from '../../../src/watch/files/index.ts';
import {Random} from '../random.ts';
import {readAll} from './read.ts';

const points: readonly [Point, ...Point[]] = [
	{name: 'h1-eth0', description: 'host h1, on office', linkType: 1},
	{name: 'eth0', description: 'container web on h1', linkType: 1},
	{name: 'tun0', description: '', linkType: 101},
	{name: '', description: 'ein Gerät ohne Namen', linkType: 1},
];

function packetsFrom(random: Random, count: number): readonly Packet[] {
	return Array.from({length: count}, (): Packet => {
		const bytes = Buffer.from(Array.from({length: random.below(100)}, () => random.below(256)));
		return {
			point: random.pick(points),
			seconds: random.below(4_000_000_000),
			nanoseconds: random.below(1_000_000_000),
			bytes,
			wireBytes: bytes.length + random.below(2) * random.below(70_000),
			direction: random.pick([undefined, 'in', 'out'] as const),
			comment: random.pick([undefined, 'nat/PREROUTING rule 4: DNAT to 10.0.0.2:80', 'zwei\nZeilen, ö']),
		};
	});
}

function written(packets: readonly Packet[]): Buffer {
	const writer = new PcapngWriter();
	return Buffer.concat([writer.begin(), ...packets.flatMap((packet) => writer.packet(packet))]);
}

test('a file without packets', async (t) => {
	t.deepEqual(await readAll(written([])), {packets: [], error: undefined});
});

test('what is written is read, packet by packet', async (t) => {
	const packets = packetsFrom(new Random(7), 500);
	const read = await readAll(written(packets));
	t.is(read.error, undefined);
	t.deepEqual(read.packets, packets);
});

test('a point is described once, before its first packet', (t) => {
	const file = written(packetsFrom(new Random(7), 500));
	for (const {description} of points.filter((point) => point.description !== '')) {
		t.is(file.toString('utf8').split(description).length, 2, description);
	}
});

test('a comment that is too long for its option is cut', async (t) => {
	const [packet] = packetsFrom(new Random(7), 1);
	t.truthy(packet);
	if (packet !== undefined) {
		const {packets, error} = await readAll(written([{...packet, comment: 'x'.repeat(100_000)}]));
		t.is(error, undefined);
		t.is(packets[0]?.comment?.length, 65_532);
	}
});
