import test from 'ava';
import {endUnclaimed} from '../../src/engine/unclaimed.ts';

test('an engine that nobody came for ends', async (t) => {
	// the timer itself does not keep a process running
	const alive = setInterval(() => undefined, 1000);
	await new Promise<void>((resolve) => {
		endUnclaimed(() => false, resolve, 1);
	});
	clearInterval(alive);
	t.pass();
});

test('one that somebody came for goes on', async (t) => {
	const asked = await new Promise<boolean>((resolve) => {
		endUnclaimed(
			() => {
				setTimeout(resolve, 5, true);
				return true;
			},
			() => resolve(false),
			1,
		);
	});
	t.true(asked);
});
