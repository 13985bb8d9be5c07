// Shows the terminal UI with a lab that is not there: node src/setup/tests.mjs && node .tests/tui/demo.js [bridge|modes|crowd] [--ascii] [--new]
import process from 'node:process';
import {runTui} from '../../src/tui/app.ts';
import {FakeSession} from './fake-session.ts';
import {bridgePublish, crowd, fourModes} from './samples.ts';

const views = {bridge: bridgePublish, modes: fourModes, crowd: () => crowd(500)};
const name = process.argv[2];
const session = new FakeSession((name === 'modes' ? views.modes : name === 'crowd' ? views.crowd : views.bridge)());
const [host] = session.view.hosts;
const wired = host?.containers.filter((container) => container.interfaces.length > 0 && container.state === 'running').map((container) => container.name) ?? [];
const outside = session.view.hosts.find((one) => one.engine === undefined)?.name ?? '';
let turn = 0;
const timer = setInterval(() => {
	turn++;
	const a = wired[turn % wired.length] ?? '';
	const b = wired[(turn + 1) % wired.length] ?? '';
	if (turn % 5 !== 4) {
		session.send(outside, 'web', 6 + (turn % 7), 90);
		session.send('web', outside, 5 + (turn % 5), 700);
		session.send(a, b, 3 + (turn % 11), 98);
		session.send(b, a, 3 + (turn % 11), 98);
	}

	session.print([
		{
			number: turn,
			atMs: Date.now(),
			node: a,
			stream: turn % 9 === 0 ? 'stderr' : 'stdout',
			text: turn % 9 === 0 ? 'upstream connect refused' : `GET / 200 192.168.50.12 request ${turn}`,
		},
	]);
	session.tick();
}, 1000);
const ending = await runTui(session, {
	stdin: process.stdin,
	stdout: process.stdout,
	env: process.env,
	ascii: process.argv.includes('--ascii'),
	wasRunning: !process.argv.includes('--new'),
});
clearInterval(timer);
process.stdout.write(`ended: ${ending}\n`);
