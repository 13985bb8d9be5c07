// From where the numbers of connections are counted in lists.
import test from 'ava';
import {Sequences} from '../../../src/watch/decode/sequences.ts';

const flags = {syn: 2, rst: 4, ack: 16} as const;
const client = {source: '10.0.0.1', sourcePort: 40_000, destination: '10.0.0.2', destinationPort: 80} as const;
const server = {source: '10.0.0.2', sourcePort: 80, destination: '10.0.0.1', destinationPort: 40_000} as const;
const header = {own: 0, other: 0} as const;

test('a connection is counted from its SYN and from what answers it', (t) => {
	const sequences = new Sequences();
	t.deepEqual(sequences.at(1).of({...client, flags: flags.syn, sequence: 1000, acknowledged: 0}), {own: 1000, other: 0});
	t.deepEqual(sequences.at(2).of({...server, flags: flags.syn | flags.ack, sequence: 0xff_ff_ff_ff, acknowledged: 1001}), {own: 0xff_ff_ff_ff, other: 1000});
	t.deepEqual(sequences.at(3).of({...client, flags: flags.ack, sequence: 1001, acknowledged: 0}), {own: 1000, other: 0xff_ff_ff_ff});
	t.deepEqual(sequences.at(3).of({...client, sourcePort: 40_001, flags: flags.ack, sequence: 1001, acknowledged: 0}), header, 'another one');
});

test('who refuses says 1, and acknowledges 1', (t) => {
	const sequences = new Sequences();
	sequences.at(1).of({...client, flags: flags.syn, sequence: 1000, acknowledged: 0});
	t.deepEqual(sequences.at(2).of({...server, flags: flags.rst | flags.ack, sequence: 0, acknowledged: 1001}), {own: 0xff_ff_ff_ff, other: 1000});
});

test('of what began before, the numbers are those of the header; its other side is known from who answers a SYN that nobody saw', (t) => {
	const sequences = new Sequences();
	t.deepEqual(sequences.at(1).of({...client, flags: flags.ack, sequence: 5000, acknowledged: 6000}), header);
	t.deepEqual(sequences.at(2).of({...server, flags: flags.syn | flags.ack, sequence: 6000, acknowledged: 5000}), {own: 6000, other: 4999});
	t.deepEqual(sequences.at(3).of({...client, flags: flags.ack, sequence: 5000, acknowledged: 6001}), {own: 4999, other: 6000});
});

test('an answer from another port than the one that was asked', (t) => {
	const sequences = new Sequences();
	const turned = {...client, destinationPort: 38_122} as const;
	sequences.at(1).of({...turned, flags: flags.syn, sequence: 1000, acknowledged: 0});
	t.deepEqual(sequences.at(2).of({...server, flags: flags.syn | flags.ack, sequence: 2000, acknowledged: 1001}), {own: 2000, other: 1000});
	t.deepEqual(sequences.at(3).of({...turned, flags: flags.ack, sequence: 1001, acknowledged: 2001}), {own: 1000, other: 2000});
	t.deepEqual(sequences.at(4).of({...server, flags: flags.ack, sequence: 2001, acknowledged: 1001}), {own: 2000, other: 1000});
});

test('the same ports again are another connection, whenever its packets are looked at', (t) => {
	const sequences = new Sequences();
	const syn = (packet: number, sequence: number) => sequences.at(packet).of({...client, flags: flags.syn, sequence, acknowledged: 0});
	syn(1, 1000);
	sequences.at(2).of({...server, flags: flags.syn | flags.ack, sequence: 2000, acknowledged: 1001});
	syn(3, 1000);
	t.deepEqual(
		sequences.at(4).of({...client, flags: flags.ack, sequence: 1001, acknowledged: 2001}),
		{own: 1000, other: 2000},
		'a SYN that is sent again is no other',
	);
	syn(10, 7000);
	t.deepEqual(sequences.at(11).of({...server, flags: flags.rst | flags.ack, sequence: 0, acknowledged: 7001}), {own: 0xff_ff_ff_ff, other: 7000});
	t.deepEqual(sequences.at(4).of({...client, flags: flags.ack, sequence: 1001, acknowledged: 2001}), {own: 1000, other: 2000});
	syn(1, 1000);
	t.deepEqual(syn(10, 7000), {own: 7000, other: 0}, 'asked for again');
});

test('memory has bounds', (t) => {
	const sequences = new Sequences();
	for (let packet = 0; packet < 70_000; packet++) {
		sequences.at(packet).of({...client, source: `10.1.${packet >> 8}.${packet & 255}`, flags: flags.syn, sequence: 9, acknowledged: 0});
	}

	t.deepEqual(sequences.at(70_000).of({...client, source: '10.1.0.1', flags: flags.rst, sequence: 10, acknowledged: 0}), header);
	t.deepEqual(sequences.at(70_000).of({...client, source: '10.1.255.255', flags: flags.rst, sequence: 10, acknowledged: 0}), {own: 9, other: 0});
});
