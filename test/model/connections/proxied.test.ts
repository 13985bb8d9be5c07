import test from 'ava';
import {proxiedHalves, type End, type ProxyRecord} from '../../../src/model/connections/proxied.ts';
import {flowOf} from './flows.ts';

const end = (text: string): End => ({address: text.slice(0, text.lastIndexOf(':')), port: Number(text.slice(text.lastIndexOf(':') + 1))});

/** docker-proxy of 0.0.0.0:8080 -> 172.17.0.2:80; calls like "127.0.0.1:4000 172.17.0.1:5000". */
function proxy(calls: readonly string[], more: Partial<ProxyRecord> = {}): ProxyRecord {
	return {
		protocol: 'tcp',
		at: end('0.0.0.0:8080'),
		to: end('172.17.0.2:80'),
		calls: calls.map((call) => ({client: end(call.split(' ')[0] ?? ''), own: end(call.split(' ')[1] ?? '')})),
		isWhole: true,
		...more,
	};
}

const local = new Set(['127.0.0.1', '172.17.0.1', '192.168.50.10', '::1']);
const isLocal = (address: string): boolean => local.has(address);

test('several calls at once are joined as the proxy has recorded them, whatever their order', (t) => {
	const flows = [
		flowOf(1, '127.0.0.1:4000 > 127.0.0.1:8080'),
		flowOf(2, '127.0.0.1:4001 > 127.0.0.1:8080'),
		flowOf(3, '172.17.0.1:5001 > 172.17.0.2:80'),
		flowOf(4, '172.17.0.1:5000 > 172.17.0.2:80'),
	];
	t.deepEqual(proxiedHalves(flows, [proxy(['127.0.0.1:4000 172.17.0.1:5000', '127.0.0.1:4001 172.17.0.1:5001'])], isLocal), [
		{id: 1, half: 'client', is: 'joined', other: 4, end: end('172.17.0.1:5000')},
		{id: 2, half: 'client', is: 'joined', other: 3, end: end('172.17.0.1:5001')},
		{id: 3, half: 'container', is: 'joined', other: 2, end: end('127.0.0.1:4001')},
		{id: 4, half: 'container', is: 'joined', other: 1, end: end('127.0.0.1:4000')},
	]);
});

test('a call that the proxy has not taken up waits; one older than its record is not known; neither is guessed', (t) => {
	const flows = [flowOf(1, '127.0.0.1:4000 > 127.0.0.1:8080'), flowOf(2, '172.17.0.1:5000 > 172.17.0.2:80')];
	t.deepEqual(proxiedHalves(flows, [proxy([])], isLocal), [{id: 1, half: 'client', is: 'waiting'}]);
	t.deepEqual(proxiedHalves(flows, [proxy([], {isWhole: false})], isLocal), [{id: 1, half: 'client', is: 'unknown'}]);
});

test('a half whose other entry is gone says who it was', (t) => {
	const calls = [proxy(['127.0.0.1:4000 172.17.0.1:5000'])];
	t.deepEqual(proxiedHalves([flowOf(1, '127.0.0.1:4000 > 127.0.0.1:8080')], calls, isLocal), [
		{id: 1, half: 'client', is: 'gone', end: end('172.17.0.1:5000')},
	]);
	t.deepEqual(proxiedHalves([flowOf(2, '172.17.0.1:5000 > 172.17.0.2:80')], calls, isLocal), [
		{id: 2, half: 'container', is: 'gone', end: end('127.0.0.1:4000')},
	]);
});

test('a port that is used again belongs to the last call with it', (t) => {
	const flows = [flowOf(1, '127.0.0.1:4000 > 127.0.0.1:8080'), flowOf(2, '172.17.0.1:5000 > 172.17.0.2:80'), flowOf(3, '172.17.0.1:5001 > 172.17.0.2:80')];
	t.deepEqual(proxiedHalves(flows, [proxy(['127.0.0.1:4000 172.17.0.1:5000', '127.0.0.1:4000 172.17.0.1:5001'])], isLocal), [
		{id: 1, half: 'client', is: 'joined', other: 3, end: end('172.17.0.1:5001')},
		{id: 2, half: 'container', is: 'gone', end: end('127.0.0.1:4000')},
		{id: 3, half: 'container', is: 'joined', other: 1, end: end('127.0.0.1:4000')},
	]);
});

test('what only looks like a half is none: DNAT by the kernel, a machine elsewhere, somebody of the host who asks the container himself, UDP', (t) => {
	const flows = [
		flowOf(1, '192.168.50.12:4000 > 192.168.50.10:8080', '172.17.0.2:80 > 192.168.50.12:4000'),
		flowOf(2, '172.17.0.3:4000 > 192.168.50.12:8080'),
		flowOf(3, '172.17.0.1:6000 > 172.17.0.2:80'),
		flowOf(4, '127.0.0.1:4000 > 127.0.0.1:8080', undefined, {protocol: 'udp'}),
	];
	t.deepEqual(proxiedHalves(flows, [proxy(['127.0.0.1:4000 172.17.0.1:5000'])], isLocal), []);
});

test('the proxies of both families lead to one container, each with calls of its own', (t) => {
	const flows = [flowOf(1, '[::1]:4000 > [::1]:8080'), flowOf(2, '172.17.0.1:5000 > 172.17.0.2:80')];
	const v6 = {...proxy([]), at: {address: '::', port: 8080}, calls: [{client: {address: '::1', port: 4000}, own: end('172.17.0.1:5000')}]};
	t.deepEqual(proxiedHalves(flows, [proxy([]), v6], isLocal), [
		{id: 1, half: 'client', is: 'joined', other: 2, end: end('172.17.0.1:5000')},
		{id: 2, half: 'container', is: 'joined', other: 1, end: {address: '::1', port: 4000}},
	]);
});
