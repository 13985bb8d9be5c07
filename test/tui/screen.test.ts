// Whole screens: every row exactly as wide as the screen, and the picture as it was reviewed in test/golden/tui. UPDATE=1 writes them anew.
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import process from 'node:process';
import test from 'ava';
import {packageFile} from '../../src/base/paths.ts';
import type {View} from '../../src/api/messages.ts';
import {openRules} from '../../src/tui/rules/commands.ts';
import {screenLayers} from '../../src/tui/screen.ts';
import type {State} from '../../src/tui/state.ts';
import {width} from '../../src/tui/text.ts';
import {makeTheme} from '../../src/tui/theme.ts';
import {screenText} from '../../src/tui/save.ts';
import {empty, macvlan, networks, overlay, sharing} from './mode-samples.ts';
import {bridgePublish, crowd, fourModes} from './samples.ts';
import {openSampleConns} from './conns/sample.ts';
import {before, later, sampleRules} from './rules-sample.ts';
import {busyState, sizes, type Sized} from './scene.ts';
import {stripped} from './terminal.ts';

process.env['TZ'] = 'UTC';
const golden = packageFile('test/golden/tui');

const modes = {macvlan, overlay, networks, sharing, empty};
const samples: Readonly<Record<string, () => View>> = {'bridge-publish': bridgePublish, 'four-modes': fourModes, crowd: () => crowd(120), ...modes};

/** What a person may have opened. */
const situations: Readonly<Record<string, (state: State) => void>> = {
	map: () => {},
	'map-details': (state) => (state.details = 'facts'),
	'map-commands': (state) => (state.details = 'commands'),
	rules: hitRules,
	conns: openSampleConns,
	'conns-details': (state) => {
		openSampleConns(state);
		state.conns.isOpen = true;
	},
	'rules-commands': (state) => {
		hitRules(state);
		state.rules.cursor = '4 nat DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80';
		state.rules.isCommands = true;
	},
	logs: (state) => (state.screen = 'logs'),
	'command-log': (state) => {
		state.screen = 'logs';
		state.focus = 'oplog';
		state.lists.oplog.filter = 'veth';
	},
};

/** Packets come to the published port, from one reading to the next. */
function hitRules(state: State): void {
	openRules(state);
	const noon = Date.UTC(2026, 5, 1, 12);
	state.rules.take(sampleRules('02-bridge-publish', before), state.view, noon);
	state.rules.take(sampleRules('02-bridge-publish', later), state.view, noon + 1000);
}

const themes = ([0, 16, 256] as const).flatMap((colours) => [makeTheme(colours, false), makeTheme(colours, true)]);

const fills = test.macro({
	exec(t, sample: string, {columns, rows}: Sized) {
		for (const [name, prepare] of Object.entries(situations)) {
			const state = busyState(samples[sample]?.() ?? bridgePublish(), {columns, rows}, true);
			prepare(state);
			for (const theme of themes) {
				const filled = Array.from({length: rows}, () => '');
				for (const {y, lines} of screenLayers(state, theme, 500)) {
					lines.forEach((line, index) => (filled[y + index] += line));
				}

				t.deepEqual(
					filled.map((row) => width(stripped(row))),
					Array.from({length: rows}, () => columns),
					`${name} with ${theme.colours} colours`,
				);
				t.is(filled.join('').includes('\u001B'), theme.colours !== 0, `${name} with ${theme.colours} colours`);
				t.is(/[^\u0020-\u007E]/.test(stripped(filled.join(''))), !theme.isAscii, `${name}: only ASCII where it is asked for`);
			}
		}
	},
	title: (_, sample: string, size: Sized) => `every row of ${sample} is exactly ${size.columns} cells wide at ${size.columns}x${size.rows}`,
});

for (const sample of Object.keys(samples)) {
	for (const size of sizes) {
		test(fills, sample, size);
	}
}

interface Look extends Sized {
	readonly sample: string;
	readonly situation: string;
	readonly isAscii?: boolean;
}

const looks = test.macro({
	exec(t, {sample, situation, columns, rows, isAscii = false}: Look) {
		const state = busyState(samples[sample]?.() ?? bridgePublish(), {columns, rows});
		situations[situation]?.(state);
		const text = screenText(state, isAscii);
		const path = join(golden, `${sample}-${situation}-${columns}x${rows}${isAscii ? '-ascii' : ''}.txt`);
		if (process.env['UPDATE'] === '1') {
			mkdirSync(golden, {recursive: true});
			writeFileSync(path, text);
		}

		t.is(text, readFileSync(path, 'utf8'));
	},
	title: (_, {sample, situation, columns, rows, isAscii = false}: Look) =>
		`${situation} of ${sample} at ${columns}x${rows}${isAscii ? ' in ASCII' : ''} looks as reviewed`,
});

for (const size of sizes) {
	test(looks, {sample: 'bridge-publish', situation: 'rules', ...size});
	test(looks, {sample: 'bridge-publish', situation: 'conns', ...size});
	test(looks, {sample: 'bridge-publish', situation: 'conns-details', ...size});
	for (const situation of ['map', 'logs']) {
		test(looks, {sample: 'bridge-publish', situation, ...size});
		test(looks, {sample: 'four-modes', situation, ...size});
	}
}

for (const sample of Object.keys(modes)) {
	test(looks, {sample, situation: 'map', columns: 40, rows: 12});
	test(looks, {sample, situation: 'map', columns: 80, rows: 24});
	test(looks, {sample, situation: 'map', columns: 160, rows: 50});
	test(looks, {sample, situation: 'map', columns: 100, rows: 50, isAscii: true});
}

test(looks, {sample: 'bridge-publish', situation: 'map', columns: 80, rows: 24, isAscii: true});
test(looks, {sample: 'four-modes', situation: 'map', columns: 100, rows: 40, isAscii: true});
test(looks, {sample: 'bridge-publish', situation: 'map-details', columns: 80, rows: 24});
test(looks, {sample: 'bridge-publish', situation: 'map-commands', columns: 80, rows: 24});
test(looks, {sample: 'bridge-publish', situation: 'rules', columns: 80, rows: 24, isAscii: true});
test(looks, {sample: 'bridge-publish', situation: 'rules-commands', columns: 80, rows: 24});
test(looks, {sample: 'bridge-publish', situation: 'rules-commands', columns: 40, rows: 12});
test(looks, {sample: 'bridge-publish', situation: 'command-log', columns: 80, rows: 24});
test(looks, {sample: 'bridge-publish', situation: 'conns', columns: 100, rows: 24, isAscii: true});
test(looks, {sample: 'crowd', situation: 'map', columns: 80, rows: 24});

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

test('a lab that is being built says which step it is at, and draws whatever stands already', (t) => {
	const view = {...bridgePublish(), isUp: false, lans: [], hosts: []};
	const state = busyState(view, {columns: 80, rows: 24});
	state.oplog.push({
		number: 0,
		atMs: 5,
		unit: 'lan:office',
		direction: 'do',
		command: 'ip link add office type bridge',
		where: 'lan:office',
		why: 'the LAN is a switch',
	});
	const text = screenText(state, false);
	t.regex(text, /○ building {2}step 1/);
	t.regex(text, /being built: lan:office# ip link add office type bridge/);
	t.regex(screenText(busyState({...view, lans: bridgePublish().lans}, {columns: 80, rows: 24}), false), /══\[office 192\.168\.50\.0\/24\]══/);
	t.regex(screenText(busyState(view, {columns: 40, rows: 12}), false), /1 map/);
});
