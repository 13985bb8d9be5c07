// Lines of `vethlab conntrack --follow`: halves of calls when they are known, NAT by rules that somebody typed meanwhile.
import test from 'ava';
import {parseSave} from '../../src/kernel/iptables/save.ts';
import {ConnectionsFollower} from '../../src/cli/connections-follow.ts';
import {Explained} from '../../src/cli/connections.ts';
import type {WantedFlow} from '../../src/model/connections/match.ts';
import type {FlowNews} from '../../src/model/connections/news.ts';
import {flowOf} from '../model/connections/flows.ts';
import {bridgePublish} from '../tui/samples.ts';

const asked = flowOf(1, '127.0.0.1:4000 > 127.0.0.1:8080');
const onward = flowOf(2, '172.17.0.1:4001 > 172.17.0.2:80');
const other = flowOf(3, '192.168.50.12:4000 > 192.168.50.10:7070', '172.17.0.2:80 > 192.168.50.12:4000');
const typed = '*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -i eth0 -p tcp -m tcp --dport 7070 -j DNAT --to-destination 172.17.0.2:80\nCOMMIT\n';

function follower(options: {readonly asJson?: boolean; readonly wanted?: WantedFlow} = {}) {
	const lines: string[] = [];
	const state = {nowMs: 0, reads: 0, save: ''};
	const one = new ConnectionsFollower({
		wanted: options.wanted ?? {},
		asJson: options.asJson ?? false,
		explained: new Explained(bridgePublish(), []),
		print: (line) => lines.push(line),
		async rules() {
			state.reads++;
			return parseSave(state.save, 4);
		},
		now: () => state.nowMs,
	});
	/** Lines since the last time, without the time of day. */
	const told = async (news: FlowNews): Promise<readonly string[]> => {
		await one.tell(news);
		return lines.splice(0).map((line) => line.replace(/^\S+ /, '').replaceAll(/ +/g, ' '));
	};
	return {state, told};
}

const changes = (more: Partial<Extract<FlowNews, {readonly is: 'changes'}>>): FlowNews => ({
	is: 'changes',
	node: 'h1',
	atMs: 0,
	changes: [],
	halves: [],
	...more,
});

test('a line for each half when the other is known, and from then on with it', async (t) => {
	const {told} = follower();
	t.deepEqual(await told({is: 'table', node: 'h1', atMs: 0, flows: [], halves: []}), []);
	t.deepEqual(
		await told(
			changes({
				changes: [
					{is: 'new', by: 'event', flow: asked},
					{is: 'new', by: 'event', flow: onward},
				],
			}),
		),
		[
			'h1 NEW tcp ESTABLISHED assured 127.0.0.1:4000 -> 127.0.0.1:8080 reply 127.0.0.1:8080 -> 127.0.0.1:4000 nat none',
			'h1 NEW tcp ESTABLISHED assured 172.17.0.1:4001 -> 172.17.0.2:80 reply 172.17.0.2:80 -> 172.17.0.1:4001 nat none',
		],
	);
	const halves = [
		{id: 1, half: 'client', is: 'joined', other: 2, end: {address: '172.17.0.1', port: 4001}},
		{id: 2, half: 'container', is: 'joined', other: 1, end: {address: '127.0.0.1', port: 4000}},
		// of an entry that has gone meanwhile
		{id: 9, half: 'client', is: 'gone'},
	] as const;
	const [first, second, ...more] = await told(changes({halves}));
	t.regex(first ?? '', /^h1 PROXIED tcp .*127\.0\.0\.1:8080 .* to docker-proxy, which goes on from 172\.17\.0\.1:4001$/);
	t.regex(second ?? '', /^h1 PROXIED tcp .*172\.17\.0\.2:80 .* from docker-proxy, for 127\.0\.0\.1:4000$/);
	t.deepEqual(more, []);
	const end = {is: 'destroy', by: 'reading', flow: {...onward, state: 'TIME_WAIT'}} as const;
	t.regex((await told(changes({changes: [end]})))[0] ?? '', /^h1 DESTROY .* from docker-proxy, for 127\.0\.0\.1:4000 \(seen by reading the table\)$/);
	// its number is another entry's by now
	t.false((await told(changes({changes: [{is: 'new', by: 'event', flow: onward}]}))).join('').includes('docker-proxy'));
});

test('halves that a table tells of are known, and JSON has them', async (t) => {
	const {told} = follower({asJson: true, wanted: {orig: {dport: 8080}}});
	await told({is: 'table', node: 'h1', atMs: 0, flows: [asked, onward], halves: [{id: 1, half: 'client', is: 'waiting'}]});
	const [line = '', ...more] = await told(
		changes({
			changes: [{is: 'update', by: 'event', flow: asked}],
			halves: [
				{id: 1, half: 'client', is: 'joined', other: 2},
				{id: 2, half: 'container', is: 'joined', other: 1},
			],
		}),
	);
	t.like(JSON.parse(line), {is: 'update', node: 'h1', id: 1, proxied: {is: 'waiting'}});
	t.is(more.length, 1, 'the other half is not wanted');
	t.like(JSON.parse(more[0] ?? ''), {is: 'proxied', id: 1, proxied: {is: 'joined', other: 2}});
});

test('NAT by a rule that no step of the lab made: the rules are read, but not for every line', async (t) => {
	const {state, told} = follower();
	const news = changes({changes: [{is: 'new', by: 'event', flow: other}]});
	const unknown = ['h1 NEW tcp ESTABLISHED assured 192.168.50.12:4000 -> 192.168.50.10:7070 reply 172.17.0.2:80 -> 192.168.50.12:4000 nat DNAT'];
	t.deepEqual(await told(news), unknown);
	state.save = typed;
	t.deepEqual(await told(news), unknown);
	t.is(state.reads, 1);
	state.nowMs = 1000;
	const [line = ''] = await told(news);
	t.regex(line, / nat DNAT \(by hand: iptables -t nat -A PREROUTING -i eth0 -p tcp -m tcp --dport 7070 -j DNAT --to-destination 172\.17\.0\.2:80\)$/);
	state.nowMs = 5000;
	await told(news);
	t.is(state.reads, 2, 'what is explained asks for nothing');
});
