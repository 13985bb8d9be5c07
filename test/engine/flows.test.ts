// Connections as they change: what readings and events make of each other, who hears of it, and when nobody listens any more.
import test from 'ava';
import type {Event} from '../../src/api/messages.ts';
import {FlowFeed, type FlowSource} from '../../src/engine/flows/feed.ts';
import {FlowFeeds} from '../../src/engine/flows/feeds.ts';
import {FlowTable} from '../../src/engine/flows/table.ts';
import type {FlowListener} from '../../src/kernel/flows.ts';
import type {FlowNews} from '../../src/model/connections/news.ts';
import type {ProxiedHalf} from '../../src/model/connections/proxied.ts';
import type {ObservedFlow} from '../../src/model/observed.ts';
import {flowOf} from '../model/connections/flows.ts';

const one = flowOf(1, '10.0.0.1:4000 > 10.0.0.2:80');
const two = flowOf(2, '10.0.0.1:4001 > 10.0.0.2:80');
const counted = (packets: number): Pick<ObservedFlow, 'counters'> => ({counters: {orig: {packets, bytes: packets * 60}, reply: {packets: 0, bytes: 0}}});

/** "new 1 event" for each change. */
const said = (changes: readonly {is: string; by: string; flow: ObservedFlow}[]): readonly string[] => changes.map(({is, by, flow}) => `${is} ${flow.id} ${by}`);

function reading(table: FlowTable, flows: readonly ObservedFlow[], nowMs: number): readonly string[] {
	table.begin();
	return said(table.read(flows, nowMs));
}

test('a reading tells what is not as it was, and a timeout that only runs down is', (t) => {
	const table = new FlowTable();
	t.deepEqual(reading(table, [one, two], 0), ['new 1 reading', 'new 2 reading']);
	t.deepEqual(reading(table, [{...one, timeoutSeconds: one.timeoutSeconds - 10}, two], 10_000), ['counted 2 reading']);
	t.deepEqual(reading(table, [{...one, timeoutSeconds: one.timeoutSeconds - 20, state: 'CLOSE_WAIT'}], 20_000), ['update 1 reading', 'destroy 2 reading']);
	t.deepEqual(reading(table, [{...one, timeoutSeconds: one.timeoutSeconds - 20, state: 'CLOSE_WAIT', ...counted(3)}], 20_000), ['counted 1 reading']);
	t.is(table.flows.length, 1);
});

test('an event says only what changed: the rest stays as it was', (t) => {
	const table = new FlowTable();
	reading(table, [{...one, ...counted(2), startedMs: 5}], 0);
	const [change] = table.hear([{is: 'update', flow: {...one, state: undefined, mark: 7}}], 10);
	t.like(change, {is: 'update', by: 'event', flow: {state: 'ESTABLISHED', mark: 7, startedMs: 5, counters: {orig: {packets: 2}}}});
	const [end] = table.hear([{is: 'destroy', flow: {...one, state: undefined, ...counted(9)}}], 20);
	t.like(end, {is: 'destroy', flow: {state: 'ESTABLISHED', counters: {orig: {packets: 9}}}});
	t.deepEqual(table.flows, []);
});

test('an event that comes while the table is read is newer than the answer', (t) => {
	const table = new FlowTable();
	reading(table, [one], 0);
	table.begin();
	table.hear([{is: 'destroy', flow: one}], 1);
	table.hear([{is: 'new', flow: {...two, state: undefined}}], 1);
	t.deepEqual(said(table.read([one], 2)), [], 'what has ended does not come back, what has begun does not go');
	t.deepEqual(
		table.flows.map(({id}) => id),
		[2],
	);
	table.begin();
	table.hear([{is: 'update', flow: {...two, state: undefined, mark: 7}}], 3);
	t.deepEqual(said(table.read([{...two, state: 'SYN_SENT'}], 4)), []);
	t.like(table.flows[0], {state: 'SYN_SENT', mark: 7}, 'the answer adds what the event left out');
});

/** A node whose table, events and halves are in the test's hands. */
class FakeSource implements FlowSource {
	readonly node: string;
	flows: readonly ObservedFlow[] = [];
	known: readonly ProxiedHalf[] = [];
	listener: FlowListener | undefined;
	isGone = false;

	constructor(node: string) {
		this.node = node;
	}

	async read(): Promise<readonly ObservedFlow[]> {
		if (this.isGone) {
			throw new Error('gone');
		}

		return this.flows;
	}

	async listen(listener: FlowListener): Promise<() => void> {
		this.listener = listener;
		return () => {
			this.listener = undefined;
		};
	}

	async halves(): Promise<readonly ProxiedHalf[]> {
		return this.known;
	}
}

const settled = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('who follows hears the table, then its changes, losses, and halves when they are known', async (t) => {
	const source = new FakeSource('h1');
	const news: FlowNews[] = [];
	const feed = new FlowFeed(
		source,
		(one_) => news.push(one_),
		() => 100,
	);
	source.flows = [one];
	await feed.start();
	t.deepEqual(news, [{is: 'table', node: 'h1', atMs: 100, flows: [one], halves: []}]);
	source.listener?.heard([{is: 'new', flow: two}]);
	source.listener?.overrun();
	t.deepEqual(
		news.slice(1).map((told) => [told.is, told.is === 'changes' ? said(told.changes) : []]),
		[
			['changes', ['new 2 event']],
			['lost', []],
		],
	);
	source.flows = [one, two];
	await feed.refresh();
	t.is(news.length, 3, 'nothing has changed, nothing is told');
	source.known = [{id: 1, half: 'client', is: 'waiting'}];
	await feed.refresh();
	source.known = [{id: 1, half: 'client', is: 'joined', other: 2}];
	await feed.refresh();
	await feed.refresh();
	t.deepEqual(
		news.slice(3).map((told) => (told.is === 'changes' ? told.halves.map(({is}) => is) : [])),
		[['waiting'], ['joined']],
	);
	feed.end();
	t.is(source.listener, undefined);
});

test('a table that takes long to read is read seldom, unless events were lost', async (t) => {
	let nowMs = 0;
	let readings = 0;
	const source = new (class extends FakeSource {
		override async read(): Promise<readonly ObservedFlow[]> {
			readings++;
			nowMs += 100;
			return super.read();
		}
	})('h1');
	const feed = new FlowFeed(
		source,
		() => {},
		() => nowMs,
	);
	const readingsAfter = async (ms: number): Promise<number> => {
		nowMs += ms;
		await feed.refresh();
		return readings;
	};
	await feed.start();
	t.is(readings, 1);
	t.is(await readingsAfter(4800), 1);
	t.is(await readingsAfter(200), 2, 'it has rested for 49 times as long as it read');
	t.is(await readingsAfter(2000), 2);
	source.listener?.overrun();
	t.is(await readingsAfter(0), 3);
	t.is(await readingsAfter(2000), 3);
	feed.end();
});

test('a node is listened to once for all who follow it, and told as gone when it is', async (t) => {
	const sources = new Map(['h1', 'web'].map((node) => [node, new FakeSource(node)]));
	const feeds = new FlowFeeds({
		all: () => [...sources.keys()],
		source: (node) => {
			const source = sources.get(node);
			if (source === undefined) {
				throw new Error(`no ${node}`);
			}

			return source;
		},
		now: () => 0,
	});
	const follower = () => {
		const heard: string[] = [];
		const state = {isThere: true};
		return {
			heard,
			state,
			hears: () => state.isThere,
			tell: (_topic: string, event: Event) => {
				heard.push(event.event === 'flows' ? `${event.news.node} ${event.news.is}` : event.event);
			},
		};
	};
	const [everything, host] = [follower(), follower()];
	t.throws(() => feeds.follow(host, ['nosuch']));
	feeds.follow(everything, []);
	feeds.follow(host, ['h1']);
	await settled();
	t.deepEqual(everything.heard.toSorted(), ['h1 table', 'web table']);
	t.deepEqual(host.heard, ['h1 table']);
	sources.get('web')?.listener?.overrun();
	t.deepEqual([everything.heard.at(-1), host.heard.length], ['web lost', 1]);
	feeds.follow(host, ['web']);
	t.deepEqual(host.heard.slice(1), ['web table'], 'who comes later gets the table at once');

	const until = async (is: () => boolean): Promise<void> => {
		while (!is()) {
			// oxlint-disable-next-line no-await-in-loop -- until the next round
			await new Promise((resolve) => setTimeout(resolve, 20));
		}
	};
	const web = sources.get('web');
	sources.delete('web');
	await until(() => host.heard.includes('web gone'));
	t.is(web?.listener, undefined);
	everything.state.isThere = false;
	host.state.isThere = false;
	await until(() => sources.get('h1')?.listener === undefined);
	t.deepEqual(await feeds.read([]), [{node: 'h1', atMs: 0, flows: [], halves: []}]);
});
