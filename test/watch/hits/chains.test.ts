import test from 'ava';
import {explained, type Met, walk, type Verdict} from '../../../src/watch/hits/chains.ts';
import type {Asked} from '../../../src/watch/hits/asked.ts';
import {addressOf} from '../../../src/watch/journey/nat.ts';
import {asked, packet, rules} from './asked.ts';

const one = (): Asked => asked(packet('192.168.50.12:40000 > 172.17.0.2:80'));

/** What a packet meets in FORWARD: the ends of keys, with ? where it is not sure, and ?? where nobody knows. */
function through(lines: readonly string[], packetAsked = one()): {readonly met: readonly string[]; readonly verdict: Verdict} {
	const met: Met[] = [];
	const verdict = walk(rules('filter', lines), '4 filter FORWARD', packetAsked, met);
	return {verdict, met: met.map((hit) => (hit.is === 'hit' ? `${hit.key.replace('4 filter ', '')}${hit.isSure ? '' : ' ?'}` : `${hit.rule.text} ??`))};
}

test('rule by rule into chains and back; the policy at the end', (t) => {
	t.deepEqual(
		through([
			':FORWARD DROP [0:0]',
			':A - [0:0]',
			':B - [0:0]',
			'-A FORWARD -p udp -j ACCEPT',
			'-A FORWARD -j A',
			'-A FORWARD -p tcp',
			'-A A -p tcp -j B',
			'-A A -i docker0 -j DROP',
			'-A B -i eth0 -j RETURN',
			'-A B -j DROP',
		]),
		{verdict: 'drop', met: ['FORWARD -j A', 'A -p tcp -j B', 'B -i eth0 -j RETURN', 'FORWARD -p tcp', 'FORWARD']},
	);
});

test('goto does not come back to its own chain; RETURN of a built-in chain leaves it to the policy', (t) => {
	t.deepEqual(
		through([
			':FORWARD ACCEPT [0:0]',
			':A - [0:0]',
			':B - [0:0]',
			'-A FORWARD -j A',
			'-A FORWARD -j RETURN',
			'-A FORWARD -j DROP',
			'-A A -g B',
			'-A A -j DROP',
			'-A B',
		]),
		{verdict: 'accept', met: ['FORWARD -j A', 'A -g B', 'B ', 'FORWARD -j RETURN', 'FORWARD']},
	);
});

test('a verdict ends it; of two rules with one text each is known', (t) => {
	t.deepEqual(through([':FORWARD DROP [0:0]', '-A FORWARD -p tcp', '-A FORWARD -p tcp', '-A FORWARD -j ACCEPT', '-A FORWARD -j DROP']), {
		verdict: 'accept',
		met: ['FORWARD -p tcp', 'FORWARD -p tcp #2', 'FORWARD -j ACCEPT'],
	});
	t.is(through([':FORWARD ACCEPT [0:0]', '-A FORWARD -j REJECT --reject-with icmp-port-unreachable']).verdict, 'drop');
	t.is(through([]).verdict, 'accept');
});

test('marks are seen by later rules', (t) => {
	t.deepEqual(
		through([':FORWARD ACCEPT [0:0]', '-A FORWARD -j MARK --set-xmark 0x10/0xf0', '-A FORWARD -m mark --mark 0x10', '-A FORWARD -m mark --mark 0x20']).met,
		['FORWARD -j MARK --set-xmark 0x10/0xf0', 'FORWARD -m mark --mark 0x10', 'FORWARD'],
	);
});

test('behind a rule that cannot be judged nothing is sure, unless that rule lets packets go on in any case', (t) => {
	t.deepEqual(through([':FORWARD ACCEPT [0:0]', '-A FORWARD -m limit --limit 1/s -j LOG', '-A FORWARD -j ACCEPT']).met, [
		'-A FORWARD -m limit --limit 1/s -j LOG ??',
		'FORWARD -j ACCEPT',
	]);
	t.deepEqual(through([':FORWARD ACCEPT [0:0]', '-A FORWARD -m limit --limit 1/s -j ACCEPT', '-A FORWARD -j DROP']), {
		verdict: 'drop',
		met: ['-A FORWARD -m limit --limit 1/s -j ACCEPT ??', 'FORWARD -j DROP ?'],
	});
	t.deepEqual(through([':FORWARD ACCEPT [0:0]', '-A FORWARD -j NFQUEUE --queue-num 1', '-A FORWARD -p tcp']).met, [
		'FORWARD -j NFQUEUE --queue-num 1',
		'FORWARD -p tcp ?',
		'FORWARD ?',
	]);
});

test('what was seen to go on was not dropped: the rule that cannot be judged took it', (t) => {
	const why = (lines: readonly string[]): readonly string[] | undefined => {
		const [all, met] = [rules('filter', [':FORWARD DROP [0:0]', ':A - [0:0]', '-A FORWARD -i eth0', ...lines]), [] as Met[]];
		walk(all, '4 filter FORWARD', one(), met);
		return explained(all, '4 filter FORWARD', one(), met)?.met.map((hit) => (hit.is === 'hit' ? `${hit.key.slice(9)}${hit.isSure ? '' : ' ?'}` : '??'));
	};
	t.deepEqual(why(['-A FORWARD -m limit --limit 1/s -j ACCEPT', '-A FORWARD -j DROP']), ['FORWARD -i eth0', 'FORWARD -m limit --limit 1/s -j ACCEPT']);
	// what it met behind that is known, too
	t.deepEqual(why(['-A FORWARD -j A', '-A FORWARD -p tcp -j ACCEPT', '-A A -m limit --limit 1/s -j RETURN', '-A A -j DROP']), [
		'FORWARD -i eth0',
		'FORWARD -j A',
		'A -m limit --limit 1/s -j RETURN',
		'FORWARD -p tcp -j ACCEPT',
	]);
	// one of the two, but which?
	t.deepEqual(why(['-A FORWARD -m limit --limit 1/s -j ACCEPT', '-A FORWARD -m limit --limit 2/s -j ACCEPT']), ['FORWARD -i eth0']);
	t.deepEqual(why(['-A FORWARD -m limit --limit 1/s -j A', '-A FORWARD -m limit --limit 2/s -j ACCEPT', '-A A -j DROP']), [
		'FORWARD -i eth0',
		'??',
		'FORWARD -m limit --limit 2/s -j ACCEPT ?',
	]);
	t.is(why([]), undefined);
	// and one that would have dropped it did not
	t.deepEqual(through([':FORWARD ACCEPT [0:0]', '-A FORWARD -m limit --limit 1/s -j DROP', '-A FORWARD -p tcp'], {...one(), isPast: true}).met, [
		'FORWARD -p tcp',
		'FORWARD',
	]);
});

test('NAT: where to, as far as the rule says it', (t) => {
	const verdict = (rule: string): Verdict => walk(rules('nat', [':PREROUTING ACCEPT [0:0]', `-A PREROUTING ${rule}`]), '4 nat PREROUTING', one(), []);
	t.deepEqual(verdict('-p tcp -j DNAT --to-destination 10.0.0.9:81'), {is: 'rewrite', isHere: false, address: addressOf('10.0.0.9'), port: 81});
	t.deepEqual(verdict('-p tcp -j DNAT --to-destination 10.0.0.1-10.0.0.9'), {is: 'rewrite', isHere: false, address: undefined, port: undefined});
	t.deepEqual(verdict('-p tcp -j REDIRECT --to-ports 9090'), {is: 'rewrite', isHere: true, address: undefined, port: 9090});
	t.deepEqual(verdict('-j MASQUERADE --random'), {is: 'rewrite', isHere: false, address: undefined, port: undefined});
	t.deepEqual(verdict('-j SNAT --to-source 10.0.0.9'), {is: 'rewrite', isHere: false, address: addressOf('10.0.0.9'), port: undefined});
	t.is(walk(rules('raw', [':OUTPUT ACCEPT [0:0]', '-A OUTPUT -j CT --notrack']), '4 raw OUTPUT', one(), []), 'untrack');
});
