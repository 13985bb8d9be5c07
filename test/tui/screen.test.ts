// Whole screens: every row exactly as wide as the screen, and the picture as it was reviewed in test/golden/tui. UPDATE=1 writes them anew.
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import process from 'node:process';
import {fileURLToPath} from 'node:url';
import test from 'ava';
import type {View} from '../../src/api/messages.ts';
import {screenLayers} from '../../src/tui/screen.ts';
import type {State} from '../../src/tui/state.ts';
import {width} from '../../src/tui/text.ts';
import {makeTheme} from '../../src/tui/theme.ts';
import {screenText} from '../../src/tui/save.ts';
import {bridgePublish, crowd, fourModes} from './samples.ts';
import {busyState, sizes, type Sized} from './scene.ts';
import {stripped} from './terminal.ts';

process.env['TZ'] = 'UTC';
const golden = join(dirname(fileURLToPath(import.meta.url)), '../golden/tui');

const samples: Readonly<Record<string, () => View>> = {'bridge-publish': bridgePublish, 'four-modes': fourModes, crowd: () => crowd(120)};

/** What a person may have opened. */
const situations: Readonly<Record<string, (state: State) => void>> = {
	map: () => {},
	'map-details': (state) => (state.details = 'facts'),
	'map-commands': (state) => (state.details = 'commands'),
	logs: (state) => (state.screen = 'logs'),
	'command-log': (state) => {
		state.screen = 'logs';
		state.focus = 'oplog';
		state.lists.oplog.filter = 'veth';
	},
};

const fills = test.macro({
	exec(t, sample: string, {columns, rows}: Sized) {
		for (const [name, prepare] of Object.entries(situations)) {
			for (const colours of [0, 16, 256] as const) {
				for (const isAscii of [false, true]) {
					const state = busyState(samples[sample]?.() ?? bridgePublish(), {columns, rows}, true);
					prepare(state);
					const cover = Array.from({length: rows}, () => 0);
					for (const {x, y, lines} of screenLayers(state, makeTheme(colours, isAscii), 500)) {
						for (const [index, line] of lines.entries()) {
							cover[y + index] = (cover[y + index] ?? 0) + width(stripped(line));
							t.true(colours !== 0 || !line.includes('\u001B'), `${name}: colour although there is none`);
							t.true(!isAscii || /^[\u0020-\u007E]*$/.test(stripped(line)), `${name}: not ASCII: ${line}`);
							t.true(x === 0 || x === Math.floor(columns / 2));
						}
					}

					t.deepEqual(
						cover,
						Array.from({length: rows}, () => columns),
						`${name} with ${colours} colours`,
					);
				}
			}
		}
	},
	title: (_, sample = '', size: Sized = {columns: 0, rows: 0}) =>
		`every row of ${sample} is exactly ${size.columns} cells wide at ${size.columns}x${size.rows}`,
});

for (const sample of Object.keys(samples)) {
	for (const size of sizes) {
		test(fills, sample, size);
	}
}

const looks = test.macro({
	exec(t, sample: string, situation: string, size: Sized, isAscii: boolean) {
		const state = busyState(samples[sample]?.() ?? bridgePublish(), size);
		situations[situation]?.(state);
		const text = screenText(state, isAscii);
		const path = join(golden, `${sample}-${situation}-${size.columns}x${size.rows}${isAscii ? '-ascii' : ''}.txt`);
		if (process.env['UPDATE'] === '1') {
			mkdirSync(golden, {recursive: true});
			writeFileSync(path, text);
		}

		t.is(text, readFileSync(path, 'utf8'));
	},
	title: (_, sample = '', situation = '', size: Sized = {columns: 0, rows: 0}, isAscii = false) =>
		`${situation} of ${sample} at ${size.columns}x${size.rows}${isAscii ? ' in ASCII' : ''} looks as reviewed`,
});

for (const size of sizes) {
	for (const situation of ['map', 'logs']) {
		test(looks, 'bridge-publish', situation, size, false);
		test(looks, 'four-modes', situation, size, false);
	}
}

test(looks, 'bridge-publish', 'map', {columns: 80, rows: 24}, true);
test(looks, 'four-modes', 'map', {columns: 100, rows: 40}, true);
test(looks, 'bridge-publish', 'map-details', {columns: 80, rows: 24}, false);
test(looks, 'bridge-publish', 'map-commands', {columns: 80, rows: 24}, false);
test(looks, 'bridge-publish', 'command-log', {columns: 80, rows: 24}, false);
test(looks, 'crowd', 'map', {columns: 80, rows: 24}, false);

test('below 40x12 there is one line, and it says how to leave', (t) => {
	for (const size of [
		{columns: 39, rows: 24},
		{columns: 80, rows: 11},
		{columns: 1, rows: 1},
	]) {
		const [layer, ...others] = screenLayers(busyState(bridgePublish(), size), makeTheme(0, false), 0);
		t.is(others.length, 0);
		t.is(layer?.lines.length, size.rows);
		t.true(layer?.lines.every((line) => width(line) === size.columns));
		t.is(layer?.lines.slice(1).join('').trim(), '');
	}

	t.regex(screenText(busyState(bridgePublish(), {columns: 80, rows: 11}), false), /q leaves/);
});
