import test from 'ava';
import {Canvas} from '../../../src/tui/layout/canvas.ts';
import {glyphTable, join, sides, type Weight} from '../../../src/tui/layout/masks.ts';
import {makeTheme} from '../../../src/tui/theme.ts';

const draws = test.macro({
	exec: (t, weights: readonly [Weight, Weight, Weight, Weight], glyph: string, ascii: string) => {
		t.is(String.fromCharCode(glyphTable(false)[sides(...weights)] ?? 0), glyph);
		t.is(String.fromCharCode(glyphTable(true)[sides(...weights)] ?? 0), ascii);
	},
	title: (_, weights: readonly Weight[], glyph: string) => `sides ${weights.join('')} are ${glyph}`,
});
test(draws, [0, 2, 1, 2], '╤', '+');
test(draws, [1, 2, 0, 0], '╘', '+');
test(draws, [1, 3, 0, 3], '┷', '#');
test(draws, [0, 0, 0, 2], '═', '=');
test(draws, [1, 0, 1, 0], '│', '|');

test('every mix of lines has a glyph, and in ASCII an ASCII one', (t) => {
	for (let mask = 1; mask < 256; mask++) {
		t.regex(String.fromCharCode(glyphTable(false)[mask] ?? 0), /[\u2500-\u257F]/);
		t.regex(String.fromCharCode(glyphTable(true)[mask] ?? 0), /[-=|+#]/);
	}
});

test('lines that meet make a junction, lines that pass over do not', (t) => {
	t.is(join(sides(0, 2, 0, 2), sides(0, 0, 1, 0)), sides(0, 2, 1, 2));
	const canvas = new Canvas(5, 3);
	canvas.across(0, 4, 1, {weight: 2, role: 'lan'});
	canvas.upright(1, 0, 2, {weight: 1, role: 'wire'});
	canvas.cross(3, 1, sides(1, 0, 1, 0), 'wire');
	t.deepEqual(canvas.rows(makeTheme(0, false)), [' ╷   ', '═╪═│═', ' ╵   ']);
});

test('what is drawn outside a canvas is not drawn, and a wide character is not cut in half', (t) => {
	const canvas = new Canvas(4, 2);
	canvas.box({x: -1, y: -1, width: 9, height: 9}, {weight: 1, role: 'card'});
	canvas.text(1, 0, '模式', 'title');
	canvas.text(-2, 1, 'abcdefgh', 'title');
	t.deepEqual(canvas.rows(makeTheme(0, false)), [' 模 ', 'cdef']);
	t.deepEqual(canvas.rows(makeTheme(0, true)), [' ?  ', 'cdef']);
});

test('a heavy box on a light line keeps the line light on the side where it comes and goes', (t) => {
	const table = glyphTable(false);
	t.is(String.fromCharCode(table[join(sides(0, 3, 3, 0), sides(0, 0, 0, 1))] ?? 0), '┲');
	t.is(String.fromCharCode(table[join(sides(0, 0, 3, 3), sides(0, 1, 0, 0))] ?? 0), '┱');
});
