import test from 'ava';
import type {Op, Unit} from '../../src/plan/op.ts';
import {waves} from '../../src/plan/waves.ts';

const why = 'for the test';
const netns = (name: string): Op => ({do: 'netns.add', netns: name, why});
const address = (name: string, value: string): Op => ({do: 'addr.add', netns: name, dev: 'eth0', address: value, why});
const start: Op = {do: 'host.start', host: 'b', why};
const rule = (name: string, text: string): Op => ({do: 'rule.add', netns: 'h1', family: 4, table: 'nat', chain: name, rule: text, why});

function shape(units: readonly Unit[]): readonly string[] {
	return waves(units).map((wave) => wave.map(({unit, op}) => `${unit} ${op.do}`).join(', '));
}

test('independent units are done together: namespaces, then what is in them, then processes', (t) => {
	const units: readonly Unit[] = [
		{id: 'a', after: [], ops: [netns('a'), rule('X', '1'), address('a', '10.0.0.2/24')]},
		{id: 'b', after: [], ops: [start, netns('b'), address('b', '10.0.0.3/24')]},
	];
	t.deepEqual(shape(units), ['a netns.add, b netns.add', 'a rule.add, a addr.add, b addr.add', 'b host.start']);
});

test('a unit waits for those it names, and for those that they wait for', (t) => {
	const units: readonly Unit[] = [
		{id: 'c', after: ['b'], ops: [netns('c')]},
		{id: 'b', after: ['a'], ops: [netns('b')]},
		{id: 'a', after: [], ops: [netns('a')]},
	];
	t.deepEqual(shape(units), ['a netns.add', 'b netns.add', 'c netns.add']);
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
