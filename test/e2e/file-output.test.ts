// What `rules` and `conntrack` print, in a file.
import type {ChildProcess} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {endsWith, eventually, type Lab, Sandbox} from './lab.ts';

const sandbox = new Sandbox();
test.after.always(async () => sandbox.close());

const text = `
vethlab: 1
lans: {office: {subnet: 10.81.0.0/24}}
hosts:
  h1: {nics: {eth0: {lan: office, ip: 10.81.0.11/24}}}
  laptop: {docker: false, nics: {eth0: {lan: office, ip: 10.81.0.100/24}}}
services:
  web: {host: h1, network_mode: bridge, serve: [{http: {port: 80}}], ports: ["8080:80"]}
`;

let lab: Lab;
test.before(async () => {
	lab = await sandbox.up(text);
});

for (const words of [
	['rules', 'h1'],
	['rules', 'h1', '--json'],
	['conntrack', 'h1', '-s', '10.99.0.1'],
]) {
	test.serial(`${words.join(' ')} -w FILE prints the same into the file, and nothing else`, async (t) => {
		const file = join(sandbox.folder, 'printed');
		const printed = await sandbox.vethlab(words);
		const written = await sandbox.vethlab([...words, '-w', file]);
		t.deepEqual(written, {exit: 0, stdout: '', stderr: ''});
		t.is(readFileSync(file, 'utf8'), printed.stdout);
	});
}

test.serial('--follow: whoever interrupts it has every line until then, whole', async (t) => {
	const file = join(sandbox.folder, 'followed');
	let child: ChildProcess | undefined;
	const followed = sandbox.vethlab(['conntrack', 'h1', '--follow', '--json', '--dport', '8080', '-w', file], {started: (process) => (child = process)});
	await eventually(async () => {
		await lab.http('laptop', 'http://10.81.0.11:8080/');
		return existsSync(file) && readFileSync(file, 'utf8').includes('ESTABLISHED');
	});
	child?.kill('SIGINT');
	await endsWith(t, followed, 130);
	const lines = readFileSync(file, 'utf8').split('\n');
	t.is(lines.pop(), '');
	t.true(lines.every((line) => (JSON.parse(line) as {readonly node: string}).node === 'h1'));
});

test.serial('a full disk ends it and is told, also while it follows', async (t) => {
	const shown = await sandbox.vethlab(['rules', 'h1', '-w', '/dev/full']);
	t.is(shown.exit, 4);
	t.regex(shown.stderr, /write \/dev\/full.*E_SPACE/);
	let isOver = false;
	const followed = sandbox.vethlab(['conntrack', 'h1', '--follow', '-w', '/dev/full']).finally(() => (isOver = true));
	await eventually(async () => {
		await lab.http('laptop', 'http://10.81.0.11:8080/');
		return isOver;
	});
	t.regex((await followed).stderr, /write \/dev\/full.*E_SPACE/);
	await endsWith(t, followed, 4);
});

test.serial('a file that cannot be made is refused', async (t) => {
	const {exit, stdout, stderr} = await sandbox.vethlab(['conntrack', '-w', join(sandbox.folder, 'none', 'file')]);
	t.is(exit, 2);
	t.is(stdout, '');
	t.regex(stderr, /ENOENT.*E_ARGUMENT\]\n.*name a file in a folder that is there/);
});
