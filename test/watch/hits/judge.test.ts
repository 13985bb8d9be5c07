// Packets of a lab made by hand, at the hooks of its host: told from where they were seen.
import test from 'ava';
import {parseSave} from '../../../src/kernel/iptables/save.ts';
import type {Hop} from '../../../src/watch/journey/journey.ts';
import {Judge} from '../../../src/watch/hits/judge.ts';
import {macs, tcp, tcpFlags, udp, Watched, wiring, type Packet} from '../journey/lab.ts';

const save = `*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -d 172.17.0.2/32 ! -i docker0 -j DROP
COMMIT
*nat
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A DOCKER -i docker0 -j RETURN
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -p udp
-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A FORWARD -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
-A FORWARD -i docker0 ! -o docker0 -j ACCEPT
-A OUTPUT -o lo
COMMIT
`;
const routes = [
	{to: '172.17.0.0/16', dev: 'docker0', isDirect: true},
	{to: '192.168.50.0/24', dev: 'eth0', isDirect: true},
];
const known = wiring.map((node) => {
	const links = node.links.map((link) => (link.dev === 'docker0' ? {...link, mac: '02:00:00:00:00:01'} : link));
	return {...node, links, routes: node.name === 'h1' ? routes : []};
});

/** The lab of test/watch/journey/lab.ts with rules on h1. */
class Judged {
	readonly watched = new Watched();
	readonly #bytes = new Map<Hop, Buffer>();
	#hits: string[] = [];
	readonly judge = new Judge(this.watched.journeys.places, {
		hit: (node, key, _number, isSure) => this.#hits.push(`${node === 'h1' ? '' : `${node} `}${key.replace('4 ', '')}${isSure ? '' : ' ?'}`),
		unknown: (_node, {text}) => this.#hits.push(`${text} ??`),
		contradicted: () => this.#hits.push('contradicted'),
	});

	constructor(rules = save) {
		// the LAN is not watched: what laptop sends is seen next on h1
		this.watched.journeys.learn(known, ({node}) => node !== 'office');
		this.judge.learn(known);
		this.judge.learnRules('h1', parseSave(rules, 4), 0);
	}

	/** One packet at several places: "h1/eth0 in". Where it is rewritten it is another from there on. What it hits. */
	pass(...steps: readonly (readonly [bytes: Buffer, ...places: readonly string[]])[]): readonly string[] {
		this.#hits = [];
		const hops = steps.flatMap(([bytes, ...places]) =>
			places.map((place) => {
				const hop = this.watched.see(place, bytes);
				this.#bytes.set(hop, bytes);
				return hop;
			}),
		);
		this.judge.judge(hops[0]?.journey.hops ?? [], {epoch: this.watched.journeys.epoch, bytesOf: (hop) => this.#bytes.get(hop)});
		return this.#hits;
	}
}

const toHost: readonly [number, number] = [macs.laptop, macs.h1];
const toWeb: readonly [number, number] = [macs.docker0, macs.web];
const fromWeb: readonly [number, number] = [macs.web, macs.docker0];
const toLaptop: readonly [number, number] = [macs.h1, macs.laptop];
const asked: Packet = {from: '192.168.50.12', to: '192.168.50.10', dport: 8080, id: 1, macs: toHost};
const turned: Packet = {...asked, to: '172.17.0.2', dport: 80, ttl: 63, macs: toWeb};
const answered: Packet = {from: '172.17.0.2', to: '192.168.50.12', sport: 80, dport: 40_000, id: 2, macs: fromWeb};
const turnedBack: Packet = {...answered, from: '192.168.50.10', sport: 8080, ttl: 63, macs: toLaptop};

function call(judged: Judged): readonly (readonly string[])[] {
	return [
		judged.pass(
			[tcp(asked, tcpFlags.syn), 'laptop/eth0 out', 'h1/eth0 in'],
			[tcp(turned, tcpFlags.syn), 'h1/docker0 out', 'h1/vethweb out', 'web/eth0 in'],
		),
		judged.pass(
			[tcp(answered, tcpFlags.synAck), 'web/eth0 out', 'h1/vethweb in', 'h1/docker0 in'],
			[tcp(turnedBack, tcpFlags.synAck), 'h1/eth0 out', 'laptop/eth0 in'],
		),
		judged.pass([tcp({...asked, id: 3}, 16), 'laptop/eth0 out', 'h1/eth0 in'], [tcp({...turned, id: 3}, 16), 'h1/docker0 out', 'h1/vethweb out']),
	];
}

test('a call to a published port: NAT is asked once, later hooks see the new address, answers are of a known connection', (t) => {
	t.deepEqual(call(new Judged()), [
		[
			'raw PREROUTING',
			'nat PREROUTING -m addrtype --dst-type LOCAL -j DOCKER',
			'nat DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80',
			'filter FORWARD -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT',
			'nat POSTROUTING',
		],
		['raw PREROUTING', 'filter FORWARD -i docker0 ! -o docker0 -j ACCEPT'],
		['raw PREROUTING', 'filter FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'],
	]);
});

test('what rules drop is found though it was seen nowhere else, and is a new packet when it comes again', (t) => {
	const judged = new Judged();
	const direct = tcp({...asked, to: '172.17.0.2', dport: 80}, tcpFlags.syn);
	t.deepEqual(judged.pass([direct, 'laptop/eth0 out', 'h1/eth0 in']), ['raw PREROUTING -d 172.17.0.2/32 ! -i docker0 -j DROP']);
	const other = (id: number): Buffer => tcp({...asked, to: '172.17.0.3', dport: 80, id}, tcpFlags.syn);
	const dropped = ['raw PREROUTING', 'nat PREROUTING', 'filter FORWARD'];
	t.deepEqual(judged.pass([other(1), 'laptop/eth0 out', 'h1/eth0 in']), dropped);
	t.deepEqual(judged.pass([other(2), 'laptop/eth0 out', 'h1/eth0 in']), dropped);
});

test('on a bridge rules see what goes from port to port, in and out by the bridge', (t) => {
	const judged = new Judged();
	const near = {from: '172.17.0.2', to: '172.17.0.3', macs: [macs.web, macs.cli] as const};
	t.deepEqual(judged.pass([tcp(near, tcpFlags.syn), 'web/eth0 out', 'h1/vethweb in', 'h1/vethcli out', 'cli/eth0 in']), [
		'raw PREROUTING',
		'nat PREROUTING',
		// the policy would drop it: it was seen to go on
		'contradicted',
		'nat POSTROUTING',
	]);
	t.deepEqual(new Judged().pass([tcp({...near, id: 5}, tcpFlags.syn), 'web/eth0 out', 'h1/vethweb in']), [
		'raw PREROUTING',
		'nat PREROUTING',
		'filter FORWARD',
	]);
});

test('what is for the host goes to INPUT; lo is seen once and asked at all hooks', (t) => {
	const judged = new Judged();
	t.deepEqual(judged.pass([udp({...asked, dport: 9}), 'laptop/eth0 out', 'h1/eth0 in']), [
		'raw PREROUTING',
		'nat PREROUTING -m addrtype --dst-type LOCAL -j DOCKER',
		'nat PREROUTING',
		'filter INPUT -p udp',
		'filter INPUT',
	]);
	t.deepEqual(judged.pass([udp({from: '127.0.0.1', to: '127.0.0.1', dport: 9}), 'h1/lo in']), [
		'nat OUTPUT',
		'filter OUTPUT -o lo',
		'filter OUTPUT',
		'nat POSTROUTING',
		'raw PREROUTING',
		'filter INPUT -p udp',
		'filter INPUT',
	]);
});

test('a packet of the host itself went through OUTPUT before it was turned, as its entry tells', (t) => {
	const judged = new Judged();
	const [orig, reply] = [
		{src: '192.168.50.10', sport: 40_000, dst: '192.168.50.10', dport: 8080},
		{src: '172.17.0.2', sport: 80, dst: '192.168.50.10', dport: 40_000},
	];
	const flow = {
		id: 1,
		protocol: 'tcp',
		orig,
		reply,
		state: 'SYN_SENT',
		hasReply: false,
		isAssured: false,
		timeoutSeconds: 120,
		nat: 'destination',
		mark: 0,
		zone: 0,
	} as const;
	judged.judge.learnFlows({is: 'changes', node: 'h1', atMs: 0, changes: [{is: 'new', by: 'event', flow}], halves: []});
	const sent = tcp({from: '192.168.50.10', to: '172.17.0.2', dport: 80, macs: toWeb}, tcpFlags.syn);
	t.deepEqual(judged.pass([sent, 'h1/docker0 out', 'h1/vethweb out', 'web/eth0 in']), [
		'nat OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER',
		'nat DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80',
		// by its first way it would have gone to the host itself
		'filter OUTPUT -o lo',
		'filter OUTPUT',
		'nat POSTROUTING',
	]);
});

test('frames for another machine, and nodes without rules, meet none', (t) => {
	const judged = new Judged();
	judged.watched.journeys.learn(
		known.map((node) => ({
			...node,
			links: node.links.map((link) => (node.name === 'h1' && link.dev === 'eth0' ? {...link, mac: '02:00:00:00:00:10'} : link)),
		})),
		() => true,
	);
	t.deepEqual(judged.pass([udp({...asked, macs: [macs.laptop, macs.web]}), 'h1/eth0 in']), []);
	t.deepEqual(judged.pass([udp({...asked, from: '192.168.50.1', to: '192.168.50.12'}), 'laptop/eth0 in']), []);
});

test('rules that were others meanwhile: a packet is judged by those of its time, and between two readings none is sure', (t) => {
	const judged = new Judged();
	// the second that hops are counted from, in milliseconds since 1970
	judged.judge.learnRules('h1', parseSave(save, 4), 10);
	judged.judge.learnRules('h1', parseSave('*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -s 192.168.50.12/32 -j DROP\nCOMMIT\n', 4), 20);
	const at = (ms: number, id: number): readonly string[] => {
		judged.watched.now = ms * 1e6;
		return judged.pass([udp({...asked, dport: 9, id}), 'laptop/eth0 out', 'h1/eth0 in']);
	};
	t.true(at(5, 1).includes('filter INPUT -p udp'));
	t.true(at(15, 2).includes('filter INPUT -p udp ?'));
	t.deepEqual(at(25, 3), ['filter INPUT -s 192.168.50.12/32 -j DROP']);
});
