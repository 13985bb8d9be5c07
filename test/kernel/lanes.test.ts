import test from 'ava';
import {Lanes, type Direction, type LaneOp, type Round} from '../../src/kernel/lanes.ts';

const why = 'a test';
const bridge = (netns: string, name: string): LaneOp => ({do: 'link.add', netns, link: {kind: 'bridge', name}, why});
const veth = (netns: string, name: string, to: string, master?: string): LaneOp => ({
	do: 'link.add',
	netns,
	link: {kind: 'veth', name, ...(master === undefined ? {} : {master}), peer: {netns: to, name: 'eth0'}},
	why,
});
const macvlan = (netns: string, parent: string, into: string): LaneOp => ({
	do: 'link.add',
	netns,
	link: {kind: 'macvlan', name: 'eth0', parent, macvlanMode: 'bridge', into},
	why,
});
const up = (netns: string, dev: string): LaneOp => ({do: 'link.set', netns, dev, up: true, why});
const address = (netns: string, dev: string): LaneOp => ({do: 'addr.add', netns, dev, address: '10.0.0.1/24', why});
const sysctl = (netns: string): LaneOp => ({do: 'sysctl.set', netns, key: 'net.ipv4.ip_forward', value: '1', why});

/** Each round as its kind and, per namespace, the places of its ops: "netlink h1:0,1 c1:2". */
function rounds(...ops: readonly LaneOp[]): readonly string[] {
	return roundsOf('do', ops);
}

function roundsOf(direction: Direction, ops: readonly LaneOp[]): readonly string[] {
	const lanes = new Lanes(
		ops.map((op, index) => ({op, index})),
		direction,
	);
	const result: string[] = [];
	for (let round: Round | undefined = lanes.next(); round !== undefined; round = lanes.next()) {
		result.push([round.kind, ...round.runs.map(({netns, steps}) => `${netns}:${steps.map(({index}) => index).join(',')}`)].join(' '));
	}

	return result;
}

test('ops of different namespaces go together, those of one in their order', (t) => {
	t.deepEqual(rounds(up('h1', 'lo'), up('h2', 'lo'), sysctl('h1'), up('h1', 'eth0'), up('h2', 'eth0')), [
		'netlink h1:0 h2:1,4',
		'sysctl h1:2',
		'netlink h1:3',
	]);
});

test("ops on a veth's peer wait until the pair is made, those before it do not", (t) => {
	t.deepEqual(rounds(up('c1', 'lo'), veth('h1', 'veth1', 'c1'), up('c1', 'eth0'), veth('h1', 'veth2', 'c2'), up('c2', 'eth0')), [
		'netlink c1:0 h1:1,3',
		'netlink c1:2 c2:4',
	]);
});

test('an op that needs the number of a link waits for the run that makes it', (t) => {
	t.deepEqual(
		rounds(
			bridge('h1', 'docker0'),
			up('h1', 'docker0'),
			veth('h1', 'veth1', 'c1', 'docker0'),
			veth('h1', 'veth2', 'c2', 'docker0'),
			address('h1', 'docker0'),
		),
		['netlink h1:0,1', 'netlink h1:2,3,4'],
	);
});

test('a pair within one namespace makes both of its names', (t) => {
	t.deepEqual(rounds(veth('h1', 'veth1', 'h1'), address('h1', 'eth0')), ['netlink h1:0', 'netlink h1:1']);
});

test('a macvlan is made beside its parent, which must be there, and deleted where it lives', (t) => {
	const ops = [veth('office', 'port', 'h1'), up('h1', 'eth0'), macvlan('h1', 'eth0', 'c1'), address('c1', 'eth0'), up('c1', 'eth0')];
	t.deepEqual(roundsOf('do', ops), ['netlink office:0', 'netlink h1:1,2', 'netlink c1:3,4']);
	t.deepEqual(roundsOf('undo', ops.slice(1).toReversed()), ['netlink c1:0,1,2', 'netlink h1:3']);
});

test('fifty containers take as many rounds as one', (t) => {
	const names = Array.from({length: 50}, (_, index) => `c${index}`);
	const ops = names.flatMap((name) => [veth('h1', `v${name}`, name, 'docker0'), sysctl(name), up(name, 'lo'), address(name, 'eth0')]);
	t.is(rounds(...ops).length, 3);
});

test('a chain of pairs through many namespaces comes to an end', (t) => {
	const names = Array.from({length: 20}, (_, index) => `n${index}`);
	const ops = names.slice(1).flatMap((name, index) => [veth(`n${index}`, 'down', name), up(name, 'eth0')]);
	const taken = rounds(...ops)
		.join(' ')
		.match(/\d+(?=,| |$)/g);
	t.is(taken?.length, ops.length);
});
