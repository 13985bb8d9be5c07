// Filters: which frames pass, what is wrong with those that cannot be read, and that every field can be asked for.
import test, {type ExecutionContext} from 'ava';
import {LabError} from '../../../src/base/errors.ts';
import {layersOf, type Frame} from '../../../src/watch/decode/index.ts';
import {passes} from '../../../src/watch/filter/match.ts';
import {allNames, headersOf, kindOf} from '../../../src/watch/filter/names.ts';
import {parseFilter} from '../../../src/watch/filter/parse.ts';
import {captureFile, readAll} from '../files/read.ts';
import {badFrames, goodFrames} from '../frames.ts';
import {Random} from '../random.ts';

const chooses = test.macro({
	exec(t: ExecutionContext, filter: string, expected: readonly string[]) {
		const parsed = parseFilter(filter);
		t.deepEqual(
			goodFrames.filter(([, frame]) => passes(parsed, frame)).map(([name]) => name),
			expected,
		);
	},
	title: (_title, filter) => `filter ${filter}`,
});
const arps = ['arp request', 'arp reply', 'arp announcement', 'arp probe', 'vxlan in vxlan'];
test(chooses, 'arp', arps);
test(chooses, 'ARP and not vxlan', arps.slice(0, 4));
test(chooses, 'arp.opcode == 2', ['arp reply']);
test(chooses, 'vlan.id == 10', ['802.1Q', '802.1Q in 802.1ad', '802.1Q, spanning tree']);
test(chooses, 'http || tcp.port == 53', ['http request', 'http response', 'dns over tcp']);
test(chooses, 'http.request.method == "GET"', ['http request']);
test(chooses, 'http.response.code >= 400', ['http response']);
test(chooses, 'http.host contains H1', ['http request']);
test(chooses, 'tcp.flags.syn == true && !icmpv6', ['tcp syn', 'tcp all flags']);
test(chooses, 'ip.ttl < 64', []);
test(chooses, 'ip.addr == 192.168.0.1', ['ip in ip']);
test(chooses, 'vxlan && ip.addr != 10.0.0.1', []);
test(chooses, 'vxlan.vni == 0x2a and icmp', ['vxlan']);
test(chooses, '!(ip or ipv6 or arp)', ['802.1Q, spanning tree', 'spanning tree']);
test(chooses, 'dns.qry.name == web.front && dns.flags.rcode == 3', ['dns no such name']);
test(chooses, 'dns.aaaa == fd00::2', ['dns answer']);
test(chooses, 'icmpv6.nd.ns.target_address == FD00::2', ['neighbor solicitation']);
test(chooses, 'tcp.options.mss_val', ['tcp syn']);
test(chooses, 'udp.length > 200', ['icmp reassembly time exceeded', 'dhcp discover', 'dhcp ack']);
test(chooses, 'eth.addr == ff:ff:ff:ff:ff:ff && arp.dst.proto_ipv4 eq 10.0.0.2', ['arp request']);

const anyFrame: Frame = {bytes: Buffer.alloc(60), linkType: 1, wireBytes: 60};
const points = ['web1/eth0', 'web2/eth0', 'h1/br0', 'eth0', ''] as const;
const seenAt = test.macro({
	exec(t: ExecutionContext, filter: string, expected: readonly (typeof points)[number][]) {
		const parsed = parseFilter(filter);
		const known = {number: 3, seconds: 10, nanoseconds: 500_000_000, direction: 'in', comment: 'DNAT to web1'} as const;
		t.deepEqual(
			points.filter((at) => passes(parsed, anyFrame, {...known, at})),
			expected,
		);
	},
	title: (_title, filter) => `filter ${filter}`,
});
test(seenAt, 'at web1', ['web1/eth0']);
test(seenAt, 'at web1|br0', ['web1/eth0', 'h1/br0']);
test(seenAt, 'at web1 | h1/br0 || at == eth0 && !at web2', ['web1/eth0', 'h1/br0', 'eth0']);
test(seenAt, 'at == "web2/eth0"', ['web2/eth0']);
test(seenAt, 'at != web1|br0', ['web2/eth0', 'eth0', '']);
test(seenAt, 'at 1', []);
test(seenAt, 'frame.interface_name contains WEB', ['web1/eth0', 'web2/eth0']);
test(seenAt, 'frame.interface_name', ['web1/eth0', 'web2/eth0', 'h1/br0', 'eth0']);
test(seenAt, 'frame.time_epoch >= 10.5 && frame.number == 3 && frame.packet_flags_direction == 1 && frame.len > 20', [...points]);
test(seenAt, 'frame.comment contains dnat && !(at web1)', ['web2/eth0', 'h1/br0', 'eth0', '']);

test('of a frame alone, its lengths can be asked for, and not where it was seen', (t) => {
	t.true(passes(parseFilter('frame.len == 60 && frame.cap_len == 60 && frame'), anyFrame));
	t.false(passes(parseFilter('frame.number || frame.time_epoch || frame.interface_name || at web1'), anyFrame));
});

test('&& binds stronger than ||, ! stronger than both', (t) => {
	t.deepEqual(parseFilter('arp || tcp && !udp'), parseFilter('arp || (tcp && (!udp))'));
	t.notDeepEqual(parseFilter('arp || tcp && udp'), parseFilter('(arp || tcp) && udp'));
});

test('an empty filter is passed by every frame', (t) => {
	t.deepEqual(parseFilter('  '), {is: 'all'});
	t.true(goodFrames.every(([, frame]) => passes({is: 'all'}, frame)));
});

const refuses = test.macro({
	exec(t: ExecutionContext, filter: string, column: number, [said, hint]: readonly [said: string, hint?: string]) {
		const error = t.throws(() => parseFilter(filter), {instanceOf: LabError, code: 'E_ARGUMENT'});
		const [first, shown, caret] = error.said?.split('\n') ?? [];
		t.is(first, said);
		t.is(shown?.trim(), filter.trim());
		t.is(caret?.indexOf('^'), 9 + column);
		t.is(error.hint, hint ?? error.hint);
	},
	title: (_title, filter) => `filter ${filter} is refused`,
});
test(refuses, 'tcp.prot == 80', 0, ['"tcp.prot" is no protocol and no field', 'did you mean "tcp.port"?']);
test(refuses, 'arp && tpc', 7, ['"tpc" is no protocol and no field', 'did you mean "tcp"?']);
test(refuses, 'tcp == 80', 0, ['tcp is a protocol: there is nothing to compare', 'name a field, like tcp.port']);
test(refuses, 'tcp.port == http', 12, ['"http" is no number, which tcp.port is']);
test(refuses, 'ip.addr == web', 11, ['"web" is no address, which ip.addr is']);
test(refuses, 'tcp.port ==', 11, ['the end stands where a value for tcp.port was expected']);
test(refuses, 'tcp.port == && udp', 12, ['"&&" stands where a value for tcp.port was expected']);
test(refuses, 'tcp udp', 4, ['"udp" stands where && or || was expected']);
test(refuses, 'tcp &&', 6, ['the end stands where a protocol or a field was expected']);
test(refuses, '(tcp || udp', 11, ['the end stands where ) was expected']);
test(refuses, 'tcp)', 3, ['")" stands where && or || was expected']);
test(refuses, 'tcp & udp', 4, ['"&" stands where && or || was expected']);
test(refuses, 'at', 2, ['the end stands where a place was expected', 'like this: at web1|h1/br0']);
test(refuses, 'at web1|', 8, ['the end stands where a place was expected']);
test(refuses, 'at == && tcp', 6, ['"&&" stands where a place was expected']);
test(refuses, 'at web1||br0', 9, ['"br0" is no protocol and no field']);
test(refuses, 'tcp.port = 80', 9, ['"=" stands where && or || was expected']);

test('brackets as deep as nobody writes them are an error, not a stack that overflows', (t) => {
	t.throws(() => parseFilter(`${'('.repeat(100_000)}tcp`), {instanceOf: LabError});
	t.throws(() => parseFilter(`${'!'.repeat(100_000)}tcp`), {instanceOf: LabError});
	t.notThrows(() => parseFilter(Array.from({length: 10_000}, () => '(tcp)').join(' && ')));
});

test('any words: a filter, or an error that points into it', (t) => {
	const random = new Random(5);
	const words = [
		'at',
		'|',
		'tcp',
		'tcp.port',
		'ip.addr',
		'==',
		'!=',
		'>=',
		'80',
		'10.0.0.1',
		'"',
		'"x',
		'&&',
		'||',
		'!',
		'(',
		')',
		'&',
		'=',
		'and',
		'not',
		'\u0000',
		'\uD800',
		'…',
		'__proto__',
		'constructor',
	] as const;
	for (let count = 0; count < 20_000; count++) {
		const text = Array.from({length: random.below(8)}, () => random.pick(words)).join(random.pick(['', ' ']));
		try {
			parseFilter(text);
		} catch (error) {
			t.true(error instanceof LabError && error.code === 'E_ARGUMENT', `${text}: ${String(error)}`);
		}
	}
});

test('every field that a decoder gives can be asked for, as what it is; and none that no decoder gives', async (t) => {
	const real = await Promise.all((['veth.pcap', 'any.pcap'] as const).map(async (name) => readAll(captureFile(name))));
	const frames = [
		...[...goodFrames, ...badFrames].map(([, frame]) => frame),
		...real.flatMap(({packets}) => packets).map(({bytes, wireBytes, point}) => ({bytes, wireBytes, linkType: point.linkType})),
	];
	const fields = frames.flatMap((frame) => layersOf(frame)).flatMap((layer) => layer.fields);
	const wrong = fields.filter(({name, value}) => {
		const kind = kindOf(name);
		return kind === undefined || (kind === 'number' && Number.isNaN(Number(value))) || (kind !== 'number' && typeof value === 'number');
	});
	t.deepEqual([...new Set(wrong.map(({name}) => name))], []);
	const given = new Set(fields.map(({name}) => name));
	t.deepEqual(
		allNames().filter((name) => name.includes('.') && !name.startsWith('frame.') && !name.endsWith('.addr') && !name.endsWith('.port') && !given.has(name)),
		[],
	);
});

test('each field is looked for in the headers that have it, and no other', async (t) => {
	const real = await Promise.all((['veth.pcap', 'any.pcap'] as const).map(async (name) => readAll(captureFile(name))));
	const frames = [
		...[...goodFrames, ...badFrames].map(([, frame]) => frame),
		...real.flatMap(({packets}) => packets).map(({bytes, wireBytes, point}) => ({bytes, wireBytes, linkType: point.linkType})),
	];
	const layers = frames.flatMap((frame) => layersOf(frame));
	t.deepEqual(
		layers
			.flatMap(({protocol, fields}) => fields.map(({name}) => [protocol, name] as const))
			.filter(([protocol, name]) => !headersOf(name).includes(protocol)),
		[],
	);
	for (const frame of frames) {
		t.deepEqual(
			layersOf(frame, new Set(['IPv4', 'TCP'])),
			layersOf(frame).filter(({protocol}) => protocol === 'IPv4' || protocol === 'TCP'),
		);
	}
});
