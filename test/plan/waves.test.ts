import test from 'ava';
import type {ContainerSpec, Op, Unit} from '../../src/plan/op.ts';
import {waves} from '../../src/plan/waves.ts';

const why = 'for the test';
const netns = (name: string): Op => ({do: 'netns.add', netns: name, why});
const address = (name: string, value: string): Op => ({do: 'addr.add', netns: name, dev: 'eth0', address: value, why});
const start: Op = {do: 'host.start', host: 'b', why};
const container = (name: string): Op => ({do: 'container.start', container: {name} as ContainerSpec, why});
const rule = (name: string, text: string): Op => ({do: 'rule.add', netns: 'h1', family: 4, table: 'nat', chain: name, rule: text, why});

function shape(units: readonly Unit[]): readonly string[] {
	return waves(units).map((wave) => wave.map(({unit, op}) => `${unit} ${op.do}`).join(', '));
}

test('independent units are done together: namespaces, then what is in them, then processes', (t) => {
	const units: readonly Unit[] = [
		{id: 'a', after: [], ops: [netns('a'), rule('X', '1'), address('a', '10.0.0.2/24')]},
		{id: 'b', after: [], ops: [container('b'), start, netns('b'), address('b', '10.0.0.3/24')]},
	];
	t.deepEqual(shape(units), ['a netns.add, b netns.add', 'a rule.add, a addr.add, b host.start, b addr.add', 'b container.start']);
});

test('processes of a unit wait for those of the units it names, and for those that they wait for', (t) => {
	const units: readonly Unit[] = [
		{id: 'c', after: ['b'], ops: [container('c')]},
		{id: 'b', after: ['a'], ops: [container('b')]},
		{id: 'a', after: [], ops: [container('a')]},
	];
	t.deepEqual(shape(units), ['a container.start', 'b container.start', 'c container.start']);
});

test('the network of all units is one wave, in which what is waited for comes first', (t) => {
	const units: readonly Unit[] = [
		{id: 'c', after: ['b'], ops: [netns('c'), address('c', '10.0.0.4/24')]},
		{id: 'b', after: ['a'], ops: [netns('b'), address('b', '10.0.0.3/24')]},
		{id: 'a', after: [], ops: [netns('a'), address('a', '10.0.0.2/24')]},
	];
	t.deepEqual(shape(units), ['a netns.add, b netns.add, c netns.add', 'a addr.add, b addr.add, c addr.add']);
});

test('a unit that is not in the list counts as up', (t) => {
	t.deepEqual(shape([{id: 'c', after: ['docker:h1'], ops: [netns('c')]}]), ['c netns.add']);
});

test('ops of one kind keep the order of the plan', (t) => {
	const ops = [rule('X', '1'), rule('Y', '2'), rule('X', '3')];
	t.deepEqual(
		waves([{id: 'a', after: [], ops}])
			.flat()
			.map(({op}) => op),
		ops,
	);
});

test('units that wait for each other are a mistake that is named', (t) => {
	const units: readonly Unit[] = [
		{id: 'a', after: ['b'], ops: []},
		{id: 'b', after: ['a'], ops: []},
	];
	t.throws(() => waves(units), {message: /a -> b -> a/});
});
