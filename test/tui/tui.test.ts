// The terminal UI as a whole, on a terminal of our own: how it starts and ends, what keys do, what it writes when nothing changes.
// One after the other: a signal is for the whole process.
import test from 'ava';
import {runTui} from '../../src/tui/app.ts';
import type {Ending} from '../../src/tui/tui.ts';
import {FakeSession} from './fake-session.ts';
import {bridgePublish, crowd} from './samples.ts';
import {FakeInput, FakeOutput, until} from './terminal.ts';

interface Run {
	readonly session: FakeSession;
	readonly input: FakeInput;
	readonly output: FakeOutput;
	readonly ended: Promise<Ending>;
	/** Presses keys, then waits until the screen shows that text. */
	shows(keys: string, text: string | RegExp): Promise<boolean>;
}

async function start(
	more: {wasRunning?: boolean; columns?: number; rows?: number; env?: Record<string, string>; view?: ReturnType<typeof bridgePublish>} = {},
): Promise<Run> {
	const session = new FakeSession(more.view ?? bridgePublish());
	const input = new FakeInput();
	const output = new FakeOutput(more.columns ?? 80, more.rows ?? 24);
	const ended = runTui(session, {
		stdin: input,
		stdout: output,
		env: {TERM: 'xterm-256color', ...more.env},
		ascii: false,
		wasRunning: more.wasRunning ?? true,
	});
	ended.catch(() => {});
	const shows = async (keys: string, text: string | RegExp): Promise<boolean> => {
		if (keys !== '') {
			input.press(keys);
		}

		return until(async () => {
			const screen = await output.text();
			return typeof text === 'string' ? screen.includes(text) : text.test(screen);
		});
	};

	await shows('', session.view.lab);
	return {session, input, output, ended, shows};
}

test.serial('the first screen is the map, and q leaves a lab that was running before without a question', async (t) => {
	const run = await start();
	t.true(await run.shows('', 'docker0 172.17.0.1/16'));
	t.true(run.input.isRaw);
	run.input.press('q');
	t.is(await run.ended, 'quit');
	t.false(run.input.isRaw);
	t.false(run.input.isFlowing);
	t.is(run.input.listenerCount('data') + run.output.listenerCount('resize') + run.output.listenerCount('drain'), 0);
	t.true(run.output.written.endsWith('\u001B[?25h\u001B[?1049l'), 'cursor and screen are given back last');
	t.is(await run.output.buffer(), 'normal');
});

const leaves = test.macro({
	async exec(t, keys: string, ending: Ending) {
		const run = await start({wasRunning: false});
		t.true(await run.shows('q', 'Leave bridge-publish?'));
		run.input.press(keys);
		t.is(await run.ended, ending);
	},
	title: (_, keys: string, ending: Ending) => `leaving a lab of one's own asks, and ${JSON.stringify(keys)} means ${ending}`,
});
test.serial(leaves, 'e', 'down');
test.serial(leaves, 'k', 'quit');
test.serial(leaves, '\u0003', 'down');

test.serial('Escape in the question stays', async (t) => {
	const run = await start({wasRunning: false});
	t.true(await run.shows('q', 'Leave bridge-publish?'));
	t.true(await run.shows('\u001B', /^(?!.*Leave bridge)/s));
	run.session.close();
	await run.ended;
});

test.serial('when the engine goes the screen is given back and the answer says so', async (t) => {
	const run = await start();
	run.session.close();
	t.is(await run.ended, 'engine-gone');
	t.is(await run.output.buffer(), 'normal');
});

test.serial('a mistake of ours gives the terminal back and is not swallowed', async (t) => {
	const run = await start();
	const broken = {event: 'view', view: undefined} as unknown as Parameters<FakeSession['emit']>[0];
	run.session.emit(broken);
	await t.throwsAsync(run.ended);
	t.false(run.input.isRaw);
	t.is(await run.output.buffer(), 'normal');
});

test.serial('SIGTERM leaves in order', async (t) => {
	const run = await start();
	const before = process.listenerCount('SIGTERM');
	process.emit('SIGTERM');
	t.is(await run.ended, 'quit');
	t.is(process.listenerCount('SIGTERM'), before - 1);
	t.false(run.input.isRaw);
});

test.serial('nothing is written while nothing changes, also when events say the same again', async (t) => {
	const run = await start();
	run.session.tick();
	run.session.tick();
	await run.shows('', '● live');
	// The first frames after the start, and the command log's arrival, are over when two readings in a row change nothing.
	await until(async () => {
		const {bytes} = run.output;
		await new Promise((resolve) => setTimeout(resolve, 300));
		return run.output.bytes === bytes;
	});
	const {bytes} = run.output;
	for (let index = 0; index < 5; index++) {
		run.session.tick();
		// oxlint-disable-next-line no-await-in-loop -- one reading after the other
		await new Promise((resolve) => setTimeout(resolve, 60));
	}

	await new Promise((resolve) => setTimeout(resolve, 300));
	t.is(run.output.bytes, bytes);
	run.input.press('q');
	await run.ended;
});

test.serial('frames are skipped while the last write has not drained, and the next one is up to date', async (t) => {
	const run = await start();
	run.output.takesMore = false;
	t.true(await run.shows('\u001B[C', 'cli · container on h1'));
	const {bytes} = run.output;
	run.input.press('\u001B[D');
	run.input.press('6');
	await new Promise((resolve) => setTimeout(resolve, 150));
	t.is(run.output.bytes, bytes);
	run.output.takesMore = true;
	run.output.emit('drain');
	t.true(await run.shows('', 'command log'));
	run.input.press('q');
	await run.ended;
});

test.serial('arrows, Enter, x and Escape walk, open, explain and go back', async (t) => {
	const run = await start();
	t.true(await run.shows('\u001B[C', 'cli · container on h1'));
	t.true(await run.shows('\r', 'veth pair'));
	t.true(await run.shows('x', 'ip link set veth3fcc213 master docker0 up'));
	t.true(await run.shows('\u001B', /^(?!.*commands that made it)/s));
	t.true(await run.shows('\u001B[D\r\u001B[6~', 'docker-proxy 141'));
	run.input.press('q');
	await run.ended;
});

test.serial("logs: l shows a container's, / filters, n and N move, Escape goes back to the map", async (t) => {
	const run = await start();
	run.session.history = ['alpha', 'beta', 'gamma'].map((text, index) => ({number: index, atMs: 1000 + index, node: 'web', stream: 'stdout' as const, text}));
	t.true(await run.shows('l', /logs · web[\s\S]*gamma/));
	run.session.print([
		{number: 3, atMs: 2000, node: 'cli', stream: 'stdout', text: 'delta from cli'},
		{number: 4, atMs: 2001, node: 'web', stream: 'stdout', text: 'alphabet'},
	]);
	t.true(await run.shows('', 'alphabet'));
	t.false((await run.output.text()).includes('delta'));
	t.true(await run.shows('/alp', /filter> alp[\s\S]*/));
	t.true(await run.shows('\r', /follow 2/));
	t.false((await run.output.text()).includes('beta'));
	t.true(await run.shows('N', /1 of 2/));
	t.true(await run.shows('n', /follow 2/));
	t.true(await run.shows('a', 'logs · all containers'));
	t.true(await run.shows('\u001B', 'delta from cli'));
	t.true(await run.shows('\u001B', '[1 Map]'));
	run.input.press('q');
	await run.ended;
});

test.serial("y copies the command under the cursor to the terminal's clipboard, Y all of them as a script", async (t) => {
	const run = await start();
	t.true(await run.shows('6\t', /why:/));
	t.true(await run.shows('y', 'copied ip addr add 192.168.50.12/24 dev eth0'));
	const one = Buffer.from('ip addr add 192.168.50.12/24 dev eth0').toString('base64');
	t.true(run.output.written.includes(`\u001B]52;c;${one}\u0007`));
	t.true(await run.shows('Y', 'commands as a script'));
	const [, all = ''] = /.*\u001B\]52;c;([^\u0007]*)\u0007/s.exec(run.output.written) ?? [];
	const script = Buffer.from(all, 'base64').toString();
	t.true(script.includes('# h1: the cable of web: one end in it, one on the host\nip link add veth3fbc212 type veth peer name eth0 netns web\n'));
	run.input.press('q');
	await run.ended;
});

test.serial('the palette runs what was found', async (t) => {
	const run = await start();
	t.true(await run.shows(':', 'Enter runs'));
	t.true(await run.shows('go laptop', '▌ go to laptop'));
	t.true(await run.shows('\r', 'laptop · plain machine'));
	t.true(await run.shows(':restart\r', 'select a container for that'));
	t.true(await run.shows(':go web\r:restart\r', 'restarted web'));
	t.deepEqual(run.session.calls.find(({method}) => method === 'act')?.params, {action: {do: 'restart', service: 'web', at: {line: 0, column: 0}}});
	t.true(await run.shows('?', 'Keys: map'));
	t.true(await run.shows('\u001B', /^(?!.*Keys: map)/s));
	run.input.press('q');
	await run.ended;
});

test.serial('a shell has the whole terminal: bytes go through untouched, Ctrl-] leaves it running, s returns to it', async (t) => {
	const run = await start();
	t.true(await run.shows('s', '-- web: Ctrl-] comes back'));
	t.is(await run.output.buffer(), 'normal');
	t.true(await run.shows('q\u001B[A\u0003?', '/ # '));
	const [shell] = run.session.shells;
	t.is(Buffer.concat(shell?.written ?? []).toString(), 'q\u001B[A\u0003?');
	run.output.resize(100, 30);
	t.deepEqual(shell?.sizes.at(-1), [100, 30]);
	t.true(await run.shows('x=5\u001D', 'the shell in web goes on'));
	t.is(await run.output.buffer(), 'alternate');
	t.false(shell?.isDetached);
	shell?.print('printed meanwhile');
	await new Promise((resolve) => setTimeout(resolve, 150));
	t.false((await run.output.text()).includes('printed meanwhile'));
	t.true(await run.shows('s', 'printed meanwhile'));
	t.is(run.session.shells.length, 1);
	t.true(await run.shows('\u0004', 'docker0 172.17.0.1/16'));
	t.is(await run.output.buffer(), 'alternate');
	t.true(await run.shows('s', '/ # '));
	t.is(run.session.shells.length, 2);
	run.session.shells[1]?.exit(3);
	t.true(await run.shows('', 'the shell in web ended with 3'));
	run.input.press('q');
	await run.ended;
});

test.serial('shells that were left end with the UI', async (t) => {
	const run = await start();
	t.true(await run.shows('s', '/ # '));
	t.true(await run.shows('\u001D', 'goes on'));
	run.input.press('q');
	await run.ended;
	t.true(run.session.shells[0]?.isDetached);
});

test.serial('a click selects, the wheel scrolls, m leaves the mouse to the terminal', async (t) => {
	const run = await start({view: crowd(60)});
	const rows = (await run.output.text()).split('\n');
	const row = rows.findIndex((line) => line.includes('c002'));
	t.true(await run.shows(`\u001B[<0;${(rows[row] ?? '').indexOf('c002') + 2};${row + 1}M`, 'c002 · container on h1'));
	const before = await run.output.text();
	t.true(await run.shows('\u001B[<65;30;11M', '▲ more'));
	t.not(await run.output.text(), before);
	t.true(await run.shows('m', 'mouse off'));
	t.true(run.output.written.includes('\u001B[?1000l'));
	run.input.press('q');
	await run.ended;
});

test.serial('a resize draws for the new size, down to one line and back', async (t) => {
	const run = await start();
	run.output.resize(50, 16);
	t.true(await run.shows('', '┌─ 1 map'));
	run.output.resize(30, 5);
	t.true(await run.shows('', /^q leaves · needs 40x12/));
	run.output.resize(160, 50);
	t.true(await run.shows('', 'commands that made it'));
	run.input.press('q');
	await run.ended;
});

test.serial('Space freezes speeds and dots until it is pressed again', async (t) => {
	const run = await start();
	run.session.tick();
	t.true(await run.shows(' ', '⏸ paused'));
	run.session.send('laptop', 'web', 50, 100);
	run.session.tick();
	await new Promise((resolve) => setTimeout(resolve, 250));
	t.false((await run.output.text()).includes('▼5.0k'));
	t.true(await run.shows(' ', '● live'));
	run.session.send('laptop', 'web', 50, 100);
	run.session.tick();
	t.true(await run.shows('', '▼5.0k'));
	run.input.press('q');
	await run.ended;
});

test.serial('over SSH nothing is animated', async (t) => {
	const run = await start({env: {SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22'}});
	run.session.tick();
	run.session.send('laptop', 'web', 500, 100);
	run.session.tick();
	t.true(await run.shows('', '▼50k'));
	t.false((await run.output.text()).replace('● live', '').includes('●'));
	run.input.press('q');
	await run.ended;
});

test.serial('NO_COLOR writes no colour at all', async (t) => {
	const run = await start({env: {NO_COLOR: '1'}});
	t.true(await run.shows('', 'docker0'));
	t.true(await run.shows(':', 'Enter runs'));
	run.input.press('\u0003q');
	await run.ended;
	t.deepEqual(run.output.written.match(/\u001B\[(?:\d+;)*(?:1|7|3\d|38|9\d)(?:;\d+)*m/g), null);
});
