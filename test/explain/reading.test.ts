// Rules in reading order, what changed between two readings, and the step that made a rule.
import test from 'ava';
import type {OpLogEntry} from '../../src/api/messages.ts';
import {changeBetween} from '../../src/explain/change.ts';
import {commandFor, MadeBy} from '../../src/explain/made-by.ts';
import {namesOn, readRules} from '../../src/explain/reading.ts';
import type {ObservedRules} from '../../src/model/observed.ts';
import {parseSave} from '../../src/kernel/iptables/save.ts';
import {bridgePublish} from '../tui/samples.ts';

const saved = `*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [2:120]
:OUTPUT ACCEPT [0:0]
:DOCKER - [0:0]
:DOCKER-CT - [0:0]
:DOCKER-FORWARD - [0:0]
:LOST - [0:0]
[9:540] -A FORWARD -j DOCKER-FORWARD
[0:0] -A FORWARD -m comment --comment "never -j LOST" -j RETURN
[5:300] -A DOCKER-FORWARD -j DOCKER-CT
[4:240] -A DOCKER-FORWARD -o docker0 -j DOCKER
[0:0] -A DOCKER -d 172.17.0.2/32 -j ACCEPT
[0:0] -A DOCKER -j DROP
[0:0] -A DOCKER -j DROP
COMMIT
*raw
:OUTPUT ACCEPT [0:0]
:PREROUTING ACCEPT [0:0]
COMMIT
`;

function read(text: string): ObservedRules {
	return parseSave(text, 4);
}

test('tables come as a packet meets them, chains behind what leads to them, and each says what that is', (t) => {
	const tables = readRules(read(saved), () => undefined);
	t.deepEqual(
		tables.map(({table, chains}) => [table, chains.map(({chain}) => chain)]),
		[
			['raw', ['PREROUTING', 'OUTPUT']],
			['filter', ['INPUT', 'FORWARD', 'OUTPUT', 'DOCKER-FORWARD', 'DOCKER-CT', 'DOCKER', 'LOST']],
		],
	);
	t.deepEqual(
		tables[1]?.chains.map(({callers}) => callers),
		[[], [], [], ['FORWARD 1'], ['DOCKER-FORWARD 1'], ['DOCKER-FORWARD 2'], []],
	);
});

test('what is dropped of what a host sends itself is seen by nobody: by rules that only that comes to, and by those that others come to, too', (t) => {
	const chains = readRules(
		read(`*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT DROP [0:0]
:OWN - [0:0]
:BOTH - [0:0]
:LOOP - [0:0]
:LOST - [0:0]
-A INPUT -j DROP
-A FORWARD -g BOTH
-A OUTPUT -m u32 --u32 "0x0=0x1" -j OWN
-A OUTPUT -j LOOP
-A OWN -m u32 --u32 "0x0=0x1" -j DROP
-A OWN -j ACCEPT
-A OWN -j BOTH
-A BOTH -j REJECT
-A LOOP -j OWN
-A LOOP -j LOOP
-A LOST -j DROP
COMMIT
`),
		() => undefined,
	).flatMap((table) => table.chains);
	const unseen = chains.flatMap((chain) => [
		...(chain.unseen === undefined ? [] : [`${chain.chain} ${chain.unseen}`]),
		...chain.rules.flatMap((rule) => (rule.unseen === undefined ? [] : [`${rule.chain} ${rule.number} ${rule.unseen}`])),
	]);
	t.deepEqual(unseen, ['OUTPUT all', 'BOTH 1 own', 'OWN 1 all']);
});

test('IPv4 comes before IPv6', (t) => {
	const rules = {...read(saved), chains: [...parseSave(saved, 6).chains, ...read(saved).chains]};
	t.deepEqual(
		readRules(rules, () => undefined).map(({family, table}) => `${family} ${table}`),
		['4 raw', '4 filter', '6 raw', '6 filter'],
	);
});

test('chains that lead to each other are each read once', (t) => {
	const [table] = readRules(read('*filter\n:A - [0:0]\n:B - [0:0]\n-A A -j B\n-A B -j A\nCOMMIT\n'), () => undefined);
	t.deepEqual(
		table?.chains.map(({chain, callers}) => [chain, callers]),
		[
			['A', ['B 1']],
			['B', ['A 1']],
		],
	);
});

test('a rule is told with its own chain and table in mind', (t) => {
	const [, filter] = readRules(read(saved), (text) => ({'172.17.0.2': 'web'})[text]);
	const words = filter?.chains.flatMap(({rules}) => rules.map((rule) => `${rule.words?.action ?? '-'}: ${rule.words?.packets ?? '-'}`));
	t.is(words?.[1], 'leave it to the policy, DROP: all packets, "never -j LOST"');
	t.is(words?.[4], 'accept: packets to 172.17.0.2 (web)');
});

test('names are those of the host: containers by their addresses, networks by their bridges', (t) => {
	const view = {
		...bridgePublish(),
		networks: [{name: 'front', driver: 'bridge' as const, hosts: ['h1'], subnet: '', gateway: '', bridge: 'br-1234', parent: undefined, internal: false}],
	};
	const names = namesOn(view, 'h1');
	t.is(names('172.17.0.2'), 'web');
	t.is(names('br-1234'), 'front');
	t.is(names('docker0'), undefined);
	t.is(namesOn(view, 'laptop')('172.17.0.2'), undefined);
});

test('what grew, what came and what went between two readings', (t) => {
	const after = read(
		saved
			.replace('[2:120]', '[3:180]')
			.replace('[5:300]', '[7:420]')
			.replace(
				'[4:240] -A DOCKER-FORWARD -o docker0 -j DOCKER',
				'[1:60] -A DOCKER-FORWARD -i eth0 -j DROP\n[1:60] -A DOCKER-FORWARD -o docker0 -j DOCKER',
			)
			.replace('[0:0] -A DOCKER -d 172.17.0.2/32 -j ACCEPT\n', ''),
	);
	const {grown, policies, added, removed} = changeBetween(read(saved), after);
	t.deepEqual(
		[...grown],
		[
			['4 filter DOCKER-FORWARD -j DOCKER-CT', {packets: 2, bytes: 120}],
			['4 filter DOCKER-FORWARD -i eth0 -j DROP', {packets: 1, bytes: 60}],
			// its counter went back: it was set to zero, and has counted one since
			['4 filter DOCKER-FORWARD -o docker0 -j DOCKER', {packets: 1, bytes: 60}],
		],
	);
	t.deepEqual([...policies], [['4 filter FORWARD', {packets: 1, bytes: 60}]]);
	t.deepEqual(
		added.map(({text}) => text),
		['-i eth0 -j DROP'],
	);
	t.deepEqual(
		removed.map(({text}) => text),
		['-d 172.17.0.2/32 -j ACCEPT'],
	);
});

test('of two rules with one text each has its own growth', (t) => {
	const after = read(saved.replace(/\[0:0\] -A DOCKER -j DROP\nCOMMIT/, '[4:240] -A DOCKER -j DROP\nCOMMIT'));
	t.deepEqual([...changeBetween(read(saved), after).grown], [['4 filter DOCKER -j DROP #2', {packets: 4, bytes: 240}]]);
});

test('nothing changed is nothing', (t) => {
	const {grown, policies, added, removed} = changeBetween(read(saved), read(saved));
	t.is(grown.size + policies.size + added.length + removed.length, 0);
});

function entry(number: number, direction: 'do' | 'undo', command: string, where = 'h1'): OpLogEntry {
	return {number, atMs: number, unit: 'docker:h1', direction, command, where, why: `because ${number}`};
}

test('the step that made a rule is found, also one that was put at a place or has brackets', (t) => {
	const log = [
		entry(0, 'do', 'iptables -t filter -N DOCKER'),
		entry(1, 'do', 'iptables -t filter -I FORWARD 3 -o docker0 -j DOCKER'),
		entry(2, 'do', 'iptables -t filter -A FORWARD -o docker0 -j DOCKER', 'h2'),
		entry(3, 'do', "ip6tables -t nat -A DOCKER -p tcp -j DNAT --to-destination '[fd00::2]:80'"),
		entry(6, 'do', 'iptables -t filter -P FORWARD DROP'),
	];
	const madeBy = new MadeBy('h1');
	const of = (family: 4 | 6, table: string, chain: string, text: string) => madeBy.of({family, table, chain, text}, log)?.why;
	t.is(of(4, 'filter', 'FORWARD', '-o docker0 -j DOCKER'), 'because 1');
	t.is(of(6, 'nat', 'DOCKER', '-p tcp -j DNAT --to-destination [fd00::2]:80'), 'because 3');
	t.is(of(4, 'nat', 'DOCKER', '-p tcp -j DNAT --to-destination [fd00::2]:80'), undefined);
	t.is(of(4, 'filter', 'DOCKER', ''), undefined);
	t.is(madeBy.ofChain({family: 4, table: 'filter', chain: 'DOCKER'}, log)?.why, 'because 0');
	t.is(madeBy.ofChain({family: 4, table: 'filter', chain: 'FORWARD'}, log)?.why, 'because 6');
	log.push(entry(4, 'undo', 'iptables -t filter -D FORWARD -o docker0 -j DOCKER'));
	t.is(of(4, 'filter', 'FORWARD', '-o docker0 -j DOCKER'), undefined);
	log.push(entry(5, 'do', 'iptables -t filter -A FORWARD -o docker0 -j DOCKER'));
	t.is(of(4, 'filter', 'FORWARD', '-o docker0 -j DOCKER'), 'because 5');
	log.splice(0, log.length, entry(0, 'do', 'iptables -t filter -A INPUT -j DROP'));
	t.is(of(4, 'filter', 'INPUT', '-j DROP'), 'because 0');
	t.is(of(4, 'filter', 'FORWARD', '-o docker0 -j DOCKER'), undefined);
});

test('a rule as a command', (t) => {
	t.is(commandFor({family: 6, table: 'nat', chain: 'OUTPUT', text: '! -d ::1/128 -j X'}), 'ip6tables -t nat -A OUTPUT ! -d ::1/128 -j X');
	t.is(commandFor({family: 4, table: 'filter', chain: 'INPUT', text: ''}), 'iptables -t filter -A INPUT');
});
