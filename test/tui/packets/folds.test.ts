import test from 'ava';
import {PacketBook} from '../../../src/tui/packets/book.ts';
import type {Arrival, Packet, Point} from '../../../src/watch/files/packet.ts';
import {PacketStore} from '../../../src/watch/store/store.ts';
import {udp, wiring} from '../../watch/journey/lab.ts';
import {bridgePublish} from '../samples.ts';
import {arrival, captured, wiringAsCaptured} from './capture.ts';

function folded(packets: readonly Packet[], most = 1000): PacketBook {
	const book = new PacketBook(new PacketStore({packets: most}));
	book.folds.journeys.learn(wiringAsCaptured(bridgePublish()), () => true);
	packets.forEach((packet) => book.take(arrival(packet)));
	book.folds.join(Number.POSITIVE_INFINITY);
	book.isFolded = true;
	return book;
}

function headsOf({folds}: PacketBook): readonly (number | undefined)[] {
	return Array.from({length: folds.heads.count}, (_, place) => folds.heads.at(place));
}

test('each packet is a row, whose sightings are all that there are', (t) => {
	const book = folded(captured);
	t.is(book.count, 30);
	t.is(book.sightings.length, captured.length);
	t.deepEqual(
		[...book.sightings],
		captured.map((_, number) => number),
	);
	t.deepEqual(book.folds.sightingsOf(9), [9, 10, 11, 12, 21, 22, 23]);
});

test('a filter lets a packet pass that passes at any of its places', (t) => {
	const book = folded(captured);
	book.filter('tcp.dstport == 8080 && tcp.flags.syn == 1');
	t.is(book.count, 1);
	const head = book.numberAt(0);
	book.filter('ip.dst == 172.17.0.2 && tcp.flags.syn == 1 && at web');
	t.is(book.count, 1);
	t.is(book.numberAt(0), head);
	t.is(book.sightings.length, 7);
});

test('one stays on the packet when it is folded, and on the sighting when it is unfolded', (t) => {
	const book = folded(captured);
	book.isFolded = false;
	book.goTo(12);
	book.fold();
	t.is(book.selected, 9);
	t.is(book.opened, 12);
	book.moveHop(-1);
	t.is(book.opened, 11);
	book.moveHop(-100);
	t.is(book.opened, 9);
	book.moveHop(2);
	book.fold();
	t.is(book.selected, 11);
	t.is(book.place, 11);
});

test('what is read again of a journey is what was joined', (t) => {
	const book = folded(captured);
	for (const head of headsOf(book)) {
		const journey = book.folds.journeyOf(head ?? t.fail());
		t.deepEqual(
			journey?.hops.map(({number}) => number),
			book.folds.sightingsOf(head ?? 0),
		);
	}

	t.is(book.ways.of(book.folds, 9)?.text, '[SYN]  laptop/eth0 > h1/eth0 > [DNAT 192.168.50.10:8080 -> 172.17.0.2:80] h1/docker0 > web/eth0');
});

test('what vanished says so when the capture is over, and an answer what it answers', (t) => {
	const lost = folded(captured.slice(0, 176));
	const head = headsOf(lost).at(-1) ?? t.fail();
	t.is(lost.folds.remarksOf(head), undefined);
	lost.folds.endOfCapture();
	t.regex(lost.ways.of(lost.folds, head)?.info ?? '', /^last seen at h1\/docker0 in: \[SYN\]/);
	const all = folded(captured);
	all.folds.endOfCapture();
	t.deepEqual(all.folds.remarksOf(5), ['answers #1']);
});

test('as the oldest packets go, their rows go; sightings of a packet that began before are no row', (t) => {
	const book = folded(captured, 50);
	t.is(book.folds.headOf(100), undefined);
	for (const head of headsOf(book)) {
		t.true((head ?? 0) >= book.store.first);
		t.truthy(book.ways.of(book.folds, head ?? 0));
	}

	book.filter('tcp');
	t.true(book.count > 0);
	t.true(book.sightings.every((number) => number >= book.store.first));
});

test('a sighting that comes before the one it follows from makes one row of two', (t) => {
	const book = new PacketBook(new PacketStore({packets: 100}));
	book.folds.journeys.learn(wiring, () => true);
	const point = (name: string): Point => ({...(captured[0]?.point ?? t.fail()), name});
	const bytes = udp({from: '192.168.50.12', to: '192.168.50.10'});
	const seen = (name: string, direction: 'in' | 'out', nanoseconds: number): void => {
		const packet: Arrival = {
			point: point(name),
			direction,
			seconds: 1,
			nanoseconds,
			wireBytes: bytes.length,
			comment: undefined,
			source: bytes,
			start: 0,
			length: bytes.length,
		};
		book.take(packet);
	};
	seen('laptop/eth0', 'out', 1000);
	seen('office/h1-eth0', 'out', 2000);
	book.folds.join(Number.POSITIVE_INFINITY);
	book.isFolded = true;
	book.filter('at h1-eth0');
	t.deepEqual(headsOf(book), [0, 1]);
	t.is(book.numberAt(0), 1);
	seen('office/laptop-eth0', 'in', 1500);
	book.folds.join(Number.POSITIVE_INFINITY);
	t.deepEqual(headsOf(book), [0]);
	t.deepEqual(book.folds.sightingsOf(0), [0, 2, 1]);
	t.is(book.count, 1);
	t.is(book.numberAt(0), 0);
});
