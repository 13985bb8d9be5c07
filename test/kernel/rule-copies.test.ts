// The same rules in many namespaces: iptables makes them once, the others get what the kernel holds of it, and nobody can tell which is which.
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {loadNative, type Native} from '../../native/index.ts';
import {LinuxKernel} from '../../src/kernel/linux.ts';
import {Namespaces} from '../../src/kernel/namespaces.ts';
import type {Family, Op, OpOf} from '../../src/plan/op.ts';
import {legacyLock, needs} from '../needs.ts';

const native = loadNative();
const why = 'a test';

function program(name: string): string {
	const folder = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'].find((path) => existsSync(join(path, name)));
	return join(folder ?? '', name);
}

/** A kernel that counts the programs it starts, with these namespaces, which are gone at the end of the test. */
async function stage(t: ExecutionContext, front: 'nft' | 'legacy', ...names: readonly string[]) {
	const counts = {spawned: 0};
	const counted: Native = new Proxy(native, {
		get(target, name: keyof Native) {
			if (name !== 'spawn') {
				return target[name];
			}

			counts.spawned++;
			return async (...[options]: Parameters<Native['spawn']>) => target.spawn({...options, env: [...options.env, `XTABLES_LOCKFILE=${legacyLock}`]});
		},
	});
	const namespaces = new Namespaces(counted);
	t.teardown(() => {
		namespaces.names().forEach((name) => {
			namespaces.remove(name);
		});
	});
	const kernel = new LinuxKernel(counted, namespaces, {
		iptablesRestore: program(`iptables-${front}-restore`),
		ip6tablesRestore: program(`ip6tables-${front}-restore`),
		iptablesSave: program(`iptables-${front}-save`),
		ip6tablesSave: program(`ip6tables-${front}-save`),
	});
	await kernel.do(names.map((netns): Op => ({do: 'netns.add', netns, why})));
	return {kernel, counts};
}

const rule = (netns: string, chain: string, text: string, more: Partial<OpOf<'rule.add'>> = {}): Op => ({
	do: 'rule.add',
	netns,
	family: 4,
	table: 'nat',
	chain,
	rule: text,
	why,
	...more,
});

/** Chains, jumps, a policy, native expressions and those of xtables, with and without a protocol that they depend on. */
function many(netns: string, family: Family = 4): readonly Op[] {
	const address = family === 4 ? '127.0.0.11' : 'fd00::11';
	const to = family === 4 ? address : `[${address}]`;
	return [
		{do: 'chain.add', netns, family, table: 'nat', chain: 'OWN', why},
		rule(netns, 'OUTPUT', `-d ${address} -j OWN`, {family, insert: true}),
		rule(netns, 'OWN', `-d ${address} -p udp -m udp --dport 53 -j DNAT --to-destination ${to}:40053`, {family, insert: true}),
		rule(netns, 'OWN', `-d ${address} -p tcp -m tcp --dport 53 -j DNAT --to-destination ${to}:40054`, {family, insert: true}),
		rule(netns, 'OWN', '-p tcp -m multiport --dports 80,81 -m comment --comment "two of them" -j REDIRECT --to-ports 8080', {family}),
		rule(netns, 'OWN', '! -p udp -m addrtype --dst-type LOCAL -j RETURN', {family}),
		{do: 'policy.set', netns, family, table: 'filter', chain: 'FORWARD', policy: 'DROP', why},
		rule(netns, 'FORWARD', '-i br-+ -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT', {family, table: 'filter'}),
	];
}

for (const front of ['nft', 'legacy'] as const) {
	needs(front === 'nft' ? 'nat' : 'legacy')(`what one namespace has, the others have too, rule for rule, in both families (${front})`, async (t) => {
		const names = ['c1', 'c2', 'c3', 'c4'];
		const {kernel, counts} = await stage(t, front, ...names);
		const outcomes = await kernel.do(names.flatMap((name) => [...many(name), ...many(name, 6)]));
		t.deepEqual(new Set(outcomes.map(({is}) => is)), new Set(['done']));
		t.is(counts.spawned, front === 'nft' ? 2 : 8);
		const [first, ...others] = await Promise.all(names.map(async (name) => kernel.rules(name)));
		t.is(first?.rules.length, 12);
		t.like(
			first?.chains.find(({chain}) => chain === 'FORWARD'),
			{policy: 'DROP'},
		);
		others.forEach((other) => t.deepEqual(other, first));
	});
}

needs('nat')('who comes later and alone gets a copy, too, once it was seen twice', async (t) => {
	const {kernel, counts} = await stage(t, 'nft', 'c1', 'c2', 'c3', 'c4');
	const spawned: number[] = [];
	for (const name of ['c1', 'c2', 'c3', 'c4']) {
		// oxlint-disable-next-line no-await-in-loop -- one after the other
		await kernel.do(many(name));
		spawned.push(counts.spawned);
	}

	t.deepEqual(spawned, [1, 2, 2, 2]);
	t.deepEqual(await kernel.rules('c4'), await kernel.rules('c1'));
});

needs('nat')('where there are rules already, the new ones are added to them', async (t) => {
	const names = ['c1', 'c2', 'c3'];
	const {kernel} = await stage(t, 'nft', ...names);
	await kernel.do([rule('c1', 'OUTPUT', '-d 10.0.0.1/32 -j RETURN'), rule('c3', 'OUTPUT', '-d 10.0.0.3/32 -j RETURN')]);
	const outcomes = await kernel.do(names.flatMap((name) => many(name)));
	t.deepEqual(new Set(outcomes.map(({is}) => is)), new Set(['done']));
	const of = async (name: string): Promise<readonly string[]> =>
		(await kernel.rules(name)).rules.filter(({chain}) => chain === 'OUTPUT').map(({text}) => text);
	t.deepEqual(await of('c1'), ['-d 127.0.0.11/32 -j OWN', '-d 10.0.0.1/32 -j RETURN']);
	t.deepEqual(await of('c2'), ['-d 127.0.0.11/32 -j OWN']);
	t.deepEqual(await of('c3'), ['-d 127.0.0.11/32 -j OWN', '-d 10.0.0.3/32 -j RETURN']);
});

needs('nat')('a rule that iptables refuses is refused by name in every namespace, and taken back by none but its own', async (t) => {
	const names = ['c1', 'c2', 'c3'];
	const {kernel} = await stage(t, 'nft', ...names);
	const ops = names.flatMap((name) => [...many(name), rule(name, 'OUTPUT', '-j NOWHERE')]);
	const outcomes = await kernel.do(ops);
	const failed = outcomes.flatMap((outcome, index) => (outcome.is === 'failed' ? [{op: ops[index], code: outcome.error.code}] : []));
	t.deepEqual(
		failed,
		names.map((name) => ({op: rule(name, 'OUTPUT', '-j NOWHERE'), code: 'E_RULES'})),
	);
});

needs('nat')('what was copied can be taken back rule by rule', async (t) => {
	const {kernel} = await stage(t, 'nft', 'c1', 'c2');
	await kernel.do([...many('c1'), ...many('c2')]);
	const outcomes = await kernel.undo(many('c2').toReversed());
	t.deepEqual(new Set(outcomes.map(({is}) => is)), new Set(['done']));
	t.deepEqual((await kernel.rules('c2')).rules, []);
	t.is((await kernel.rules('c1')).rules.length, 6);
});
