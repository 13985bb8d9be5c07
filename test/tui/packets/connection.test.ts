// The connection of a packet, as a filter: what it finds in a real capture.
import test from 'ava';
import {connectionOf} from '../../../src/tui/packets/connection.ts';
import {frameOf} from '../../../src/tui/packets/screen.ts';
import {summarize} from '../../../src/watch/decode/index.ts';
import {endpoint} from '../../../src/watch/decode/walk.ts';
import type {Packet} from '../../../src/watch/files/index.ts';
import {passes} from '../../../src/watch/filter/match.ts';
import {parseFilter} from '../../../src/watch/filter/parse.ts';
import {bridgePublish} from '../samples.ts';
import {captured} from './capture.ts';

function endsOf(packet: Packet): string {
	const {source, sourcePort, destination, destinationPort} = summarize(frameOf(packet));
	return `${endpoint(source, sourcePort).replace(/(?<=:)[3-6]\d{4}$/, 'PORT')} > ${endpoint(destination, destinationPort).replace(/(?<=:)[3-6]\d{4}$/, 'PORT')}`;
}

/** The packets of the connection of the first with these ends: how many, and which different ends they have. */
function follow(ends: string): {readonly count: number; readonly ends: readonly string[]; readonly said: string} | undefined {
	const packet = captured.find((one) => endsOf(one) === ends);
	const followed = packet === undefined ? undefined : connectionOf(frameOf(packet), bridgePublish());
	if (followed === undefined) {
		return undefined;
	}

	const filter = parseFilter(followed.filter);
	const found = captured.filter((one) => passes(filter, frameOf(one)));
	return {count: found.length, ends: [...new Set(found.map(endsOf))].toSorted(), said: followed.said};
}

test('through a published port both sides are followed, from either of them', (t) => {
	const ends = [
		'172.17.0.2:80 > 192.168.50.12:PORT',
		'192.168.50.10:8080 > 192.168.50.12:PORT',
		'192.168.50.12:PORT > 172.17.0.2:80',
		'192.168.50.12:PORT > 192.168.50.10:8080',
	];
	const outside = follow('192.168.50.12:PORT > 192.168.50.10:8080');
	t.deepEqual(outside?.ends, ends);
	t.regex(outside?.said ?? '', /^follows port \d+ to 8080 and 80: a published port$/);
	for (const other of ends) {
		t.deepEqual(follow(other)?.ends, ends);
		t.is(follow(other)?.count, outside?.count);
	}
});

test('what is masqueraded is followed by its ports, which stay', (t) => {
	const found = follow('172.17.0.3:PORT > 192.168.50.12:80');
	t.deepEqual(found?.ends, [
		'172.17.0.3:PORT > 192.168.50.12:80',
		'192.168.50.10:PORT > 192.168.50.12:80',
		'192.168.50.12:80 > 172.17.0.3:PORT',
		'192.168.50.12:80 > 192.168.50.10:PORT',
	]);
	t.regex(found?.said ?? '', /^follows ports \d+ and 80, also where addresses are changed$/);
});

test('an echo is followed by its number', (t) => {
	t.deepEqual(follow('192.168.50.12 > 192.168.50.10')?.ends, ['192.168.50.10 > 192.168.50.12', '192.168.50.12 > 192.168.50.10']);
});

test('ARP is no connection', (t) => {
	const packet = captured.find((one) => summarize(frameOf(one)).protocol === 'ARP');
	t.truthy(packet);
	t.is(packet && connectionOf(frameOf(packet), bridgePublish()), undefined);
});
