// What is said of parameters that do not fit their method, and that every lab which a file can make does fit.
import {readFileSync} from 'node:fs';
import test from 'ava';
import type {Method} from '../../src/api/messages.ts';
import {wrongParameters} from '../../src/api/parameters.ts';
import {parseLab} from '../../src/model/parse.ts';
import {scenarios} from '../e2e/lab.ts';

const at = {line: 1, column: 1};
const terminal = {columns: 80, rows: 24, term: 'xterm'};

const wrong = test.macro({
	exec(t, method: Method, params: unknown, said: string) {
		t.is(wrongParameters(method, params), said);
	},
	title: (_, method: Method, params: unknown) => `${method} ${JSON.stringify(params ?? null).slice(0, 80)} does not fit`,
});

test(wrong, 'view', null, 'the parameters: expected an object, got null');
test(wrong, 'view', [], 'the parameters: expected an object, got a list');
test(wrong, 'net', undefined, 'the parameters: expected an object, got nothing');
test(wrong, 'net', {}, 'node: expected the name of a host or container, got nothing');
test(wrong, 'net', {node: 7}, 'node: expected the name of a host or container, got 7');
test(wrong, 'net', {node: 'a\0b'}, String.raw`node: expected the name of a host or container, got "a\u0000b"`);
test(wrong, 'hello', {protocol: 1.5}, 'protocol: expected a whole number from 0 to 9007199254740991, got 1.5');
test(wrong, 'subscribe', {topics: ['view', 'all']}, 'topics[1]: expected one of view, counters, oplog, logs, flows, got "all"');
test(wrong, 'subscribe', {topics: 'view'}, 'topics: expected a list, got "view"');
test(wrong, 'exec', {where: 'web', command: ['a', {}], timeoutMs: 1}, 'command[1]: expected a text, got an object');
test(wrong, 'exec', {where: 'web', command: [], timeoutMs: -5}, 'timeoutMs: expected milliseconds from 0 to 2147483647, got -5');
test(wrong, 'attach', {channel: 0, where: 'web', command: []}, 'channel: expected a whole number from 1 to 2147483647, got 0');
test(
	wrong,
	'attach',
	{channel: 1, where: 'web', command: [], terminal: {...terminal, rows: 1e9}},
	'terminal.rows: expected a whole number from 0 to 65535, got 1000000000',
);
test(
	wrong,
	'act',
	{action: {do: 'dance'}},
	'action.do: expected one of start, restart, stop, remove, publish, connect, disconnect, remove_network, daemon, fault, signal, got "dance"',
);
test(
	wrong,
	'act',
	{action: {do: 'constructor'}},
	'action.do: expected one of start, restart, stop, remove, publish, connect, disconnect, remove_network, daemon, fault, signal, got "constructor"',
);
test(wrong, 'act', {action: {do: 'stop', service: 'web'}}, 'action.at: expected an object, got nothing');
test(wrong, 'act', {action: {do: 'signal', host: 'h1', process: 'x', signal: 9, at}}, 'action.signal: expected one of STOP, CONT, TERM, KILL, got 9');
test(
	wrong,
	'act',
	{action: {do: 'publish', service: 'web', publish: [{protocol: 'tcp', port: 70_000, text: '', at}], at}},
	'action.publish[0].port: expected a port from 1 to 65535, got 70000',
);
test(wrong, 'probe', {kind: 'ping', from: 'web', to: 'x', count: -1, df: false, timeoutMs: 1}, 'count: expected a whole number from 1 to 65535, got -1');
test(wrong, 'file', {node: 'web', path: `${'x'.repeat(100)}\0`}, `path: expected a text, got "${'x'.repeat(60)}"…`);
test(
	wrong,
	'up',
	{lab: {name: 'x', title: '', about: '', seed: 1, lans: [{name: '../up', subnet: '10.0.0.0/8', mtu: 1500}]}},
	'lab.lans[0].name: expected a name like "web" or "h1", got "../up"',
);

const right = test.macro({
	exec(t, method: Method, params: unknown) {
		t.is(wrongParameters(method, params), undefined);
	},
	title: (_, method: Method, params: unknown) => `${method} ${JSON.stringify(params)} fits`,
});

test(right, 'view', {});
test(right, 'view', {later: 'a key of a newer client'});
test(right, 'attach', {channel: 1, where: 'web', command: [], terminal});
test(right, 'attach', {channel: 2, where: 'web', command: ['sh'], terminal: undefined});
test(right, 'act', {action: {do: 'start', service: 'web', at: {line: 0, column: 0}}});
test(right, 'probe', {kind: 'udp', from: 'web', to: '10.0.0.1', port: 53, timeoutMs: 0.5});

for (const file of scenarios()) {
	test(`the lab of ${file.split('/').at(-1) ?? ''} fits, as it comes over the socket`, (t) => {
		const {lab} = parseLab(readFileSync(file, 'utf8'), {file});
		t.not(lab, undefined);
		t.is(wrongParameters('up', JSON.parse(JSON.stringify({lab}))), undefined);
	});
}
