// The map with packets under way, as it was reviewed in test/golden/tui: frames of a page that laptop asks web for. UPDATE=1 writes them anew.
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import process from 'node:process';
import test from 'ava';
import {packageFile} from '../../../src/base/paths.ts';
import type {State} from '../../../src/tui/state.ts';
import {sceneOf} from '../../../src/tui/state.ts';
import {screenLayers} from '../../../src/tui/screen.ts';
import {makeTheme} from '../../../src/tui/theme.ts';
import {arrival, captured} from '../packets/capture.ts';
import {bridgePublish} from '../samples.ts';
import {busyState, type Sized} from '../scene.ts';

const golden = packageFile('test/golden/tui');
/** ARP, then SYN, its answer, and the rest of the connection. */
const page = captured.slice(0, 87);

/** A state in which the packets have just been captured. */
function capturing({columns, rows}: Sized): State {
	const state = busyState(bridgePublish(), {columns, rows}, true);
	state.packets.phase = 'live';
	const scene = sceneOf(state);
	for (const packet of page) {
		state.motion.see(scene, arrival(packet), 0);
	}

	return state;
}

/** The rows of the map and its legend. */
function mapText(state: State, nowMs: number, isAscii: boolean): string {
	const [, map, legend] = screenLayers(state, makeTheme(0, isAscii), nowMs);
	return [...(map?.lines ?? []), ...(legend?.lines ?? [])].map((row) => `${row.trimEnd()}\n`).join('');
}

const looks = test.macro({
	exec(t, {columns, rows}: Sized, isAscii: boolean) {
		const state = capturing({columns, rows});
		const frames: string[] = [];
		for (const nowMs of [200, 1200, 2200, 3200, 4200]) {
			frames.push(`after ${nowMs} ms\n${mapText(state, nowMs, isAscii)}`);
		}

		const path = join(golden, `bridge-publish-packets-under-way-${columns}x${rows}${isAscii ? '-ascii' : ''}.txt`);
		const text = frames.join('\n');
		if (process.env['UPDATE'] === '1') {
			writeFileSync(path, text);
		}

		t.is(text, readFileSync(path, 'utf8'));
	},
	title: (_, {columns, rows}: Sized, isAscii: boolean) => `packets under way at ${columns}x${rows}${isAscii ? ' in ASCII' : ''} look as reviewed`,
});
test(looks, {columns: 80, rows: 24}, false);
test(looks, {columns: 80, rows: 24}, true);
test(looks, {columns: 160, rows: 50}, false);

test('a lost packet is marked where it was seen last, for a moment, with what is known of it', (t) => {
	const state = busy();
	const scene = sceneOf(state);
	state.motion.lose(
		scene,
		{
			at: [
				{at: 'h1/veth3fbc212', direction: 'out'},
				{at: 'h1/eth0', direction: 'in'},
			],
			words: 'h1 refuses it (RST) · TCP 192.168.50.12:39278',
		},
		0,
	);
	const text = mapText(state, 0, false);
	t.regex(text, /┌─✗─ h1 · Docker 28/);
	t.regex(text, /✗ h1 refuses it \(RST\) · TCP 192\.168\.50\.12:39278/);
	t.regex(mapText(state, 0, true), /\+-x- h1/);
	t.true(state.motion.isMoving);
	t.notRegex(mapText(state, 10_000, false), /✗/);
	t.false(state.motion.isMoving);
});

test('when all has arrived the map is as it was, and nothing moves', (t) => {
	const state = capturing({columns: 80, rows: 24});
	const still = mapText(busy(), 0, false);
	for (let nowMs = 0; state.motion.isMoving; nowMs += 100) {
		t.true(nowMs < 30_000);
		mapText(state, nowMs, false);
	}

	t.is(mapText(state, 30_000, false), still);
});

function busy(): State {
	const state = busyState(bridgePublish(), {columns: 80, rows: 24}, true);
	state.packets.phase = 'live';
	return state;
}

test('where packets cannot be captured the counters move the dots, and the legend says so', (t) => {
	const state = busy();
	state.packets.phase = 'over';
	state.packets.trouble = 'Operation not permitted';
	t.regex(mapText(state, 0, false), /● traffic by the counters; packets cannot be captured: Operation not permitted/);
});
