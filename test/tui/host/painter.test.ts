// After any random sequence of what can happen, the screen equals a fresh full paint. Also: nothing new, nothing written.
import test from 'ava';
import {Stage} from '../../../src/tui/dialogs/stage.tsx';
import {Drawn} from '../../../src/tui/drawn.ts';
import {Painter, type Layer} from '../../../src/tui/host/painter.ts';
import {receive, type Receiver} from '../../../src/tui/input.ts';
import {keyTable} from '../../../src/tui/keys.ts';
import {screenLayers} from '../../../src/tui/screen.ts';
import {takeEvent} from '../../../src/tui/events.ts';
import {keepSelection, type State} from '../../../src/tui/state.ts';
import {makeTheme} from '../../../src/tui/theme.ts';
import {FakeSession} from '../fake-session.ts';
import {macvlan, networks, overlay, sharing} from '../mode-samples.ts';
import {bridgePublish, crowd, fourModes} from '../samples.ts';
import {busyState} from '../scene.ts';
import {Screen} from '../terminal.ts';

/** A pseudo-random source that gives the same numbers for the same seed (a linear congruential generator). */
function random(seed: number): (below: number) => number {
	let value = seed;
	return (below) => {
		value = (Math.imul(value, 1_664_525) + 1_013_904_223) >>> 0;
		return Math.floor((value / 2 ** 32) * below);
	};
}

function receiver(state: State, stage: Stage): Receiver {
	const nothing = (): void => {};
	return {
		state,
		copy: (_text, what) => (state.message = `copied ${what}`),
		writeScreen: nothing,
		openShell: nothing,
		loadLogs: nothing,
		savePackets: nothing,
		act: nothing,
		setMouse: nothing,
		suspend: nothing,
		askToLeave: () => (state.dialog = {kind: 'quit'}),
		say: (text) => (state.message = text),
		leave: () => (state.dialog = undefined),
		mostHelpTop: () => stage.mostHelpTop(state),
	};
}

const allKeys = [...keyTable.flatMap(({keys}) => keys), 'e', 'a', 'w', 'Backspace', 'Enter', 'Escape', 'Escape'];
const views = [bridgePublish, fourModes, () => crowd(60), macvlan, networks, overlay, sharing];

const holds = test.macro({
	async exec(t, seed: number) {
		const below = random(seed);
		const colours = ([0, 16, 256] as const)[below(3)] ?? 0;
		const isAscii = below(4) === 0;
		const theme = makeTheme(colours, isAscii);
		const state = busyState(fourModes(), {columns: 80, rows: 24}, true);
		const stage = new Stage(theme);
		const to = receiver(state, stage);
		let session = new FakeSession(state.view);
		let screen = new Screen(state.columns, state.rows);
		let nowMs = 1000;
		let output = '';
		const painter = new Painter((text) => (output += text));
		painter.invalidate(nowMs);
		const listen = (): unknown => session.onEvent((event) => takeEvent(state, event, nowMs));
		listen();
		const withDialog = (layers: readonly Layer[]): Layer[] => [...layers, ...[stage.layer(state)].flatMap((layer) => layer ?? [])];
		// another theme and nothing drawn before: no pane and no row is taken from what was kept
		const redrawn = (): Layer[] => screenLayers({...state, drawn: new Drawn(), subject: undefined}, makeTheme(colours, isAscii), nowMs);
		for (let step = 0; step < 90; step++) {
			nowMs += below(400);
			const what = below(10);
			if (what === 0) {
				state.columns = 30 + below(150);
				state.rows = 8 + below(50);
				screen = new Screen(state.columns, state.rows);
				painter.invalidate(nowMs);
			} else if (what === 1) {
				session = new FakeSession((views[below(views.length)] ?? bridgePublish)());
				listen();
				session.emit({event: 'view', view: session.view});
			} else if (what <= 3) {
				session.send('laptop', 'web', 1 + below(2000));
				session.send('web', 'db', 1 + below(20));
				session.drop('h1', 'eth0', below(2));
				session.tick();
			} else if (what === 4) {
				session.emit({
					event: 'logs',
					lines: Array.from({length: below(30)}, (_, index) => ({
						number: index,
						atMs: nowMs,
						node: 'web',
						stream: 'stdout' as const,
						text: `line ${index} 模式 ${'x'.repeat(below(200))}`,
					})),
				});
			} else if (what === 5) {
				receive(to, {
					kind: 'mouse',
					action: (['press', 'wheel-up', 'wheel-down', 'release'] as const)[below(4)] ?? 'press',
					x: below(state.columns),
					y: below(state.rows),
				});
			} else {
				const name = allKeys[below(allKeys.length)] ?? '';
				receive(to, {kind: 'key', name, text: name.length === 1 ? name : ''});
			}

			keepSelection(state);
			painter.paint(withDialog(screenLayers(state, theme, nowMs)), state.rows, nowMs);
			// oxlint-disable-next-line no-await-in-loop -- each step builds on the one before
			await screen.write(output);
			output = '';
			if (step % 3 !== 2) {
				continue;
			}

			const fresh = new Screen(state.columns, state.rows);
			let full = '';
			new Painter((text) => (full += text)).paint(withDialog(redrawn()), state.rows, nowMs);
			// oxlint-disable-next-line no-await-in-loop -- as above
			await fresh.write(`\u001B[?7l${full}`);
			t.deepEqual(screen.cells(), fresh.cells(), `seed ${seed}, step ${step}, what ${what}`);
		}

		stage.end();
	},
	title: (_, seed: number) => `after any sequence of keys, clicks, resizes and events the screen equals a fresh paint (seed ${seed})`,
});

for (let seed = 1; seed <= 8; seed++) {
	test(holds, seed * 7919);
}

test('a frame like the last one writes nothing, a changed row writes that row', (t) => {
	let output = '';
	const painter = new Painter((text) => (output += text));
	painter.paint([{x: 0, y: 0, lines: ['one', 'two']}], 2, 0);
	output = '';
	t.is(painter.paint([{x: 0, y: 0, lines: ['one', 'two']}], 2, 1), 0);
	t.is(output, '');
	painter.paint([{x: 0, y: 0, lines: ['one', 'TWO']}], 2, 2);
	t.is(output, '\u001B[?2026h\u001B[2;1HTWO\u001B[?2026l');
});

test('after a resize frames are whole until the terminal has settled, then no more', (t) => {
	let output = '';
	const painter = new Painter((text) => (output += text));
	painter.invalidate(0);
	for (const [nowMs, isWhole] of [
		[0, true],
		[200, true],
		[400, false],
	] as const) {
		output = '';
		painter.paint([{x: 0, y: 0, lines: ['one']}], 1, nowMs);
		t.is(output.includes('\u001B[2J'), isWhole, `at ${nowMs} ms`);
	}
});

test('Ink draws with the production build of React only what a dialog shows, and leaves no marks in the performance timeline', (t) => {
	const state = busyState(bridgePublish(), {columns: 80, rows: 24});
	const stage = new Stage(makeTheme(256, false));
	t.is(stage.layer(state), undefined);
	state.dialog = {kind: 'palette', query: 'web', selected: 0};
	const layer = stage.layer(state);
	t.is(stage.layer(state), layer, 'drawn once while it is the same');
	t.true((layer?.lines.length ?? 0) > 4);
	state.dialog = undefined;
	t.is(stage.layer(state), undefined);
	stage.end();
});
