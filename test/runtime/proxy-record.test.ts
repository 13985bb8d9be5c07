import test from 'ava';
import {proxyRecord, readProxyRecord} from '../../src/runtime/proxy-record.ts';

const nowMs = 1_000_000_000;

/** One row of 52 bytes, as native/lab/proxy-record.h writes it. */
function row(number: number, {ended = 0, again = number, family = 2} = {}): Buffer {
	const bytes = Buffer.alloc(52);
	bytes.writeUInt32LE(number, 0);
	for (const [at, last, port] of [
		[4, 1, 4000],
		[24, 2, 5000],
	] as const) {
		bytes.writeUInt16LE(family, at);
		bytes.writeUInt16BE(port + number, at + 2);
		bytes.set(family === 10 ? [0xfd, ...Array.from({length: 14}, () => 0), last] : [10, 0, 0, last], at + 4);
	}

	bytes.writeUInt32LE(ended, 44);
	bytes.writeUInt32LE(again, 48);
	return bytes;
}

const call = (number: number) => ({client: {address: '10.0.0.1', port: 4000 + number}, own: {address: '10.0.0.2', port: 5000 + number}});

test('calls are the oldest first, wherever their rows are', (t) => {
	t.deepEqual(proxyRecord(Buffer.concat([row(3), row(1), row(2)]), nowMs), {calls: [call(1), call(2), call(3)], isWhole: true});
	t.deepEqual(proxyRecord(Buffer.concat([row(1), Buffer.alloc(104)]), nowMs), {calls: [call(1)], isWhole: true});
	t.deepEqual(proxyRecord(Buffer.alloc(104), nowMs), {calls: [], isWhole: true});
});

test('IPv6 ends', (t) => {
	t.deepEqual(proxyRecord(row(1, {family: 10}), nowMs).calls, [{client: {address: 'fd00::1', port: 4001}, own: {address: 'fd00::2', port: 5001}}]);
});

test('a record that was written over, or is being written, is not whole', (t) => {
	t.deepEqual(proxyRecord(Buffer.concat([row(5), row(4)]), nowMs), {calls: [call(4), call(5)], isWhole: false});
	t.deepEqual(proxyRecord(Buffer.concat([row(1), row(2, {again: 0})]), nowMs), {calls: [call(1)], isWhole: false});
	t.deepEqual(proxyRecord(row(1).subarray(0, 40), nowMs), {calls: [], isWhole: true});
});

test('a call that ended so long ago that its entries are gone is no call any more, but was not forgotten', (t) => {
	const rows = [row(1, {ended: nowMs / 1000 - 200}), row(2, {ended: nowMs / 1000 - 100}), row(3)];
	t.deepEqual(proxyRecord(Buffer.concat(rows), nowMs), {calls: [call(2), call(3)], isWhole: true});
});

test('a process that is gone, or keeps no record, knows nothing', (t) => {
	t.deepEqual(readProxyRecord(process.pid, nowMs), {calls: [], isWhole: false});
	t.deepEqual(readProxyRecord(2 ** 30, nowMs), {calls: [], isWhole: false});
});
