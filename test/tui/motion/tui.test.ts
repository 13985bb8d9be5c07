// Packets on the map of the whole terminal UI: when it captures, and what it writes.
import test from 'ava';
import {LabError} from '../../../src/base/errors.ts';
import {runTui} from '../../../src/tui/app.ts';
import {FakeSession} from '../fake-session.ts';
import {captured} from '../packets/capture.ts';
import {bridgePublish} from '../samples.ts';
import {FakeInput, FakeOutput, stripped, until} from '../terminal.ts';

function start({columns = 80, env = {}, session = new FakeSession(bridgePublish())}: {columns?: number; env?: Record<string, string>; session?: FakeSession}) {
	const input = new FakeInput();
	const output = new FakeOutput(columns, 24);
	const ended = runTui(session, {stdin: input, stdout: output, env: {TERM: 'xterm-256color', ...env}, ascii: false, wasRunning: true});
	const shows = async (text: RegExp): Promise<boolean> => until(async () => text.test(await output.text()));
	return {session, input, output, ended, shows};
}

test.serial('the map captures, moves dots by what comes, and is still when all has arrived', async (t) => {
	const {session, input, output, ended, shows} = start({});
	t.true(await shows(/after NAT.*in slow motion/));
	t.is(session.captures.length, 1);
	session.captures[0]?.put(captured.slice(0, 13));
	t.true(await until(() => /[═╤┬│][◇●]|[◇●][═╤┬]/.test(stripped(output.written))));
	t.true(await shows(/^(?!.*([═╤┬│][◇●]|[◇●][═╤┬]))/s));
	input.press('2');
	t.true(await shows(/follow 13/), 'the Packets screen has the same packets');
	t.is(session.captures.length, 1);
	input.press('q');
	await ended;
	t.true(session.captures[0]?.isEnded);
});

test.serial('a lab that ends leaves the map, whatever was captured, as nobody has looked at it', async (t) => {
	const {session, ended, shows} = start({});
	t.true(await shows(/in slow motion/));
	session.captures[0]?.put(captured.slice(0, 13));
	session.close();
	t.is(await ended, 'engine-gone');
});

for (const [where, more] of [
	['over SSH', {env: {SSH_CONNECTION: '192.0.2.1 50000 192.0.2.2 22'}}],
	['where the map is a tree', {columns: 60}],
] as const) {
	test.serial(`${where} nothing moves, and nothing is captured until somebody looks at packets`, async (t) => {
		const {session, input, ended, shows} = start(more);
		t.true(await shows(/docker0/));
		session.tick();
		t.true(await shows(/docker0(?!.*slow motion)/s));
		t.is(session.captures.length, 0);
		input.press('2');
		t.true(await until(() => session.captures.length === 1));
		input.press('q');
		await ended;
	});
}

class Refusing extends FakeSession {
	override async capture(): Promise<never> {
		throw new LabError('E_KERNEL', {doing: 'open a capture ring', said: 'Operation not permitted', hint: ''});
	}
}

test.serial('where nothing can be captured the counters move dots, and the map says why', async (t) => {
	const session = new Refusing(bridgePublish());
	const {input, output, ended, shows} = start({session});
	t.true(await shows(/● traffic by the counters; packets cannot be captured: Operation not perm/));
	session.tick();
	session.send('laptop', 'web', 5);
	session.tick();
	t.true(await until(() => /[═╤┬│]●|●[═╤┬]/.test(stripped(output.written))));
	input.press('q');
	await ended;
});
