// What frames cost is told to a file, so that who measures can read it at any time.
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {paintCounted} from '../../../src/tui/host/frame-costs.ts';

test('a frame is painted, and its CPU time is added to that of the others', (t) => {
	const folder = mkdtempSync(join(tmpdir(), 'vethlab-frames-'));
	t.teardown(() => {
		rmSync(folder, {recursive: true, force: true});
	});
	const file = join(folder, 'costs');
	const paint = paintCounted(file);
	const told = (): number => Number(readFileSync(file, 'utf8'));
	const work = (): boolean => {
		const {user, system} = process.cpuUsage();
		for (let spent = 0; spent < 5000;) {
			const now = process.cpuUsage({user, system});
			spent = now.user + now.system;
		}

		return true;
	};
	t.true(paint(work));
	const first = told();
	t.true(first >= 5000);
	t.true(paint(work));
	t.true(told() >= first + 5000);
	t.throws(
		() =>
			paint(() => {
				work();
				throw new Error('a mistake');
			}),
		{message: 'a mistake'},
	);
	t.true(told() >= first + 10_000, 'also of one that fails');
});
