import test from 'ava';
import {Drawn} from '../../src/tui/drawn.ts';
import {makeTheme} from '../../src/tui/theme.ts';

const theme = makeTheme(0, false);

test('a pane is drawn again when a field of its frame, an item of a list in it or the theme is another one, and only then', (t) => {
	const drawn = new Drawn();
	let count = 0;
	const draw = (): string[] => [`drawn ${++count}`];
	const dot = {x: 1, y: 2};
	t.deepEqual(drawn.lines('map', {rows: 3, dots: [dot]}, theme, draw), ['drawn 1']);
	t.deepEqual(drawn.lines('map', {rows: 3, dots: [dot]}, theme, draw), ['drawn 1']);
	t.deepEqual(drawn.lines('map', {rows: 4, dots: [dot]}, theme, draw), ['drawn 2']);
	t.deepEqual(drawn.lines('map', {rows: 4, dots: [{x: 2, y: 2}]}, theme, draw), ['drawn 3']);
	t.deepEqual(drawn.lines('map', {rows: 4, dots: []}, theme, draw), ['drawn 4']);
	t.deepEqual(drawn.lines('map', {rows: 4, dots: []}, makeTheme(16, false), draw), ['drawn 5']);
	t.deepEqual(drawn.lines('tree', {rows: 4, dots: []}, makeTheme(16, false), draw), ['drawn 6']);
});
