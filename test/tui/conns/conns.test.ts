// The Connections screen: what it keeps, in which order, what stays selected, when it is silent, and what it asks of the engine.
import test from 'ava';
import {commands, type Effects} from '../../../src/tui/commands.ts';
import {runTui} from '../../../src/tui/app.ts';
import type {ConnsBook} from '../../../src/tui/conns/book.ts';
import {Painter} from '../../../src/tui/host/painter.ts';
import {screenLayers} from '../../../src/tui/screen.ts';
import {takeEvent} from '../../../src/tui/events.ts';
import {initialState, type State} from '../../../src/tui/state.ts';
import {screenText} from '../../../src/tui/save.ts';
import {makeTheme} from '../../../src/tui/theme.ts';
import {flowOf} from '../../model/connections/flows.ts';
import {FakeSession} from '../fake-session.ts';
import {bridgePublish} from '../samples.ts';
import {busyState} from '../scene.ts';
import {FakeInput, FakeOutput, until} from '../terminal.ts';
import {openSampleConns, published, sampleBook, sampleMs} from './sample.ts';

const size = {columns: 80, rows: 24};
const theme = makeTheme(256, false);

function shownIds(book: ConnsBook, rows = 20): readonly number[] {
	return book.settle({view: bridgePublish(), oplog: []}, rows).map(({flow}) => flow.id);
}

/** Runs a command on a state that nothing but the state hears of. */
function press(state: State, command: keyof typeof commands): void {
	const nothing = (): void => {};
	const effects: Effects = {
		state,
		copy: nothing,
		writeScreen: nothing,
		openShell: nothing,
		loadLogs: nothing,
		savePackets: () => undefined,
		act: nothing,
		setMouse: nothing,
		suspend: nothing,
		askToLeave: nothing,
		say: nothing,
	};
	commands[command](effects);
}

test('the two halves of a call through docker-proxy stand one under the other, whatever began between them', (t) => {
	t.deepEqual(shownIds(sampleBook()), [1, 2, 3, 4, 5]);
	const filtered = sampleBook();
	filtered.box.filter = '172.17.0.1:36652';
	t.deepEqual(shownIds(filtered), [4], 'a half whose other half the filter hides stands for itself');
});

test('one that has ended stays for a moment, then goes', (t) => {
	let nowMs = sampleMs;
	const book = sampleBook('h1', () => nowMs);
	t.true(shownIds(book).includes(2));
	nowMs += 2400;
	t.true(shownIds(book).includes(2));
	nowMs += 200;
	t.false(shownIds(book).includes(2));
	t.is(book.count, 4);
});

test('a filter finds names, NAT and docker-proxy, and inverts', (t) => {
	const finds = (filter: string): readonly number[] => {
		const book = sampleBook();
		book.box.filter = filter;
		return shownIds(book);
	};
	t.deepEqual(finds('laptop'), [1, 2]);
	t.deepEqual(finds('published'), [1]);
	t.deepEqual(finds('docker-proxy'), [3, 4]);
	t.deepEqual(finds('!tcp'), [5]);
	t.deepEqual(finds('nothing of that'), []);
});

test('the cursor stays on its connection when others come and go', (t) => {
	const book = sampleBook();
	shownIds(book);
	book.move(-1);
	t.is(book.selected?.flow.id, 4);
	book.take({is: 'changes', node: 'h1', atMs: sampleMs, changes: [{is: 'new', by: 'event', flow: flowOf(6, '10.0.0.1:1 > 10.0.0.2:2')}], halves: []});
	book.take({
		is: 'table',
		node: 'h1',
		atMs: sampleMs,
		flows: [published, flowOf(4, '172.17.0.1:36652 > 172.17.0.2:80'), flowOf(7, '10.0.0.1:3 > 10.0.0.2:4')],
		halves: [],
	});
	t.deepEqual(shownIds(book), [1, 4, 7]);
	t.is(book.selected?.flow.id, 4);
	book.move(5);
	t.is(book.selected?.flow.id, 7);
	book.take({is: 'changes', node: 'h1', atMs: sampleMs, changes: [{is: 'new', by: 'event', flow: flowOf(8, '10.0.0.1:5 > 10.0.0.2:6')}], halves: []});
	shownIds(book);
	t.is(book.selected?.flow.id, 8, 'at the end it follows');
});

test('sorted by another column the first is the one that is asked for', (t) => {
	const book = sampleBook();
	book.sortBy('left');
	t.is(shownIds(book)[0], 2, 'it has ended');
	book.sortBy('packets');
	t.is(shownIds(book)[0], 1);
	book.sortBy('state');
	t.is(shownIds(book)[0], 1);
	t.is(book.box.cursor, 0);
});

test('news of nodes that are not shown are nothing; of a node that is gone nothing stays', (t) => {
	const book = sampleBook();
	t.false(book.take({is: 'table', node: 'h2', atMs: sampleMs, flows: [flowOf(1, '10.0.0.1:1 > 10.0.0.2:2')], halves: []}));
	t.is(book.count, 5);
	const all = sampleBook('all');
	t.true(all.take({is: 'table', node: 'h2', atMs: sampleMs, flows: [flowOf(1, '10.0.0.1:1 > 10.0.0.2:2')], halves: []}));
	t.is(all.count, 6, 'the same number on another node is another connection');
	all.take({is: 'gone', node: 'h1', atMs: sampleMs});
	t.is(all.count, 1);
	all.take({is: 'lost', node: 'h2', atMs: sampleMs});
	t.is(all.losses, 1);
});

test('details say what becomes of which address, by whom, and what was seen', (t) => {
	const state = busyState(bridgePublish(), {columns: 120, rows: 40});
	openSampleConns(state);
	state.oplog.push({
		number: 999,
		atMs: 1,
		unit: 'web',
		direction: 'do',
		where: 'h1',
		command: 'iptables -t nat -A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80',
		why: 'web publishes 8080',
	});
	press(state, 'open');
	const text = screenText(state, false);
	t.regex(text, /192\.168\.50\.12:40850 \(laptop\) → 192\.168\.50\.10:8080 \(h1\)/);
	t.regex(text, /published port: destination 192\.168\.50\.10:8080 becomes 172\.17\.0\.2:80/);
	t.regex(text, /made by {3}iptables -t nat -A DOCKER .*--dport 8080/);
	press(state, 'down');
	press(state, 'down');
	t.regex(screenText(state, false), /to docker-proxy, which goes on from 172\.17\.0\.1:36652/);
	t.regex(screenText(state, false), /12:00:04\.000 SYN_SENT unreplied → 12:00:04\.001 ESTABLISHED assured/);
	t.is(state.conns.detailsTop, 0);
	press(state, 'back');
	t.false(state.conns.isOpen);
	press(state, 'back');
	t.is(state.screen, 'map');
});

test('details that are longer than their room are paged through; on a low screen the arrows do it, too', (t) => {
	const state = busyState(bridgePublish(), {columns: 40, rows: 12});
	openSampleConns(state);
	press(state, 'open');
	t.regex(screenText(state, false), /PageDown more/);
	press(state, 'page.down');
	t.true(state.conns.detailsTop > 1);
	press(state, 'page.up');
	t.is(state.conns.detailsTop, 0);
	press(state, 'down');
	t.is(state.conns.detailsTop, 1);
	press(state, 'last');
	t.regex(screenText(state, false), /carried/);
	t.is(state.conns.selected?.flow.id, 1, 'it is still the same connection');
	press(state, 'open');
	press(state, 'page.down');
	t.is(state.conns.selected?.flow.id, 5);
});

test('a screen on which nothing has changed writes nothing', (t) => {
	let nowMs = sampleMs;
	const state = busyState(bridgePublish(), size);
	Object.assign(state, {conns: sampleBook('h1', () => nowMs)});
	state.screen = 'conns';
	const painter = new Painter(() => {});
	const paint = (): number => painter.paint(screenLayers(state, theme, 0), size.rows, 0);
	t.true(paint() > 0);
	t.is(paint(), 0);
	nowMs += 10_000;
	t.true(paint() > 0, 'marks have faded, what had ended is gone');
	const idle = sampleBook('h1', () => nowMs);
	idle.take({is: 'table', node: 'h1', atMs: nowMs, flows: [published], halves: []});
	Object.assign(state, {conns: idle});
	paint();
	nowMs += 5000;
	t.is(paint(), 0, 'days that are left look the same after seconds');
});

test('ten thousand connections: what is drawn is what is on the screen', (t) => {
	const state = initialState(bridgePublish(), {columns: 200, rows: 60}, false);
	Object.assign(state, {conns: sampleBook('h1')});
	state.screen = 'conns';
	const flows = Array.from({length: 10_000}, (_, index) => flowOf(100 + index, `10.1.${index >> 8}.${index & 255}:4000 > 192.168.50.10:8080`));
	takeEvent(state, {event: 'flows', news: {is: 'table', node: 'h1', atMs: sampleMs, flows, halves: []}}, 0);
	screenLayers(state, theme, 0);
	const times = Array.from({length: 21}, (_, index) => {
		const flow = flowOf(20_000 + index, `10.2.0.1:${index} > 192.168.50.10:8080`);
		takeEvent(state, {event: 'flows', news: {is: 'changes', node: 'h1', atMs: sampleMs, changes: [{is: 'new', by: 'event', flow}], halves: []}}, 0);
		const {user, system} = process.cpuUsage();
		screenLayers(state, theme, 0);
		const now = process.cpuUsage();
		return now.user + now.system - user - system;
	});
	const median = times.toSorted((a, b) => a - b)[10] ?? 0;
	t.true(median < 6000, `${median} µs of CPU for a frame: three times the budget at most`);
	t.is(state.conns.count, 10_021);
});

test('the engine is asked for connections while one looks at them, of the node that is shown', async (t) => {
	const input = new FakeInput();
	const output = new FakeOutput(80, 24);
	const session = new FakeSession(bridgePublish());
	const ended = runTui(session, {stdin: input, stdout: output, env: {TERM: 'xterm-256color'}, ascii: false, wasRunning: true});
	const asked = (method: string) => session.calls.filter((call) => call.method === method).map(({params}) => params);
	await until(() => asked('subscribe').length === 1);
	input.press('4');
	await until(() => asked('follow_flows').length === 1);
	t.deepEqual(asked('subscribe').at(-1), {topics: ['view', 'counters', 'oplog', 'logs', 'flows']});
	t.deepEqual(asked('follow_flows'), [{nodes: ['h1']}]);
	input.press('a');
	await until(() => asked('follow_flows').length === 2);
	t.deepEqual(asked('follow_flows').at(-1), {nodes: []});
	session.emit({event: 'missed', topic: 'flows', count: 3});
	await until(() => asked('follow_flows').length === 3);
	input.press('1');
	await until(() => asked('subscribe').length === 5);
	t.deepEqual(asked('subscribe').at(-1), {topics: ['view', 'counters', 'oplog', 'logs']});
	input.press('q');
	t.is(await ended, 'quit');
});
