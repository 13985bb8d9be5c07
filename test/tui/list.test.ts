import test from 'ava';
import {ListBox, matcher} from '../../src/tui/list.ts';
import {LogBook} from '../../src/tui/logbook.ts';

test('a list follows its end until one moves away, and again after moving back to the end', (t) => {
	const box = new ListBox();
	box.settle(100, 10);
	t.deepEqual([box.cursor, box.top], [99, 90]);
	box.move(-1, 100);
	box.settle(150, 10);
	t.deepEqual([box.cursor, box.isFollowing], [98, false]);
	box.move(1000, 150);
	box.settle(151, 10);
	t.deepEqual([box.cursor, box.isFollowing], [150, true]);
});

test('the cursor stays on the screen whatever its size and the number of lines', (t) => {
	const box = new ListBox();
	for (const [count, rows, by] of [
		[50, 10, -30],
		[50, 3, 0],
		[50, 3, -19],
		[5, 10, 0],
		[0, 10, 0],
		[3, 1, 1],
	] as const) {
		box.move(by, count);
		box.settle(count, rows);
		t.true(box.cursor >= 0 && box.cursor <= Math.max(0, count - 1));
		t.true(box.top >= 0 && box.cursor >= box.top && box.cursor < box.top + rows);
	}
});

test('a filter ignores case, and ! turns it round', (t) => {
	t.true(matcher('dnat')('-j DNAT'));
	t.false(matcher('!dnat')('-j DNAT'));
	t.true(matcher('!dnat')('-j MASQUERADE'));
	t.true(matcher('')('anything'));
	t.true(matcher('!')('anything'));
});

test('the log book keeps the last lines, by node and filter, and history comes before what is live', (t) => {
	const book = new LogBook();
	const line = (node: string, number: number, text: string) => ({number, node, atMs: number, stream: 'stdout' as const, text});
	book.add([line('web', 5, 'live'), line('cli', 6, 'other')]);
	t.deepEqual(
		book.matching('web', '').map(({text}) => text),
		['live'],
	);
	book.load('web', [line('web', 1, 'first'), line('web', 5, 'live')]);
	t.true(book.isLoaded('web'));
	// told once more after it was in the history
	book.add([line('web', 5, 'live')]);
	t.deepEqual(
		book.matching(undefined, '').map(({text}) => text),
		['first', 'live', 'other'],
	);
	t.deepEqual(
		book.matching(undefined, '!web').map(({text}) => text),
		['other'],
	);
	book.add(Array.from({length: 30_000}, (_, index) => line('web', 10 + index, `line ${index}`)));
	t.true(book.matching(undefined, '').length <= 20_000);
	t.is(book.matching('web', 'line 29999').length, 1);
});
