import {spawnSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import test from 'ava';
import {featureRows} from '../../../src/cli/doctor/features.ts';
import {readScratch, scratchCommand, unshareWords} from '../../../src/cli/doctor/scratch.ts';

const uid = process.getuid?.() ?? 0;

function tried(trials: Parameters<typeof scratchCommand>[1]): ReadonlyMap<string, string | undefined> {
	const {file, args} = scratchCommand(uid, trials);
	const {stdout, stderr} = spawnSync(file, args, {encoding: 'utf8'});
	return readScratch(trials, stdout, stderr);
}

test('a user makes a user namespace first, root does not', (t) => {
	t.true(unshareWords(1000).includes('--user'));
	t.false(unshareWords(0).includes('--user'));
});

test('what works says nothing, what fails says its first line, and one failure does not stop the next', (t) => {
	const answers = tried([
		{name: 'works', commands: ['true', 'echo loud']},
		{name: 'refuses', commands: ['echo one >&2; echo two >&2; false', 'echo three']},
		{name: 'silent', commands: ['(exit 7)']},
		{name: 'quoted', commands: [`test 'a b' = "a b"`]},
	]);
	t.deepEqual(
		[...answers],
		[
			['works', undefined],
			['refuses', 'one'],
			['silent', 'it ended with exit code 7'],
			['quoted', undefined],
		],
	);
});

test('a trial without an answer was not tried', (t) => {
	const trials = [{name: 'bridge', commands: ['true']}];
	t.deepEqual([...readScratch(trials, '', 'unshare failed: Operation not permitted')], [['bridge', 'unshare failed: Operation not permitted']]);
});

test('nothing of a trial is left outside', (t) => {
	const answers = tried([
		{name: 'leaves things', commands: ['ip link add left-behind type bridge', 'mkdir /tmp/left-behind', 'touch /tmp/left-behind/file']},
	]);
	t.is(answers.get('leaves things'), undefined);
	t.false(readFileSync('/proc/net/dev', 'utf8').includes('left-behind'));
	t.false(/^scratch /m.test(readFileSync('/proc/self/mounts', 'utf8')));
	t.false(existsSync('/tmp/left-behind'));
});

test('every feature can be tried in one namespace with all the others: names do not collide and fit an interface', (t) => {
	const names = featureRows().flatMap(([, {commands}]) =>
		commands.flatMap((command) => [...command.matchAll(/\b(?:name|link add) (f-\S+)/g)].map((match) => match[1] ?? '')),
	);
	t.true(names.length > 10);
	t.is(new Set(names).size, names.length);
	t.deepEqual(
		names.filter((name) => name.length > 15),
		[],
	);
});
