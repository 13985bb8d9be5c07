// The commands as people type them: words, exit codes, JSON, terminals.
import {existsSync, readFileSync} from 'node:fs';
import {createServer} from 'node:net';
import test, {type ExecutionContext} from 'ava';
import {endsWith, eventually, type Lab, run, Sandbox, scenario} from './lab.ts';
import {openTerminal} from './terminal.ts';
import {packageFile} from '../../src/base/paths.ts';

const sandbox = new Sandbox();
test.after.always(async () => sandbox.close());

let lab: Lab;
test.before(async () => {
	lab = await sandbox.up(scenario('bridge-publish'));
});

test.serial('help lists every command, and what it does', async (t) => {
	const {exit, stdout} = await sandbox.vethlab(['help']);
	t.is(exit, 0);
	for (const command of [
		'up',
		'down',
		'ls',
		'ps',
		'ports',
		'exec',
		'logs',
		'capture',
		'conntrack',
		'start',
		'stop',
		'restart',
		'rm',
		'publish',
		'check',
		'plan',
		'test',
		'doctor',
	]) {
		t.regex(stdout, new RegExp(`^  ${command}\\b.* {2,}\\w`, 'm'), command);
	}

	t.is(
		(await sandbox.vethlab(['--version'])).stdout.trim(),
		(JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as {readonly version: string}).version,
	);
});

test.serial('a command that does not exist is an error with the one that was meant', async (t) => {
	const {exit, stderr} = await sandbox.vethlab(['donw']);
	t.is(exit, 2);
	t.regex(stderr, /there is no command donw {2}\[E_ARGUMENT\]/);
	t.regex(stderr, /= did you mean "down"\?/);
	t.regex((await sandbox.vethlab(['--lbs'])).stderr, /there is no option --lbs {2}\[E_ARGUMENT\]/);
	await endsWith(t, sandbox.vethlab(['ps', '--jsno']), 2);
});

const refuses = test.macro({
	async exec(t: ExecutionContext, args: readonly string[], code: string) {
		const {exit, stdout, stderr} = await sandbox.vethlab(args);
		t.is(exit, 2, stderr);
		t.is(stdout, '');
		t.true(stderr.includes(`[${code}]`), stderr);
		t.regex(stderr, /^ {7}= \S/m, 'with a way out');
	},
	title: (_title, args, code) => `vethlab ${args.join(' ')} ends with 2 and ${code}`,
});
test.serial(refuses, ['up'], 'E_ARGUMENT');
test.serial(refuses, ['up', scenario('none'), 'something'], 'E_ARGUMENT');
test.serial(refuses, ['rules', '--folow'], 'E_ARGUMENT');
test.serial(refuses, ['network', 'rm'], 'E_ARGUMENT');
test.serial(refuses, ['up', '/nonexistent.veth.yaml'], 'E_ARGUMENT');
test.serial(refuses, ['up', '/'], 'E_ARGUMENT');
test.serial(refuses, ['up', packageFile('scenarios/invalid/typos.yaml')], 'E_FILE');
test.serial(refuses, ['up', '-d', '--name', 'no/such', scenario('none')], 'E_ARGUMENT');
test.serial(refuses, ['down', 'nosuch'], 'E_NAME_UNKNOWN');
test.serial(refuses, ['ps', '--lab', 'nosuch'], 'E_NAME_UNKNOWN');
test.serial(refuses, ['stop', 'nosuch'], 'E_NAME_UNKNOWN');
test.serial(refuses, ['logs', 'nosuch'], 'E_NAME_UNKNOWN');
test.serial(refuses, ['exec', 'nosuch', 'true'], 'E_NAME_UNKNOWN');
test.serial(refuses, ['ports', 'nosuch'], 'E_NAME_UNKNOWN');
test.serial(refuses, ['publish', 'web', '80:80:80:80'], 'E_ARGUMENT');
test.serial(refuses, ['up', '-d', scenario('bridge-publish')], 'E_LAB_EXISTS');

const printsJson = test.macro({
	async exec(t: ExecutionContext, args: readonly string[], expected: number) {
		const {exit, stdout} = await sandbox.vethlab([...args, '--json']);
		t.is(exit, expected);
		t.is(typeof JSON.parse(stdout), 'object');
	},
	title: (_title, args) => `vethlab ${args.join(' ')} --json prints JSON`,
});
test.serial(printsJson, ['ls'], 0);
test.serial(printsJson, ['ps'], 0);
test.serial(printsJson, ['ports'], 0);
test.serial(printsJson, ['logs', 'web'], 0);
test.serial(printsJson, ['check', scenario('none'), packageFile('scenarios/invalid/typos.yaml')], 2);
test.serial(printsJson, ['plan', scenario('none')], 0);
test.serial(printsJson, ['doctor'], 0);
test.serial(printsJson, ['stop', 'cli'], 0);
test.serial(printsJson, ['start', 'cli'], 0);
test.serial(printsJson, ['restart', 'cli'], 0);
test.serial(printsJson, ['publish', 'cli', '8200:80'], 0);
test.serial(printsJson, ['stop', 'nosuch'], 2);
test.serial(printsJson, ['exec'], 2);
test.serial(printsJson, ['down', 'nosuch'], 2);
test.serial(printsJson, ['up', '/nonexistent.veth.yaml'], 2);

test.serial('two labs at once are told apart by --lab; a bare command asks which', async (t) => {
	const second = await sandbox.up(scenario('none'), 'second');
	await endsWith(t, sandbox.vethlab(['ps']), 2);
	t.regex((await sandbox.vethlab(['ps'])).stderr, /several are running: bridge-publish, second {2}\[E_ARGUMENT\]/);
	t.regex((await second.vethlab('ps')).stdout, /^bare /m);
	t.regex((await lab.vethlab('ps')).stdout, /^web /m);
	await second.down();
	await endsWith(t, sandbox.vethlab(['ps']));
});

test.serial('of two ups of the same name at once exactly one wins, and the other leaves it alone', async (t) => {
	const results = await Promise.all([1, 2, 3].map(async () => sandbox.vethlab(['up', '-d', '--name', 'race', scenario('none')])));
	t.deepEqual(
		results.map(({exit}) => exit).toSorted((a, b) => a - b),
		[0, 2, 2],
		results.map(({stderr}) => stderr).join(''),
	);
	t.is(results.filter(({stderr}) => stderr.includes('[E_LAB_EXISTS]')).length, 2);
	await endsWith(t, sandbox.vethlab(['exec', '--lab', 'race', 'bare', 'true']));
	await endsWith(t, sandbox.vethlab(['down', 'race']));
});

test.serial('ls sweeps a socket that nobody listens on', async (t) => {
	const path = `${sandbox.labs}/stale.sock`;
	// Node removes the socket file of a server it closes; a process that is killed does not
	await run([process.execPath, '-e', `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`]);
	t.true(existsSync(path));
	await endsWith(t, sandbox.vethlab(['ls']));
	t.false(existsSync(path));
});

test.serial('ls leaves alone a socket that somebody listens on', async (t) => {
	const path = `${sandbox.labs}/other.sock`;
	const server = createServer((socket) => {
		socket.end('hello, who are you?');
	}).listen(path);
	await endsWith(t, sandbox.vethlab(['ls']));
	t.true(existsSync(path));
	server.close();
});

test.serial('a reader that stops early is no error', async (t) => {
	const cli = `'${process.execPath}' '${packageFile('dist/cli.js')}'`;
	const {stdout, stderr} = await run(
		[
			'bash',
			'-c',
			`${cli} ps | head -c 1 >/dev/null; echo "\${PIPESTATUS[0]}"; ${cli} plan '${scenario('bridge-publish')}' | true; echo "\${PIPESTATUS[0]}"`,
		],
		{env: sandbox.env},
	);
	t.is(stdout, '0\n0\n');
	t.is(stderr, '');
});

const exits = test.macro({
	async exec(t: ExecutionContext, command: readonly string[], expected: number) {
		t.is((await sandbox.vethlab(['exec', 'web', ...command])).exit, expected);
	},
	title: (_title, command, expected) => `exec ${command.join(' ')} exits with ${expected}`,
});
test.serial(exits, ['true'], 0);
test.serial(exits, ['sh', '-c', 'exit 3'], 3);
test.serial(exits, ['nosuch'], 127);
test.serial(exits, ['/etc/hosts'], 126);
test.serial(exits, ['sh', '-c', 'kill -9 $$'], 137);

test.serial('exec passes bytes through: input, output and errors, each on its own', async (t) => {
	const echoed = await sandbox.vethlab(['exec', '-i', 'web', 'cat'], {input: 'line\n'.repeat(100_000)});
	t.is(echoed.stdout.length, 500_000);
	const both = await sandbox.vethlab(['exec', 'web', 'sh', '-c', 'echo out; echo err >&2']);
	t.is(both.stdout, 'out\n');
	t.is(both.stderr, 'err\n');
	t.is((await sandbox.vethlab(['exec', '-i', 'h1'], {input: 'hostname; exit 7\n'})).exit, 7);
});

test.serial('exec with a terminal gives a real one: its size, its changes, Ctrl-C', async (t) => {
	const terminal = await openTerminal([process.execPath, packageFile('dist/cli.js'), 'exec', '-it', 'web', 'sh'], sandbox.env, {columns: 91, rows: 33});
	t.teardown(terminal.close);
	terminal.write('stty size; echo do\\ne\r');
	t.true(await terminal.shows(/33 91\s+done/), terminal.text());
	terminal.resize(70, 20);
	t.true(
		await eventually(async () => {
			terminal.write('stty size\r');
			return terminal.shows(/20 70\r/, 300);
		}),
		terminal.text(),
	);
	terminal.write('trap "echo caught" INT; echo re\\ady\r');
	t.true(await terminal.shows(/ready\r/));
	terminal.write('sleep 4713\r');
	t.true(await eventually(async () => (await lab.client.call('processes', {host: 'h1'})).some(({name, args}) => name === 'sleep' && args[1] === '4713')));
	terminal.write('\u0003');
	terminal.write('echo af\\ter\r');
	t.true(await terminal.shows(/after\r/), terminal.text());
	terminal.write('exit 5\r');
	t.is(await terminal.ended, 5);
});

test.serial('Ctrl-C ends a command in a terminal with 130', async (t) => {
	const terminal = await openTerminal(
		[process.execPath, packageFile('dist/cli.js'), 'exec', '-it', 'h1', 'sh', '-c', 'echo st\\arted; exec sleep 100'],
		sandbox.env,
		{columns: 80, rows: 24},
	);
	t.teardown(terminal.close);
	t.true(await terminal.shows(/started/), terminal.text());
	terminal.write('\u0003');
	t.is(await terminal.ended, 130);
});

test.serial('logs shows what a container printed, and -f what it goes on to print', async (t) => {
	const talker = await sandbox.up(
		'vethlab: 1\nservices:\n  talker: {network_mode: none, image: lab/tools, command: [sh, -c, "echo first; echo oops >&2; while ! test -e /root/go; do sleep 0.05; done; echo second; sleep 1000"]}\n',
		'talk',
	);
	t.true(await eventually(async () => (await talker.vethlab('logs', 'talker')).stdout === 'first\n'));
	t.is((await talker.vethlab('logs', 'talker')).stderr, 'oops\n');
	let told = '';
	const followed = sandbox.vethlab(['logs', '--lab', talker.name, '-f', 'talker'], {
		started: (child) => child.stdout?.on('data', (text: string) => (told += text)),
	});
	t.true(await eventually(() => told === 'first\n'), told);
	await talker.exec('talker', 'touch', '/root/go');
	t.true(await eventually(() => told === 'first\nsecond\n'), told);
	await talker.down();
	const {exit, stdout} = await followed;
	t.is(exit, 0);
	t.is(stdout, 'first\nsecond\n');
});
