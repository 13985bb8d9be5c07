// A state with traffic on it, at a moment that never changes: what goldens and properties draw.
import type {View} from '../../src/api/messages.ts';
import {takeCounters} from '../../src/tui/events.ts';
import {initialState, type State} from '../../src/tui/state.ts';
import {FakeSession} from './fake-session.ts';

export interface Sized {
	readonly columns: number;
	readonly rows: number;
}

export const sizes: readonly Sized[] = [
	{columns: 40, rows: 12},
	{columns: 80, rows: 24},
	{columns: 120, rows: 40},
	{columns: 200, rows: 60},
];

/** A lab at work: two readings of the counters, some lines in the logs, its command log. */
export function busyState(view: View, size: Sized, isAnimated = false): State {
	const state = initialState(view, size, isAnimated);
	const session = new FakeSession(view);
	session.onEvent((event) => {
		if (event.event === 'counters') {
			takeCounters(state, event.counters, 0);
		}
	});
	session.tick();
	const [web, other] = view.hosts[0]?.containers.filter((container) => container.interfaces.length > 0).map((container) => container.name) ?? [];
	const outside = view.hosts.find((host) => host.engine === undefined)?.name;
	if (web !== undefined && other !== undefined && outside !== undefined) {
		session.send(outside, web, 14, 90);
		session.send(web, outside, 12, 400);
		session.send(web, other, 3, 98);
		session.send(other, web, 3, 98);
	}

	session.tick();
	state.oplog.push(...session.oplog);
	state.logs.add([
		{number: 0, atMs: 43_204_118, node: 'web', stream: 'stdout', text: 'GET / 200 192.168.50.12'},
		{number: 1, atMs: 43_204_502, node: 'cli', stream: 'stderr', text: 'wget: server returned error: HTTP/1.1 404 Not Found'},
		{number: 2, atMs: 43_205_031, node: 'web', stream: 'stdout', text: 'GET /模式 \u001B[31m500\u001B[0m\t192.168.50.12'},
	]);
	return state;
}
