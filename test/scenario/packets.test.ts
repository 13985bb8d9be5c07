// Packet checks: what the window of a step keeps, what each check makes of it, and what is told when it does not hold.
import test, {type ExecutionContext} from 'ava';
import type {Capturing} from '../../src/api/client.ts';
import type {Method, View} from '../../src/api/messages.ts';
import {LabError} from '../../src/base/errors.ts';
import type {CapturePoint, CaptureWish, Marked} from '../../src/model/capture.ts';
import type {Check, Count, Lab, Step} from '../../src/model/lab.ts';
import {bind} from '../../src/scenario/checks/index.ts';
import {runSteps} from '../../src/scenario/run.ts';
import type {Call, Scene, Seen} from '../../src/scenario/scene.ts';
import {openWindow, type Window} from '../../src/scenario/window.ts';
import {compileFilter} from '../../src/watch/bpf/compile.ts';
import {PcapngWriter, type Packet, type Point} from '../../src/watch/files/index.ts';
import {goodFrames} from '../watch/frames.ts';

const at = {line: 1, column: 1};
const container = {id: '', hostname: '', state: 'running', exitCode: undefined, image: '', command: [], pid: 1, interfaces: [], published: []} as const;
const network = {driver: 'overlay', subnet: '', gateway: '', bridge: undefined, parent: undefined, internal: false} as const;
const view: View = {
	lab: '',
	title: '',
	about: '',
	file: '',
	createdMs: 0,
	isUp: true,
	lans: [{name: 'office', subnet: '', mtu: 1500}],
	networks: [
		{...network, name: 'app', vni: 4097, hosts: ['h1']},
		{...network, name: 'plain', hosts: ['h1']},
	],
	hosts: [
		{
			name: 'h1',
			engine: '28',
			nics: [],
			bridges: [],
			serve: [],
			gateway: undefined,
			containers: [
				{...container, name: 'web', mode: 'bridge', sharesWith: undefined},
				{...container, name: 'open', mode: 'host', sharesWith: undefined},
				{...container, name: 'guest', mode: 'container', sharesWith: 'web'},
			],
		},
	],
};

const points = new Map<string, Point>();

/** A packet as it was seen at "h1/eth0": one of the hand-made frames. */
function packet(point: string, frame: string, direction: 'in' | 'out' = 'in'): Packet {
	const [, found] = goodFrames.find(([name]) => name === frame) ?? [];
	const known = points.get(point) ?? {name: point, description: '', linkType: 1};
	points.set(point, known);
	return {point: known, seconds: 1, nanoseconds: 0, bytes: found?.bytes ?? Buffer.alloc(0), wireBytes: found?.wireBytes ?? 0, direction, comment: undefined};
}

/** An engine whose capture has these packets, one list for each marker. */
function engine(rounds: readonly (readonly Packet[])[], marked: Marked = {lost: [], absent: []}) {
	const writer = new PcapngWriter();
	const asked: {wish?: CaptureWish; readonly points: (readonly CapturePoint[])[]; ended: number} = {points: [], ended: 0};
	const capture = async (wish: CaptureWish): Promise<Capturing> => {
		asked.wish = wish;
		let data: (piece: Uint8Array) => void = () => undefined;
		return {
			nodes: [],
			waiting: [],
			onData: (listener) => {
				data = (piece) => {
					listener(piece, 'stdout');
				};
				data(writer.begin());
			},
			onTotals: () => undefined,
			mark: async (wanted) => {
				const round = rounds[asked.points.length] ?? [];
				asked.points.push(wanted);
				data(Buffer.concat(round.flatMap((one) => writer.packet(one))));
				return marked;
			},
			end: () => {
				asked.ended++;
			},
			ended: Promise.resolve({packets: 0, drops: 0}),
		};
	};
	return {asked, parts: {capture, compile: compileFilter}};
}

const many: Count = {is: '>=', value: 1};
const exactly = (value: number): Count => ({is: '==', value});
const seenPacket = (point: string, filter: string, count = many, first?: string): Check => ({at, check: 'packet', ...pointOf(point), filter, count, first});
const noPacket = (point: string, filter: string): Check => ({at, check: 'no_packet', ...pointOf(point), filter});

function pointOf(point: string): CapturePoint {
	const last = point.lastIndexOf(':');
	return last === -1 ? {node: point, dev: undefined} : {node: point.slice(0, last), dev: point.slice(last + 1)};
}

/** What each check of a step saw. */
async function seen(checks: readonly Check[], {parts}: ReturnType<typeof engine>, withinMs = 0): Promise<readonly Seen[]> {
	const step: Step = {name: 's', do: [], withinMs, expect: checks, at};
	const window = await openWindow(step, view, parts);
	await window.close(withinMs);
	return looks(checks, window);
}

async function looks(checks: readonly Check[], packets: Window): Promise<readonly Seen[]> {
	const scene = {view, packets} as unknown as Scene;
	return Promise.all(checks.map(async (check) => bind(check).look(scene)));
}

const ok = async (t: ExecutionContext, checks: readonly Check[], wanted: readonly boolean[], rounds: readonly (readonly Packet[])[]): Promise<void> => {
	t.deepEqual(
		(await seen(checks, engine(rounds))).map((one) => one.ok),
		wanted,
	);
};

test('packets are counted at their point: an interface, or all of a node', async (t) => {
	const packets = [
		packet('h1/docker0', 'arp request'),
		packet('h1/eth0', 'arp request', 'out'),
		packet('h1/eth0', 'arp reply'),
		packet('h10/eth0', 'arp reply'),
	];
	await ok(
		t,
		[
			seenPacket('h1:docker0', 'arp', exactly(1)),
			seenPacket('h1:eth0', 'arp', exactly(2)),
			seenPacket('h1', 'arp', exactly(3)),
			seenPacket('open:eth0', 'arp', exactly(2)),
			seenPacket('h1:eth', 'arp'),
			noPacket('h1:eth0', 'udp'),
			noPacket('h1', 'arp'),
			seenPacket('h1', 'arp', exactly(0)),
			seenPacket('h1:eth0', 'arp', {is: '<', value: 3}, 'arp[6:2] == 1'),
			seenPacket('h1:eth0', 'arp', many, 'arp[6:2] == 2'),
		],
		[true, true, true, true, false, true, false, false, true, false],
		[packets],
	);
});

test('of a LAN as a whole each frame is one: it comes in once and goes out at every port', async (t) => {
	const packets = [packet('office/h1-eth0', 'arp request'), packet('office/h2-eth0', 'arp request', 'out'), packet('office/h3-eth0', 'arp request', 'out')];
	await ok(t, [seenPacket('office', 'arp', exactly(1)), seenPacket('office:h2-eth0', 'arp', exactly(1))], [true, true], [packets]);
});

test('the place of an overlay network is a point, as a whole and each of its interfaces', async (t) => {
	const packets = [packet('h1/vxlan7', 'udp'), packet('h1:vxlan4097/vxlan0', 'arp request'), packet('h1:vxlan4097/veth0', 'arp request', 'out')];
	const checks = [
		seenPacket('h1:vxlan4097', 'arp', exactly(2)),
		seenPacket('h1:vxlan4097:vxlan0', 'arp', exactly(1)),
		noPacket('h1', 'arp'),
		seenPacket('h1:vxlan7', 'udp', exactly(1)),
	];
	await ok(t, checks, [true, true, true, true], [packets]);
	const {asked, parts} = engine([packets]);
	await seen(checks, {asked, parts});
	t.deepEqual(asked.wish?.nodes, ['office', 'h1', 'h1:vxlan4097', 'web']);
	t.deepEqual(asked.points[0], [
		{node: 'h1:vxlan4097', dev: undefined},
		{node: 'h1:vxlan4097', dev: 'vxlan0'},
		{node: 'h1', dev: undefined},
		{node: 'h1', dev: 'vxlan7'},
	]);
});

test('every point is captured from before the actions, a stack that is shared for whom it is asked for only', async (t) => {
	const one = engine([]);
	await seen([noPacket('web:eth0', 'arp')], one);
	t.deepEqual(one.asked.wish, {nodes: ['office', 'h1', 'h1:vxlan4097', 'web'], interfaces: [], filter: undefined, count: undefined});
	t.deepEqual(one.asked.points, [[{node: 'web', dev: 'eth0'}]]);
	t.is(one.asked.ended, 1);
	const other = engine([]);
	await seen([noPacket('guest', 'arp'), noPacket('open:eth0', 'arp')], other);
	t.deepEqual(other.asked.wish?.nodes, ['office', 'h1', 'h1:vxlan4097', 'web', 'guest']);
	t.deepEqual(other.asked.points, [
		[
			{node: 'guest', dev: undefined},
			{node: 'h1', dev: 'eth0'},
		],
	]);
});

test('what is missing is waited for; what must not be there is looked for in what came until the first marker', async (t) => {
	const rounds = [[packet('web/eth0', 'arp request')], [], [packet('web/eth0', 'arp reply')]];
	const late = engine(rounds);
	const results = await seen([seenPacket('web:eth0', 'arp', {is: '>=', value: 2}), noPacket('web:eth0', 'arp[6:2] == 2')], late, 60_000);
	t.deepEqual(
		results.map((one) => one.ok),
		[true, true],
	);
	t.is(late.asked.points.length, 3);
	const hopeless = engine(rounds);
	t.deepEqual(
		(await seen([seenPacket('web:eth0', 'arp', exactly(0))], hopeless, 60_000)).map((one) => one.ok),
		[false],
	);
	t.is(hopeless.asked.points.length, 1, 'more packets would not help');
	t.deepEqual(
		(await seen([seenPacket('web:eth0', 'udp')], engine(rounds), 0)).map((one) => one.ok),
		[false],
	);
});

test('a packet that is missed is told where it was seen, and what was seen instead', async (t) => {
	const packets = [packet('h1/docker0', 'arp request'), packet('h1/docker0', 'arp reply', 'out'), packet('web/eth0', 'icmp echo request')];
	const [missed, nothing, nowhere, forbidden] = await seen(
		[seenPacket('web:eth0', 'arp'), seenPacket('h1:eth0', 'arp', exactly(2)), seenPacket('web:eth0', 'udp'), noPacket('h1', 'arp')],
		engine([packets]),
	);
	t.is(missed?.got, 'none');
	t.deepEqual(
		missed?.packets?.map((line) => line.replace(/(in|out) .*/, '$1')),
		['elsewhere there were, with the first at each point:', '2x  h1:docker0 in', 'at web:eth0 there were:', 'web:eth0 in'],
	);
	t.is(nothing?.expected, '2 such packets');
	t.is(nothing?.packets?.at(-1), 'at h1:eth0 there was nothing at all');
	t.is(nowhere?.packets?.[0], 'there was no such packet in the whole lab');
	t.is(forbidden?.got, '2 of them');
	t.regex(forbidden?.packets?.[0] ?? '', /^h1:docker0 in \S+ > \S+ ARP Who has/);
});

test('long lists of packets are cut', async (t) => {
	const packets = Array.from({length: 30}, () => packet('h1/eth0', 'arp request'));
	const [forbidden] = await seen([noPacket('h1:eth0', 'arp')], engine([packets]));
	t.is(forbidden?.packets?.length, 13);
	t.is(forbidden?.packets?.at(-1), '… and 18 more');
});

test('nobody says that nothing was seen where there is nothing to see, or where a marker did not come through', async (t) => {
	const checks = [noPacket('h1:eht0', 'arp'), noPacket('h1:eth0', 'udp'), noPacket('h1', 'udp'), noPacket('web:eth0', 'arp')];
	const results = await seen(checks, engine([[packet('h1/eth0', 'arp request')]], {lost: ['h1/eth0'], absent: ['h1/eht0']}));
	t.deepEqual(
		results.map((one) => one.ok),
		[false, false, false, true],
	);
	t.is(results[0]?.got, 'none; h1:eht0: there is no such interface');
	t.regex(results[1]?.got ?? '', /^none; h1:eth0: a marker .* did not come back/);
});

test('an interface that has gone since it was seen was there', async (t) => {
	const results = await seen([noPacket('h1:eth1', 'udp')], engine([[packet('h1/eth1', 'arp request')]], {lost: [], absent: ['h1/eth1']}));
	t.deepEqual(
		results.map((one) => one.ok),
		[true],
	);
});

test('packets that the kernel dropped could have been those: then nothing is said', async (t) => {
	const {parts} = engine([]);
	const capture = async (wish: CaptureWish): Promise<Capturing> => ({...(await parts.capture(wish)), ended: Promise.resolve({packets: 9, drops: 2})});
	const window = await openWindow({name: 's', do: [], withinMs: 0, expect: [noPacket('h1:eth0', 'arp')], at}, view, {...parts, capture});
	await t.throwsAsync(window.close(0), {code: 'E_SPACE', message: /2 of them were dropped/} as object);
});

test('a filter that is none is an error of its checks', async (t) => {
	const step: Step = {name: 's', do: [], withinMs: 0, expect: [noPacket('h1:eth0', 'arp and')], at};
	await t.throwsAsync(openWindow(step, view, engine([]).parts), {code: 'E_ARGUMENT', message: /syntax error/} as object);
});

test('without libpcap the checks on packets are errors, and the others are made', async (t) => {
	const missing = new LabError('E_PROGRAM_MISSING', {doing: 'compile the filter "arp"', said: 'libpcap is not installed'});
	const bench = {
		...engine([]).parts,
		compile: async () => {
			throw missing;
		},
		call: (async (method: Method) => (method === 'view' ? view : {content: ''})) as Call,
	};
	const file: Check = {at, check: 'file', in: 'web', path: '/x', contains: undefined, lacks: undefined};
	const lab = {steps: [{name: 's', do: [], withinMs: 0, expect: [noPacket('h1', 'arp'), file], at}]} as unknown as Lab;
	const results = await runSteps(lab, bench, () => undefined);
	t.deepEqual(
		results.map(({title, ok: isOk, error}) => [title, isOk, error?.code]),
		[
			['s › no packet at h1: arp', false, 'E_PROGRAM_MISSING'],
			['s › file web:/x', true, undefined],
		],
	);
});
