import test from 'ava';
import {Pace} from '../../../src/tui/packets/pace.ts';

test('a flood leaves a part of every second, and what is quiet takes all the time that it needs', (t) => {
	let now = 0;
	const pace = new Pace(() => now);
	const work = (end: number, ms: number): boolean => {
		const isFree = pace.isFree(end);
		if (isFree) {
			now += ms;
			pace.spent();
		}

		return isFree;
	};
	t.true(work(0, 15));
	t.true(work(2000, 15));
	t.false(work(4000, 15), 'its part of this second is over');
	now = 1000;
	t.true(work(6000, 25), 'the next second');
	t.false(work(9000, 1));
	now = 2000;
	t.true(work(9000, 400), 'the flood is over');
	t.true(work(9500, 400));
});
