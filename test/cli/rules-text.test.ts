// How `vethlab rules` prints: what stands where, and what becomes of it where a terminal is narrow.
import test from 'ava';
import {eventsBetween, eventsText} from '../../src/cli/rules-follow.ts';
import {rulesText} from '../../src/cli/rules-text.ts';
import {readRules} from '../../src/explain/reading.ts';
import {parseSave} from '../../src/kernel/iptables/save.ts';

const saved = `*nat
:PREROUTING ACCEPT [0:0]
:DOCKER - [0:0]
[12:720] -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
[3:180] -A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
[0:0] -A DOCKER -m u32 --u32 "0x0=0x1" -j DROP
COMMIT
*filter
:FORWARD DROP [7:420]
COMMIT
`;
const names = (text: string) => ({'172.17.0.2': 'web'})[text];
const read = (text: string) => readRules(parseSave(text, 4), names);

test('a pipe gets one line for each rule, with words beside iptables, and the text alone where there are no words', (t) => {
	t.is(
		rulesText('h1', read(saved), undefined),
		`h1, IPv4, table nat
   #  PACKETS  BYTES  WHAT IT DOES, WITH WHICH PACKETS
chain PREROUTING, policy ACCEPT
   1       12    720  go to DOCKER                             packets to an address of this host       -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
chain DOCKER, from PREROUTING 1
   1        3    180  destination becomes 172.17.0.2:80 (web)  tcp to port 8080, in by any but docker0  -A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
   2        0      0                                                                                    -A DOCKER -m u32 --u32 "0x0=0x1" -j DROP

h1, IPv4, table filter
chain FORWARD, policy DROP (7 packets, 420 bytes), no rules`,
	);
});

test('on a terminal that has no room for it the text goes below the words', (t) => {
	const lines = rulesText('h1', read(saved), 100).split('\n');
	t.deepEqual(lines.slice(6, 9), [
		'   1        3    180  destination becomes 172.17.0.2:80 (web): tcp to port 8080, in by any but docker0',
		'      -A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80',
		'   2        0      0  -A DOCKER -m u32 --u32 "0x0=0x1" -j DROP',
	]);
});

test('nobody has rules', (t) => {
	t.is(rulesText('laptop', [], 80), 'laptop: no rules');
});

test('followed: what was hit, what its policy decided, what is new and what is gone', (t) => {
	const after = saved
		.replace('[3:180]', '[4:240]')
		.replace('[7:420]', '[9:540]')
		.replace('[0:0] -A DOCKER -m u32 --u32 "0x0=0x1" -j DROP', '[0:0] -A DOCKER -p udp -j ACCEPT\n[2:56] -A DOCKER -j RETURN');
	const events = eventsBetween('h1', parseSave(saved, 4), parseSave(after, 4), (rules) => readRules(rules, names));
	t.is(
		eventsText(events, new Date(2026, 0, 2, 3, 4, 5)),
		`03:04:05  h1 IPv4 nat DOCKER 2    gone                    -A DOCKER -m u32 --u32 "0x0=0x1" -j DROP
03:04:05  h1 IPv4 nat DOCKER 1    +1 packet   +60 bytes   destination becomes 172.17.0.2:80 (web): tcp to port 8080, in by any but docker0
03:04:05  h1 IPv4 nat DOCKER 2    new                     -A DOCKER -p udp -j ACCEPT
03:04:05  h1 IPv4 nat DOCKER 3    +2 packets  +56 bytes   new: -A DOCKER -j RETURN
03:04:05  h1 IPv4 filter FORWARD  +2 packets  +120 bytes  policy DROP`,
	);
	t.deepEqual(
		eventsBetween('h1', parseSave(saved, 4), parseSave(saved, 4), (rules) => readRules(rules, names)),
		[],
	);
});

test('followed: what was dropped before it came to an interface is said to be on no capture', (t) => {
	const own = `*mangle
:OUTPUT DROP [0:0]
:POSTROUTING ACCEPT [0:0]
[0:0] -A POSTROUTING -p udp -j DROP
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:BOTH - [0:0]
[0:0] -A FORWARD -j BOTH
[0:0] -A OUTPUT -d 10.0.0.1/32 -j REJECT --reject-with icmp-port-unreachable
[0:0] -A OUTPUT -j BOTH
[0:0] -A BOTH -p tcp -j DROP
COMMIT
`;
	const events = eventsBetween('h1', parseSave(own, 4), parseSave(own.replaceAll(/(?<! - )\[0:0\]/g, '[1:60]'), 4), (rules) => readRules(rules, names));
	const all = 'what it drops has come to no interface: no capture shows it';
	const some = 'what it drops of what h1 itself sends has come to no interface: no capture shows it';
	t.deepEqual(
		eventsText(events, new Date(2026, 0, 2, 3, 4, 5))
			.split('\n')
			.map((line) => line.replace(/^.*bytes +/, '')),
		[
			`policy DROP · ${all}`,
			`drop: udp · ${some}`,
			'policy ACCEPT',
			'policy DROP',
			'go to BOTH: all packets',
			'policy ACCEPT',
			`refuse with icmp-port-unreachable: packets to 10.0.0.1 · ${all}`,
			'go to BOTH: all packets',
			'policy ACCEPT',
			`drop: tcp · ${some}`,
		],
	);
	t.is(events.find(({table, event}) => table === 'mangle' && event === 'policy')?.unseen, 'all');
});
