// The Rules screen on a terminal of our own: readings come only while it is looked at, keys do what they say, nothing is written while nothing changes.
import test from 'ava';
import {runTui} from '../../../src/tui/app.ts';
import {FakeSession} from '../fake-session.ts';
import {before, later, sampleRules} from '../rules-sample.ts';
import {bridgePublish} from '../samples.ts';
import {FakeInput, FakeOutput, until} from '../terminal.ts';

async function start(columns = 80, rows = 24) {
	const session = new FakeSession(bridgePublish());
	session.rules = sampleRules('02-bridge-publish', before);
	const input = new FakeInput();
	const output = new FakeOutput(columns, rows);
	const ended = runTui(session, {stdin: input, stdout: output, env: {TERM: 'xterm-256color'}, ascii: false, wasRunning: true});
	const shows = async (keys: string, text: RegExp): Promise<boolean> => {
		if (keys !== '') {
			input.press(keys);
		}

		return until(async () => text.test(await output.text()));
	};
	const readings = (): readonly unknown[] => session.calls.filter(({method}) => method === 'rules').map(({params}) => params);
	await shows('', /bridge-p/);
	const quit = async (): Promise<void> => {
		input.press('q');
		await ended;
	};
	return {session, input, output, shows, readings, quit};
}

test.serial(
	'3 shows the rules of the host of what is selected, each with its words; the map reads none but those before a capture and at its beginning',
	async (t) => {
		const run = await start();
		const all = [{host: 'h1'}, {host: 'laptop'}];
		t.true(await until(() => run.readings().length >= 2 * all.length));
		t.deepEqual(run.readings(), [...all, ...all]);
		t.true(await run.shows('3', /\[3 Rules\][\s\S]*IPv4 raw\s[\s\S]*drop: packets to 172\.17\.0\.2 \(web\)/));
		t.deepEqual(run.readings()[2 * all.length], {host: 'h1'});
		t.true(await run.shows('1', /\[1 Map\]/));
		const count = run.readings().length;
		await new Promise((resolve) => setTimeout(resolve, 1300));
		t.is(run.readings().length, count);
		await run.quit();
	},
);

test.serial('nothing is written while nothing changes; a rule that is hit is lit and counted, and stands in its curve when it is no longer lit', async (t) => {
	const run = await start();
	await run.shows('3', /IPv4 raw/);
	t.true(await run.shows('\t', /▌IPv4 nat/));
	await until(async () => {
		const {bytes} = run.output;
		await new Promise((resolve) => setTimeout(resolve, 300));
		return run.output.bytes === bytes;
	});
	const {bytes} = run.output;
	const count = run.readings().length;
	await until(() => run.readings().length >= count + 2);
	await new Promise((resolve) => setTimeout(resolve, 150));
	t.is(run.output.bytes, bytes);
	run.session.rules = sampleRules('02-bridge-publish', later);
	t.true(await run.shows('', /2 destination becomes .* 41 +\+\d+ +2\.5k +█ ●│/));
	t.true(await run.shows('', /2 destination becomes .* 41 +· +2\.5k +█▁+ {2}│/));
	await run.quit();
});

test.serial('0 counts from now on, Escape counts all again, and then goes back to the map', async (t) => {
	const run = await start();
	await run.shows('3', /IPv4 raw/);
	t.true(await run.shows('\t', /go to DOCKER: packets to an address of this .* 40 /));
	t.true(await run.shows('0', /counted since \d\d:\d\d:\d\d · Esc all[\s\S]*go to DOCKER: packets to an address of this .* 0 /));
	t.true(await run.shows('\u001B', /each second[\s\S]*go to DOCKER: packets to an address of this .* 40 /));
	t.true(await run.shows('\u001B', /\[1 Map\]/));
	await run.quit();
});

test.serial('x shows the commands that made a rule, y copies it, Space pauses', async (t) => {
	const run = await start();
	await run.shows('3', /IPv4 raw/);
	t.true(await run.shows('\t', /▌IPv4 nat/));
	t.true(await run.shows('jjjjjjjjj', /▌ 2 destination becomes[\s\S]*why +port 8080 of h1 leads to web/));
	t.true(await run.shows('x', /commands that made it[\s\S]*h1# iptables -t nat -A DOCKER ! -i docker0/));
	t.true(await run.shows('y', /copied iptables -t nat -A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080/));
	const command = 'iptables -t nat -A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80';
	t.true(run.output.written.includes(`\u001B]52;c;${Buffer.from(command).toString('base64')}\u0007`));
	t.true(await run.shows('\u001B', /why +port 8080/));
	t.true(await run.shows(' ', /⏸ paused[\s\S]*─ paused ─/));
	await run.quit();
});

test.serial('Left and Right go to the rules of another host, which is then the selected one on the map', async (t) => {
	const run = await start();
	t.true(await run.shows('3', /rules of h1/));
	run.session.rules = {chains: [], rules: []};
	t.true(await run.shows('\u001B[C', /rules of laptop[\s\S]*laptop has no rules/));
	t.deepEqual(run.readings().at(-1), {host: 'laptop'});
	t.true(await run.shows('1', /laptop · plain machine/));
	t.true(await run.shows(':rules of h1\r', /rules of h1/));
	await run.quit();
});

test.serial('on a low screen x puts what there is to say in the place of the list', async (t) => {
	const run = await start(40, 12);
	t.true(await run.shows('3', /rules of h1/));
	t.true(await run.shows('x', /does +drop: packets to[\s\S]*x closes/));
	t.true(await run.shows('x', /pkts/));
	await run.quit();
});

test.serial('/ shows only rules with a text, with the chains that lead to them; Enter and Escape as in other lists', async (t) => {
	const run = await start();
	await run.shows('3', /IPv4 raw/);
	t.true(await run.shows('/8080', /filter> 8080/));
	t.true(await run.shows('', /│ IPv4 nat[^\n]*\n│ DOCKER from PREROUTING 1, OUTPUT 1[^\n]*\n│▌ 2 destination becomes[\s\S]*filter 8080 · 1 of \d+/));
	t.false(/IPv4 raw|IPv4 filter|1 go back/.test(await run.output.text()));
	t.true(await run.shows('\r', /\/ filter|Enter packets/));
	t.true(await run.shows('j', /▌ 2 destination becomes/));
	t.true(await run.shows('/\u0015nothing of the kind', /no rule has this text[\s\S]*filter nothing of the kind · 0 of/));
	t.true(await run.shows('\u001B', /IPv4 raw/));
	t.true(await run.shows('/!drop\r', /filter !drop · \d+ of/));
	t.false(/\d drop:/.test(await run.output.text()));
	t.true(await run.shows('\u001B', /─ ▼ more ─┘/));
	await run.quit();
});
