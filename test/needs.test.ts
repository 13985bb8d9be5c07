import test from 'ava';
import {decide, isNeed, requiredNames} from './needs.ts';

test('a test whose needs are there runs under its title', (t) => {
	t.like(decide('it works', [['macvlan', undefined]], 'macvlan'), {do: 'run', title: 'it works'});
});

test("what the kernel lacks is skipped, with the kernel's words in the title", (t) => {
	const lacking = [['bridge', undefined] as const, ['ipvlan', 'Error: Unknown device type.'] as const];
	t.like(decide('it works', lacking, 'bridge,macvlan'), {do: 'skip', title: 'it works [ipvlan: Error: Unknown device type.]'});
});

test('what LAB_REQUIRE lists is not skipped but fails', (t) => {
	const lacking = [['ipvlan', 'Error: Unknown device type.'] as const];
	t.like(decide('it works', lacking, 'bridge, ipvlan'), {do: 'fail', title: 'it works', why: 'ipvlan: Error: Unknown device type.'});
});

test('LAB_REQUIRE names only what can be asked for', (t) => {
	t.deepEqual(
		requiredNames(process.env['LAB_REQUIRE'] ?? '').filter((name) => !isNeed(name)),
		[],
	);
	t.false(isNeed('briidge'));
});
