// Mutated capture files: reading ends, with packets and at most one error that names a byte.
import test from 'ava';
import {LabError} from '../../../src/base/errors.ts';
import {PcapngWriter} from '../../../src/watch/files/index.ts';
import {overwritten, Random, reshaped} from '../random.ts';
import {captureFile, readAll} from './read.ts';

const wanted = 20_000;

test(`${wanted} mutated files: each is read to its end or to a byte that is named`, async (t) => {
	const random = new Random(3);
	const {packets} = await readAll(captureFile('veth.pcap'));
	const writer = new PcapngWriter();
	const own = Buffer.concat([writer.begin(), ...packets.slice(0, 5).flatMap((packet) => writer.packet({...packet, comment: 'why', direction: 'in'}))]);
	const files = [captureFile('veth.pcap').subarray(0, 700), captureFile('editcap.pcapng'), own] as const;
	const wrong: string[] = [];
	let damaged = 0;
	for (let count = 0; count < wanted; count++) {
		const file = random.pick(files);
		const at = random.below(Math.min(file.length, 200));
		const bytes = random.below(3) === 0 ? reshaped(random, file, random.pick(files)) : overwritten(random, file, at, Math.min(file.length, at + 4));
		// oxlint-disable-next-line no-await-in-loop -- one after the other
		const {packets: read, error} = await readAll(bytes, 1 + random.below(400));
		damaged += error === undefined ? 0 : 1;
		const isGood = error === undefined || (error instanceof LabError && error.code === 'E_FILE' && /: byte \d+: /.test(error.message));
		const isTimed = read.every(({seconds, nanoseconds}) => !Number.isNaN(new Date(seconds * 1000).getTime()) && nanoseconds >= 0 && nanoseconds < 1e9);
		if (!isGood || !isTimed || read.length > bytes.length / 16) {
			wrong.push(`${read.length} packets, ${error?.stack ?? ''}: ${bytes.toString('hex')}`);
		}
	}

	t.deepEqual(wrong.slice(0, 3), []);
	t.true(damaged > wanted / 10, `${damaged} were damaged`);
});
