// How many packets are held, and since when.
import test from 'ava';
import {HeldPackets} from '../../../src/tui/packets/held.ts';
import type {Packet} from '../../../src/watch/files/packet.ts';

const million = 1_000_000;

/** A hundred of a megabyte each. */
function take({store}: HeldPackets): void {
	for (let count = 0; count < 100; count++) {
		const packet: Packet = {
			point: {name: 'h1/eth0', description: '', linkType: 1},
			seconds: 1,
			nanoseconds: count,
			bytes: Buffer.alloc(million, count),
			wireBytes: million,
			direction: 'in',
			comment: undefined,
		};
		store.append(packet);
	}
}

test('of packets that nobody has asked for yet fewer are held', (t) => {
	const held = new HeldPackets();
	take(held);
	const count = held.store.end - held.store.first;
	t.true(count > 50 && count < 70, `${count} of a megabyte`);
	t.false(held.isVisited);
});

test('who looks at them finds those, and all that come since', (t) => {
	const held = new HeldPackets();
	take(held);
	const {first} = held.store;
	held.visit();
	take(held);
	t.true(held.isVisited);
	t.is(held.store.first, first);
	t.is(held.store.end, 200);
});
