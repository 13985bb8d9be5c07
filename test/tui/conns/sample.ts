// Connections of a host as a class sees them, at a moment that never changes. No test is here.
import {ConnsBook} from '../../../src/tui/conns/book.ts';
import type {State} from '../../../src/tui/state.ts';
import {flowOf} from '../../model/connections/flows.ts';

/** 12:00:05 of a day in UTC. */
export const sampleMs = 43_205_000;

export const published = flowOf(1, '192.168.50.12:40850 > 192.168.50.10:8080', '172.17.0.2:80 > 192.168.50.12:40850');
const out = flowOf(2, '172.17.0.3:58344 > 192.168.50.12:80', '192.168.50.12:80 > 192.168.50.10:58344', {state: 'TIME_WAIT', timeoutSeconds: 119});
const client = flowOf(3, '127.0.0.1:39248 > 127.0.0.1:8080');
const container = flowOf(4, '172.17.0.1:36652 > 172.17.0.2:80');
const silent = flowOf(5, '172.17.0.3:5353 > 10.9.9.9:53', undefined, {
	protocol: 'udp',
	state: undefined,
	hasReply: false,
	isAssured: false,
	timeoutSeconds: 12,
});
const counters = {orig: {packets: 8, bytes: 521}, reply: {packets: 8, bytes: 15_370}};

/** A book whose clock stands still. `node`: "all" are all. */
export function sampleBook(node: string = 'h1', now: () => number = () => sampleMs): ConnsBook {
	const book = new ConnsBook(now);
	book.show(node === 'all' ? undefined : node);
	book.take({
		is: 'table',
		node: 'h1',
		atMs: sampleMs - 60_000,
		flows: [
			{...published, counters},
			{...out, counters},
		],
		halves: [],
	});
	book.take({
		is: 'changes',
		node: 'h1',
		atMs: sampleMs - 1000,
		changes: [client, silent, container].map((flow) => ({
			is: 'new',
			by: 'event',
			flow: {...flow, state: flow.state && 'SYN_SENT', hasReply: false, isAssured: false},
		})),
		halves: [
			{id: 3, half: 'client', is: 'joined', other: 4, end: {address: '172.17.0.1', port: 36_652}},
			{id: 4, half: 'container', is: 'joined', other: 3, end: {address: '127.0.0.1', port: 39_248}},
		],
	});
	book.take({
		is: 'changes',
		node: 'h1',
		atMs: sampleMs - 999,
		changes: [client, container].map((flow) => ({is: 'update', by: 'event', flow})),
		halves: [],
	});
	book.take({is: 'changes', node: 'h1', atMs: sampleMs - 500, changes: [{is: 'destroy', by: 'event', flow: {...out, timeoutSeconds: 0}}], halves: []});
	return book;
}

/** Puts them on a state's screen, with the cursor on the published port. */
export function openSampleConns(state: State): void {
	Object.assign(state, {conns: sampleBook()});
	state.screen = 'conns';
	state.conns.settle(state, 5);
	state.conns.move(-Number.MAX_SAFE_INTEGER);
}
