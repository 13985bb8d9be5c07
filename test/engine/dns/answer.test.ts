// What the name server answers, message by message; what Docker answers to the same is in the comments of a group where it was measured.
import test from 'ava';
import {decode, encode, type OptAnswer, type Packet, type RecordType} from 'dns-packet';
import type {NetworkNames} from '../../../src/drivers/index.ts';
import {answerTo} from '../../../src/engine/dns/answer.ts';
import type {Transport} from '../../../src/engine/dns/message.ts';

const many = Array.from({length: 300}, (_, index) => `172.18.${1 + (index >> 8)}.${index & 255}`);

/** Two networks of one container: `n1`, which has its default route, and `n2`. */
const networks: readonly NetworkNames[] = [
	{
		network: 'n1',
		entries: new Map([
			['c1', ['172.18.0.2']],
			['c2', ['172.18.0.3']],
			['c2.n1', ['172.18.0.3']],
			['8f0c5a1b2c3d', ['172.18.0.3']],
			['web', ['172.18.0.2', '172.18.0.3']],
			['both', ['172.18.0.4', 'fd00::4']],
			['many', many],
		]),
		reverse: new Map([
			['172.18.0.2', 'c1.n1'],
			['172.18.0.3', 'c2.n1'],
		]),
	},
	{
		network: 'n2',
		entries: new Map([
			['c1', ['172.19.0.2', 'fd00:19::2']],
			['pal', ['172.19.0.3']],
		]),
		reverse: new Map([
			['172.19.0.3', 'pal.n2'],
			['fd00:19::2', 'c1.n2'],
		]),
	},
];

const opt = (udpPayloadSize: number, ednsVersion = 0): OptAnswer => ({
	type: 'OPT',
	name: '.',
	udpPayloadSize,
	ednsVersion,
	extendedRcode: 0,
	flags: 0,
	flag_do: false,
	options: [],
});

function question(name: string, type: RecordType = 'A', more: Packet = {}): Buffer {
	return encode({type: 'query', id: 4711, flags: 0x01_00, questions: [{name, type}], ...more});
}

/** "NXDOMAIN ra", "NOERROR ra A 172.18.0.3 ttl=600": the words of the measurements. */
function said(bytes: Buffer | undefined): string {
	if (bytes === undefined) {
		return 'nothing';
	}

	const packet = decode(bytes);
	const rcode = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED'][bytes.readUInt16BE(2) & 15];
	const flags = [packet.flag_ra ? ' ra' : '', packet.flag_aa ? ' aa' : '', packet.flag_tc ? ' tc' : ''].join('');
	const records = (packet.answers ?? []).map((record) =>
		'data' in record && typeof record.data === 'string' ? ` ${record.type} ${record.data} ttl=${record.ttl}` : ' ?',
	);
	return `${rcode}${flags}${records.join(',')}`;
}

function ask(message: Buffer, transport: Transport = 'udp'): Buffer | undefined {
	return answerTo(message, networks, transport);
}

const answers = test.macro({
	exec(t, name: string, expected: string, type: RecordType = 'A') {
		const answer = ask(question(name, type));
		t.is(said(answer), expected);
		// the question comes back letter by letter (RFC 1035 4.1.2), and with it the id
		t.is(answer?.subarray(12, question(name, type).length).toString('hex'), question(name, type).subarray(12).toString('hex'));
		t.is(answer?.readUInt16BE(0), 4711);
		t.true(decode(answer ?? Buffer.alloc(0)).flag_rd);
	},
	title: (_title, name: string, expected: string, type: RecordType = 'A') => `${name} ${type}: ${expected}`,
});

test(answers, 'c2', 'NOERROR ra A 172.18.0.3 ttl=600');
test(answers, 'C2', 'NOERROR ra A 172.18.0.3 ttl=600');
test(answers, 'c2.n1', 'NOERROR ra A 172.18.0.3 ttl=600');
test(answers, '8f0c5a1b2c3d', 'NOERROR ra A 172.18.0.3 ttl=600');
test(answers, 'web', 'NOERROR ra A 172.18.0.2 ttl=600, A 172.18.0.3 ttl=600');
test(answers, 'c2', 'NOERROR ra', 'AAAA');
test(answers, 'c2', 'NOERROR ra', 'MX');
test(answers, 'both', 'NOERROR ra AAAA fd00::4 ttl=600', 'AAAA');
test(answers, 'both', 'NOERROR ra A 172.18.0.4 ttl=600');
test(answers, 'c3', 'NXDOMAIN ra');
test(answers, 'c2.lab.test', 'NXDOMAIN ra');
test(answers, 'nosuch.example.test', 'NXDOMAIN ra', 'MX');
test(answers, '.', 'NXDOMAIN ra');
test(answers, `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(60)}`, 'NXDOMAIN ra');
test(answers, '3.0.18.172.in-addr.arpa', 'NOERROR ra PTR c2.n1 ttl=600', 'PTR');
test(answers, '3.0.18.172.IN-ADDR.ARPA', 'NOERROR ra PTR c2.n1 ttl=600', 'PTR');
test(answers, '3.0.18.172.in-addr.arpa', 'NOERROR ra', 'A');
test(answers, '9.0.18.172.in-addr.arpa', 'NXDOMAIN ra', 'PTR');
test(answers, 'c2', 'NOERROR ra', 'PTR');
const nibbles = '2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.9.1.0.0.0.0.d.f';
test(answers, `${nibbles}.ip6.arpa`, 'NOERROR ra PTR c1.n2 ttl=600', 'PTR');
test(answers, `${nibbles}.IP6.ARPA`.toUpperCase(), 'NOERROR ra PTR c1.n2 ttl=600', 'PTR');
test(answers, `${nibbles.replace('2', '3')}.ip6.arpa`, 'NXDOMAIN ra', 'PTR');
test(answers, `${nibbles.slice(2)}.ip6.arpa`, 'NXDOMAIN ra', 'PTR');
test(answers, `${nibbles.replace('2', '22')}.ip6.arpa`, 'NXDOMAIN ra', 'PTR');

// the network of the default route is asked first, and what it knows is the answer
test(answers, 'c1', 'NOERROR ra A 172.18.0.2 ttl=600');
// and what it does not know of a name, another one may
test(answers, 'c1', 'NOERROR ra AAAA fd00:19::2 ttl=600', 'AAAA');
test(answers, 'pal', 'NOERROR ra A 172.19.0.3 ttl=600');
test(answers, '3.0.19.172.in-addr.arpa', 'NOERROR ra PTR pal.n2 ttl=600', 'PTR');

test('who asks without wanting recursion is told nothing else, and several answers keep their order', (t) => {
	const orders = Array.from({length: 20}, () => said(ask(question('web', 'A', {flags: 0}))));
	t.deepEqual(new Set(orders), new Set(['NOERROR ra A 172.18.0.2 ttl=600, A 172.18.0.3 ttl=600']));
	t.false(decode(ask(question('web', 'A', {flags: 0})) ?? Buffer.alloc(0)).flag_rd);
});

test('what is no question gets no answer: too short, or an answer itself', (t) => {
	t.is(said(ask(Buffer.alloc(0))), 'nothing');
	t.is(said(ask(question('c2').subarray(0, 11))), 'nothing');
	t.is(said(ask(question('c2', 'A', {type: 'response'}))), 'nothing');
});

const spoiled = (spoil: (bytes: Buffer) => Buffer | void): Buffer => {
	const bytes = question('c2');
	return spoil(bytes) ?? bytes;
};
for (const [what, message, expected] of [
	['cut within its name', question('c2').subarray(0, 14), 'FORMERR ra'],
	['cut before its type', question('c2').subarray(0, 16), 'FORMERR ra'],
	['without a question', encode({type: 'query', questions: []}), 'FORMERR ra'],
	[
		'with two questions',
		encode({
			type: 'query',
			questions: [
				{name: 'c1', type: 'A'},
				{name: 'c2', type: 'A'},
			],
		}),
		'FORMERR ra',
	],
	['that promises more than there is', spoiled((bytes) => void bytes.writeUInt16BE(1, 10)), 'FORMERR ra'],
	['that promises as much as it can', spoiled((bytes) => bytes.fill(0xff, 4, 12)), 'FORMERR ra'],
	['whose name points to itself', spoiled((bytes) => void bytes.writeUInt16BE(0xc0_0c, 12)), 'FORMERR ra'],
	['whose name is no text', spoiled((bytes) => bytes.fill(0xff, 13, 15)), 'FORMERR ra'],
	['of another kind (NOTIFY)', question('c2', 'A', {flags: 4 << 11}), 'NOTIMP ra'],
	['of another class (CHAOS)', encode({type: 'query', questions: [{name: 'version.bind', type: 'TXT', class: 'CH'}]}), 'REFUSED ra'],
] as const) {
	test(`a message ${what} is told so: ${expected}`, (t) => {
		const answer = ask(message);
		t.is(said(answer), expected);
		t.is(answer?.readUInt16BE(0), message.readUInt16BE(0));
	});
}

test('who asks with EDNS is answered with EDNS, and told which version there is', (t) => {
	const known = decode(ask(question('c2', 'A', {additionals: [opt(1232)]})) ?? Buffer.alloc(0));
	t.like(known.additionals?.[0], {type: 'OPT', udpPayloadSize: 4096, ednsVersion: 0, extendedRcode: 0});
	const later = decode(ask(question('c2', 'A', {additionals: [opt(1232, 1)]})) ?? Buffer.alloc(0));
	// BADVERS is 16, of which the header has the lower four bits
	t.like(later.additionals?.[0], {type: 'OPT', ednsVersion: 0, extendedRcode: 1});
	t.deepEqual(later.answers, []);
	t.deepEqual(decode(ask(question('c2')) ?? Buffer.alloc(0)).additionals, []);
});

test('an answer is as long as its asker takes: what has no room is left out, and TCP has room for all', (t) => {
	const counts = ([undefined, 100, 512, 1232, 4096, 65_535] as const).map((size) => {
		const answer = ask(question('many', 'A', size === undefined ? {} : {additionals: [opt(size)]})) ?? Buffer.alloc(0);
		const most = Math.min(4096, Math.max(512, size ?? 0));
		const {answers: records, flag_tc: isCut} = decode(answer);
		t.true(answer.length <= most && answer.length > most - 100, `${answer.length} of ${most}`);
		t.true(isCut);
		t.deepEqual(
			records?.map((record) => 'data' in record && record.data),
			many.slice(0, records?.length),
		);
		return records?.length ?? 0;
	});
	t.deepEqual(counts, [24, 23, 23, 59, 203, 203]);
	const whole = decode(ask(question('many'), 'tcp') ?? Buffer.alloc(0));
	t.false(whole.flag_tc);
	t.is(whole.answers?.length, many.length);
});

/** Numbers that look random and are the same every time (mulberry32). */
function dice(seed: number): (below: number) => number {
	let state = seed;
	return (below) => {
		state = (state + 0x6d_2b_79_f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
	};
}

test('fifty thousand spoiled messages: none is thrown at, every answer is one to its question, and none is too long', (t) => {
	const roll = dice(53);
	const seeds = [
		question('c2'),
		question('many', 'A', {additionals: [opt(1232)]}),
		question('3.0.18.172.in-addr.arpa', 'PTR'),
		question('many'),
		encode({type: 'query', questions: [{name: 'a.b.c', type: 'SOA'}], additionals: [opt(512), {type: 'TXT', name: 'x.y', data: 'z'}]}),
	];
	const heard = new Map<string, number>();
	for (let round = 0; round < 50_000; round++) {
		const seed = seeds[roll(seeds.length)] ?? Buffer.alloc(0);
		const longer = roll(8) === 0 ? Buffer.concat([seed, Buffer.from(Array.from({length: roll(600)}, () => roll(256)))]) : Buffer.from(seed);
		const bytes = roll(8) === 0 ? longer.subarray(0, roll(longer.length + 1)) : longer;
		for (let change = roll(6); change > 0 && bytes.length > 0; change--) {
			bytes[roll(bytes.length)] = [roll(256), 0, 0xff, 0xc0, 0x3f][roll(5)] ?? 0;
		}

		const transport = roll(2) === 0 ? 'udp' : 'tcp';
		const answer = ask(bytes, transport);
		heard.set(said(answer).slice(0, 7), (heard.get(said(answer).slice(0, 7)) ?? 0) + 1);
		const isFine = answer === undefined || (answer.length <= (transport === 'udp' ? 4096 : 65_535) && answer.readUInt16BE(0) === bytes.readUInt16BE(0));
		if (!isFine) {
			t.fail(bytes.toString('hex'));
		}
	}

	// the dice reach every kind of answer
	t.deepEqual([...heard.keys()].toSorted(), ['FORMERR', 'NOERROR', 'NOTIMP ', 'NXDOMAI', 'REFUSED', 'nothing']);
});
