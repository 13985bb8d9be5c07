import test from 'ava';
import {covering} from '../../src/kernel/covered.ts';
import type {Op} from '../../src/plan/op.ts';

const why = 'a test';
const netns = (name: string): Op => ({do: 'netns.add', netns: name, why});
const pair: Op = {do: 'link.add', netns: 'h1', link: {kind: 'veth', name: 'veth1', peer: {netns: 'c1', name: 'eth0'}}, why};
const address = (where: string, dev: string): Op => ({do: 'addr.add', netns: where, dev, address: '10.0.0.1/24', why});

test('a namespace takes along all that was done in it', (t) => {
	const rule: Op = {do: 'rule.add', netns: 'c1', family: 4, table: 'filter', chain: 'INPUT', rule: '-j ACCEPT', why};
	t.deepEqual(covering([rule, address('c1', 'lo'), address('h1', 'lo'), netns('c1')]), [3, 3, undefined, undefined]);
});

test('a link takes along what hangs on either of its ends', (t) => {
	t.deepEqual(covering([address('c1', 'eth0'), address('h1', 'veth1'), address('c1', 'eth1'), pair]), [3, 3, undefined, undefined]);
});

test("a pair is deleted by itself when its other end's namespace stays", (t) => {
	t.deepEqual(covering([pair, netns('h1')]), [undefined, undefined]);
	t.deepEqual(covering([pair, netns('c1'), netns('h1')]), [2, undefined, undefined]);
});

test("a macvlan is deleted by itself when its parent's namespace stays, and takes along what hangs on it", (t) => {
	const macvlan: Op = {do: 'link.add', netns: 'h1', link: {kind: 'macvlan', name: 'eth0', parent: 'eth0', macvlanMode: 'bridge', into: 'c1'}, why};
	t.deepEqual(covering([address('c1', 'eth0'), address('h1', 'eth0'), macvlan, netns('c1')]), [3, undefined, undefined, undefined]);
	t.deepEqual(covering([address('c1', 'eth0'), macvlan]), [1, undefined]);
	t.deepEqual(covering([macvlan, netns('c1'), netns('h1')]), [2, undefined, undefined]);
});

test('what was done before the namespace or link was made is not of it', (t) => {
	t.deepEqual(covering([netns('c1'), address('c1', 'lo')]), [undefined, undefined]);
	t.deepEqual(covering([pair, address('c1', 'eth0')]), [undefined, undefined]);
});

test('processes and ports are covered by nothing', (t) => {
	t.deepEqual(covering([{do: 'host.start', host: 'h1', why}, netns('h1')]), [undefined, undefined]);
});
