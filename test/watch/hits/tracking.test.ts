import test from 'ava';
import {Tracking, type Tracked} from '../../../src/watch/hits/tracking.ts';
import type {Packet} from '../../../src/watch/hits/packet.ts';
import {turned} from '../../../src/watch/journey/nat.ts';
import {protocols} from '../../../src/watch/journey/print.ts';
import {ends, packet} from './asked.ts';

const flags = {syn: 2, ack: 16, synAck: 18, finAck: 17, rst: 4} as const;
const there = '10.0.0.2:40000 > 10.0.0.3:80';
const back = '10.0.0.3:80 > 10.0.0.2:40000';

/** Packets one after the other, each a second later, all of which pass: "NEW", "ESTABLISHED <" for an answer. */
function states(tracking: Tracking, ...packets: readonly Packet[]): readonly string[] {
	return packets.map((one, index) => said(passed(tracking, one, index * 1000)));
}

function passed(tracking: Tracking, one: Packet, at: number): Tracked {
	const tracked = tracking.track(one, at, undefined);
	if (tracked.entry !== undefined) {
		tracking.confirm(tracked.entry, at);
	}

	return tracked;
}

function said({state, isReply}: Tracked): string {
	return `${state}${isReply ? ' <' : ''}`;
}

const tcp = (text: string, bits: number): Packet => packet(text, {flags: bits});
const udp = (text: string): Packet => packet(text, {protocol: protocols.udp, flags: 0});
const echo = (text: string, type: number): Packet => packet(text, {protocol: protocols.icmp, flags: 0, icmp: type << 8});

test('a connection is new until it is answered, and then established in both directions', (t) => {
	t.deepEqual(states(new Tracking(), tcp(there, flags.syn), tcp(there, flags.syn), tcp(back, flags.synAck), tcp(there, flags.ack)), [
		'NEW',
		'NEW',
		'ESTABLISHED <',
		'ESTABLISHED',
	]);
	t.deepEqual(states(new Tracking(), udp(there), udp(there), udp(back), udp(there)), ['NEW', 'NEW', 'ESTABLISHED <', 'ESTABLISHED']);
	const [ask, answer] = [echo('10.0.0.2:7 > 10.0.0.3:7', 8), echo('10.0.0.3:7 > 10.0.0.2:7', 0)];
	t.deepEqual(states(new Tracking(), ask, answer, ask), ['NEW', 'ESTABLISHED <', 'ESTABLISHED']);
});

test('what was dropped on its way is not remembered', (t) => {
	const tracking = new Tracking();
	const first = tracking.track(tcp(there, flags.syn), 0, undefined);
	const second = tracking.track(tcp(there, flags.syn), 1000, undefined);
	t.is(second.state, 'NEW');
	t.not(second.entry, first.entry);
});

test('answers to nothing fit no connection', (t) => {
	const tracking = new Tracking();
	tracking.isRead = true;
	t.deepEqual(states(tracking, tcp(back, flags.synAck), tcp(there, flags.rst), tcp(there, flags.finAck), echo('10.0.0.3:7 > 10.0.0.2:7', 0)), [
		'INVALID',
		'INVALID',
		'INVALID',
		'INVALID',
	]);
	// conntrack takes up by an ACK what it has not seen begin
	t.deepEqual(states(tracking, tcp(there, flags.ack)), ['NEW']);
});

test('a refused connection is forgotten at once; after an end its ports begin a new one', (t) => {
	t.deepEqual(states(new Tracking(), tcp(there, flags.syn), tcp(back, flags.rst | flags.ack), tcp(there, flags.syn)), ['NEW', 'ESTABLISHED <', 'NEW']);
	const whole = [
		tcp(there, flags.syn),
		tcp(back, flags.synAck),
		tcp(there, flags.ack),
		tcp(there, flags.finAck),
		tcp(back, flags.finAck),
		tcp(there, flags.ack),
	];
	t.deepEqual(states(new Tracking(), ...whole, tcp(there, flags.syn)).slice(-2), ['ESTABLISHED', 'NEW']);
});

test('an entry goes after its time', (t) => {
	const tracking = new Tracking();
	passed(tracking, udp(there), 0);
	t.is(passed(tracking, udp(back), 29_000).state, 'ESTABLISHED');
	t.is(passed(tracking, udp(there), 140_000).state, 'ESTABLISHED');
	t.is(passed(tracking, udp(there), 300_000).state, 'NEW');
});

test('an ICMP error is related to what it quotes, in the direction of that connection', (t) => {
	const tracking = new Tracking();
	passed(tracking, tcp(there, flags.syn), 0);
	const error = packet('10.0.0.1:0 > 10.0.0.2:0', {protocol: protocols.icmp, flags: 0, icmp: 3 << 8, quoted: ends(there)});
	t.is(said(tracking.track(error, 1, undefined)), 'RELATED <');
	t.is(said(tracking.track({...error, quoted: ends('10.0.0.9:1 > 10.0.0.8:2')}, 1, undefined)), 'INVALID');
});

test('neighbour discovery is not tracked', (t) => {
	const solicitation = packet('fd00::2:0 > ff02::1:0', {protocol: protocols.icmpv6, flags: 0, icmp: 135 << 8});
	t.is(said(new Tracking().track(solicitation, 0, undefined)), 'UNTRACKED');
});

test('what began before the capture: as the kernel told of it, else as what was seen of it', (t) => {
	const told = new Tracking();
	told.isRead = true;
	const [orig, reply] = [ends('10.0.0.2:40000 > 10.0.0.1:8080'), turned(ends(there))];
	told.learn({orig, reply, hasReply: true, read: {at: 0, until: 60_000}});
	const {entry, ...answer} = told.track(tcp(back, flags.ack), 1000, undefined);
	t.deepEqual(answer, {state: 'ESTABLISHED', isReply: true});
	t.deepEqual(entry?.orig, orig);

	const guessed = new Tracking().track(tcp(there, flags.ack), 0, ends('10.0.0.1:40000 > 10.0.0.3:80'));
	t.is(said(guessed), 'ESTABLISHED');
	t.true(guessed.entry?.isGuess);
	t.is(guessed.entry?.reply.destination, ends('10.0.0.1:1 > 10.0.0.1:1').source);
	// a datagram of a flow that may have been: of what a table said only as long as it would have lasted
	told.learn({orig: ends(there, protocols.udp), reply: turned(ends(there, protocols.udp)), hasReply: true, read: {at: 0, until: 10_000}});
	t.is(said(told.track(udp(there), 5000, undefined)), 'ESTABLISHED');
	t.is(said(new Tracking().track(udp(there), 5000, undefined)), 'NEW');
});

test('what the node sent was turned before it was seen: its entry tells where it went', (t) => {
	const tracking = new Tracking();
	const [orig, seen] = [ends('192.168.50.10:40000 > 192.168.50.10:8080'), ends('192.168.50.10:40000 > 172.17.0.2:80')];
	t.deepEqual(tracking.before(seen), seen);
	tracking.learn({orig, reply: turned(seen), hasReply: false, read: undefined});
	t.deepEqual(tracking.before(seen), orig);
	t.deepEqual(tracking.before(ends(there)), ends(there));
});
