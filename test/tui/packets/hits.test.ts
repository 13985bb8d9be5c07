// Numbers of packets that were found.
import test from 'ava';
import {Hits} from '../../../src/tui/packets/hits.ts';

test('numbers are found by their place, and places by their number, also when the oldest have gone', (t) => {
	const hits = new Hits();
	const kept: number[] = [];
	for (let number = 3; number < 30_000; number += 1 + (number % 7)) {
		hits.push(number);
		kept.push(number);
		if (number % 11 === 0) {
			const oldest = number - 4000;
			hits.dropBefore(oldest);
			kept.splice(
				0,
				Math.max(
					0,
					kept.findIndex((one) => one >= oldest),
				),
			);
		}
	}

	t.is(hits.count, kept.length);
	t.true(kept.length > 500);
	t.deepEqual(
		kept.map((_, place) => hits.at(place)),
		kept,
	);
	for (const [place, number] of kept.entries()) {
		t.is(hits.placeOf(number), place);
		t.is(hits.placeOf(number + 1), place + 1);
	}

	t.is(hits.at(-1), undefined);
	t.is(hits.at(hits.count), undefined);
	hits.dropBefore(1_000_000);
	t.is(hits.count, 0);
	hits.push(2_000_000);
	t.is(hits.at(0), 2_000_000);
});

test('numbers are put in at their place and taken out again', (t) => {
	const hits = new Hits();
	[5, 9, 12].forEach((number) => hits.push(number));
	[7, 13, 1, 9].forEach((number) => hits.insert(number));
	const all = (): readonly (number | undefined)[] => Array.from({length: hits.count}, (_, place) => hits.at(place));
	t.deepEqual(all(), [1, 5, 7, 9, 12, 13]);
	t.true(hits.remove(9));
	t.false(hits.remove(8));
	hits.dropBefore(5);
	hits.insert(3);
	t.deepEqual(all(), [3, 5, 7, 12, 13]);
	Array.from({length: 3000}, (_, index) => 6000 - index).forEach((number) => hits.insert(number));
	t.is(hits.count, 3005);
	t.deepEqual(
		all(),
		all().toSorted((a = 0, b = 0) => a - b),
	);
});
