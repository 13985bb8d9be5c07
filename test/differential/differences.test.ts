import test from 'ava';
import {differences, explains, told} from './differences.ts';

const nodes = [
	['c1 network namespace of', 'c1'],
	['h1 network namespace of', 'h1'],
] as const;
const real = new Map([
	...nodes,
	['c1 link eth0 mtu', '1500'],
	['h1 rules 4 nat DOCKER', 'policy -\n-j RETURN\n-j DNAT'],
	['h1 socket tcp 0.0.0.0:80', 'there'],
]);
const ours = new Map([...nodes, ['c1 link eth0 mtu', '1450'], ['h1 rules 4 nat DOCKER', 'policy -\n-j DNAT\n-j RETURN'], ['h1 process docker-proxy', 'there']]);
const where = {engine: '28', situation: 'bridge'} as const;

test('a difference is another value, or what only one of them has', (t) => {
	t.deepEqual(
		differences(real, ours).map(({of}) => of),
		['c1 link eth0 mtu', 'h1 process docker-proxy', 'h1 rules 4 nat DOCKER', 'h1 socket tcp 0.0.0.0:80'],
	);
	t.deepEqual(differences(real, real), []);
});

test('of a node that only one of them has that is all that is said', (t) => {
	const facts = new Map([...real, ['h1:vxlan4097 network namespace of', 'h1:vxlan4097'], ['h1:vxlan4097 link br0 mtu', '1450']] as const);
	t.deepEqual(differences(real, facts), [{of: 'h1:vxlan4097 network namespace of', real: undefined, ours: 'h1:vxlan4097'}]);
	t.deepEqual(differences(facts, real), [{of: 'h1:vxlan4097 network namespace of', real: 'h1:vxlan4097', ours: undefined}]);
});

test('people read what one has and the other has not, and everything where only the order differs', (t) => {
	t.deepEqual(differences(real, ours).map(told), [
		'c1 link eth0 mtu\n  docker  1500\n  vethlab 1450',
		'h1 process docker-proxy\n  vethlab there',
		'h1 rules 4 nat DOCKER\n  docker  policy -\n  docker  -j RETURN\n  docker  -j DNAT\n  vethlab policy -\n  vethlab -j DNAT\n  vethlab -j RETURN',
		'h1 socket tcp 0.0.0.0:80\n  docker  there',
	]);
});

test('a row explains what it matches as a whole, for its engines and situations', (t) => {
	const mtu = {of: 'c1 link eth0 mtu', real: '1500', ours: '1450'};
	const row = {of: /c\d link eth0 mtu/, why: ''};
	t.true(explains(row, mtu, where));
	t.true(explains({...row, engines: ['28'], situations: ['bridge'], real: /1500/, ours: /1450/}, mtu, where));
	t.false(explains({...row, of: /link eth0 mtu/}, mtu, where));
	t.false(explains({...row, ours: /145/}, mtu, where));
	t.false(explains({...row, engines: ['20.10']}, mtu, where));
	t.false(explains({...row, situations: ['host']}, mtu, where));
	t.false(explains(row, {...mtu, of: 'c1 link eth0 mtu6'}, where));
});

test('a row about the order explains no other difference', (t) => {
	const row = {of: /h1 rules .*/, isOrder: true, why: ''} as const;
	t.true(explains(row, {of: 'h1 rules x', real: 'a\nb', ours: 'b\na'}, where));
	t.false(explains(row, {of: 'h1 rules x', real: 'a\nb', ours: 'b\na\na'}, where));
	t.false(explains(row, {of: 'h1 rules x', real: 'a', ours: undefined}, where));
});
