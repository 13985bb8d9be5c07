// Ports of bridges are named by what hangs on them, in as many cells as there are.
import test from 'ava';
import {PacketBook} from '../../../src/tui/packets/book.ts';
import {pointText} from '../../../src/tui/packets/ports.ts';
import {clipStart} from '../../../src/tui/text.ts';
import {PacketStore} from '../../../src/watch/store/store.ts';
import {bridgePublish} from '../samples.ts';
import {arrival, captured, wiringAsCaptured} from './capture.ts';

test('what an engine made up goes first when there is less room, what hangs on the port last', (t) => {
	const named = (cells: number): string => pointText('h1/vethe9c5549', 'web', cells);
	t.is(named(Number.POSITIVE_INFINITY), 'h1/vethe9c5549→web');
	t.is(named(18), 'h1/vethe9c5549→web');
	t.is(named(17), 'h1/veth→web');
	t.is(named(11), 'h1/veth→web');
	t.is(named(10), 'h1→web');
	t.is(named(5), '→web');
	t.is(pointText('h1:vxlan4097/veth0a1b2c3', 'api', 22), 'h1:vxlan4097/veth→api');
	// a name that somebody gave is whole or not there
	t.is(pointText('h1/v1pl4242', 'web', 14), 'h1→web');
	t.is(pointText('h1/docker0', undefined, 4), 'h1/docker0');
});

test('an address keeps its end and its port', (t) => {
	t.is(clipStart('192.168.50.12:8080', 18), '192.168.50.12:8080');
	t.is(clipStart('192.168.50.12:8080', 14), '…68.50.12:8080');
	t.is(clipStart('[fd00:50::12]:8080', 10), '…:12]:8080');
	t.is(clipStart('10.0.0.1', 0), '');
});

test('a port is known by the lab as it is, and still when what hung on it has gone', (t) => {
	const book = new PacketBook(new PacketStore({packets: 1000}));
	captured.forEach((packet) => book.take(arrival(packet)));
	const port = (): string | undefined => book.rows.of(book.store, 185, book.folds)?.port;
	t.is(book.store.at(185)?.point.name, 'h1/vethfe77687');
	t.is(port(), undefined);
	const wiring = wiringAsCaptured(bridgePublish());
	book.folds.journeys.learn(wiring, () => true);
	t.is(port(), 'cli');
	// a LAN's ports say it themselves
	t.is(book.store.at(177)?.point.name, 'office/h1-eth0');
	t.is(book.rows.of(book.store, 177, book.folds)?.port, undefined);
	t.is(book.rows.widths.point, 'h1/vethfe77687→cli'.length);
	book.folds.journeys.learn([], () => true);
	t.is(port(), 'cli');
});
