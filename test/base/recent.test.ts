// A map that forgets.
import test from 'ava';
import {Recent} from '../../src/base/recent.ts';

test('of more entries than it holds it forgets those that were set the longest ago, and says what', (t) => {
	const recent = new Recent<string, number>(3);
	for (const [number, key] of ['a', 'b', 'c'].entries()) {
		t.is(recent.set(key, number), undefined);
	}

	t.is(recent.set('a', 10), undefined, 'set again it is the newest');
	t.is(recent.set('d', 3), 1, 'b');
	t.is(recent.get('b'), undefined);
	t.deepEqual(
		['a', 'c', 'd'].map((key) => recent.get(key)),
		[10, 2, 3],
	);
	recent.delete('a');
	recent.delete('nothing');
	t.is(recent.size, 2);
	t.is(recent.set('e', 4), undefined, 'there is room');
	t.is(recent.set('f', 5), 2, 'c');
});

test('it is what a Map with its keys in order would be', (t) => {
	const most = 16;
	const recent = new Recent<number, number>(most);
	const map = new Map<number, number>();
	let random = 1;
	for (let step = 0; step < 10_000; step++) {
		// a generator of Numerical Recipes
		random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
		const key = (random >>> 16) % 20;
		if (step % 100 < 40) {
			recent.delete(key);
			map.delete(key);
		} else {
			map.delete(key);
			map.set(key, step);
			const [oldest = -1] = map.keys();
			const forgotten = map.size > most ? map.get(oldest) : undefined;
			if (forgotten !== undefined) {
				map.delete(oldest);
			}

			t.is(recent.set(key, step), forgotten);
		}
	}

	t.is(recent.size, map.size);
	t.true([...map].every(([key, value]) => recent.get(key) === value));
});
