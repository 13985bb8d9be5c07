// Times of pcapng are exact to the nanosecond, in whichever unit.
import test from 'ava';
import {PcapngWriter} from '../../../src/watch/files/index.ts';
import {Random} from '../random.ts';
import {readAll} from './read.ts';

test('a time in nanoseconds comes back as it was, at the beginning and the end of a second', async (t) => {
	const random = new Random(3);
	// 64 bits of nanoseconds end in the year 2554
	const seconds = [0, 1, 4, 2 ** 31, 2 ** 32, 18_446_744_072, ...Array.from({length: 2000}, () => random.below(18_446_744_073))];
	const times = seconds.flatMap((second) => [0, 1, 999_999_999, random.below(1e9)].map((nanosecond) => [second, nanosecond] as const));
	const point = {name: 'eth0', description: '', linkType: 1};
	const writer = new PcapngWriter();
	const file = [
		writer.begin(),
		...times.flatMap(([second, nanoseconds]) =>
			writer.packet({point, seconds: second, nanoseconds, bytes: Buffer.alloc(1), wireBytes: 1, direction: undefined, comment: undefined}),
		),
	];
	const {packets, error} = await readAll(Buffer.concat(file));
	t.is(error, undefined);
	t.deepEqual(
		packets.map((packet) => [packet.seconds, packet.nanoseconds]),
		times,
	);
});
