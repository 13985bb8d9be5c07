import test from 'ava';
import {endUnclaimed} from '../../src/engine/unclaimed.ts';

/** Whether the engine was ended when its time was over. */
async function isEnded(isClaimed: boolean): Promise<boolean> {
	// the timer itself does not keep a process running
	const alive = setInterval(() => undefined, 1000);
	try {
		return await new Promise<boolean>((resolve) => {
			endUnclaimed(
				() => {
					setTimeout(resolve, 5, false);
					return isClaimed;
				},
				() => resolve(true),
				1,
			);
		});
	} finally {
		clearInterval(alive);
	}
}

test('an engine that nobody came for ends', async (t) => {
	t.true(await isEnded(false));
});

test('one that somebody came for goes on', async (t) => {
	t.false(await isEnded(true));
});
