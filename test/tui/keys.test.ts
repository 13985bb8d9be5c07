// One table of keys: what is shown is what works.
import test from 'ava';
import {commands} from '../../src/tui/commands.ts';
import {helpLines} from '../../src/tui/dialogs/help.tsx';
import {bindingsOf, commandFor, keyTable, type Screen} from '../../src/tui/keys.ts';
import {entriesFor} from '../../src/tui/palette.ts';
import {drawHints, hintsOf} from '../../src/tui/panes/hints.ts';
import {makeTheme} from '../../src/tui/theme.ts';
import {bridgePublish} from './samples.ts';
import {busyState} from './scene.ts';

const screens: readonly Screen[] = ['map', 'packets', 'rules', 'conns', 'logs'];

test("the hint bar of a wide screen is the key table's hints, and what it shows works", (t) => {
	for (const screen of screens) {
		const bar = drawHints({screen, columns: 400, entry: undefined, message: '', isCompleting: false}, makeTheme(0, false)).join('');
		const [first, ...others] = hintsOf(screen);
		const words = [...others, ...(first === undefined ? [] : [first])].map((row) => `${row.keys[0] ?? ''} ${row.hint ?? ''}`);
		t.is(bar.replace('arrows walk', '').trim().split(/ {2,}/).join('|'), words.join('|'));
		for (const row of hintsOf(screen)) {
			t.is(commandFor(screen, row.keys[0] ?? ''), row.command);
		}
	}
});

test('a narrow hint bar keeps the way to the help', (t) => {
	t.regex(
		drawHints({screen: 'map', columns: 40, entry: undefined, message: '', isCompleting: false}, makeTheme(0, false)).join(''),
		/Enter details.*\? help $/,
	);
});

test('the help lists every key of a screen', (t) => {
	for (const screen of screens) {
		const lines = helpLines(screen);
		for (const row of bindingsOf(screen).filter(({keys}) => keys.length > 0)) {
			t.true(
				lines.some(({keys, about}) => keys === row.keys.join(' ') && about === row.about),
				row.command,
			);
		}
	}
});

test('the palette offers every command of a screen', (t) => {
	for (const screen of screens) {
		const state = busyState(bridgePublish(), {columns: 80, rows: 24});
		state.screen = screen;
		const labels = new Set(entriesFor(state, '').map(({label}) => label));
		t.deepEqual(
			bindingsOf(screen).filter(({command, about}) => command !== 'palette' && !labels.has(about)),
			[],
		);
	}
});

test('no key means two things on one screen, and every command has its function', (t) => {
	for (const screen of screens) {
		const keys = bindingsOf(screen).flatMap((row) => row.keys);
		t.is(new Set(keys).size, keys.length);
	}

	t.deepEqual(Object.keys(commands).toSorted(), keyTable.map(({command}) => command).toSorted());
});

test('no action is only on a Ctrl letter, but for suspending, where every program has it', (t) => {
	const only = keyTable.filter(({keys}) => keys.length > 0 && keys.every((key) => key.startsWith('Ctrl-'))).map(({command}) => command);
	t.deepEqual(only, ['suspend']);
});

test('the palette finds by letters in their order, the closest first', (t) => {
	const state = busyState(bridgePublish(), {columns: 80, rows: 24});
	t.is(entriesFor(state, 'shweb')[0]?.label, 'shell in web');
	t.is(entriesFor(state, 'go lap')[0]?.label, 'go to laptop');
	t.is(entriesFor(state, 'restart')[0]?.label, 'restart the selected container');
	t.deepEqual(entriesFor(state, 'xyzzy'), []);
});
