import test from 'ava';
import {isGone, outcomeOf, readComplaint, restoreFile, type RuleOp, type RuleStep} from '../../../src/kernel/iptables/restore.ts';

const place = {why: 'a test', netns: 'h1', family: 4} as const;
const ops: readonly RuleOp[] = [
	{...place, do: 'chain.add', table: 'nat', chain: 'DOCKER'},
	{...place, do: 'policy.set', table: 'filter', chain: 'FORWARD', policy: 'DROP'},
	{...place, do: 'rule.add', table: 'nat', chain: 'PREROUTING', rule: '-m addrtype --dst-type LOCAL -j DOCKER'},
	{...place, do: 'rule.add', table: 'filter', chain: 'FORWARD', rule: '-j ACCEPT', insert: true},
];
const steps: readonly RuleStep[] = ops.map((op, index) => ({op, index}));

test('each table stands once, with its ops in their order', (t) => {
	t.is(
		restoreFile(steps, 'do').text,
		'*nat\n-N DOCKER\n-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER\nCOMMIT\n*filter\n-P FORWARD DROP\n-I FORWARD -j ACCEPT\nCOMMIT\n',
	);
});

test('taking back deletes by specification, and never flushes', (t) => {
	t.is(
		restoreFile(steps.toReversed(), 'undo').text,
		'*filter\n-D FORWARD -j ACCEPT\n-P FORWARD ACCEPT\nCOMMIT\n*nat\n-D PREROUTING -m addrtype --dst-type LOCAL -j DOCKER\n-X DOCKER\nCOMMIT\n',
	);
});

const complaint = test.macro({
	title: (_, stderr: string) => `line and words of: ${stderr.replaceAll('\n', ' / ').slice(0, 70)}`,
	exec(t, stderr: string, line: number | undefined, said: string) {
		t.deepEqual(readComplaint(stderr), {line, said});
	},
});

test(complaint, 'iptables-restore: line 3 failed: Chain already exists.\n', 3, 'Chain already exists.');
test(
	complaint,
	"iptables-restore v1.8.9 (nf_tables): unknown option \"--nope\"\nError occurred at line: 6\nTry `iptables-restore -h' or 'iptables-restore --help' for more information.\n",
	6,
	'unknown option "--nope"',
);
test(
	complaint,
	'iptables-restore v1.8.9 (nf_tables): \nline 2: RULE_APPEND failed (Invalid argument): rule in chain INPUT\n',
	2,
	'RULE_APPEND failed (Invalid argument): rule in chain INPUT',
);
test(complaint, "ip6tables-restore v1.8.9 (nf_tables): Chain 'BLAH' does not exist\nError occurred at line: 4\n", 4, "Chain 'BLAH' does not exist");
test(
	complaint,
	'iptables-restore: Bad rule (does a matching rule exist in that chain?).\n',
	undefined,
	'Bad rule (does a matching rule exist in that chain?).',
);
test(
	complaint,
	'iptables v1.8.9 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)\n',
	undefined,
	'Could not fetch rule set generation id: Permission denied (you must be root)',
);

function indices(of: readonly RuleStep[]): readonly number[] {
	return of.map(({index}) => index);
}

test('tables before the failing one were committed, it and those after it were not', (t) => {
	const outcome = outcomeOf(restoreFile(steps, 'do'), {line: 7, said: 'no'});
	t.deepEqual(indices(outcome.committed), [0, 2]);
	t.deepEqual(indices(outcome.table), [1, 3]);
	t.deepEqual(indices(outcome.untried), []);
	t.is(outcome.culprit?.index, 3);
});

test('a complaint about a COMMIT names its table but no op', (t) => {
	const outcome = outcomeOf(restoreFile(steps, 'do'), {line: 4, said: 'no'});
	t.deepEqual([indices(outcome.committed), indices(outcome.table), indices(outcome.untried)], [[], [0, 2], [1, 3]]);
	t.is(outcome.culprit, undefined);
});

test('a complaint without a line came before anything was done', (t) => {
	const outcome = outcomeOf(restoreFile(steps, 'do'), {line: undefined, said: 'no'});
	t.deepEqual(indices(outcome.committed), []);
	t.is(outcome.culprit?.index, 0);
});

test('what is not there is told from other refusals', (t) => {
	t.true(isGone('Bad rule (does a matching rule exist in that chain?).'));
	t.true(isGone('No chain/target/match by that name.'));
	t.false(isGone('CHAIN_DEL failed (Device or resource busy): chain DOCKER'));
});
