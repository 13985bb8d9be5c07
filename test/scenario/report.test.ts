import test from 'ava';
import {isOk, render, summary, textOf, type FileReport} from '../../src/scenario/report.ts';
import type {Result} from '../../src/scenario/run.ts';

const good: Result = {
	title: 'in › reach a -> b',
	position: {line: 3, column: 9},
	ok: true,
	ms: 12,
	seen: {ok: true, expected: 'ok', got: 'ok'},
	error: undefined,
};
const bad: Result = {
	title: 'in › rule h1 nat/DOCKER <DNAT> #1',
	position: {line: 37, column: 9},
	ok: false,
	ms: 3,
	seen: {ok: false, expected: 'hits >= 1', got: '0 hits & "more"\u0007', evidence: ['-A DOCKER -i docker0 -j RETURN', '-A DOCKER -j DNAT']},
	error: undefined,
};
const broken: FileReport = {
	file: 'b.veth.yaml',
	lab: 'b',
	results: [],
	kept: [],
	ms: 5,
	error: {code: 'E_PORT_TAKEN', doing: 'publish 80/tcp on h1', said: 'address already in use', hint: 'another port'},
};
const report: FileReport = {file: 'a.veth.yaml', lab: 'a', error: undefined, results: [good, bad], kept: ['run-1/a/wire.pcapng'], ms: 1234};

test('a failed check says what was expected, what was seen, and why', (t) => {
	t.is(
		textOf(bad, 'a.veth.yaml'),
		[
			'  not ok  in › rule h1 nat/DOCKER <DNAT> #1   a.veth.yaml:37:9',
			'          expected  hits >= 1',
			'          got       0 hits & "more"\u0007',
			'          evidence  -A DOCKER -i docker0 -j RETURN',
			'                    -A DOCKER -j DNAT',
		].join('\n'),
	);
});

test('the summary counts checks and files that could not run', (t) => {
	t.is(summary([report, broken]), '2 scenarios: 1 checks passed, 1 failed, 1 could not run · 1.2 s');
	t.true(isOk({...report, results: [good]}));
	t.false(isOk(report));
	t.false(isOk(broken));
});

test('TAP has a line for each check and a plan at the end', (t) => {
	const lines = render([report, broken], 'tap').split('\n');
	t.deepEqual(
		lines.filter((line) => !line.startsWith('#')),
		[
			'TAP version 13',
			'ok 1 - in › reach a -> b',
			String.raw`not ok 2 - in › rule h1 nat/DOCKER <DNAT> \#1`,
			'not ok 3 - b.veth.yaml could not run',
			'1..3',
			'',
		],
	);
});

test('JUnit is XML whatever stands in titles and evidence', (t) => {
	const xml = render([report, broken], 'junit');
	t.true(xml.includes('tests="2" failures="1" errors="0" time="1.234"'));
	t.true(xml.includes('tests="1" failures="0" errors="1"'));
	t.true(xml.includes('&lt;DNAT&gt;'));
	t.notRegex(xml, /[\u0000-\u0008]/);
});

test('JSON is the report itself', (t) => {
	const plain: unknown = JSON.parse(JSON.stringify([report]));
	t.deepEqual(JSON.parse(render([report], 'json')), plain);
});
