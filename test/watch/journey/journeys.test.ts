import test from 'ava';
import {mixedWith} from '../../../src/base/mixed.ts';
import {endOf, reasonsOf} from '../../../src/watch/journey/ends.ts';
import type {Journey, Relation} from '../../../src/watch/journey/journey.ts';
import {numberOfEnds} from '../../../src/watch/journey/nat.ts';
import {OpenHop, OpenJourney} from '../../../src/watch/journey/open.ts';
import {changesOf, hopLines, pathText, remarksOf} from '../../../src/watch/journey/text.ts';
import {ip, ip6, macs, placesOf, tcp, tcpFlags, udp, Watched, wiring, type Packet} from './lab.ts';

const toLan = ['laptop/eth0 out', 'office/laptop-eth0 in', 'office/h1-eth0 out', 'h1/eth0 in'] as const;
const toWeb = ['h1/docker0 out', 'h1/vethweb out', 'web/eth0 in'] as const;
const asked = {from: '192.168.50.12', to: '192.168.50.10', dport: 8080, macs: [macs.laptop, macs.h1]} as const;
const given = {from: '192.168.50.12', to: '172.17.0.2', dport: 80, ttl: 63, macs: [macs.docker0, macs.web]} as const;

/** That is all it is to others. */
function isLinked(journey: Journey | undefined, is: Relation, other: Journey | undefined): boolean {
	const [link, ...more] = journey?.links ?? [];
	return link?.is === is && link.to === other && more.length === 0 && other.linked.some((back) => back.is === is && back.by === journey);
}

test('one packet is followed by cables, bridges and a router that rewrites it', (t) => {
	const lab = new Watched();
	const journey = lab.pass(tcp(asked, tcpFlags.syn), ...toLan);
	lab.pass(tcp(given, tcpFlags.syn), ...toWeb);
	t.deepEqual(placesOf(journey), [...toLan, ...toWeb]);
	t.is(pathText(journey, lab.journeys), 'laptop/eth0 > h1/eth0 > [DNAT 192.168.50.10:8080 -> 172.17.0.2:80] h1/docker0 > web/eth0');
	t.is(endOf(journey, lab.journeys).is, 'reached');
	t.deepEqual(remarksOf(journey, lab.journeys), []);
	t.deepEqual(
		changesOf(journey.hops[4] ?? t.fail()).map(({what, text}) => `${what} ${text}`),
		[
			'DNAT 192.168.50.10:8080 -> 172.17.0.2:80',
			'TTL 64 -> 63',
			'MAC 02:00:00:00:00:12 -> 02:00:00:00:00:01',
			'MAC 02:00:00:00:00:10 -> 02:00:00:00:00:02',
		],
	);
	t.is(hopLines(journey)[1], '         +1.0 us  office/laptop-eth0 in');
});

test('that a packet came where it was going is known when it is over, and of one that is seen again no more', (t) => {
	const lab = new Watched();
	const journey = lab.pass(tcp(asked, tcpFlags.syn), ...toLan);
	lab.pass(tcp(given, tcpFlags.syn), ...toWeb);
	const lost = lab.pass(udp({...asked, id: 7}, 'lost'), ...toLan.slice(0, 2));
	t.deepEqual([journey.hasArrived, lost.hasArrived], [false, false]);
	t.deepEqual(lab.journeys.take(Number.POSITIVE_INFINITY), [journey, lost]);
	t.deepEqual([journey.hasArrived, lost.hasArrived], [true, false]);
	const open = new OpenJourney(1, 10, () => t.fail(), 0);
	open.look(true, 20);
	t.true(open.hasArrived);
	const [hop] = lost.hops;
	t.true(hop instanceof OpenHop);
	if (hop instanceof OpenHop) {
		open.hops.push(hop);
	}

	t.false(open.hasArrived);
});

test('where nothing was changed the print is the same one, and where a router counted the time to live it is another', (t) => {
	const lab = new Watched();
	const {hops} = lab.pass(tcp(asked, tcpFlags.syn), ...toLan);
	lab.pass(tcp(given, tcpFlags.syn), ...toWeb);
	const prints = hops.map(({print}) => print);
	t.deepEqual(
		prints.map((print) => prints.indexOf(print)),
		[0, 0, 0, 0, 4, 4, 4],
	);
	t.deepEqual([prints[0]?.ttl, prints[4]?.ttl], [64, 63]);
});

test('a flow that has the same number as another one is not taken for it', (t) => {
	const lab = new Watched();
	const protocol = 17;
	const known = {protocol, source: 0xc0_a8_32_0d, destination: 0xc0_a8_32_0a, sourcePort: 40_000, destinationPort: 8080};
	const begin = (source: number): number => mixedWith(mixedWith(protocol, source), known.destination);
	const source = 0xc0_a8_32_0c;
	const ports = (begin(source) ^ begin(known.source) ^ ((known.sourcePort << 16) | known.destinationPort)) >>> 0;
	const [sport, dport] = [ports >>> 16, ports & 0xff_ff];
	t.is(numberOfEnds({...known, source, sourcePort: sport, destinationPort: dport}), numberOfEnds(known));
	lab.journeys.learnFlows({
		is: 'changes',
		node: 'h1',
		atMs: 0,
		changes: [{is: 'new', by: 'event', flow: plainFlow(1, ['192.168.50.13', 40_000], ['192.168.50.10', 8080], 'udp')}],
		halves: [],
	});
	const other = lab.pass(udp({...asked, sport, dport}), ...toLan);
	lab.pass(udp({...given, sport, dport: 7}), ...toWeb);
	t.deepEqual(placesOf(other), [...toLan, ...toWeb]);
	t.is(other.hops[4]?.rewrite, 'forth');
});

test('an answer is put back, and knows what it answers', (t) => {
	const lab = new Watched();
	const question = lab.pass(tcp(asked, tcpFlags.syn, {sequence: 7}), ...toLan);
	lab.pass(tcp(given, tcpFlags.syn, {sequence: 7}), ...toWeb);
	const back = {sport: 80, dport: 40_000};
	const answer = lab.pass(
		tcp({...back, from: '172.17.0.2', to: '192.168.50.12'}, tcpFlags.synAck, {acknowledged: 8}),
		'web/eth0 out',
		'h1/vethweb in',
		'h1/docker0 in',
	);
	lab.pass(
		tcp({...back, sport: 8080, from: '192.168.50.10', to: '192.168.50.12', ttl: 63}, tcpFlags.synAck, {acknowledged: 8}),
		'h1/eth0 out',
		'office/h1-eth0 in',
	);
	t.is(pathText(answer, lab.journeys), 'web/eth0 > h1/docker0 > [un-DNAT 172.17.0.2:80 -> 192.168.50.10:8080] h1/eth0 > office/h1-eth0');
	t.true(isLinked(answer, 'answers', question));
});

test('twenty flows of equal datagrams, all at once at each place: none takes the way of another', (t) => {
	const lab = new Watched();
	const ports = Array.from({length: 20}, (_, index) => 40_000 + index);
	// places one after the other, and in the other order behind the router
	const journeys = ports.map((sport) => lab.see(toLan[0], udp({...asked, sport})).journey);
	for (const where of toLan.slice(1)) {
		ports.forEach((sport) => lab.see(where, udp({...asked, sport})));
	}

	for (const where of toWeb) {
		ports.toReversed().forEach((sport) => lab.see(where, udp({...given, sport})));
	}

	for (const [index, journey] of journeys.entries()) {
		t.deepEqual(placesOf(journey), [...toLan, ...toWeb]);
		t.true(journey.hops.every(({print}) => print.sourcePort === ports[index]));
	}
});

test('what conntrack says counts for more than what looks alike', (t) => {
	const lab = new Watched();
	const flow = (container: string, port: number) => ({
		id: port,
		protocol: 'udp' as const,
		orig: {src: container, dst: '192.168.50.12', sport: 5000, dport: 7},
		reply: {src: '192.168.50.12', dst: '192.168.50.10', sport: 7, dport: port},
		state: undefined,
		timeoutSeconds: 30,
		hasReply: false,
		isAssured: false,
		mark: 0,
		zone: 0,
		nat: 'source' as const,
	});
	// web was first, and yet it is cli that keeps its port
	lab.journeys.learnFlows({is: 'table', node: 'h1', atMs: 0, halves: [], flows: [flow('172.17.0.2', 1024), flow('172.17.0.3', 5000)]});
	const sent = (from: string): Packet => ({from, to: '192.168.50.12', sport: 5000});
	const web = lab.pass(udp(sent('172.17.0.2')), 'web/eth0 out', 'h1/vethweb in', 'h1/docker0 in');
	const cli = lab.pass(udp(sent('172.17.0.3')), 'cli/eth0 out', 'h1/vethcli in', 'h1/docker0 in');
	lab.see('h1/eth0 out', udp({from: '192.168.50.10', to: '192.168.50.12', sport: 5000, ttl: 63}));
	lab.see('h1/eth0 out', udp({from: '192.168.50.10', to: '192.168.50.12', sport: 1024, ttl: 63}));
	t.deepEqual(
		[web, cli].map(({hops}) => hops.at(-1)?.print.sourcePort),
		[1024, 5000],
	);
});

test('of a connection that conntrack knows, and does not rewrite, nothing else is made', (t) => {
	const lab = new Watched();
	const first = lab.pass(udp({from: '172.17.0.3', to: '192.168.50.10', sport: 1000, dport: 7000}), 'cli/eth0 out', 'h1/vethcli in');
	lab.journeys.learnFlows({
		is: 'changes',
		node: 'h1',
		atMs: 0,
		changes: [{is: 'new', by: 'event', flow: plainFlow(1, ['172.17.0.3', 1000], ['192.168.50.10', 7000], 'udp')}],
		halves: [],
	});
	const other = lab.pass(udp({from: '172.17.0.1', to: '172.17.0.2', sport: 2000, dport: 7}), ...toWeb);
	t.not(other, first);
	lab.see('h1/docker0 in', udp({from: '172.17.0.3', to: '192.168.50.10', sport: 1000, dport: 7000}));
	t.deepEqual(placesOf(first), ['cli/eth0 out', 'h1/vethcli in', 'h1/docker0 in']);
});

test('what has come up to the host of a bridge does not go out of the bridge, too', (t) => {
	const lab = new Watched();
	const first = lab.pass(udp({from: '172.17.0.3', to: '192.168.50.10', sport: 1000, dport: 7000}), 'cli/eth0 out', 'h1/vethcli in', 'h1/docker0 in');
	const other = lab.pass(udp({from: '172.17.0.1', to: '172.17.0.2', sport: 2000, dport: 7}), ...toWeb);
	t.not(other, first);
	t.deepEqual(placesOf(other), [...toWeb]);
});

test('a packet that is equal in all and was lost long ago is not taken for one that comes now', (t) => {
	const lab = new Watched();
	const lost = lab.pass(udp(asked), ...toLan);
	lab.now += 1e9;
	const passed = lab.pass(udp(asked), ...toLan);
	lab.pass(udp(given), ...toWeb);
	t.deepEqual(placesOf(lost), toLan);
	t.deepEqual(placesOf(passed), [...toLan, ...toWeb]);
});

test('of equal packets in a queue the first goes on first', (t) => {
	const lab = new Watched();
	const journeys = [1, 2, 3].map(() => lab.see('laptop/eth0 out', udp(asked)).journey);
	lab.now += 2e9;
	const later = [1, 2, 3].map(() => lab.see('office/laptop-eth0 in', udp(asked)).journey);
	t.deepEqual(
		later.map(({number}) => number),
		journeys.map(({number}) => number),
	);
});

test('a bridge makes copies: branches of one journey', (t) => {
	const lab = new Watched();
	const arp = Buffer.from('ffffffffffff020000000001080600010800060400010200000000 01ac110001000000000000ac110002'.replaceAll(' ', ''), 'hex');
	const journey = lab.pass(arp, 'h1/docker0 out', 'h1/vethweb out', 'h1/vethcli out', 'cli/eth0 in', 'web/eth0 in');
	t.is(journey.hops.length, 5);
	t.is(pathText(journey, lab.journeys), 'h1/docker0 > web/eth0');
	const nobody = lab.pass(
		Buffer.from(arp.toString('hex').replace('ac110002', 'ac110009'), 'hex'),
		'h1/docker0 out',
		'h1/vethweb out',
		'h1/vethcli out',
		'cli/eth0 in',
		'web/eth0 in',
	);
	t.deepEqual(remarksOf(nobody, lab.journeys), ['nobody answers']);
	t.is(pathText(nobody, lab.journeys), 'h1/docker0 > cli/eth0 | web/eth0');
	t.deepEqual(
		journey.hops.map(({from}) => from?.hop.place.at),
		[undefined, 'h1/docker0', 'h1/docker0', 'h1/vethcli', 'h1/vethweb'],
	);
});

test('a sighting that comes before the one it follows from is joined to it', (t) => {
	const lab = new Watched();
	const bytes = udp(asked);
	lab.see('laptop/eth0 out', bytes);
	const early = lab.see('office/h1-eth0 out', bytes);
	const late = lab.see('office/laptop-eth0 in', bytes, -500);
	t.is(early.journey, late.journey);
	t.deepEqual(placesOf(late.journey), ['laptop/eth0 out', 'office/laptop-eth0 in', 'office/h1-eth0 out']);
	t.is(lab.journeys.open.length, 1);
});

test('a packet that is heard of first where it ends has come from where it is heard of later', (t) => {
	const lab = new Watched();
	const bytes = tcp(given, tcpFlags.syn);
	lab.see('web/eth0 in', bytes);
	lab.see('h1/docker0 out', bytes, -3000);
	const last = lab.see('h1/vethweb out', bytes, 1000);
	t.deepEqual(placesOf(last.journey), ['h1/docker0 out', 'h1/vethweb out', 'web/eth0 in']);
	t.is(lab.journeys.open.length, 1);
	// another one like it has its own way
	t.deepEqual(placesOf(lab.pass(bytes, 'h1/docker0 out', 'h1/vethweb out')), ['h1/docker0 out', 'h1/vethweb out']);
});

test('what is not captured is gone through', (t) => {
	const lab = new Watched({}, (node) => node !== 'office' && node !== 'h1');
	const journey = lab.pass(tcp(asked, tcpFlags.syn), 'laptop/eth0 out');
	lab.see('web/eth0 in', tcp(given, tcpFlags.syn));
	t.deepEqual(placesOf(journey), ['laptop/eth0 out', 'web/eth0 in']);
	t.is(pathText(journey, lab.journeys), 'laptop/eth0 > … > [DNAT 192.168.50.10:8080 -> 172.17.0.2:80] web/eth0');
	const other = lab.pass(tcp({...asked, to: '192.168.50.77'}, tcpFlags.syn, {sequence: 9}), 'laptop/eth0 out');
	t.is(endOf(other, lab.journeys).is, 'left');
});

test('the place where a packet vanished, and the evidence', (t) => {
	const lab = new Watched();
	const counted = (packets: number) => ({
		chains: [],
		rules: [
			{family: 4 as const, table: 'filter', chain: 'FORWARD', number: 1, text: '-s 192.168.50.12/32 -j DROP', packets, bytes: 0},
			{family: 4 as const, table: 'filter', chain: 'FORWARD', number: 2, text: '-j ACCEPT', packets: packets * 2, bytes: 0},
		],
	});
	lab.journeys.learnRules('h1', counted(3), lab.now);
	const journey = lab.pass(tcp(asked, tcpFlags.syn), ...toLan);
	t.deepEqual(reasonsOf(journey, lab.journeys), []);
	lab.journeys.learnRules('h1', counted(4), lab.now + 1);
	t.deepEqual(remarksOf(journey, lab.journeys), ['last seen at h1/eth0 in', 'meanwhile h1 counted 1 packet at -A FORWARD -s 192.168.50.12/32 -j DROP']);
});

test('a policy that drops is evidence, too, but not what was counted under another one', (t) => {
	const lab = new Watched();
	const counted = (policy: string, packets: number, packets6: number) => ({
		chains: [
			{family: 6 as const, table: 'filter', chain: 'FORWARD', policy: 'DROP', packets: packets6, bytes: 0},
			{family: 4 as const, table: 'filter', chain: 'FORWARD', policy, packets, bytes: 0},
			{family: 4 as const, table: 'filter', chain: 'DOCKER', policy: undefined, packets: 0, bytes: 0},
		],
		rules: [],
	});
	const learn = (...[policy, packets, packets6]: Parameters<typeof counted>): void => {
		lab.journeys.learnRules('h1', counted(policy, packets, packets6), lab.now + 1);
	};
	learn('ACCEPT', 100, 50);
	const journey = lab.pass(tcp(asked, tcpFlags.syn), ...toLan);
	learn('DROP', 102, 50);
	t.deepEqual(reasonsOf(journey, lab.journeys), []);
	const other = lab.pass(tcp(asked, tcpFlags.syn, {sequence: 9}), ...toLan);
	learn('DROP', 105, 50);
	t.deepEqual(reasonsOf(other, lab.journeys), ['meanwhile h1 counted 3 packets at -P FORWARD DROP']);
});

test('what asks for an answer in vain may have been dropped where it came to', (t) => {
	const question = {...asked, dport: 22} as const;
	/** What is said of a SYN to h1, when this rule of h1 has counted a packet after it. */
	const told = (chain: string, answer: (lab: Watched) => void = () => undefined) => {
		const lab = new Watched({window: 4e9, quiet: 1e8});
		const rules = (packets: number) => ({
			chains: [],
			rules: [{family: 4 as const, table: 'filter', chain, number: 1, text: '-p tcp -j DROP', packets, bytes: 0}],
		});
		lab.journeys.learnRules('h1', rules(7), lab.now);
		const journey = lab.pass(tcp(question, tcpFlags.syn, {sequence: 5}), ...toLan);
		answer(lab);
		const isSoon = lab.journeys.take(lab.now + 2e8).includes(journey);
		lab.journeys.learnRules('h1', rules(8), lab.now + 5e8);
		const isLate = lab.journeys.take(lab.now + 5e9).includes(journey);
		return {isSoon, isLate, hasArrived: journey.hasArrived, remarks: remarksOf(journey, lab.journeys)};
	};
	const lost = ['last seen at h1/eth0 in', 'meanwhile h1 counted 1 packet at -A INPUT -p tcp -j DROP'];
	t.deepEqual(told('INPUT'), {isSoon: false, isLate: true, hasArrived: false, remarks: lost});
	t.deepEqual(told('FORWARD'), {isSoon: false, isLate: true, hasArrived: true, remarks: []}, 'nothing comes there that is for h1');
	const answered = told('INPUT', (lab) => {
		lab.pass(
			tcp({from: asked.to, to: asked.from, sport: 22, dport: 40_000, macs: [macs.h1, macs.laptop]}, tcpFlags.synAck, {acknowledged: 6}),
			'h1/eth0 out',
		);
	});
	t.deepEqual(answered, {isSoon: true, isLate: false, hasArrived: true, remarks: []});
});

test('an ICMP error is linked to the packet that it quotes, as it was seen where it is sent', (t) => {
	const lab = new Watched();
	const sent = {from: '172.17.0.3', to: '192.168.50.12', dport: 9, id: 5} as const;
	const other = lab.pass(udp({...sent, id: 4}), 'cli/eth0 out', 'h1/vethcli in', 'h1/docker0 in');
	const journey = lab.pass(udp(sent), 'cli/eth0 out', 'h1/vethcli in', 'h1/docker0 in');
	const quoted = udp(sent).subarray(14, 14 + 28);
	const error = lab.see('h1/docker0 out', ip({from: '172.17.0.1', to: '172.17.0.3'}, 1, Buffer.concat([Buffer.from('0300000000000000', 'hex'), quoted])));
	t.true(isLinked(error.journey, 'complains of', journey));
	t.deepEqual(other.linked, []);
	t.deepEqual(reasonsOf(journey, lab.journeys), ['h1 says: Destination unreachable (Network unreachable) for 172.17.0.3:40000 > 192.168.50.12:9 UDP']);
});

test('a refused connection says who refused it', (t) => {
	const lab = new Watched();
	const journey = lab.pass(tcp({...given, ttl: 64}, tcpFlags.syn, {sequence: 5}), ...toWeb);
	lab.see('web/eth0 out', tcp({from: '172.17.0.2', to: '192.168.50.12', sport: 80, dport: 40_000}, tcpFlags.rst, {acknowledged: 6}));
	t.deepEqual(reasonsOf(journey, lab.journeys), ['web refuses it (RST)']);
});

test('docker-proxy: two connections, each of which knows the other, and how sure that is', (t) => {
	const lab = new Watched();
	const call = (sport: number) => {
		const ends = {from: '172.17.0.3', to: '192.168.50.10', sport, dport: 8080};
		const journey = lab.pass(tcp(ends, tcpFlags.syn, {sequence: sport}), 'cli/eth0 out', 'h1/vethcli in', 'h1/docker0 in');
		lab.see('h1/docker0 out', tcp({from: ends.to, to: ends.from, sport: 8080, dport: sport}, tcpFlags.synAck, {acknowledged: sport + 1}));
		return journey;
	};
	const goOn = (sport: number) => lab.pass(tcp({from: '172.17.0.1', to: '172.17.0.2', sport, dport: 80}, tcpFlags.syn, {sequence: sport}), ...toWeb);
	const first = call(1000);
	t.deepEqual(first.proxied, {node: 'h1', other: undefined, among: 1});
	t.is(endOf(first, lab.journeys).is, 'reached');
	t.deepEqual(goOn(2000).proxied, {node: 'h1', other: '172.17.0.3:1000 > 192.168.50.10:8080', among: 1});
	t.deepEqual(first.proxied, {node: 'h1', other: '172.17.0.1:2000 > 172.17.0.2:80', among: 1});
	const [second, third] = [call(1001), call(1002)];
	t.is(goOn(2001).proxied?.among, 2);
	goOn(2002);
	t.deepEqual(
		[second, third].map(({proxied}) => proxied?.among),
		[2, 1],
	);
	t.true(remarksOf(second, lab.journeys).some((remark) => remark.endsWith('(one of 2, by their order)')));
});

type PlainEnd = readonly [address: string, port: number];

/** An entry of the connection table that rewrites nothing. */
function plainFlow(id: number, [src, sport]: PlainEnd, [dst, dport]: PlainEnd, protocol: 'tcp' | 'udp' = 'tcp') {
	return {
		id,
		protocol,
		orig: {src, dst, sport, dport},
		reply: {src: dst, dst: src, sport: dport, dport: sport},
		state: undefined,
		timeoutSeconds: 30,
		hasReply: true,
		isAssured: true,
		mark: 0,
		zone: 0,
		nat: 'none',
	} as const;
}

test('what a proxy itself says of its calls counts for more than their order', (t) => {
	const lab = new Watched();
	const [first, second] = [1000, 1001].map((sport) => {
		const journey = lab.pass(tcp({from: '172.17.0.3', to: '192.168.50.10', sport, dport: 8080}, tcpFlags.syn, {sequence: sport}), 'h1/docker0 in');
		lab.see('h1/docker0 out', tcp({from: '192.168.50.10', to: '172.17.0.3', sport: 8080, dport: sport}, tcpFlags.synAck, {acknowledged: sport + 1}));
		return journey;
	});
	const onward = lab.pass(tcp({from: '172.17.0.1', to: '172.17.0.2', sport: 2000, dport: 80}, tcpFlags.syn), ...toWeb);
	t.is(onward.proxied?.other, '172.17.0.3:1000 > 192.168.50.10:8080');
	t.is(onward.proxied?.among, 2);
	lab.journeys.learnFlows({
		is: 'changes',
		node: 'h1',
		atMs: 0,
		changes: [
			{is: 'new', by: 'event', flow: plainFlow(1, ['172.17.0.3', 1001], ['192.168.50.10', 8080])},
			{is: 'new', by: 'event', flow: plainFlow(2, ['172.17.0.1', 2000], ['172.17.0.2', 80])},
		],
		halves: [{id: 1, half: 'client', is: 'joined', other: 2}],
	});
	t.deepEqual(onward.proxied, {node: 'h1', other: '172.17.0.3:1001 > 192.168.50.10:8080', among: 1});
	t.deepEqual(second?.proxied, {node: 'h1', other: '172.17.0.1:2000 > 172.17.0.2:80', among: 1});
	t.deepEqual(first?.proxied, {node: 'h1', other: undefined, among: 1});
});

test('datagrams through docker-proxy: what its record says, and nothing before', (t) => {
	const lab = new Watched({quiet: 1e6, record: 2e6});
	const ask = (sport: number) =>
		lab.pass(udp({from: '172.17.0.3', to: '192.168.50.10', sport, dport: 7000}), 'cli/eth0 out', 'h1/vethcli in', 'h1/docker0 in');
	const [first, second] = [ask(1000), ask(1001)];
	// in any order
	const onward = [2001, 2000].map((sport) => lab.pass(udp({from: '172.17.0.1', to: '172.17.0.2', sport, dport: 7, id: sport}), ...toWeb));
	const answers = [2001, 2000].map((dport) =>
		lab.pass(udp({from: '172.17.0.2', to: '172.17.0.1', sport: 7, dport, id: dport + 2}), 'web/eth0 out', 'h1/vethweb in', 'h1/docker0 in'),
	);
	const back = lab.pass(udp({from: '192.168.50.10', to: '172.17.0.3', sport: 7000, dport: 1000, id: 1}), 'h1/docker0 out', 'h1/vethcli out', 'cli/eth0 in');
	const all = [first, second, ...onward, ...answers, back];
	t.deepEqual(
		all.map(({proxied}) => proxied),
		all.map(() => undefined),
	);
	t.is(endOf(first, lab.journeys).is, 'last seen', 'it may be lost: the host is not whom it is for');
	t.deepEqual(lab.journeys.take(lab.now + 1.5e6), [], 'the record may still tell of them');
	lab.journeys.learnFlows({
		is: 'changes',
		node: 'h1',
		atMs: 0,
		changes: [
			{is: 'new', by: 'event', flow: plainFlow(1, ['172.17.0.3', 1000], ['192.168.50.10', 7000], 'udp')},
			{is: 'new', by: 'event', flow: plainFlow(2, ['172.17.0.1', 2000], ['172.17.0.2', 7], 'udp')},
		],
		halves: [{id: 1, half: 'client', is: 'joined', other: 2}],
	});
	const [container, client] = ['172.17.0.1:2000 > 172.17.0.2:7', '172.17.0.3:1000 > 192.168.50.10:7000'].map((other) => ({node: 'h1', other, among: 1}));
	t.deepEqual(
		all.map(({proxied}) => proxied),
		[container, undefined, undefined, client, undefined, client, container],
	);
	t.is(endOf(first, lab.journeys).is, 'reached');
	t.is(endOf(second, lab.journeys).is, 'last seen');
	t.deepEqual(ask(1000).proxied, container, 'what follows is known at once');
});

test("a datagram that the host turns to the container is not the proxy's", (t) => {
	const lab = new Watched({quiet: 1e6, record: 1e9});
	const ends = {from: '192.168.50.12', sport: 1000, macs: [macs.laptop, macs.h1]} as const;
	const journey = lab.pass(udp({...ends, to: '192.168.50.10', dport: 7000}), 'laptop/eth0 out', 'office/laptop-eth0 in', 'office/h1-eth0 out', 'h1/eth0 in');
	t.is(endOf(journey, lab.journeys).is, 'last seen');
	lab.pass(udp({...ends, to: '172.17.0.2', dport: 7, ttl: 63, macs: [macs.docker0, macs.web]}), ...toWeb);
	t.is(endOf(journey, lab.journeys).is, 'reached');
	t.is(lab.journeys.take(lab.now + 1e6)[0], journey, 'nothing is waited for');
});

test('a router cuts a packet, and another node puts fragments together', (t) => {
	const lab = new Watched();
	const whole = {from: '172.17.0.3', to: '192.168.50.12', id: 77, canBeCut: true};
	const payload = Buffer.alloc(2000, 'x');
	const cutOff = (packet: Packet, from: number, to: number) => ip({...packet, offset: from, more: to < 2000}, 253, payload.subarray(from, to));
	const first = lab.pass(cutOff(whole, 0, 1480), 'cli/eth0 out', 'h1/vethcli in');
	const second = lab.pass(cutOff(whole, 1480, 2000), 'cli/eth0 out', 'h1/vethcli in');
	t.true(isLinked(second, 'belongs to', first));
	lab.see('h1/docker0 in', ip(whole, 253, payload));
	t.is(endOf(second, lab.journeys).is, 'joined');
	const masked = {...whole, from: '192.168.50.10', ttl: 63};
	lab.pass(cutOff(masked, 0, 1480), 'h1/eth0 out', 'office/h1-eth0 in', 'office/laptop-eth0 out', 'laptop/eth0 in');
	lab.pass(cutOff(masked, 1480, 2000), 'h1/eth0 out', 'office/h1-eth0 in', 'office/laptop-eth0 out', 'laptop/eth0 in');
	t.is(
		pathText(first, lab.journeys),
		'cli/eth0 > [put together 2000 bytes] h1/docker0 > [SNAT 172.17.0.3 -> 192.168.50.10] [fragment bytes 0 to 1479] h1/eth0 > laptop/eth0 | [SNAT 172.17.0.3 -> 192.168.50.10] [fragment bytes 1480 to 1999] h1/eth0 > laptop/eth0',
	);
	t.is(endOf(first, lab.journeys).is, 'reached');
});

/** UDP, of which IPv6 has made two fragments; all that is looked at is equal. */
const [cutAt, cutBytes] = [1448, 2000];
const [six, six2, six3] = (
	[
		['first', 40_000],
		['second', 40_000],
		['first', 50_000],
	] as const
).map(([word, sport]) => {
	const payload = Buffer.alloc(cutBytes, 'x');
	payload.writeUInt16BE(sport, 0);
	payload.writeUInt16BE(7, 2);
	payload.writeUInt16BE(payload.length, 4);
	payload.write(word, 300);
	payload.write(word, cutAt + 300);
	const parts = (packet: Packet): readonly [Buffer, Buffer] => [
		ip6({...packet, more: true}, 17, payload.subarray(0, cutAt)),
		ip6({...packet, offset: cutAt}, 17, payload.subarray(cutAt)),
	];
	return {parts, whole: (packet: Packet) => ip6(packet, 17, payload)};
}) as [Datagram, Datagram, Datagram];

interface Datagram {
	readonly parts: (packet: Packet) => readonly [Buffer, Buffer];
	readonly whole: (packet: Packet) => Buffer;
}

test('fragments of IPv6 are put together, and cut by a host with another identification', (t) => {
	const lab = new Watched();
	const sent = {from: 'fd00:77::3', to: 'fd00:50::12', id: 0x77};
	const [first, second] = six.parts(sent).map((bytes) => lab.pass(bytes, 'cli/eth0 out', 'h1/vethcli in'));
	t.true(isLinked(second, 'belongs to', first));
	lab.see('h1/docker0 in', six.whole({...sent, id: 0}));
	t.is(second && endOf(second, lab.journeys).is, 'joined');
	for (const bytes of six.parts({from: 'fd00:50::10', to: sent.to, ttl: 63, id: 0x99})) {
		lab.pass(bytes, 'h1/eth0 out', 'office/h1-eth0 in', 'office/laptop-eth0 out', 'laptop/eth0 in');
	}

	t.is(
		first && pathText(first, lab.journeys),
		'cli/eth0 > [put together 2000 bytes] h1/docker0 > [SNAT [fd00:77::3]:40000 -> [fd00:50::10]:40000] [fragment bytes 0 to 1447] h1/eth0 > laptop/eth0 | [SNAT fd00:77::3 -> fd00:50::10] [fragment bytes 1448 to 1999] h1/eth0 > laptop/eth0',
	);
	t.is(lab.journeys.open.length, 2);
	lab.journeys.take(lab.now + 1e10);
	t.is(lab.journeys.open.length, 0);
});

test('fragments of IPv6 that begin alike are told from each other by their ports', (t) => {
	const lab = new Watched();
	const sent = {from: 'fd00:77::3', to: 'fd00:50::12'};
	const come = (id: number, {parts}: Datagram) => parts({...sent, id}).map((bytes) => lab.pass(bytes, 'cli/eth0 out', 'h1/vethcli in'));
	const [one, other] = [come(1, six)[0], come(2, six3)[0]];
	t.deepEqual([lab.pass(six3.whole(sent), 'h1/docker0 in'), lab.pass(six.whole(sent), 'h1/docker0 in')], [other, one]);
	// and so are those that the host cuts again
	const go = (id: number, {parts}: Datagram) =>
		parts({from: 'fd00:50::10', to: sent.to, ttl: 63, id}).map((bytes) => lab.pass(bytes, 'h1/eth0 out', 'office/h1-eth0 in'));
	t.deepEqual(go(3, six3), [other, other]);
	t.deepEqual(go(4, six), [one, one]);
});

test('fragments of IPv6 that are cut anew on their way are known by the first of them, however alike others are', (t) => {
	const lab = new Watched();
	const sent = {from: 'fd00:50::12', to: 'fd00:77::2', macs: [macs.laptop, macs.h1] as const};
	const passed = {...sent, ttl: 63, macs: [macs.docker0, macs.web] as const};
	const come = (id: number, {parts}: Datagram) => parts({...sent, id}).map((bytes) => lab.pass(bytes, 'laptop/eth0 out', 'h1/eth0 in'));
	const go = (id: number, {parts}: Datagram) => parts({...passed, id}).map((bytes) => lab.pass(bytes, 'h1/docker0 out', 'h1/vethweb out', 'web/eth0 in'));
	// the LAN is not watched
	lab.journeys.learn(wiring, ({node}) => node !== 'office');
	const [one, other] = [come(1, six), come(2, six2)];
	t.deepEqual(go(91, six), one);
	t.deepEqual(go(92, six2), other);
	const ends = [...one, ...other].map((journey) => [endOf(journey, lab.journeys).is, placesOf(journey).length]);
	t.deepEqual(ends, [
		['reached', 5],
		['reached', 5],
		['reached', 5],
		['reached', 5],
	]);
	// a second fragment whose first was not seen to go is nobody's
	const [, lost] = come(3, six);
	const [, strange] = six.parts({...passed, id: 93});
	t.not(lab.pass(strange, 'h1/docker0 out', 'h1/vethweb out', 'web/eth0 in'), lost);
	// and a cable leaves the identification as it is
	const near = new Watched();
	t.not(near.pass(six.parts({...sent, id: 4})[0], 'laptop/eth0 out'), near.pass(six.parts({...sent, id: 5})[0], 'office/laptop-eth0 in'));
	t.is(near.journeys.open.length, 2);
});

test('answers in fragments are turned back, all of them', (t) => {
	const lab = new Watched({}, (node) => node !== 'office');
	const question = {from: 'fd00:77::3', to: 'fd00:50::12', sport: 5};
	const echo = (type: number, bytes: number): Buffer => {
		const payload = Buffer.alloc(bytes, 'x');
		payload.fill(0, 0, 8);
		payload[0] = type;
		payload[5] = 9;
		return payload;
	};
	lab.pass(ip6({...question, macs: [macs.cli, macs.docker0]}, 58, echo(128, 100)), 'cli/eth0 out', 'h1/vethcli in', 'h1/docker0 in');
	lab.pass(ip6({...question, from: 'fd00:50::10', ttl: 63, macs: [macs.h1, macs.laptop]}, 58, echo(128, 100)), 'h1/eth0 out', 'laptop/eth0 in');
	const answer = echo(129, cutBytes);
	const back = {from: 'fd00:50::12', to: 'fd00:50::10', macs: [macs.laptop, macs.h1] as const};
	const cut = (packet: Packet) => [ip6({...packet, more: true}, 58, answer.subarray(0, cutAt)), ip6({...packet, offset: cutAt}, 58, answer.subarray(cutAt))];
	const journeys = cut({...back, id: 1}).map((bytes) => lab.pass(bytes, 'laptop/eth0 out', 'h1/eth0 in'));
	cut({...back, to: question.from, ttl: 63, id: 2, macs: [macs.docker0, macs.cli]}).forEach((bytes) =>
		lab.pass(bytes, 'h1/docker0 out', 'h1/vethcli out', 'cli/eth0 in'),
	);
	t.deepEqual(
		journeys.map((journey) => pathText(journey, lab.journeys)),
		journeys.map(() => 'laptop/eth0 > … > h1/eth0 > [un-SNAT fd00:50::10 -> fd00:77::3] h1/docker0 > cli/eth0'),
	);
});

test('journeys are over when they have come to their end, or have waited in vain', (t) => {
	const lab = new Watched({window: 4e9, quiet: 1e8});
	const reached = lab.pass(udp({from: '172.17.0.3', to: '172.17.0.2', sport: 1}), 'cli/eth0 out', 'h1/vethcli in', 'h1/vethweb out', 'web/eth0 in');
	const lost = lab.pass(udp({from: '172.17.0.3', to: '172.17.0.2', sport: 2}), 'cli/eth0 out', 'h1/vethcli in');
	t.deepEqual(lab.journeys.take(lab.now), []);
	t.deepEqual(lab.journeys.take(lab.now + 1e8), [reached]);
	t.deepEqual(lab.journeys.take(lab.now + 3e9), []);
	t.deepEqual(lab.journeys.take(lab.now + 4e9), [lost]);
	t.is(lab.journeys.open.length, 0);
});

test('memory has bounds: the oldest journeys are given up, and handed over', (t) => {
	const lab = new Watched({most: 64});
	for (let sport = 1; sport <= 1000; sport++) {
		lab.see('laptop/eth0 out', udp({...asked, sport}));
	}

	t.true(lab.journeys.open.length <= 64);
	t.true(lab.journeys.take(lab.now).length <= 64);
});

test('bytes that are no packet, or not all of one, do no harm', (t) => {
	const lab = new Watched();
	const frame = tcp(asked, tcpFlags.syn);
	for (let length = 0; length <= frame.length; length++) {
		const journey = lab.pass(Buffer.from(frame.subarray(0, length)), 'laptop/eth0 out', 'office/laptop-eth0 in');
		t.is(journey.hops.length, 2, `${length} bytes`);
	}

	t.notThrows(() => lab.see('nowhere', frame));
});

test('the lab may change while packets are under way', (t) => {
	const lab = new Watched();
	const journey = lab.pass(udp(asked), 'laptop/eth0 out');
	lab.journeys.learn(
		wiring.filter(({name}) => name !== 'cli'),
		() => true,
	);
	lab.see('office/laptop-eth0 in', udp(asked));
	t.is(journey.hops.length, 2);
});

/** What a host has counted at a rule that drops. */
function dropped(packets: number) {
	return {chains: [], rules: [{family: 4 as const, table: 'filter', chain: 'FORWARD', number: 1, text: '-j DROP', packets, bytes: 0}]};
}

/** Packets of other flows from laptop, which are seen last as they come to h1. */
function comeTo(lab: Watched, count: number): readonly Journey[] {
	return Array.from({length: count}, (_, index) => lab.pass(tcp({...asked, sport: 1000 + index}, tcpFlags.syn, {sequence: index}), ...toLan));
}

test('as many packets as rules dropped are known to have vanished, and only if they are all that were not seen again', (t) => {
	const settled = (packets: number, send: (lab: Watched) => readonly Journey[]): readonly (readonly Journey[])[] => {
		const lab = new Watched({window: 4e9, quiet: 1e8});
		lab.journeys.learnRules('h1', dropped(3), lab.now);
		const all = send(lab);
		lab.journeys.learnRules('h1', dropped(3 + packets), lab.now + 1);
		return [all, lab.journeys.take(lab.now + 2e8)];
	};
	const [two = [], gone = []] = settled(2, (lab) => comeTo(lab, 2));
	t.is(two.length, 2);
	t.deepEqual(gone, two);
	// one of them may still go on
	t.deepEqual(settled(1, (lab) => comeTo(lab, 2))[1], []);
	// another, which was not captured, may have been dropped
	t.deepEqual(settled(2, (lab) => comeTo(lab, 1))[1], []);
	t.deepEqual(settled(0, (lab) => comeTo(lab, 1))[1], []);
	/** h1 asks who has an address, from one of its own or from none. */
	const asking = (source: number) => {
		const frame = Buffer.alloc(42);
		frame.writeUInt16BE(0x08_06, 12);
		frame.writeUInt16BE(1, 20);
		frame.writeUInt32BE(source, 28);
		frame.writeUInt32BE(0xac_11_00_02, 38);
		return frame;
	};
	const [all = [], waiting = []] = settled(1, (lab) => {
		lab.see('h1/docker0 out', asking(0xac_11_00_01));
		return comeTo(lab, 1);
	});
	t.is(all.length, 1);
	t.false(waiting.includes(...(all as [Journey])), 'it may wait for a MAC address');
	const [ones = [], others = []] = settled(1, (lab) => {
		lab.see('h1/docker0 out', asking(0));
		return comeTo(lab, 1);
	});
	t.true(others.includes(...(ones as [Journey])), 'who looks whether an address is free sends nothing to it');
	const part = ip({from: '192.168.50.12', to: '172.17.0.2', id: 7, more: true}, 17, Buffer.alloc(64));
	t.deepEqual(settled(1, (lab) => [lab.pass(part, ...toLan)])[1], [], 'it may wait for the rest of it');
});

test('what is known to have vanished and is seen all the same goes on', (t) => {
	const lab = new Watched({window: 4e9, quiet: 1e8});
	lab.journeys.learnRules('h1', dropped(0), lab.now);
	const [journey] = comeTo(lab, 1);
	lab.journeys.learnRules('h1', dropped(1), lab.now + 1);
	t.deepEqual(lab.journeys.take(lab.now + 5e7), []);
	lab.see('h1/docker0 out', tcp({...given, sport: 1000}, tcpFlags.syn, {sequence: 0}));
	t.is(journey?.hops.length, 5);
	t.deepEqual(lab.journeys.take(lab.now + 1e9), []);
	t.deepEqual(lab.journeys.take(lab.now + 4e9), [journey]);
});

test('what the node refuses where it was seen last is not waited for; what it only has a better way for is', (t) => {
	const sent = {from: '172.17.0.3', to: '192.168.50.12', dport: 9, id: 5} as const;
	const quoted = udp(sent).subarray(14, 14 + 28);
	const settled = (place: string, type: string): readonly Journey[] => {
		const lab = new Watched({window: 4e9, quiet: 1e8});
		lab.pass(udp(sent), 'cli/eth0 out', 'h1/vethcli in', 'h1/docker0 in');
		lab.see(place, ip({from: '172.17.0.1', to: '172.17.0.3'}, 1, Buffer.concat([Buffer.from(type, 'hex'), quoted])));
		return lab.journeys.take(lab.now + 2e8).filter(({number}) => number === 1);
	};
	t.is(settled('h1/docker0 out', '030a000000000000').length, 1);
	t.is(settled('h1/docker0 out', '0b00000000000000').length, 1);
	t.is(settled('h1/docker0 out', '0501000000000000').length, 0);
	t.is(settled('cli/eth0 out', '030a000000000000').length, 0);
	const lab = new Watched({window: 4e9, quiet: 1e8});
	const journey = lab.pass(tcp({...asked, to: '172.17.0.2', dport: 81}, tcpFlags.syn, {sequence: 5}), ...toLan);
	lab.see('h1/eth0 out', tcp({from: '172.17.0.2', to: '192.168.50.12', sport: 81, dport: 40_000}, tcpFlags.rst, {acknowledged: 6}));
	t.deepEqual(lab.journeys.take(lab.now + 2e8).slice(0, 1), [journey]);
	t.deepEqual(reasonsOf(journey, lab.journeys), ['h1 refuses it (RST)']);
});
