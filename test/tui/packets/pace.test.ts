import test from 'ava';
import {Pace} from '../../../src/tui/packets/pace.ts';

/** `work(end, ms)`: works so long if there is time when so many packets have come; whether there was. */
function workshop(): {readonly clock: {now: number}; readonly work: (end: number, ms: number) => boolean} {
	const clock = {now: 0};
	const pace = new Pace(() => clock.now);
	return {
		clock,
		work: (end, ms) => {
			const isFree = pace.isFree(end);
			if (isFree) {
				clock.now += ms;
				pace.spent();
			}

			return isFree;
		},
	};
}

test('a flood leaves a part of the time, and what is quiet takes all that it needs', (t) => {
	const {clock, work} = workshop();
	t.true(work(0, 1));
	t.true(work(500, 2));
	t.false(work(1000, 2), 'its part of this window is over');
	clock.now = 250;
	t.true(work(1500, 5), 'the next window');
	t.false(work(1500, 1), 'nothing has come in it yet, but it did before');
	clock.now = 500;
	t.true(work(1500, 400));
	t.true(work(1600, 400), 'the flood is over');
	t.true(work(1700, 400));
});

test('ten thousand a second, asked a thousand times a second, take a hundredth of the time', (t) => {
	const {clock, work} = workshop();
	let workedMs = 0;
	for (let end = 0; clock.now < 10_000; end = clock.now * 10) {
		if (work(end, 2)) {
			workedMs += 2;
		} else {
			clock.now++;
		}
	}

	t.true(workedMs <= 120, `${workedMs} ms of 10 s`);
	t.true(workedMs >= 50);
});
