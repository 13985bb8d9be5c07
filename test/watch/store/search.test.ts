// Searches that take long leave time for other work, can be ended, and bear that packets come and go meanwhile.
import {setImmediate} from 'node:timers/promises';
import test from 'ava';
import {CaptureReader, PcapngWriter} from '../../../src/watch/files/index.ts';
import {parseFilter} from '../../../src/watch/filter/parse.ts';
import {Columns} from '../../../src/watch/store/columns.ts';
import {network} from '../../../src/watch/store/outline.ts';
import {PacketStore} from '../../../src/watch/store/store.ts';
import {captureFile, readAll} from '../files/read.ts';

/** Not in columns: each packet that has the header is decoded. */
const rare = parseFilter('tcp.window_size_value > 0');

async function filled(store: PacketStore, count: number): Promise<void> {
	const {packets} = await readAll(captureFile('veth.pcap'));
	for (let number = 0; number < count; number++) {
		const packet = packets[number % packets.length];
		if (packet !== undefined) {
			store.append(packet);
		}
	}
}

test('a search finds what find does, tells how far it is, and others have their turns', async (t) => {
	const store = new PacketStore();
	await filled(store, 20_000);
	const places: number[] = [];
	const state = {turns: 0, isOver: false};
	const search = store
		.search(rare, {
			progress: (number) => {
				places.push(number);
			},
		})
		.finally(() => {
			state.isOver = true;
		});
	while (!state.isOver) {
		state.turns += 1;
		// oxlint-disable-next-line no-await-in-loop -- the others that have their turns
		await setImmediate();
	}

	t.deepEqual(await search, store.find(rare));
	t.true(state.turns > 2 && places.length > 1, `${state.turns} turns, ${places.length} times told`);
	t.deepEqual(
		places,
		places.toSorted((a, b) => a - b),
	);
});

test('a search can be ended', async (t) => {
	const store = new PacketStore();
	await filled(store, 20_000);
	const ending = new AbortController();
	const search = store.search(rare, {signal: ending.signal});
	ending.abort(new Error('another filter was typed'));
	await t.throwsAsync(search, {message: 'another filter was typed'});
	await t.throwsAsync(store.search(rare, {signal: ending.signal}), {message: 'another filter was typed'});
});

test('packets that go while they are searched for are not found, and those that come are not looked at', async (t) => {
	const store = new PacketStore({packets: 20_000});
	await filled(store, 20_000);
	const all = store.find(rare);
	const search = store.search(rare);
	await setImmediate();
	await filled(store, 15_000);
	const found = await search;
	const kept = [...all].filter((number) => number >= store.first);
	t.is(store.first, 15_000);
	t.deepEqual(
		[...found].filter((number) => number >= store.first),
		kept,
	);
	t.true(found.every((number) => number < 20_000));
});

test('what a reader of a stream has is taken as it comes', async (t) => {
	const {packets} = await readAll(captureFile('veth.pcap'));
	const writer = new PcapngWriter();
	const file = Buffer.concat([writer.begin(), ...packets.flatMap((packet) => writer.packet(packet))]);
	const store = new PacketStore();
	const reader = new CaptureReader('x.pcapng');
	for (let at = 0; at < file.length; at += 100) {
		// memory that is used for something else once it was taken
		const piece = Buffer.from(file.subarray(at, at + 100));
		reader.push(piece);
		for (let packet = reader.next(); packet !== undefined; packet = reader.next()) {
			store.take(packet);
		}
	}

	t.deepEqual(
		packets.map((_, number) => store.at(number)),
		packets,
	);
});

test('IPv6 addresses that no packet has any more are thrown away, and the others still found', (t) => {
	const columns = new Columns(100);
	const bytes = Buffer.alloc(32);
	const put = (row: number, from: number): void => {
		bytes.writeUInt32BE(from, 12);
		bytes.writeUInt32BE(from + 1, 28);
		columns.outline.clear();
		columns.outline.addPacket(bytes, 0, 6);
		columns.setOutline(row, 0);
	};
	const count = 1_100_000;
	for (let number = 0; number < count; number++) {
		put(number % 100, number * 2);
	}

	t.true(columns.addresses.count < count, `${columns.addresses.count}`);
	t.is(((columns.state[0] ?? 0) >> 16) & 3, network.ipv6);
	for (let number = count - 100; number < count; number++) {
		const row = number % 100;
		const shown = (column: Uint32Array): number => Buffer.from(columns.addresses.bytes(column[row] ?? 0)).readUInt32BE(12);
		t.deepEqual([shown(columns.source[0]), shown(columns.destination[0])], [number * 2, number * 2 + 1]);
	}
});
