// Every scenario that comes with vethlab passes, in every form of report; and each exit code of `vethlab test` for its reason.
import {readFileSync} from 'node:fs';
import {basename} from 'node:path';
import test from 'ava';
import type {FileReport} from '../../src/scenario/report.ts';
import {isNeed, needs} from '../needs.ts';
import {endsWith, eventually, processesWith, Sandbox, scenario, scenarios, without} from './lab.ts';
import {readLab} from './read.ts';

const sandbox = new Sandbox();
test.after.always(async () => sandbox.close());

const failing = `
vethlab: 1
name: failing
services:
  web: {network_mode: bridge, serve: [{http: {port: 80}}]}
expect:
  - devs: {in: web, are: [lo]}
  - http: {from: web, url: "http://127.0.0.1/", status: 200}
`;

const small = `
vethlab: 1
name: small
services:
  web: {network_mode: bridge, serve: [{http: {port: 80}}], ports: ["8080:80"]}
expect:
  - http: {from: web, url: "http://127.0.0.1/", status: 200}
`;

for (const file of scenarios()) {
	needs(...readLab(file).requires.filter(isNeed)).serial(`${basename(file)} passes`, async (t) => {
		const {exit, stdout, stderr} = await sandbox.vethlab(['test', '--artifacts', sandbox.folder, file]);
		t.is(exit, 0, stdout);
		t.deepEqual(
			stderr.split('\n').filter((line) => line !== '' && !/: note: |^\d+ notes?$/.test(line)),
			[],
		);
		t.regex(stdout, /^1 scenario: [1-9]\d* checks passed, 0 failed · \d/m);
		t.deepEqual(sandbox.left(), []);
	});
}

test.serial('TAP numbers its lines and plans as many', async (t) => {
	const {exit, stdout} = await sandbox.vethlab(['test', '--report', 'tap', scenario('bridge-publish'), sandbox.write('failing.veth.yaml', failing)]);
	t.is(exit, 1);
	const lines = stdout.trimEnd().split('\n');
	t.is(lines[0], 'TAP version 13');
	const results = lines.filter((line) => /^(?:not )?ok /.test(line));
	t.deepEqual(
		results.map((line) => Number(/ok (\d+) - /.exec(line)?.[1])),
		results.map((_, index) => index + 1),
	);
	t.is(lines.at(-1), `1..${results.length}`);
	t.is(results.filter((line) => line.startsWith('not ok')).length, 1);
	t.regex(stdout, /^# expected {2}lo$/m);
});

test.serial('JUnit counts its cases and failures, and says where they stand', async (t) => {
	const output = `${sandbox.folder}/report.xml`;
	const {exit, stdout} = await sandbox.vethlab(['test', '--report', 'junit', '--output', output, sandbox.write('failing.veth.yaml', failing)]);
	t.is(exit, 1);
	t.is(stdout, '');
	const xml = readFileSync(output, 'utf8');
	t.regex(xml, /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites>\n/);
	t.regex(xml, /<testsuite name="[^"]*failing\.veth\.yaml" tests="2" failures="1" errors="0" time="\d+\.\d{3}">/);
	t.is([...xml.matchAll(/<testcase /g)].length, 2);
	t.regex(xml, /<failure message="eth0 lo">/);
	t.regex(xml, / line="7" /);
	const opened = [...xml.matchAll(/<(\w+)(?:[^>]*[^/])?>/g)].length;
	t.is(opened, [...xml.matchAll(/<\/\w+>/g)].length, 'what is opened is closed');
});

test.serial('JSON is one report for each file', async (t) => {
	const {exit, stdout} = await sandbox.vethlab(['test', '--json', sandbox.write('small.veth.yaml', small), sandbox.write('failing.veth.yaml', failing)]);
	t.is(exit, 1);
	const reports = JSON.parse(stdout) as readonly FileReport[];
	t.deepEqual(
		reports.map(({file}) => basename(file)),
		['small.veth.yaml', 'failing.veth.yaml'],
	);
	t.deepEqual(
		reports.map(({results}) => results.map(({ok}) => ok)),
		[[true], [false, true]],
	);
});

test.serial('a wrong file exits with 2 and says where; the other files are tested all the same', async (t) => {
	const {exit, stdout, stderr} = await sandbox.vethlab([
		'test',
		sandbox.write('wrong.veth.yaml', 'vethlab: 1\nservices: {web: {network_mode: brige}}\n'),
		sandbox.write('small.veth.yaml', small),
	]);
	t.is(exit, 2);
	t.regex(stderr, /wrong\.veth\.yaml:2:/);
	t.regex(stdout, /could not run: .*\[E_FILE\]/);
	t.regex(stdout, /^2 scenarios: 1 checks passed, 0 failed, 1 could not run/m);
});

test.serial('a machine that lacks a program exits with 3', async (t) => {
	const {exit, stdout} = await sandbox.vethlab(['test', sandbox.write('small.veth.yaml', small)], {before: without(sandbox, 'crun')});
	t.is(exit, 3, stdout);
	t.regex(stdout, /crun.*\[E_PROGRAM_MISSING\]/);
});

test.serial('a lab that cannot be built exits with 4', async (t) => {
	const {exit, stdout} = await sandbox.vethlab(['test', sandbox.write('small.veth.yaml', small)], {env: {VETHLAB_FAULT: 'fail:9'}});
	t.is(exit, 4);
	t.regex(stdout, /could not run: .*\[E_KERNEL\]/);
	t.deepEqual(sandbox.left(), []);
});

/** So long that no other process of the machine sleeps as long. */
const seconds = 10_000_000 + process.pid;
const slow = `vethlab: 1\nservices: {bare: {network_mode: none, image: lab/tools}}\nsteps:\n  - name: slow\n    do: {exec: {in: bare, cmd: [sleep, "${seconds}"]}}\n`;

test.serial('a test that is killed takes its lab with it', async (t) => {
	await sandbox.vethlab(['test', sandbox.write('slow.veth.yaml', slow)], {
		started: (child) => {
			void eventually(() => processesWith(`sleep ${seconds}`).length > 0).then(() => child.kill('SIGKILL'));
		},
	});
	t.true(await eventually(async () => ((await sandbox.json('ls')) as readonly unknown[]).length === 0));
	t.deepEqual(processesWith(`sleep ${seconds}`), []);
	t.deepEqual(sandbox.left(), []);
});

for (const [signal, expected] of [
	['SIGINT', 130],
	['SIGTERM', 143],
	['SIGHUP', 129],
] as const) {
	test.serial(`${signal} while it tests ends the lab first, then the command with ${expected}`, async (t) => {
		const file = sandbox.write('slow.veth.yaml', slow);
		const {exit} = await sandbox.vethlab(['test', file, file], {
			started: (child) => {
				void eventually(() => processesWith(`sleep ${seconds}`).length > 0).then(() => child.kill(signal));
			},
		});
		t.is(exit, expected);
		t.deepEqual(sandbox.left(), []);
	});
}

test.serial('a signal while a lab is being built leaves nothing of it', async (t) => {
	for (const delay of [40, 80, 120, 160, 200, 250, 300]) {
		// oxlint-disable-next-line no-await-in-loop -- one lab of that name at a time
		const {exit, stderr} = await sandbox.vethlab(['up', '-d', scenario('bridge-publish')], {
			started: (child) => {
				setTimeout(() => child.kill('SIGTERM'), delay);
			},
		});
		t.true([0, 143].includes(exit), `exit ${exit}: ${stderr}`);
		if (sandbox.left().length > 0) {
			// it was faster than the signal: then it is whole
			// oxlint-disable-next-line no-await-in-loop -- as above
			t.is((await sandbox.vethlab(['exec', 'web', 'true'])).exit, 0, `after ${delay} ms`);
			// oxlint-disable-next-line no-await-in-loop -- as above
			await endsWith(t, sandbox.vethlab(['down', '--all']));
		}

		t.deepEqual(sandbox.left(), [], `after ${delay} ms`);
	}
});

test.serial('--keep-on-fail leaves the lab to be looked at', async (t) => {
	const {exit, stdout} = await sandbox.vethlab(['test', '--keep-on-fail', sandbox.write('failing.veth.yaml', failing)]);
	t.is(exit, 1);
	const name = /kept: vethlab down (\S+) ends it/.exec(stdout)?.[1] ?? '';
	await endsWith(t, sandbox.vethlab(['exec', '--lab', name, 'web', 'true']));
	await endsWith(t, sandbox.vethlab(['down', name]));
	t.deepEqual(sandbox.left(), []);
});
